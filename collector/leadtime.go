package collector

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
)

func leadTimeFamilies() []Family {
	return slices.Concat(
		duration(derive.ChangeStage, "Time that merged pull requests by humans spent in a stage, the last one ending with the deployment to production", "nothing left the stage"),
		[]Family{
			counter(derive.ChangeStageMissing, "Stages of merged pull requests by humans that can never be measured, by reason"+unsynced),
		},
		duration(derive.ChangeLeadTime, "Time from a change's start (its first commit, its pull request's opening or its merge) to its first successful deployment", "nothing was deployed"),
		[]Family{{
			Name: "github_dev_changes_undeployed", Labels: []string{"environment", "reason"}, History: true,
			Help: "Merged pull requests that are not deployed to the environment: waiting, or not_on_branch where the default branch lacks them; absent while no deployment of a known commit has succeeded there.",
			Emit: func(in *Input, out *Sink) {
				for _, e := range in.Figures.Environments() {
					for i, reason := range derive.UndeployedReasons {
						if e.Known {
							out.Value(float64(e.Undeployed[i]), e.Environment, reason)
						}
					}
				}
			},
		}},
	)
}
