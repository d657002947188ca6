package githubtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	aliceToken = "alice-token"
	botToken   = "bob-token"
)

// sampleOptions are those of a server on the sample with two tokens: alice's, which may read
// private repositories, and bob's, which may not.
func sampleOptions() Options {
	return Options{
		Clock: func() time.Time { return sampleNow }, Datasets: []*Dataset{sample()},
		Tokens: []Token{
			{Token: aliceToken, Login: "alice", Scopes: []string{"repo"}, Expiry: sampleNow.Add(30 * 24 * time.Hour)},
			{Token: botToken, Login: "bob"},
		},
	}
}

// start serves until the test ends.
func start(t testing.TB, opts Options) *Server {
	t.Helper()
	s := New(opts)
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// reply is an answer as a test wants it.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error // of reading the body
}

// client keeps no connections, so that none outlives its test, and follows no redirects.
func client(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send makes a request with a token ("" for none) and further headers, name and value in turn.
func send(method, url, token string, body []byte, headers ...string) (reply, error) {
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client(10 * time.Second).Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	r := reply{status: res.StatusCode, header: res.Header}
	r.body, r.err = io.ReadAll(res.Body)
	return r, nil
}

// get reads a path of the REST API as alice.
func get(t testing.TB, s *Server, path string, headers ...string) reply {
	t.Helper()
	return getAs(t, s, aliceToken, path, headers...)
}

func getAs(t testing.TB, s *Server, token, path string, headers ...string) reply {
	t.Helper()
	r, err := send(http.MethodGet, strings.TrimSuffix(s.APIURL(), "/")+path, token, nil, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// graphQL sends a query as alice.
func graphQL(t testing.TB, s *Server, document string, variables map[string]any) reply {
	t.Helper()
	return graphQLAs(t, s, aliceToken, document, variables)
}

func graphQLAs(t testing.TB, s *Server, token, document string, variables map[string]any) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	r, err := send(http.MethodPost, s.GraphQLURL(), token, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// decode reads a whole JSON value.
func decode[T any](t testing.TB, r reply) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(r.body, &value); err != nil {
		t.Fatalf("status %d, %v: %.300s", r.status, err, r.body)
	}
	return value
}

func TestStatusCodes(t *testing.T) {
	s := start(t, sampleOptions())
	for _, test := range []struct {
		name, token, path string
		status            int
		message           string
	}{
		{"a repository", aliceToken, "/repos/acme/rocket", 200, ""},
		{"other case", aliceToken, "/repos/Acme/ROCKET", 200, ""},
		{"without a token", "", "/repos/acme/rocket", 200, ""},
		{"bad token", "nobody's", "/repos/acme/rocket", 401, "Bad credentials"},
		{"no such address", aliceToken, "/repos/acme/rocket/nothing", 404, "Not Found"},
		{"no such repository", aliceToken, "/repos/acme/none", 404, "Not Found"},
		{"no such id", aliceToken, "/repositories/9/issues", 404, "Not Found"},
		{"by id", aliceToken, "/repositories/101/issues", 200, ""},
		{"by id alone", aliceToken, "/repositories/101", 200, ""},
		{"renamed", aliceToken, "/repos/acme/old-rocket", 301, "Moved Permanently"},
		{"private for its reader", aliceToken, "/repos/acme/secret", 200, ""},
		{"private for others", botToken, "/repos/acme/secret", 404, "Not Found"},
		{"private without a token", "", "/repos/acme/secret", 404, "Not Found"},
		{"an issue", aliceToken, repoPath("issues/1"), 200, ""},
		{"a pull request among issues", aliceToken, repoPath("issues/3"), 200, ""},
		{"an issue among pull requests", aliceToken, repoPath("pulls/1"), 404, "Not Found"},
		{"no such issue", aliceToken, repoPath("issues/99"), 404, "Not Found"},
		{"deleted", aliceToken, repoPath("issues/6"), 410, "This issue was deleted"},
		{"deleted, without a token", "", repoPath("issues/6"), 404, "Not Found"},
		{"transferred", aliceToken, repoPath("issues/7"), 301, "Moved Permanently"},
		{"below a transferred", aliceToken, repoPath("issues/7/comments"), 404, "Not Found"},
		{"converted", aliceToken, repoPath("issues/8"), 410, "This issue was converted to a discussion"},
		{"empty git", aliceToken, "/repos/alice/empty/commits", 409, "Git Repository is empty."},
		{"no such commit", aliceToken, repoPath("commits/ffffffffff"), 422, "No commit found for SHA: ffffffffff"},
		{"no such branch", aliceToken, repoPath("branches/none"), 404, "Branch not found"},
		{"compare with nothing", aliceToken, repoPath("compare/main...ffffffffff"), 404, "Not Found"},
		{"bad state", aliceToken, repoPath("issues?state=odd"), 422, "Validation Failed"},
		{"bad since", aliceToken, repoPath("issues?since=yesterday"), 422, "Validation Failed"},
		{"bad created", aliceToken, repoPath("actions/runs?created=soon"), 422, "Validation Failed"},
		{"no such run", aliceToken, repoPath("actions/runs/1"), 404, "Not Found"},
		{"no such attempt", aliceToken, repoPath("actions/runs/701/attempts/3"), 404, "Not Found"},
		{"no such deployment", aliceToken, repoPath("deployments/1/statuses"), 404, "Not Found"},
		{"comments far back", aliceToken, repoPath("issues/comments?per_page=100&page=401"), 422, "In order to keep the API fast"},
		{"events far back", aliceToken, repoPath("issues/events?per_page=100&page=101"), 422, "In order to keep the API fast"},
		{"releases far back", aliceToken, repoPath("releases?per_page=100&page=101"), 422, "Only the first 10000"},
		{"who am I", aliceToken, "/user", 200, ""},
		{"who am I without a token", "", "/user", 401, "Requires authentication"},
		{"no such account", aliceToken, "/users/nobody", 404, "Not Found"},
		{"no installation", aliceToken, "/installation/repositories", 403, "You must authenticate with an installation"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := getAs(t, s, test.token, test.path)
			if r.status != test.status {
				t.Fatalf("status %d, want %d: %s", r.status, test.status, r.body)
			}
			if test.message == "" {
				return
			}
			refusal := decode[struct{ Message, Status, Documentation_url string }](t, r)
			if !strings.HasPrefix(refusal.Message, test.message) || refusal.Status != fmt.Sprint(test.status) {
				t.Errorf("got %+v, want message %q", refusal, test.message)
			}
		})
	}
}

func TestWritesAreNotServed(t *testing.T) {
	s := start(t, sampleOptions())
	r, err := send(http.MethodPost, s.URL()+repoPath("issues"), aliceToken, []byte("{}"))
	if err != nil || r.status != http.StatusNotFound {
		t.Fatalf("status %d, %v", r.status, err)
	}
}

func TestUserAgentIsRequired(t *testing.T) {
	s := start(t, sampleOptions())
	if r := get(t, s, "/user", "User-Agent", ""); r.status != http.StatusForbidden {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
}

func TestVersionsOfTheAPI(t *testing.T) {
	s := start(t, sampleOptions())
	for _, test := range []struct {
		version  string
		status   int
		hasMerge bool
	}{
		{"", http.StatusOK, true},
		{"2022-11-28", http.StatusOK, true},
		{"2026-03-10", http.StatusOK, false},
		{"2020-01-01", http.StatusBadRequest, false},
	} {
		r := get(t, s, repoPath("pulls/3"), "X-GitHub-Api-Version", test.version)
		if has := strings.Contains(string(r.body), `"merge_commit_sha"`); r.status != test.status || has != test.hasMerge {
			t.Errorf("%q: status %d, merge_commit_sha %t", test.version, r.status, has)
		}
	}
}

func TestRedirects(t *testing.T) {
	s := start(t, sampleOptions())
	for _, test := range []struct{ name, path, want string }{
		{"repository", "/repos/acme/old-rocket", "/repositories/101"},
		{"what is below it, with its query", "/repos/acme/old-rocket/issues/comments?page=2", "/repositories/101/issues/comments?page=2"},
		{"transferred issue", repoPath("issues/7"), "/repositories/102/issues/9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := get(t, s, test.path)
			if got := r.header.Get("Location"); r.status != http.StatusMovedPermanently || got != s.URL()+test.want {
				t.Fatalf("status %d, Location %q", r.status, got)
			}
			if target := get(t, s, strings.TrimPrefix(r.header.Get("Location"), s.URL())); target.status != http.StatusOK {
				t.Errorf("behind the redirect: %d", target.status)
			}
		})
	}
	if err := s.TransferItem(sampleRepo, 1, nil); err != nil {
		t.Fatal(err)
	}
	if r := get(t, s, repoPath("issues/1")); r.status != http.StatusMovedPermanently || r.header.Get("Location") != "" {
		t.Errorf("without a target: %d %v", r.status, r.header)
	}
}

func TestHeaders(t *testing.T) {
	s := start(t, sampleOptions())
	r := get(t, s, "/repos/acme/rocket")
	want := map[string]string{
		"Date": sampleNow.Format(http.TimeFormat), "Content-Type": "application/json; charset=utf-8", "Server": "github.com",
		"X-Ratelimit-Limit": "5000", "X-Ratelimit-Remaining": "4999", "X-Ratelimit-Used": "1", "X-Ratelimit-Resource": "core",
		"X-Ratelimit-Reset": fmt.Sprint(sampleNow.Add(time.Hour).Unix()), "X-Github-Media-Type": "github.v3; format=json",
		"X-Github-Api-Version-Selected": "2022-11-28", "Cache-Control": "private, max-age=60, s-maxage=60",
		"Github-Authentication-Token-Expiration": "2024-07-01 12:00:00 UTC", "X-Oauth-Scopes": "repo",
	}
	for name, value := range want {
		if got := r.header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	if id := r.header.Get("X-Github-Request-Id"); id == "" || id == get(t, s, "/user").header.Get("X-Github-Request-Id") {
		t.Errorf("request id %q is empty or not the request's own", id)
	}
}

func TestBothStylesOfAddress(t *testing.T) {
	s := start(t, sampleOptions())
	plain, enterprise := get(t, s, repoPath("issues?per_page=5")), get(t, s, "/api/v3"+repoPath("issues?per_page=5"))
	if plain.status != http.StatusOK || enterprise.status != http.StatusOK {
		t.Fatalf("status %d and %d", plain.status, enterprise.status)
	}
	if link := enterprise.header.Get("Link"); !strings.Contains(link, "<"+s.URL()+"/api/v3/repositories/101/issues?") {
		t.Errorf("links of an Enterprise Server's address leave it: %s", link)
	}
	if got, want := strings.ReplaceAll(string(enterprise.body), "/api/v3", ""), string(plain.body); got != want {
		t.Error("the rows differ")
	}
	for _, path := range []string{"/graphql", "/api/graphql"} {
		r, err := send(http.MethodPost, s.URL()+path, aliceToken, []byte(`{"query":"{viewer{login}}"}`))
		if err != nil || string(r.body) != `{"data":{"viewer":{"login":"alice"}}}` {
			t.Errorf("%s: %v %s", path, err, r.body)
		}
	}
}

func TestRequestLog(t *testing.T) {
	s := start(t, sampleOptions())
	get(t, s, repoPath("issues"))
	get(t, s, "/repositories/101/issues?page=2")
	getAs(t, s, botToken, repoPath("issues/1"))
	get(t, s, "/nothing")
	graphQL(t, s, "query Who { viewer { login } }", nil)
	got := s.Counts()
	want := Counts{
		REST: 4, GraphQL: 1,
		Routes: map[string]int{
			"/repos/{owner}/{repo}/issues": 2, "/repos/{owner}/{repo}/issues/{issue_number}": 1, "": 1,
		},
		Operations: map[string]int{"Who": 1}, Statuses: map[int]int{200: 4, 404: 1},
		CorePoints: map[string]int{"alice": 3, "bob": 1}, GraphQLPoints: map[string]int{"alice": 1}, Faults: map[string]int{},
		Identities: map[string]Traffic{"alice": {REST: 3, GraphQL: 1, MaxREST: 1, MaxGraphQL: 1}, "bob": {REST: 1, MaxREST: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	log := s.Requests()
	if len(log) != 5 || log[1].Path != "/repositories/101/issues" || log[1].Query.Get("page") != "2" || log[2].Identity != "bob" {
		t.Errorf("log: %+v", log)
	}
	s.ResetLog()
	if left := s.Counts(); left.REST != 0 || len(left.Identities) != 0 || len(s.Requests()) != 0 {
		t.Errorf("after a reset: %+v", left)
	}
}

func TestRequestLogIsBounded(t *testing.T) {
	l := newRequestLog()
	for n := range keptRequests + 3 {
		l.add(Request{Points: n}, 0)
	}
	s := &Server{log: l, limits: newLimiter(Options{})}
	kept := s.Requests()
	if len(kept) != keptRequests || kept[0].Points != 3 || kept[len(kept)-1].Points != keptRequests+2 {
		t.Errorf("%d kept, first %d, last %d", len(kept), kept[0].Points, kept[len(kept)-1].Points)
	}
	if s.Counts().REST != keptRequests+3 {
		t.Error("the counters forgot requests")
	}
}

func TestCloseEndsEverything(t *testing.T) {
	s := New(sampleOptions())
	if err := s.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if err := s.Start("127.0.0.1:0"); err == nil {
		t.Error("started twice")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error("second close:", err)
	}
	if _, err := send(http.MethodGet, s.APIURL()+"user", "", nil); err == nil {
		t.Error("still serves")
	}
	if err := New(Options{}).Start("nowhere"); err == nil {
		t.Error("listens nowhere")
	}
}
