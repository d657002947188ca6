package derive

import (
	"cmp"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// queueReasons are why pull requests are removed from a merge queue: GitHub's
// words, which differ between its timeline and its webhooks, and other for those
// that it may add:
// https://docs.github.com/webhooks/webhook-events-and-payloads?actionType=dequeued#pull_request
var queueReasons = []string{
	"failed_checks", "ci_failure", "ci_timeout", "merge_conflict", "manual", "queue_cleared", "roll_back",
	"branch_invalidated", "branch_protections", "git_tree_invalid", "invalid_merge_commit", OtherLabel,
}

// mergedReasons are those with which a merge removes a pull request, just
// before or after it.
var mergedReasons = []string{"merge", "merged", "already_merged"}

// queueSub numbers a reason.
func queueSub(reason string) uint8 {
	if n := slices.Index(queueReasons, reason); n >= 0 {
		return uint8(n)
	}
	return uint8(len(queueReasons) - 1)
}

// queueReason writes a reason of GitHub's as the label has it.
func queueReason(e *model.Event) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(e.Reason))
}

// queueing follows a pull request through the merge queue.
type queueing struct {
	life  *life
	notes notes         // what it adds to totals
	spans []model.Span  // when it was in the queue
	since model.Instant // when it was added; 0 while it is not in the queue
	shut  bool          // closed meanwhile: it is not there, though nothing says that it was removed
}

// queued follows the pull request to its end.
func (l *life) queued() queueing {
	q := queueing{life: l}
	steps := l.queueSteps()
	for len(steps) > 0 {
		n := sameSecond(steps)
		q.second(steps[:n])
		steps = steps[n:]
	}
	if q.since != 0 && !q.shut {
		q.span(0)
	}
	return q
}

// queueSteps gives what matters of a life, by instant, up to the merge: nothing
// happens in the queue after it. Nil if it was never in a queue.
func (l *life) queueSteps() []model.Event {
	var steps []model.Event
	for _, e := range l.events {
		if (e.Kind == model.AddedToMergeQueue || e.Kind == model.RemovedFromMergeQueue) && (l.merged == 0 || e.At <= l.merged) {
			steps = append(steps, e)
		}
	}
	if steps == nil {
		return nil
	}
	for _, c := range l.turns.closings {
		steps = append(steps, model.Event{Kind: model.Closed, At: c.at})
	}
	for _, at := range l.turns.reopenings {
		steps = append(steps, model.Event{Kind: model.Reopened, At: at})
	}
	if l.merged != 0 {
		steps = append(steps, model.Event{Kind: model.Merged, At: l.merged})
	}
	slices.SortStableFunc(steps, func(a, b model.Event) int { return cmp.Compare(a.At, b.At) })
	return steps
}

// second takes the steps of one second: additions and removals in turns,
// whatever order they are listed in, then what ends them.
func (q *queueing) second(steps []model.Event) {
	at, merged := steps[0].At, countKind(steps, model.Merged) > 0
	additions := countKind(steps, model.AddedToMergeQueue)
	for i := range steps {
		if steps[i].Kind != model.RemovedFromMergeQueue {
			continue
		}
		if q.since == 0 && additions > 0 {
			additions--
			q.add(at)
		}
		q.remove(at, &steps[i], merged)
	}
	if additions > 0 {
		q.add(at)
	}
	switch {
	case merged:
		q.leave(at)
	case countKind(steps, model.Closed) > 0:
		q.shutAt(at)
	case countKind(steps, model.Reopened) > 0 && q.shut:
		q.since, q.shut = 0, false
	}
}

// add begins a time in the queue. An addition of what is there is none.
func (q *queueing) add(at model.Instant) {
	if q.since == 0 || q.shut {
		q.since, q.shut = at, false
	}
}

// remove ends it, and counts the removal unless a merge is why; also where it
// is not known when it was added.
func (q *queueing) remove(at model.Instant, e *model.Event, merged bool) {
	reason := queueReason(e)
	if !merged && !slices.Contains(mergedReasons, reason) {
		q.notes.note(at, QueueRemovals, queueSub(reason), 0)
	}
	q.leave(at)
}

// leave ends a time in the queue, which is a wait unless a bot opened the pull request.
func (q *queueing) leave(at model.Instant) {
	if q.since == 0 {
		return
	}
	if !q.life.bot {
		q.notes.note(at, QueueWait, 0, int64(at-q.since))
	}
	q.shutAt(at)
	q.since, q.shut = 0, false
}

// shutAt ends what the gauge counts.
func (q *queueing) shutAt(at model.Instant) {
	if q.since != 0 && !q.shut {
		q.span(at)
		q.shut = true
	}
}

func (q *queueing) span(to model.Instant) {
	q.spans = appendSpan(q.spans, q.since, to, q.life.item.GoneAt, model.SpanQueued)
}

// queuedAt reports whether an item was in the merge queue.
func queuedAt(item *model.Facts, at int64) bool {
	return slices.ContainsFunc(item.Spans, func(s model.Span) bool {
		return s.State == model.SpanQueued && holds(s.From, s.To, at)
	})
}
