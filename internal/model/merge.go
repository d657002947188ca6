package model

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// Merge gives the item that is known after old and read, either of which may
// be nil. Neither is changed; the result shares their slices.
//
// The mirror is read by overlapping passes, sweeps and continuations of lists,
// so the same fact arrives often and in any order. Merge is therefore made of
// parts for each of which order and repetition do not matter:
//
//   - The header, all that is not a list, is one register: the newest UpdatedAt
//     wins, then the latest read, since some changes move no UpdatedAt. A read
//     whose UpdatedAt is 0 is partial and never wins.
//   - Labels and Closes belong to the header. A partial read that is not older
//     continues them.
//   - Events and review comments are united by ID, each a register like the
//     header; a submitted review's state is never replaced by Dismissed, and the
//     commands of a comment's earlier texts stay.
//   - Commits are united by OID; the latest listing says which head they had.
//   - Mentions are united: what a text once stated stays.
//   - Absence is a finding at an instant: it holds until the thing is read
//     later than that.
//   - TimelineEnd, a hint that saves reading, is the exception: a continuation
//     that is not older replaces it, so of one second the last to arrive counts.
//   - A null account never replaces a known one. An account that was renamed and
//     then deleted may keep either name.
//
// Each part remembers the server time of its own last read where that is not
// the item's ReadAt.
func Merge(old, read *Item) *Item {
	if old == nil {
		old = &Item{}
	}
	if read == nil {
		read = &Item{}
	}
	win, lose, tie := headers(old, read)
	out := *win
	out.ReadAt = max(old.ReadAt, read.ReadAt)
	out.HeaderAt = headerAt(win)
	out.Number = cmp.Or(win.Number, lose.Number)
	out.Kind = cmp.Or(win.Kind, lose.Kind)
	out.Author = known(win.Author, lose.Author, tie)
	out.MergedBy = known(win.MergedBy, lose.MergedBy, tie)
	out.Labels, out.Closes = lists(win, lose, tie)
	out.Mentions = union(compareMentions, old.Mentions, read.Mentions)
	out.Events = register(old.Events, read.Events, eventOf(old), eventOf(read))
	out.ReviewComments = register(old.ReviewComments, read.ReviewComments, commentOf(old), commentOf(read))
	out.Commits = register(old.Commits, read.Commits, commitOf(old), commitOf(read))
	out.GoneAt, out.Gone = latestAbsence(old, read)
	out.TimelineEnd = timelineEnd(old, read)
	return out.normalise()
}

// SameFacts reports whether two items differ in nothing but when, and how far,
// they were read.
func SameFacts(a, b *Item) bool {
	if a == nil || b == nil {
		return a == b
	}
	return bytes.Equal(a.facts(), b.facts())
}

// facts encodes all but what is of the reading alone.
func (it *Item) facts() []byte {
	c := *it
	c.ReadAt, c.HeaderAt, c.TimelineEnd = 0, 0, ""
	c.Events = slices.Clone(it.Events)
	for i := range c.Events {
		c.Events[i].ReadAt = 0
	}
	c.ReviewComments = slices.Clone(it.ReviewComments)
	for i := range c.ReviewComments {
		c.ReviewComments[i].ReadAt = 0
	}
	c.Commits = slices.Clone(it.Commits)
	for i := range c.Commits {
		c.Commits[i].ReadAt = 0
	}
	return encode(&c)
}

// headerAt is the server time of the read that the header is of; a partial
// read's is that of the read.
func headerAt(it *Item) Instant { return cmp.Or(it.HeaderAt, it.ReadAt) }

// headers tells which header wins; tie says that both are of one instant.
func headers(a, b *Item) (win, lose *Item, tie bool) {
	order := cmp.Or(cmp.Compare(a.UpdatedAt, b.UpdatedAt), cmp.Compare(headerAt(a), headerAt(b)))
	tie = order == 0
	if tie {
		order = bytes.Compare(a.header(), b.header())
	}
	if order >= 0 {
		return a, b, tie
	}
	return b, a, tie
}

