package derive

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// script is a random life: the item as GitHub shows it can be asked for at any instant.
type script struct {
	kind    model.Kind
	number  int
	author  model.Actor
	born    model.Instant
	steps   []step
	oid     string
	reverts []model.Mention
	gone    model.Instant
}

// step changes the item at an instant.
type step struct {
	at    model.Instant
	apply change
}

// asOf gives the item with what had happened by an instant, nil before it was born.
func (s *script) asOf(at model.Instant) *model.Item {
	if s.born > at {
		return nil
	}
	item := &model.Item{
		Number: s.number, Kind: s.kind, Author: s.author, CreatedAt: s.born, UpdatedAt: s.born,
		HeadOID: "h0", Mentions: s.reverts,
	}
	for _, step := range s.steps {
		if step.at <= at {
			step.apply(item)
			item.UpdatedAt = step.at
		}
	}
	if s.gone != 0 && s.gone <= at {
		item.GoneAt, item.Gone = s.gone, "deleted"
	}
	return item
}

// writer writes a random life.
type writer struct {
	*script
	r       *rand.Rand
	now     model.Instant
	draft   bool
	closed  bool
	merged  bool
	labels  map[string]bool
	asked   map[string]bool
	reviews []int64
	next    int64
	heads   int
}

var people = []model.Actor{alice, bob, carol, ghost, renovate, helper}

// newScript writes the life of item number n.
func newScript(r *rand.Rand, n int) *script {
	w := &writer{
		script: &script{
			kind: model.Kind(1 + r.IntN(2)), number: n, author: people[r.IntN(len(people))],
			born: t0 + model.Instant(r.IntN(30*day)), oid: fmt.Sprintf("%08x%032x", r.Uint32(), n),
		},
		r: r, labels: map[string]bool{}, asked: map[string]bool{}, next: int64(n) * 1000,
	}
	w.now = w.born
	if w.kind == model.PullRequest {
		w.push()
		if r.IntN(3) == 0 {
			w.do(func(it *model.Item) { it.Draft = true })
			w.draft = true
		}
		for range r.IntN(3) {
			w.reverts = append(w.reverts, model.Mention{Kind: model.Reverts, Item: model.ItemRef{Number: 1 + r.IntN(30)}})
		}
	}
	for range r.IntN(25) {
		if r.IntN(4) > 0 {
			w.now += model.Instant(r.IntN(1 << r.IntN(20)))
		}
		w.act()
	}
	if r.IntN(10) == 0 {
		w.gone = w.now + model.Instant(1+r.IntN(day))
	}
	return w.script
}

func (w *writer) do(c change) { w.steps = append(w.steps, step{w.now, c}) }

// event adds an event; its id says nothing about its order.
func (w *writer) event(e model.Event, also change) {
	w.next++
	if e.ID == "" {
		e.ID = fmt.Sprintf("%x", w.next*2654435761%4294967291)
	}
	e.At = w.now
	w.do(func(it *model.Item) {
		it.Events = append(it.Events, e)
		if also != nil {
			also(it)
		}
	})
}

func (w *writer) act() {
	if w.kind == model.PullRequest && w.r.IntN(2) == 0 {
		w.actPull()
		return
	}
	switch w.r.IntN(6) {
	case 0, 1, 2:
		text := []string{"", "/lgtm", "/retest", "/lgtm\n/retest"}[w.r.IntN(4)]
		w.event(model.Event{Kind: model.Commented, Actor: w.anyone(), Text: text}, nil)
	case 3, 4:
		w.label([]string{"kind/a", "kind/b", "bug", "x", "y"}[w.r.IntN(5)])
	case 5:
		w.closeOrReopen()
	}
}

func (w *writer) anyone() model.Actor { return people[w.r.IntN(len(people))] }

func (w *writer) label(name string) {
	label := model.Label{ID: name, Name: name}
	if w.labels[name] = !w.labels[name]; w.labels[name] {
		w.event(model.Event{Kind: model.Labeled, Label: label}, func(it *model.Item) {
			it.Labels = append(slices.Clone(it.Labels), label)
		})
		return
	}
	w.event(model.Event{Kind: model.Unlabeled, Label: label}, func(it *model.Item) {
		it.Labels = slices.DeleteFunc(slices.Clone(it.Labels), func(l model.Label) bool { return l == label })
	})
}

