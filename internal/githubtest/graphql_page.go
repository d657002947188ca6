package githubtest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// place is where an element stands in a list. It depends on the element alone, so that
// cursors stay good when elements come and go.
type place struct {
	N    int64  `json:"n"`
	Rank int64  `json:"r,omitempty"`
	ID   int64  `json:"i,omitempty"`
	Text string `json:"t,omitempty"`
}

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.N, o.N), cmp.Compare(p.Rank, o.Rank), cmp.Compare(p.ID, o.ID), strings.Compare(p.Text, o.Text))
}

// cursorPrefix is how GitHub's cursors begin once they are decoded.
const cursorPrefix = "cursor:v2:"

// cursorAt names a place in a list of that order.
func cursorAt(order string, p place) string {
	data, err := json.Marshal(struct {
		Order string `json:"o"`
		place
	}{order, p})
	if err != nil {
		panic(err) // numbers and a string always marshal
	}
	return base64.StdEncoding.EncodeToString(append([]byte(cursorPrefix), data...))
}

// readPlace gives the place that a cursor names. Cursors of another order are no good.
func readPlace(order, text string) (place, error) {
	var read struct {
		Order string `json:"o"`
		place
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if err == nil {
		rest, ok := strings.CutPrefix(string(data), cursorPrefix)
		if ok && json.Unmarshal([]byte(rest), &read) == nil && read.Order == order {
			return read.place, nil
		}
	}
	return place{}, &queryError{
		Type:    "INVALID_CURSOR_ARGUMENTS",
		Message: fmt.Sprintf("`%s` does not appear to be a valid cursor.", text),
	}
}

// pageArgs is the part of a list that is asked for.
type pageArgs struct {
	first, last   int // 0: not given
	after, before *place
	skip          int
}

// pageArguments reads the arguments that all connections have.
func (c *call) pageArguments(order string) (pageArgs, error) {
	var p pageArgs
	var err error
	if p.first, err = c.pageSize("first"); err != nil {
		return p, err
	}
	if p.last, err = c.pageSize("last"); err != nil {
		return p, err
	}
	if p.after, err = c.cursorArgument("after", order); err != nil {
		return p, err
	}
	if p.before, err = c.cursorArgument("before", order); err != nil {
		return p, err
	}
	if skip, ok := toInt(c.args["skip"]); ok {
		p.skip = max(0, skip)
	}
	return p, c.checkBounds(p)
}

// pageSize reads first or last.
func (c *call) pageSize(name string) (int, error) {
	if c.args[name] == nil {
		return 0, nil
	}
	n, ok := toInt(c.args[name])
	switch {
	case !ok || n < 1:
		return 0, &queryError{Type: "ARGUMENT_LIMIT", Message: fmt.Sprintf(
			"`%s` on the `%s` connection must be at least 1.", name, c.field.Name)}
	case n > maxPage:
		return 0, &queryError{Type: "EXCESSIVE_PAGINATION", Message: fmt.Sprintf(
			"Requesting %d records on the `%s` connection exceeds the `%s` limit of %d records.", n, c.field.Name, name, maxPage)}
	}
	return n, nil
}

func (c *call) cursorArgument(name, order string) (*place, error) {
	text, ok := c.args[name].(string)
	if !ok {
		return nil, nil
	}
	p, err := readPlace(order, text)
	return &p, err
}

// checkBounds refuses lists without bounds, and with two.
func (c *call) checkBounds(p pageArgs) error {
	if p.first > 0 && p.last > 0 {
		return &queryError{Type: "ARGUMENT_LIMIT", Message: fmt.Sprintf(
			"Passing both `first` and `last` values to paginate the `%s` connection is not supported.", c.field.Name)}
	}
	if p.first > 0 || p.last > 0 {
		return nil
	}
	if names := c.names(); names["nodes"] || names["edges"] {
		return &queryError{Type: "MISSING_PAGINATION_BOUNDARIES", Message: fmt.Sprintf(
			"You must provide a `first` or `last` value to properly paginate the `%s` connection.", c.field.Name)}
	}
	return nil
}

// edge is an element of a list with its place.
type edge struct {
	place place
	node  node
}

// page is the part of a list that was found.
type page struct {
	unknown              bool // only the length of the list is known
	entries              []edge
	hasPrevious, hasNext func() bool
}

// list is a list of which pages can be made.
type list interface {
	total() int
	page(pageArgs) page
}

// shortList is a list that is at hand, sorted by place, or against it.
type shortList struct {
	entries    []edge
	descending bool
}

func (l *shortList) total() int { return len(l.entries) }

func (l *shortList) page(p pageArgs) page {
	low, high := l.between(p)
	from, to := low, high
	if p.first > 0 {
		from = min(from+p.skip, to)
		to = min(to, from+p.first)
	}
	if p.last > 0 {
		to = max(from, to-p.skip)
		from = max(from, to-p.last)
	}
	all := len(l.entries)
	return page{
		entries:     l.entries[from:to],
		hasPrevious: func() bool { return from > 0 },
		hasNext:     func() bool { return to < all },
	}
}

// between gives the range of the list that lies between the cursors.
func (l *shortList) between(p pageArgs) (low, high int) {
	low, high = 0, len(l.entries)
	if p.after != nil {
		low = l.search(*p.after, true)
	}
	if p.before != nil {
		high = max(low, l.search(*p.before, false))
	}
	return low, high
}

// search gives the index of the first edge at a place or behind it, or only behind it.
func (l *shortList) search(p place, behind bool) int {
	return sort.Search(len(l.entries), func(i int) bool {
		order := l.entries[i].place.compare(p)
		if l.descending {
			order = -order
		}
		return order > 0 || order == 0 && !behind
	})
}

// newList sorts entries by their places into a list.
func newList(entries []edge, descending bool) *shortList {
	slices.SortStableFunc(entries, func(a, b edge) int {
		if descending {
			return b.place.compare(a.place)
		}
		return a.place.compare(b.place)
	})
	return &shortList{entries: entries, descending: descending}
}

// itemList is the issues or pull requests of a repository, which may be very many.
type itemList struct {
	repo  *repoView
	query listing
	wrap  func(*itemView) node
}

func (l *itemList) total() int { return l.repo.count(&l.query) }

func (l *itemList) page(p pageArgs) page {
	after, before := l.position(p.after), l.position(p.before)
	from, until, size := after, before, p.first
	if p.last > 0 {
		from, until, size = before, after, p.last
	}
	found, more := l.walk(from, until, p.last > 0, size, p.skip)
	behind := func() bool { return more }
	ahead := func() bool { return len(found) == 0 && from != nil || l.before(found, p.last > 0) }
	if p.last > 0 {
		slices.Reverse(found)
		return page{entries: found, hasPrevious: behind, hasNext: ahead}
	}
	return page{entries: found, hasPrevious: ahead, hasNext: behind}
}

func (l *itemList) position(p *place) *position {
	if p == nil {
		return nil
	}
	return &position{at: Time(p.N), number: int(p.ID)}
}

// walk collects items from one cursor to the other; more says that it stopped before.
func (l *itemList) walk(from, until *position, reverse bool, size, skip int) (found []edge, more bool) {
	for iv := range l.repo.items(&l.query, from, reverse) {
		at := l.query.positionOf(iv)
		if until != nil && !l.precedes(at, *until, reverse) {
			return found, true
		}
		if skip > 0 {
			skip--
			continue
		}
		if len(found) == size {
			return found, true
		}
		found = append(found, edge{place{N: int64(at.at), ID: int64(at.number)}, l.wrap(iv)})
	}
	return found, false
}

// precedes reports whether a place comes before another on the way that is walked.
func (l *itemList) precedes(a, b position, reverse bool) bool {
	order := cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.number, b.number))
	if l.query.descending != reverse {
		return order > 0
	}
	return order < 0
}

// before reports whether the list has items before the first one that was found.
func (l *itemList) before(found []edge, reverse bool) bool {
	if len(found) == 0 {
		return false
	}
	edge := found[0]
	if reverse {
		edge = found[len(found)-1] // it was turned round since
	}
	for range l.repo.items(&l.query, l.position(&edge.place), !reverse) {
		return true
	}
	return false
}
