package github

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// The two APIs, as metrics name them, and the resources their requests spend.
const (
	apiREST         = "rest"
	apiGraphQL      = "graphql"
	resourceCore    = "core"
	resourceGraphQL = "graphql"
)

// call is one attempt at a request: what is asked for, and what the transport
// learns of the answer. It travels in the request's context, so that the
// libraries in between cannot lose any of it.
type call struct {
	api      string
	endpoint string // the route's template
	query    string // the GraphQL operation
	op       string // what is attempted, for errors
	free     bool   // asks for the limits: costs nothing and is never held back
	// divisible calls are tried twice when they may be too heavy: whoever makes
	// them asks for less then.
	divisible bool

	// Whose access counts, and what it takes: see access.go.
	repo       model.Repository // zero where it is about none
	permission string
	about      bool   // the repository itself, so that a refusal says who may not read it
	items      bool   // single items, of which a refusal says nothing of the repository
	pinned     bool   // to the home of the repository, for its ETags
	vital      bool   // the others depend on it
	at         *token // to whose identity alone; nil for any

	secret   string // that was sent, to be kept out of all texts
	hops     []hop  // every round trip: redirects, then the answer
	status   int    // of the last; 0 without an answer
	header   http.Header
	body     []byte
	envelope *envelope // of GraphQL
}

// hop is one round trip.
type hop struct {
	status   int
	duration time.Duration
}

// resource names the budget that the call spends.
func (c *call) resource() string {
	if c.api == apiGraphQL {
		return resourceGraphQL
	}
	return resourceCore
}

// fresh gives the call without what an earlier attempt learned.
func (c *call) fresh() *call {
	fresh := *c
	fresh.secret, fresh.hops, fresh.status, fresh.header, fresh.body, fresh.envelope = "", nil, 0, nil, nil, nil
	return &fresh
}

// of makes the call one about a repository itself.
func (c *call) of(repo model.Repository) *call {
	c.repo, c.about = repo, true
	return c
}

// within makes the call one about items of a repository.
func (c *call) within(repo model.Repository) *call {
	c.repo, c.items = repo, true
	return c
}

// serverTime is the answer's Date; 0 where it has none.
func (c *call) serverTime() model.Instant {
	t, err := http.ParseTime(c.header.Get("Date"))
	if err != nil {
		return 0
	}
	return model.At(t)
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callOf gives the call that a request belongs to.
func callOf(req *http.Request) *call {
	if c, ok := req.Context().Value(callKey{}).(*call); ok {
		return c
	}
	return &call{api: apiREST}
}

// lacking is the call with the permission that an error is about, where it says so.
func (c *call) lacking(e *Error) *call {
	out := *c
	out.permission = cmp.Or(e.permission, c.permission)
	return &out
}
