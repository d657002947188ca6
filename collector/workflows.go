package collector

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
)

// unrun ends the help of what a workflow has from its first run on.
const unrun = "; absent for a workflow that the configuration does not list or that was never run there."

func workflowFamilies() []Family {
	return slices.Concat(
		[]Family{
			counter(derive.WorkflowRuns, "Runs of workflows on the default branch by how they ended, each attempt alone"+unrun),
		},
		durationOf(derive.WorkflowDuration, "Time from the start of a workflow's run to its completion, each attempt alone", unrun, "no run ended"),
		durationOf(derive.WorkflowQueue, "Time from the start of a workflow's run to the start of its first job, each attempt alone", unrun, "no run's first job is known to have started"),
		[]Family{
			counter(derive.WorkflowFlaky, "Commits for which a workflow has both failed and succeeded, each once"+unrun),
			{
				Name: "github_dev_workflow_consecutive_failures", Labels: []string{"workflow"}, History: true,
				Help: "Failed runs of a workflow since the last one that succeeded, where cancelled and skipped ones are neither; of several repositories together the most" + unrun,
				Emit: func(in *Input, out *Sink) {
					for _, w := range in.Figures.Workflows() {
						out.Value(float64(w.Failing), w.Workflow)
					}
				},
			},
			{
				Name: "github_dev_workflow_last_success_timestamp_seconds", Labels: []string{"workflow"}, History: true,
				Help: "When a run of a workflow on the default branch last succeeded; absent until one has.",
				Emit: func(in *Input, out *Sink) {
					for _, w := range in.Figures.Workflows() {
						if w.LastSuccess != 0 {
							out.Value(float64(w.LastSuccess), w.Workflow)
						}
					}
				},
			},
		},
	)
}
