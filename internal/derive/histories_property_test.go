package derive

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// histories calls f with many random histories.
func histories(t *testing.T, n int, f func(r *rand.Rand, c *chronicle)) {
	t.Helper()
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 7))
		f(r, newChronicle(t, r))
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

// moments gives instants of a history, some of which are those of what happened.
func (c *chronicle) moments(r *rand.Rand, n int) []model.Instant {
	last := t0
	var all []model.Instant
	for _, o := range c.asOf(forever).Changes.Observed {
		all = append(all, model.Instant(o.At), model.Instant(o.At)-1)
		last = max(last, model.Instant(o.At))
	}
	for range n {
		all = append(all, t0+model.Instant(r.Int64N(int64(last-t0)+day)))
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:n]
	slices.Sort(all)
	return all
}

// What happens later changes no total, no quantile and no dora figure of
// before: what was known then gives the same.
func TestLaterHistoryChangesNothing(t *testing.T) {
	seen := map[model.Series]bool{}
	histories(t, 60, func(r *rand.Rand, c *chronicle) {
		whole := c.asOf(forever)
		for _, o := range whole.Changes.Observed {
			seen[o.Series] = true
		}
		for _, at := range c.moments(r, 12) {
			then := Evaluate([]*model.State{c.asOf(at)}, c.rules, at)
			now := Evaluate([]*model.State{whole}, c.rules, at)
			if diff := differ(then, now); diff != "" {
				t.Errorf("as of %d: %s", at-t0, diff)
				return
			}
			for i, e := range then.Environments() {
				n := now.Environments()[i].Undeployed
				if e.Undeployed[0]+e.Undeployed[1] != n[0]+n[1] {
					t.Errorf("as of %d: undeployed %v, then %v", at-t0, n, e.Undeployed)
				}
			}
		}
	})
	for s := ChangeStage; s <= IncidentResolve; s++ {
		if !seen[s] {
			t.Errorf("no history has %s", Metric(s))
		}
	}
}

func TestHistoryTotalsNeverFall(t *testing.T) {
	histories(t, 60, func(r *rand.Rand, c *chronicle) {
		whole := c.asOf(forever)
		var before *Figures
		for _, at := range c.moments(r, 30) {
			now := Evaluate([]*model.State{whole}, c.rules, at)
			if before != nil && (fell(before, now) || incidentsFell(before, now)) {
				t.Errorf("a total fell from %s to %s", before.At, now.At)
				return
			}
			before = now
		}
	})
}

func incidentsFell(before, now *Figures) bool {
	count := map[string]uint64{}
	for _, i := range now.Incidents() {
		count[i.Source+" "+i.Severity] = i.Count
	}
	return slices.ContainsFunc(before.Incidents(), func(i IncidentFigure) bool { return count[i.Source+" "+i.Severity] < i.Count })
}

func TestRatiosAreRatios(t *testing.T) {
	histories(t, 60, func(r *rand.Rand, c *chronicle) {
		whole := c.asOf(forever)
		for _, at := range c.moments(r, 10) {
			for _, e := range Evaluate([]*model.State{whole}, c.rules, at).Environments() {
				for _, d := range e.Windows {
					failed, any := d.FailureRatio()
					rework, _ := d.ReworkRatio()
					if any != (d.Successes > 0) || outside(failed) || outside(rework) || outside(d.ActiveDayRatio) || d.PerDay < 0 {
						t.Errorf("at %s: %+v", at, d)
					}
				}
			}
		}
	})
}

func outside(ratio float64) bool { return ratio < 0 || ratio > 1 }

// containing gives what a deployment of a commit contains, the slow way.
func containing(g *model.Graph, c int32) map[int32]bool {
	found := map[int32]bool{}
	for next := []int32{c}; len(next) > 0; next = next[1:] {
		if next[0] != model.Absent && !found[next[0]] {
			found[next[0]] = true
			next = append(next, g.Parents(next[0])...)
		}
	}
	return found
}

// Reachability tells the same as looking at all that each deployment contains.
func TestShippingAgainstContents(t *testing.T) {
	histories(t, 80, func(_ *rand.Rand, c *chronicle) {
		l := newLedger(c.asOf(forever), &c.rules)
		for _, track := range l.tracks {
			contents := make([]map[int32]bool, len(track.successes))
			for i, s := range track.successes {
				contents[i] = containing(l.graph, s.commit)
				rollback := i > 0 && s.commit != model.Absent && s.commit != track.successes[i-1].commit && contents[i-1][s.commit]
				if s.rollback != rollback || rollback && len(s.shipped)+len(s.censored) > 0 {
					t.Errorf("%s %s: rollback %v, want %v; ships %v", track.name, s.id, s.rollback, rollback, s.shipped)
				}
				if want := rolledBackBy(track, contents[i], s.commit, i); len(s.held) > 0 && s.recovery.rollback != want {
					t.Errorf("%s %s: rolled back by %d, want %d", track.name, s.id, s.recovery.rollback, want)
				}
			}
			compareShipments(t, l, track, contents)
		}
	})
}

func rolledBackBy(track *track, contents map[int32]bool, commit int32, i int) int {
	for later := i + 1; later < len(track.successes); later++ {
		if c := track.successes[later].commit; c != model.Absent && c != commit && contents[c] {
			return later
		}
	}
	return none
}

