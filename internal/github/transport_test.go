package github

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/config"
)

// recorder is a server that notes the tokens it is sent.
type recorder struct {
	*httptest.Server
	mu     sync.Mutex
	tokens []string
}

func (r *recorder) authorized() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tokens
}

func record(t *testing.T, serve http.HandlerFunc) *recorder {
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		r.tokens = append(r.tokens, req.Header.Get("Authorization"))
		r.mu.Unlock()
		serve(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func onServer(t *testing.T, server string, change ...func(*Options)) *Client {
	return newTestClient(t, nil, append([]func(*Options){func(o *Options) { o.APIURL, o.transport = server+"/", nil }}, change...)...)
}

// The token is sent to the configured address and nowhere else, wherever an
// answer points.
func TestRedirectsKeepTheTokenAtHome(t *testing.T) {
	other := record(t, write(200, "[]"))
	for _, test := range []struct {
		name     string
		location func(hop int, home string) string
		hops     int // requests at home
		succeeds bool
	}{
		{"same host", func(int, string) string { return "/done" }, 2, true},
		{"three", func(hop int, _ string) string { return []string{"/a", "/b", "/done"}[hop] }, 4, true},
		{"four", func(hop int, _ string) string { return []string{"/a", "/b", "/c", "/done"}[hop] }, 4, false},
		{"another host", func(int, string) string { return other.URL + "/done" }, 1, false},
		{"another scheme", func(_ int, home string) string { return strings.Replace(home, "http:", "https:", 1) + "/done" }, 1, false},
		{"nowhere", func(int, string) string { return "" }, 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			hop := 0
			var home *recorder
			home = record(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/done" {
					write(200, "[]")(w, r)
					return
				}
				if location := test.location(hop, home.URL); location != "" {
					w.Header().Set("Location", location)
				}
				hop++
				w.WriteHeader(http.StatusMovedPermanently)
			})
			client := onServer(t, home.URL)
			_, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: testRepo})
			if (err == nil) != test.succeeds || err != nil && !errors.Is(err, ErrMoved) {
				t.Errorf("%v", err)
			}
			if len(home.authorized()) != test.hops {
				t.Errorf("%d requests at home, want %d", len(home.authorized()), test.hops)
			}
			redirected := 0
			for _, r := range client.Stats().Requests {
				if r.Outcome == "3xx" {
					redirected = r.Count
				}
			}
			want := test.hops - 1
			if !test.succeeds {
				want = test.hops
			}
			if redirected != want {
				t.Errorf("%d redirects counted, want %d", redirected, want)
			}
		})
	}
	if len(other.authorized()) != 0 {
		t.Errorf("the other host was asked %d times", len(other.authorized()))
	}
}

// No secret, no part of one and no hash may be in an error or in the log,
// whatever a server or a proxy repeats of it.
func TestSecretsStayInside(t *testing.T) {
	echo := []http.HandlerFunc{
		func(w http.ResponseWriter, r *http.Request) {
			write(401, message("Bad credentials: "+r.Header.Get("Authorization")))(w, r)
		},
		func(w http.ResponseWriter, r *http.Request) {
			write(403, message(strings.Repeat("x ", 140)+r.Header.Get("Authorization")))(w, r)
		},
		func(w http.ResponseWriter, r *http.Request) {
			write(200, fmt.Sprintf(`{"data":null,"errors":[{"message":"secondary rate limit %s"}]}`, r.Header.Get("Authorization")), "Retry-After", "900")(w, r)
		},
		func(w http.ResponseWriter, r *http.Request) {
			write(302, "", "Location", "https://elsewhere.test/"+testSecret)(w, r)
		},
		func(w http.ResponseWriter, r *http.Request) {
			write(200, "{}", "Content-Type", r.Header.Get("Authorization"))(w, r)
		},
	}
	for i, serve := range echo {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			server := record(t, serve)
			var log bytes.Buffer
			client := onServer(t, server.URL, func(o *Options) {
				o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, err1 := client.Issues(ctx, PageRequest{Repo: testRepo})
			_, err2 := client.ReviewComments(ctx, CommentsRequest{Repo: testRepo})
			err3, err4 := client.Identity(ctx), client.RateLimits(ctx)
			if len(server.authorized()) == 0 || server.authorized()[0] != "Bearer "+testSecret {
				t.Fatalf("the token was not sent: %q", server.authorized())
			}
			text := fmt.Sprintf("%v %v %v %v %+v %+v %s", err1, err2, err3, err4, client.Tokens(), client.Stats(), log.String())
			for _, secret := range []string{
				testSecret, testSecret[:8], testSecret[len(testSecret)-8:],
				base64.StdEncoding.EncodeToString([]byte(testSecret))[:8],
			} {
				if strings.Contains(text, secret) {
					t.Errorf("%q is in %s", secret, text)
				}
			}
		})
	}
}

