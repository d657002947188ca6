package github

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const suspendedText = "App reader is suspended on octo; end that at https://example.test/organizations/octo/settings/installations/1"

var suspension = map[string]any{"suspended_at": "2024-01-01T00:00:00Z"}

// keyOf makes the App's key one that can change.
func keyOf(key *[]byte, err *error) func(*Options) {
	return func(o *Options) {
		o.Tokens[0].App.Key = func() ([]byte, error) { return *key, *err }
	}
}

// What makes an App of no use is said in one sentence, is tried again from time
// to time, and is over as soon as there is another key.
func TestAppsOfNoUse(t *testing.T) {
	good, other := pkcs1(testKeys()[0]), pkcs1(testKeys()[1])
	refusal := "app  false GitHub refuses what App Iv1.abc signs (A JSON web token could not be decoded); its private key may be another App's, or have been deleted"
	for name, test := range map[string]struct {
		key  []byte
		err  error
		want string
		jwts int
	}{
		"no key":         {nil, errors.New("open app.pem: no such file or directory"), "app  false token app cannot be read: its private key cannot be read: open app.pem: no such file or directory", 0},
		"no PEM":         {[]byte("ghp_0123456789"), nil, "app  false token app cannot be read: its private key cannot be used: it is no PEM file: want the private key that GitHub gave for download", 0},
		"another's key":  {other, nil, refusal, 2},
		"damaged by one": {bytes.Replace(good, []byte("\n"), []byte("\nAA"), 2), nil, "app  false token app cannot be read: its private key cannot be used: its private key is damaged, or no RSA key", 0},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFakeApps(installedOn(1, "octo"))
			synctest.Test(t, func(t *testing.T) {
				key, keyErr := test.key, test.err
				client := newTestClient(t, fake, asApp("", keyOf(&key, &keyErr)))
				for range 3 {
					if err := readIssues(t.Context(), client); !errors.Is(err, ErrUnauthorized) {
						t.Errorf("%v", err)
					}
					_ = client.RateLimits(t.Context())
				}
				wantRows(t, client, test.want)
				if len(fake.jwts) != test.jwts {
					t.Errorf("%d requests in a row", len(fake.jwts))
				}
				time.Sleep(firstRest)
				_ = client.RateLimits(t.Context())
				if len(fake.jwts) != 2*test.jwts {
					t.Errorf("%d requests after a rest", len(fake.jwts))
				}
				key, keyErr = good, nil
				if err := client.RateLimits(t.Context()); err != nil {
					t.Error(err)
				}
				wantRows(t, client, "app/octo reader/octo true")
			})
		})
	}
}

func TestUnknownApp(t *testing.T) {
	for _, refusal := range []func() (*http.Response, error){
		answer(404, message("Integration not found")), answer(401, message("'Issuer' claim ('iss') must be an Integer")),
	} {
		fake := newFakeApps()
		fake.fail(routeApp, refusal, refusal, refusal, refusal)
		synctest.Test(t, func(t *testing.T) {
			client := newTestClient(t, fake, asApp(""))
			if err := client.RateLimits(t.Context()); !errors.Is(err, ErrUnauthorized) {
				t.Errorf("%v", err)
			}
			wantRows(t, client, "app  false GitHub knows no App Iv1.abc; correct client_id or app_id")
		})
	}
}

// While the App cannot sign, the tokens that it has are good; when they end,
// it says why there are no others.
func TestKeyThatIsLost(t *testing.T) {
	fake := newFakeApps(installedOn(1, "octo"))
	synctest.Test(t, func(t *testing.T) {
		key, keyErr := pkcs1(testKeys()[0]), error(nil)
		client := newTestClient(t, fake, asApp("", keyOf(&key, &keyErr)))
		poll := func() { _ = client.RateLimits(t.Context()) }
		poll()
		key = pkcs1(testKeys()[1])
		time.Sleep(56 * time.Minute)
		if err := readIssues(t.Context(), client); err != nil {
			t.Error(err)
		}
		if got := rows(client); len(got) != 2 || !strings.Contains(got[0], "GitHub refuses what App") || got[1] != "app/octo reader/octo true" {
			t.Errorf("%q", got)
		}
		time.Sleep(4 * time.Minute)
		err := readIssues(t.Context(), client)
		if !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "GitHub refuses what App Iv1.abc signs") {
			t.Errorf("%v", err)
		}
		fake.key = &testKeys()[1].PublicKey // GitHub has learned of the new key
		time.Sleep(lastRest)
		poll()
		wantRows(t, client, "app/octo reader/octo true")
		if err := readIssues(t.Context(), client); err != nil {
			t.Error(err)
		}
	})
}

