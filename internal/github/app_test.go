package github

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fakeApps is a GitHub that knows one App, in a bubble of fake time.
type fakeApps struct {
	key   *rsa.PublicKey
	ahead time.Duration // of its clock

	mu        sync.Mutex
	installed []string                                    // as it lists them
	bad       map[string]bool                             // tokens that it gave and takes no more
	jwts      []string                                    // all that it was shown
	minted    []string                                    // all that it gave
	errors    map[string][]func() (*http.Response, error) // by route, before it answers
	hold      chan struct{}                               // minting waits for it
	life      time.Duration                               // of tokens
}

func newFakeApps(installed ...string) *fakeApps {
	return &fakeApps{
		key: &testKeys()[0].PublicKey, installed: installed, bad: map[string]bool{}, life: time.Hour,
		errors: map[string][]func() (*http.Response, error){},
	}
}

// installed is an installation as GitHub lists it.
func installedOn(id int, account string, changes ...map[string]any) string {
	return object(map[string]any{
		"id": id, "account": map[string]any{"login": account}, "suspended_at": nil,
		"html_url":    fmt.Sprintf("https://example.test/organizations/%s/settings/installations/%d", account, id),
		"permissions": map[string]any{"metadata": "read", "contents": "read", "issues": "read", "pull_requests": "write"},
	}, changes...)
}

func (f *fakeApps) list(installed ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.installed = installed
}

// fail makes the next requests of a route fail, each once.
func (f *fakeApps) fail(route string, with ...func() (*http.Response, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errors[route] = with
}

func (f *fakeApps) mints() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.minted)
}

// secrets gives all that must not be shown.
func (f *fakeApps) secrets() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := append([]string{}, f.minted...)
	for _, token := range f.jwts {
		out = append(out, strings.Split(token, ".")...)
	}
	return out
}

var idPattern = regexp.MustCompile(`/installations/\d+/`)

func (f *fakeApps) RoundTrip(req *http.Request) (*http.Response, error) {
	route := idPattern.ReplaceAllString(req.URL.Path, "/installations/{installation_id}/")
	secret := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	if strings.HasPrefix(route, "/app") {
		f.mu.Lock()
		f.jwts = append(f.jwts, secret)
		f.mu.Unlock()
	}
	if route == routeAccessTokens && f.hold != nil {
		select {
		case <-f.hold:
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	resp, err := f.answer(route, secret, req)
	if resp != nil {
		resp.Request = req
		resp.Header.Set("Date", f.now().UTC().Format(http.TimeFormat))
	}
	return resp, err
}

func (f *fakeApps) now() time.Time { return time.Now().Add(f.ahead) }

func (f *fakeApps) answer(route, secret string, req *http.Request) (*http.Response, error) {
	if list := f.errors[route]; len(list) > 0 {
		f.errors[route] = list[1:]
		return list[0]()
	}
	if refused := f.check(secret); refused != "" && strings.HasPrefix(route, "/app") {
		return response(401, message(refused)), nil
	}
	switch route {
	case routeApp:
		return response(200, `{"id":7,"slug":"reader","html_url":"https://example.test/apps/reader","owner":{"login":"acme","type":"Organization"}}`), nil
	case routeInstallations:
		return f.installations(req)
	case routeAccessTokens:
		f.minted = append(f.minted, "ghs_"+rand.Text()+rand.Text())
		return response(201, fmt.Sprintf(`{"token":%q,"expires_at":%q,"permissions":{}}`,
			f.minted[len(f.minted)-1], f.now().Add(f.life).UTC().Format(time.RFC3339))), nil
	case "/rate_limit":
		return response(200, rates(100)), nil
	}
	if !strings.HasPrefix(secret, "ghs_") || f.bad[secret] {
		return response(401, message("Bad credentials")), nil
	}
	return response(200, page("issues", emptyList)), nil
}

// check verifies a JSON web token as GitHub does, to the second.
func (f *fakeApps) check(token string) string {
	claims := &jwt.RegisteredClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return f.key, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer("Iv1.abc"), jwt.WithTimeFunc(f.now), jwt.WithIssuedAt())
	switch {
	case errors.Is(err, jwt.ErrTokenUsedBeforeIssued), errors.Is(err, jwt.ErrTokenExpired):
		return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	case err != nil:
		return "A JSON web token could not be decoded"
	case claims.ExpiresAt.Sub(f.now()) > 10*time.Minute:
		return "'Expiration time' claim ('exp') is too far in the future"
	}
	return ""
}

// installations lists two at a time, with links that only they can be followed by.
func (f *fakeApps) installations(req *http.Request) (*http.Response, error) {
	from := 0
	_, _ = fmt.Sscan(req.URL.Query().Get("from"), &from)
	to := min(len(f.installed), from+2)
	body := "[" + strings.Join(f.installed[from:to], ",") + "]"
	if to == len(f.installed) {
		return response(200, body), nil
	}
	return response(200, body, "Link", fmt.Sprintf(`<https://api.example.test/app/installations?from=%d>; rel="next"`, to)), nil
}

// asApp makes a client of an App.
func asApp(installation string, change ...func(*Options)) func(*Options) {
	return func(o *Options) {
		o.Tokens = []TokenSource{{Name: "app", App: &AppSource{
			ID: "Iv1.abc", Installation: installation, Key: func() ([]byte, error) { return pkcs1(testKeys()[0]), nil },
		}}}
		for _, f := range change {
			f(o)
		}
	}
}

func readIssues(ctx context.Context, client *Client) error {
	_, err := client.Issues(ctx, PageRequest{Repo: testRepo})
	return err
}

// rows shows tokens as name, identity, up and why not.
func rows(client *Client) []string {
	out := []string{}
	for _, s := range client.Tokens() {
		row := strings.TrimSpace(fmt.Sprintf("%s %s %t %s", s.Token, s.Identity, s.Up, s.Reason))
		if s.Kind != "app" {
			row = s.Kind + " " + row
		}
		out = append(out, row)
	}
	return out
}

func wantRows(t *testing.T, client *Client, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, rows(client), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestInstallationsAreTokens(t *testing.T) {
	fake := newFakeApps(installedOn(3, "octo"), installedOn(1, "Acme"), `{"id":9,"account":{"slug":"an-enterprise"}}`, installedOn(3, "octo"), installedOn(2, "zoo"))
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, fake, asApp(""))
		wantRows(t, client)
		if err := client.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantRows(t, client, "app/Acme reader/Acme true", "app/octo reader/octo true", "app/zoo reader/zoo true")
		if err := client.RateLimits(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := fake.mints(); n != 3 {
			t.Errorf("%d tokens were made for three installations", n)
		}
		requests := map[string]int{}
		for _, r := range client.Stats().Requests {
			requests[r.Token+" "+r.API+" "+r.Endpoint+" "+r.Outcome] += r.Count
		}
		want := map[string]int{
			"app rest /app 2xx": 1, "app rest /app/installations 2xx": 3,
			"app rest /app/installations/{installation_id}/access_tokens 2xx": 3,
			"app/Acme rest /rate_limit 2xx":                                   1, "app/octo rest /rate_limit 2xx": 1, "app/zoo rest /rate_limit 2xx": 1,
		}
		if diff := cmp.Diff(want, requests); diff != "" {
			t.Error(diff)
		}
		for _, s := range client.Tokens() {
			if s.Kind != "app" || len(s.Budgets) == 0 || s.Expiry != 0 {
				t.Errorf("%+v", s)
			}
		}
	})
}

