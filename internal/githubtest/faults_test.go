package githubtest

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

const issuesDocument = `query Issues($n: Int!) { repository(owner: "acme", name: "rocket") {
	issues(first: $n) { nodes { number } } } }`

// gone says whether the connection was reset or ended.
func disconnected(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || err != nil && strings.Contains(err.Error(), "EOF")
}

func TestFaultsOfREST(t *testing.T) {
	s := start(t, sampleOptions())
	whole := get(t, s, repoPath("labels"))
	used := s.Budget("alice", "core").Used
	for _, test := range []struct {
		fault Fault
		cost  int
		check func(reply, error) bool
	}{
		{Fault{Kind: FaultStatus}, 0, func(r reply, err error) bool {
			return err == nil && r.status == 502 && strings.HasPrefix(string(r.body), "<!DOCTYPE html>") &&
				strings.HasPrefix(r.header.Get("Content-Type"), "text/html") && r.header.Get("X-Ratelimit-Limit") == ""
		}},
		{
			Fault{Kind: FaultStatus, Status: 403, Body: `{"message":"SAML"}`, Header: http.Header{"X-Github-Sso": {"required"}}},
			0,
			func(r reply, err error) bool {
				return err == nil && r.status == 403 && string(r.body) == `{"message":"SAML"}` && r.header.Get("X-Github-Sso") == "required" &&
					strings.HasPrefix(r.header.Get("Content-Type"), "application/json")
			},
		},
		{Fault{Kind: FaultReset}, 0, func(_ reply, err error) bool { return disconnected(err) }},
		{Fault{Kind: FaultSecondary}, 0, func(r reply, err error) bool {
			return err == nil && r.status == 403 && r.header.Get("Retry-After") == "" && strings.Contains(string(r.body), "secondary rate limit")
		}},
		{Fault{Kind: FaultSecondary, Status: 429, RetryAfter: 7 * time.Second}, 0, func(r reply, err error) bool {
			return err == nil && r.status == 429 && r.header.Get("Retry-After") == "7"
		}},
		{Fault{Kind: FaultTruncated}, 1, func(r reply, err error) bool {
			return err == nil && r.err == nil && r.status == 200 && !json.Valid(r.body) && strings.HasPrefix(string(whole.body), string(r.body))
		}},
		{Fault{Kind: FaultCut}, 1, func(r reply, err error) bool { return err == nil && disconnected(r.err) }},
		{Fault{Kind: FaultEmpty}, 1, func(r reply, err error) bool {
			return err == nil && r.err == nil && r.status == 200 && len(r.body) == 0
		}},
		{Fault{Kind: FaultTrailing}, 1, func(r reply, err error) bool {
			return err == nil && len(r.body) > len(whole.body) && strings.HasPrefix(string(r.body), string(whole.body))
		}},
		{Fault{Kind: FaultHTML}, 1, func(r reply, err error) bool {
			return err == nil && r.status == 200 && strings.HasPrefix(r.header.Get("Content-Type"), "text/html") && !json.Valid(r.body)
		}},
		{Fault{Kind: FaultSlow, Delay: 30 * time.Millisecond}, 1, func(r reply, err error) bool {
			return err == nil && r.status == 200 && string(r.body) == string(whole.body)
		}},
	} {
		t.Run(string(test.fault.Kind), func(t *testing.T) {
			test.fault.Count = 1
			defer s.AddFault(test.fault)()
			before := time.Now()
			r, err := send(http.MethodGet, s.URL()+repoPath("labels"), aliceToken, nil)
			if !test.check(r, err) {
				t.Errorf("%v: %d %v %.200s (%v)", err, r.status, r.header, r.body, r.err)
			}
			if time.Since(before) < test.fault.Delay {
				t.Error("not slow")
			}
			used += test.cost
			if again := get(t, s, repoPath("labels")); string(again.body) != string(whole.body) {
				t.Errorf("the next answer is spoiled too: %d %s", again.status, again.body)
			}
			used++
			if got := s.Budget("alice", "core").Used; got != used {
				t.Errorf("%d of the budget used, want %d", got, used)
			}
			if s.Counts().Faults[string(test.fault.Kind)] == 0 {
				t.Error("the fault is not counted")
			}
		})
	}
}