// An installation that GitHub gives no token for does not keep others from
// their work.
func TestInstallationsOfNoUse(t *testing.T) {
	for name, test := range map[string]struct {
		refusal func() (*http.Response, error)
		after   []string // how GitHub lists them then
		want    []string
	}{
		"suspended": {
			answer(403, message("This installation has been suspended")),
			[]string{installedOn(1, "octo", suspension), installedOn(2, "zoo")},
			[]string{"app/octo reader/octo false " + suspendedText, "app/zoo reader/zoo true"},
		},
		"removed": {
			answer(404, message("Not Found")), []string{installedOn(2, "zoo")}, []string{"app/zoo reader/zoo true"},
		},
		"refused": {
			answer(403, message("Although you appear to have the correct authorization, IP is not permitted.")),
			[]string{installedOn(1, "octo"), installedOn(2, "zoo")},
			[]string{"app/octo reader/octo false App reader gets no token for octo: Although you appear to have the correct authorization, IP is not permitted.", "app/zoo reader/zoo true"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := newFakeApps(installedOn(1, "octo"), installedOn(2, "zoo"))
			synctest.Test(t, func(t *testing.T) {
				client := newTestClient(t, fake, asApp(""))
				if err := client.Prepare(t.Context()); err != nil {
					t.Fatal(err)
				}
				fake.fail(routeAccessTokens, test.refusal)
				fake.list(test.after...)
				if err := readIssues(t.Context(), client); err != nil {
					t.Errorf("%v, want the other installation to be used", err)
				}
				wantRows(t, client, test.want...)
				fake.list(installedOn(1, "octo"), installedOn(2, "zoo"))
				time.Sleep(lookInterval)
				if err := client.RateLimits(t.Context()); err != nil {
					t.Error(err)
				}
				wantRows(t, client, "app/octo reader/octo true", "app/zoo reader/zoo true")
			})
		})
	}
}

// A token that GitHub takes no more costs one request and another token.
func TestTokensThatEndTooEarly(t *testing.T) {
	fake := newFakeApps(installedOn(1, "octo"))
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, fake, asApp(""))
		_ = client.RateLimits(t.Context())
		for mints := 2; mints < 4; mints++ {
			time.Sleep(20 * time.Minute)
			fake.bad[fake.minted[len(fake.minted)-1]] = true
			start := time.Now()
			if err := readIssues(t.Context(), client); err != nil || !time.Now().Equal(start) {
				t.Errorf("%v after %s", err, time.Since(start))
			}
			if n := fake.mints(); n != mints {
				t.Errorf("%d tokens were made, want %d", n, mints)
			}
			wantRows(t, client, "app/octo reader/octo true")
		}
	})
}

// Tokens that are refused as soon as they are made are not made for ever.
func TestTokensThatAreNeverTaken(t *testing.T) {
	fake := newFakeApps(installedOn(1, "octo"))
	refused := make([]func() (*http.Response, error), 100)
	for i := range refused {
		refused[i] = answer(401, message("Bad credentials"))
	}
	fake.fail("/graphql", refused...)
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, fake, asApp(""))
		_ = client.Prepare(t.Context())
		for range 5 {
			if err := readIssues(t.Context(), client); !errors.Is(err, ErrUnauthorized) {
				t.Errorf("%v", err)
			}
		}
		if n := fake.mints(); n > 2 {
			t.Errorf("%d tokens were made", n)
		}
		if got := rows(client); len(got) != 1 || !strings.Contains(got[0], "false Bad credentials") {
			t.Errorf("%q", got)
		}
	})
}

