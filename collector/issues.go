package collector

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// unsynced ends the help of what a repository has from its first sync on.
const unsynced = "; absent until the repository's first sync is complete."

func issueFamilies() []Family {
	return slices.Concat(
		[]Family{
			states(model.Issue, "github_dev_issues", "Issues by state"),
			counter(derive.IssuesOpened, "Issues opened, by the kind of who opened them"+unsynced),
			counter(derive.IssuesReopened, "Reopenings of issues, by the kind of who opened the issue"+unsynced),
			counter(derive.IssuesClosed, "Closings of issues by reason"+unsynced),
			counter(derive.IssueComments, "Comments on issues, by the kind of who wrote them"+unsynced),
		},
		duration(derive.IssueFirstResponse, "Time from an issue's creation to the first comment by a human who is not its author", "no first response was given"),
		duration(derive.IssueClose, "Time from an issue's creation to each of its closings", "no issue was closed"),
		openItems(model.Issue, "github_dev_issue", "issues", "issues by humans"),
	)
}

// states makes the row of the items by state.
func states(kind model.Kind, name, what string) Family {
	return Family{
		Name: name, Help: what + unsynced, Labels: []string{"state"}, History: true,
		Emit: func(in *Input, out *Sink) {
			for i, state := range derive.States(kind) {
				out.Value(float64(in.Figures.Items(kind, i)), state)
			}
		},
	}
}

// openItems makes the rows of the ages and labels of items; aged is what has an age.
func openItems(kind model.Kind, name, what, aged string) []Family {
	return []Family{
		{
			Name: name + "s_open_older_than", Labels: []string{"age"}, History: true,
			Help: "Open " + aged + " that are older than an age" + unsynced,
			Emit: func(in *Input, out *Sink) {
				for i, age := range derive.Ages {
					out.Value(float64(in.Figures.OlderThan(kind, i)), age)
				}
			},
		},
		{
			Name: name + "_open_age_seconds", Labels: []string{"q"}, History: true,
			Help: "Age of open " + aged + " as exact quantiles, in seconds; absent while none is open.",
			Emit: func(in *Input, out *Sink) {
				for i, age := range in.Figures.OpenAges(kind) {
					out.Value(age, number(in.Figures.Quantiles[i]))
				}
			},
		},
		{
			Name: name + "s_labeled", Labels: []string{"state", "label"}, History: true,
			Help: "Number of " + what + " that bear a label, by state, with other for labels that are not listed in the configuration or beyond the limit; absent for a label that none has borne yet.",
			Emit: func(in *Input, out *Sink) {
				for _, label := range in.Figures.Labeled(kind) {
					for i, state := range derive.States(kind) {
						out.Value(float64(label.Items(i)), state, label.Label)
					}
				}
			},
		},
	}
}