func TestFaultPrimary(t *testing.T) {
	s := start(t, sampleOptions())
	s.AddFault(Fault{Kind: FaultPrimary, Count: 1})
	for range 2 {
		if r := get(t, s, "/user"); r.status != http.StatusForbidden || r.header.Get("X-Ratelimit-Remaining") != "0" {
			t.Errorf("%d %v", r.status, r.header)
		}
	}
}

func TestHangingBodyEndsWithTheClientAndWithClose(t *testing.T) {
	s := start(t, sampleOptions())
	s.AddFault(Fault{Kind: FaultHang})
	res, err := client(200 * time.Millisecond).Get(s.URL() + repoPath("labels"))
	if err != nil {
		t.Fatal("the head does not come:", err)
	}
	if _, err := res.Body.Read(make([]byte, 1)); err != nil {
		t.Error("nothing of the body comes:", err)
	}
	buffer := make([]byte, 1<<16)
	for err == nil {
		_, err = res.Body.Read(buffer)
	}
	if !os.IsTimeout(err) {
		t.Errorf("the body ends by itself: %v", err)
	}
	_ = res.Body.Close()

	done := make(chan error, 1)
	go func() {
		r, err := send(http.MethodGet, s.URL()+repoPath("labels"), aliceToken, nil)
		done <- errors.Join(err, r.err)
	}()
	for s.Counts().REST < 2 {
		time.Sleep(time.Millisecond)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-done:
		if err == nil {
			t.Error("a whole answer")
		}
	case <-time.After(5 * time.Second):
		t.Error("still hangs after Close")
	}
}

