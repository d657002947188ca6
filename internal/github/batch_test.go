package github

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func repositoryNode(id int, inner string) string {
	return fmt.Sprintf(`{"__typename":"Repository","id":"R_%d","databaseId":%d,"name":"r%d","owner":{"login":"octo"},
		"createdAt":"2024-01-01T00:00:00Z","visibility":"PRIVATE","isArchived":true,"isDisabled":false,"hasIssuesEnabled":true,
		"defaultBranchRef":null,"stargazerCount":3,"forkCount":2,"diskUsage":4,"watchers":{"totalCount":1}%s}`, id, id, id, inner)
}

func repositoryRecord(id int64) model.Repository {
	return model.Repository{
		ID: id, NodeID: fmt.Sprintf("R_%d", id), Owner: "octo", Name: fmt.Sprintf("r%d", id), CreatedAt: jan1, Visibility: "private",
		Archived: true, Stars: 3, Forks: 2, Watchers: 1, SizeBytes: 4096, ReadAt: 1704499200,
	}
}

const someDay = "Sat, 06 Jan 2024 00:00:00 GMT"

func TestProbe(t *testing.T) {
	ages := `,"issues":{"totalCount":5,"nodes":[{"updatedAt":"2024-01-02T00:00:00Z"}]},"pullRequests":{"totalCount":0,"nodes":[]}` + noHistory
	fake := answers(answer(200, `{"data":{"nodes":[`+repositoryNode(1, ages)+`,null,null,`+repositoryNode(4, ages)+`,{"__typename":"Issue"}]},
		"errors":[{"type":"NOT_FOUND","path":["nodes",1],"message":"Could not resolve to a node"},
		{"type":"FORBIDDEN","path":["nodes",2],"message":"Resource not accessible"}]}`, "Date", someDay))
	got := newTestClient(t, fake).Probe(t.Context(), []model.Repository{
		{ID: 1, NodeID: "R_1"}, {ID: 2, NodeID: "R_2"}, {ID: 3, NodeID: "R_3"}, {ID: 4, NodeID: "R_old"}, {ID: 5, NodeID: "I_1"},
	})
	for i, want := range []error{nil, ErrNotFound, ErrForbidden, nil, ErrNotFound} {
		if !errors.Is(got[i].Err, want) || (want == nil) != (got[i].Err == nil) {
			t.Errorf("%s: %v, want %v", got[i].NodeID, got[i].Err, want)
		}
	}
	want := Probe{NodeID: "R_old", Repository: repositoryRecord(4), Watched: true, Issues: Watermark{Count: 5, UpdatedAt: jan2}}
	if diff := cmp.Diff(want, got[3]); diff != "" {
		t.Error(diff)
	}
}

// answerNodes answers documents on nodes(ids) with one element for each id, and
// fails those that hold an id which is too heavy.
func answerNodes(heavy string, most int, failure func() *http.Response, element func(id string) string) *fakeGitHub {
	return &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
		ids := s.Variables["ids"].([]any)
		if len(ids) > most || slices.Contains(ids, any(heavy)) {
			return failure(), nil
		}
		var elements []string
		for _, id := range ids {
			elements = append(elements, element(id.(string)))
		}
		return response(200, `{"data":{"nodes":[`+strings.Join(elements, ",")+`]}}`, "Date", someDay), nil
	}}
}

func probeElement(id string) string {
	var n int
	_, _ = fmt.Sscanf(id, "R_%d", &n)
	return repositoryNode(n+1, `,"issues":{"totalCount":0,"nodes":[]},"pullRequests":{"totalCount":0,"nodes":[]}`+noHistory)
}

// noHistory is what a probe finds of a repository that neither released nor deployed.
const noHistory = `,"releases":{"totalCount":0,"nodes":[]},"deployments":{"totalCount":0,"nodes":[]}`

func TestBatchesAreHalvedDownToTheCulprit(t *testing.T) {
	for _, test := range []struct {
		name    string
		failure func() *http.Response
		heavy   string
	}{
		{"too heavy", func() *http.Response { return response(200, graphQLErrors("null", `"message":"Something went wrong"`)) }, "R_13"},
		{"partial", func() *http.Response {
			return response(200, graphQLErrors(`{"nodes":[null]}`, `"type":"RESOURCE_LIMITS_EXCEEDED","path":["nodes",0],"message":"limits"`))
		}, "R_0"},
		{"server error", func() *http.Response { return response(502, "") }, "R_39"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := answerNodes(test.heavy, 100, test.failure, probeElement)
				got := newTestClient(t, fake).Probe(t.Context(), repositories(40))
				if len(got) != 40 {
					t.Fatalf("%d results", len(got))
				}
				for i, p := range got {
					if p.NodeID != fmt.Sprintf("R_%d", i) || (p.Err != nil) != (p.NodeID == test.heavy) {
						t.Errorf("%d: %s, %v", i, p.NodeID, p.Err)
					}
				}
			})
		})
	}
}

