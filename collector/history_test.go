package collector

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// history is the tests' repository's: its first pull request is deployed, an
// alert blames that, and the revert of it ends both incidents.
func history() *model.History {
	at := func(days float64) model.Instant { return t0 + model.Instant(days*day) }
	deployment := func(id int64, environment, oid, state string, finished model.Instant) model.Deployment {
		return model.Deployment{
			ID: id, Environment: environment, OID: oid, CreatedAt: finished - 60,
			Statuses: []model.DeploymentStatus{{ID: "s", State: state, At: finished}},
		}
	}
	return &model.History{
		Head: "beefbeefbeef",
		Graph: model.NewGraph([]model.BranchCommit{
			{OID: "000000000001"},
			{OID: "feedfacecafe", Parents: []string{"000000000001"}},
			{OID: "beefbeefbeef", Parents: []string{"feedfacecafe"}},
		}),
		Deployments: []model.Deployment{
			deployment(1, "production", "000000000001", "success", at(21)),
			deployment(2, "prod-eu", "feedfacecafe", "success", at(42.5)),
			deployment(3, "staging", "feedfacecafe", "failure", at(43)),
			deployment(4, "production", "beefbeefbeef", "error", at(44.25)),
			deployment(5, "production", "beefbeefbeef", "success", at(44.5)),
		},
		Incidents: []model.Incident{{ID: "a1", Source: "alertmanager", Severity: "critical", OpenedAt: at(42.75), ResolvedAt: at(43.5)}},
	}
}
