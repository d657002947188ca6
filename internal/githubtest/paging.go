package githubtest

import (
	"maps"
	"net/url"
	"strconv"
	"strings"
)

const (
	defaultPage = 30
	largestPage = 100
)

// perPage is the size of the pages that a REST request asks for.
func perPage(query url.Values) int {
	n, err := strconv.Atoi(query.Get("per_page"))
	if err != nil || n < 1 {
		return defaultPage
	}
	return min(n, largestPage)
}

// pageNumber is the page that a REST request asks for, from 1.
func pageNumber(query url.Values) int {
	n, err := strconv.Atoi(query.Get("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// paged gives the rows of the page that was asked for and sets the Link header.
func paged[T any](x *exchange, rows []T) []T {
	size, page := perPage(x.query), pageNumber(x.query)
	last := max(1, (len(rows)+size-1)/size)
	x.link(page, last)
	from := min(len(rows), (page-1)*size)
	return rows[from:min(len(rows), from+size)]
}

// link sets the Link header for a page of numbered pages, in GitHub's order.
func (x *exchange) link(page, last int) {
	var links []string
	add := func(rel string, n int) {
		links = append(links, x.pageLink(rel, map[string]string{"page": strconv.Itoa(n)}))
	}
	if page > 1 {
		add("prev", min(page-1, last))
	}
	if page < last {
		add("next", page+1)
		add("last", last)
	}
	if page > last {
		add("last", last)
	}
	if page > 1 {
		add("first", 1)
	}
	x.setLink(links)
}

func (x *exchange) setLink(links []string) {
	if len(links) > 0 {
		x.header.Set("Link", strings.Join(links, ", "))
	}
}

// pageLink gives one link: the request's own address with some parameters changed, or
// left out where they are "".
func (x *exchange) pageLink(rel string, parameters map[string]string) string {
	query := maps.Clone(x.query)
	for name, value := range parameters {
		if value == "" {
			query.Del(name)
		} else {
			query.Set(name, value)
		}
	}
	return "<" + x.canonical() + "?" + query.Encode() + `>; rel="` + rel + `"`
}
