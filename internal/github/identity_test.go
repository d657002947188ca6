package github

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func viewer(login string) string {
	return fmt.Sprintf(`{"data":{"viewer":{"login":%q},"rateLimit":%s}}`, login, limits(7))
}

func rates(core int) string {
	reset := time.Now().Add(time.Hour).Unix()
	return fmt.Sprintf(`{"resources":{"core":{"limit":5000,"remaining":%d,"used":%d,"reset":%d,"resource":"core"},
		"search":{"limit":30,"remaining":30,"used":0,"reset":%d}},"rate":{"limit":1,"remaining":0,"used":1,"reset":1}}`, 5000-core, core, reset, reset)
}

// github answers for identity and limits by token.
func identities(logins map[string]string) *fakeGitHub {
	return &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
		token := strings.TrimPrefix(s.Header.Get("Authorization"), "Bearer ")
		switch {
		case logins[token] == "":
			return response(401, message("Bad credentials")), nil
		case strings.HasSuffix(s.URL, "/rate_limit"):
			return response(200, rates(100), "Github-Authentication-Token-Expiration", "2027-01-02 03:04:05 UTC"), nil
		}
		return response(200, viewer(logins[token])), nil
	}}
}

func tokens(names ...string) func(*Options) {
	return func(o *Options) {
		o.Tokens = nil
		for _, name := range names {
			name, monitor := strings.CutSuffix(name, "*")
			o.Tokens = append(o.Tokens, TokenSource{Name: name, MonitorOnly: monitor, Read: func() (string, error) { return name, nil }})
		}
	}
}

func TestTokensOfOneUserShareTheirLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := identities(map[string]string{"a": "ann", "b": "ann", "c": "cy[bot]"})
		client := newTestClient(t, fake, tokens("a", "b", "c", "revoked", "d*"))
		if err := client.Identity(t.Context()); !errors.Is(err, ErrUnauthorized) || !strings.Contains(err.Error(), "token revoked") {
			t.Errorf("%v, want what is wrong with the revoked one", err)
		}
		before := fake.count()
		if err := client.RateLimits(t.Context()); err != nil {
			t.Errorf("%v: a refused token is not asked for again", err)
		}
		if n := fake.count() - before; n != 3 {
			t.Errorf("%d requests for the limits of three tokens: who is known is not asked for again", n)
		}
		status := map[string]model.TokenStatus{}
		for _, s := range client.Tokens() {
			status[s.Token] = s
		}
		a, b, c := status["a"], status["b"], status["c"]
		if a.Identity != "ann" || b.Identity != "ann" || c.Identity != "cy" || a.Kind != "pat" || !a.Up || status["revoked"].Up || status["d"].Up {
			t.Errorf("%+v", status)
		}
		if diff := cmp.Diff(a.Budgets, b.Budgets); diff != "" {
			t.Error(diff)
		}
		if client.pool.tokens()[0].limiter() != client.pool.tokens()[1].limiter() || client.pool.tokens()[0].limiter() == client.pool.tokens()[2].limiter() {
			t.Error("limits are shared by identity, and by nothing else")
		}
		if a.Expiry != 1798859045 {
			t.Errorf("expiry %s", a.Expiry)
		}
		resources := []string{}
		for _, budget := range a.Budgets {
			resources = append(resources, fmt.Sprint(budget.Resource, " ", budget.Used))
		}
		if diff := cmp.Diff([]string{"core 100", "graphql 7", "search 0"}, resources); diff != "" {
			t.Error(diff)
		}
		points := client.Stats().Points
		if len(points) != 3 || points[0] != (model.PointCount{Token: "a", Query: "Identity", Points: 1}) {
			t.Errorf("%+v", points)
		}
	})
}

