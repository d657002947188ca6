package exporter

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// sampleTokens has a token in each state. The first two are well.
func sampleTokens() []model.TokenStatus {
	budgets := func(core, graphql int) []model.Budget {
		return []model.Budget{
			{Resource: "core", Limit: 5000, Remaining: core, Used: 5000 - core, Reset: ago(-30 * time.Minute)},
			{Resource: "graphql", Limit: 12500, Remaining: graphql, Used: 12500 - graphql, Reset: ago(-12 * time.Minute)},
		}
	}
	return []model.TokenStatus{
		{Token: "ci-bot", Identity: "octocat", Kind: "pat", Up: true, Expiry: ago(-20 * day), Budgets: budgets(4870, 12000)},
		{Token: "release-bot", Kind: "pat", Up: true, MonitorOnly: true},
		{Token: "engineering-app/an-organisation-with-quite-a-long-name", Identity: "engineering-figures/an-organisation-with-quite-a-long-name", Kind: "app", Up: true, Budgets: budgets(5000, 0)},
		{Token: "engineering-app/bloomcart", Identity: "engineering-figures/bloomcart", Kind: "app", Up: true, PausedUntil: ago(-3 * time.Minute), Budgets: budgets(4999, 100)},
		{Token: "old-bot", Identity: "retired", Kind: "pat", Reason: "GitHub refuses it: 401 Bad credentials", Budgets: budgets(5000, 5000)},
		{Token: "next-bot", Kind: "pat"},
		{Token: "enterprise", Identity: "octocat", Kind: "pat", Up: true, Unlimited: true, PausedUntil: ago(time.Minute)},
	}
}

func TestTokenViews(t *testing.T) {
	type row struct {
		Name, Kind, Identity, State, Word, Why, Note, Expiry, Budget string
		Watched                                                      bool
	}
	var got []row
	for _, status := range sampleTokens() {
		v := newTokenView(status, pageNow)
		budget := v.NoBudget
		if len(v.Budgets) > 0 {
			budget = v.Budgets[1].Text
		}
		got = append(got, row{v.Name, v.Kind, v.Identity, v.State, v.Word, v.Why, v.Note, v.Expiry.Text, budget, v.Watched})
	}
	want := []row{
		{"ci-bot", "personal token", "octocat", "complete", "works", "", "", "in 2 weeks", "12,000 of 12,500, full again in 12 minutes", false},
		{"release-bot", "personal token", "not known yet", "complete", "works", "", "", "", "not known yet", true},
		{"engineering-app/an-organisation-with-quite-a-long-name", "GitHub App", "engineering-figures/an-organisation-with-quite-a-long-name", "waiting", "spent", "", "It goes on in 12 minutes.", "", "0 of 12,500, full again in 12 minutes", false},
		{"engineering-app/bloomcart", "GitHub App", "engineering-figures/bloomcart", "waiting", "pauses", "", "GitHub asks for fewer requests; it goes on in 3 minutes.", "", "100 of 12,500, full again in 12 minutes", false},
		{"old-bot", "personal token", "retired", "trouble", "cannot be used", "GitHub refuses it: 401 Bad credentials", "", "", "5,000 of 12,500, full again in 12 minutes", false},
		{"next-bot", "personal token", "not known yet", "waiting", "not tried yet", "", "", "", "not known yet", false},
		{"enterprise", "personal token", "octocat", "complete", "works", "", "", "", "no limit on this server", false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