func TestPermissions(t *testing.T) {
	for name, test := range map[string]struct {
		granted map[string]any
		want    string
	}{
		"all":     {map[string]any{"metadata": "read", "contents": "read", "issues": "write", "pull_requests": "admin"}, ""},
		"none":    {map[string]any{}, "Metadata, Contents, Issues, Pull requests"},
		"one":     {map[string]any{"metadata": "read", "contents": "read", "issues": "read", "pull_requests": "none"}, "Pull requests"},
		"unknown": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			changes := map[string]any{"permissions": nil}
			if test.granted != nil {
				changes["permissions"] = test.granted
			}
			fake := newFakeApps(installedOn(1, "octo", changes))
			synctest.Test(t, func(t *testing.T) {
				client := newTestClient(t, fake, asApp(""))
				_ = client.Prepare(t.Context())
				want := "app/octo reader/octo true"
				if test.want != "" {
					want += " App reader lacks read access to " + test.want + " on octo; grant it at " +
						"https://example.test/organizations/acme/settings/apps/reader/permissions, then accept it at https://example.test/organizations/octo/settings/installations/1"
				}
				wantRows(t, client, want)
				if err := readIssues(t.Context(), client); err != nil {
					t.Errorf("%v: what is public can be read", err)
				}
			})
		})
	}
}

// Nothing that a server answers to an App is taken for an installation, or a
// token, that it is not; nor does it make the App forget what it has.
func TestMalformedAnswersToApps(t *testing.T) {
	for route, bodies := range map[string][]string{
		routeApp:           {`{}`, `[]`, `{"slug":""}`, `{"slug":5}`, `null`, `x`, ``},
		routeInstallations: {`{}`, `null`, `[null]`, `[{}]`, `[{"id":"1"}]`, `[{"id":0,"account":{"login":"x"}}]`, `[`},
		routeAccessTokens: {
			`{}`, `[]`, `null`, `{"token":"ghs_x"}`, `{"token":"ghs_x","expires_at":"soon"}`, `{"token":"","expires_at":"2099-01-01T00:00:00Z"}`,
			`{"token":"a\nb","expires_at":"2099-01-01T00:00:00Z"}`, `{"token":7,"expires_at":"2099-01-01T00:00:00Z"}`,
		},
	} {
		for _, body := range bodies {
			t.Run(route+" "+body, func(t *testing.T) {
				fake := newFakeApps(installedOn(1, "octo"))
				synctest.Test(t, func(t *testing.T) {
					bad := make([]func() (*http.Response, error), malformedAttempts)
					for i := range bad {
						bad[i] = answer(200, body)
					}
					fake.fail(route, bad...)
					client := newTestClient(t, fake, asApp("", func(o *Options) { o.MaxWait = -1 }))
					err := errors.Join(client.Prepare(t.Context()), client.RateLimits(t.Context()))
					if !errors.Is(err, ErrMalformed) {
						t.Errorf("%v", err)
					}
					time.Sleep(firstRest)
					if err := client.RateLimits(t.Context()); err != nil {
						t.Error(err)
					}
					wantRows(t, client, "app/octo reader/octo true")
				})
			})
		}
	}
}

func TestInstallationsWithoutAnEnd(t *testing.T) {
	fake := newFakeApps(installedOn(1, "octo"))
	loop := make([]func() (*http.Response, error), maxInstallationPages+1)
	for i := range loop {
		loop[i] = answer(200, "[]", "Link", `<https://api.example.test/app/installations?page=2>; rel="next"`)
	}
	fake.fail(routeInstallations, loop...)
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, fake, asApp(""))
		if err := client.Prepare(t.Context()); err == nil {
			t.Error("no error")
		}
	})
}

