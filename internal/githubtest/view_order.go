package githubtest

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"sync"
)

// lazyIndex holds what lists of a repository need, made at its first use.
type lazyIndex struct {
	once    sync.Once
	moves   []move
	created []*Item       // by creation, then number
	starts  [kinds][]Time // creations, sorted
	ends    [kinds][]Time // deletions, transfers and conversions, sorted
	ids     idIndex
	lookups lookups
	counts  countCache
}

// kinds of items: issues and pull requests.
const kinds = 2

// move is one move of an item's updated_at: the item was last updated at at from
// then until next. Sorted by time, the moves are an order of all items for every
// instant: those with at ≤ now < next, so a page costs a binary search and the
// few stale moves between its rows, however many items there are.
type move struct {
	at, next uint32 // Unix seconds; next is endless for the last
	item     uint32 // index into Items
}

const endless = ^uint32(0)

// lists gives the index, and makes it at the first call.
func (r *repository) lists() *lazyIndex {
	r.lazy.once.Do(func() { r.lazy.build(r.Repo) })
	return r.lazy
}

func (x *lazyIndex) build(repo *Repo) {
	var times []Time
	for i, item := range repo.Items {
		times = append(times[:0], item.CreatedAt)
		item.eachMove(func(at Time) { times = append(times, max(at, item.CreatedAt)) })
		slices.Sort(times)
		times = slices.Compact(times)
		for j, at := range times {
			m := move{at: uint32(at), next: endless, item: uint32(i)}
			if j+1 < len(times) {
				m.next = uint32(times[j+1])
			}
			x.moves = append(x.moves, m)
		}
		x.span(item)
	}
	slices.SortFunc(x.moves, func(a, b move) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.item, b.item))
	})
	x.created = slices.Clone(repo.Items)
	slices.SortStableFunc(x.created, func(a, b *Item) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) })
	for k := range kinds {
		slices.Sort(x.starts[k])
		slices.Sort(x.ends[k])
	}
}

// span notes when the item can be seen.
func (x *lazyIndex) span(item *Item) {
	k := item.kindIndex()
	x.starts[k] = append(x.starts[k], item.CreatedAt)
	if end := item.end(); end != 0 {
		x.ends[k] = append(x.ends[k], end)
	}
}

// kindIndex is 0 for issues and 1 for pull requests.
func (item *Item) kindIndex() int {
	if item.PR != nil {
		return 1
	}
	return 0
}

// end gives when the item went away, 0 if it never does.
func (item *Item) end() Time {
	var end Time
	for _, at := range []Time{item.DeletedAt, item.TransferredAt, item.ConvertedAt} {
		if at != 0 && (end == 0 || at < end) {
			end = at
		}
	}
	return end
}

// eachMove calls f with every time after creation that moves the item's updated_at,
// in no order. What does not: edits and deletions of comments, reactions, CI,
// mentions, subscriptions, changes of labels themselves, resolved threads.
func (item *Item) eachMove(f func(Time)) {
	for i := range item.Comments {
		f(item.Comments[i].CreatedAt)
	}
	for i := range item.Events {
		if e := &item.Events[i]; e.moves() {
			f(e.At)
		}
	}
	for _, e := range item.Edits {
		f(e.At)
	}
	for _, at := range item.Touched {
		f(at)
	}
	if item.PR == nil {
		return
	}
	for i := range item.PR.Reviews {
		f(item.PR.Reviews[i].SubmittedAt)
	}
	for i := range item.PR.Commits {
		f(item.PR.Commits[i].PushedAt)
		if removed := item.PR.Commits[i].RemovedAt; removed != 0 {
			f(removed)
		}
	}
}

// moves reports whether the event moves its item's updated_at.
func (e *Event) moves() bool {
	switch e.Kind {
	case CommentDeleted, Mentioned, Subscribed:
		return false
	}
	return true
}

// listing says which items a list has, and in which order.
type listing struct {
	issues, pulls bool
	byUpdate      bool                 // else by creation
	descending    bool                 // newest first
	since         Time                 // only what was updated at or after it
	keep          func(*itemView) bool // nil: all
	key           string               // names keep for the cache of counts; "" if keep is nil
}

// position is a place in a list: just behind (or before) the item with that time
// and number, whether the item is still there or not.
type position struct {
	at     Time
	number int
}

