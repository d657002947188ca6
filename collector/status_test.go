package collector

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

func tokens() []model.TokenStatus {
	return []model.TokenStatus{
		{
			Token: "ci-bot", Identity: "octobot", Kind: "pat", Up: true, Expiry: t0 + 90*day,
			Budgets: []model.Budget{
				{Resource: "core", Limit: 5000, Remaining: 4990, Used: 10, Reset: t0 + 3600, UsedAtReset: 77},
				{Resource: "graphql", Limit: 5000, Remaining: 4000, Used: 1000, Reset: t0 + 3600, UsedAtReset: -1},
			},
		},
		{Token: "refused", Kind: "pat", Reason: "unauthorized"},
		{Token: "same-user", Identity: "octobot", Kind: "pat", MonitorOnly: true, Up: true, Budgets: []model.Budget{
			{Resource: "search", Limit: 30, Remaining: 30, Reset: t0 + 60, UsedAtReset: 0},
		}},
		{Token: "my-app/octo", Identity: "figures/octo", Kind: "app", Up: true, Budgets: []model.Budget{
			{Resource: "core", Limit: 12500, Remaining: 0, Used: 12500, Reset: t0 + 1800, UsedAtReset: 12000},
		}},
		{Token: "broken-app", Kind: "app", Reason: "the private key cannot be read"},
		{Token: "enterprise", Identity: "octocat", Kind: "pat", Up: true, Unlimited: true},
	}
}

func api() model.APIStats {
	return model.APIStats{
		Requests: []model.RequestCount{
			{Token: "ci-bot", API: "graphql", Endpoint: "/graphql", Outcome: "2xx", Count: 12},
			{Token: "ci-bot", API: "graphql", Endpoint: "/graphql", Outcome: "partial", Count: 1},
			{Token: "ci-bot", API: "rest", Endpoint: "/rate_limit", Outcome: "304", Count: 3},
			{Token: "ci-bot", API: "rest", Endpoint: "/rate_limit", Outcome: "odd", Count: 1},
			{Token: "my-app", API: "rest", Endpoint: "/app/installations/{installation_id}/access_tokens", Outcome: "2xx", Count: 2},
		},
		Points:      []model.PointCount{{Token: "ci-bot", Query: "issues_page", Points: 25}},
		Durations:   map[string]model.Durations{"rest": {Bounds: []float64{0.1, 1}, Counts: []uint64{1, 3}, Count: 4, Sum: 9.5}, "graphql": {}},
		WaitSeconds: map[string]float64{"ci-bot": 1.5, "refused": 0},
		Secondary:   map[string]int{"ci-bot": 2, "refused": 0},
	}
}

func statuses() []model.RepositoryStatus {
	return []model.RepositoryStatus{
		{
			Project: "mine", Owner: "octo", Name: "repo", ID: 1, Complete: true, Progress: 1, Gaps: 2,
			Streams: []model.StreamStatus{
				{Name: "issues", Stored: 3, Total: 3, LastSuccess: t0 + 45*day, Errors: map[string]int{"timeout": 4, "odd": 1}},
				{Name: "pulls"},
			},
			Records: map[string]int{"issue": 3, "pull_request": 5},
			Repairs: map[string]int{"stale": 1},
			Dropped: map[string]int{"label": 6},
		},
		{Project: "mine", Owner: "octo", Name: "new", Progress: 0.25, Streams: []model.StreamStatus{{Name: "issues"}}},
	}
}
