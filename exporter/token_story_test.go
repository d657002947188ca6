package exporter

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

const bothRepositories = "[acme/api, acme/web]"

// TestRevokedTokens takes one of two tokens away, then both, and gives one back
// by its file.
func TestRevokedTokens(t *testing.T) {
	t.Parallel()
	one, two := githubtest.Token{Token: "first-token", Login: "anna"}, githubtest.Token{Token: "second-token", Login: "bert"}
	w := newTokenWorld(t, githubtest.Options{Tokens: []githubtest.Token{one, two}})
	w.file("one", one.Token+"\n")
	w.file("two", two.Token)
	w.start(w.config("[{name: one, token_file: one}, {name: two, token_file: two}]", bothRepositories))
	w.until("/metrics", up("one", 1), up("two", 1), complete("acme/api"), complete("acme/web"),
		`github_dev_token_info{identity="anna",kind="pat",token="one"} 1`, `github_dev_token_info{identity="bert",kind="pat",token="two"} 1`)

	w.github.SetTokens([]githubtest.Token{two})
	w.until("/metrics", up("one", 0), up("two", 1))
	w.until("/", "1 of 2 tokens cannot be used", "Bad credentials")
	w.seen.forget()
	w.until("/api/v1/status", `"up": false`)
	w.asks(two.Token)

	w.github.SetTokens(nobody())
	w.until("/metrics", up("one", 0), up("two", 0), "github_dev_issues{")
	w.until("/", "No token can be used: see below. What was copied is still served.")
	w.get("/-/ready")

	w.github.SetTokens([]githubtest.Token{{Token: "third-token", Login: "cora"}})
	w.file("one", "third-token\n")
	w.until("/metrics", up("one", 1), up("two", 0), `github_dev_token_info{identity="cora",kind="pat",token="one"} 1`)
	w.seen.forget()
	w.asks("third-token")
	for _, token := range []string{"one", "two"} {
		if n := w.logged("level=ERROR", "token cannot be used", "token="+token); n != 1 {
			t.Errorf("that token %s cannot be used is logged %d times, want once", token, n)
		}
	}
	if n := w.logged("token can be used again", "token=one"); n != 1 {
		t.Errorf("that the token can be used again is logged %d times, want once", n)
	}
}

// nobody is no token at all: with an empty list every token would be good.
func nobody() []githubtest.Token {
	return []githubtest.Token{{Token: "of-nobody-here", Login: "nobody"}}
}

// asks waits until a query for figures was answered well with a credential.
func (w *tokenWorld) asks(credential string) {
	w.t.Helper()
	w.eventually("no query with "+credential, func() bool {
		for _, a := range w.seen.all() {
			if a.credential == credential && a.operation == "Probe" && a.status == 200 && !a.refused {
				return true
			}
		}
		return false
	})
}

// TestTokenFileComesAndGoes empties a token's file, and removes it, under a
// running exporter.
func TestTokenFileComesAndGoes(t *testing.T) {
	t.Parallel()
	w := newTokenWorld(t, githubtest.Options{Tokens: []githubtest.Token{{Token: "first-token", Login: "anna"}}})
	w.file("one", "first-token")
	w.start(w.config("[{name: one, token_file: one}]", bothRepositories))
	w.until("/metrics", complete("acme/api"), complete("acme/web"))
	for _, step := range []struct{ name, reason string }{
		{"empty", "holds no token"}, {"removed", "no such file"},
	} {
		if step.name == "empty" {
			w.file("one", "\n")
		} else {
			w.remove("one")
		}
		w.until("/metrics", up("one", 0), "github_dev_issues{")
		w.until("/api/v1/status", step.reason)
		w.seen.forget()
		time.Sleep(1100 * time.Millisecond)
		for _, a := range w.seen.all() {
			t.Errorf("%s: asked for %s with %q", step.name, a.path, a.credential)
		}
		w.file("one", "first-token")
		w.until("/metrics", up("one", 1))
		w.seen.forget()
		w.asks("first-token")
	}
}

// TestWatchedToken exports the limits of a token whose budget is never spent,
// though the other one has none left.
func TestWatchedToken(t *testing.T) {
	t.Parallel()
	expiry := time.Now().Add(30 * day).Truncate(time.Second)
	w := newTokenWorld(t, githubtest.Options{Tokens: []githubtest.Token{
		{Token: "first-token", Login: "anna"}, {Token: "second-token", Login: "bert", Expiry: expiry, GraphQLLimit: 1234},
	}})
	w.file("one", "first-token")
	w.file("two", "second-token")
	w.start(w.config("[{name: one, token_file: one}, {name: two, token_file: two, monitor_only: true}]", bothRepositories))
	w.until("/metrics", complete("acme/api"), complete("acme/web"), up("two", 1), `github_dev_token_info{identity="bert",kind="pat",token="two"} 1`,
		`github_dev_ratelimit_limit{identity="bert",resource="graphql",token="two"} 1234`)
	if got := parseFigures(t, w.get("/metrics")).sum("github_dev_token_expiry_timestamp_seconds", "", "token=two"); int64(got) != expiry.Unix() {
		t.Errorf("it expires at %v, want %v", int64(got), expiry.Unix())
	}
	w.until("/", "only watched", "Expires")
	w.github.SetUsed("anna", "graphql", 5000)
	w.github.SetUsed("anna", "core", 5000)
	w.until("/metrics", `github_dev_ratelimit_remaining{identity="anna",resource="graphql",token="one"} 0`)
	time.Sleep(1100 * time.Millisecond)
	for _, a := range w.seen.all() {
		if a.credential == "second-token" && !strings.HasSuffix(a.path, "/rate_limit") && !strings.Contains(a.what, "viewer{login}") {
			t.Errorf("it was used for %s", cmp.Or(a.operation, a.path))
		}
	}
}
