package derive

import (
	"cmp"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// life is an item's timeline in order, with the instants that the definitions
// name. It is the one reading of an item: facts and explanations are made of it.
type life struct {
	item    *model.Item
	rules   *Rules
	bot     bool          // the author is one
	events  []model.Event // by instant
	turns   turns
	queue   queueing
	parts   []knownPart       // see part
	states  []model.StateSpan // of the rules' states
	counted []happening       // the rules' events, as they happened
	reviews []review          // by instant
	names   []model.Label     // see labels
	named   bool              // names are read

	draft         bool          // opened as a draft: its first draft event ended one, or it has none and is one
	ready         model.Instant // r
	merged        model.Instant // m
	firstReview   model.Instant // f
	firstApproval model.Instant // a1
	lastApproval  model.Instant // aL
}

func newLife(item *model.Item, rules *Rules) *life {
	l := &life{item: item, rules: rules, bot: rules.bot(item.Author), events: inOrder(item.Events)}
	l.ready = item.CreatedAt
	if item.Kind == model.PullRequest {
		l.merged = l.mergedAt()
		l.draft = turning(toDraft).initially(l.events, item.Draft)
		l.ready = l.readyAt()
		l.reviews = l.readReviews()
		l.reviewInstants()
	}
	l.turns = l.replay()
	l.queue = l.queued()
	l.states, l.counted = l.readStates(), l.readEvents()
	return l
}

// inOrder gives events by instant, those without one left out. Events of one
// second are in the order of their ids, which means nothing but is always the same.
func inOrder(events []model.Event) []model.Event {
	if !areInOrder(events) {
		events = slices.Clone(events)
		slices.SortFunc(events, func(a, b model.Event) int { return compareEvents(&a, &b) })
	}
	for len(events) > 0 && events[0].At <= 0 {
		events = events[1:]
	}
	return events
}

// areInOrder reports whether events are in order, as the mirror stores them.
func areInOrder(events []model.Event) bool {
	for i := 1; i < len(events); i++ {
		if compareEvents(&events[i-1], &events[i]) > 0 {
			return false
		}
	}
	return true
}

func compareEvents(a, b *model.Event) int {
	if c := cmp.Compare(a.At, b.At); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

// first gives the instant of the first event of a kind, 0 if there is none.
func (l *life) first(kind model.EventKind) model.Instant {
	for i := range l.events {
		if l.events[i].Kind == kind {
			return l.events[i].At
		}
	}
	return 0
}

// mergedAt gives m. GitHub's state is right where an event is lost.
func (l *life) mergedAt() model.Instant {
	if l.item.MergedAt != 0 {
		return l.item.MergedAt
	}
	return l.first(model.Merged)
}

// readyAt gives r, 0 while there is none.
func (l *life) readyAt() model.Instant {
	if l.draft {
		return l.first(model.ReadyForReview)
	}
	return l.item.CreatedAt
}

// other reports whether an actor is a human who is not the author. A deleted
// account is never the same person as another.
func (l *life) other(a model.Actor) bool {
	return !l.rules.bot(a) && !a.Same(l.item.Author)
}

// firstResponse gives the instant of the first comment or submitted review by
// a human who is not the author, at or after r; 0 if there is none.
func (l *life) firstResponse() model.Instant {
	if l.ready == 0 {
		return 0
	}
	for i := range l.events {
		e := &l.events[i]
		answers := e.Kind == model.Commented || e.Kind == model.Reviewed
		if answers && e.At >= l.ready && l.other(e.Actor) {
			return e.At
		}
	}
	return 0
}

// firstCommit gives k, the earliest author date of the commits at the merge
// and those seen before a force-push, and whether there is a commit. Git's
// dates may be forged, so that every value is possible.
func (l *life) firstCommit() (model.Instant, bool) {
	commits := l.item.Commits
	if len(commits) == 0 {
		return 0, false
	}
	first := slices.MinFunc(commits, func(a, b model.Commit) int { return cmp.Compare(a.AuthoredAt, b.AuthoredAt) })
	return first.AuthoredAt, true
}
