package model

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// element is one entry of a list within an item while it is merged: an event,
// a review comment or a commit, with the time of its read made explicit.
type element[T any, K comparable] interface {
	key() K
	merge(other T) T
}

// register unites two lists by key, merging what is in both, or twice in one.
func register[T element[T, K], K comparable](old, read []T, fromOld, fromRead func(T) T) []T {
	if len(old)+len(read) == 0 {
		return nil
	}
	out := make([]T, 0, max(len(old), len(read)))
	at := make(map[K]int, cap(out))
	add := func(e T) {
		if i, ok := at[e.key()]; ok {
			out[i] = out[i].merge(e)
			return
		}
		at[e.key()] = len(out)
		out = append(out, e)
	}
	for _, e := range old {
		add(fromOld(e))
	}
	for _, e := range read {
		add(fromRead(e))
	}
	return out
}

// unread is the time of the read of what was found absent only.
const unread Instant = -1

// eventOf makes explicit when the item's events were read.
func eventOf(it *Item) func(Event) Event {
	return func(e Event) Event {
		e.ReadAt = cmp.Or(e.ReadAt, it.ReadAt, unread)
		return e
	}
}

func commentOf(it *Item) func(ReviewComment) ReviewComment {
	return func(c ReviewComment) ReviewComment {
		c.ReadAt = cmp.Or(c.ReadAt, it.ReadAt, unread)
		return c
	}
}

func commitOf(it *Item) func(Commit) Commit {
	return func(c Commit) Commit {
		c.ReadAt = cmp.Or(c.ReadAt, it.ReadAt, unread)
		return c
	}
}

func (e Event) key() string { return e.ID }

// merge gives what is known after two reads of one event.
func (e Event) merge(o Event) Event {
	order := cmp.Or(cmp.Compare(e.UpdatedAt, o.UpdatedAt), cmp.Compare(e.ReadAt, o.ReadAt))
	tie := order == 0
	if tie {
		order = bytes.Compare(e.content(), o.content())
	}
	if order < 0 {
		e, o = o, e
	}
	e.Actor = known(e.Actor, o.Actor, tie)
	e.State = submitted(e.State, o.State)
	e.Before = before(e, o)
	e.ReadAt, e.GoneAt = lastSeen(e.ReadAt, e.GoneAt, o.ReadAt, o.GoneAt)
	return e
}

// content encodes an event without what is merged field by field.
func (e Event) content() []byte {
	e.Actor, e.State, e.Before, e.ReadAt, e.GoneAt = Actor{}, 0, nil, 0, 0
	return encode(&e)
}

// before gives the commands that either read of a comment had and the winner's
// text has no longer: who took back what was said has still said it.
func before(win, lose Event) []string {
	if win.Before == nil && lose.Before == nil && win.Text == lose.Text {
		return nil
	}
	now := commands(win.Text)
	all := union(strings.Compare, win.Before, lose.Before, commands(lose.Text))
	all = slices.DeleteFunc(all, func(line string) bool { return slices.Contains(now, line) })
	if len(all) == 0 {
		return nil
	}
	return slices.Clip(all)
}

// commands gives the lines of a text that start with / or @.
func commands(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "/") || strings.HasPrefix(line, "@") {
			lines = append(lines, line)
		}
	}
	return lines
}

// submitted gives the state in which a review was submitted, as far as either
// read knows it: a dismissal hides it.
func submitted(win, lose ReviewState) ReviewState {
	if win == 0 || win == Dismissed && lose != 0 {
		return lose
	}
	return win
}

// lastSeen gives the latest read, and the latest finding of absence unless
// that read refutes it.
func lastSeen(readA, goneA, readB, goneB Instant) (read, gone Instant) {
	read, gone = max(readA, readB), max(goneA, goneB)
	if read > gone {
		gone = 0
	}
	return read, gone
}

func (c ReviewComment) key() int64 { return c.ID }

// merge gives what is known after two reads of one review comment.
func (c ReviewComment) merge(o ReviewComment) ReviewComment {
	order := cmp.Or(cmp.Compare(c.UpdatedAt, o.UpdatedAt), cmp.Compare(c.ReadAt, o.ReadAt))
	tie := order == 0
	if tie {
		order = bytes.Compare(c.content(), o.content())
	}
	if order < 0 {
		c, o = o, c
	}
	c.Author = known(c.Author, o.Author, tie)
	c.ReadAt, c.GoneAt = lastSeen(c.ReadAt, c.GoneAt, o.ReadAt, o.GoneAt)
	return c
}

// content encodes a comment without what is merged field by field.
func (c ReviewComment) content() []byte {
	c.Author, c.ReadAt, c.GoneAt = Actor{}, 0, 0
	return encode(&c)
}

func (c Commit) key() string { return c.OID }

// merge takes the commit as it was listed last.
func (c Commit) merge(o Commit) Commit {
	order := cmp.Or(
		cmp.Compare(c.ReadAt, o.ReadAt), strings.Compare(c.Head, o.Head),
		cmp.Compare(c.AuthoredAt, o.AuthoredAt), cmp.Compare(c.CommittedAt, o.CommittedAt),
	)
	if order < 0 {
		return o
	}
	return c
}
