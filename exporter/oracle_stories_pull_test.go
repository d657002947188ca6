package exporter

import (
	"fmt"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// draftStories are about when reviewers could start.
var draftStories = []storyCase{
	{"review-when-ready", func(s *story) {
		s.draft("ann", h(0)).on(h(2), githubtest.ReadyForReview).review(h(2), "bob", approved, 0).merged(h(3))
	}, map[string]float64{reviewCount: 1, firstReview: 0, firstResponse: 0, mergeTime: hour1, roundsCount: 1}},
	{"review-of-a-draft", func(s *story) {
		s.draft("ann", h(0)).review(h(1), "bob", approved, 0).comment(h(1), "cid").on(h(2), githubtest.ReadyForReview).merged(h(3))
	}, map[string]float64{reviewCount: 0, responseCount: 0, unreviewed: 0, mergeTime: hour1, roundsCount: 0}},
	{"back-and-forth", func(s *story) {
		s.draft("ann", h(0)).on(h(1), githubtest.ReadyForReview).on(h(2), githubtest.ConvertToDraft).
			review(h(3), "bob", commented, 1).on(h(4), githubtest.ReadyForReview).merged(h(5))
		s.pull("ann", h(0)).on(h(1), githubtest.ConvertToDraft).on(h(3), githubtest.ReadyForReview).comment(h(4), "bob")
		s.draft("ann", h(0)).on(h(1), githubtest.ReadyForReview, githubtest.ConvertToDraft)
	}, map[string]float64{
		firstReview: 2 * hour1, mergeTime: 4 * hour1, firstResponse: 6 * hour1, "pull_requests_draft{}": 1,
		`pull_requests_open_older_than{age="7d"}`: 1,
	}},
	{"merged-as-a-draft", func(s *story) {
		s.draft("ann", h(0)).review(h(1), "bob", approved, 0).merged(h(2))
	}, map[string]float64{
		pullsMerged: 1, mergeCount: 0, reviewCount: 0, roundsCount: 0, unreviewed: 0, "pull_requests_draft{}": 0,
		"pull_request_size_lines_sum{}": 10, commitsSum: 1,
	}},
	{"closed-as-a-draft", func(s *story) {
		s.draft("ann", h(0)).on(h(1), githubtest.Closed).on(h(2), githubtest.Reopened).on(h(3), githubtest.ReadyForReview).on(h(5), githubtest.Closed)
	}, map[string]float64{pullsClosed: 2, closeCount: 1, "pull_request_close_seconds_sum{}": 2 * hour1, "pull_requests_draft{}": 0}},
	{"ready-after-the-merge", func(s *story) {
		s.draft("ann", h(0)).merged(h(1)).on(h(2), githubtest.ReadyForReview).comment(h(3), "bob")
	}, map[string]float64{mergeCount: 0, responseCount: 1, firstResponse: hour1}},
}

// endStories are about how pull requests end.
var endStories = []storyCase{
	{"closing-before", func(s *story) {
		s.pull("ann", h(0)).on(h(2)-1, githubtest.Closed).mergedAlone(h(2))
	}, map[string]float64{pullsClosed: 0, closeCount: 0, pullsMerged: 1, mergeTime: 2 * hour1}},
	{"closing-after", func(s *story) {
		s.pull("ann", h(0)).mergedAlone(h(2)).on(h(2)+1, githubtest.Closed)
	}, map[string]float64{pullsClosed: 0, pullsMerged: 1, `pull_requests{state="merged"}`: 1, `pull_requests{state="closed"}`: 0}},
	{"closing-before-in-order", func(s *story) {
		s.pull("ann", h(0)).on(h(2), githubtest.Closed).mergedAlone(h(2))
	}, map[string]float64{pullsClosed: 0, closeCount: 0}},
	{"no-closing", func(s *story) { s.pull("ann", h(0)).mergedAlone(h(2)) }, map[string]float64{pullsClosed: 0, pullsMerged: 1}},
	{"closed-then-merged", func(s *story) {
		s.pull("ann", h(0)).on(h(2)-40, githubtest.Closed).on(h(2)-20, githubtest.Reopened).merged(h(2))
		s.pull("ann", h(0)).on(h(1), githubtest.Closed).on(h(2), githubtest.Reopened).merged(h(3))
	}, map[string]float64{pullsClosed: 2, closeCount: 2, pullsReopened: 2, pullsMerged: 2}},
	{"in-one-second", func(s *story) {
		s.pull("ann", h(0)).on(h(1), githubtest.Closed, githubtest.Reopened)
		s.pull("ann", h(0)).on(h(1), githubtest.Closed).on(h(2), githubtest.Reopened, githubtest.Closed)
		s.pull("ann", h(0)).on(h(1), githubtest.Closed, githubtest.Reopened, githubtest.Closed, githubtest.Reopened, githubtest.Closed)
	}, map[string]float64{pullsClosed: 6, pullsReopened: 4, `pull_requests{state="open"}`: 1, `pull_requests{state="closed"}`: 2}},
	{"without-commits", func(s *story) {
		it := s.pull("ann", h(0)).merged(h(1))
		it.PR.Commits, it.PR.Additions, it.PR.Deletions = nil, 0, 0
	}, map[string]float64{
		"pull_request_commits_count{}": 0, "pull_request_size_lines_count{}": 1, `pull_request_size_lines_bucket{le="10"}`: 1,
	}},
}

// revertStories are about what takes back what.
var revertStories = []storyCase{
	{"revert-of-a-revert", func(s *story) {
		s.pull("ann", h(0)).merged(h(1))
		s.pull("bob", h(2)).says("Reverts acme/revert-of-a-revert#1").merged(h(3))
		s.pull("ann", h(4)).says("Reverts acme/revert-of-a-revert#2\n\nsorry").merged(h(5))
	}, map[string]float64{reverted: 2}},
	{"reverted-twice", func(s *story) {
		s.pull("ann", h(0)).merged(h(1))
		s.pull("bob", h(2)).says("Reverts acme/reverted-twice#1").merged(h(3))
		s.pull("bob", h(4)).says("reverts ACME/Reverted-Twice#1").merged(h(5))
	}, map[string]float64{reverted: 1}},
	{"reverted-by-commit", func(s *story) {
		a, b, c := s.pull("ann", h(0)).merged(h(1)), s.pull("robo[bot]", h(0)).merged(h(1)), s.pull("ann", h(0)).merged(h(1))
		s.pull("bob", h(2)).commit(h(2), h(2)).Body = "This reverts commit " + a.PR.MergeOID + "."
		s.pull("bob", h(2)).merged(h(3)).mergeMessage("This reverts commit " + b.PR.MergeOID + ".\n")
		it := s.pull("bob", h(2))
		it.commit(h(2), h(2)).Body = "It broke.\n\nThis reverts commit " + c.PR.MergeOID + ", reversing\nchanges made to " + a.PR.MergeOID + "."
		it.merged(h(4))
	}, map[string]float64{reverted: 1, `pull_requests_reverted_total{author_kind="bot"}`: 1}},
	{"reverted-by-nobody", func(s *story) {
		a := s.pull("ann", h(0)).merged(h(10))
		s.pull("bob", h(2)).says("Reverts acme/reverted-by-nobody#1").merged(h(3))             // too early
		s.pull("bob", h(2)).says("Reverts acme/reverted-by-nobody#1").on(h(12), "closed")      // not merged
		s.pull("bob", h(2)).says("Reverts acme/another#1").merged(h(13))                       // another repository's
		s.pull("bob", h(2)).says("Reverts acme/reverted-by-nobody#12 and so on").merged(h(14)) // another's number
		s.issue("bob", h(2)).says("Reverts acme/reverted-by-nobody#1").on(h(15), "closed")
		s.pull("bob", h(2)).says("Reverts acme/reverted-by-nobody#3 and #6").merged(h(16))   // were not merged
		s.pull("bob", h(2)).says("This reverts commit " + a.PR.Commits[0].OID).merged(h(17)) // not the merge commit
		s.pull("bob", h(2)).says("Reverts acme/reverted-by-nobody#9").merged(h(18))          // itself
	}, map[string]float64{reverted: 0}},
	{"said-later", func(s *story) {
		s.pull("ann", h(0)).merged(h(1))
		it := s.pull("bob", h(2)).merged(h(3))
		it.Edits = []githubtest.Edit{{At: h(100), Body: "Reverts acme/said-later#1"}}
		s.pull("bob", h(2)).says(strings.Repeat("x", 5000) + "\r\nReverts acme/said-later#2\r\n").merged(h(3))
	}, map[string]float64{reverted: 2}},
}

// listStories have lists that are longer than a page of them.
var listStories = []storyCase{
	{"long", func(s *story) {
		it := s.pull("ann", h(0))
		for i := range 130 {
			at := h(1) + githubtest.Time(i)
			it.commit(at, at)
			it.comment(at, "bob").review(at, "cid", commented, 2).labeled(at, "bug").unlabeled(at, "bug")
		}
		it.review(h(2), "bob", approved, 0).merged(h(3))
		issue := s.issue("ann", h(0))
		for i := range 70 {
			issue.on(h(i+1), githubtest.Closed).on(h(i+1)+60, githubtest.Reopened).comment(h(i+1), "ann")
		}
		issue.comment(h(72), "bob")
		for i := range 25 {
			name := fmt.Sprintf("kind/%d", i)
			s.Labels = append(s.Labels, &githubtest.Label{ID: s.next(), Name: name, Color: "ededed"})
			issue.labeled(h(80), name)
		}
	}, map[string]float64{
		commitsSum: 131, rounds: 129, "issue_close_seconds_count{}": 70, `issues_reopened_total{author_kind="human"}`: 70,
		"issue_first_response_seconds_sum{}":                             72 * hour1,
		`pull_request_comments_total{author_kind="human",kind="review"}`: 260, `issues_labeled{label="kind/24",state="open"}`: 1,
	}},
}
