package githubtest

import (
	"encoding/json"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
)

// query is a GraphQL request as it was sent.
type query struct {
	Document  string
	Variables map[string]any
	Operation string // which operation runs; "" if there is only one
}

// host is what an answer depends on besides the world: who asks, and what is left
// of their budget.
type host interface {
	// viewer is the account whose token was sent.
	viewer() *User
	// rateLimit gives the caller's budget after this query, whose points are charged
	// already; ok is false where nothing is limited.
	rateLimit() (limit, used int, reset Time, ok bool)
}

// spoil makes an answer go wrong half-way, as queries that are too heavy do.
type spoil struct {
	nodes  int    // how many nodes of lists come out well; the others are null
	reason string // the error's type; "" for GitHub's words about a query that failed
}

// plan is a query that is checked and priced, ready to run.
type plan struct {
	engine    *engine
	document  *ast.QueryDocument
	operation *ast.OperationDefinition
	variables map[string]any

	points int           // the price; 1 also for queries that do not run
	nodes  int           // how many nodes the query may give, as GitHub counts them
	dryRun bool          // rateLimit(dryRun: true): it does not run and costs nothing
	errors []*queryError // why it cannot run; none if it can
	size   *atomic.Int64 // of the last answer to the document
}

// queryError is an entry of an answer's errors in GitHub's form.
type queryError struct {
	Type       string          `json:"type,omitempty"`
	Code       string          `json:"code,omitempty"`
	Path       []any           `json:"path,omitempty"`
	Extensions map[string]any  `json:"extensions,omitempty"`
	Locations  []queryLocation `json:"locations,omitempty"`
	Message    string          `json:"message"`
}

// queryLocation is a place in a document.
type queryLocation struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Error gives the message.
func (e *queryError) Error() string { return e.Message }

// queryAnswer is the body of an answer. Data is absent where the query did not run.
type queryAnswer struct {
	Data   json.RawMessage `json:"data,omitempty"`
	Errors []*queryError   `json:"errors,omitempty"`
	whole  []byte          // the answer up to the end of its data, where that was just written
}

// MarshalJSON writes the answer without reading its data again, which is long.
func (a queryAnswer) MarshalJSON() ([]byte, error) { return a.encode(), nil }

// encode writes the answer.
func (a queryAnswer) encode() []byte {
	out := a.whole
	if out == nil && a.Data != nil {
		out = append([]byte(dataPrefix), a.Data...)
	}
	separator := byte(',')
	if out == nil {
		separator = '{'
	}
	if len(a.Errors) > 0 {
		out = append(append(append(out, separator), `"errors":`...), encode(a.Errors)...)
	}
	if out == nil {
		return []byte("{}")
	}
	return append(out, '}')
}

// failed gives the answer to a query that cannot run, nil for one that can.
func (p *plan) failed() *queryAnswer {
	if len(p.errors) == 0 {
		return nil
	}
	return &queryAnswer{Errors: p.errors}
}

// run executes the query on a view. damage is nil for an answer that is whole.
func (p *plan) run(v *view, h host, damage *spoil) *queryAnswer {
	x := newExecution(p, v, h, damage)
	return x.run()
}
