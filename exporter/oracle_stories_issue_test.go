package exporter

import "github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"

const (
	issueCloses    = "issue_close_seconds_count{}"
	issueClosing   = "issue_close_seconds_sum{}"
	issueResponse  = "issue_first_response_seconds_sum{}"
	issueResponses = "issue_first_response_seconds_count{}"
	issuesOpen     = `issues{state="open"}`
	issuesClosed   = `issues{state="closed"}`
)

// issueStories are about issues, and labels.
var issueStories = []storyCase{
	{"close-reopen-close", func(s *story) {
		s.issue("ann", h(0)).closed(h(1), "not_planned").on(h(2), githubtest.Reopened).closed(h(4), "duplicate").
			on(h(5), githubtest.Reopened).closed(h(6), "completed").closed(h(7), "not_planned")
		s.issue("robo[bot]", h(0)).closed(h(9), "")
	}, map[string]float64{
		issueCloses: 3, issueClosing: 11 * hour1, issuesClosed: 2, `issues_closed_total{reason="not_planned"}`: 1,
		`issues_closed_total{reason="duplicate"}`: 1, `issues_closed_total{reason="completed"}`: 1, `issues_closed_total{reason="unknown"}`: 1,
		`issues_reopened_total{author_kind="human"}`: 2,
	}},
	{"only-the-author", func(s *story) {
		s.issue("ann", h(0)).comment(h(1), "ann").comment(h(2), "robo[bot]").comment(h(3), "tally")
		s.issue("ann", h(0)).comment(h(1), "ann").comment(h(5), "bob").comment(h(6), "cid")
		s.issue("tally", h(0)).comment(h(1), "bob")
		s.issue("gone", h(0)).comment(h(2), "gone") // nobody can tell now
	}, map[string]float64{
		issueResponses: 2, issueResponse: 7 * hour1, `issue_comments_total{author_kind="bot"}`: 2, `issue_comments_total{author_kind="human"}`: 6,
		`issues_opened_total{author_kind="bot"}`: 1, issuesOpen: 4, `issues_open_older_than{age="7d"}`: 3,
	}},
	{"moved", func(s *story) {
		s.issue("ann", h(0)).on(h(1), githubtest.Transferred).TransferredAt = h(1)
		s.issue("ann", h(0)).comment(h(1), "bob").ConvertedAt = h(2)
		s.issue("ann", h(0)).comment(h(1), "bob").DeletedAt = h(2)
		// This one came from elsewhere.
		s.issue("ann", h(0)).closed(h(1), "completed").on(h(2), githubtest.Reopened, githubtest.Transferred).closed(h(3), "completed")
	}, map[string]float64{
		issuesOpen: 0, issuesClosed: 1, issueResponses: 0, issueCloses: 1, `issues_closed_total{reason="completed"}`: 2,
	}},
	{"ages", func(s *story) {
		s.issue("ann", storyEnd-86400)
		s.issue("ann", storyEnd-86400-1)
		s.issue("ann", storyEnd)
	}, map[string]float64{`issues_open_older_than{age="1d"}`: 1, `issue_open_age_seconds{q="0.5"}`: 86400, `issue_open_age_seconds{q="0"}`: 0}},
	{"window", func(s *story) {
		s.issue("ann", h(0)).closed(storyEnd-7*86400, "completed")
		s.issue("ann", h(0)).closed(storyEnd-7*86400+1, "completed")
		s.issue("ann", h(0)).closed(storyEnd, "completed")
	}, map[string]float64{
		`issue_close_quantile_seconds{q="0",window="7d"}`:    72*hour1 + 1,
		`issue_close_quantile_seconds{q="0.5",window="7d"}`:  156*hour1 + 0.5,
		`issue_close_quantile_seconds{q="0.5",window="90d"}`: 72*hour1 + 1,
	}},
	{"labels", func(s *story) {
		for _, l := range s.Labels {
			switch l.Name {
			case "bug":
				l.Renames = []githubtest.LabelRename{{At: h(50), Name: "kind/renamed"}}
			case "kind/old":
				l.Renames = []githubtest.LabelRename{{At: h(50), Name: "old"}}
			case "wontfix":
				l.DeletedAt = h(60)
			}
		}
		it := s.issue("ann", h(0)).unlabeled(h(1), "kind/bug").labeled(h(2), "kind/old").labeled(h(3), "wontfix").comment(h(9), "ann")
		it.Labels = []string{"kind/bug", "bug"}
		s.pull("ann", h(0)).labeled(h(1), "kind/\"odd\" ü\\").labeled(h(1), "bug").merged(h(2)).unlabeled(h(3), "bug")
	}, map[string]float64{
		`issues_labeled{label="kind/bug",state="open"}`: 0, `issues_labeled{label="kind/renamed",state="open"}`: 1,
		`issues_labeled{label="other",state="open"}`: 1, `pull_requests_labeled{label="kind/renamed",state="merged"}`: 0,
		`pull_requests_labeled{label="kind/\"odd\" ü\\",state="merged"}`: 1,
	}},
	{"nothing", func(*story) {}, map[string]float64{issuesOpen: 0, mergeCount: 0, `issues_labeled{label="other",state="open"}`: 0}},
}
