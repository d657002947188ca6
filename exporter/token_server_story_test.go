package exporter

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// zeroLimits answers for a server that writes limits of 0 in place of none.
func zeroLimits(github http.Handler) func(http.ResponseWriter, *http.Request, []byte) bool {
	const none = `"limit":0,"remaining":0,"used":0`
	return func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		for _, name := range []string{"Limit", "Remaining", "Used", "Reset"} {
			w.Header().Set("X-RateLimit-"+name, "0")
		}
		if strings.HasSuffix(r.URL.Path, "/rate_limit") {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"resources":{"core":{` + none + `,"reset":0},"graphql":{` + none + `,"reset":0}},"rate":{` + none + `,"reset":0}}`))
			return true
		}
		answer := httptest.NewRecorder()
		github.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		limit := `"rateLimit":{"cost":1,` + none + `,"resetAt":"1970-01-01T00:00:00Z","nodeCount":1}`
		_, _ = w.Write(bytes.Replace(answer.Body.Bytes(), []byte(`"rateLimit":null`), []byte(limit), 1))
		return true
	}
}

// TestServerWithoutLimits reads a GitHub Enterprise Server that has none, or
// says that they are 0.
func TestServerWithoutLimits(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"404", "0 of 0"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTokenWorld(t, githubtest.Options{Enterprise: true, Tokens: []githubtest.Token{{Token: "first-token", Login: "anna"}}})
			if name != "404" {
				w.seen.set(zeroLimits(w.github))
			}
			w.file("one", "first-token")
			w.start(w.config("[{name: one, token_file: one}]", bothRepositories))
			w.until("/metrics", complete("acme/api"), complete("acme/web"), up("one", 1), `identity="anna"`, "!github_dev_ratelimit_limit",
				"!github_dev_ratelimit_remaining", "!github_dev_ratelimit_used", "!github_dev_ratelimit_reset", `github_dev_ratelimit_wait_seconds_total{token="one"} 0`)
			w.until("/", "no limit on this server")
			if n := w.logged("level=ERROR") + w.logged("level=WARN"); n > 0 {
				t.Errorf("a server without limits is no trouble, but the log has\n%s", w.news())
			}
		})
	}
}

// TestServerWithAnOldSchema reads a server that lacks fields which are asked for.
func TestServerWithAnOldSchema(t *testing.T) {
	t.Parallel()
	w := newTokenWorld(t, githubtest.Options{Enterprise: true, Missing: githubtest.EnterpriseMissing("3.16")})
	w.file("one", "first-token")
	w.start(w.config("[{name: one, token_file: one}]", bothRepositories))
	w.until("/metrics", complete("acme/api"), complete("acme/web"), `github_dev_pull_requests_merged_total{`)
	schemas := 0
	for _, a := range w.seen.all() {
		if strings.Contains(a.what, "__schema") {
			schemas++
		}
	}
	if schemas != 1 {
		t.Errorf("the schema was asked for %d times, want once", schemas)
	}
}

// TestTokenWithoutPermission has a token that may not read pull requests.
// The other repository goes on.
func TestTokenWithoutPermission(t *testing.T) {
	t.Parallel()
	datasets := freshDatasets()
	private(datasets[:1])
	w := newTokenWorld(t, githubtest.Options{Datasets: datasets, Tokens: []githubtest.Token{{
		Token: "first-token", Login: "anna", Owner: "acme", Permissions: map[string]string{"metadata": "read", "issues": "read", "contents": "read"},
	}}})
	w.file("one", "first-token")
	w.start(w.config("[{name: one, token_file: one}]", bothRepositories))
	w.until("/metrics", complete("acme/web"), up("one", 1), "!"+complete("acme/api"))
	w.until("/api/v1/status", "token one lacks a permission on acme/api: grant it read access to Pull requests")
	w.until("/", "token one lacks a permission on acme/api: grant it read access to Pull requests")
}

// TestSingleSignOn has a token that its owner has not authorized for an organization.
func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	datasets := private(freshDatasets())
	datasets[1].Repos[0].Owner = "other"
	w := newTokenWorld(t, githubtest.Options{Datasets: datasets, SSO: []string{"acme"}, Tokens: []githubtest.Token{
		{Token: "first-token", Login: "anna", Scopes: []string{"repo"}},
	}})
	w.file("one", "first-token")
	w.start(w.config("[{name: one, token_file: one}]", "[acme/api, other/web]"))
	w.until("/metrics", complete("other/web"), up("one", 1))
	status := w.until("/api/v1/status", "token one", "single sign-on", "acme")
	if strings.Contains(status+w.log.String(), "authorization_request") {
		t.Error("the address by which a token is authorized is told to all")
	}
}

// TestPlanWithSeveralTokens tells how long the first sync will take with two
// accounts, a token that is only watched and an App.
func TestPlanWithSeveralTokens(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t, githubtest.Options{Tokens: []githubtest.Token{
		{Token: "first-token", Login: "anna"}, {Token: "second-token", Login: "bert"}, {Token: "third-token", Login: "cora"},
	}}, "acme")
	for name, token := range map[string]string{"one": "first-token", "two": "second-token", "three": "third-token"} {
		w.file(name, token)
	}
	w.file("config.yml", "github: {api_url: \""+w.api+"\", tokens: [{name: one, token_file: one}, {name: two, token_file: two}, "+
		"{name: three, token_file: three, monitor_only: true}, "+appToken+"]}\nprojects: {p: {repositories: "+bothRepositories+"}}\n")
	var out, errs lockedBuffer
	code := Main(context.Background(), []string{"--config", filepath.Join(w.dir, "config.yml"), "--mirror.path", filepath.Join(w.dir, "m"), "sync", "--dry-run"},
		Process{Stdout: &out, Stderr: &errs, Now: w.now})
	if code != 0 || !strings.Contains(out.String(), "Nothing was stored.") {
		t.Fatalf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
	t.Log(out.String())
	for _, a := range w.seen.all() {
		if a.credential == "third-token" && (a.graphQL() && a.operation != "" || !strings.HasSuffix(a.path, "/rate_limit") && !a.graphQL()) {
			t.Errorf("a token that is only watched was used for %s %s", a.path, a.operation)
		}
	}
}
