package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/shurcooL/githubv4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Prepare finds out whose budgets the tokens spend, and where Apps are
// installed, as far as that is not known. It fails where no token can be used
// then. Calls that need it do it themselves.
func (c *Client) Prepare(ctx context.Context) error {
	err := c.flights.join(ctx, "identities", func(ctx context.Context) error {
		return errors.Join(c.prepareApps(ctx), c.eachToken(func(tok *token) error {
			if tok.monitorOnly || !tok.unidentified(c.now()) {
				return nil
			}
			return c.identify(ctx, tok)
		}))
	})
	if ctx.Err() == nil && len(c.pool.crew().up) > 0 {
		return nil
	}
	return err
}

// prepared makes sure that it is known whose budgets there are, where a call
// depends on it: a single token is the one to use, whoever's it is.
func (c *Client) prepared(ctx context.Context, what *call) error {
	if len(c.apps) == 0 && len(c.sources) == 1 && !what.pinned {
		return nil
	}
	now := c.now()
	due := slices.ContainsFunc(c.apps, func(a *app) bool { return a.due(now) })
	if due || slices.ContainsFunc(c.pool.crew().up, func(tok *token) bool { return tok.unidentified(now) }) {
		if err := c.Prepare(ctx); err != nil {
			return fmt.Errorf("github: %s: %w", what.op, err)
		}
	}
	return nil
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
		if tok.limiter().pausing(c.now()) { // GitHub counts this request too
			return nil
		}
		return errors.Join(c.identify(ctx, tok), c.readLimits(ctx, tok))
	}))
}

// identityQuery asks whose token it is. The limits are read by the transport.
type identityQuery struct {
	Viewer    rawViewer
	RateLimit struct {
		Cost, Limit, Remaining, Used, NodeCount githubv4.Int
		ResetAt                                 githubv4.DateTime
	}
}

// loginQuery asks servers whose schema does not know the rest.
type loginQuery struct {
	Viewer rawViewer
}

type rawViewer struct {
	Login githubv4.String
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
	tok.asked(c.now())
	var whole identityQuery
	login, err := c.whose(ctx, tok, &whole, &whole.Viewer)
	if errors.Is(err, ErrSchema) {
		var less loginQuery
		login, err = c.whose(ctx, tok, &less, &less.Viewer)
	}
	if err != nil {
		return err
	}
	c.pool.unite(tok, login)
	return nil
}

// whose sends a query that asks for the viewer.
func (c *Client) whose(ctx context.Context, tok *token, q any, who *rawViewer) (string, error) {
	what := graphQLCall("Identity", "identity of token "+tok.name)
	what.endpoint, what.vital = "/graphql", true
	err := c.retryWith(ctx, only(tok), what, func(ctx context.Context, tok *token, call *call) error {
		err := tok.typed.Query(ctx, q, nil)
		if call.envelope != nil { // the library would lose all but the first message
			if e := call.envelope.failure(); e != nil {
				return e
			}
		}
		if err == nil && who.Login == "" {
			return failure(reasonMalformed, "no login")
		}
		return err
	})
	return actor(&rawActor{Login: string(who.Login)}).Login, err
}

// share makes the token use another limiter.
func (t *token) share(limits *limiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limits = limits
}

// readLimits polls a token's limits, all resources of them. A server without
// limits says so ("Rate limiting is not enabled."), or gives limits of zero.
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
		if core, told := answer.Resources[resourceCore]; told && core.Limit == 0 && answer.Resources[resourceGraphQL].Limit == 0 {
			tok.limiter().setUnlimited()
			return nil
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

// Identities gives those whose budgets may be spent, in the order of the
// configuration.
func (c *Client) Identities() []IdentityStatus {
	var out []IdentityStatus
	place := map[string]int{}
	for _, tok := range c.pool.tokens() {
		if tok.monitorOnly {
			continue
		}
		name := tok.owner()
		i, known := place[name]
		if !known {
			i = len(out)
			place[name] = i
			limits := tok.limiter()
			out = append(out, IdentityStatus{
				Name: name, Core: limits.allowance(resourceCore), GraphQL: limits.allowance(resourceGraphQL),
			})
		}
		out[i].Up = out[i].Up || tok.why() == ""
	}
	return out
}

// Home names the identity that a repository is read with while it can: ETags
// are good for one alone. It is "" where none can read the repository.
func (c *Client) Home(repo model.Repository) string {
	tok, none := c.pool.home(&want{call: (&call{api: apiREST}).of(repo)})
	if none != nil {
		return ""
	}
	return tok.owner()
}
