package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// The series of observations. Each has the metric and the label sets that
// seriesRows gives it.
const (
	IssuesOpened model.Series = iota
	IssuesReopened
	IssuesClosed
	IssueComments
	IssueFirstResponse
	IssueClose

	PullsOpened
	PullsMerged
	PullsClosed // without a merge
	PullsReopened
	PullsReverted
	PullsMergedUnreviewed
	PullReviews
	PullComments
	PullFirstResponse
	PullFirstReview
	PullFirstApproval
	PullMerge
	PullClose
	PullSize
	PullRounds
	PullCommits

	ChangeStage
	ChangeStageMissing
	ChangeLeadTime      // by environment
	DeploymentsFinished // by environment
	FailedChanges       // by environment
	Rework              // by environment
	Recovery            // by environment
	IncidentsUnlinked
	IncidentResolve

	QueueWait
	QueueRemovals

	WorkflowRuns     // by workflow
	WorkflowDuration // by workflow
	WorkflowQueue    // by workflow
	WorkflowFlaky    // by workflow

	StateDwell    // by state
	EventsCounted // by event
	PullEvents    // by event

	seriesCount
)

// Dimension is a label whose values are an enum.
type Dimension struct {
	Label  string
	Values []string
}

// The enums that are dimensions of series.
var (
	byAuthor  = Dimension{"author_kind", []string{"human", "bot"}}
	byReason  = Dimension{"reason", []string{"completed", "not_planned", "duplicate", "unknown"}}
	byReview  = Dimension{"state", []string{"approved", "changes_requested", "commented", "dismissed"}}
	byComment = Dimension{"kind", []string{"conversation", "review"}}

	byStage            = Dimension{"stage", []string{"coding", "draft", "pickup", "review", "merge_wait", "deploy"}}
	byStart            = Dimension{"start", []string{"first_commit", "opened", "merged"}}
	byDeploymentSource = Dimension{"source", DeploymentSources}
	byResult           = Dimension{"result", []string{"success", "failure"}}
	byLink             = Dimension{"link", []string{"explicit", "revert", "fix", "nearest"}}
	byIncidentSource   = Dimension{"source", IncidentSources}
	byStageMissing     = []Dimension{byStage, {"reason", []string{
		string(NoReview), string(NoApproval), string(NoCommits), string(Negative), string(FirstDeployment), string(NoTagTime),
	}}}
)

// The enums of gauges, in the order in which Figures counts.
var (
	IssueStates = []string{"open", "closed"}
	PullStates  = []string{"open", "merged", "closed"}
	Ages        = []string{"1d", "7d", "30d", "90d", "365d"}
)

const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
)

// ageSeconds are the limits that Ages names.
var ageSeconds = [...]uint32{day, 7 * day, 30 * day, 90 * day, 365 * day}

// The upper bounds of histogram buckets.
var (
	PeopleBuckets = []uint32{ // seconds
		15 * minute, hour, 4 * hour, 8 * hour, day, 2 * day, 4 * day, 7 * day, 14 * day, 30 * day, 90 * day, 180 * day, 365 * day,
	}
	RecoveryBuckets = append([]uint32{5 * minute}, PeopleBuckets...)
	MachineBuckets  = []uint32{ // seconds
		10, 30, minute, 2 * minute, 5 * minute, 10 * minute, 20 * minute, 30 * minute, hour, 2 * hour, 6 * hour,
	}
	LinesBuckets = []uint32{10, 30, 100, 500, 1000, 5000}
	FewBuckets   = []uint32{0, 1, 2, 3, 5, 8, 13, 21}
)

// seriesRow says what a series' observations are.
type seriesRow struct {
	metric     string
	dimensions []Dimension
	buckets    []uint32 // nil: its observations are only counted
	seconds    bool     // a duration, of which exact quantiles are kept

	per block // what there is one of it for; its labels come first
}

