package collector

import (
	"maps"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// outcomes are the ways in which a request can end.
var outcomes = []string{"2xx", "304", "3xx", "4xx", "5xx", "timeout", "partial", "ratelimited", "secondary"}

func tokenFamilies() []Family {
	return []Family{
		budget("limit", "Requests or points that an identity may spend in a window with all of its tokens", func(b *model.Budget) float64 { return float64(b.Limit) }),
		budget("remaining", "What is left of the window's budget", func(b *model.Budget) float64 { return float64(b.Remaining) }),
		budget("used", "What was spent of the window's budget", func(b *model.Budget) float64 { return float64(b.Used) }),
		budget("reset_timestamp_seconds", "When the window ends and the budget is whole again", func(b *model.Budget) float64 { return float64(b.Reset) }),
		usedAtReset(),
		{
			Name: "github_dev_token_info", Labels: []string{"token", "identity", "kind"},
			Help: "Always 1, a token and whose budget it spends; absent while GitHub has not told the identity.",
			Emit: func(in *Input, out *Sink) {
				for _, t := range in.Tokens {
					if t.Identity != "" {
						out.Value(1, t.Token, t.Identity, t.Kind)
					}
				}
			},
		},
		{
			Name: "github_dev_token_up", Labels: []string{"token"},
			Help: "Whether the token can be used, 0 while GitHub refuses it or its source cannot be read; absent for an installation that an App does not have, and for an App as a whole while it can be used.",
			Emit: func(in *Input, out *Sink) {
				for _, t := range in.Tokens {
					out.Value(truth(t.Up), t.Token)
				}
			},
		},
		{
			Name: "github_dev_token_expiry_timestamp_seconds", Labels: []string{"token"},
			Help: "When the token expires; absent for a token that does not, whose expiry is not known, or that an App renews.",
			Emit: func(in *Input, out *Sink) {
				for _, t := range in.Tokens {
					if t.Expiry != 0 {
						out.Value(float64(t.Expiry), t.Token)
					}
				}
			},
		},
		requests(),
		{
			Name: "github_dev_api_points_total", Kind: Counter, Labels: []string{"token", "query"},
			Help: "GraphQL points spent since the start, by query; absent for a query that the token has not asked yet.",
			Emit: func(in *Input, out *Sink) {
				for _, p := range in.API.Points {
					out.Value(float64(p.Points), p.Token, p.Query)
				}
			},
		},
		{
			Name: "github_dev_api_request_duration_seconds", Kind: Histogram, Labels: []string{"api"},
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30},
			Help:    "Durations of requests to GitHub since the start, in seconds; absent where there is no client.",
			Emit: func(in *Input, out *Sink) {
				for _, api := range slices.Sorted(maps.Keys(in.API.Durations)) {
					out.Requests(in.API.Durations[api], api)
				}
			},
		},
		{
			Name: "github_dev_ratelimit_wait_seconds_total", Kind: Counter, Labels: []string{"token"},
			Help: "Seconds spent waiting for a rate limit or a free slot since the start; absent for a token that is not known.",
			Emit: func(in *Input, out *Sink) {
				for _, token := range slices.Sorted(maps.Keys(in.API.WaitSeconds)) {
					out.Value(in.API.WaitSeconds[token], token)
				}
			},
		},
		{
			Name: "github_dev_secondary_limited_total", Kind: Counter, Labels: []string{"token"},
			Help: "How often a secondary rate limit was hit since the start; absent for a token that is not known.",
			Emit: func(in *Input, out *Sink) {
				for _, token := range slices.Sorted(maps.Keys(in.API.Secondary)) {
					out.Value(float64(in.API.Secondary[token]), token)
				}
			},
		},
	}
}

var budgetLabels = []string{"token", "identity", "resource"}

// budget makes the row of one number of every budget.
func budget(name, what string, value func(*model.Budget) float64) Family {
	return Family{
		Name: "github_dev_ratelimit_" + name, Labels: budgetLabels,
		Help: what + "; absent while it is not known, and on servers without rate limits.",
		Emit: func(in *Input, out *Sink) { eachBudget(in, out, value) },
	}
}

func eachBudget(in *Input, out *Sink, value func(*model.Budget) float64) {
	for _, t := range in.Tokens {
		for i := range t.Budgets {
			out.Value(value(&t.Budgets[i]), t.Token, t.Identity, t.Budgets[i].Resource)
		}
	}
}

func usedAtReset() Family {
	return Family{
		Name: "github_dev_ratelimit_used_at_reset", Labels: budgetLabels,
		Help: "The highest use seen of the window that ended last; absent until one ended, and on servers without rate limits.",
		Emit: func(in *Input, out *Sink) {
			for _, t := range in.Tokens {
				for _, b := range t.Budgets {
					if b.UsedAtReset >= 0 {
						out.Value(float64(b.UsedAtReset), t.Token, t.Identity, b.Resource)
					}
				}
			}
		},
	}
}

// requests counts requests: an endpoint that was asked has every outcome.
func requests() Family {
	return Family{
		Name: "github_dev_api_requests_total", Kind: Counter, Labels: []string{"token", "api", "endpoint", "outcome"},
		Help: "Requests to GitHub since the start, by how they ended; absent for an endpoint that the token has not asked yet.",
		Emit: func(in *Input, out *Sink) {
			counts := in.API.Requests
			for len(counts) > 0 {
				key, n := counts[0], 0
				ended := map[string]int{}
				for n < len(counts) && counts[n].Token == key.Token && counts[n].API == key.API && counts[n].Endpoint == key.Endpoint {
					ended[counts[n].Outcome] = counts[n].Count
					n++
				}
				for _, outcome := range withZeros(ended, outcomes) {
					out.Value(float64(ended[outcome]), key.Token, key.API, key.Endpoint, outcome)
				}
				counts = counts[n:]
			}
		},
	}
}

// withZeros gives the values of a label: the known ones, and what else was counted.
func withZeros(counts map[string]int, known []string) []string {
	values := slices.Clone(known)
	for _, value := range slices.Sorted(maps.Keys(counts)) {
		if !slices.Contains(known, value) {
			values = append(values, value)
		}
	}
	return values
}

// truth writes a boolean as a gauge has it.
func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
