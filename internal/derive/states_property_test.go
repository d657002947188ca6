package derive

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// randomParts are parts of a random condition on items of a kind.
func randomParts(r *rand.Rand, kind model.Kind) []Part {
	var parts []Part
	for range 1 + r.IntN(3) {
		p := Part{Not: r.IntN(2) == 0, Word: Word(r.IntN(int(Reopened)))}
		if kind == model.Issue && p.Word.ofPulls() {
			p.Word = Opened
		}
		if p.Word.named() {
			p.Label = []string{"kind/a", "kind/b", "BUG", "never"}[r.IntN(4)]
		}
		parts = append(parts, p)
	}
	return parts
}

func randomStates(r *rand.Rand) []State {
	var states []State
	for n := range r.IntN(6) {
		s := State{Name: fmt.Sprint("s", n), Kind: model.Kind(1 + r.IntN(2))}
		for range 1 + r.IntN(3) {
			s.When = append(s.When, randomParts(r, s.Kind))
		}
		states = append(states, s)
	}
	return states
}

func randomEvents(r *rand.Rand) []Event {
	var events []Event
	for n := range r.IntN(6) {
		e := Event{Name: fmt.Sprint("e", n), Kind: model.Kind(1 + r.IntN(2)), ByAuthor: r.IntN(2) == 0}
		if r.IntN(3) > 0 {
			p := Part{Word: Word(r.IntN(len(words)))}
			if p.Word.named() {
				p.Label = "kind/a"
			}
			e.Part = &p
		}
		if r.IntN(2) == 0 || e.Part == nil {
			e.Comment = regexp.MustCompile([]string{"(?m)^/lgtm$", ".*", "/retest"}[r.IntN(3)])
		}
		events = append(events, e)
	}
	return events
}

// snapshot judges conditions by what GitHub shows of an item at an instant,
// and by who said what so far, one event after the other.
type snapshot struct {
	*model.Item
	rules     *Rules
	opinions  map[string]model.ReviewState // by reviewer: Dismissed for none that stands
	asked     map[string]bool
	commented bool
}

func snapshotOf(item *model.Item, rules *Rules) *snapshot {
	s := &snapshot{Item: item, rules: rules, opinions: map[string]model.ReviewState{}, asked: map[string]bool{}}
	for n, e := range item.Events {
		switch e.Kind {
		case model.Commented:
			s.commented = true
		case model.ReviewRequested:
			s.asked[e.Ref] = true
		case model.ReviewRequestRemoved:
			delete(s.asked, e.Ref)
		case model.Reviewed:
			s.review(n, e)
		}
	}
	return s
}

func (s *snapshot) review(n int, e model.Event) {
	delete(s.asked, e.Actor.Login)
	if e.Actor.Bot || s.rules.Bots.Match(e.Actor.Login) || e.Actor == s.Author && e.Actor.Login != "" {
		return
	}
	delete(s.asked, "team:core")
	by := e.Actor.Login
	if by == "" {
		by = fmt.Sprint("ghost ", n)
	}
	wasComment := slices.ContainsFunc(s.Events, func(d model.Event) bool {
		return d.Kind == model.ReviewDismissed && d.Ref == e.ID && d.State == model.ReviewCommented
	})
	if e.State != model.ReviewCommented && !wasComment {
		s.opinions[by] = e.State
	}
}

func (s *snapshot) holds(c Condition) bool {
	return slices.ContainsFunc(c, func(parts []Part) bool {
		return !slices.ContainsFunc(parts, func(p Part) bool { return s.part(p) == p.Not })
	})
}

func (s *snapshot) part(p Part) bool {
	has := func(state model.ReviewState) bool {
		for _, of := range s.opinions {
			if of == state {
				return true
			}
		}
		return false
	}
	switch p.Word {
	case Opened:
		return s.ClosedAt == 0
	case Closed:
		return s.ClosedAt != 0
	case Merged:
		return s.MergedAt != 0
	case Draft:
		return s.Draft
	case Labeled:
		return slices.ContainsFunc(s.Labels, func(l model.Label) bool { return strings.EqualFold(l.Name, p.Label) })
	case Approved:
		return has(model.Approved)
	case ChangesRequested:
		return has(model.ChangesRequested)
	case ReviewRequested:
		return len(s.asked) > 0
	}
	return s.commented
}

