package githubtest

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// together sends requests at once and waits for their answers.
func together(n int, send func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { send(i) })
	}
	all.Wait()
}

func TestLatency(t *testing.T) {
	const latency = time.Second // in which all of them arrive
	s, _ := limited(t, func(o *Options) { o.CoreLimit, o.GraphQLLimit, o.Latency = 5000, 5000, latency })
	graphQL(t, s, "{viewer{login}}", nil) // the first query of a process waits for the schema
	s.ResetLog()
	before := time.Now()
	together(10, func(i int) {
		if i%2 == 0 {
			get(t, s, repoPath("issues?per_page=1"))
		} else {
			graphQL(t, s, "{viewer{login}}", nil)
		}
	})
	if took := time.Since(before); took < latency {
		t.Errorf("ten answers took %s", took)
	}
	want := map[string]Traffic{"alice": {REST: 5, GraphQL: 5, MaxREST: 5, MaxGraphQL: 5}}
	if diff := cmp.Diff(want, s.Counts().Identities); diff != "" {
		t.Error(diff)
	}
	s.ResetLog()
	for range 3 {
		get(t, s, "/user")
	}
	if got := s.Counts().Identities["alice"].MaxREST; got != 1 {
		t.Errorf("one after the other, %d at once", got)
	}
}

func TestLatencyEndsWithTheClient(t *testing.T) {
	s := start(t, Options{Latency: time.Hour})
	req, err := http.NewRequest(http.MethodGet, s.APIURL()+"meta", nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := client(50 * time.Millisecond).Do(req); err == nil {
		_ = res.Body.Close()
		t.Error("answered")
	}
	for s.Counts().REST == 0 {
		time.Sleep(time.Millisecond)
	}
	if got := s.Requests()[0].Status; got != 0 {
		t.Errorf("a request that was given up has status %d", got)
	}
}

func TestEnterpriseServersCountWhatIsUnderWay(t *testing.T) {
	s := start(t, Options{Enterprise: true, Latency: 300 * time.Millisecond})
	together(3, func(int) { get(t, s, "/meta") })
	if got := s.Counts().Identities[DefaultLogin]; got.MaxREST != 3 || got.REST != 3 {
		t.Errorf("%+v", got)
	}
}

func TestRefusedRequestsAreCounted(t *testing.T) {
	s, clock := limited(t, func(o *Options) { o.CoreLimit = 1 })
	get(t, s, "/user")
	get(t, s, "/user")
	getAs(t, s, "alice-2", "/user?x=1")
	getAs(t, s, botToken, "/users/bob") // not the same request
	if got := s.Counts().Identities; got["alice"].Refused != 2 || got["alice"].Repeated != 0 || got["bob"].Refused != 0 {
		t.Errorf("first refusals: %+v", got)
	}
	get(t, s, "/user")
	getAs(t, s, botToken, "/user?x=1") // the other identity's request
	if got := s.Counts().Identities; got["alice"].Repeated != 1 || got["bob"].Repeated != 1 {
		t.Errorf("again: %+v", got)
	}
	clock.move(2 * time.Hour)
	get(t, s, "/user")
	get(t, s, "/user")
	if got := s.Counts().Identities["alice"]; got.Refused != 4 || got.Repeated != 1 {
		t.Errorf("answered in between: %+v", got)
	}
	last := s.Requests()
	if got := last[len(last)-1].Refused; got != "primary" {
		t.Errorf("refused by %q", got)
	}
	getAs(t, s, "bad", "/user")
	if got := s.Counts().Identities[anonymous].BadCredentials; got != 1 {
		t.Errorf("%d bad credentials", got)
	}
}

func TestRefusedQueriesAreCountedByTheirBodies(t *testing.T) {
	s, _ := limited(t, nil)
	s.SetUsed("alice", "graphql", 2)
	for _, document := range []string{"{viewer{login}}", "{viewer{id}}", "{viewer{login}}"} {
		graphQL(t, s, document, nil)
	}
	graphQL(t, s, "query($id: ID!) {node(id: $id){id}}", map[string]any{"id": "a"})
	graphQL(t, s, "query($id: ID!) {node(id: $id){id}}", map[string]any{"id": "b"})
	if got := s.Counts().Identities["alice"]; got.Refused != 5 || got.Repeated != 1 {
		t.Errorf("%+v", got)
	}
}

func TestLimitSecondary(t *testing.T) {
	s, clock := limited(t, func(o *Options) { o.CoreLimit, o.GraphQLLimit = 5000, 5000 })
	for _, told := range []bool{true, false} {
		s.LimitSecondary("alice", 90*time.Second, told)
		clock.move(30 * time.Second)
		for name, r := range map[string]reply{
			"REST": get(t, s, "/user"), "another token": getAs(t, s, "alice-2", "/user"), "GraphQL": graphQL(t, s, "{viewer{login}}", nil),
		} {
			want := map[bool]string{true: "60"}[told]
			if r.status != http.StatusForbidden || r.header.Get("Retry-After") != want || !strings.Contains(messageOf(t, r), "secondary rate limit") {
				t.Errorf("%s, told %t: %d %v", name, told, r.status, r.header)
			}
		}
		if r := getAs(t, s, botToken, "/user"); r.status != http.StatusOK {
			t.Errorf("another account: %d", r.status)
		}
		clock.move(60 * time.Second)
		if r := get(t, s, "/user"); r.status != http.StatusOK {
			t.Errorf("when it is over: %d", r.status)
		}
	}
	got := s.Counts().Identities["alice"]
	if got.Refused != 6 || got.Repeated != 3 { // /user by the second token, twice, and the query, which was never answered
		t.Errorf("%+v", got)
	}
}

func TestWritesCountFiveTimes(t *testing.T) {
	s, _ := withApps(t, func(o *Options) { o.Secondary.RESTPerMinute = 10 })
	minted(t, s, 11)
	minted(t, s, 11)
	r := getAs(t, s, appJWT(sampleNow), "/app")
	if r.status != http.StatusForbidden || !strings.Contains(messageOf(t, r), "secondary") {
		t.Errorf("after two writes: %d %s", r.status, r.body)
	}
}
