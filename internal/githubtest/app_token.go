package githubtest

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"time"
)

// identify finds out whose request it is, as of an instant.
func (s *Server) identify(r *http.Request, now time.Time) caller {
	secret, sent := credential(r)
	if looksLikeJWT(secret) {
		app, problem := s.apps.byJWT(secret, now)
		return caller{anonymous: app == nil, bad: app == nil, app: app, problem: problem}
	}
	if c, ok := s.apps.byToken(secret, now); ok {
		return c
	}
	return s.auth.caller(secret, sent, now)
}

// byToken finds the caller that a minted token belongs to. ok is false for other tokens, and
// for those that have expired.
func (r *appRegistry) byToken(secret string, now time.Time) (c caller, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	token, ok := r.minted[secret]
	if !ok || !now.Before(token.expires) {
		return caller{}, false
	}
	i := r.installation(token.installation)
	if i == nil {
		return caller{}, false
	}
	c = i.caller(secret, token)
	if i.Suspended {
		c.problem = refuse(http.StatusForbidden, "This installation owned by %s suspended your access at %s.",
			i.Account, i.suspendedAt.UTC().Format(time.RFC3339))
	}
	return c, true
}

// caller is who sends a token of the installation.
func (i *installed) caller(secret string, token mintedToken) caller {
	c := caller{Token: Token{
		Token: secret, Login: i.app.Slug, Installation: i.Account, Repositories: i.Repositories,
		Permissions: narrowed(i.permissions(), token.permissions),
		CoreLimit:   orDefault(i.CoreLimit, token.core), GraphQLLimit: orDefault(i.GraphQLLimit, token.points),
	}, selected: i.selected()}
	if token.repositories != nil {
		c.Repositories, c.selected = token.repositories, true
	}
	return c
}

// narrowed gives those of the granted permissions that are asked for, nil: all.
func narrowed(granted, asked map[string]string) map[string]string {
	out := maps.Clone(granted)
	if asked != nil {
		maps.DeleteFunc(out, func(name, _ string) bool { return asked[name] == "" })
	}
	return out
}

// mint makes a token of an installation. r.mu is held.
func (r *appRegistry) mint(id int64, token mintedToken) string {
	r.mints++
	secret := tokenText(id, r.mints)
	maps.DeleteFunc(r.minted, func(_ string, t mintedToken) bool { return t.expires.Before(token.expires.Add(-2 * tokenLife)) })
	r.minted[secret] = token
	return secret
}

// tokenText makes a text in the form of GitHub's installation tokens.
func tokenText(installation int64, n uint64) string {
	seed := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(installation)), n)
	sum := sha256.Sum256(seed)
	text := new(big.Int).SetBytes(sum[:]).Text(62)
	return "ghs_" + text[:36]
}

// scaled is the hourly budget of an installation on that many repositories.
func scaled(repositories int) int { return min(12_500, 5000+50*max(0, repositories-20)) }

// budgets gives the budgets of an installation that has none of its own.
func (s *Server) budgets(repositories int) (core, points int) {
	standard := scaled(repositories)
	return orDefault(s.opts.CoreLimit, standard), orDefault(s.opts.GraphQLLimit, standard)
}

// callerOf finds the caller that spends an installation's budgets. ok is false where
// that identity is none.
func (r *appRegistry) callerOf(identity string) (caller, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, i := range r.installations {
		c := i.caller("", mintedToken{})
		if c.identity() == identity {
			return c, true
		}
	}
	return caller{}, false
}

// InstallationToken mints a token of an installation without a request, for tests of what
// such a token may do.
func (s *Server) InstallationToken(id int64) (string, error) {
	var secret string
	err := s.changeInstallation(id, func(i *installed) error {
		core, points := s.budgets(len(i.Repositories))
		secret = s.apps.mint(id, mintedToken{installation: id, expires: s.clock().Add(tokenLife), core: core, points: points})
		return nil
	})
	return secret, err
}

// within says whether all names are among others.
func within(names, others []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !containsFold(others, name) })
}
