package github

import (
	"context"
	"errors"
	"net/http"

	"github.com/shurcooL/githubv4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Prepare finds out whose budgets the tokens spend, and where Apps are
// installed, as far as that is not known. It fails where no token can be used
// then. Calls that need it do it themselves.
func (c *Client) Prepare(ctx context.Context) error {
	select {
	case c.preparing <- struct{}{}:
		defer func() { <-c.preparing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	err := c.Identity(ctx)
	if _, none := c.spender(); none == nil {
		return nil
	}
	return err
}

// Identity finds out whose budget each token spends, where that is not known
// yet. The error joins those of all tokens.
func (c *Client) Identity(ctx context.Context) error {
	return errors.Join(c.prepareApps(ctx), c.eachToken(func(tok *token) error { return c.identify(ctx, tok) }))
}

// RateLimits reads the limits of every token, which costs none of them. It
// makes good for what Identity failed to find out. The error joins those of
// all tokens.
func (c *Client) RateLimits(ctx context.Context) error {
	return errors.Join(c.prepareApps(ctx), c.eachToken(func(tok *token) error {
		return errors.Join(c.identify(ctx, tok), c.readLimits(ctx, tok))
	}))
}

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
	if tok.kind == kindPAT { // another secret may be another user's
		_, _ = tok.read(ctx)
	}
	if tok.known() != "" {
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
	c.pool.unite(tok, actor(&rawActor{Login: login}).Login)
	return nil
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
