package github

import (
	"context"
	"errors"
	"net/http"

	"github.com/shurcooL/githubv4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// identityQuery asks whose token it is. The limits are read by the transport.
type identityQuery struct {
	Viewer struct {
		Login githubv4.String
	}
	RateLimit struct {
		Cost, Limit, Remaining, Used, NodeCount githubv4.Int
		ResetAt                                 githubv4.DateTime
	}
}

// identify asks for a token's login, once, and lets tokens of one login share
// one limiter: two tokens of a user have one budget.
func (c *Client) identify(ctx context.Context, tok *token) error {
	if _, err := tok.read(); err == nil && tok.known() != "" {
		return nil
	}
	var login string
	what := graphQLCall("Identity", "identity of token "+tok.name)
	what.endpoint = "/graphql"
	err := c.retryWith(ctx, only(tok), what, func(ctx context.Context, tok *token, call *call) error {
		var q identityQuery
		err := tok.typed.Query(ctx, &q, nil)
		if call.envelope != nil { // the library would lose all but the first message
			if e := call.envelope.failure(); e != nil {
				return e
			}
		}
		if login = string(q.Viewer.Login); err == nil && login == "" {
			return failure(reasonMalformed, "no login")
		}
		return err
	})
	if err != nil {
		return err
	}
	c.unite(tok, actor(&rawActor{Login: login}).Login)
	return nil
}

// unite gives a token its identity and, if another token has the same one,
// that one's limiter.
func (c *Client) unite(tok *token, login string) {
	c.identities.Lock()
	defer c.identities.Unlock()
	for _, other := range c.tokens {
		if other != tok && other.known() == login && other.limiter() != tok.limiter() {
			shared := other.limiter()
			shared.adopt(tok.limiter())
			tok.share(shared)
			break
		}
	}
	tok.mu.Lock()
	defer tok.mu.Unlock()
	tok.identity = login
}

// share makes the token use another limiter.
func (t *token) share(limits *limiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limits = limits
}

// readLimits polls a token's limits, all resources of them. A server without
// limits says so: "Rate limiting is not enabled."
func (c *Client) readLimits(ctx context.Context, tok *token) error {
	what := &call{api: apiREST, endpoint: "/rate_limit", op: "rate limits of token " + tok.name, free: true}
	err := c.retryWith(ctx, only(tok), what, func(ctx context.Context, tok *token, call *call) error {
		var answer struct {
			Resources map[string]struct{ Limit, Remaining, Used, Reset int64 } `json:"resources"`
		}
		req, err := tok.rest.NewRequest(ctx, http.MethodGet, "rate_limit", nil)
		if err != nil {
			return err
		}
		if _, err := tok.rest.Do(req, &answer); err != nil {
			return err
		}
		if answer.Resources == nil {
			return failure(reasonMalformed, "no resources")
		}
		now := c.now()
		for resource, r := range answer.Resources {
			tok.limiter().see(resource,
				reading{int(r.Limit), int(r.Remaining), int(r.Used), model.Instant(r.Reset)}, serverClock(call.header, now), now)
		}
		return nil
	})
	if errors.Is(err, ErrNotFound) {
		tok.limiter().setUnlimited()
		return nil
	}
	return err
}
