package githubtest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
)

// cursorPaging is how many rows a list of issues may have before it is paged by cursors.
func (o Options) cursorPaging() int { return orDefault(o.CursorPagingOver, 10_000) }

// cursorPage gives a page of a long list: behind the cursor "after", before the cursor
// "before", else the first. Its links have no last page, and page numbers beyond
// the first are refused without a cursor.
func (x *exchange) cursorPage(list *listing) (any, *apiError) {
	after, before := x.query.Get("after"), x.query.Get("before")
	if after == "" && before == "" && pageNumber(x.query) > 1 {
		return nil, refuse(http.StatusUnprocessableEntity, "Pagination with the page parameter is not supported for "+
			"large datasets, please use cursor based pagination (after/before)")
	}
	from, ok := readCursor(after + before)
	if !ok || after != "" && before != "" {
		return nil, invalid("Issue", "after")
	}
	backwards := before != ""
	size := perPage(x.query)
	var rows []*itemView
	more := false
	for iv := range x.repo.items(list, from, backwards) {
		if more = len(rows) == size; more {
			break
		}
		rows = append(rows, iv)
	}
	if backwards {
		slices.Reverse(rows)
	}
	x.linkCursors(list, rows, more || backwards, !backwards && from != nil || backwards && more)
	return mapped(rows, x.issue), nil
}

// linkCursors sets the Link header of a page of a long list.
func (x *exchange) linkCursors(list *listing, rows []*itemView, next, prev bool) {
	if len(rows) == 0 {
		return
	}
	page := pageNumber(x.query)
	var links []string
	if next {
		after := cursorOf(list, rows[len(rows)-1])
		links = append(links, x.pageLink("next", map[string]string{"after": after, "before": "", "page": itoa(page + 1)}))
	}
	if prev {
		before := cursorOf(list, rows[0])
		links = append(links, x.pageLink("prev", map[string]string{"before": before, "after": "", "page": itoa(max(1, page-1))}))
	}
	x.setLink(links)
}

// cursorOf names a row's place in the list, opaquely.
func cursorOf(list *listing, iv *itemView) string {
	p := list.positionOf(iv)
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "cursor:v2:%d:%d", p.at, p.number))
}

// readCursor reads what cursorOf wrote; "" is the beginning.
func readCursor(cursor string) (*position, bool) {
	if cursor == "" {
		return nil, true
	}
	plain, err := base64.StdEncoding.DecodeString(cursor)
	if err != nil {
		return nil, false
	}
	var p position
	_, err = fmt.Sscanf(string(plain), "cursor:v2:%d:%d", &p.at, &p.number)
	return &p, err == nil
}
