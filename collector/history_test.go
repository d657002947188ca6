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
	run := func(id int64, attempt int, file, oid, conclusion string, started model.Instant, seconds, queue model.Instant) model.Run {
		return model.Run{
			ID: id, Attempt: attempt, Workflow: file, Event: "push", Branch: "main", OID: oid, Conclusion: conclusion,
			CreatedAt: started, StartedAt: started, JobAt: started + queue, CompletedAt: started + seconds,
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
		Runs: []model.Run{
			run(1, 1, "ci.yml", "000000000001", "success", at(20), 300, 8),
			run(2, 1, "ci.yml", "feedfacecafe", "failure", at(42), 240, 12),
			run(2, 2, "ci.yml", "feedfacecafe", "success", at(42.1), 280, 45),
			run(3, 1, "nightly.yml", "feedfacecafe", "timed_out", at(43), 21600, 3),
			run(4, 1, "nightly.yml", "beefbeefbeef", "cancelled", at(44), 90, 3),
			run(5, 1, "nightly.yml", "beefbeefbeef", "failure", at(44.5), 1500, 30),
			run(6, 1, "elsewhere.txt", "beefbeefbeef", "failure", at(44.5), 1500, 30),
		},
		Milestones: []model.Milestone{{Number: 1, Title: "v1.0", Closed: 4, GoneAt: at(41)}, {Number: 2, Title: "v1.1", Open: 2, Closed: 1}},
		Incidents:  []model.Incident{{ID: "a1", Source: "alertmanager", Severity: "critical", OpenedAt: at(42.75), ResolvedAt: at(43.5)}},
	}
}
