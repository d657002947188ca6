package github

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// deniedFor is how long an identity that may not read a repository is left alone
// with it while another may.
const deniedFor = time.Hour

// accessKey is an identity, a repository and what is read of it; "" is all of it.
type accessKey struct {
	identity   string
	repo       int64
	permission string
}

// access is what was learned of a key.
type access struct {
	reads  bool // it has read the repository
	denied time.Time
}

// learn notes how a call that is about the repository itself went.
func (p *pool) learn(tok *token, c *call, e *Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	whole := accessKey{identity: tok.owner(), repo: c.repo.ID}
	part := whole
	part.permission = c.permission
	switch {
	case c.repo.ID == 0:
	case e == nil:
		delete(p.access, part)
		p.access[whole] = access{reads: true}
	case e.Reason == reasonForbidden && c.permission != "":
		p.access[part] = access{denied: p.now().Add(deniedFor)}
	default:
		p.access[whole] = access{denied: p.now().Add(deniedFor)}
	}
}

// denied reports whether an identity may not read what a call asks for. A call
// for items may ask for issues and pull requests.
func (p *pool) denied(tok *token, c *call, now time.Time) bool {
	key := accessKey{identity: tok.owner(), repo: c.repo.ID}
	parts := []string{"", c.permission}
	if c.items && c.permission == "" {
		parts = []string{"", permissionIssues, permissionPulls}
	}
	return slices.ContainsFunc(parts, func(part string) bool {
		key.permission = part
		return now.Before(p.access[key].denied)
	})
}

// reads reports whether an identity has read the repository, or anybody may.
func (p *pool) reads(tok *token, repo model.Repository) bool {
	return repo.Visibility == "public" || p.access[accessKey{identity: tok.owner(), repo: repo.ID}].reads
}

// may reports whether a token can be meant for a repository: an installation
// reads those of its account, and what is public.
func (t *token) may(repo model.Repository) bool {
	return t.account == "" || repo.Owner == "" || repo.Visibility == "public" || repo.Visibility == "" ||
		strings.EqualFold(t.account, repo.Owner)
}

// able gives the tokens that may serve a call, one of each identity, in the
// order in which they are to be tried, or why there is none. The caller holds mu.
func (p *pool) able(w *want, c crew, now time.Time) ([]*token, *Error) {
	if w.only != nil {
		return []*token{w.only}, nil
	}
	up := oneEach(w.fit(c.up))
	down := w.fit(c.down)
	open := slices.DeleteFunc(slices.Clone(up), func(tok *token) bool { return p.denied(tok, w.call, now) })
	switch {
	case len(open) > 0 && w.call.items: // what an identity does not find may be there where it may not look
		if known := slices.DeleteFunc(slices.Clone(open), func(tok *token) bool { return !p.reads(tok, w.call.repo) }); len(known) > 0 {
			open = known
		}
	case len(open) > 0:
	case len(up) == 0, len(w.without) > 0,
		slices.ContainsFunc(down, func(tok *token) bool { return !p.denied(tok, w.call, now) }):
		return nil, w.none(c.up, down)
	default: // it may be otherwise by now
		w.order(up, now)
		return up[:1], nil
	}
	w.order(open, now)
	return open, nil
}

// fit gives the tokens that a want does not rule out.
func (w *want) fit(tokens []*token) (out []*token) {
	for _, tok := range tokens {
		switch {
		case w.within != nil && tok.limiter() != w.within.limiter():
		case slices.Contains(w.without, tok.owner()):
		case tok.may(w.call.repo):
			out = append(out, tok)
		}
	}
	return out
}

// seers gives the identities that may see other repositories of an owner than
// the others do: personal ones and the installation there, else any one.
func (p *pool) seers(c *call) ([]*token, *Error) {
	all := p.crew()
	p.mu.Lock()
	defer p.mu.Unlock()
	able, e := p.able(&want{call: c}, all, p.now())
	if e != nil {
		return nil, e
	}
	far := slices.IndexFunc(able, func(tok *token) bool { return tok.distance(c.repo.Owner) > 1 })
	switch {
	case far < 0:
		return able, nil
	case far == 0:
		return able[:1], nil
	}
	return able[:far], nil
}

// oneEach gives the first token of each identity.
func oneEach(tokens []*token) (out []*token) {
	seen := map[*limiter]bool{}
	for _, tok := range tokens {
		if limits := tok.limiter(); !seen[limits] {
			seen[limits] = true
			out = append(out, tok)
		}
	}
	return out
}

// order puts the home of the repository first and the others behind it by what
// they have left for the time until their reset.
func (w *want) order(tokens []*token, now time.Time) {
	rates := make(map[*token]float64, len(tokens))
	for _, tok := range tokens {
		rates[tok] = tok.limiter().rate(w.call.resource(), w.priority, now)
	}
	slices.SortStableFunc(tokens, func(a, b *token) int { return cmp.Compare(rates[b], rates[a]) })
	repo := w.call.repo
	if repo.ID == 0 {
		slices.SortStableFunc(tokens, func(a, b *token) int { return cmp.Compare(a.distance(repo.Owner), b.distance(repo.Owner)) })
		return
	}
	for i, tok := range tokens {
		if weight(tok.owner(), repo.ID) > weight(tokens[0].owner(), repo.ID) {
			copy(tokens[1:i+1], tokens[:i])
			tokens[0] = tok
		}
	}
}

// distance is how unlikely a token is to read what an owner keeps to itself.
func (t *token) distance(owner string) int {
	switch {
	case t.account == "":
		return 1
	case strings.EqualFold(t.account, owner):
		return 0
	}
	return 2
}

// weight is how well an identity suits a repository. The best one is the home,
// so that only the repositories of an identity that goes find another home:
// https://en.wikipedia.org/wiki/Rendezvous_hashing
func weight(identity string, repo int64) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", repo, identity))
	return binary.BigEndian.Uint64(sum[:])
}

// none says that there is no token for a call; Client.nobody says why.
func (w *want) none(up, down []*token) *Error {
	e := failure(reasonUnauthorized, "no usable token")
	switch {
	case len(up) == 0, len(down) > 0:
	case len(w.without) > 0:
		e = failure(reasonNotFound, "no other token")
	default:
		e = failure(reasonForbidden, fmt.Sprintf("no token may read %s: give one access to it, or install the App on %s",
			w.call.repo.FullName(), w.call.repo.Owner))
	}
	e.unsent = true
	return e
}
