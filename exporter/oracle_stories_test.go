package exporter

import (
	"maps"
	"slices"
	"testing"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// storyCase is a story and figures that it must have in the end, by what comes
// behind github_dev_ in the exposition.
type storyCase struct {
	name string
	tell func(s *story)
	want map[string]float64
}

const (
	hour1 = 3600.0

	approved, blocked, commented = "APPROVED", "CHANGES_REQUESTED", "COMMENTED"

	firstResponse = "pull_request_first_response_seconds_sum{}"
	firstReview   = "pull_request_first_review_seconds_sum{}"
	firstApproval = "pull_request_first_approval_seconds_sum{}"
	reviewCount   = "pull_request_first_review_seconds_count{}"
	approvalCount = "pull_request_first_approval_seconds_count{}"
	responseCount = "pull_request_first_response_seconds_count{}"
	mergeTime     = "pull_request_merge_seconds_sum{}"
	mergeCount    = "pull_request_merge_seconds_count{}"
	closeCount    = "pull_request_close_seconds_count{}"
	roundsCount   = "pull_request_review_rounds_count{}"
	rounds        = "pull_request_review_rounds_sum{}"
	commitsSum    = "pull_request_commits_sum{}"
	unreviewed    = `pull_requests_merged_unreviewed_total{author_kind="human"}`
	pullsClosed   = `pull_requests_closed_total{author_kind="human"}`
	pullsReopened = `pull_requests_reopened_total{author_kind="human"}`
	pullsMerged   = `pull_requests_merged_total{author_kind="human"}`
	reverted      = `pull_requests_reverted_total{author_kind="human"}`
	dismissals    = `pull_request_reviews_total{author_kind="human",state="dismissed"}`
)

// TestOracleStories tells stories that are unlikely, one in each repository, and
// holds every series at every second in which something happens against the
// oracle, and some against figures that were counted by hand.
func TestOracleStories(t *testing.T) {
	cases := slices.Concat(reviewStories, draftStories, endStories, revertStories, issueStories, listStories)
	var stories []*story
	var datasets []*githubtest.Dataset
	for i, c := range cases {
		s := newStory(c.name, i+1)
		c.tell(s)
		s.Index()
		stories, datasets = append(stories, s), append(datasets, &githubtest.Dataset{Repos: []*githubtest.Repo{s.Repo}})
	}
	sandbox := newOracleSandbox(t, storyEnd.Time(), "repository", datasets...)
	sandbox.command("mirror", "sync")
	told := storiesAt(stories)
	t.Logf("%d stories at %d instants", len(stories), len(told))
	o := sandbox.offline("mirror")
	for at, told := range told {
		names := map[string]bool{}
		for _, s := range told {
			names[s.Name] = true
		}
		got := seriesOf(t, sandbox.asOf(o, at, nil, names))
		for _, s := range told {
			sandbox.agree(got[s.Name], at, s.Repo)
		}
	}
	if err := o.mirror.Close(); err != nil {
		t.Fatal(err)
	}
	got := seriesOf(t, sandbox.command("mirror", "metrics", "--at", storyEnd.String()))
	for _, c := range cases {
		checkStory(t, c, got[c.name])
	}
}

// storiesAt gives the stories in which something happens by instant.
func storiesAt(stories []*story) map[githubtest.Time][]*story {
	told := map[githubtest.Time][]*story{}
	for _, s := range stories {
		for _, at := range s.instants() {
			told[at] = append(told[at], s)
		}
	}
	return told
}

// checkStory holds what was counted by hand.
func checkStory(t *testing.T, c storyCase, got map[string]float64) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(c.want)) {
		if value, ok := got["github_dev_"+name]; !ok || value != c.want[name] {
			t.Errorf("%s: %s is %v, want %v", c.name, name, value, c.want[name])
		}
	}
}