func TestProxyIsUsed(t *testing.T) {
	proxy := record(t, write(200, "[]"))
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := newTestClient(t, nil, func(o *Options) {
		o.APIURL, o.transport = "http://api.example.test/", nil
		o.HTTP = config.HTTPClientConfig{ProxyConfig: config.ProxyConfig{ProxyURL: config.URL{URL: u}}}
	})
	if _, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: testRepo}); err != nil {
		t.Fatal(err)
	}
	if len(proxy.authorized()) != 1 {
		t.Errorf("the proxy got %d requests", len(proxy.authorized()))
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	token := []TokenSource{{Name: "main", Read: func() (string, error) { return testSecret, nil }}}
	good := Options{APIURL: "https://api.github.com/", UserAgent: "x/1", Tokens: token}
	for _, test := range []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"nothing wrong", func(*Options) {}, ""},
		{"no address", func(o *Options) { o.APIURL = "" }, "api_url"},
		{"address with a password", func(o *Options) { o.APIURL = "https://u:" + testSecret + "@api.github.com/" }, "api_url"},
		{"no address of GraphQL", func(o *Options) { o.GraphQLURL = "ftp://x" }, "graphql_url"},
		{"no token", func(o *Options) { o.Tokens = nil }, "no token"},
		{"two tokens of a name", func(o *Options) { o.Tokens = append(o.Tokens, o.Tokens...) }, `"main"`},
		{"no user agent", func(o *Options) { o.UserAgent = "" }, "user agent"},
		{"unknown policy", func(o *Options) { o.CommentBodies = "all" }, `"all"`},
		{"credentials beside the tokens", func(o *Options) {
			o.HTTP.BasicAuth = &config.BasicAuth{Username: "u", Password: config.Secret(testSecret)}
		}, "http_config"},
		{"missing CA", func(o *Options) { o.HTTP.TLSConfig.CAFile = "testdata/absent.pem" }, "http_config"},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := good
			test.change(&opts)
			_, err := New(opts)
			switch {
			case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v, want %q", err, test.want)
			case err != nil && strings.Contains(err.Error(), testSecret):
				t.Errorf("the secret is in %v", err)
			}
		})
	}
}

func TestGraphQLAddress(t *testing.T) {
	for api, want := range map[string]string{
		"https://api.github.com":          "https://api.github.com/graphql",
		"https://api.github.com/":         "https://api.github.com/graphql",
		"https://ghe.example.com/api/v3":  "https://ghe.example.com/api/graphql",
		"https://ghe.example.com/api/v3/": "https://ghe.example.com/api/graphql",
		"https://api.octo.ghe.com/":       "https://api.octo.ghe.com/graphql",
	} {
		c := &Client{}
		if err := c.setURLs(api, ""); err != nil || c.graphQL.String() != want {
			t.Errorf("%s: %s, want %s (%v)", api, c.graphQL, want, err)
		}
	}
}

func TestTokenSources(t *testing.T) {
	for _, test := range []struct {
		name, secret string
		err          error
		want         string // part of the error; "" for none
	}{
		{"with a newline", "  " + testSecret + "\n", nil, ""},
		{"absent", "", errors.New("open token: no such file or directory"), "no such file"},
		{"empty", " \n", nil, "empty"},
		{"two lines", testSecret + "\nX-Injected: 1", nil, "characters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := answers(goodPage)
			client := newTestClient(t, fake, func(o *Options) {
				o.Tokens[0].Read = func() (string, error) { return test.secret, test.err }
			})
			_, err := client.Issues(t.Context(), PageRequest{Repo: testRepo})
			if test.want == "" {
				if err != nil || fake.requests[0].Header.Get("Authorization") != "Bearer "+testSecret {
					t.Errorf("%v, %v", err, fake.requests[0].Header)
				}
				return
			}
			if !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), testSecret) || fake.count() != 0 {
				t.Errorf("%v after %d requests, want %q", err, fake.count(), test.want)
			}
			if status := client.Tokens()[0]; status.Up || !strings.Contains(status.Reason, test.want) {
				t.Errorf("%+v", status)
			}
		})
	}
}