func (w *writer) closeOrReopen() {
	if w.merged {
		return // nothing reopens it
	}
	if w.closed {
		w.closed = false
		w.event(model.Event{Kind: model.Reopened}, func(it *model.Item) { it.ClosedAt, it.Reason = 0, "" })
		return
	}
	w.closed = true
	at, reason := w.now, []string{"completed", "not_planned", "duplicate", ""}[w.r.IntN(4)]
	w.event(model.Event{Kind: model.Closed, Reason: reason}, func(it *model.Item) { it.ClosedAt, it.Reason = at, reason })
}

func (w *writer) actPull() {
	switch w.r.IntN(11) {
	case 9, 10:
		w.request([]string{"bob", "carol", "renovate", "team:core"}[w.r.IntN(4)])
	case 0, 1:
		w.review()
	case 2:
		w.dismiss()
	case 3:
		w.push()
	case 4:
		w.forcePush()
	case 5:
		w.toggleDraft()
	case 6:
		w.merge()
	case 7:
		w.event(model.Event{Kind: model.AddedToMergeQueue}, nil)
	case 8:
		reason := []string{"manual", "FAILED_CHECKS", "merged", "new"}[w.r.IntN(4)]
		w.event(model.Event{Kind: model.RemovedFromMergeQueue, Reason: reason}, nil)
	}
}

func (w *writer) review() {
	w.next++
	id, by := w.next, w.anyone()
	w.reviews = append(w.reviews, id)
	at := w.now
	w.event(model.Event{ID: fmt.Sprintf("r%d", id), Kind: model.Reviewed, State: model.ReviewState(1 + w.r.IntN(3)), Actor: by}, nil)
	if w.r.IntN(2) == 0 {
		c := model.ReviewComment{ID: id, Review: id, ReplyTo: int64(w.r.IntN(2)), Author: by, CreatedAt: at - model.Instant(w.r.IntN(100))}
		w.do(func(it *model.Item) { it.ReviewComments = append(it.ReviewComments, c) })
	}
}

// request asks for a review, or no longer, in a second of its own: in which
// order a request and its answer come is told by their seconds alone.
func (w *writer) request(ref string) {
	w.now++
	kind := model.ReviewRequested
	if w.asked[ref] = !w.asked[ref]; !w.asked[ref] {
		kind = model.ReviewRequestRemoved
	}
	w.event(model.Event{Kind: kind, Actor: w.author, Ref: ref}, nil)
	w.now++
}

// dismiss dismisses a review: GitHub then shows it as dismissed.
func (w *writer) dismiss() {
	if len(w.reviews) == 0 {
		return
	}
	at := w.r.IntN(len(w.reviews))
	ref := fmt.Sprintf("r%d", w.reviews[at])
	w.reviews = slices.Delete(w.reviews, at, at+1)
	now := w.now
	w.do(func(it *model.Item) {
		it.Events = slices.Clone(it.Events)
		for i := range it.Events {
			if e := &it.Events[i]; e.ID == ref {
				it.Events = append(it.Events, model.Event{ID: "d" + ref, Kind: model.ReviewDismissed, At: now, Ref: ref, State: e.State, Actor: bob})
				it.Events[i].State = model.Dismissed
				return
			}
		}
	})
}

func (w *writer) push() {
	w.next++
	c := model.Commit{OID: fmt.Sprint(w.next), AuthoredAt: w.now - 10, CommittedAt: w.now - model.Instant(w.r.IntN(10)), Head: fmt.Sprintf("h%d", w.heads)}
	w.do(func(it *model.Item) {
		if it.MergedAt == 0 {
			it.Commits = append(it.Commits, c)
		}
	})
}

func (w *writer) forcePush() {
	w.heads++
	head := fmt.Sprintf("h%d", w.heads)
	w.event(model.Event{Kind: model.HeadRefForcePushed}, func(it *model.Item) {
		if it.MergedAt == 0 {
			it.HeadOID = head
		}
	})
	w.push()
}

func (w *writer) toggleDraft() {
	if w.merged {
		return
	}
	w.draft = !w.draft
	kind, draft := model.ReadyForReview, w.draft
	if draft {
		kind = model.ConvertToDraft
	}
	w.event(model.Event{Kind: kind}, func(it *model.Item) { it.Draft = draft })
}

// merge merges once; its closing is in the same second or the next.
func (w *writer) merge() {
	if w.closed || w.merged {
		return
	}
	w.merged, w.closed = true, true
	at, oid := w.now, w.oid
	w.event(model.Event{Kind: model.Merged, Ref: oid}, func(it *model.Item) { it.MergedAt, it.ClosedAt, it.MergeOID = at, at, oid })
	w.now += model.Instant(w.r.IntN(2))
	w.event(model.Event{Kind: model.Closed}, nil)
}