// positionOf gives an item's place in a list.
func (q *listing) positionOf(iv *itemView) position {
	if q.byUpdate {
		return position{iv.updatedAt(), iv.Number}
	}
	return position{iv.CreatedAt, iv.Number}
}

// items gives the items of a list in its order, or in the reverse order, from a
// position on; nil is the end at which that order begins.
func (rv *repoView) items(q *listing, from *position, reverse bool) iter.Seq[*itemView] {
	down := q.descending != reverse
	candidates := rv.byCreation(from, down)
	if q.byUpdate {
		candidates = rv.byUpdate(from, down, q.since)
	}
	return func(yield func(*itemView) bool) {
		for item := range candidates {
			if iv := rv.listed(q, item); iv != nil && !yield(iv) {
				return
			}
		}
	}
}

// listed shows an item if it belongs to the list, else gives nil.
func (rv *repoView) listed(q *listing, item *Item) *itemView {
	wanted := q.issues
	if item.PR != nil {
		wanted = q.pulls
	}
	if !wanted || rv.presenceOf(item) != present {
		return nil
	}
	iv := rv.show(item)
	if q.since != 0 && !q.byUpdate && iv.updatedAt() < q.since || q.keep != nil && !q.keep(iv) {
		return nil
	}
	return iv
}

// byCreation gives all items that were created by now.
func (rv *repoView) byCreation(from *position, down bool) iter.Seq[*Item] {
	all := rv.lists().created
	less := func(item *Item, p position) bool {
		return item.CreatedAt < p.at || item.CreatedAt == p.at && item.Number < p.number
	}
	at := func(p position) int { return sort.Search(len(all), func(i int) bool { return !less(all[i], p) }) }
	low, high := 0, at(position{at: rv.now() + 1})
	low, high = cut(low, high, from, down, at)
	return func(yield func(*Item) bool) {
		walk(low, high, down, func(i int) bool { return yield(all[i]) })
	}
}

// byUpdate gives all items that were created by now and updated since then.
func (rv *repoView) byUpdate(from *position, down bool, since Time) iter.Seq[*Item] {
	moves, all := rv.lists().moves, rv.Items
	less := func(m move, p position) bool {
		return Time(m.at) < p.at || Time(m.at) == p.at && all[m.item].Number < p.number
	}
	at := func(p position) int { return sort.Search(len(moves), func(i int) bool { return !less(moves[i], p) }) }
	low, high := at(position{at: since}), at(position{at: rv.now() + 1})
	low, high = cut(low, high, from, down, at)
	now := uint32(rv.now())
	return func(yield func(*Item) bool) {
		walk(low, high, down, func(i int) bool { return moves[i].next <= now || yield(all[moves[i].item]) })
	}
}

// cut shortens the range [low, high) to what is behind a position.
func cut(low, high int, from *position, down bool, at func(position) int) (int, int) {
	switch {
	case from == nil:
	case down:
		high = min(high, at(*from))
	default:
		low = max(low, at(position{from.at, from.number + 1}))
	}
	return low, high
}

// walk calls f with the numbers of [low, high) up or down until it returns false.
func walk(low, high int, down bool, f func(int) bool) {
	for i := range max(0, high-low) {
		n := low + i
		if down {
			n = high - 1 - i
		}
		if !f(n) {
			return
		}
	}
}

// count gives the number of items in a list.
func (rv *repoView) count(q *listing) int {
	if q.keep == nil && q.since == 0 {
		return rv.countAll(q)
	}
	return rv.lists().counts.get(countKey{rv.now(), q.since, q.issues, q.pulls, q.key}, func() int {
		n := 0
		for range rv.items(q, nil, false) {
			n++
		}
		return n
	})
}

// countAll gives the number of items that can be seen.
func (rv *repoView) countAll(q *listing) int {
	x, n := rv.lists(), 0
	for k, wanted := range [kinds]bool{q.issues, q.pulls} {
		if wanted {
			n += upTo(x.starts[k], rv.now()) - upTo(x.ends[k], rv.now())
		}
	}
	return n
}

// upTo gives how many of the sorted times are not after now.
func upTo(times []Time, now Time) int {
	n, _ := slices.BinarySearch(times, now+1)
	return n
}
