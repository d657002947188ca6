package derive

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// interval is the time [from, to), to 0 while it lasts.
type interval struct{ from, to model.Instant }

// toggle follows something that is switched on and off.
type toggle struct {
	on        bool
	since     model.Instant
	intervals []interval // in which it was on
}

// second takes the switches of one second in turns, whatever order they are
// listed in; switching on what is on changes nothing.
func (t *toggle) second(at model.Instant, ons, offs int) {
	if t.on && offs > 0 {
		t.turn(at)
		offs--
	}
	for ons > 0 && !t.on {
		t.turn(at)
		ons--
		if offs > 0 {
			t.turn(at)
			offs--
		}
	}
}

func (t *toggle) turn(at model.Instant) {
	if t.on {
		t.add(at)
	}
	t.on, t.since = !t.on, at
}

func (t *toggle) add(to model.Instant) {
	if to == 0 || to > t.since {
		t.intervals = append(t.intervals, interval{t.since, to})
	}
}

// end reaches the current state. GitHub's state is right where events are
// lost: when it was switched is not known, but it had been by the last change
// that GitHub tells of.
func (t *toggle) end(on bool, updated model.Instant) []interval {
	if t.on != on {
		t.turn(max(updated, t.since))
	}
	if t.on {
		t.add(0)
	}
	return t.intervals
}

// follow runs through the switches of a kind: on and off tell which events are ones.
func (t *toggle) follow(events []model.Event, on, off func(*model.Event) bool) {
	for len(events) > 0 {
		n := sameSecond(events)
		ons, offs := 0, 0
		for i := range events[:n] {
			switch e := &events[i]; {
			case on(e):
				ons++
			case off(e):
				offs++
			}
		}
		t.second(events[0].At, ons, offs)
		events = events[n:]
	}
}

// spans gives what the gauges count: open, closed, merged and, beside open, draft.
func (l *life) spans() []model.Span {
	spans := l.turns.spans
	if l.item.Kind != model.PullRequest {
		return spans
	}
	open := slices.Clone(spans)
	for _, draft := range l.drafts() {
		for _, s := range open {
			if s.State == model.SpanOpen {
				spans = appendOverlap(spans, draft, s)
			}
		}
	}
	return spans
}

// drafts gives the intervals in which a pull request was a draft.
func (l *life) drafts() []interval {
	t := toggle{on: l.draft, since: l.item.CreatedAt}
	t.follow(l.events,
		func(e *model.Event) bool { return e.Kind == model.ConvertToDraft },
		func(e *model.Event) bool { return e.Kind == model.ReadyForReview })
	return t.end(l.item.Draft, l.item.UpdatedAt)
}

// appendOverlap appends the part of an open span in which it was a draft.
func appendOverlap(spans []model.Span, draft interval, open model.Span) []model.Span {
	from := max(draft.from, model.Instant(open.From))
	return appendSpan(spans, from, draft.to, model.Instant(open.To), model.SpanDraft)
}