// A GitHub that is down is not asked for every element alone.
func TestOutageIsNotTheElementsFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := answers(answer(503, ""))
		got := newTestClient(t, fake).Probe(t.Context(), repositories(ProbeBatch))
		if len(got) != ProbeBatch || failures(got, nil) != 0 || fake.count() > 14 {
			t.Errorf("%d results, %d requests", len(got), fake.count())
		}
	})
}

func TestWhatWasAnsweredBeforeAnErrorIsReturned(t *testing.T) {
	fake := &fakeGitHub{}
	inner := answerNodes("", 100, nil, probeElement)
	fake.answer = func(n int, s sent) (*http.Response, error) {
		if n == 1 {
			return response(403, message("no"), "Retry-After", "900"), nil
		}
		return inner.answer(n, s)
	}
	got := newTestClient(t, fake).Probe(t.Context(), repositories(2*ProbeBatch))
	if len(got) != 2*ProbeBatch || failures(got, ErrSecondary) != ProbeBatch || failures(got, nil) != ProbeBatch {
		t.Errorf("%d results, %d refused, %d answered", len(got), failures(got, ErrSecondary), failures(got, nil))
	}
}

// failures counts the probes that failed for a reason; nil counts those that did not.
func failures(probes []Probe, reason error) (n int) {
	for _, p := range probes {
		if errors.Is(p.Err, reason) {
			n++
		}
	}
	return n
}

func repositories(n int) []model.Repository {
	var out []model.Repository
	for i, id := range ids(n) {
		out = append(out, model.Repository{ID: int64(i + 1), NodeID: id})
	}
	return out
}

func TestItems(t *testing.T) {
	fake := answers(answer(200, `{"data":{"nodes":[`+issueNode()+`,null,`+pullNode(map[string]any{"commits": more("C")})+`,`+
		issueNode(map[string]any{"number": 4, "repository": map[string]any{"databaseId": 8}})+`,`+issueNode(map[string]any{"number": 77})+`,
		{"__typename":"Discussion"}]},"errors":[{"type":"NOT_FOUND","path":["nodes",1],"message":"gone"},
		{"type":"FORBIDDEN","path":["nodes",2,"pullTimeline","nodes",0,"requestedReviewer"],"message":"no"}]}`))
	ask := []ItemID{
		{NodeID: "I_1", Number: 1},
		{NodeID: "I_9", Number: 9},
		{NodeID: "PR_2", Number: 2},
		{NodeID: "I_4", Number: 4},
		{NodeID: "I_5", Number: 5},
		{NodeID: "D_6", Number: 6},
	}
	got, err := newTestClient(t, fake).Items(t.Context(), testRepo, ask)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, ErrNotFound, nil, ErrMoved, ErrMoved, ErrNotFound} {
		if !errors.Is(got[i].Err, want) || (want == nil) != (got[i].Err == nil) {
			t.Errorf("%d: %v, want %v", i, got[i].Err, want)
		}
		if got[i].Number != ask[i].Number {
			t.Errorf("%d is number %d", i, got[i].Number)
		}
	}
	if got[2].Item.Kind != model.PullRequest || len(got[2].Overflow) != 1 || got[2].Dropped["forbidden"] != 1 || got[2].UpdatedAt != jan2 {
		t.Errorf("%+v", got[2])
	}
}

// An item that is too heavy even alone is read without the rest of its lists.
func TestHeavyItemIsReadLightly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
			if s.Variables["events"].(float64) > 1 {
				return response(502, ""), nil
			}
			return response(200, `{"data":{"nodes":[`+issueNode(map[string]any{"issueTimeline": more("T")})+`],"node":{"databaseId":7,"issueOrPullRequest":`+
				issueNode(map[string]any{"issueTimeline": more("T")})+`}}}`), nil
		}}
		client := newTestClient(t, fake)
		got, err := client.Items(t.Context(), testRepo, []ItemID{{NodeID: "I_1", Number: 1}})
		if err != nil || got[0].Err != nil || len(got[0].Overflow) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		one, err := client.Item(t.Context(), testRepo, 1)
		if err != nil || one.Item.Number != 1 || len(one.Overflow) != 1 {
			t.Errorf("%+v, %v", one, err)
		}
	})
}

