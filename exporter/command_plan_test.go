package exporter

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/ingest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestWritePlan(t *testing.T) {
	reset := model.At(time.Date(2024, 7, 1, 12, 34, 56, 0, time.UTC))
	plan := ingest.Plan{
		Repositories: []ingest.PlanRepository{
			{Project: "shop", Owner: "acme", Name: "web", Streams: []ingest.PlanStream{
				{Name: "issues", Count: 40000, Points: 1100}, {Name: "review_comments", Count: 12, Requests: 1},
			}},
			{Project: "shop", Owner: "acme", Name: "empty", Streams: []ingest.PlanStream{{Name: "issues"}}},
		},
		Problems: []string{"acme/secret: no token can read it"},
		Identities: []ingest.PlanIdentity{
			{
				Name: "octocat", Requests: 1, Points: 1100, Duration: 55 * time.Minute,
				Core:    github.Allowance{Limit: 5000, Remaining: 5000, Floor: 250, Reset: reset},
				GraphQL: github.Allowance{Limit: 5000, Remaining: 1200, Floor: 250, Reset: reset},
			},
			{Name: "my-app/acme", Points: 3, GraphQL: github.Allowance{Unlimited: true}},
		},
		Requests: 1, Points: 1103, Duration: 55 * time.Minute,
	}
	var out strings.Builder
	if err := writePlan(&out, plan); err != nil {
		t.Fatal(err)
	}
	want := `PROJECT  REPOSITORY  STREAM           COUNT   REST REQUESTS  GRAPHQL POINTS
shop     acme/web    issues           40,000  0              1,100
shop     acme/web    review_comments  12      1              0
shop     acme/empty  issues           0       0              0

acme/secret: no token can read it

IDENTITY     REST REQUESTS                   GRAPHQL POINTS                    TIME
octocat      1 (4,750 left until 12:34 UTC)  1,100 (950 left until 12:34 UTC)  55 minutes
my-app/acme  0                               3 (no limit)                      a minute

In all about 1 REST requests and 1,103 GraphQL points, in about 55 minutes. Nothing was stored.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