func TestOneInstallation(t *testing.T) {
	fake := newFakeApps(installedOn(1, "acme"), installedOn(2, "Octo"))
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, fake, asApp("octo"))
		if err := client.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantRows(t, client, "app/Octo reader/Octo true")
	})
}

// An App that is installed later is found without a restart, and one that is
// removed is gone.
func TestInstallationsComeAndGo(t *testing.T) {
	for name, test := range map[string]struct{ installation, missing string }{
		"one": {"octo", "app/octo reader/octo false App reader is not installed on octo; install it at https://example.test/apps/reader/installations/new, or correct `installation`"},
		"all": {"", "app  false App reader is not installed anywhere; install it at https://example.test/apps/reader/installations/new"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFakeApps()
			synctest.Test(t, func(t *testing.T) {
				client := newTestClient(t, fake, asApp(test.installation))
				poll := func() {
					t.Helper()
					if err := client.RateLimits(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				poll()
				wantRows(t, client, test.missing)
				if err := readIssues(t.Context(), client); !errors.Is(err, ErrUnauthorized) {
					t.Errorf("%v", err)
				}
				fake.list(installedOn(5, "octo"))
				poll()
				wantRows(t, client, test.missing)
				time.Sleep(missingInterval)
				poll()
				wantRows(t, client, "app/octo reader/octo true")
				if err := readIssues(t.Context(), client); err != nil {
					t.Error(err)
				}
				fake.list()
				time.Sleep(lookInterval - time.Second)
				poll()
				wantRows(t, client, "app/octo reader/octo true")
				time.Sleep(time.Second)
				poll()
				wantRows(t, client, test.missing)
			})
		})
	}
}

// Whoever asks while a token is being made waits for that one.
func TestOneTokenForAll(t *testing.T) {
	fake := newFakeApps(installedOn(1, "octo"))
	fake.hold = make(chan struct{})
	synctest.Test(t, func(t *testing.T) {
		fake.hold = make(chan struct{})
		client := newTestClient(t, fake, asApp(""))
		if err := client.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		gone, leave := context.WithCancel(t.Context())
		first := make(chan error)
		go func() { first <- readIssues(gone, client) }()
		synctest.Wait()
		errs := make(chan error)
		for range 50 {
			go func() { errs <- readIssues(t.Context(), client) }()
		}
		synctest.Wait()
		leave() // who began it gives up
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want the caller's own end", err)
		}
		close(fake.hold)
		for range 50 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if n := fake.mints(); n != 1 {
			t.Errorf("%d tokens were made", n)
		}
	})
}

