package githubtest

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// anonymous is the identity of requests without a token.
const anonymous = "anonymous"

// authority knows the tokens.
type authority struct {
	mu     sync.Mutex
	open   bool // every token is good
	tokens map[string]Token
	order  []Token
}

func newAuthority(tokens []Token, closed bool) *authority {
	a := &authority{}
	a.set(tokens)
	a.open = len(tokens) == 0 && !closed
	return a
}

func (a *authority) set(tokens []Token) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open = false
	a.tokens, a.order = make(map[string]Token, len(tokens)), slices.Clone(tokens)
	for _, t := range tokens {
		a.tokens[t.Token] = t
	}
}

// caller is who sent a request.
type caller struct {
	Token
	anonymous bool
	bad       bool      // a token was sent, and it is not good
	selected  bool      // it reads none but Repositories of what is private
	app       *App      // it is the App itself, by its JSON web token
	problem   *apiError // why it is refused everything; of a bad JSON web token: by Apps' endpoints
}

// caller finds whose token it is, as of an instant.
func (a *authority) caller(secret string, sent bool, now time.Time) caller {
	if !sent {
		return caller{anonymous: true}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	token, known := a.tokens[secret]
	switch {
	case a.open && secret != "":
		return caller{Token: Token{Token: secret, Login: DefaultLogin, Scopes: []string{"repo"}}}
	case !known || expired(token, now):
		return caller{anonymous: true, bad: true}
	}
	return caller{Token: token}
}

func expired(t Token, now time.Time) bool {
	return !t.Expiry.IsZero() && !now.Before(t.Expiry)
}

// credential takes the token from a request: "Bearer T", "token T", or basic
// authentication, whose password counts.
func credential(r *http.Request) (secret string, sent bool) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", false
	}
	scheme, value, _ := strings.Cut(header, " ")
	switch strings.ToLower(scheme) {
	case "bearer", "token":
		return strings.TrimSpace(value), true
	case "basic":
		plain, _ := base64.StdEncoding.DecodeString(value)
		user, password, _ := strings.Cut(string(plain), ":")
		if password == "" || password == "x-oauth-basic" {
			password = user
		}
		return password, true
	}
	return "", true
}

// identity is whose budget the caller spends.
func (c caller) identity() string {
	switch {
	case c.anonymous:
		return anonymous
	case c.app != nil:
		return c.app.Slug
	case c.Installation != "":
		return c.Token.Login + "/" + c.Installation
	}
	return c.Token.Login
}

// login is the name under which GitHub knows the caller; "" for anonymous ones.
func (c caller) login() string {
	if c.anonymous {
		return ""
	}
	if c.app != nil {
		return c.app.Slug + "[bot]"
	}
	if c.Installation != "" && !strings.HasSuffix(c.Login, "[bot]") {
		return c.Login + "[bot]"
	}
	return c.Login
}

// reads says whether the caller may read a repository.
func (c caller) reads(owner, fullName string, private bool) bool {
	switch {
	case !private:
		return true
	case c.anonymous || c.app != nil || c.Owner != "" && !strings.EqualFold(c.Owner, owner):
		return false
	case c.selected || len(c.Repositories) > 0:
		return containsFold(c.Repositories, fullName)
	case c.Installation != "":
		return strings.EqualFold(c.Installation, owner)
	case c.Owner != "":
		return true
	}
	return slices.Contains(c.Scopes, "repo")
}

// classic says whether it is a classic personal token.
func (c caller) classic() bool {
	return !c.anonymous && c.app == nil && c.Installation == "" && c.Owner == "" && c.Permissions == nil
}

// containsFold looks for a name in any case.
func containsFold(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// byIdentity finds a caller by whose budget it spends.
func (a *authority) byIdentity(identity string) caller {
	if identity == anonymous {
		return caller{anonymous: true}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, token := range a.order {
		if c := (caller{Token: token}); c.identity() == identity {
			return c
		}
	}
	return caller{Token: Token{Login: identity}}
}
