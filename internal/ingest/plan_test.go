package ingest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestTheTimeThatBudgetsAllow(t *testing.T) {
	const now = model.Instant(1_000_000)
	budget := func(remaining int) github.Allowance {
		return github.Allowance{Limit: 5000, Remaining: remaining, Floor: 250, Reset: now + 30*60}
	}
	for _, tt := range []struct {
		name       string
		calls, per int
		cost       int
		budget     github.Allowance
		want       time.Duration
	}{
		{"nothing", 0, 20, 0, budget(5000), 0},
		{"nothing of a used up budget", 0, 20, 0, budget(0), 0},
		{"as fast as GitHub answers", 100, 20, 100, budget(5000), 5 * time.Minute},
		{"a budget that just suffices", 100, 20, 4750, budget(5000), 5 * time.Minute},
		{"the rest after the reset", 100, 20, 100, budget(300), 30*time.Minute + 150*time.Second},
		{"all after the reset", 100, 20, 100, budget(250), 35 * time.Minute},
		{"others have spent the reserve too", 100, 20, 100, budget(10), 35 * time.Minute},
		{"a budget that is granted anew twice", 100, 20, 2 * 4750, budget(250), 90*time.Minute + 150*time.Second},
		{"asking takes longer than waiting", 6000, 20, 6000, budget(4000), 5 * time.Hour},
		{"a reset that has passed", 100, 20, 100, github.Allowance{Limit: 5000, Floor: 250, Reset: now - 60}, 5 * time.Minute},
		{"no limit", 100, 20, 100_000, github.Allowance{Unlimited: true}, 5 * time.Minute},
		{"a limit that is not known yet", 100, 20, 100_000, github.Allowance{}, 5 * time.Minute},
		{"a limit of which nothing may be spent", 100, 20, 100, github.Allowance{Limit: 10, Floor: 10}, 5 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := takes(tt.calls, tt.per, tt.cost, tt.budget, now); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// planned makes the plan of a fake in a bubble, where no time goes by in vain.
func planned(t *testing.T, projects []Project, prepare func(*fake)) (plan Plan, err error) {
	inBubble(t, projects, prepare, func(r *running) { plan, err = r.in.Plan(r.t.Context()) })
	return plan, err
}

// items makes so many of each kind.
func (r *fakeRepo) fill(issues, pulls int) {
	for n := range issues {
		r.put(model.Issue, n+1)
	}
	for n := range pulls {
		r.put(model.PullRequest, issues+n+1)
	}
}

func TestPlanOfSeveralIdentities(t *testing.T) {
	core := github.Allowance{Limit: 5000, Remaining: 5000, Floor: 250}
	plan, err := planned(t, project("acme/a", "acme/b", "acme/gone", "umbrella/*"), func(f *fake) {
		repos := f.add("acme/a", "acme/b", "umbrella/c")
		repos[0].fill(81, 26) // 3 pages and 1 more; 2 pages and 1 more; 78 comments
		repos[1].fill(0, 25)
		repos[2].fill(1, 0)
		f.identities = []github.IdentityStatus{
			{Name: "octocat", Up: true, Core: core, GraphQL: github.Allowance{Limit: 5000, Remaining: 5000, Floor: 250}},
			{Name: "refused", Core: core},
			{Name: "app/umbrella", Up: true, Core: core, GraphQL: github.Allowance{Limit: 5000, Remaining: 250, Floor: 250, Reset: model.At(time.Now().Add(time.Hour))}},
		}
		f.home = func(repo model.Repository) string {
			if repo.Owner == "umbrella" {
				return "app/umbrella"
			}
			return "octocat"
		}
		f.prices = map[string]int{"IssuesPage": 2, "PullsPage": 3, "Drain": 1, "Probe": 1, "Repository": 1, "OwnerRepositories": 1}
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []PlanRepository{
		{Project: "test", Owner: "acme", Name: "a", Identity: "octocat", Streams: []PlanStream{
			{Name: "issues", Count: 81, Points: 3 * 2}, {Name: "pulls", Count: 26, Points: 2 * 3}, {Name: "review_comments", Count: 78, Requests: 1},
		}},
		{Project: "test", Owner: "acme", Name: "b", Identity: "octocat", Streams: []PlanStream{
			{Name: "issues"}, {Name: "pulls", Count: 25, Points: 3}, {Name: "review_comments", Count: 75, Requests: 1},
		}},
		{Project: "test", Owner: "umbrella", Name: "c", Identity: "app/umbrella", Streams: []PlanStream{
			{Name: "issues", Count: 1, Points: 2}, {Name: "pulls"}, {Name: "review_comments"},
		}},
	}
	if diff := cmp.Diff(want, plan.Repositories); diff != "" {
		t.Errorf("repositories (-want +got):\n%s", diff)
	}
	// Of octocat 6 calls for items, 3 names and a probe; of the App 1, a list and a probe.
	type share struct {
		name             string
		requests, points int
		takes            time.Duration
	}
	var got []share
	for _, who := range plan.Identities {
		got = append(got, share{who.Name, who.Requests, who.Points, who.Duration})
	}
	const asked = 5 * time.Second // by the plan itself, while the reset comes nearer
	shares := []share{
		{"octocat", 2, 6 + 6 + 3 + 3 + 1, 10 * 3 * time.Second},
		{"app/umbrella", 0, 2 + 1 + 1, time.Hour - asked + 3*3*time.Second},
	}
	if diff := cmp.Diff(shares, got, cmp.AllowUnexported(share{})); diff != "" {
		t.Errorf("identities (-want +got):\n%s", diff)
	}
	if plan.Requests != 2 || plan.Points != 19+4 || plan.Duration != shares[1].takes {
		t.Errorf("%d requests, %d points, %s", plan.Requests, plan.Points, plan.Duration)
	}
	if len(plan.Problems) != 1 || !strings.HasPrefix(plan.Problems[0], "acme/gone: ") {
		t.Errorf("problems %q", plan.Problems)
	}
}

func TestPlanWithoutEverything(t *testing.T) {
	for _, tt := range []struct {
		name, call, reason string
		problems           []string
		repositories       int
		fatal              error
	}{
		{"an owner that is exhausted", "list acme", "ratelimited", []string{"acme/*: "}, 1, nil},
		{"a name that cannot be read", "name other/x", "forbidden", []string{"other/x: "}, 1, nil},
		{"repositories that cannot be read", "probe 2", "not_found", []string{"acme/a: ", "other/x: "}, 0, nil},
		{"no token", "list acme", "unauthorized", []string{"acme/*: "}, 0, github.ErrUnauthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan, err := planned(t, project("acme/*", "other/x"), func(f *fake) {
				f.add("acme/a", "other/x")
				f.fail = func(_ context.Context, call string) error {
					if call == tt.call {
						return refused(tt.reason)
					}
					return nil
				}
			})
			if !errors.Is(err, tt.fatal) || len(plan.Repositories) != tt.repositories || len(plan.Problems) != len(tt.problems) {
				t.Fatalf("plan %+v, %v", plan, err)
			}
			for i, problem := range plan.Problems {
				if !strings.HasPrefix(problem, tt.problems[i]) {
					t.Errorf("problem %q, want %s…", problem, tt.problems[i])
				}
			}
		})
	}
}
