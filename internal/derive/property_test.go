package derive

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// figuresOf lets cmp see whole Figures.
var figuresOf = cmp.Options{
	cmp.AllowUnexported(Figures{}, layout{}, slot{}, itemFigures{}, LabelFigure{}, sparse{}, Cell{}, milestoneFigures{}),
	cmp.Comparer(func(a, b *Rules) bool { return (a == nil) == (b == nil) }),
	// Whether it waits or left the branch is seen only of the branch as it is.
	cmpopts.IgnoreFields(EnvironmentFigures{}, "Undeployed"),
}

// differ says how two Figures differ, nothing if they don't. Nearly all of them
// are the same, which reflect finds out in a fraction of the time of cmp.
func differ(a, b *Figures) string {
	if reflect.DeepEqual(plain(a), plain(b)) && (a.rules == nil) == (b.rules == nil) {
		return ""
	}
	return cmp.Diff(a, b, figuresOf)
}

// plain gives a copy without what figuresOf leaves out.
func plain(f *Figures) Figures {
	all := *f
	all.rules = nil
	all.environments = slices.Clone(f.environments)
	for i := range all.environments {
		all.environments[i].Undeployed = [2]int{}
	}
	return all
}

// worlds calls f with many random repositories.
func worlds(t *testing.T, n int, f func(r *rand.Rand, rules Rules, scripts []*script)) {
	t.Helper()
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 1))
		rules := rulesFor(t)
		rules.Windows = []time.Duration{time.Hour, 24 * time.Hour, 30 * 24 * time.Hour}
		rules.Native = seed%2 == 0
		rules.SeriesLimit = r.IntN(12)
		rules.States, rules.Events = randomStates(r), randomEvents(r)
		var scripts []*script
		for n := range 1 + r.IntN(30) {
			scripts = append(scripts, newScript(r, n+1))
		}
		f(r, rules, scripts)
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

func stateAsOf(rules Rules, scripts []*script, at model.Instant) *model.State {
	digest := Digest(rules)
	s := state()
	for _, script := range scripts {
		if item := script.asOf(at); item != nil {
			s.Items = append(s.Items, digest(item))
		}
	}
	return s
}

// instants gives some instants at which something happens, and some between.
func instants(r *rand.Rand, scripts []*script) []model.Instant {
	all := []model.Instant{t0, forever}
	for _, s := range scripts {
		for _, step := range s.steps {
			if r.IntN(30) == 0 {
				all = append(all, step.at-1, step.at, step.at+1, step.at+model.Instant(r.IntN(day)))
			}
		}
	}
	slices.Sort(all)
	return all
}

// What happens later changes nothing: the whole life as of an instant gives
// the figures that the life up to that instant gives.
func TestLaterFactsChangeNothing(t *testing.T) {
	worlds(t, 40, func(r *rand.Rand, rules Rules, scripts []*script) {
		whole := stateAsOf(rules, scripts, forever)
		for _, at := range instants(r, scripts) {
			then := Evaluate([]*model.State{stateAsOf(rules, scripts, at)}, rules, at)
			now := Evaluate([]*model.State{whole}, rules, at)
			if diff := differ(then, now); diff != "" {
				t.Errorf("as of %s: %s", at, diff)
				return
			}
		}
	})
}

// Totals and histograms never fall.
func TestTotalsNeverFall(t *testing.T) {
	worlds(t, 40, func(r *rand.Rand, rules Rules, scripts []*script) {
		whole := stateAsOf(rules, scripts, forever)
		var before *Figures
		for _, at := range instants(r, scripts) {
			now := Evaluate([]*model.State{whole}, rules, at)
			if before != nil && fell(before, now) {
				t.Errorf("a total fell from %s to %s", before.At, now.At)
				return
			}
			before = now
		}
	})
}

func fell(before, now *Figures) bool {
	for n := range now.slots {
		if slotFell(&before.slots[n], &now.slots[n]) {
			return true
		}
	}
	for _, s := range workflowSeries {
		for _, cell := range before.Cells(s) {
			at := slices.IndexFunc(now.Cells(s), func(c Cell) bool { return slices.Equal(c.Labels, cell.Labels) })
			if at < 0 || slotFell(cell.slot, now.Cells(s)[at].slot) {
				return true
			}
		}
	}
	return false
}

