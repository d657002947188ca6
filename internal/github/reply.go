package github

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// reply is a GraphQL answer as a decoder gets it.
type reply struct {
	*envelope
	serverTime model.Instant
}

// leaves are fields that may be null because a token may not see them: a team
// without the permission to read members, an issue of a private repository.
// What holds them counts without them.
var leaves = []string{
	"author", "actor", "mergedBy", "mergeCommit", "requestedReviewer", "beforeCommit", "commit", "review", "label",
	"closingIssuesReferences",
}

// onLeaf reports whether an error concerns no more than such a field.
func (e graphQLError) onLeaf() bool {
	switch e.classify().Reason {
	case reasonForbidden, reasonSSO, reasonNotFound:
	default:
		return false
	}
	for _, step := range e.Path {
		if name, ok := step.(string); ok && slices.Contains(leaves, name) {
			return true
		}
	}
	return false
}

// fails gives the error that fails a page: any whose path lies in it, but for
// those on leaves, which are counted.
func (r *reply) fails(drop func(string)) *Error {
	for _, e := range r.Errors {
		if e.onLeaf() {
			drop("forbidden")
			continue
		}
		return e.within()
	}
	return nil
}

// within classifies an error by its path: what is said of a part of a page
// does not hold for the whole.
func (e graphQLError) within() *Error {
	c := e.classify()
	if len(e.Path) > 1 && (c.Reason == reasonNotFound || c.Reason == reasonRejected) {
		return failure(reasonPartial, e.Message)
	}
	return c
}

// elements gives the errors of a batch by element. An error that concerns no
// element fails the whole batch.
func (r *reply) elements(index func(path []any) (int, bool), drop func(i int, reason string)) (map[int]*Error, *Error) {
	failed := map[int]*Error{}
	for _, e := range r.Errors {
		i, ok := index(e.Path)
		switch c := e.classify(); {
		case ok && e.onLeaf():
			drop(i, "forbidden")
		case !ok:
			return nil, c
		default:
			failed[i] = c
		}
	}
	return failed, nil
}

// nodeIndex finds the element of nodes(ids) that a path leads to.
func nodeIndex(path []any) (int, bool) {
	if len(path) < 2 || path[0] != "nodes" {
		return 0, false
	}
	i, ok := path[1].(float64)
	return int(i), ok
}

// info reads where a page ends, and refuses one that could not be continued.
func info[T any](l *list[T], after string, r *reply) (PageInfo, *Error) {
	page := PageInfo{
		Total: l.TotalCount, EndCursor: l.PageInfo.EndCursor, HasNext: l.PageInfo.HasNextPage, ServerTime: r.serverTime,
	}
	if page.HasNext && (page.EndCursor == "" || page.EndCursor == after) {
		return page, failure(reasonMalformed, "a page that leads nowhere")
	}
	if page.EndCursor == "" { // an empty page
		page.EndCursor = after
	}
	if slices.Contains(l.Nodes, nil) {
		return page, failure(reasonPartial, "a null in the page")
	}
	return page, nil
}
