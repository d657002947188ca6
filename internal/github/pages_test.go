package github

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// An error in a page fails it, unless it is about a field that a token need not
// be allowed to see.
func TestErrorsWithinAPage(t *testing.T) {
	fields := func(kind, path string) string { return fmt.Sprintf(`{"type":%q,"path":%s,"message":"no"}`, kind, path) }
	const inTimeline = `["node","pullRequests","nodes",0,"pullTimeline","nodes",3,`
	tests := []struct {
		name, err string
		want      error // nil: the page counts
		reason    string
	}{
		{"team not to be seen", fields("FORBIDDEN", inTimeline+`"requestedReviewer"]`), nil, ""},
		{"deleted actor", fields("NOT_FOUND", inTimeline+`"actor"]`), nil, ""},
		{"commit of a deleted fork", fields("NOT_FOUND", `["node","pullRequests","nodes",0,"commits","nodes",0,"commit"]`), nil, ""},
		{"closes an issue out of sight", fields("FORBIDDEN", `["node","pullRequests","nodes",0,"closingIssuesReferences","nodes",0]`), nil, ""},
		{"actor in a query that ran too long", fields("RESOURCE_LIMITS_EXCEEDED", inTimeline+`"actor"]`), ErrTooHeavy, reasonTooHeavy},
		{"an item is gone", fields("NOT_FOUND", `["node","pullRequests","nodes",0]`), ErrTooHeavy, reasonPartial},
		{"an unknown error in an item", fields("ODD", `["node","pullRequests","nodes",0,"labels"]`), ErrTooHeavy, reasonPartial},
		{"the list is forbidden", fields("FORBIDDEN", `["node","pullRequests"]`), ErrForbidden, reasonForbidden},
		{"the repository is gone", fields("NOT_FOUND", `["node"]`), ErrNotFound, reasonNotFound},
		{"no path", `{"type":"FORBIDDEN","message":"no"}`, ErrForbidden, reasonForbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				body := `{"data":{"node":{"databaseId":7,"pullRequests":` + nodes(pullNode()) + `}},"errors":[` + test.err + `]}`
				got, err := newTestClient(t, answers(answer(200, body))).PullRequests(t.Context(), PageRequest{Repo: testRepo})
				if test.want == nil {
					if err != nil || len(got.Items) != 1 || got.Dropped["forbidden"] != 1 {
						t.Errorf("%+v, %v", got, err)
					}
					return
				}
				var e *Error
				if !errors.As(err, &e) || !errors.Is(err, test.want) || e.Reason != test.reason || len(got.Items) != 0 {
					t.Errorf("%+v, %v; want %v", got, err, test.want)
				}
			})
		})
	}
}

func TestPageVariables(t *testing.T) {
	repo := model.Repository{ID: 7, NodeID: "R_7"}
	tests := []struct {
		name string
		kind model.Kind
		req  PageRequest
		want map[string]any
	}{
		{"first page", model.Issue, PageRequest{Repo: repo}, map[string]any{"repo": "R_7", "first": 40, "after": nil, "direction": "ASC"}},
		{"too large", model.PullRequest, PageRequest{Repo: repo, First: 100}, map[string]any{"repo": "R_7", "first": 25, "after": nil, "direction": "ASC"}},
		{
			"newest first", model.PullRequest,
			PageRequest{Repo: repo, First: 10, After: "A", Descending: true, Since: 5},
			map[string]any{"repo": "R_7", "first": 10, "after": "A", "direction": "DESC"},
		},
		{
			"since", model.Issue,
			PageRequest{Repo: repo, Since: jan1},
			map[string]any{"repo": "R_7", "first": 40, "after": nil, "direction": "ASC", "filter": map[string]any{"since": model.Instant(jan1)}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.req.variables(test.kind, pageSizes[test.kind])); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A page may be empty, and an empty one has no cursor: the one before it stays.
func TestEndOfAPage(t *testing.T) {
	got, err := newTestClient(t, answers(answer(200, page("issues", emptyList)))).Issues(t.Context(), PageRequest{Repo: testRepo, After: "A"})
	if err != nil || got.EndCursor != "A" || got.HasNext || got.ServerTime == 0 {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = newTestClient(t, answers(answer(200, page("issues", nodes(issueNode()))))).Issues(t.Context(), PageRequest{Repo: testRepo, After: "A"})
	if err != nil || got.EndCursor != "END" || got.Total != 1 || len(got.Items) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// A label that is missing from the list would be taken to be deleted.
func TestLabelsAreWholeOrAnError(t *testing.T) {
	good := `{"id":"LA_1","name":"bug"}`
	for _, test := range []struct {
		name, labels string
		want         error
	}{
		{"whole", nodes(good), nil},
		{"a null", nodes(good, "null"), ErrTooHeavy},
		{"a label without id", nodes(good, `{"name":"x"}`), ErrTooHeavy},
		{"no list", "null", ErrTooHeavy},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := newTestClient(t, answers(answer(200, page("labels", test.labels)))).Labels(t.Context(), testRepo, "")
				if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
					t.Fatalf("%v, want %v", err, test.want)
				}
				if diff := cmp.Diff([]model.Label{{ID: "LA_1", Name: "bug"}}, got.Labels); err == nil && diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// Light pages leave lists to overflow.
func TestLightPage(t *testing.T) {
	fake := answers(answer(200, page("pullRequests", nodes(pullNode()))))
	if _, err := newTestClient(t, fake).PullRequests(t.Context(), PageRequest{Repo: testRepo, First: 1, Light: true}); err != nil {
		t.Fatal(err)
	}
	v := fake.requests[0].Variables
	if v["events"] != 1.0 || v["commits"] != 1.0 || v["first"] != 1.0 {
		t.Errorf("%v", v)
	}
}
