package github

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// pool knows the tokens and whose budgets they spend, and gives each call the
// one that is to spend for it. It asks nothing and runs nothing of its own.
type pool struct {
	now func() time.Time

	mu       sync.Mutex
	sources  [][]*token           // by configured token: itself, or an App's installations
	limiters map[string]*limiter  // by identity, of tokens that went too
	access   map[accessKey]access // what was learned of who may read what
	queue    []*request           // that wait for their turn: by priority, then in order
}

func newPool(sources int, now func() time.Time) *pool {
	return &pool{
		now: now, sources: make([][]*token, sources),
		limiters: map[string]*limiter{}, access: map[accessKey]access{},
	}
}

// want is what a call needs of a token.
type want struct {
	call     *call
	priority Priority
	only     *token   // this one alone
	within   *token   // its identity alone: the call met a secondary limit there, or is about what it sees
	without  []string // identities that turned the call down
}

// request is a want that waits for its turn.
type request struct {
	want
	ready chan struct{} // closed once there is a grant or a refusal
	grant *grant
	err   *Error
}

// grant is a token and a place among the requests of its identity.
type grant struct {
	tok  *token
	done func()
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
	return slices.Clone(p.sources[source])
}

// unite gives a token the identity that it was found to have. What was learned
// of what the identity may read may be otherwise for this token.
func (p *pool) unite(tok *token, identity string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	tok.mu.Lock()
	tok.identity = identity
	tok.mu.Unlock()
	p.share(tok)
	maps.DeleteFunc(p.access, func(k accessKey, _ access) bool { return k.identity == identity })
}

// share lets all tokens of an identity have one limiter: two tokens of a user
// have one budget. The caller holds mu.
func (p *pool) share(tok *token) {
	identity, own := tok.known(), tok.limiter()
	if identity == "" {
		return
	}
	switch shared := p.limiters[identity]; shared {
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
	maps.Copy(p.limiters, old.limiters)
	maps.Copy(p.access, old.access)
	old.mu.Unlock()
	for _, tok := range slices.Concat(p.sources...) {
		for _, same := range known {
			if same.name == tok.name && same.kind == tok.kind {
				tok.inherit(same)
			}
		}
	}
}

// crew are the tokens that may spend, by whether they can be used now.
type crew struct{ up, down []*token }

// crew finds out which tokens can be used, for which their files may be read.
func (p *pool) crew() (c crew) {
	now := p.now()
	for _, tok := range p.tokens() {
		switch {
		case tok.monitorOnly:
		case tok.usable(now):
			c.up = append(c.up, tok)
		default:
			c.down = append(c.down, tok)
		}
	}
	return c
}

// take waits until a token is free for what a call needs. It fails with an
// *Error where a limit, or that none may be used, stands against that, and with
// the context's error.
func (p *pool) take(ctx context.Context, w want) (*grant, error) {
	r := &request{want: w, ready: make(chan struct{})}
	c := p.crew()
	p.mu.Lock()
	i, _ := slices.BinarySearchFunc(p.queue, w.priority, func(other *request, mine Priority) int {
		if other.priority <= mine {
			return -1
		}
		return 1
	})
	p.queue = slices.Insert(p.queue, i, r)
	p.serve(c)
	p.mu.Unlock()
	select {
	case <-r.ready:
	case <-ctx.Done():
		p.abandon(r)
		return nil, ctx.Err()
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.grant, nil
}

// abandon takes back a request whose caller has gone.
func (p *pool) abandon(r *request) {
	p.mu.Lock()
	p.queue = slices.DeleteFunc(p.queue, func(other *request) bool { return other == r })
	p.mu.Unlock()
	if r.grant != nil {
		p.release(r.grant)
	}
}

// release gives a place back, to whoever has waited for one.
func (p *pool) release(g *grant) {
	g.done()
	c := p.crew()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serve(c)
}

// serve gives everyone in the queue what can be had now. The caller holds mu.
func (p *pool) serve(c crew) {
	now := p.now()
	p.queue = slices.DeleteFunc(p.queue, func(r *request) bool {
		tok, e := p.decide(&r.want, c, now)
		if tok == nil && e == nil {
			return false
		}
		if r.err = e; tok != nil {
			r.grant = &grant{tok: tok, done: tok.limiter().begin(r.call)}
		}
		close(r.ready)
		return true
	})
}

// decide picks the token for a call: its home while that has a free place, else
// the identity that has most left for the time until its reset. It gives
// neither a token nor an error where the call has to wait for its turn. The
// caller holds mu.
func (p *pool) decide(w *want, c crew, now time.Time) (*token, *Error) {
	able, e := p.able(w, c, now)
	if e != nil {
		return nil, e
	}
	var refused *Error
	waits := false
	for i, tok := range able {
		e := p.admit(w, tok, now)
		switch {
		case e != nil:
			if refused == nil || e.RetryAt.Before(refused.RetryAt) {
				refused = e
			}
			if i == 0 && w.call.repo.ID != 0 && e.Reason == reasonSecondary {
				return nil, e // it is such requests that are limited: they are not for others to send
			}
		case !tok.limiter().full(w.call, w.priority, now):
			return tok, nil
		case w.call.pinned:
			return nil, nil
		default:
			waits = true
		}
	}
	if waits {
		return nil, nil
	}
	return nil, refused
}

// admit says whether an identity's limits allow a call.
func (p *pool) admit(w *want, tok *token, now time.Time) *Error {
	if w.call.free {
		return nil
	}
	e := tok.limiter().admit(w.call.resource(), w.priority, now)
	if e == nil {
		return nil
	}
	e.tok = tok
	if e.Reason == reasonRateLimited {
		e.RetryAt = e.RetryAt.Add(afterReset())
	}
	return e
}

// place picks the identity that is to serve a call, whether or not it has to
// wait there.
func (p *pool) place(w *want) (*token, *Error) {
	c, now := p.crew(), p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	able, e := p.able(w, c, now)
	if e != nil {
		return nil, e
	}
	for i, tok := range able {
		e := p.admit(w, tok, now)
		if e == nil || i == 0 && e.Reason == reasonSecondary {
			return tok, nil
		}
	}
	return able[0], nil
}

// home gives the identity that a repository is pinned to.
func (p *pool) home(w *want) (*token, *Error) {
	c := p.crew()
	p.mu.Lock()
	defer p.mu.Unlock()
	able, e := p.able(w, c, p.now())
	if e != nil {
		return nil, e
	}
	return able[0], nil
}
