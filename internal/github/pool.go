package github

import (
	"slices"
	"sync"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// pool knows the tokens and whose budgets they spend.
type pool struct {
	now func() time.Time

	mu       sync.Mutex
	sources  [][]*token          // by configured token: itself, or an App's installations
	limiters map[string]*limiter // by identity, of tokens that went too
}

func newPool(sources int, now func() time.Time) *pool {
	return &pool{now: now, sources: make([][]*token, sources), limiters: map[string]*limiter{}}
}

// set gives a source its tokens, in place of those it had.
func (p *pool) set(source int, tokens []*token) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sources[source] = tokens
	for _, tok := range tokens {
		p.share(tok)
	}
}

// tokens gives all tokens in the order of the configuration.
func (p *pool) tokens() []*token {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Concat(p.sources...)
}

// of gives the tokens of a source.
func (p *pool) of(source int) []*token {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sources[source]
}

// unite gives a token the identity that it was found to have.
func (p *pool) unite(tok *token, identity string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	tok.mu.Lock()
	tok.identity = identity
	tok.mu.Unlock()
	p.share(tok)
}

// share lets all tokens of an identity have one limiter: two tokens of a user
// have one budget.
func (p *pool) share(tok *token) {
	identity, own := tok.known(), tok.limiter()
	if identity == "" {
		return
	}
	shared := p.limiters[identity]
	switch shared {
	case own:
	case nil:
		p.limiters[identity] = own
	default:
		shared.adopt(own)
		tok.share(shared)
	}
}

// inherit takes over what the pool of the same server has learned.
func (p *pool) inherit(old *pool) {
	known := old.tokens()
	p.mu.Lock()
	defer p.mu.Unlock()
	old.mu.Lock()
	for identity, l := range old.limiters {
		p.limiters[identity] = l
	}
	old.mu.Unlock()
	for _, tok := range slices.Concat(p.sources...) {
		for _, same := range known {
			if same.name == tok.name && same.kind == tok.kind {
				tok.inherit(same)
			}
		}
	}
}

// Identities gives those whose budgets may be spent, in the order of the configuration.
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
			out = append(out, IdentityStatus{Name: name, Core: limits.allowance(resourceCore), GraphQL: limits.allowance(resourceGraphQL)})
		}
		out[i].Up = out[i].Up || tok.why() == ""
	}
	return out
}

// Home names the identity that a repository is read with while it can: ETags
// are good for one alone. It is "" where none can read the repository.
func (c *Client) Home(model.Repository) string {
	tok, none := c.spender()
	if none != nil {
		return ""
	}
	return tok.owner()
}
