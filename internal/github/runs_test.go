package github

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const (
	runsURL = "https://api.example.test/repositories/7/actions/runs?per_page=30"
	runRow  = `{"id":30433642,"run_attempt":2,"path":".github/workflows/ci.yml@refs/heads/main","event":"push","head_branch":"main",
		"head_sha":"` + someOID + `","status":"completed","conclusion":"success","created_at":"2024-01-01T00:00:00Z",
		"run_started_at":"2024-01-01T00:00:05Z","updated_at":"2024-01-02T00:00:00Z","check_suite_node_id":"CS_1"}`
)

func runsBody(rows ...string) string {
	return fmt.Sprintf(`{"total_count":%d,"workflow_runs":[%s]}`, len(rows), strings.Join(rows, ","))
}

func TestRunsPage(t *testing.T) {
	next := runsURL + "&page=2"
	fake := answers(answer(200, runsBody(runRow), "Link", `<`+next+`>; rel="next"`, "ETag", `W/"1"`, "Date", "Sat, 06 Jan 2024 00:00:00 GMT"))
	got, err := newTestClient(t, fake).Runs(t.Context(), RunsRequest{Repo: testRepo})
	if err != nil {
		t.Fatal(err)
	}
	want := RunsPage{
		URL: runsURL, Next: next, ETag: `W/"1"`, Identity: "octocat", ServerTime: 1704499200, Total: 1,
		Runs: []Run{{Suite: "CS_1", Run: model.Run{
			ID: 30433642, Attempt: 2, Workflow: "ci.yml", Event: "push", Branch: "main", OID: someOID, Status: "completed", Conclusion: "success",
			CreatedAt: jan1, StartedAt: jan1 + 5, CompletedAt: jan2, UpdatedAt: jan2, ReadAt: 1704499200,
		}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRunsURL(t *testing.T) {
	const base = "https://api.example.test/repositories/7/actions/runs?"
	tests := []struct {
		req  RunsRequest
		want string
	}{
		{RunsRequest{}, base + "per_page=30"},
		{RunsRequest{Branch: "release/1"}, base + "branch=release%2F1&per_page=30"},
		{RunsRequest{From: jan1}, base + "created=2024-01-01T00%3A00%3A00Z..%2A&per_page=30"},
		{RunsRequest{To: jan2}, base + "created=%2A..2024-01-02T00%3A00%3A00Z&per_page=30"},
		{RunsRequest{Size: MaxRunPageSize}, base + "per_page=100"},
		{RunsRequest{From: jan1, To: jan2, URL: base + "x=1"}, base + "x=1"},
	}
	for _, test := range tests {
		fake := answers(answer(200, runsBody()))
		test.req.Repo = testRepo
		if _, err := newTestClient(t, fake).Runs(t.Context(), test.req); err != nil {
			t.Fatal(err)
		}
		if got := fake.requests[0].URL; got != test.want {
			t.Errorf("asked for %s, want %s", got, test.want)
		}
	}
}

// TestLargePagesOfRuns: where GitHub fails to make one, its first quarter is read.
func TestLargePagesOfRuns(t *testing.T) {
	const base = "https://api.example.test/repositories/7/actions/runs?"
	for _, test := range []struct {
		name, address string
		want          []string
	}{
		{"the first one", "", []string{"per_page=100", "per_page=100", "page=1&per_page=25"}},
		{"a later one", base + "page=3&per_page=100", []string{"page=3&per_page=100", "page=3&per_page=100", "page=9&per_page=25"}},
		{"none of the usual size", base + "page=3&per_page=30", []string{"page=3&per_page=30", "page=3&per_page=30", "page=3&per_page=30"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := answers(answer(502, ""), answer(502, ""), answer(200, runsBody()))
				page, err := newTestClient(t, fake).Runs(t.Context(), RunsRequest{Repo: testRepo, Size: MaxRunPageSize, URL: test.address})
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, r := range fake.requests {
					got = append(got, strings.TrimPrefix(r.URL, base))
				}
				if diff := cmp.Diff(test.want, got); diff != "" || page.URL != base+test.want[2] {
					t.Errorf("%s is read: %s", page.URL, diff)
				}
			})
		})
	}
}

func TestConditionalRuns(t *testing.T) {
	fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
		if s.Header.Get("If-None-Match") == `"1"` {
			return response(304, "", "Link", `<`+runsURL+`&page=2>; rel="next"`), nil
		}
		return response(200, runsBody(), "ETag", `"1"`), nil
	}}
	client := newTestClient(t, fake)
	first, err := client.Runs(t.Context(), RunsRequest{Repo: testRepo})
	if err != nil || first.NotModified || first.ETag != `"1"` {
		t.Fatalf("%+v, %v", first, err)
	}
	req := RunsRequest{Repo: testRepo, URL: first.URL, ETag: first.ETag, Identity: first.Identity}
	again, err := client.Runs(t.Context(), req)
	if err != nil || !again.NotModified || again.ETag != `"1"` || again.Next != runsURL+"&page=2" {
		t.Errorf("%+v, %v; want a 304 with the Link that it brought", again, err)
	}
	req.Identity = "somebody else"
	if other, err := client.Runs(t.Context(), req); err != nil || other.NotModified {
		t.Errorf("%+v, %v; another's ETag was sent", other, err)
	}
}

