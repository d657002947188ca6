package github

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/tinylib/msgp/msgp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// rawConnection is a repository with a page of one of its lists, which
// documents name "page".
type rawConnection[T any] struct {
	Repository *struct {
		DatabaseID int64    `json:"databaseId"`
		Page       *list[T] `json:"page"`
	} `json:"node"`
}

// connection asks for a page of a list of a repository, by fewer at a time
// where that is too heavy, and hands it to read, whose failure is the page's.
func connection[T any](ctx context.Context, c *Client, operation, noun string, repo model.Repository, after string,
	read func(l *list[T], page PageInfo, drop func(string)) *Error,
) (dropped map[string]int, err error) {
	return connectionBy(ctx, c, operation, noun, repo, after, SweepPageSize, read)
}

// connectionBy asks for so many at once.
func connectionBy[T any](ctx context.Context, c *Client, operation, noun string, repo model.Repository, after string, size int,
	read func(l *list[T], page PageInfo, drop func(string)) *Error,
) (dropped map[string]int, err error) {
	err = shrink(size, func(first int) error {
		what := graphQLCall(operation, noun+" of "+repo.FullName()).of(repo)
		what.divisible = true
		variables := map[string]any{"repo": repo.NodeID, "first": first, "after": nullable(after)}
		return c.query(ctx, what, document(operation), variables, func(r *reply) error {
			dropped = nil
			drop := func(reason string) { dropped = dropOne(dropped, reason) }
			l, page, e := readConnection[T](r, repo, after, drop)
			if e == nil {
				e = read(l, page, drop)
			}
			if e != nil {
				return e
			}
			return nil
		})
	})
	return dropped, err
}

// readConnection reads the list of an answer.
func readConnection[T any](r *reply, repo model.Repository, after string, drop func(string)) (*list[T], PageInfo, *Error) {
	var data rawConnection[T]
	if e := r.withoutNumbers().fails(drop); e != nil {
		return nil, PageInfo{}, e
	}
	if e := r.decode(&data); e != nil {
		return nil, PageInfo{}, e
	}
	if data.Repository == nil {
		return nil, PageInfo{}, noRepository()
	}
	if e := sameRepository(data.Repository.DatabaseID, repo); e != nil {
		return nil, PageInfo{}, e
	}
	if data.Repository.Page == nil {
		return nil, PageInfo{}, failure(reasonPartial, "a repository without its lists")
	}
	page, e := info(data.Repository.Page, after, r)
	return data.Repository.Page, page, e
}

// nodesAnswer is an answer to nodes(ids): each element may fail alone.
type nodesAnswer struct {
	ids  []string
	drop func(i int, reason string)
	read func(i int) *Error
	fail func(i int, e *Error) // of what will not be otherwise on another try
}

// of reads the elements of an answer that has so many.
func (a nodesAnswer) of(r *reply, elements int) error {
	failed, e := r.withoutNumbers().elements(nodeIndex, a.drop)
	if e != nil {
		return e
	}
	if elements != len(a.ids) {
		return failure(reasonMalformed, fmt.Sprintf("%d answers to %d ids", elements, len(a.ids)))
	}
	for i := range a.ids {
		e := failed[i]
		if e == nil {
			e = a.read(i)
		}
		if e != nil && e.Temporary {
			return e
		}
		if e != nil {
			a.fail(i, e)
		}
	}
	return nil
}

func noRepository() *Error {
	return failure(reasonNotFound, "no such repository, or not to be seen with this token")
}

func sameRepository(id int64, repo model.Repository) *Error {
	if id != repo.ID {
		return failure(reasonMoved, "GitHub answers for another repository")
	}
	return nil
}

// withoutNumbers gives the answer without errors on databaseId: GraphQL's
// integers have 32 bits, ids may have more, and node ids have them too.
func (r *reply) withoutNumbers() *reply {
	kept := &reply{&envelope{Data: r.Data, limit: r.limit}, r.serverTime}
	for _, e := range r.Errors {
		if n := len(e.Path); n == 0 || e.Path[n-1] != "databaseId" {
			kept.Errors = append(kept.Errors, e)
		}
	}
	return kept
}

// idOf gives the database id of something that may have it in its node id
// alone; 0 where neither tells.
func idOf(databaseID int64, nodeID string) int64 { return cmp.Or(max(0, databaseID), idOfNode(nodeID)) }

// idOfNode reads the last number of a node id of the new form, which is a
// prefix and, in base64, a MessagePack array that ends with it. Ids are to be
// treated as opaque, so this is for want of anything better:
// https://docs.github.com/graphql/guides/migrating-graphql-global-node-ids
func idOfNode(nodeID string) (id int64) {
	_, coded, ok := strings.Cut(nodeID, "_")
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(coded, "="))
	if !ok || err != nil {
		return 0
	}
	n, raw, err := msgp.ReadArrayHeaderBytes(raw)
	if err != nil || n < 2 || n > 4 {
		return 0
	}
	for range n {
		if id, raw, err = msgp.ReadInt64Bytes(raw); err != nil {
			return 0
		}
	}
	if len(raw) > 0 || id <= 0 {
		return 0
	}
	return id
}

// gitTime reads a date as Git has it; 0 and false of one that no clock shows.
func gitTime(text string) (model.Instant, bool) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, false
	}
	return model.At(t), true
}
