package collector

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func pullFamilies() []Family {
	return slices.Concat(
		[]Family{
			states(model.PullRequest, "github_dev_pull_requests", "Pull requests by state, closed being those that were not merged"),
			{
				Name: "github_dev_pull_requests_draft", History: true,
				Help: "Open pull requests that are drafts" + unsynced,
				Emit: func(in *Input, out *Sink) { out.Value(float64(in.Figures.Drafts())) },
			},
			counter(derive.PullsOpened, "Pull requests opened, by the kind of who opened them"+unsynced),
			counter(derive.PullsMerged, "Pull requests merged, by the kind of who opened them"+unsynced),
			counter(derive.PullsClosed, "Closings of pull requests without a merge, by the kind of who opened them"+unsynced),
			counter(derive.PullsReopened, "Reopenings of pull requests, by the kind of who opened them"+unsynced),
			counter(derive.PullsReverted, "Merged pull requests that a later merged one reverts, by the kind of who opened them"+unsynced),
			counter(derive.PullsMergedUnreviewed, "Pull requests merged without a review by a human who is not the author, by the kind of who opened them"+unsynced),
			counter(derive.PullReviews, "Reviews by the state in which they were submitted and, as dismissed, dismissals, by the kind of who wrote them"+unsynced),
			counter(derive.PullComments, "Comments on pull requests, in the conversation and in reviews, by the kind of who wrote them"+unsynced),
		},
		duration(derive.PullFirstResponse, "Time from when reviewers could start to the first comment or review by a human who is not the author", "no first response was given"),
		duration(derive.PullFirstReview, "Time from when reviewers could start to the first review by a human who is not the author", "no first review was submitted"),
		duration(derive.PullFirstApproval, "Time from when reviewers could start to the first approval by a human who is not the author", "no first approval was given"),
		duration(derive.PullMerge, "Time from when reviewers could start to the merge", "nothing was merged"),
		duration(derive.PullClose, "Time from when reviewers could start to each closing without a merge", "nothing was closed without a merge"),
		[]Family{
			histogram(derive.PullSize, "Lines that merged pull requests added and deleted"+unsynced),
			histogram(derive.PullRounds, "Review rounds of merged and approved pull requests: blocking reviews that a push followed"+unsynced),
			histogram(derive.PullCommits, "Commits of merged pull requests"+unsynced),
		},
		openItems(model.PullRequest, "github_dev_pull_request", "pull requests", "pull requests by humans, drafts left out,"),
	)
}
