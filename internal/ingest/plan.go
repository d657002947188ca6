package ingest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// What an estimate assumes of a repository.
const (
	// overflowShare is one call for lists that go on for so many items; fewer
	// hardly have any.
	overflowShare = 400
	// reviewShare is how many comments on lines a pull request has.
	reviewShare = 3
)

// Plan is what a full pass would ask of GitHub.
type Plan struct {
	Repositories []PlanRepository
	Problems     []string       // what cannot be read, and why
	Identities   []PlanIdentity // in the order of the configuration
	Requests     int            // REST
	Points       int            // GraphQL, discovery and probes included
	Duration     time.Duration  // until the slowest identity has done its part

	prices map[string]int // of a call, in points, by operation
	parts  map[string]part
}

// PlanRepository is what a full pass would read of one repository.
type PlanRepository struct {
	Project, Owner, Name string
	Archived             bool
	Complete             bool   // its first sync was made: only what moved is read
	Identity             string // whose budget it spends
	Streams              []PlanStream
}

// PlanStream is what would be read of one stream.
type PlanStream struct {
	Name     string
	Count    int // as GitHub counts, or estimated
	Requests int // REST
	Points   int // GraphQL
}

// Plan finds the repositories and asks how much they hold, at the same cost as
// a sync does, and a little more where commits and runs are needed; it writes
// nothing. The amounts of nested lists and of comments
// on lines are estimates.
func (in *Ingest) Plan(ctx context.Context) (Plan, error) {
	in.mu.Lock()
	projects := in.projects
	in.mu.Unlock()
	plan := Plan{parts: map[string]part{}}
	var err error
	if plan.prices, err = in.client.Prices(ctx); err != nil {
		if err := plan.problem(ctx, "prices of queries, each taken to be one point", err); err != nil {
			return plan, err
		}
	}
	known, names, err := in.survey(ctx, projects, &plan)
	if err != nil {
		return plan, err
	}
	owners := assign(projects, known, names)
	known = slices.DeleteFunc(known, func(repo model.Repository) bool { return owners[repo.ID] == "" || !in.mine(repo.ID) })
	if err := in.measure(ctx, known, byRepository(projects, owners), &plan); err != nil {
		return plan, err
	}
	plan.share(in.client.Identities(), model.At(in.now()))
	return plan, nil
}

// survey looks everything up, and gives each repository once.
func (in *Ingest) survey(ctx context.Context, projects []Project, plan *Plan) ([]model.Repository, map[string]int64, error) {
	names := map[string]int64{}
	byID := map[int64]model.Repository{}
	globs := map[string][]entry{}
	for _, e := range entries(projects) {
		full := e.owner + "/" + e.pattern
		if e.glob {
			globs[e.owner] = append(globs[e.owner], e)
			continue
		}
		repo, err := in.client.Repository(ctx, e.owner, e.pattern)
		plan.spend(in.homeOf(repo), "Repository", 1)
		if err := plan.problem(ctx, full, err); err != nil {
			return nil, nil, err
		}
		if err == nil {
			names[full], byID[repo.ID] = repo.ID, repo
		}
	}
	for owner, of := range sorted(globs) {
		repos, err := in.listOwner(ctx, owner, of)
		plan.spend(in.homeOf(repos...), "OwnerRepositories", max(1, ceil(len(repos), github.OwnerPageSize)))
		if err := plan.problem(ctx, owner+"/*", err); err != nil {
			return nil, nil, err
		}
		for _, repo := range repos {
			byID[repo.ID] = repo
		}
	}
	var known []model.Repository
	for _, repo := range sorted(byID) {
		known = append(known, repo)
	}
	return known, names, nil
}

// problem notes what could not be looked up, and gives the errors that would
// befall everything else too.
func (p *Plan) problem(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	p.Problems = append(p.Problems, what+": "+strings.ReplaceAll(err.Error(), "\n", "; "))
	if everybodys(ctx, err) {
		return err
	}
	return nil
}

// byRepository gives the projects of repositories.
func byRepository(projects []Project, owners map[int64]string) map[int64]Project {
	out := map[int64]Project{}
	for id, name := range owners {
		i := slices.IndexFunc(projects, func(p Project) bool { return p.Name == name })
		out[id] = projects[i]
	}
	return out
}

// measure plans repositories by a probe of them all.
func (in *Ingest) measure(ctx context.Context, repos []model.Repository, owners map[int64]Project, plan *Plan) error {
	probes := in.client.Probe(ctx, repos)
	if len(probes) != len(repos) {
		return errors.New("a probe gave another number of answers than was asked for")
	}
	together := map[string]int{} // by identity
	for i, repo := range repos {
		if err := probes[i].Err; err != nil {
			if err := plan.problem(ctx, repo.FullName(), err); err != nil {
				return err
			}
			continue
		}
		out := PlanRepository{
			Project: owners[repo.ID].Name, Owner: repo.Owner, Name: repo.Name, Archived: repo.Archived,
			Complete: in.mirror != nil && in.mirror.Complete(repo.ID) != 0, Identity: in.homeOf(repo),
		}
		together[out.Identity]++
		if out.Complete {
			out.Streams = in.planLater(repo, &probes[i], plan, out.Identity)
		} else {
			out.Streams = planFirst(&probes[i], plan, out.Identity)
		}
		out.Streams = append(out.Streams, in.planHistory(ctx, repo, &probes[i], owners[repo.ID].Needs, plan, out.Identity)...)
		plan.Repositories = append(plan.Repositories, out)
	}
	for identity, n := range together {
		plan.spend(identity, "Probe", ceil(n, github.ProbeBatch))
	}
	slices.SortFunc(plan.Repositories, func(a, b PlanRepository) int {
		return strings.Compare(a.Project+"/"+a.Owner+"/"+a.Name, b.Project+"/"+b.Owner+"/"+b.Name)
	})
	return nil
}

// planFirst plans a first sync.
func planFirst(probe *github.Probe, plan *Plan, identity string) []PlanStream {
	issues, pulls := probe.Issues.Count, probe.Pulls.Count
	list := func(operation string, count, size int) int {
		return plan.spend(identity, operation, ceil(count, size)) + plan.spend(identity, "Drain", count/overflowShare)
	}
	lines := pulls * reviewShare
	return []PlanStream{
		{Name: streamIssues, Count: issues, Points: list("IssuesPage", issues, github.IssuePageSize)},
		{Name: streamPulls, Count: pulls, Points: list("PullsPage", pulls, github.PullPageSize)},
		{Name: streamReviewComments, Count: lines, Requests: plan.request(identity, ceil(lines, github.CommentPageSize))},
	}
}

// planLater plans a repository whose first sync was made. How much of it has
// moved is not known beforehand: a page of each stream that did, and one
// request for each kind of comments.
func (in *Ingest) planLater(repo model.Repository, probe *github.Probe, plan *Plan, identity string) []PlanStream {
	page := func(s itemStream, operation string) PlanStream {
		out := PlanStream{Name: s.name, Count: s.mark(probe).Count}
		if cur, err := in.mirror.Cursor(repo.ID, s.name); err != nil || s.due(cur, probe) {
			out.Points = plan.spend(identity, operation, 1)
		}
		return out
	}
	issues, pulls := page(in.issues(), "IssuesPage"), page(in.pulls(), "PullsPage")
	return []PlanStream{
		issues, pulls,
		{Name: streamReviewComments, Requests: plan.request(identity, min(1, pulls.Count))},
		{Name: streamComments, Requests: plan.request(identity, min(1, issues.Count+pulls.Count))},
	}
}

func ceil(n, size int) int { return (n + size - 1) / size }
