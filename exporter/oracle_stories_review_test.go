package exporter

import "github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"

// reviewStories are about who reviews, when, and what becomes of it.
var reviewStories = []storyCase{
	{"bots-first", func(s *story) {
		s.pull("ann", h(0)).review(h(1), "robo[bot]", approved, 1).review(h(2), "tally", blocked, 2).review(h(3), "bob", approved, 0).merged(h(4))
	}, map[string]float64{
		firstReview: 3 * hour1, firstApproval: 3 * hour1, firstResponse: 3 * hour1, unreviewed: 0, roundsCount: 1, rounds: 0,
		`pull_request_reviews_total{author_kind="bot",state="approved"}`:          1,
		`pull_request_reviews_total{author_kind="bot",state="changes_requested"}`: 1,
		`pull_request_comments_total{author_kind="bot",kind="review"}`:            3,
	}},
	{"bots-only", func(s *story) {
		s.pull("ann", h(0)).review(h(1), "robo[bot]", approved, 0).comment(h(2), "tally").merged(h(4))
	}, map[string]float64{reviewCount: 0, responseCount: 0, unreviewed: 1, roundsCount: 0, mergeTime: 4 * hour1}},
	{"reviews-itself", func(s *story) {
		s.pull("ann", h(0)).review(h(1), "ann", commented, 1).comment(h(1), "ann").merged(h(2))
	}, map[string]float64{
		reviewCount: 0, responseCount: 0, unreviewed: 1,
		`pull_request_reviews_total{author_kind="human",state="commented"}`: 1,
	}},
	{"ghosts", func(s *story) {
		s.pull("gone", h(0)).review(h(1), "lost", approved, 0).merged(h(2))
		s.pull("gone", h(0)).review(h(3), "gone", approved, 0).merged(h(4)) // nobody can tell now
		s.pull("", h(0)).comment(h(5), "").merged(h(6))
		s.pull("ann", h(0)).review(h(7), "", approved, 0).merged(h(8))
	}, map[string]float64{reviewCount: 3, firstReview: 11 * hour1, firstResponse: 16 * hour1, unreviewed: 1}},
	{"dismissed-before-merge", func(s *story) {
		s.pull("ann", h(0)).review(h(1), "bob", approved, 0).dismissed(h(2)).merged(h(3))
	}, map[string]float64{firstApproval: hour1, approvalCount: 1, roundsCount: 0, dismissals: 1, unreviewed: 0}},
	{"dismissed-after-merge", func(s *story) {
		s.pull("ann", h(0)).review(h(1), "bob", approved, 0).merged(h(3)).dismissed(h(4))
	}, map[string]float64{approvalCount: 1, roundsCount: 1, dismissals: 1}},
	{"dismissed-at-merge", func(s *story) {
		s.pull("ann", h(0)).review(h(1), "bob", approved, 0).dismissed(h(3)).merged(h(3))
	}, map[string]float64{approvalCount: 1, roundsCount: 1, dismissals: 1}},
	{"dismissed-then-approved", func(s *story) {
		s.pull("ann", h(0)).review(h(1), "bob", blocked, 0).dismissed(h(2)).forcePush(h(3)).review(h(4), "cid", approved, 0).merged(h(5))
	}, map[string]float64{
		firstReview: hour1, firstApproval: 4 * hour1, rounds: 1, commitsSum: 1,
		`pull_request_reviews_total{author_kind="human",state="changes_requested"}`: 1,
	}},
	{"bot-dismissed", func(s *story) {
		s.pull("ann", h(0)).review(h(1), "robo[bot]", approved, 0).dismissed(h(2)).merged(h(3))
	}, map[string]float64{
		dismissals: 0, `pull_request_reviews_total{author_kind="bot",state="dismissed"}`: 1,
		`pull_request_reviews_total{author_kind="bot",state="approved"}`: 1,
	}},
	{"review-at-merge", func(s *story) {
		s.pull("ann", h(0)).review(h(2), "bob", approved, 0).merged(h(2))
		s.pull("ann", h(0)).review(h(2)+1, "bob", approved, 0).merged(h(2))
	}, map[string]float64{reviewCount: 1, approvalCount: 1, responseCount: 2, roundsCount: 0, unreviewed: 1}},
	{"opinions-change", func(s *story) {
		s.pull("ann", h(0)).review(h(1), "bob", approved, 0).review(h(2), "bob", blocked, 0).merged(h(3))
	}, map[string]float64{firstApproval: hour1, roundsCount: 1, rounds: 0}},
	{"answered-at-once", func(s *story) {
		s.pull("ann", h(0)).comment(h(0), "bob")
	}, map[string]float64{responseCount: 1, firstResponse: 0, `pull_request_first_response_seconds_bucket{le="900"}`: 1}},
	{"answered-after-the-end", func(s *story) {
		s.pull("ann", h(0)).merged(h(1)).comment(h(2), "bob")
		s.pull("ann", h(0)).on(h(1), githubtest.Closed).review(h(3), "bob", commented, 1)
	}, map[string]float64{responseCount: 2, firstResponse: 5 * hour1, reviewCount: 1, firstReview: 3 * hour1}},
	{"pending", func(s *story) {
		it := s.pull("ann", h(0)).review(storyEnd+1, "bob", approved, 1)
		it.PR.Reviews[0].Comments[0].CreatedAt = h(1)
	}, map[string]float64{
		reviewCount: 0, responseCount: 0, `pull_request_comments_total{author_kind="human",kind="review"}`: 0,
	}},
	{"written-before-submitted", func(s *story) {
		it := s.pull("ann", h(0)).review(h(5), "bob", commented, 2)
		it.PR.Reviews[0].Comments[0].CreatedAt = h(1)
	}, map[string]float64{
		firstResponse: 5 * hour1, `pull_request_comments_total{author_kind="human",kind="review"}`: 2,
	}},
	{"rounds", func(s *story) {
		it := s.pull("ann", h(0)).review(h(1), "bob", blocked, 0).review(h(2), "cid", commented, 2)
		it.commit(h(3), h(3))
		it.commit(h(4), h(4))
		it.review(h(5), "bob", commented, 1).forcePush(h(6))
		it.PR.Commits[1].RemovedAt, it.PR.Commits[2].RemovedAt = 0, 0
		it.review(h(7), "bob", approved, 0).review(h(8), "bob", blocked, 0)
		it.commit(h(9), h(9))
		it.merged(h(10))
	}, map[string]float64{roundsCount: 1, rounds: 2, commitsSum: 4}},
	{"no-rounds", func(s *story) {
		it := s.pull("ann", h(0)).review(h(1), "bob", commented, 0).review(h(2), "tally", blocked, 3).review(h(3), "ann", commented, 2)
		it.commit(h(4), h(4))
		it.review(h(5), "cid", commented, 0).review(h(6), "cid", blocked, 0)
		it.commit(h(6), h(6)) // in the second of the review
		it.commit(h(0)-1, h(7))
		it.review(h(8), "bob", approved, 0)
		it.commit(h(9), h(9))
		it.merged(h(10))
	}, map[string]float64{roundsCount: 1, rounds: 0, commitsSum: 5}},
	{"replies", func(s *story) {
		it := s.pull("ann", h(0)).review(h(1), "bob", commented, 1).reply(h(2), "ann").reply(h(3), "cid")
		it.commit(h(4), h(4))
		it.reply(h(5), "bob")
		it.commit(h(6), h(6))
		it.review(h(7), "bob", approved, 0).merged(h(8))
	}, map[string]float64{
		rounds: 1, firstReview: hour1, `pull_request_comments_total{author_kind="human",kind="review"}`: 4,
	}},
	{"thread-deleted", func(s *story) {
		it := s.pull("ann", h(0)).review(h(1), "bob", commented, 1)
		it.PR.Reviews[0].Comments[0].DeletedAt = h(9)
		it.commit(h(2), h(2))
		it.review(h(3), "bob", approved, 0).merged(h(4))
	}, map[string]float64{rounds: 0, `pull_request_comments_total{author_kind="human",kind="review"}`: 0}},
	{"clocks", func(s *story) {
		it := s.pull("ann", h(0)).review(h(1), "bob", blocked, 0)
		it.commit(0, h(2))
		it.commit(h(90000), h(3))
		it.review(h(4), "bob", approved, 0).merged(h(5))
	}, map[string]float64{rounds: 0, commitsSum: 3}},
	{"approved-by-a-machine", func(s *story) {
		s.pull("robo[bot]", h(0)).review(h(1), "bob", approved, 1).merged(h(2))
		s.pull("tally", h(0)).merged(h(2)).on(h(3), githubtest.HeadRefDeleted)
	}, map[string]float64{
		reviewCount: 0, mergeCount: 0, commitsSum: 0, "pull_request_size_lines_count{}": 0,
		`pull_requests_merged_total{author_kind="bot"}`:            2,
		`pull_requests_merged_unreviewed_total{author_kind="bot"}`: 1,
	}},
}