// A token is replaced five minutes before its end; while that fails, the old
// one is good until then.
func TestTokensAreReplacedInTime(t *testing.T) {
	fake := newFakeApps(installedOn(1, "octo"))
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, fake, asApp(""))
		read := func(mints int) {
			t.Helper()
			if err := readIssues(t.Context(), client); err != nil {
				t.Error(err)
			}
			if n := fake.mints(); n != mints {
				t.Errorf("%d tokens were made by now, want %d", n, mints)
			}
		}
		if err := client.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		read(1)
		time.Sleep(55*time.Minute - 2*time.Second)
		read(1)
		time.Sleep(2 * time.Second)
		read(2)
		time.Sleep(55 * time.Minute)
		down := make([]func() (*http.Response, error), 2*maxAttempts)
		for i := range down {
			down[i] = answer(503, message("no"))
		}
		fake.fail(routeAccessTokens, down...)
		read(2)
		time.Sleep(time.Minute)
		read(2)
		time.Sleep(3 * time.Minute)
		read(3)
	})
}

func TestShortLivedTokens(t *testing.T) {
	fake := newFakeApps(installedOn(1, "octo"))
	fake.life = 4 * time.Minute
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, fake, asApp(""))
		_ = client.Prepare(t.Context())
		for range 4 {
			if err := readIssues(t.Context(), client); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
		}
		if n := fake.mints(); n != 2 {
			t.Errorf("%d tokens were made in three minutes", n)
		}
	})
}

// The clocks may differ by as much as they like.
func TestClocksThatDiffer(t *testing.T) {
	for _, ahead := range []time.Duration{-10 * time.Minute, 10 * time.Minute, -48 * time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			fake := newFakeApps(installedOn(1, "octo"))
			fake.ahead = ahead
			synctest.Test(t, func(t *testing.T) {
				client := newTestClient(t, fake, asApp(""))
				if err := client.Prepare(t.Context()); err != nil {
					t.Fatal(err)
				}
				wantRows(t, client, "app/octo reader/octo true")
				for _, mints := range []int{1, 1, 2} {
					if err := readIssues(t.Context(), client); err != nil {
						t.Error(err)
					}
					if n := fake.mints(); n != mints {
						t.Errorf("%d tokens were made by now, want %d", n, mints)
					}
					time.Sleep(54*time.Minute - 2*time.Second)
				}
			})
		})
	}
}

// A client that replaces another one keeps the installations and tokens of an
// App that stays the same.
func TestReplacedClientKeepsApps(t *testing.T) {
	fake := newFakeApps(installedOn(1, "octo"), installedOn(2, "acme"))
	synctest.Test(t, func(t *testing.T) {
		old := newTestClient(t, fake, asApp(""))
		if err := old.RateLimits(t.Context()); err != nil {
			t.Fatal(err)
		}
		asked := len(fake.jwts)
		client := newTestClient(t, fake, asApp("", func(o *Options) { o.Previous = old }))
		old.Close()
		if err := readIssues(t.Context(), client); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(old.Tokens()[0].Budgets[0], client.Tokens()[0].Budgets[0]); diff != "" || len(fake.jwts) != asked {
			t.Errorf("%d requests of the App more; %s", len(fake.jwts)-asked, diff)
		}
		wantRows(t, client, "app/acme reader/acme true", "app/octo reader/octo true")
		for name, other := range map[string]*Client{
			"one installation": newTestClient(t, fake, asApp("acme", func(o *Options) { o.Previous = old })),
			"another App":      newTestClient(t, fake, asApp("", func(o *Options) { o.Previous, o.Tokens[0].App.ID = old, "Iv1.xyz" })),
			"another server":   newTestClient(t, fake, asApp("", func(o *Options) { o.Previous, o.APIURL = old, "https://ghe.test/api/v3/" })),
		} {
			if got := rows(other); len(got) != 0 {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}

// Closing the client ends what nobody waits for any more.
func TestCloseEndsMinting(t *testing.T) {
	fake := newFakeApps(installedOn(1, "octo"))
	synctest.Test(t, func(t *testing.T) {
		fake.hold = make(chan struct{})
		client := newTestClient(t, fake, asApp(""))
		_ = client.Prepare(t.Context())
		ctx, leave := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- readIssues(ctx, client) }()
		synctest.Wait()
		leave()
		<-done
		start := time.Now()
		client.Close()
		client.Close()
		if d := time.Since(start); d != 0 || fake.mints() != 0 {
			t.Errorf("closed after %s, with %d tokens made", d, fake.mints())
		}
		if err := readIssues(t.Context(), client); err == nil {
			t.Error("a closed client makes no tokens")
		}
	})
}
