package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// schemaRest is how long what was found out about a server's schema holds, even
// if it refuses a document again: the schema is big.
const schemaRest = 15 * time.Minute

// dialect is what is known of the GraphQL that a server understands. Documents
// are written for github.com; GitHub Enterprise Server has the schema of some
// time ago. A nil dialect leaves documents as they are.
type dialect struct {
	schema *serverSchema
	absent map[string]bool // what of all documents the schema lacks
	at     time.Time       // when the schema was asked for
}

// lacks reports whether a field was left out of documents because the server
// does not have it.
func (d *dialect) lacks(field string) bool { return d != nil && d.absent[field] }

// body writes a request in the server's dialect.
func (d *dialect) body(what *call, document string, variables map[string]any) ([]byte, error) {
	if d != nil {
		pruned, left, p, err := d.schema.prune(document, variables)
		if err != nil {
			return nil, fmt.Errorf("github: %s: %w", what.op, err)
		}
		if len(p.needed) > 0 {
			e := failure(reasonSchema, fmt.Sprintf(
				"the server's GraphQL schema lacks %s, and without it nothing right can be read", listed(p.needed)))
			e.Op, e.unsent = what.op, true
			return nil, e
		}
		document, variables = pruned, left
	}
	return queryBody(what.query, document, variables)
}

func queryBody(operation, document string, variables map[string]any) ([]byte, error) {
	return json.Marshal(map[string]any{"query": document, "variables": variables, "operationName": operation})
}

// listed names the members of a set in their order.
func listed(set map[string]bool) string {
	return strings.Join(slices.Sorted(maps.Keys(set)), ", ")
}

// dialects holds what clients of one server know of its schema.
type dialects struct {
	asking chan struct{} // holds one while the schema is asked for

	mu       sync.Mutex
	known    *dialect
	failed   *Error // why the schema is not shown
	failedAt time.Time
}

func newDialects() *dialects { return &dialects{asking: make(chan struct{}, 1)} }

// current gives what is known; nil while nothing was found to be missing.
func (d *dialects) current() *dialect {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known
}

// translate gives the body of a request that the server refused by its schema,
// in its dialect. The refusal is the error where that is the same.
func (c *Client) translate(ctx context.Context, what *call, document string, variables map[string]any, body []byte, refused error) ([]byte, error) {
	learned, err := c.learn(ctx, what, refused)
	if err != nil {
		return nil, err
	}
	again, err := learned.body(what, document, variables)
	if err == nil && bytes.Equal(again, body) {
		err = refused
	}
	return again, err
}

// learn asks the server for its schema, unless another caller just did.
func (c *Client) learn(ctx context.Context, what *call, refused error) (*dialect, error) {
	d := c.dialects
	select {
	case d.asking <- struct{}{}:
		defer func() { <-d.asking }()
	case <-ctx.Done():
		return nil, fmt.Errorf("github: %s: %w", what.op, ctx.Err())
	}
	now := c.now()
	known, failed := d.recent(now)
	if known == nil && failed == nil {
		var err error
		if known, err = c.study(ctx, now); !errors.As(err, &failed) && err != nil {
			return nil, err
		}
		if failed != nil && failed.Temporary {
			return nil, failed
		}
		d.keep(known, failed, now)
	}
	if failed != nil {
		return nil, unshown(what, refused, failed)
	}
	return known, nil
}

// recent gives what was found out lately: the dialect, or why there is none.
func (d *dialects) recent(now time.Time) (*dialect, *Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.known != nil && now.Sub(d.known.at) < schemaRest:
		return d.known, nil
	case d.failed != nil && now.Sub(d.failedAt) < schemaRest:
		return nil, d.failed
	}
	return nil, nil
}

// keep takes note of what was found out.
func (d *dialects) keep(known *dialect, failed *Error, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed, d.failedAt = failed, at; failed == nil {
		d.known = known
	}
}

// study asks for the schema and holds the documents against it.
func (c *Client) study(ctx context.Context, now time.Time) (*dialect, error) {
	schema, err := c.introspect(ctx)
	if err != nil {
		return nil, err
	}
	known, needed, err := survey(schema, now)
	if err == nil && len(known.absent)+len(needed) > 0 {
		c.log.Warn("graphql schema of the server lacks fields", "left_out", listed(known.absent), "needed", listed(needed))
	}
	return known, err
}

// unshown is the error of a document that the server refuses without telling
// what it has.
func unshown(what *call, refused error, why *Error) error {
	var because *Error
	e := failure(reasonSchema, "the server's GraphQL schema lacks something")
	if errors.As(refused, &because) {
		e.Message += ": " + because.Message
	}
	e.Message += fmt.Sprintf("; what it has cannot be found out: %s: %s", strings.ReplaceAll(why.Reason, "_", " "), why.Message)
	e.Op = what.op
	return e
}

// survey holds all documents against a schema. It gives what they will be
// without, and what cannot be done without.
func survey(s *serverSchema, now time.Time) (*dialect, map[string]bool, error) {
	d := &dialect{schema: s, absent: map[string]bool{}, at: now}
	needed, visited := map[string]bool{}, map[string]bool{}
	for _, text := range allDocuments() {
		variables := nestedSizes(map[string]any{}, false, model.Issue, model.PullRequest)
		_, _, p, err := s.prune(text, variables)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(d.absent, p.absent)
		maps.Copy(needed, p.needed)
		maps.Copy(visited, p.visited)
	}
	s.forget(visited)
	return d, needed, nil
}

// allDocuments gives every document that is sent; those that continue lists in
// one that continues each kind.
func allDocuments() []string {
	var all []string
	for name, text := range parts {
		if strings.HasPrefix(text, "query") {
			all = append(all, document(name))
		}
	}
	var lists []Overflow
	for kind, connections := range drainFields {
		for connection := range connections {
			lists = append(lists, Overflow{Kind: kind, Connection: connection})
		}
	}
	text, _ := drainDocument(lists, drainFirst)
	return append(all, text)
}
