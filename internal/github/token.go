package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v92/github"
	"github.com/shurcooL/githubv4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// How long a refused token rests before it is tried again although its secret
// did not change, at first and at most: GitHub refuses good ones now and then.
const (
	firstRest = 15 * time.Second
	lastRest  = 10 * time.Minute
)

// The kinds of tokens.
const (
	kindPAT = "pat"
	kindApp = "app"
)

// credential is what a token is made of.
type credential struct {
	name        string // as metrics have it
	kind        string
	identity    string // of an App, or its installation; a login has to be asked for
	account     string // the one on which an App is installed; "" of a personal token
	monitorOnly bool
	// give gives the secret, for every request. It may ask GitHub for one.
	give func(context.Context) (string, error)
	// renew gives up a secret that GitHub refused, and reports whether there
	// may be a better one; nil where there is none.
	renew func(secret string) bool
}

// token is one personal token, or one installation of an App: its transport
// chain and what is known of it.
type token struct {
	credential

	http  *http.Client // the chain; no other way leads to GitHub
	rest  *github.Client
	typed *githubv4.Client

	mu        sync.Mutex
	limits    *limiter  // shared with the identity's other tokens
	secret    string    // as last read
	taken     string    // the one that GitHub took last
	unread    bool      // its source gave none the last time
	identity  string    // "" until known
	askedAt   time.Time // for the identity
	refused   string    // why GitHub refuses it; "" while it does not
	refusedAt time.Time
	pause     time.Duration // from then on; doubles with each refusal in a row
	expiry    model.Instant
}

// limiter gives the limiter of the token's identity.
func (t *token) limiter() *limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.limits
}

// read reads the secret. A new one of a personal token is a new token: what was
// known is forgotten.
func (t *token) read(ctx context.Context) (string, error) {
	secret, err := t.credential.give(ctx)
	secret = strings.TrimSpace(secret)
	if err == nil && secret == "" {
		err = errors.New("it is empty")
	}
	if err == nil && strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		err = errors.New("it holds characters that no token has")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unread = err != nil
	var e *Error
	switch {
	case errors.As(err, &e), ctx.Err() != nil:
		return "", err
	case err != nil:
		e := failure(reasonUnauthorized, fmt.Sprintf("token %s cannot be read: %v", t.name, err))
		e.unsent = true
		return "", e
	case secret != t.secret && t.kind == kindPAT:
		if t.secret != "" {
			t.limits = newLimiter()
		}
		t.identity, t.refused, t.pause, t.expiry, t.askedAt = "", "", 0, 0, time.Time{}
	}
	t.secret = secret
	return secret, nil
}

// inherit takes over what is known of the same token; if its secret turns out
// to be another one, read forgets it again.
func (t *token) inherit(old *token) {
	old.mu.Lock()
	defer old.mu.Unlock()
	t.limits, t.secret, t.identity, t.expiry = old.limits, old.secret, old.identity, old.expiry
	t.refused, t.refusedAt, t.pause = old.refused, old.refusedAt, old.pause
}

// observe learns from the headers of any answer to this token.
func (t *token) observe(header http.Header, resource string, now time.Time) {
	t.limiter().observe(header, resource, now)
	if t.kind != kindPAT {
		return // an installation's is renewed in time
	}
	if expiry := parseExpiry(header.Get("Github-Authentication-Token-Expiration")); expiry != 0 {
		t.mu.Lock()
		t.expiry = expiry
		t.mu.Unlock()
	}
}

// parseExpiry reads GitHub's two ways to write when a token expires:
// https://github.com/google/go-github/issues/2649
func parseExpiry(value string) model.Instant {
	for _, layout := range []string{"2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700"} {
		if at, err := time.Parse(layout, value); err == nil {
			return model.At(at)
		}
	}
	return 0
}

// refuse notes that GitHub, or its source, does not give the token.
func (t *token) refuse(why string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refused == "" || now.Sub(t.refusedAt) >= t.pause { // else it was under way with the one before
		t.refusedAt, t.pause = now, min(lastRest, max(firstRest, 2*t.pause))
	}
	t.refused = cmp.Or(why, "refused")
}

// accepted notes that GitHub took the token.
func (t *token) accepted() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refused, t.pause, t.taken = "", 0, t.secret
}

// took reports whether GitHub has ever taken a secret, as far as is known.
func (t *token) took(secret string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.taken == secret
}

// usable reports whether the token is worth a request: it was not refused,
// or rested since, or has a new secret, or one again.
func (t *token) usable(now time.Time) bool {
	t.mu.Lock()
	refused, rested := t.refused != "", now.Sub(t.refusedAt) >= t.pause
	secret, unread := t.secret, t.unread
	t.mu.Unlock()
	if !refused || rested {
		return true
	}
	if t.kind != kindPAT {
		return false
	}
	current, err := t.credential.give(context.Background())
	current = strings.TrimSpace(current)
	return err == nil && current != "" && (unread || current != secret)
}

// why says why the token is not used; "" if it is.
func (t *token) why() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refused
}

// known gives the identity; "" until it was asked for.
func (t *token) known() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.identity
}

// askAgain is when a call asks for an identity again that could not be found out.
const askAgain = time.Minute

// unidentified reports whether to find out whose token it is.
func (t *token) unidentified(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.identity == "" && now.Sub(t.askedAt) >= askAgain
}

// asked notes that the identity was asked for.
func (t *token) asked(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.askedAt = now
}

// owner names whose budget it is: the identity, or the token itself while that
// is not known.
func (t *token) owner() string { return cmp.Or(t.known(), t.name) }

// current gives the secret as last read.
func (t *token) current() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.secret
}

// redact removes the secret from a foreign text.
func (t *token) redact(text string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return redact(text, t.secret)
}

// tokenShape is what secrets look like that GitHub gives, or an App shows: one
// may be repeated that nobody here has yet heard of.
// https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
var tokenShape = regexp.MustCompile(`\b(gh[a-z]_|github_pat_)[A-Za-z0-9_]{8,}|\beyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)*`)

func redact(text, secret string) string {
	if secret != "" {
		text = strings.ReplaceAll(text, secret, "<secret>")
	}
	return tokenShape.ReplaceAllString(text, "<secret>")
}

// status gives what metrics show of the token.
func (t *token) status() model.TokenStatus {
	t.mu.Lock()
	s := model.TokenStatus{
		Token: t.name, Identity: t.identity, Kind: t.kind, MonitorOnly: t.monitorOnly,
		Up: t.refused == "", Reason: t.refused, Expiry: t.expiry,
	}
	limits := t.limits
	t.mu.Unlock()
	s.Budgets = limits.status()
	s.PausedUntil, s.Unlimited = limits.state()
	return s
}