// seriesRows describes every series.
var seriesRows = [seriesCount]seriesRow{
	IssuesOpened:       count("github_dev_issues_opened_total", byAuthor),
	IssuesReopened:     count("github_dev_issues_reopened_total", byAuthor),
	IssuesClosed:       count("github_dev_issues_closed_total", byReason),
	IssueComments:      count("github_dev_issue_comments_total", byAuthor),
	IssueFirstResponse: duration("github_dev_issue_first_response_seconds"),
	IssueClose:         duration("github_dev_issue_close_seconds"),

	PullsOpened:           count("github_dev_pull_requests_opened_total", byAuthor),
	PullsMerged:           count("github_dev_pull_requests_merged_total", byAuthor),
	PullsClosed:           count("github_dev_pull_requests_closed_total", byAuthor),
	PullsReopened:         count("github_dev_pull_requests_reopened_total", byAuthor),
	PullsReverted:         count("github_dev_pull_requests_reverted_total", byAuthor),
	PullsMergedUnreviewed: count("github_dev_pull_requests_merged_unreviewed_total", byAuthor),
	PullReviews:           count("github_dev_pull_request_reviews_total", byReview, byAuthor),
	PullComments:          count("github_dev_pull_request_comments_total", byComment, byAuthor),
	PullFirstResponse:     duration("github_dev_pull_request_first_response_seconds"),
	PullFirstReview:       duration("github_dev_pull_request_first_review_seconds"),
	PullFirstApproval:     duration("github_dev_pull_request_first_approval_seconds"),
	PullMerge:             duration("github_dev_pull_request_merge_seconds"),
	PullClose:             duration("github_dev_pull_request_close_seconds"),
	PullSize:              {metric: "github_dev_pull_request_size_lines", buckets: LinesBuckets},
	PullRounds:            {metric: "github_dev_pull_request_review_rounds", buckets: FewBuckets},
	PullCommits:           {metric: "github_dev_pull_request_commits", buckets: FewBuckets},

	ChangeStage:         {metric: "github_dev_change_stage_seconds", dimensions: []Dimension{byStage}, buckets: PeopleBuckets, seconds: true},
	ChangeStageMissing:  count("github_dev_change_stage_missing_total", byStageMissing...),
	ChangeLeadTime:      {metric: "github_dev_change_lead_time_seconds", dimensions: []Dimension{byStart}, buckets: PeopleBuckets, seconds: true, per: perEnvironment},
	DeploymentsFinished: {metric: "github_dev_deployments_total", dimensions: []Dimension{byDeploymentSource, byResult}, per: perEnvironment},
	FailedChanges:       {metric: "github_dev_deployments_failed_change_total", dimensions: []Dimension{byLink}, per: perEnvironment},
	Rework:              {metric: "github_dev_deployments_rework_total", per: perEnvironment},
	Recovery:            {metric: "github_dev_deployment_recovery_seconds", buckets: RecoveryBuckets, seconds: true, per: perEnvironment},
	IncidentsUnlinked:   count("github_dev_incidents_unlinked_total", byIncidentSource),
	IncidentResolve:     {metric: "github_dev_incident_resolve_seconds", dimensions: []Dimension{byIncidentSource}, buckets: RecoveryBuckets, seconds: true},

	QueueWait:     {metric: "github_dev_merge_queue_wait_seconds", buckets: MachineBuckets, seconds: true},
	QueueRemovals: count("github_dev_merge_queue_removed_total", Dimension{"reason", queueReasons}),

	WorkflowRuns:     {metric: "github_dev_workflow_runs_total", dimensions: []Dimension{{"conclusion", Conclusions}}, per: perWorkflow},
	WorkflowDuration: {metric: "github_dev_workflow_run_duration_seconds", buckets: MachineBuckets, seconds: true, per: perWorkflow},
	WorkflowQueue:    {metric: "github_dev_workflow_run_queue_seconds", buckets: MachineBuckets, seconds: true, per: perWorkflow},
	WorkflowFlaky:    {metric: "github_dev_workflow_flaky_commits_total", per: perWorkflow},

	StateDwell:    {metric: "github_dev_state_dwell_seconds", buckets: PeopleBuckets, seconds: true, per: perState},
	EventsCounted: {metric: "github_dev_events_total", per: perEvent},
	PullEvents:    {metric: "github_dev_pull_request_events", buckets: FewBuckets, per: perPullEvent},
}

func count(metric string, by ...Dimension) seriesRow {
	return seriesRow{metric: metric, dimensions: by}
}

func duration(metric string) seriesRow {
	return seriesRow{metric: metric, buckets: PeopleBuckets, seconds: true}
}

// Metric gives the name of the series' metric.
func Metric(s model.Series) string { return seriesRows[s].metric }

// Buckets gives the upper bounds of a histogram's buckets, nil for a count.
func Buckets(s model.Series) []uint32 { return seriesRows[s].buckets }

// subs is the number of label sets of a series.
func subs(s model.Series) int {
	n := 1
	for _, d := range seriesRows[s].dimensions {
		n *= len(d.Values)
	}
	return n
}

// LabelSets gives the label values of a series, one set for each sub number:
// the last dimension counts fastest.
func LabelSets(s model.Series) [][]string {
	sets := [][]string{nil}
	for _, d := range seriesRows[s].dimensions {
		var longer [][]string
		for _, set := range sets {
			for _, v := range d.Values {
				longer = append(longer, append(set[:len(set):len(set)], v))
			}
		}
		sets = longer
	}
	return sets
}

// Sub numbers of comment kinds.
const (
	conversation = 0
	onLine       = 1
)

func authorSub(bot bool) uint8 {
	if bot {
		return 1
	}
	return 0
}

// reasonSub numbers the reason of a closing.
func reasonSub(reason string) uint8 {
	for i, r := range byReason.Values {
		if r == reason {
			return uint8(i)
		}
	}
	return uint8(len(byReason.Values) - 1)
}

// reviewSub numbers a review's state and its author's kind.
func reviewSub(state model.ReviewState, bot bool) uint8 {
	return uint8(state-model.Approved)*2 + authorSub(bot)
}

// commentSub numbers a comment's kind and its author's kind.
func commentSub(kind uint8, bot bool) uint8 { return kind*2 + authorSub(bot) }