func slotFell(a, b *slot) bool {
	if b.count < a.count || b.sum < a.sum {
		return true
	}
	for i := range a.buckets {
		if b.buckets[i] < a.buckets[i] {
			return true
		}
	}
	return false
}

// The order in which a record lists things means nothing.
func TestOrderMeansNothing(t *testing.T) {
	worlds(t, 40, func(r *rand.Rand, rules Rules, scripts []*script) {
		digest := Digest(rules)
		for _, s := range scripts {
			item := s.asOf(forever)
			want := digest(item)
			r.Shuffle(len(item.Events), func(i, j int) { item.Events[i], item.Events[j] = item.Events[j], item.Events[i] })
			r.Shuffle(len(item.Commits), func(i, j int) { item.Commits[i], item.Commits[j] = item.Commits[j], item.Commits[i] })
			r.Shuffle(len(item.Labels), func(i, j int) { item.Labels[i], item.Labels[j] = item.Labels[j], item.Labels[i] })
			comments := item.ReviewComments
			r.Shuffle(len(comments), func(i, j int) { comments[i], comments[j] = comments[j], comments[i] })
			if diff := cmp.Diff(want, digest(item), cmp.Comparer(func(a, b labelName) bool { return a == b })); diff != "" {
				t.Errorf("item %d: %s", s.number, diff)
				return
			}
		}
	})
}

// Every item that is not gone is in one state, and in no label more often than once.
func TestGaugesAddUp(t *testing.T) {
	worlds(t, 40, func(r *rand.Rand, rules Rules, scripts []*script) {
		whole := stateAsOf(rules, scripts, forever)
		for _, at := range instants(r, scripts) {
			want := map[model.Kind]int{}
			for _, s := range scripts {
				if s.born <= at && (s.gone == 0 || s.gone > at) {
					want[s.kind]++
				}
			}
			f := Evaluate([]*model.State{whole}, rules, at)
			for _, kind := range []model.Kind{model.Issue, model.PullRequest} {
				got := 0
				for i := range States(kind) {
					got += f.Items(kind, i)
					for _, label := range f.Labeled(kind) {
						if label.Items(i) > f.Items(kind, i) {
							t.Errorf("%s: %d items in state %d with label %s, of %d", at, label.Items(i), i, label.Label, f.Items(kind, i))
						}
					}
				}
				if got != want[kind] {
					t.Errorf("%s: %d of %s in a state, want %d", at, got, kind, want[kind])
				}
			}
		}
	})
}

// Spans of one item do not overlap, but those of drafts and of the merge queue
// do with open.
func TestSpansDoNotOverlap(t *testing.T) {
	worlds(t, 40, func(_ *rand.Rand, rules Rules, scripts []*script) {
		for _, f := range stateAsOf(rules, scripts, forever).Items {
			end := uint32(0)
			for _, s := range f.Spans {
				if s.State == model.SpanDraft || s.State == model.SpanQueued {
					continue
				}
				if s.From < end || s.To != 0 && s.To <= s.From {
					t.Errorf("item %d: %v", f.Number, f.Spans)
				}
				end = s.To
			}
		}
	})
}

func TestQuantileAgainstCounting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		values := make([]uint32, 1+r.IntN(50))
		for i := range values {
			values[i] = r.Uint32N(1 << r.IntN(32))
		}
		q := float64(r.IntN(101)) / 100
		slices.Sort(values)
		if got, want := quantile(values, q), slowQuantile(values, q); !near(got, want) {
			t.Fatalf("%v of %v: %v, want %v", q, values, got, want)
		}
	}
}

// slowQuantile follows the line through the points (i/(n−1), value i).
func slowQuantile(sorted []uint32, q float64) float64 {
	n := len(sorted)
	for i := range n - 1 {
		left, right := float64(i)/float64(n-1), float64(i+1)/float64(n-1)
		if q >= left && q <= right {
			share := (q - left) / (right - left)
			return float64(sorted[i])*(1-share) + float64(sorted[i+1])*share
		}
	}
	return float64(sorted[n-1])
}