func TestHalfRunsFailThePage(t *testing.T) {
	for _, body := range []string{
		`{}`, `{"total_count":1}`, `{"workflow_runs":[]}`, `{"total_count":1,"workflow_runs":null}`, runsBody("null"),
		runsBody(strings.Replace(runRow, `"id":30433642`, `"id":0`, 1)), runsBody(strings.Replace(runRow, `"status":"completed"`, `"status":""`, 1)),
		runsBody(strings.Replace(runRow, `"created_at":"2024-01-01T00:00:00Z"`, `"created_at":null`, 1)),
	} {
		synctest.Test(t, func(t *testing.T) {
			fake := answers(answer(200, body))
			if page, err := newTestClient(t, fake).Runs(t.Context(), RunsRequest{Repo: testRepo}); err == nil || fake.count() != malformedAttempts {
				t.Errorf("%s: %v after %d requests: %+v", body, err, fake.count(), page)
			}
		})
	}
}

// A 304 that nobody asked for holds nothing.
func TestUnaskedNotModifiedRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if page, err := newTestClient(t, answers(answer(304, ""))).Runs(t.Context(), RunsRequest{Repo: testRepo}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%+v, %v", page, err)
		}
	})
}

// A token that may not read workflows reads the rest of the repository.
func TestRunsWithoutPermission(t *testing.T) {
	fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
		if s.Method == http.MethodGet {
			return response(403, message("Resource not accessible by integration")), nil
		}
		return response(200, page("page", emptyList)), nil
	}}
	client := newTestClient(t, fake)
	if _, err := client.Runs(t.Context(), RunsRequest{Repo: testRepo}); !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), "Actions") {
		t.Errorf("%v", err)
	}
	if _, err := client.Releases(t.Context(), testRepo, ""); err != nil {
		t.Error(err)
	}
}

func TestRunAttempt(t *testing.T) {
	fake := answers(answer(200, runRow))
	client := newTestClient(t, fake)
	got, err := client.RunAttempt(t.Context(), testRepo, 30433642, 2)
	if err != nil || got.Attempt != 2 || got.CompletedAt != jan2 {
		t.Errorf("%+v, %v", got, err)
	}
	if want := "https://api.example.test/repositories/7/actions/runs/30433642/attempts/2"; fake.requests[0].URL != want {
		t.Errorf("asked for %s", fake.requests[0].URL)
	}
	synctest.Test(t, func(t *testing.T) {
		if got, err := newTestClient(t, answers(answer(200, runRow))).RunAttempt(t.Context(), testRepo, 30433642, 1); !errors.Is(err, ErrMalformed) {
			t.Errorf("another attempt is taken: %+v, %v", got, err)
		}
	})
}

func TestRunJobs(t *testing.T) {
	suite := func(starts ...string) string {
		return `{"__typename":"CheckSuite","checkRuns":{"totalCount":` + fmt.Sprint(len(starts)) + `,"nodes":[{"startedAt":` + strings.Join(starts, `},{"startedAt":`) + `}]}}`
	}
	body := `{"data":{"nodes":[` + strings.Join([]string{
		suite(`"2024-01-02T00:00:00Z"`, `"2024-01-01T00:00:00Z"`, `null`), suite(`null`), `{"__typename":"Issue"}`, `null`,
	}, ",") + `]},"errors":[{"type":"FORBIDDEN","path":["nodes",3],"message":"no"}]}`
	got, err := newTestClient(t, answers(answer(200, body))).RunJobs(t.Context(), testRepo, []string{"a", "b", "c", "d"})
	if err != nil || len(got) != 4 || got[0].StartedAt != jan1 || got[0].Jobs != 3 || got[1].StartedAt != 0 || got[1].Err != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	if !errors.Is(got[2].Err, ErrNotFound) || !errors.Is(got[3].Err, ErrForbidden) || got[3].Suite != "d" {
		t.Errorf("%+v", got)
	}
}

func TestWorkflowFile(t *testing.T) {
	for path, want := range map[string]string{
		".github/workflows/ci.yml": "ci.yml", ".github/workflows/deploy.yaml@main": "deploy.yaml",
		"dynamic/github-code-scanning/codeql": "codeql", "": "",
	} {
		if got := workflowFile(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}