// What was known of a budget before two tokens turned out to share it is kept.
func TestSharingForgetsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, identities(map[string]string{"a": "ann", "b": "ann"}), tokens("a", "b"))
		used := reading{5000, 1000, 4000, model.At(time.Now().Add(time.Hour))}
		for _, tok := range client.pool.tokens() {
			tok.limiter().see("integration_manifest_"+tok.name, used, time.Now(), time.Now())
		}
		if err := client.Identity(t.Context()); err != nil {
			t.Fatal(err)
		}
		if budgets := client.Tokens()[0].Budgets; len(budgets) != 3 {
			t.Errorf("%+v", budgets)
		}
	})
}

// A new secret may be another user's: nothing of the old one holds for it.
func TestNewSecretIsANewToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secret := "a"
		client := newTestClient(t, identities(map[string]string{"a": "ann", "b": "bob"}), func(o *Options) {
			o.Tokens[0].Read = func() (string, error) { return secret, nil }
		})
		if err := client.RateLimits(t.Context()); err != nil {
			t.Fatal(err)
		}
		client.pool.tokens()[0].limiter().exhausted("graphql", time.Now().Add(time.Hour))
		secret = "b"
		if err := client.RateLimits(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := client.Tokens()[0]; s.Identity != "bob" || !s.Up {
			t.Errorf("%+v", s)
		}
	})
}

// A client that replaces another one goes on where that one was.
func TestReplacedClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := identities(map[string]string{"a": "ann", "b": "bob"})
		old := newTestClient(t, fake, tokens("a", "revoked"))
		if err := old.Identity(t.Context()); !errors.Is(err, ErrUnauthorized) {
			t.Fatal(err)
		}
		old.pool.tokens()[0].limiter().strike(time.Hour, time.Now())
		client := newTestClient(t, fake, tokens("a", "b*", "revoked"), func(o *Options) { o.Previous = old })
		if _, err := client.Issues(t.Context(), PageRequest{Repo: testRepo}); !errors.Is(err, ErrSecondary) {
			t.Errorf("%v, want the pause to go on", err)
		}
		status := client.Tokens()
		if status[0].Identity != "ann" || status[1].Identity != "" || status[2].Up || len(status[0].Budgets) != 1 {
			t.Errorf("%+v", status)
		}
		stats := client.Stats()
		if _, known := stats.Secondary["b"]; !known || len(stats.Points) != 1 || len(stats.Requests) != 2 {
			t.Errorf("%+v", stats)
		}
		elsewhere := newTestClient(t, fake, tokens("a"), func(o *Options) { o.Previous, o.APIURL = old, "https://ghe.test/api/v3/" })
		if s := elsewhere.Tokens()[0]; s.Identity != "" || len(s.Budgets) != 0 {
			t.Errorf("%+v of another server", s)
		}
	})
}

// Reading the limits is possible while they are exhausted.
func TestLimitsAreReadWhileExhausted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := identities(map[string]string{"a": "ann"})
		client := newTestClient(t, fake, tokens("a"))
		client.pool.tokens()[0].limiter().exhausted("core", time.Now().Add(time.Hour))
		client.pool.tokens()[0].limiter().strike(time.Hour, time.Now())
		if err := client.readLimits(t.Context(), client.pool.tokens()[0]); err != nil {
			t.Error(err)
		}
	})
}

// GitHub Enterprise Server without rate limits: 404, and null in GraphQL.
func TestServerWithoutLimits(t *testing.T) {
	fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
		if strings.HasSuffix(s.URL, "/rate_limit") {
			return response(404, message("Rate limiting is not enabled.")), nil
		}
		return response(200, `{"data":{"viewer":{"login":"ann"},"rateLimit":null}}`), nil
	}}
	client := newTestClient(t, fake, tokens("a"))
	if err := client.RateLimits(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := client.Tokens()[0]; s.Identity != "ann" || len(s.Budgets) != 0 || !s.Up {
		t.Errorf("%+v", s)
	}
}

