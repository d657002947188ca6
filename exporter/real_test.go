package exporter

import (
	"math"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// figureNames says where the exposition has what factsAt states: a family,
// which part of it, and labels.
var figureNames = map[string][]string{
	"issues open":                                {"issues", "", "state=open"},
	"issues closed":                              {"issues", "", "state=closed"},
	"issues_opened_total":                        {"issues_opened_total", ""},
	"issues_open_older_than 90d":                 {"issues_open_older_than", "", "age=90d"},
	"issue_comments_total":                       {"issue_comments_total", ""},
	"issue_close_seconds_count":                  {"issue_close_seconds", "count"},
	"issue_close_seconds_sum":                    {"issue_close_seconds", "sum"},
	"issue_close_seconds median":                 {"issue_close_quantile_seconds", "", "window=90d", "q=0.5"},
	"issue_first_response_seconds_count":         {"issue_first_response_seconds", "count"},
	"issue_first_response_seconds_sum":           {"issue_first_response_seconds", "sum"},
	"issue_first_response_seconds median":        {"issue_first_response_quantile_seconds", "", "window=90d", "q=0.5"},
	"pull_requests open":                         {"pull_requests", "", "state=open"},
	"pull_requests merged":                       {"pull_requests", "", "state=merged"},
	"pull_requests closed":                       {"pull_requests", "", "state=closed"},
	"pull_requests_opened_total":                 {"pull_requests_opened_total", ""},
	"pull_requests_merged_unreviewed_total":      {"pull_requests_merged_unreviewed_total", ""},
	"pull_request_merge_seconds_count":           {"pull_request_merge_seconds", "count"},
	"pull_request_merge_seconds_sum":             {"pull_request_merge_seconds", "sum"},
	"pull_request_merge_seconds median":          {"pull_request_merge_quantile_seconds", "", "window=90d", "q=0.5"},
	"pull_request_close_seconds_count":           {"pull_request_close_seconds", "count"},
	"pull_request_close_seconds_sum":             {"pull_request_close_seconds", "sum"},
	"pull_request_close_seconds median":          {"pull_request_close_quantile_seconds", "", "window=90d", "q=0.5"},
	"pull_request_first_review_seconds_count":    {"pull_request_first_review_seconds", "count"},
	"pull_request_first_review_seconds_sum":      {"pull_request_first_review_seconds", "sum"},
	"pull_request_first_review_seconds median":   {"pull_request_first_review_quantile_seconds", "", "window=90d", "q=0.5"},
	"pull_request_first_approval_seconds_count":  {"pull_request_first_approval_seconds", "count"},
	"pull_request_first_approval_seconds_sum":    {"pull_request_first_approval_seconds", "sum"},
	"pull_request_first_approval_seconds median": {"pull_request_first_approval_quantile_seconds", "", "window=90d", "q=0.5"},
	"pull_request_first_response_seconds_count":  {"pull_request_first_response_seconds", "count"},
	"pull_request_first_response_seconds_sum":    {"pull_request_first_response_seconds", "sum"},
	"pull_request_first_response_seconds median": {"pull_request_first_response_quantile_seconds", "", "window=90d", "q=0.5"},
	"pull_request_size_lines_count":              {"pull_request_size_lines", "count"},
	"pull_request_size_lines_sum":                {"pull_request_size_lines", "sum"},
	"pull_request_commits_count":                 {"pull_request_commits", "count"},
	"pull_request_commits_sum":                   {"pull_request_commits", "sum"},
	"comments conversation":                      {"pull_request_comments_total", "", "kind=conversation"},
	"comments review":                            {"pull_request_comments_total", "", "kind=review"},
	"reviews approved":                           {"pull_request_reviews_total", "", "state=approved"},
	"reviews changes_requested":                  {"pull_request_reviews_total", "", "state=changes_requested"},
	"reviews commented":                          {"pull_request_reviews_total", "", "state=commented"},
}

// TestRealRepository holds the figures of a real repository's six years, as of
// three instants of its life and its end, against arithmetic on the dataset alone.
func TestRealRepository(t *testing.T) {
	facts := readFacts(t)
	dataset, err := githubtest.Load(realDataset)
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)
	s := newSandbox(t, end, "windows: [90d]\nquantiles: [0.5]\n", dataset)
	s.command("mirror", "sync")
	for _, at := range []string{"2018-09-01T00:00:00Z", "2020-03-06T16:41:22Z", "2022-02-01T12:00:00Z", "2024-04-01T00:00:00Z"} {
		t.Run(at, func(t *testing.T) {
			T, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			got := parseFigures(t, s.command("mirror", "metrics", "--at", at))
			got.t = t
			want := factsAt(facts, T, 90*24*time.Hour)
			if len(want) < 20 {
				t.Fatalf("the dataset states only %d figures", len(want))
			}
			for name, where := range figureNames {
				value := got.sum("github_dev_"+where[0], where[1], where[2:]...)
				if math.Abs(value-want[name]) > 1e-6 {
					t.Errorf("%s is %v, the dataset says %v", name, value, want[name])
				}
			}
		})
	}
}
