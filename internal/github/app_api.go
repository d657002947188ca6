package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The routes that an App asks with its JSON web token, as metrics name them.
const (
	routeApp           = "/app"
	routeInstallations = "/app/installations"
	routeAccessTokens  = "/app/installations/{installation_id}/access_tokens"
)

// maxInstallationPages bounds a list whose links lead round in circles.
const maxInstallationPages = 1000

// rawApp is what GitHub says of an App:
// https://docs.github.com/rest/apps/apps#get-the-authenticated-app
type rawApp struct {
	Slug  string `json:"slug"`
	Page  string `json:"html_url"`
	Owner struct {
		Login string `json:"login"`
		Type  string `json:"type"`
	} `json:"owner"`
}

// rawInstallation is one of an App's installations:
// https://docs.github.com/rest/apps/apps#list-installations-for-the-authenticated-app
type rawInstallation struct {
	ID      int64 `json:"id"`
	Account struct {
		Login string `json:"login"` // an enterprise has none
	} `json:"account"`
	SuspendedAt string            `json:"suspended_at"` // "" while it is not
	Page        string            `json:"html_url"`
	Permissions map[string]string `json:"permissions"`
}

// rawMinted is a token of an installation:
// https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
type rawMinted struct {
	Token     string `json:"token"`
	ExpiresAt string `json:"expires_at"`
}

// expiry reads when the token expires, by the server's clock. No error repeats
// anything of the answer, which holds a secret.
func (raw *rawMinted) expiry() (time.Time, error) {
	at, err := time.Parse(time.RFC3339, raw.ExpiresAt)
	if !printable(raw.Token) || err != nil {
		return time.Time{}, failure(reasonMalformed, "an answer without a token and its expiry")
	}
	return at, nil
}

// printable reports whether a text can be sent in a header.
func printable(secret string) bool {
	return secret != "" && !strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' })
}

// readApp asks what the App is called.
func (a *app) readApp(ctx context.Context) (raw rawApp, err error) {
	what := &call{api: apiREST, endpoint: routeApp, op: "App of token " + a.name}
	err = a.ask(ctx, what, http.MethodGet, "app", &raw, func(*call) error {
		if raw.Slug == "" {
			return failure(reasonMalformed, "an App without a name")
		}
		return nil
	})
	return raw, err
}

// readInstallations lists the App's installations, those on accounts.
func (a *app) readInstallations(ctx context.Context) ([]rawInstallation, error) {
	var all []rawInstallation
	url := "app/installations?per_page=100"
	for range maxInstallationPages {
		var page []rawInstallation
		next := ""
		what := &call{api: apiREST, endpoint: routeInstallations, op: "installations of token " + a.name}
		err := a.ask(ctx, what, http.MethodGet, url, &page, func(call *call) error {
			next = nextLink(call.header)
			return checkInstallations(page)
		})
		if err != nil {
			return nil, err
		}
		for _, raw := range page {
			if raw.Account.Login != "" {
				all = append(all, raw)
			}
		}
		if next == "" {
			return all, nil
		}
		url = next
	}
	return nil, failure(reasonMalformed, "a list of installations without an end")
}

func checkInstallations(page []rawInstallation) error {
	if page == nil {
		return failure(reasonMalformed, "no list of installations")
	}
	for _, raw := range page {
		if raw.ID == 0 {
			return failure(reasonMalformed, "an installation without an id")
		}
	}
	return nil
}

// mintToken makes a token of an installation.
func (a *app) mintToken(ctx context.Context, id int64, op string) (secret string, expires time.Time, err error) {
	var raw rawMinted
	what := &call{api: apiREST, endpoint: routeAccessTokens, op: op}
	url := fmt.Sprintf("app/installations/%d/access_tokens", id)
	err = a.ask(ctx, what, http.MethodPost, url, &raw, func(*call) (err error) {
		expires, err = raw.expiry()
		return err
	})
	return raw.Token, expires, err
}

// ask makes a call as the App itself. One that is refused is tried once more:
// its answer may have shown that the clocks differ, and the key may just have
// been replaced.
func (a *app) ask(ctx context.Context, what *call, method, url string, answer any, check func(*call) error) error {
	if e := a.resting(a.client.now()); e != nil {
		return e
	}
	what.vital = true
	send := func(ctx context.Context, tok *token, call *call) error {
		req, err := tok.rest.NewRequest(ctx, method, url, nil)
		if err != nil {
			return err
		}
		if _, err := tok.rest.Do(req, answer); err != nil {
			return err
		}
		return check(call)
	}
	err := a.client.retryWith(ctx, only(a.signer), what, send)
	var e *Error
	if errors.As(err, &e) && e.Status == http.StatusUnauthorized && !e.Temporary {
		err = a.client.retryWith(ctx, only(a.signer), what, send)
	}
	return a.judge(err, a.client.now())
}
