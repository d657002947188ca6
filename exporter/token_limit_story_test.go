package exporter

import (
	"bytes"
	"cmp"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// TestTwoTokensOfOneUser have one budget, one identity and no more requests at
// once than one token.
func TestTwoTokensOfOneUser(t *testing.T) {
	t.Parallel()
	tokens := []githubtest.Token{{Token: "first-token", Login: "anna"}, {Token: "second-token", Login: "anna"}}
	w := newTokenWorld(t, githubtest.Options{Tokens: tokens, Datasets: manyDatasets(8), Latency: 40 * time.Millisecond})
	w.file("one", "first-token")
	w.file("two", "second-token")
	w.start(w.config("[{name: one, token_file: one}, {name: two, token_file: two}]", `["acme/*"]`))
	page := w.until("/metrics", complete("acme/repo-0"), complete("acme/repo-7"),
		`github_dev_token_info{identity="anna",kind="pat",token="one"} 1`, `github_dev_token_info{identity="anna",kind="pat",token="two"} 1`)
	figures := parseFigures(t, page)
	for _, resource := range []string{"core", "graphql"} {
		a := figures.sum("github_dev_ratelimit_remaining", "", "token=one", "resource="+resource)
		b := figures.sum("github_dev_ratelimit_remaining", "", "token=two", "resource="+resource)
		if a != b || a == 0 {
			t.Errorf("%s: %v is left of one token's budget and %v of the other's, want one budget", resource, a, b)
		}
	}
	traffic := w.github.Counts().Identities["anna"]
	if traffic.MaxGraphQL > 2 || traffic.MaxREST > 4 {
		t.Errorf("%d queries and %d REST requests at once, want 2 and 4 at most", traffic.MaxGraphQL, traffic.MaxREST)
	}
}

// TestExhaustedBudget spends what the reserve leaves of a budget of 200 points
// in the midst of a first sync, and goes on after the reset.
func TestExhaustedBudget(t *testing.T) {
	t.Parallel()
	w := newTokenWorld(t, githubtest.Options{Datasets: manyDatasets(12), Tokens: []githubtest.Token{{Token: "first-token", Login: "anna", GraphQLLimit: 200}}})
	const ends = 10 * time.Second
	w.windowEnds("anna", ends, map[string]int{"graphql": 132, "core": 1})
	began := time.Now()
	w.file("one", "first-token")
	w.start(w.config("[{name: one, token_file: one}]", `["acme/*"]`))
	w.until("/metrics", `github_dev_ratelimit_limit{identity="anna",resource="graphql",token="one"} 200`)
	page := w.until("/metrics", complete("acme/repo-0"), complete("acme/repo-11"),
		`github_dev_ratelimit_used_at_reset{identity="anna",resource="graphql",token="one"} `)
	if took := time.Since(began); took < ends {
		t.Errorf("it took %s: the budget was not spent", took)
	}
	used := parseFigures(t, page).sum("github_dev_ratelimit_used_at_reset", "", "resource=graphql")
	if used < 135 || used > 170 {
		t.Errorf("%v points were used of 200, want all but a reserve of 40 to 60", used)
	}
	if refused := w.seen.refusals(); len(refused) > 0 {
		t.Errorf("GitHub refused what the budget did not hold: %v", refused)
	}
	if n := w.logged("level=ERROR") + w.logged("level=WARN"); n > 0 {
		t.Errorf("a spent budget is no trouble, but the log has\n%s", w.news())
	}
}

// TestBudgetSpentByOthers has GitHub refuse what the exporter thought it had.
func TestBudgetSpentByOthers(t *testing.T) {
	t.Parallel()
	w := newTokenWorld(t, githubtest.Options{Datasets: manyDatasets(6), Tokens: []githubtest.Token{{Token: "first-token", Login: "anna", GraphQLLimit: 200}}})
	w.windowEnds("anna", 4*time.Second, map[string]int{"graphql": 100, "core": 1})
	var pages atomic.Int64
	w.seen.set(func(_ http.ResponseWriter, _ *http.Request, body []byte) bool {
		if bytes.Contains(body, []byte("query IssuesPage")) && pages.Add(1) == 3 {
			w.github.SetUsed("anna", "graphql", 200)
		}
		return false
	})
	w.file("one", "first-token")
	w.start(w.config("[{name: one, token_file: one}]", `["acme/*"]`))
	w.until("/metrics", complete("acme/repo-0"), complete("acme/repo-5"))
	refused := w.seen.refusals()
	if len(refused) == 0 {
		t.Error("GitHub refused nothing")
	}
	for what, n := range refused {
		if n > 1 {
			t.Errorf("refused %d times: %s", n, what)
		}
	}
}

// strike makes GitHub refuse one query of anna's by a secondary limit, in the
// midst of a first sync with bert's help, and waits until the log tells so.
func strike(t *testing.T, retryAfter time.Duration) (w *tokenWorld, struck asked) {
	t.Helper()
	w = newTokenWorld(t, githubtest.Options{
		Datasets: manyDatasets(16), Latency: 60 * time.Millisecond,
		Tokens: []githubtest.Token{{Token: "first-token", Login: "anna"}, {Token: "second-token", Login: "bert"}},
	})
	w.github.AddFault(githubtest.Fault{
		Kind: githubtest.FaultSecondary, GraphQL: "PullsPage", Count: 1, Status: http.StatusForbidden, RetryAfter: retryAfter,
		Match: func(r githubtest.Request) bool { return r.Identity == "anna" },
	})
	w.file("one", "first-token")
	w.file("two", "second-token")
	w.start(w.config("[{name: one, token_file: one}, {name: two, token_file: two}]", `["acme/*"]`))
	w.eventually("no secondary limit", func() bool {
		for _, a := range w.seen.all() {
			if a.refused {
				struck = a
			}
		}
		return struck.refused
	})
	w.until("/metrics", `github_dev_secondary_limited_total{token="one"} 1`)
	return w, struck
}

// after gives what was asked with a credential that long after an instant.
func (w *tokenWorld) after(at time.Time, credential string) (out []asked) {
	for _, a := range w.seen.all() {
		if a.credential == credential && a.began.After(at) {
			out = append(out, a)
		}
	}
	return out
}

// underWay is how long requests go on that were sent before the refusal came.
const underWay = 300 * time.Millisecond

func TestSecondaryLimit(t *testing.T) {
	t.Parallel()
	const pause = 3 * time.Second
	w, struck := strike(t, pause)
	if n := w.github.Counts().Identities["anna"].MaxGraphQL; n != 2 {
		t.Errorf("%d queries at once before, want 2", n)
	}
	w.until("/", "pauses", "GitHub asks for fewer requests")
	w.github.ResetLog()
	w.until("/metrics", complete("acme/repo-0"), complete("acme/repo-15"), up("one", 1), up("two", 1))
	again := w.after(struck.ended.Add(underWay), "first-token")
	if len(again) == 0 || again[0].began.Before(struck.ended.Add(pause)) {
		t.Errorf("the identity goes on %v", again[:min(1, len(again))])
	}
	w.noSpilling(struck, "second-token")
	traffic := w.github.Counts().Identities
	if one, two := traffic["anna"].MaxGraphQL, traffic["bert"].MaxGraphQL; one != 1 || two != 2 {
		t.Errorf("%d and %d queries at once after the limit was met, want 1 and 2", one, two)
	}
}

func TestSecondaryLimitWithoutRetryAfter(t *testing.T) {
	t.Parallel()
	w, struck := strike(t, 0)
	w.until("/", "pauses", "GitHub asks for fewer requests; it goes on")
	time.Sleep(2 * time.Second)
	for _, a := range w.after(struck.ended.Add(underWay), "first-token") {
		t.Errorf("asked for %s while it pauses", cmp.Or(a.operation, a.path))
	}
	for _, token := range w.out.Tokens() {
		pause := token.PausedUntil.Time().Sub(struck.ended)
		if token.Token == "one" && (pause < 47*time.Second || pause > 73*time.Second) {
			t.Errorf("it pauses for %s, want a minute more or less", pause)
		}
	}
	w.noSpilling(struck, "second-token")
	w.ahead.Store(int64(80 * time.Second))
	w.eventually("the identity does not go on", func() bool { return len(w.after(struck.ended.Add(underWay), "first-token")) > 0 })
}

// noSpilling fails if a request that met a secondary limit was sent with
// another credential.
func (w *tokenWorld) noSpilling(struck asked, credential string) {
	w.t.Helper()
	for _, a := range w.after(struck.began, credential) {
		if a.what == struck.what {
			w.t.Errorf("what met a secondary limit was sent by another identity %s later", a.began.Sub(struck.ended))
		}
	}
}
