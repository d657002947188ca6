package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// The series of observations. A series has one value of its label set per sub
// number: Kinds and the enums below say which.
const (
	IssuesOpened       model.Series = iota // sub: author kind
	IssuesReopened                         // sub: author kind
	IssuesClosed                           // sub: CloseReasons
	IssueComments                          // sub: author kind of the comment
	IssueFirstResponse                     // seconds
	IssueClose                             // seconds

	PullsOpened           // sub: author kind
	PullsMerged           // sub: author kind
	PullsClosed           // sub: author kind
	PullsReopened         // sub: author kind
	PullsReverted         // sub: author kind
	PullsMergedUnreviewed // sub: author kind
	PullReviews           // sub: ReviewStates × author kind of the review
	PullComments          // sub: CommentKinds × author kind of the comment
	PullFirstResponse     // seconds
	PullFirstReview       // seconds
	PullFirstApproval     // seconds
	PullMerge             // seconds
	PullClose             // seconds
	PullSize              // lines
	PullRounds            // pieces
	PullCommits           // pieces

	seriesCount
)

// The values of labels that are enums, in the order of their sub numbers.
var (
	AuthorKinds  = []string{"human", "bot"}
	CloseReasons = []string{"completed", "not_planned", "duplicate", "unknown"}
	ReviewStates = []string{"approved", "changes_requested", "commented", "dismissed"}
	CommentKinds = []string{"conversation", "review"}
	IssueStates  = []string{"open", "closed"}
	PullStates   = []string{"open", "merged", "closed"}
	Ages         = []string{"1d", "7d", "30d", "90d", "365d"}
)

// The upper bounds of histogram buckets, in seconds or pieces.
var (
	PeopleBuckets = []uint32{
		15 * minute, hour, 4 * hour, 8 * hour, day, 2 * day, 4 * day, 7 * day, 14 * day, 30 * day, 90 * day, 180 * day, 365 * day,
	}
	LinesBuckets = []uint32{10, 30, 100, 500, 1000, 5000}
	FewBuckets   = []uint32{0, 1, 2, 3, 5, 8, 13, 21}
)

const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
)

// ageSeconds are the limits that Ages names.
var ageSeconds = [...]uint32{day, 7 * day, 30 * day, 90 * day, 365 * day}

// seriesRow says what a series' observations are.
type seriesRow struct {
	name    string // of its metric, without the prefix
	subs    int
	buckets []uint32 // nil: observations are only counted
	seconds bool     // a duration, of which exact quantiles are kept
}

// seriesRows describes every series, by its number.
var seriesRows = [seriesCount]seriesRow{
	IssuesOpened:       {name: "issues_opened_total", subs: 2},
	IssuesReopened:     {name: "issues_reopened_total", subs: 2},
	IssuesClosed:       {name: "issues_closed_total", subs: 4},
	IssueComments:      {name: "issue_comments_total", subs: 2},
	IssueFirstResponse: {name: "issue_first_response_seconds", subs: 1, buckets: PeopleBuckets, seconds: true},
	IssueClose:         {name: "issue_close_seconds", subs: 1, buckets: PeopleBuckets, seconds: true},

	PullsOpened:           {name: "pull_requests_opened_total", subs: 2},
	PullsMerged:           {name: "pull_requests_merged_total", subs: 2},
	PullsClosed:           {name: "pull_requests_closed_total", subs: 2},
	PullsReopened:         {name: "pull_requests_reopened_total", subs: 2},
	PullsReverted:         {name: "pull_requests_reverted_total", subs: 2},
	PullsMergedUnreviewed: {name: "pull_requests_merged_unreviewed_total", subs: 2},
	PullReviews:           {name: "pull_request_reviews_total", subs: 8},
	PullComments:          {name: "pull_request_comments_total", subs: 4},
	PullFirstResponse:     {name: "pull_request_first_response_seconds", subs: 1, buckets: PeopleBuckets, seconds: true},
	PullFirstReview:       {name: "pull_request_first_review_seconds", subs: 1, buckets: PeopleBuckets, seconds: true},
	PullFirstApproval:     {name: "pull_request_first_approval_seconds", subs: 1, buckets: PeopleBuckets, seconds: true},
	PullMerge:             {name: "pull_request_merge_seconds", subs: 1, buckets: PeopleBuckets, seconds: true},
	PullClose:             {name: "pull_request_close_seconds", subs: 1, buckets: PeopleBuckets, seconds: true},
	PullSize:              {name: "pull_request_size_lines", subs: 1, buckets: LinesBuckets},
	PullRounds:            {name: "pull_request_review_rounds", subs: 1, buckets: FewBuckets},
	PullCommits:           {name: "pull_request_commits", subs: 1, buckets: FewBuckets},
}

// kindSub numbers an author kind.
func kindSub(bot bool) uint8 {
	if bot {
		return 1
	}
	return 0
}
