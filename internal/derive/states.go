package derive

import (
	"cmp"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// MaxStates and MaxEvents are how many states and events rules may have.
const (
	MaxStates = 256
	MaxEvents = 256
)

// State is a state that items of a kind are in while a condition holds.
type State struct {
	Name string
	Kind model.Kind
	When Condition
}

// readStates gives when the item was in the states of the rules. They end when
// it was found to be gone.
func (l *life) readStates() []model.StateSpan {
	var spans []model.StateSpan
	for n := range l.rules.States {
		s := &l.rules.States[n]
		if s.Kind != l.item.Kind {
			continue
		}
		for _, i := range l.when(s.When).intervals() {
			to := earlier(i.to, l.item.GoneAt)
			if to == 0 || to > i.from {
				spans = append(spans, model.StateSpan{From: seconds32(i.from), To: seconds32(to), State: uint8(n)})
			}
		}
	}
	return spans
}

// noteStates observes how long the item was in states, when they ended. What
// ended because it is gone did not, and a bot's items have no durations.
func (l *life) noteStates(n *notes) {
	if l.bot {
		return
	}
	gone := seconds32(l.item.GoneAt)
	for _, s := range l.states {
		if s.To != 0 && s.To != gone {
			n.note(model.Instant(s.To), StateDwell, s.State, int64(s.To-s.From))
		}
	}
}

// when gives when a condition holds.
func (l *life) when(c Condition) flips {
	var any flips
	for _, list := range c {
		any = any.or(l.all(list))
	}
	return any
}

// all gives when all parts of a list hold; with none, it always does.
func (l *life) all(list []Part) flips {
	if len(list) == 0 {
		return flips{l.item.CreatedAt}
	}
	all := l.part(list[0])
	for _, p := range list[1:] {
		if len(all) == 0 {
			break
		}
		all = all.and(l.part(p))
	}
	return all
}

// part gives when a part of a condition holds. States share most of theirs.
func (l *life) part(p Part) flips {
	for _, known := range l.parts {
		if known.part == p {
			return known.flips
		}
	}
	f := l.word(p.Word, p.Label)
	if p.Not {
		f = f.not(l.item.CreatedAt)
	}
	l.parts = append(l.parts, knownPart{p, f})
	return f
}

// knownPart is a part of a condition and when it holds of an item.
type knownPart struct {
	part  Part
	flips flips
}

func (l *life) word(w Word, label string) flips {
	switch w {
	case Opened:
		return l.inSpans(model.SpanOpen)
	case Closed:
		return l.inSpans(model.SpanClosed).or(l.inSpans(model.SpanMerged))
	case Merged:
		return l.inSpans(model.SpanMerged)
	case Draft:
		return l.flips(l.drafts())
	case Labeled:
		return l.bears(label)
	case Approved, ChangesRequested:
		return l.opinions(w.opinion())
	case ReviewRequested:
		return l.requested()
	case Commented:
		return l.flips(l.since(model.Commented))
	}
	return nil
}

func (l *life) flips(intervals []interval) flips { return flipsOf(intervals, l.item.CreatedAt) }

// since gives the time from the first event of a kind on.
func (l *life) since(kind model.EventKind) []interval {
	if at := l.first(kind); at != 0 {
		return []interval{{from: at}}
	}
	return nil
}

// inSpans gives when the item was open, closed or merged. An end that its
// absence made is none: what ends there is cut off later.
func (l *life) inSpans(state model.SpanState) flips {
	gone := seconds32(l.item.GoneAt)
	var intervals []interval
	for _, s := range l.turns.spans {
		if s.State == state {
			if s.To == gone {
				s.To = 0
			}
			intervals = append(intervals, interval{model.Instant(s.From), model.Instant(s.To)})
		}
	}
	return l.flips(intervals)
}

// bears gives when the item bore a label of a name, which may have been given
// to several in turn.
func (l *life) bears(name string) flips {
	var all flips
	for _, label := range l.labels() {
		if strings.EqualFold(label.Name, name) {
			all = all.or(l.flips(l.labeled(label)))
		}
	}
	return all
}

// opinions gives when the last opinion of some reviewer was of a state. An
// opinion ends with its dismissal, with the reviewer's next one, or when the
// review is found to be gone. Bots and the author have none.
func (l *life) opinions(state model.ReviewState) flips {
	var held []interval
	for n := range l.reviews {
		r := &l.reviews[n]
		if r.other && r.state == state {
			held = append(held, interval{r.at, l.opinionEnd(n)})
		}
	}
	return l.flips(held)
}

// opinionEnd gives the end of a review's opinion, 0 while it stands. Of one
// second the reviews are in the order of their ids, which GitHub gives in turn.
func (l *life) opinionEnd(n int) model.Instant {
	r := &l.reviews[n]
	end := earlier(r.dismissed, r.gone)
	for m := range l.reviews {
		next := &l.reviews[m]
		follows := cmp.Or(cmp.Compare(next.at, r.at), cmp.Compare(databaseID(next.id), databaseID(r.id))) > 0
		if follows && next.opinion() && next.by.Same(r.by) {
			end = earlier(end, next.at)
		}
	}
	return end
}

// opinion reports whether the review says what its author thinks of the change.
// Only opinions can be dismissed, so one is that whose state is lost.
func (r *review) opinion() bool { return r.state != model.ReviewCommented }

// requested gives when somebody was asked for a review and had not yet given
// one. Which teams a reviewer is of is not known: any review answers them.
func (l *life) requested() flips {
	var asked []string
	for i := range l.events {
		if e := &l.events[i]; e.Kind == model.ReviewRequested && e.Ref != "" && !slices.Contains(asked, e.Ref) {
			asked = append(asked, e.Ref)
		}
	}
	var any flips
	for _, ref := range asked {
		any = any.or(l.flips(l.requestedOf(ref)))
	}
	return any
}

// requestedOf gives the intervals in which one reviewer was asked.
func (l *life) requestedOf(ref string) []interval {
	t := toggle{since: l.item.CreatedAt}
	t.follow(l.events, func(e *model.Event) int {
		switch {
		case e.Kind == model.ReviewRequested && e.Ref == ref:
			return 1
		case e.Kind == model.ReviewRequestRemoved && e.Ref == ref, e.Kind == model.Reviewed && l.answers(e, ref):
			return -1
		}
		return 0
	})
	return t.end(t.on, 0)
}

// answers reports whether a review is of who was asked, a login or a team.
func (l *life) answers(e *model.Event, ref string) bool {
	if strings.HasPrefix(ref, "team:") {
		return l.other(e.Actor)
	}
	return strings.EqualFold(e.Actor.Login, ref)
}