func TestIdentityNeedsALogin(t *testing.T) {
	for _, body := range []string{
		`{"data":{"viewer":{"login":""}}}`, `{"data":null,"errors":[{"message":"Something went wrong"}]}`, `{"data":null}`,
		`{"data":{"viewer":{"login":5}}}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			client := newTestClient(t, answers(answer(200, body)), tokens("a"))
			var e *Error
			if err := client.Identity(t.Context()); !errors.As(err, &e) || !e.Temporary || client.Tokens()[0].Identity != "" {
				t.Errorf("%s: %v", body, err)
			}
		})
	}
}

func TestRepositories(t *testing.T) {
	list := strings.Replace(nodes(repositoryNode(1, ""), repositoryNode(2, "")), `"hasNextPage":false`, `"hasNextPage":true`, 1)
	fake := answers(answer(200, `{"data":{"repositoryOwner":{"repositories":`+list+`}}}`, "Date", someDay),
		answer(200, `{"data":{"repositoryOwner":{"repositories":`+nodes(repositoryNode(3, ""))+`}}}`, "Date", someDay))
	got, err := newTestClient(t, fake).Repositories(t.Context(), "octo")
	want := []model.Repository{repositoryRecord(1), repositoryRecord(2), repositoryRecord(3)}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if after := fake.requests[1].Variables["after"]; after != "END" {
		t.Errorf("asked for what follows %v", after)
	}
	if _, err := newTestClient(t, answers(answer(200, `{"data":{"repositoryOwner":null}}`))).Repositories(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v, want %v", err, ErrNotFound)
	}
}

func TestRepositoryByName(t *testing.T) {
	got, err := newTestClient(t, answers(answer(200, `{"data":{"repository":`+repositoryNode(4, "")+`}}`, "Date", someDay))).Repository(t.Context(), "octo", "old")
	if diff := cmp.Diff(repositoryRecord(4), got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for body, want := range map[string]error{
		`{"data":{"repository":null},"errors":[{"type":"NOT_FOUND","path":["repository"],"message":"no"}]}`: ErrNotFound,
		`{"data":{"repository":null}}`: ErrNotFound,
		`{"data":{"repository":null},"errors":[{"type":"FORBIDDEN","path":["repository"],"extensions":{"saml_failure":true},"message":"no"}]}`: ErrForbidden,
	} {
		if _, err := newTestClient(t, answers(answer(200, body))).Repository(t.Context(), "octo", "x"); !errors.Is(err, want) || !strings.Contains(err.Error(), "octo/x") {
			t.Errorf("%v, want %v", err, want)
		}
	}
}

func TestSweepAndIDs(t *testing.T) {
	row := `{"id":"I_1","number":1,"updatedAt":"2024-01-02T00:00:00Z","issueState":"CLOSED","comments":{"totalCount":3}}`
	sweep, err := newTestClient(t, answers(answer(200, page("issues", nodes(row))))).Sweep(t.Context(), testRepo, model.Issue, "")
	want := []SweepRow{{ItemID: ItemID{NodeID: "I_1", Number: 1, UpdatedAt: jan2}, State: "closed", Comments: 3}}
	if diff := cmp.Diff(want, sweep.Rows); diff != "" || err != nil {
		t.Error(diff, err)
	}
	row = `{"id":"PR_2","number":2,"updatedAt":"2024-01-02T00:00:00Z","pullState":"MERGED","totalCommentsCount":4,"reviews":{"totalCount":2}}`
	client := newTestClient(t, answers(answer(200, page("pullRequests", nodes(row)))))
	sweep, err = client.Sweep(t.Context(), testRepo, model.PullRequest, "")
	want = []SweepRow{{ItemID: ItemID{NodeID: "PR_2", Number: 2, UpdatedAt: jan2}, State: "merged", Comments: 4, Reviews: 2}}
	if diff := cmp.Diff(want, sweep.Rows); diff != "" || err != nil {
		t.Error(diff, err)
	}
	got, err := client.IDs(t.Context(), model.PullRequest, PageRequest{Repo: testRepo, First: 1, After: "A", Descending: true})
	if diff := cmp.Diff([]ItemID{{NodeID: "PR_2", Number: 2, UpdatedAt: jan2}}, got.IDs); diff != "" || err != nil || got.EndCursor != "END" {
		t.Error(diff, err, got)
	}
}
