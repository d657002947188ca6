package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// turns is how an item was closed and reopened.
type turns struct {
	closings   []closing // without a merge
	reopenings []model.Instant
	spans      []model.Span // open, closed and merged, without gaps
}

// closing is one time at which an item was closed without a merge.
type closing struct {
	at     model.Instant
	reason string
	moved  bool // by or after a transfer or a conversion to a discussion
}

// aroundMerge is how many seconds before a merge the closing that it makes
// may be dated. Nobody can merge what is closed, so a closing that no
// reopening follows is the merge's own.
const aroundMerge = 60

// replayer follows an item through its closings and reopenings.
type replayer struct {
	life   *life
	turns  turns
	closed bool
	since  model.Instant // when it was last opened, reopened or closed
	moved  model.Instant // when it was transferred or converted; 0 while not
}

// replay follows the item from its creation to its current state.
func (l *life) replay() turns {
	r := &replayer{life: l, since: l.item.CreatedAt, moved: l.movedAt()}
	events := l.events
	for len(events) > 0 && (l.merged == 0 || events[0].At <= l.merged) {
		n := sameSecond(events)
		r.second(events[:n])
		events = events[n:]
	}
	r.end()
	return r.turns
}

// movedAt gives the instant at which an issue was transferred or converted.
func (l *life) movedAt() model.Instant {
	transferred, converted := l.first(model.Transferred), l.first(model.ConvertedToDiscussion)
	if transferred == 0 || converted != 0 && converted < transferred {
		return converted
	}
	return transferred
}

// sameSecond gives the number of events that have the first one's instant.
func sameSecond(events []model.Event) int {
	n := 1
	for n < len(events) && events[n].At == events[0].At {
		n++
	}
	return n
}

// second takes the closings and reopenings of one second in turns, whatever
// order they are listed in. A closing of what is closed is none. A reopening
// of what is open is one whose closing is lost.
func (r *replayer) second(events []model.Event) {
	at := events[0].At
	reopenings := countKind(events, model.Reopened)
	for i := range events {
		if events[i].Kind != model.Closed {
			continue
		}
		if r.closed && reopenings > 0 {
			reopenings--
			r.reopen(at)
		}
		if !r.closed {
			r.close(at, events[i].Reason)
		}
	}
	for range reopenings {
		r.reopen(at)
	}
}

func countKind(events []model.Event, kind model.EventKind) int {
	n := 0
	for i := range events {
		if events[i].Kind == kind {
			n++
		}
	}
	return n
}

func (r *replayer) close(at model.Instant, reason string) {
	r.turns.closings = append(r.turns.closings, closing{
		at: at, reason: reason, moved: r.moved != 0 && at >= r.moved-aroundMerge,
	})
	r.turn(at, true)
}

func (r *replayer) reopen(at model.Instant) {
	r.turns.reopenings = append(r.turns.reopenings, at)
	if r.closed {
		r.turn(at, false)
	}
}

// turn ends the current span and begins the next.
func (r *replayer) turn(at model.Instant, closed bool) {
	r.span(at, r.state())
	r.closed, r.since = closed, max(at, r.since)
}

func (r *replayer) state() model.SpanState {
	if r.closed {
		return model.SpanClosed
	}
	return model.SpanOpen
}

// span adds the span from the last turn on; to is 0 for one that lasts. Spans
// end when the item was found to be gone.
func (r *replayer) span(to model.Instant, state model.SpanState) {
	r.turns.spans = appendSpan(r.turns.spans, r.since, to, r.life.item.GoneAt, state)
}

// appendSpan appends a span that ends at the earlier of to and gone, unless it is empty.
func appendSpan(spans []model.Span, from, to, gone model.Instant, state model.SpanState) []model.Span {
	to = earlier(to, gone)
	if to != 0 && to <= from {
		return spans
	}
	return append(spans, model.Span{From: seconds32(from), To: seconds32(to), State: state})
}

// earlier gives the earlier of two ends, of which 0 is never.
func earlier(a, b model.Instant) model.Instant {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// end reaches the current state. GitHub's state is right where events are lost.
func (r *replayer) end() {
	item := r.life.item
	switch {
	case r.life.merged != 0:
		r.merge(r.life.merged)
		return
	case item.ClosedAt != 0 && !r.closed && item.ClosedAt >= r.since:
		r.close(item.ClosedAt, item.Reason)
	case (item.ClosedAt != 0) != r.closed:
		// When it turned is lost; it had by the last change that GitHub tells of.
		r.turn(max(item.UpdatedAt, r.since), !r.closed)
	}
	r.span(0, r.state())
}

// merge ends in the merged state. A closing just before it was its own.
func (r *replayer) merge(at model.Instant) {
	last := len(r.turns.closings) - 1
	if r.closed && r.turns.closings[last].at >= at-aroundMerge {
		r.turns.closings = r.turns.closings[:last]
		r.reopenSpan()
	}
	r.turn(at, true)
	r.span(0, model.SpanMerged)
}

// reopenSpan takes the last turn back.
func (r *replayer) reopenSpan() {
	r.closed = false
	last := len(r.turns.spans) - 1
	if last >= 0 && r.turns.spans[last].State == model.SpanOpen && r.turns.spans[last].To == seconds32(r.since) {
		r.since = model.Instant(r.turns.spans[last].From)
		r.turns.spans = r.turns.spans[:last]
	}
}