// staysOf finds the times in a state second by second, where anything happened.
func staysOf(s *script, rules *Rules, n int) []model.StateSpan {
	if rules.States[n].Kind != s.kind {
		return nil
	}
	instants := []model.Instant{s.born}
	for _, step := range s.steps {
		instants = append(instants, step.at)
	}
	if s.gone != 0 {
		instants = append(instants, s.gone)
	}
	var stays []model.StateSpan
	held := false
	for _, at := range slices.Compact(instants) {
		holds := (s.gone == 0 || at < s.gone) && snapshotOf(s.asOf(at), rules).holds(rules.States[n].When)
		switch {
		case holds && !held:
			stays = append(stays, model.StateSpan{From: uint32(at), State: uint8(n)})
		case !holds && held:
			stays[len(stays)-1].To = uint32(at)
		}
		held = holds
	}
	return stays
}

// States are what GitHub showed at each instant; how long they lasted is
// observed of humans' items, and adds up.
func TestStatesAgainstSnapshots(t *testing.T) {
	found := 0
	worlds(t, 120, func(_ *rand.Rand, rules Rules, scripts []*script) {
		whole := stateAsOf(rules, scripts, forever)
		for i, s := range scripts {
			var want []model.StateSpan
			sums, observed := map[uint8]uint64{}, map[uint8]uint64{}
			for n := range rules.States {
				want = append(want, staysOf(s, &rules, n)...)
			}
			facts := whole.Items[i]
			var got []model.StateSpan
			if facts.Configured != nil {
				got = facts.Configured.States
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("item %d: %s", s.number, diff)
				return
			}
			found += len(want)
			for _, stay := range want {
				if stay.To != 0 && model.Instant(stay.To) != s.gone && !facts.AuthorBot {
					sums[stay.State] += uint64(stay.To - stay.From)
				}
			}
			for _, o := range facts.Observed {
				if o.Series == StateDwell {
					observed[o.Sub] += uint64(o.Value)
				}
			}
			if diff := cmp.Diff(sums, observed); diff != "" {
				t.Errorf("item %d: %s", s.number, diff)
			}
		}
	})
	if found < 1000 {
		t.Errorf("only %d times in a state: the test tests nothing", found)
	}
}

// As many items are in a state as times in it hold, and the highest age is
// that of the one that has lasted longest.
func TestStateGaugesAddUp(t *testing.T) {
	worlds(t, 30, func(r *rand.Rand, rules Rules, scripts []*script) {
		rules.Quantiles = []float64{1}
		whole := stateAsOf(rules, scripts, forever)
		for _, at := range instants(r, scripts) {
			for n, figure := range Evaluate([]*model.State{whole}, rules, at).InStates() {
				items, oldest := 0, -1.0
				for _, s := range scripts {
					if item := s.asOf(at); s.kind != rules.States[n].Kind || item == nil || item.GoneAt != 0 || !snapshotOf(item, &rules).holds(rules.States[n].When) {
						continue
					}
					items++
					stays := staysOf(s, &rules, n)
					last := slices.IndexFunc(stays, func(stay model.StateSpan) bool { return holds(stay.From, stay.To, int64(at)) })
					if !rules.bot(s.author) {
						oldest = max(oldest, float64(int64(at)-int64(stays[last].From)))
					}
				}
				if figure.Items != items || len(figure.Ages) > 0 != (oldest >= 0) || oldest >= 0 && figure.Ages[0] != oldest {
					t.Errorf("%s: %+v, want %d items, the oldest %v", at, figure, items, oldest)
					return
				}
			}
		}
	})
}

// Whoever did something is counted once: authors add up to the total.
func TestAuthorsAddUp(t *testing.T) {
	worlds(t, 30, func(r *rand.Rand, rules Rules, scripts []*script) {
		whole := stateAsOf(rules, scripts, forever)
		rules.Windows = append(rules.Windows, 10*365*24*3600*1e9)
		for _, at := range instants(r, scripts) {
			f := Evaluate([]*model.State{whole}, rules, at)
			sums := map[string]uint64{}
			for _, a := range f.ByAuthor() {
				if a.Window == "3650d" {
					sums[a.Kind+a.Event] += uint64(a.Count)
				}
			}
			for _, c := range f.Cells(EventsCounted) {
				if sum, by := sums[c.Labels[0]+c.Labels[1]]; by && sum != c.Count() {
					t.Errorf("%s: %v was done %d times, by all authors %d", at, c.Labels, c.Count(), sum)
				}
			}
		}
	})
}