func TestItemByNumber(t *testing.T) {
	wrap := func(inner, errs string) string {
		return `{"data":{"node":{"databaseId":7,"issueOrPullRequest":` + inner + `}},"errors":[` + errs + `]}`
	}
	for _, test := range []struct {
		name, body string
		want       error
	}{
		{"present", wrap(issueNode(), ""), nil},
		{"absent", wrap("null", `{"type":"NOT_FOUND","path":["node","issueOrPullRequest"],"message":"no"}`), ErrNotFound},
		{"absent without an error", wrap("null", ""), ErrNotFound},
		{"another number", wrap(issueNode(map[string]any{"number": 2}), ""), ErrMoved},
		{"repository gone", `{"data":{"node":null},"errors":[{"type":"NOT_FOUND","path":["node"],"message":"no"}]}`, ErrNotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := newTestClient(t, answers(answer(200, test.body))).Item(t.Context(), testRepo, 1)
			if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) || got.Number != 1 || !errors.Is(got.Err, test.want) {
				t.Errorf("%+v, %v; want %v", got, err, test.want)
			}
		})
	}
}

func TestDrain(t *testing.T) {
	parent := func(kind string, number int, fields string) string {
		return fmt.Sprintf(`{"__typename":%q,"number":%d,"repository":{"databaseId":7},%s}`, kind, number, fields)
	}
	commit := `{"commit":{"oid":"abc","authoredDate":"2024-01-01T00:00:00Z","committedDate":"2024-01-02T00:00:00Z","message":"Fixes #3"}}`
	fake := answers(answer(200, `{"data":{"p0":`+parent("Issue", 1, `"issueTimeline":`+string(more("T2", `{"__typename":"ReopenedEvent","id":"x","createdAt":"2024-01-01T00:00:00Z"}`, `null`)))+
		`,"p1":`+parent("PullRequest", 2, `"headRefOid":"hhh","commits":`+nodes(commit))+
		`,"p2":`+parent("PullRequest", 2, `"labels":`+nodes(`{"id":"LA_1","name":"bug"}`))+
		`,"p3":`+parent("PullRequest", 2, `"closingIssuesReferences":`+nodes(`{"number":3,"repository":{"name":"demo","owner":{"login":"octo"}}}`))+
		`,"p4":null,"p5":`+parent("Issue", 8, `"labels":`+emptyList)+`},
		"errors":[{"type":"NOT_FOUND","path":["p4"],"message":"gone"}]}`, "Date", someDay))
	lists := []Overflow{
		{Number: 1, Kind: model.Issue, NodeID: "I_1", Connection: Timeline, After: "T1"},
		{Number: 2, Kind: model.PullRequest, NodeID: "PR_2", Connection: Commits, After: "C1"},
		{Number: 2, Kind: model.PullRequest, NodeID: "PR_2", Connection: Labels},
		{Number: 2, Kind: model.PullRequest, NodeID: "PR_2", Connection: Closing},
		{Number: 5, Kind: model.Issue, NodeID: "I_5", Connection: Timeline, After: "T1"},
		{Number: 6, Kind: model.Issue, NodeID: "I_6", Connection: Labels},
	}
	got, err := newTestClient(t, fake).Drain(t.Context(), testRepo, lists)
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(got[4].Err, ErrNotFound) || !errors.Is(got[5].Err, ErrMoved) {
		t.Errorf("%v, %v", got[4].Err, got[5].Err)
	}
	const at = 1704499200
	want := []OverflowPage{
		{Overflow: lists[0], ServerTime: at, EndCursor: "T2", HasNext: true, Events: []model.Event{{ID: "x", Kind: model.Reopened, At: jan1}}, Dropped: map[string]int{"event": 1}},
		{
			Overflow: lists[1], ServerTime: at, EndCursor: "END", Commits: []model.Commit{{OID: "abc", AuthoredAt: jan1, CommittedAt: jan2, Head: "hhh"}},
			Mentions: []model.Mention{{Kind: model.Closes, Item: model.ItemRef{Number: 3}}},
		},
		{Overflow: lists[2], ServerTime: at, EndCursor: "END", Labels: []model.Label{{ID: "LA_1", Name: "bug"}}},
		{Overflow: lists[3], ServerTime: at, EndCursor: "END", Closes: []model.ItemRef{{Number: 3}}},
	}
	if diff := cmp.Diff(want, got[:4]); diff != "" {
		t.Error(diff)
	}
	if next := got[0].Next(); next.After != "T2" || next.Number != 1 || next.Connection != Timeline {
		t.Errorf("goes on with %+v", next)
	}
	if _, err := newTestClient(t, fake).Drain(t.Context(), testRepo, []Overflow{{Kind: model.Issue, Connection: Commits}}); err == nil {
		t.Error("commits of an issue were asked for")
	}
}

func TestHeavyListIsDrainedInSmallerPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
			if s.Variables["first"].(float64) > 25 {
				return response(502, ""), nil
			}
			return response(200, `{"data":{"p0":{"__typename":"Issue","number":1,"repository":{"databaseId":7},"issueTimeline":`+emptyList+`}}}`), nil
		}}
		list := Overflow{Number: 1, Kind: model.Issue, NodeID: "I_1", Connection: Timeline, After: "T"}
		got, err := newTestClient(t, fake).Drain(t.Context(), testRepo, []Overflow{list})
		if err != nil || got[0].Err != nil || got[0].EndCursor != "T" {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestPageSize(t *testing.T) {
	p := NewPageSize(40, 0)
	for _, want := range []int{20, 10, 5, 2, 1} {
		if !p.TooHeavy() || p.Size() != want {
			t.Fatalf("%d, want %d", p.Size(), want)
		}
	}
	if p.TooHeavy() || p.Size() != 1 {
		t.Fatal("1 was halved")
	}
	sizes := []int{}
	for range 90 {
		p.Succeeded()
		if n := p.Size(); len(sizes) == 0 || sizes[len(sizes)-1] != n {
			sizes = append(sizes, n)
		}
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 19, 22, 26, 31, 37, 40}, sizes); diff != "" {
		t.Error(diff)
	}
	for range 4 {
		p.Succeeded()
	}
	p.TooHeavy()
	p.Succeeded()
	if p.Size() != 20 {
		t.Errorf("%d: successes before a failure count", p.Size())
	}
	if n := NewPageSize(25, 80).Size(); n != 25 {
		t.Errorf("starts at %d of 25", n)
	}
	if n := NewPageSize(25, 7).Size(); n != 7 {
		t.Errorf("starts at %d, not where it was", n)
	}
}

func TestProbeOfHistory(t *testing.T) {
	node := func(inner string) string {
		text := repositoryNode(1, `,"issues":{"totalCount":0,"nodes":[]},"pullRequests":{"totalCount":0,"nodes":[]}`+inner)
		return strings.Replace(text, `"defaultBranchRef":null`, `"defaultBranchRef":{"name":"main","target":{"oid":"c0ffee"}}`, 1)
	}
	denied := func(list string) string {
		return `{"type":"FORBIDDEN","path":["nodes",0,"` + list + `"],"message":"Resource not accessible by personal access token"}`
	}
	for _, test := range []struct {
		name, inner, errors string
		want                Probe
	}{
		{
			"both", `,"releases":{"totalCount":2,"nodes":[{"updatedAt":"2024-01-02T00:00:00Z"}]},"deployments":{"totalCount":3,"nodes":[{"updatedAt":"2024-01-01T00:00:00Z"}]}`, "",
			Probe{Releases: Watermark{Count: 2, UpdatedAt: jan2}, Deployments: Watermark{Count: 3, UpdatedAt: jan1}},
		},
		{
			"denied", `,"releases":null,"deployments":null`, denied("releases") + "," + denied("deployments"),
			Probe{Releases: Watermark{Denied: true}, Deployments: Watermark{Denied: true}},
		},
		{
			"one denied", `,"releases":{"totalCount":0,"nodes":[]},"deployments":null`, denied("deployments"),
			Probe{Deployments: Watermark{Denied: true}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := answers(answer(200, `{"data":{"nodes":[`+node(test.inner)+`]},"errors":[`+test.errors+`]}`, "Date", someDay))
			asked := repositoryRecord(1)
			got := newTestClient(t, fake).Probe(t.Context(), []model.Repository{asked})
			test.want.NodeID, test.want.Head, test.want.Repository, test.want.Watched = asked.NodeID, "c0ffee", asked, true
			test.want.Repository.DefaultBranch = "main"
			if diff := cmp.Diff([]Probe{test.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("what must be seen", func(t *testing.T) {
		fake := answers(answer(200, `{"data":{"nodes":[`+node(noHistory)+`]},"errors":[`+denied("issues")+`]}`, "Date", someDay))
		if got := newTestClient(t, fake).Probe(t.Context(), repositories(1)); !errors.Is(got[0].Err, ErrForbidden) {
			t.Errorf("got %+v", got)
		}
	})
}

// Watchers are counted where that costs nothing, and else stay as they were.
func TestProbeOfWatchers(t *testing.T) {
	for n, counted := range map[int]bool{1: true, WatchedBatch: true, WatchedBatch + 1: false, ProbeBatch: false} {
		fake := answerNodes("", 100, nil, func(id string) string {
			if counted {
				return probeElement(id)
			}
			return strings.Replace(probeElement(id), `,"watchers":{"totalCount":1}`, "", 1)
		})
		repos := repositories(n)
		for i := range repos {
			repos[i].Watchers = 9
		}
		for _, p := range newTestClient(t, fake).Probe(t.Context(), repos) {
			want := int64(9)
			if counted {
				want = 1
			}
			if p.Err != nil || p.Watched != counted || p.Repository.Watchers != want {
				t.Fatalf("of %d: %+v", n, p)
			}
		}
		if asked := strings.Contains(fake.requests[0].Query, "watchers"); asked != counted {
			t.Errorf("%d repositories: watchers asked for is %v", n, asked)
		}
	}
}
