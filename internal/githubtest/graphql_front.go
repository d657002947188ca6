package githubtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/vektah/gqlparser/v2/ast"
)

// graphQLCall is a request to the GraphQL API, ready to run.
type graphQLCall struct {
	plan    *plan
	problem *apiError // the request itself is bad, and there is no plan
	body    []byte    // as it was sent
}

// readGraphQL reads the request's body and checks and prices the query.
func (s *Server) readGraphQL(r *http.Request) *graphQLCall {
	if r.Method != http.MethodPost {
		return &graphQLCall{problem: notFound()}
	}
	var sent struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
		Name      string         `json:"operationName"`
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, &sent)
	}
	if err != nil {
		return &graphQLCall{problem: refuse(http.StatusBadRequest, "Problems parsing JSON"), body: body}
	}
	e, err := s.engine()
	if err != nil {
		panic(err) // the embedded schema is broken
	}
	sentQuery := query{Document: sent.Query, Variables: sent.Variables, Operation: sent.Name}
	return &graphQLCall{plan: e.prepare(sentQuery), body: body}
}

// operation gives the name of the operation that runs, "" if it has none.
func (c *graphQLCall) operation() string {
	if c.plan == nil || c.plan.operation == nil {
		return ""
	}
	return c.plan.operation.Name
}

// answerGraphQL runs a query and charges for it.
func (s *Server) answerGraphQL(x *exchange, fault Fault) *answer {
	call := x.graphQL
	switch {
	case x.caller.anonymous:
		e := refuse(http.StatusUnauthorized, "This endpoint requires you to be authenticated.")
		e.body.Docs = "https://docs.github.com/graphql/guides/forming-calls-with-graphql#authenticating-with-graphql"
		return e.answer()
	case call.problem != nil:
		return call.problem.answer()
	}
	if !call.plan.dryRun && x.limited() {
		if _, ok := s.limits.spend(x.caller, graphQLResource, call.plan.points, x.now); !ok {
			return newAnswer(http.StatusOK, queryAnswer{Errors: []*queryError{s.exhausted(x)}})
		}
		x.record.Points = call.plan.points
	}
	x.record.Nodes = call.plan.nodes
	return s.runGraphQL(x, fault)
}

// exhausted is the error for a budget of points that is used up.
func (s *Server) exhausted(x *exchange) *queryError {
	x.record.Refused = primaryLimit
	if s.opts.LimitVariant {
		return &queryError{
			Type: "RATE_LIMIT", Code: "graphql_rate_limit",
			Message: fmt.Sprintf("API rate limit already exceeded for user ID %d.", x.callerID()),
		}
	}
	return &queryError{
		Type: "RATE_LIMITED", Message: fmt.Sprintf("API rate limit exceeded for user ID %d.", x.callerID()),
	}
}

// runGraphQL gives the answer to a query that is paid for.
func (s *Server) runGraphQL(x *exchange, fault Fault) *answer {
	var damage *spoil
	switch fault.Kind {
	case FaultDataNull:
		problem := &queryError{Message: somethingWrong}
		return newAnswer(http.StatusOK, queryAnswer{Data: json.RawMessage("null"), Errors: []*queryError{problem}})
	case FaultTimeout:
		problem := &queryError{Message: "We couldn't respond to your request in time: timedout. Sorry about that."}
		return newAnswer(http.StatusBadGateway, queryAnswer{Data: json.RawMessage("null"), Errors: []*queryError{problem}})
	case FaultPartial:
		damage = &spoil{nodes: fault.Nodes}
	case FaultResources:
		damage = &spoil{nodes: fault.Nodes, reason: "RESOURCE_LIMITS_EXCEEDED"}
	}
	if failed := x.graphQL.plan.failed(); failed != nil {
		return newAnswer(http.StatusOK, failed)
	}
	x.openView()
	defer x.view.close()
	return answerOf(x.graphQL.plan.run(x.view, x, damage))
}

// answerOf sends the answer to a query.
func answerOf(a *queryAnswer) *answer {
	return &answer{status: http.StatusOK, header: http.Header{}, body: a.encode()}
}

// viewer gives the account whose token was sent.
func (x *exchange) viewer() *User {
	if u := x.view.account(x.caller.login()); u != nil {
		return u
	}
	return &User{ID: accountID(x.caller.login()), Login: x.caller.login(), Type: "User"}
}

// rateLimit gives what is left to the caller after this query.
func (x *exchange) rateLimit() (limit, used int, reset Time, ok bool) {
	if !x.limited() {
		return 0, 0, 0, false
	}
	b := x.server.limits.peek(x.caller, graphQLResource, x.now)
	return b.Limit, b.Used, TimeOf(b.Reset), true
}

// outermostPage is the greatest first or last of the outermost connections.
func (c *graphQLCall) outermostPage() int {
	if c.plan == nil || c.plan.operation == nil {
		return 0
	}
	return c.pageOf(c.plan.operation.SelectionSet, 0)
}

// pageOf looks for connections from a selection set downwards, no deeper than the
// first connection on each way. depth bounds what is not checked yet.
func (c *graphQLCall) pageOf(set ast.SelectionSet, depth int) int {
	page := 0
	if depth > 50 {
		return page
	}
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			size := c.pageArgument(s)
			if size == 0 {
				size = c.pageOf(s.SelectionSet, depth+1)
			}
			page = max(page, size)
		case *ast.InlineFragment:
			page = max(page, c.pageOf(s.SelectionSet, depth+1))
		case *ast.FragmentSpread:
			page = max(page, c.pageOf(s.Definition.SelectionSet, depth+1))
		}
	}
	return page
}

// pageArgument is the field's first or last, 0 if it has neither.
func (c *graphQLCall) pageArgument(f *ast.Field) int {
	for _, name := range []string{"first", "last"} {
		argument := f.Arguments.ForName(name)
		if argument == nil {
			continue
		}
		if value, err := argument.Value.Value(c.plan.variables); err == nil && value != nil {
			var n int
			_, _ = fmt.Sscan(fmt.Sprint(value), &n)
			return n
		}
	}
	return 0
}