// No key, JSON web token or token of an installation, and no part of one, is
// shown anywhere, whatever a server repeats of it.
func TestSecretsOfAppsStayInside(t *testing.T) {
	fake := newFakeApps(installedOn(1, "octo"), installedOn(2, "zoo"))
	var log bytes.Buffer
	var shown []string
	echo := func(status int) http.RoundTripper {
		return roundTripper(func(req *http.Request) (*http.Response, error) {
			resp, err := fake.RoundTrip(req)
			if err != nil || status == 0 {
				return resp, err
			}
			text := req.Header.Get("Authorization")
			if resp.StatusCode == 201 {
				body, _ := io.ReadAll(resp.Body)
				text += string(body)
			}
			out := response(status, message(text), "X-Github-Sso", text, "Location", "https://elsewhere.test/?t="+text)
			out.Request = req
			return out, nil
		})
	}
	for _, status := range []int{0, 301, 400, 401, 403, 404, 422, 500} {
		for _, asking := range []string{"/app", routeInstallations, "access_tokens", "graphql"} {
			synctest.Test(t, func(t *testing.T) {
				transport := roundTripper(func(req *http.Request) (*http.Response, error) {
					if strings.HasSuffix(req.URL.Path, asking) {
						return echo(status).RoundTrip(req)
					}
					return fake.RoundTrip(req)
				})
				client := newTestClient(t, transport, asApp("", func(o *Options) {
					o.Logger, o.MaxWait = slog.New(slog.NewTextHandler(&log, nil)), -1
				}))
				shown = append(shown, fmt.Sprint(client.Prepare(t.Context())), fmt.Sprint(client.RateLimits(t.Context())),
					fmt.Sprint(readIssues(t.Context(), client)), fmt.Sprintf("%+v", client.Tokens()), fmt.Sprintf("%+v", client.Stats()))
			})
		}
	}
	all := strings.Join(shown, "\n") + log.String()
	for _, secret := range append(fake.secrets(), strings.Split(string(pkcs1(testKeys()[0])), "\n")[1:20]...) {
		for at := 0; at+16 <= len(secret); at += 8 {
			if i := strings.Index(all, secret[at:at+16]); i >= 0 {
				t.Fatalf("part of a secret is shown: %q", all[max(0, i-300):min(len(all), i+100)])
			}
		}
	}
	if !strings.Contains(all, "<secret>") {
		t.Errorf("%.2000s", all)
	}
}

// As long as GitHub cannot be asked for installations, that is the reason for
// which nothing can be read; and it is not asked all the time.
func TestInstallationsCannotBeLookedFor(t *testing.T) {
	fake := newFakeApps(installedOn(1, "octo"))
	down := make([]func() (*http.Response, error), 2*maxAttempts)
	for i := range down {
		down[i] = answer(502, message("no"))
	}
	fake.fail(routeInstallations, down...)
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, fake, asApp(""))
		for range 20 {
			var e *Error
			if err := readIssues(t.Context(), client); !errors.As(err, &e) || e.Reason != reasonServer || !e.Temporary {
				t.Fatalf("%v", err)
			}
		}
		if n := len(fake.jwts); n != 1+maxAttempts {
			t.Errorf("%d requests", n)
		}
		wantRows(t, client)
		time.Sleep(firstRest)
		if err := client.RateLimits(t.Context()); err == nil {
			t.Error("no error")
		}
		time.Sleep(2*firstRest - time.Second)
		if err := client.RateLimits(t.Context()); err == nil {
			t.Error("no error")
		}
		time.Sleep(time.Second)
		if err := errors.Join(client.RateLimits(t.Context()), readIssues(t.Context(), client)); err != nil {
			t.Error(err)
		}
	})
}

func TestAppNeedsIDAndKey(t *testing.T) {
	for _, source := range []*AppSource{{}, {ID: "1"}, {Key: func() ([]byte, error) { return nil, nil }}} {
		_, err := New(Options{APIURL: "https://api.example.test/", UserAgent: "x", Tokens: []TokenSource{{Name: "app", App: source}}})
		if err == nil || !strings.Contains(err.Error(), `"app"`) {
			t.Errorf("%+v: %v", source, err)
		}
	}
}