func TestSlowAnswersEndWithClose(t *testing.T) {
	s := start(t, sampleOptions())
	s.AddFault(Fault{Kind: FaultSlow, Delay: time.Hour})
	done := make(chan error, 1)
	go func() {
		_, err := send(http.MethodGet, s.URL()+"/user", aliceToken, nil)
		done <- err
	}()
	for {
		s.limits.mu.Lock()
		busy := s.limits.bursts["alice"] != nil
		s.limits.mu.Unlock()
		if busy {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-done
}

func TestWhichRequestsAFaultStrikes(t *testing.T) {
	const issues, labels = "issues", "labels"
	for _, test := range []struct {
		name  string
		fault Fault
		paths []string
		want  string // per request: x where it strikes
	}{
		{"all", Fault{}, []string{issues, labels}, "xx"},
		{"a route", Fault{REST: "/repos/{owner}/{repo}/labels"}, []string{issues, labels, issues}, ".x."},
		{"an operation", Fault{GraphQL: "*"}, []string{issues, labels}, ".."},
		{"so many", Fault{Count: 2}, []string{issues, issues, issues}, "xx."},
		{"later ones", Fault{Skip: 2}, []string{issues, issues, issues, issues}, "..xx"},
		{"some later ones", Fault{Skip: 1, Count: 1}, []string{issues, issues, issues}, ".x."},
		{"big pages", Fault{PageOver: 50}, []string{issues, "issues?per_page=50", "issues?per_page=51"}, "..x"},
		{
			"a condition",
			Fault{Match: func(r Request) bool { return r.Query.Get("page") == "2" }},
			[]string{issues, "issues?page=2"},
			".x",
		},
		{"counted only where it matches", Fault{REST: "/repos/{owner}/{repo}/labels", Skip: 1}, []string{labels, issues, labels}, "..x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t, sampleOptions())
			test.fault.Kind = FaultStatus
			s.AddFault(test.fault)
			got := ""
			for _, path := range test.paths {
				if get(t, s, repoPath(path)).status == http.StatusBadGateway {
					got += "x"
				} else {
					got += "."
				}
			}
			if got != test.want {
				t.Errorf("strikes %q, want %q", got, test.want)
			}
		})
	}
}

func TestFaultsOfGraphQLSpareREST(t *testing.T) {
	s := start(t, sampleOptions())
	s.AddFault(Fault{Kind: FaultDataNull, Count: 1})
	if r := get(t, s, "/user"); r.status != http.StatusOK || len(s.Counts().Faults) != 0 {
		t.Errorf("%d, struck %v", r.status, s.Counts().Faults)
	}
	if r := graphQL(t, s, "{viewer{login}}", nil); !strings.HasPrefix(string(r.body), `{"data":null`) {
		t.Errorf("GraphQL: %s", r.body)
	}
}

func TestFaultProbabilityIsRepeatable(t *testing.T) {
	run := func(seed uint64) string {
		opts := sampleOptions()
		opts.Seed = seed
		s := start(t, opts)
		s.AddFault(Fault{Kind: FaultStatus, Probability: 0.3})
		got := ""
		for range 60 {
			if get(t, s, "/meta").status == http.StatusBadGateway {
				got += "x"
			} else {
				got += "."
			}
		}
		return got
	}
	first := run(1)
	if first != run(1) || first == run(2) {
		t.Error("not a matter of the seed")
	}
	if n := strings.Count(first, "x"); n < 8 || n > 30 {
		t.Errorf("%d of 60 struck", n)
	}
}

func TestRemovingFaults(t *testing.T) {
	s := start(t, sampleOptions())
	remove := s.AddFault(Fault{Kind: FaultStatus, Status: 500})
	s.AddFault(Fault{Kind: FaultStatus, Status: 503})
	for _, want := range []int{500, 503, 200} {
		if got := get(t, s, "/user").status; got != want {
			t.Errorf("status %d, want %d", got, want)
		}
		if want == 500 {
			remove()
		} else {
			s.ClearFaults()
		}
	}
}

func TestFaultsOfGraphQL(t *testing.T) {
	s := start(t, sampleOptions())
	type result struct {
		Data *struct {
			Repository *struct {
				Issues *struct{ Nodes []*struct{ Number int } }
			}
		}
		Errors []struct {
			Type, Message string
			Path          []any
		}
	}
	nodes := func(r result) (whole, null int) {
		for _, n := range r.Data.Repository.Issues.Nodes {
			if n == nil {
				null++
			} else {
				whole++
			}
		}
		return whole, null
	}
	for _, test := range []struct {
		fault Fault
		check func(status int, r result) bool
	}{
		{Fault{Kind: FaultDataNull}, func(status int, r result) bool {
			return status == 200 && r.Data == nil && len(r.Errors) == 1 && strings.HasPrefix(r.Errors[0].Message, "Something went wrong")
		}},
		{Fault{Kind: FaultTimeout}, func(status int, r result) bool {
			return status == 502 && r.Data == nil && len(r.Errors) == 1 && strings.Contains(r.Errors[0].Message, "timedout")
		}},
		{Fault{Kind: FaultPartial, Nodes: 4}, func(status int, r result) bool {
			whole, null := nodes(r)
			return status == 200 && whole == 4 && null == 6 && len(r.Errors) == 6 && len(r.Errors[0].Path) == 4
		}},
		{Fault{Kind: FaultResources}, func(status int, r result) bool {
			whole, null := nodes(r)
			return status == 200 && whole == 0 && null == 10 && r.Errors[0].Type == "RESOURCE_LIMITS_EXCEEDED"
		}},
		{Fault{Kind: FaultSecondary, Status: 200}, func(status int, r result) bool {
			return status == 200 && r.Data == nil && len(r.Errors) == 1 && strings.Contains(r.Errors[0].Message, "secondary rate limit")
		}},
	} {
		t.Run(string(test.fault.Kind), func(t *testing.T) {
			test.fault.GraphQL, test.fault.Count = "Issues", 1
			defer s.AddFault(test.fault)()
			r := graphQL(t, s, issuesDocument, map[string]any{"n": 10})
			if got := decode[result](t, r); !test.check(r.status, got) {
				t.Errorf("%d %s", r.status, r.body)
			}
			if again := graphQL(t, s, issuesDocument, map[string]any{"n": 10}); strings.Contains(string(again.body), "errors") {
				t.Errorf("the next answer is spoiled too: %s", again.body)
			}
		})
	}
}

func TestTimeoutsOfBigPages(t *testing.T) {
	s := start(t, sampleOptions())
	s.AddFault(Fault{Kind: FaultTimeout, GraphQL: "*", PageOver: 20})
	inner := `query($n: Int!) { repository(owner: "acme", name: "rocket") { ...r } }
		fragment r on Repository { issues(last: $n) { nodes { labels(first: 90) { totalCount } } } }`
	for _, test := range []struct {
		document string
		n, want  int
	}{
		{issuesDocument, 20, 200},
		{issuesDocument, 21, 502},
		{inner, 20, 200},
		{inner, 21, 502},
		{`{ repository(owner: "acme", name: "rocket") { issues(first: 30) { totalCount } } }`, 0, 502},
	} {
		if r := graphQL(t, s, test.document, map[string]any{"n": test.n}); r.status != test.want {
			t.Errorf("page of %d: status %d, want %d", test.n, r.status, test.want)
		}
	}
}
