package githubtest

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// movable is a clock that tests set.
type movable struct {
	mu  sync.Mutex
	now time.Time
}

func (m *movable) read() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

func (m *movable) move(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// limited is a server with small budgets and a clock to move.
func limited(t *testing.T, change func(*Options)) (*Server, *movable) {
	t.Helper()
	clock := &movable{now: sampleNow}
	opts := sampleOptions()
	opts.Clock, opts.CoreLimit, opts.GraphQLLimit = clock.read, 3, 2
	opts.Tokens = append(opts.Tokens, Token{Token: "alice-2", Login: "alice"}, Token{Token: "rich", Login: "rich", CoreLimit: 15000})
	if change != nil {
		change(&opts)
	}
	return start(t, opts), clock
}

func TestPrimaryLimit(t *testing.T) {
	for _, status := range []int{http.StatusForbidden, http.StatusTooManyRequests} {
		s, clock := limited(t, func(o *Options) { o.LimitStatus = status })
		for range 2 {
			get(t, s, "/user")
		}
		// A second token of the same account spends of the same budget.
		if r := getAs(t, s, "alice-2", "/user"); r.status != http.StatusOK || r.header.Get("X-Ratelimit-Remaining") != "0" {
			t.Fatalf("the last of the budget: %d %v", r.status, r.header)
		}
		r := get(t, s, "/user")
		if r.status != status || r.header.Get("X-Ratelimit-Remaining") != "0" || r.header.Get("X-Ratelimit-Used") != "3" {
			t.Fatalf("beyond the budget: %d %v", r.status, r.header)
		}
		if text := string(r.body); !strings.Contains(text, "API rate limit exceeded for user ID") || strings.Contains(text, "secondary") {
			t.Errorf("message: %s", text)
		}
		if r.header.Get("Retry-After") != "" {
			t.Error("a primary limit sends Retry-After")
		}
		if other := getAs(t, s, botToken, "/user"); other.status != http.StatusOK {
			t.Errorf("another account: %d", other.status)
		}
		if again := graphQL(t, s, "{viewer{login}}", nil); again.status != http.StatusOK || strings.Contains(string(again.body), "errors") {
			t.Errorf("another resource: %s", again.body)
		}
		clock.move(time.Hour)
		if r := get(t, s, "/user"); r.status != http.StatusOK || r.header.Get("X-Ratelimit-Used") != "1" {
			t.Errorf("in the next window: %d %v", r.status, r.header)
		}
	}
}

func TestAnonymousLimit(t *testing.T) {
	s, _ := limited(t, nil)
	for n := range 60 {
		if r := getAs(t, s, "", "/repos/acme/rocket"); r.status != http.StatusOK || r.header.Get("X-Ratelimit-Limit") != "60" {
			t.Fatalf("request %d: %d %v", n, r.status, r.header)
		}
	}
	if r := getAs(t, s, "", "/repos/acme/rocket"); r.status != http.StatusForbidden || !strings.Contains(string(r.body), "127.0.0.1") {
		t.Errorf("beyond: %d %s", r.status, r.body)
	}
}

func TestRateLimitIsFreeAndSaysTheSame(t *testing.T) {
	s, _ := limited(t, nil)
	get(t, s, "/user")
	graphQL(t, s, "{viewer{login}}", nil)
	type budget struct {
		Limit, Used, Remaining int
		Reset                  int64
		Resource               string
	}
	reset := sampleNow.Add(time.Hour).Unix()
	want := map[string]budget{
		"core":    {3, 1, 2, reset, "core"},
		"graphql": {2, 1, 1, reset, "graphql"},
		"search":  {30, 0, 30, sampleNow.Add(time.Minute).Unix(), "search"},
	}
	for range 3 {
		got := decode[struct{ Resources map[string]budget }](t, get(t, s, "/rate_limit"))
		if diff := cmp.Diff(want, got.Resources); diff != "" {
			t.Fatal(diff)
		}
	}
	rich := decode[struct{ Rate budget }](t, getAs(t, s, "rich", "/rate_limit"))
	if rich.Rate.Limit != 15000 {
		t.Errorf("a token's own limit: %+v", rich)
	}
	if b := s.Budget("alice", "core"); b.Used != 1 || b.Remaining() != 2 {
		t.Errorf("budget: %+v", b)
	}
}

func TestExhaustedGraphQL(t *testing.T) {
	for variant, want := range map[bool]string{
		false: `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 1."}]}`,
		true: `{"errors":[{"type":"RATE_LIMIT","code":"graphql_rate_limit",` +
			`"message":"API rate limit already exceeded for user ID 1."}]}`,
	} {
		s, _ := limited(t, func(o *Options) { o.LimitVariant = variant })
		s.SetUsed("alice", "graphql", 2)
		r := graphQL(t, s, "{viewer{login}}", nil)
		if r.status != http.StatusOK || r.header.Get("X-Ratelimit-Resource") != "graphql" || r.header.Get("X-Ratelimit-Remaining") != "0" {
			t.Errorf("status %d %v", r.status, r.header)
		}
		if got := string(r.body); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestGraphQLCostsWhatItsPriceSays(t *testing.T) {
	s, _ := limited(t, func(o *Options) { o.GraphQLLimit = 5000 })
	document := `{repository(owner:"acme",name:"rocket"){issues(first:100){nodes{labels(first:10){totalCount} comments(first:5){totalCount}}}}
		rateLimit{cost limit remaining used resetAt}}`
	points, nodes, err := Price(document, nil, "")
	if err != nil || points < 2 {
		t.Fatalf("price %d, %v", points, err)
	}
	r := decode[struct {
		Data struct {
			RateLimit struct{ Cost, Limit, Remaining, Used int }
		}
	}](t, graphQL(t, s, document, nil))
	if got, want := r.Data.RateLimit, (struct{ Cost, Limit, Remaining, Used int }{points, 5000, 5000 - points, points}); got != want {
		t.Errorf("rateLimit %+v, want %+v", got, want)
	}
	log := s.Requests()
	if last := log[len(log)-1]; last.Points != points || last.Nodes != nodes {
		t.Errorf("log: %+v, want %d points and %d nodes", last, points, nodes)
	}
	graphQL(t, s, "{rateLimit(dryRun:true){cost}}", nil)
	if used := s.Budget("alice", "graphql").Used; used != points {
		t.Errorf("a dry run costs: %d used", used)
	}
	if r, err := send(http.MethodPost, s.GraphQLURL(), "", []byte(`{"query":"{viewer{login}}"}`)); err != nil || r.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d %v", r.status, err)
	}
	if r, err := send(http.MethodPost, s.GraphQLURL(), aliceToken, []byte(`{"query":`)); err != nil || r.status != http.StatusBadRequest {
		t.Errorf("no JSON: %d %v", r.status, err)
	}
	if r, err := send(http.MethodGet, s.GraphQLURL(), aliceToken, nil); err != nil || r.status != http.StatusNotFound {
		t.Errorf("GET: %d %v", r.status, err)
	}
}

func TestSecondaryLimitPerMinute(t *testing.T) {
	s, clock := limited(t, func(o *Options) {
		o.CoreLimit, o.Secondary = 5000, SecondaryLimits{RESTPerMinute: 5, GraphQLPerMinute: 2}
	})
	for range 5 {
		get(t, s, "/rate_limit")
	}
	r := get(t, s, "/user")
	if r.status != http.StatusForbidden || r.header.Get("Retry-After") != "60" || !strings.Contains(string(r.body), "secondary rate limit") {
		t.Fatalf("the sixth in a minute: %d %v %s", r.status, r.header, r.body)
	}
	if left := r.header.Get("X-Ratelimit-Remaining"); left != "5000" {
		t.Errorf("a secondary limit spends of the primary one: %s left", left)
	}
	for range 2 {
		graphQL(t, s, "{viewer{login}}", nil)
	}
	if r := graphQL(t, s, "{viewer{login}}", nil); r.status != http.StatusForbidden {
		t.Errorf("the third query in a minute: %d", r.status)
	}
	clock.move(time.Minute)
	if r := get(t, s, "/user"); r.status != http.StatusOK {
		t.Errorf("a minute later: %d", r.status)
	}
}

func TestSecondaryLimitOnConcurrency(t *testing.T) {
	s, _ := limited(t, func(o *Options) {
		o.CoreLimit, o.Secondary = 5000, SecondaryLimits{Concurrent: 4, RetryAfter: -1}
	})
	remove := s.AddFault(Fault{Kind: FaultSlow, Delay: 300 * time.Millisecond})
	statuses := make(chan int, 10)
	for range 10 {
		go func() {
			r, err := send(http.MethodGet, s.APIURL()+"user", aliceToken, nil)
			if err != nil {
				t.Error(err)
			}
			if r.status == http.StatusForbidden && r.header.Get("Retry-After") != "" {
				t.Error("sends Retry-After, though told not to")
			}
			statuses <- r.status
		}()
	}
	counts := map[int]int{}
	for range 10 {
		counts[<-statuses]++
	}
	if counts[http.StatusOK] != 4 || counts[http.StatusForbidden] != 6 {
		t.Errorf("answers by status: %v", counts)
	}
	remove()
	if r := get(t, s, "/user"); r.status != http.StatusOK {
		t.Errorf("alone: %d", r.status)
	}
}

func TestEnterpriseServerHasNoLimits(t *testing.T) {
	s, _ := limited(t, func(o *Options) { o.Enterprise, o.Secondary = true, SecondaryLimits{RESTPerMinute: 1} })
	if s.APIURL() != s.URL()+"/api/v3/" || s.GraphQLURL() != s.URL()+"/api/graphql" {
		t.Errorf("addresses %s and %s", s.APIURL(), s.GraphQLURL())
	}
	for range 10 {
		r := get(t, s, "/user")
		if r.status != http.StatusOK || r.header.Get("X-Ratelimit-Limit") != "" || r.header.Get("X-Github-Enterprise-Version") == "" {
			t.Fatalf("%d %v", r.status, r.header)
		}
	}
	r := get(t, s, "/rate_limit")
	if r.status != http.StatusNotFound || !strings.Contains(string(r.body), "Rate limiting is not enabled.") {
		t.Errorf("/rate_limit: %d %s", r.status, r.body)
	}
	if r := graphQL(t, s, "{rateLimit{cost}}", nil); string(r.body) != `{"data":{"rateLimit":null}}` {
		t.Errorf("rateLimit: %s", r.body)
	}
}

func TestETags(t *testing.T) {
	s, _ := limited(t, func(o *Options) { o.CoreLimit = 5000 })
	path := repoPath("issues?per_page=5")
	first := get(t, s, path)
	tag := first.header.Get("Etag")
	same := get(t, s, path, "If-None-Match", tag)
	if same.status != http.StatusNotModified || len(same.body) != 0 || same.header.Get("Etag") != tag {
		t.Fatalf("unchanged: %d %q", same.status, same.body)
	}
	if used := same.header.Get("X-Ratelimit-Used"); used != "1" {
		t.Errorf("a 304 costs: %s used", used)
	}
	if same.header.Get("Link") != first.header.Get("Link") || first.header.Get("Link") == "" {
		t.Error("a 304 lacks the Link")
	}
	for name, r := range map[string]reply{
		"strong form, in a list": get(t, s, path, "If-None-Match", `"x", `+strings.TrimPrefix(tag, "W/")),
		"any":                    get(t, s, path, "If-None-Match", "*"),
	} {
		if r.status != http.StatusNotModified {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	for name, r := range map[string]reply{
		"another token":       getAs(t, s, "alice-2", path, "If-None-Match", tag),
		"another Accept":      get(t, s, path, "If-None-Match", tag, "Accept", "application/json"),
		"another tag":         get(t, s, path, "If-None-Match", `W/"abc"`),
		"If-Modified-Since":   get(t, s, path, "If-Modified-Since", sampleNow.Format(http.TimeFormat)),
		"a page with changes": get(t, s, repoPath("issues?per_page=6"), "If-None-Match", tag),
	} {
		if r.status != http.StatusOK {
			t.Errorf("%s: %d", name, r.status)
		}
	}
	s.Change(func(now Time) {
		r := s.opts.Datasets[0].Repos[0]
		r.Items = append(r.Items, &Item{Number: 900, ID: 99, Author: "bob", CreatedAt: now})
	})
	if r := get(t, s, path, "If-None-Match", tag); r.status != http.StatusOK {
		t.Errorf("after a new issue: %d", r.status)
	}
	if r := get(t, s, repoPath("issues/99"), "If-None-Match", "*"); r.status != http.StatusNotFound || r.header.Get("Etag") != "" {
		t.Errorf("a refusal: %d %v", r.status, r.header)
	}
	anonymousFirst := getAs(t, s, "", path)
	if r := getAs(t, s, "", path, "If-None-Match", anonymousFirst.header.Get("Etag")); r.status != http.StatusNotModified ||
		r.header.Get("X-Ratelimit-Used") != "2" {
		t.Errorf("a 304 without a token is not free: %d %v", r.status, r.header)
	}
}

func TestTokens(t *testing.T) {
	s, clock := limited(t, func(o *Options) {
		o.CoreLimit = 5000
		o.Tokens = append(o.Tokens,
			Token{Token: "app", Login: "app", Installation: "acme", Repositories: []string{"acme/secret"}},
			Token{Token: "all", Login: "app2", Installation: "acme"},
			Token{Token: "fine", Login: "dora", Repositories: []string{"acme/secret"}})
	})
	for _, test := range []struct {
		name, header string
		status       int
	}{
		{"bearer", "Bearer " + aliceToken, 200},
		{"token", "token " + aliceToken, 200},
		{"basic", "Basic eDphbGljZS10b2tlbg==", 200},
		{"basic, token as name", "Basic YWxpY2UtdG9rZW46", 200},
		{"other scheme", "Digest x", 401},
		{"empty", "Bearer ", 401},
	} {
		if r := getAs(t, s, "", "/user", "Authorization", test.header); r.status != test.status {
			t.Errorf("%s: %d, want %d", test.name, r.status, test.status)
		}
	}
	if r := getAs(t, s, "fine", "/repos/acme/secret"); r.status != http.StatusOK {
		t.Errorf("a fine-grained token: %d", r.status)
	}
	names := func(r reply) (out []string) {
		for _, repo := range decode[struct {
			Repositories []struct {
				Full_name string
			}
		}](t, r).Repositories {
			out = append(out, repo.Full_name)
		}
		return out
	}
	if got := names(getAs(t, s, "app", "/installation/repositories")); len(got) != 1 || got[0] != "acme/secret" {
		t.Errorf("an installation on one repository: %v", got)
	}
	if got := names(getAs(t, s, "all", "/installation/repositories")); len(got) != 2 {
		t.Errorf("an installation on all of an account: %v", got)
	}
	if s.Counts().CorePoints["app/acme"] != 1 {
		t.Errorf("an installation's identity: %v", s.Counts().CorePoints)
	}
	clock.move(31 * 24 * time.Hour)
	if r := get(t, s, "/user"); r.status != http.StatusUnauthorized {
		t.Errorf("an expired token: %d", r.status)
	}
	s.SetTokens([]Token{{Token: "new", Login: "alice"}})
	if r := getAs(t, s, botToken, "/user"); r.status != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", r.status)
	}
	if r := getAs(t, s, "new", "/user"); r.status != http.StatusOK {
		t.Errorf("its successor: %d", r.status)
	}
	open := start(t, Options{Clock: clock.read})
	if who := decode[struct{ Login string }](t, getAs(t, open, "any", "/user")).Login; who != DefaultLogin {
		t.Errorf("any token belongs to %q", who)
	}
}

func TestClockSetBack(t *testing.T) {
	s, clock := limited(t, func(o *Options) { o.Secondary.RESTPerMinute = 2 })
	get(t, s, "/user")
	get(t, s, "/user")
	clock.move(-24 * time.Hour)
	r := get(t, s, "/user")
	if r.status != http.StatusOK || r.header.Get("X-Ratelimit-Used") != "1" {
		t.Errorf("a day before: %d %v", r.status, r.header)
	}
}