// header encodes the header for the order of two that were read at once,
// without what is merged field by field.
func (it *Item) header() []byte {
	c := *it
	c.Author, c.MergedBy, c.Labels, c.Closes, c.Mentions = Actor{}, Actor{}, nil, nil, nil
	c.Events, c.ReviewComments, c.Commits = nil, nil, nil
	c.ReadAt, c.HeaderAt, c.GoneAt, c.Gone, c.TimelineEnd = 0, 0, 0, "", ""
	return encode(&c)
}

// known gives the winner's account unless it is null and the other's is not.
// Of one instant, the choice must not depend on the order either.
func known(win, lose Actor, tie bool) Actor {
	if win.Ghost() || tie && !lose.Ghost() && compareActors(lose, win) > 0 {
		return lose
	}
	return win
}

func compareActors(a, b Actor) int {
	return cmp.Or(cmp.Compare(a.Login, b.Login), compareBools(a.Bot, b.Bot))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// lists gives the header's labels and closing references, with those of a read
// that continues it or was made at the same instant.
func lists(win, lose *Item, tie bool) ([]Label, []ItemRef) {
	continues := lose.UpdatedAt == 0 && headerAt(lose) >= headerAt(win)
	if !tie && !continues {
		return union(compareLabels, win.Labels), union(compareRefs, win.Closes)
	}
	return union(compareLabels, win.Labels, lose.Labels), union(compareRefs, win.Closes, lose.Closes)
}

func compareLabels(a, b Label) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
}

func compareRefs(a, b ItemRef) int {
	return cmp.Or(strings.Compare(a.Owner, b.Owner), strings.Compare(a.Repo, b.Repo), cmp.Compare(a.Number, b.Number))
}

func compareMentions(a, b Mention) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), compareRefs(a.Item, b.Item), strings.Compare(a.OID, b.OID))
}

// union gives the sorted lists' distinct elements; nil where there are none.
func union[T comparable](order func(a, b T) int, lists ...[]T) []T {
	all := slices.Concat(lists...)
	slices.SortFunc(all, order)
	return slices.Clip(slices.Compact(all))
}

// timelineEnd gives how far the timeline was read: a whole item is read from
// its first page, a partial one from where the last page ended.
func timelineEnd(old, read *Item) string {
	continues := read.UpdatedAt == 0 && read.ReadAt >= old.ReadAt
	if read.TimelineEnd != "" && (continues || old.TimelineEnd == "") {
		return read.TimelineEnd
	}
	return old.TimelineEnd
}

// latestAbsence gives the latest finding that the item is gone.
func latestAbsence(a, b *Item) (Instant, string) {
	if cmp.Or(cmp.Compare(a.GoneAt, b.GoneAt), strings.Compare(a.Gone, b.Gone)) >= 0 {
		return a.GoneAt, a.Gone
	}
	return b.GoneAt, b.Gone
}

// normalise gives the item its one form: findings of absence that a later read
// refuted are dropped, times of reads that are the item's are left out, and
// lists are in order.
func (it *Item) normalise() *Item {
	if it.ReadAt > it.GoneAt {
		it.GoneAt, it.Gone = 0, ""
	}
	it.HeaderAt = unless(it.HeaderAt, it.ReadAt)
	for i := range it.Events {
		it.Events[i].ReadAt = unless(it.Events[i].ReadAt, it.ReadAt)
	}
	for i := range it.ReviewComments {
		it.ReviewComments[i].ReadAt = unless(it.ReviewComments[i].ReadAt, it.ReadAt)
	}
	for i := range it.Commits {
		it.Commits[i].ReadAt = unless(it.Commits[i].ReadAt, it.ReadAt)
	}
	slices.SortFunc(it.Events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.ID, b.ID))
	})
	slices.SortFunc(it.ReviewComments, func(a, b ReviewComment) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(it.Commits, func(a, b Commit) int {
		return cmp.Or(cmp.Compare(a.CommittedAt, b.CommittedAt), strings.Compare(a.OID, b.OID))
	})
	return it
}

// unless leaves an instant out where it is the usual one.
func unless(at, usual Instant) Instant {
	if at == usual {
		return 0
	}
	return at
}

// encode gives the stored form; encoding to memory cannot fail.
func encode(m interface {
	MarshalMsg([]byte) ([]byte, error)
},
) []byte {
	b, err := m.MarshalMsg(nil)
	if err != nil {
		panic(err)
	}
	return b
}