func compareShipments(t *testing.T, l *ledger, track *track, contents []map[int32]bool) {
	shipped := map[int32]int{}
	for i, s := range track.successes {
		for _, p := range append(slices.Clone(s.shipped), s.censored...) {
			if _, twice := shipped[p]; twice {
				t.Errorf("%s: #%d ships twice", track.name, l.merged[p].Number)
			}
			shipped[p] = i
		}
	}
	for n, p := range l.merged {
		want := slices.IndexFunc(contents, func(found map[int32]bool) bool { return found[p.commit] })
		if got, there := shipped[int32(n)]; there != (want >= 0) || there && got != want {
			t.Errorf("%s: #%d ships in %d %v, want %d", track.name, p.Number, got, there, want)
		}
		if want < 0 {
			continue
		}
		censored := want == 0 || track.successes[want-1].commit == model.Absent && p.Merged <= track.successes[want-1].at
		if track.shipments[n].censored != censored {
			t.Errorf("%s: #%d is left-censored: %v", track.name, p.Number, !censored)
		}
	}
}

// Where pickup to deploy are all observed, the observed stages come to d − min(k, c).
func TestStagesSumExactly(t *testing.T) {
	sums := 0
	histories(t, 60, func(_ *rand.Rand, c *chronicle) {
		s := c.asOf(forever)
		for _, script := range c.items {
			e := Explain(script.asOf(forever), c.rules)
			e.Relate(s)
			at := slices.IndexFunc(e.Shipments, func(s Shipment) bool { return s.Environment == Production && s.Status == Shipped })
			if at < 0 {
				continue
			}
			sum, whole := stageSum(e.Stages)
			lead := e.Shipments[at].LeadTimes[0]
			if lead.Seconds == nil {
				lead = e.Shipments[at].LeadTimes[1]
			}
			if !whole {
				continue
			}
			sums++
			if lead.Seconds == nil || *lead.Seconds != sum {
				t.Errorf("#%d: stages come to %d, lead time %+v", e.Number, sum, lead)
			}
		}
	})
	if sums < 20 {
		t.Errorf("only %d sums", sums)
	}
}

func stageSum(stages []Duration) (sum int64, whole bool) {
	whole = len(stages) == 6
	for _, d := range stages {
		if d.Seconds != nil {
			sum += *d.Seconds
		} else if d.Name != "coding" && d.Name != "draft" {
			whole = false
		}
	}
	return sum, whole
}

// Several repositories are one: totals add up, and quantiles are those of all
// their durations.
func TestHistoriesAreOneSet(t *testing.T) {
	histories(t, 40, func(r *rand.Rand, one *chronicle) {
		two := newChronicle(t, r)
		two.rules = one.rules
		a, b := one.asOf(forever), two.asOf(forever)
		for _, at := range one.moments(r, 5) {
			f := Evaluate([]*model.State{a, b}, one.rules, at)
			fa, fb := Evaluate([]*model.State{a}, one.rules, at), Evaluate([]*model.State{b}, one.rules, at)
			for s := range seriesCount {
				if slices.Contains(workflowSeries, s) {
					continue // they are by name: see TestRunsOfSeveralRepositories
				}
				for i, cell := range f.Cells(s) {
					x, y := fa.Cells(s)[i].Distribution(), fb.Cells(s)[i].Distribution()
					if d := cell.Distribution(); d.Count != x.Count+y.Count || d.Sum != x.Sum+y.Sum {
						t.Errorf("%s%v: %d of %d and %d", Metric(s), cell.Labels, d.Count, x.Count, y.Count)
					}
				}
			}
			compareQuantiles(t, f, []*model.State{a, b}, one.rules, at)
		}
	})
}

// compareQuantiles counts the lead times in production from opening anew.
func compareQuantiles(t *testing.T, f *Figures, states []*model.State, rules Rules, at model.Instant) {
	const opened = 1
	var want []Quantile
	for _, w := range rules.Windows {
		var values []uint32
		for _, s := range states {
			for _, o := range s.Changes.Observed {
				in := model.Instant(o.At) > at-model.Instant(w.Seconds()) && model.Instant(o.At) <= at
				if o.Series == ChangeLeadTime && o.Environment == 0 && o.Sub == opened && in {
					values = append(values, o.Value)
				}
			}
		}
		slices.Sort(values)
		for _, q := range rules.Quantiles {
			if len(values) > 0 {
				want = append(want, Quantile{WindowLabel(w), q, slowQuantile(values, q)})
			}
		}
	}
	got := f.Cells(ChangeLeadTime)[opened].Quantiles()
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 1e-6), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// The order in which statuses are listed means nothing, nor does reading twice.
func TestOrderOfHistoryMeansNothing(t *testing.T) {
	histories(t, 30, func(r *rand.Rand, c *chronicle) {
		want := c.asOf(forever).Changes
		for _, d := range c.deploys {
			r.Shuffle(len(d.Statuses), func(i, j int) { d.Statuses[i], d.Statuses[j] = d.Statuses[j], d.Statuses[i] })
		}
		r.Shuffle(len(c.commits), func(i, j int) { c.commits[i], c.commits[j] = c.commits[j], c.commits[i] })
		c.commits = append(c.commits, c.commits...)
		if diff := cmp.Diff(want, c.asOf(forever).Changes, cmp.Comparer(func(a, b labelName) bool { return a == b })); diff != "" {
			t.Error(diff)
		}
	})
}
