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

// turning tells what an event switches: 1 on, -1 off, 0 neither.
type turning func(*model.Event) int

// initially tells whether something was on before the first event that
// switches it; without one it was as it is now. Switches of one second that
// cancel each other tell nothing.
func (is turning) initially(events []model.Event, now bool) bool {
	for len(events) > 0 {
		n := sameSecond(events)
		if ons, offs := is.count(events[:n]); ons != offs {
			return offs > ons
		}
		events = events[n:]
	}
	return now
}

func (is turning) count(events []model.Event) (ons, offs int) {
	for i := range events {
		switch is(&events[i]) {
		case 1:
			ons++
		case -1:
			offs++
		}
	}
	return ons, offs
}

// toggled gives the intervals in which something of the item was on.
func (l *life) toggled(is turning, now bool) []interval {
	t := toggle{on: is.initially(l.events, now), since: l.item.CreatedAt}
	t.follow(l.events, is)
	return t.end(now, l.item.UpdatedAt)
}

// follow takes events that switch.
func (t *toggle) follow(events []model.Event, is turning) {
	for len(events) > 0 {
		n := sameSecond(events)
		ons, offs := is.count(events[:n])
		t.second(events[0].At, ons, offs)
		events = events[n:]
	}
}

// spans gives what the gauges count: open, closed, merged and, beside open,
// draft and queued.
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
	return append(spans, l.queue.spans...)
}

// toDraft tells which events make a draft and which end one.
func toDraft(e *model.Event) int {
	switch e.Kind {
	case model.ConvertToDraft:
		return 1
	case model.ReadyForReview:
		return -1
	}
	return 0
}

// drafts gives the intervals in which a pull request was a draft.
func (l *life) drafts() []interval { return l.toggled(toDraft, l.item.Draft) }

// appendOverlap appends the part of an open span in which it was a draft.
func appendOverlap(spans []model.Span, draft interval, open model.Span) []model.Span {
	from := max(draft.from, model.Instant(open.From))
	return appendSpan(spans, from, draft.to, model.Instant(open.To), model.SpanDraft)
}
