package githubtest

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"sync"
)

// GitHub stops numbered pages of a repository's comments and events somewhere; the
// first is known from reports, the second is our guess.
const (
	commentRows = 40_000
	eventRows   = 10_000
)

// entry is a comment, a comment on a line, or an event of some item, in a list over
// the whole repository.
type entry struct {
	created, updated Time
	id               int64
	item             *Item
	comment          *Comment
	review           *Review // of line
	line             *ReviewComment
	event            *Event
}

// entryLists keeps such lists as of an instant: all pages of a stream ask for the same.
type entryLists struct {
	mu    sync.Mutex
	lists map[entryKey][]entry
}

type entryKey struct {
	repo     int64
	now      Time
	kind     string
	byUpdate bool
}

// get gives a list, oldest first, and makes it if it is not kept. Lists of the
// repository as of other instants are forgotten then: the clock goes on.
func (l *entryLists) get(rv *repoView, kind string, byUpdate bool, collect func(*repoView) []entry) []entry {
	key := entryKey{rv.ID, rv.now(), kind, byUpdate}
	l.mu.Lock()
	defer l.mu.Unlock()
	if list, ok := l.lists[key]; ok {
		return list
	}
	list := collect(rv)
	slices.SortFunc(list, func(a, b entry) int {
		if byUpdate {
			return cmp.Or(cmp.Compare(a.updated, b.updated), cmp.Compare(a.id, b.id))
		}
		return cmp.Or(cmp.Compare(a.created, b.created), cmp.Compare(a.id, b.id))
	})
	maps.DeleteFunc(l.lists, func(k entryKey, _ []entry) bool { return k.repo == key.repo && k.now != key.now })
	if l.lists == nil {
		l.lists = map[entryKey][]entry{}
	}
	l.lists[key] = list
	return list
}

// reset forgets all lists, after a change of a dataset.
func (l *entryLists) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lists = nil
}

// eachPresent calls f with every item that can be seen.
func (rv *repoView) eachPresent(f func(*itemView)) {
	for _, item := range rv.Items {
		if rv.presenceOf(item) == present {
			f(rv.show(item))
		}
	}
}

// commentEntries collects the comments of all conversations.
func commentEntries(rv *repoView) []entry {
	var out []entry
	rv.eachPresent(func(iv *itemView) {
		for _, c := range iv.comments() {
			out = append(out, entry{created: c.CreatedAt, updated: c.updatedAt(), id: c.ID, item: iv.Item, comment: c.Comment})
		}
	})
	return out
}

// lineEntries collects the comments of all reviews.
func lineEntries(rv *repoView) []entry {
	var out []entry
	rv.eachPresent(func(iv *itemView) {
		for _, c := range iv.reviewComments() {
			out = append(out, entry{
				created: c.CreatedAt, updated: c.updatedAt(), id: c.ID, item: iv.Item,
				review: c.review.Review, line: c.ReviewComment,
			})
		}
	})
	return out
}

// eventEntries collects the events of all items.
func eventEntries(rv *repoView) []entry {
	var out []entry
	rv.eachPresent(func(iv *itemView) {
		events := iv.events()
		for i := range events {
			if e := &events[i]; e.inEvents() {
				out = append(out, entry{created: e.At, updated: e.At, id: e.ID, item: iv.Item, event: e})
			}
		}
	})
	return out
}

// stream reads sort, direction and since of a list of comments and gives the rows of
// its page. Without sort, direction does nothing.
func (x *exchange) stream(resource, kind string, collect func(*repoView) []entry) ([]entry, *apiError) {
	by, err1 := x.choice(resource, "sort", "created", "updated", "created_at")
	direction, err2 := x.choice(resource, "direction", "asc", "desc")
	since, err3 := x.since(resource)
	if err := cmp.Or(err1, err2, err3); err != nil {
		return nil, err
	}
	rows := x.server.lists.get(x.repo, kind, by == "updated", collect)
	if since != 0 {
		rows = filter(rows, func(e entry) bool { return e.updated >= since })
	}
	if direction == "desc" && x.query.Get("sort") != "" {
		rows = slices.Clone(rows)
		slices.Reverse(rows)
	}
	return capped(x, rows, commentRows)
}

// capped gives a page of a list that GitHub does not page beyond some row.
func capped[T any](x *exchange, rows []T, most int) ([]T, *apiError) {
	if (pageNumber(x.query)-1)*perPage(x.query) >= most {
		return nil, refuse(http.StatusUnprocessableEntity, "In order to keep the API fast for everyone, pagination is "+
			"limited for this resource. Check the rel=last link relation in the Link response header to see how far back "+
			"you can traverse.")
	}
	return paged(x, rows[:min(len(rows), most)]), nil
}
