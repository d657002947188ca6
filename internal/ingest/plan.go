package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// What an estimate assumes of GitHub.
const (
	// CallsPerMinute is how many GraphQL calls one identity can make: GitHub
	// allows 60 seconds of its processors' time a minute, and a page of items
	// takes up to 3. It is the pessimistic figure, and bounds the time.
	CallsPerMinute = 20
	// overflowShare is one point for lists that go on for so many items.
	overflowShare = 400
	// reviewShare is how many comments on lines a pull request has.
	reviewShare = 3
)

// Plan is what a full pass would ask of GitHub.
type Plan struct {
	Repositories []PlanRepository
	Problems     []string // names and owners that could not be looked up
	Requests     int      // REST
	Points       int      // GraphQL, discovery and probes included
	Duration     time.Duration
}

// PlanRepository is what a full pass would read of one repository.
type PlanRepository struct {
	Project, Owner, Name string
	Archived             bool
	Complete             bool // its first sync was made: only what moved is read
	Problem              string
	Streams              []PlanStream
}

// PlanStream is what would be read of one stream.
type PlanStream struct {
	Name     string
	Count    int // as GitHub counts, or estimated
	Requests int // REST
	Points   int // GraphQL
}

// Plan finds the repositories and asks how much they hold, which costs a point
// for each 100 repositories of an owner, one for each name and one for each 37
// repositories; it writes nothing. The amounts of nested lists and of comments
// on lines are estimates.
func (in *Ingest) Plan(ctx context.Context) (Plan, error) {
	in.mu.Lock()
	projects := in.projects
	in.mu.Unlock()
	var plan Plan
	known, names, err := in.survey(ctx, projects, &plan)
	if err != nil {
		return plan, err
	}
	owners := assign(projects, known, names)
	known = slices.DeleteFunc(known, func(repo model.Repository) bool { return owners[repo.ID] == "" || !in.mine(repo.ID) })
	for some := range slices.Chunk(known, github.ProbeBatch) {
		if err := in.planSome(ctx, some, owners, &plan); err != nil {
			return plan, err
		}
	}
	for _, repo := range plan.Repositories {
		for _, s := range repo.Streams {
			plan.Requests += s.Requests
			plan.Points += s.Points
		}
	}
	plan.Duration = time.Duration(plan.Points) * time.Minute / CallsPerMinute
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
		plan.Points++
		if err := plan.problem(ctx, full, err); err != nil {
			return nil, nil, err
		}
		if err == nil {
			names[full], byID[repo.ID] = repo.ID, repo
		}
	}
	for owner, of := range sorted(globs) {
		repos, err := in.listOwner(ctx, owner, of)
		plan.Points += max(1, ceil(len(repos), github.OwnerPageSize))
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
	p.Problems = append(p.Problems, fmt.Sprintf("%s: %v", what, err))
	if everybodys(ctx, err) {
		return err
	}
	return nil
}

// planSome plans some repositories by one probe.
func (in *Ingest) planSome(ctx context.Context, repos []model.Repository, owners map[int64]string, plan *Plan) error {
	probes := in.client.Probe(ctx, repos)
	plan.Points++
	for _, probe := range probes {
		if everybodys(ctx, probe.Err) {
			return probe.Err
		}
	}
	if len(probes) != len(repos) {
		return errors.New("a probe gave another number of answers than was asked for")
	}
	for i := range probes {
		plan.Repositories = append(plan.Repositories, in.planOne(repos[i], owners[repos[i].ID], &probes[i]))
	}
	slices.SortFunc(plan.Repositories, func(a, b PlanRepository) int {
		return strings.Compare(a.Project+"/"+a.Owner+"/"+a.Name, b.Project+"/"+b.Owner+"/"+b.Name)
	})
	return nil
}

// planOne plans one repository.
func (in *Ingest) planOne(repo model.Repository, project string, probe *github.Probe) PlanRepository {
	out := PlanRepository{Project: project, Owner: repo.Owner, Name: repo.Name, Archived: repo.Archived}
	if probe.Err != nil {
		out.Problem = probe.Err.Error()
		return out
	}
	if in.mirror != nil && in.mirror.Complete(repo.ID) != 0 {
		out.Complete = true
		out.Streams = in.planLater(repo.ID, probe)
		return out
	}
	issues, pulls := probe.Issues.Count, probe.Pulls.Count
	out.Streams = []PlanStream{
		{Name: streamIssues, Count: issues, Points: ceil(issues, github.IssuePageSize) + ceil(issues, overflowShare)},
		{Name: streamPulls, Count: pulls, Points: ceil(pulls, github.PullPageSize) + ceil(pulls, overflowShare)},
		{Name: streamReviewComments, Count: pulls * reviewShare, Requests: ceil(pulls*reviewShare, github.CommentPageSize)},
	}
	return out
}

// planLater plans a repository whose first sync was made. How much of it has
// moved is not known beforehand: a page of each stream that did, and one
// request for each kind of comments.
func (in *Ingest) planLater(id int64, probe *github.Probe) []PlanStream {
	var out []PlanStream
	for _, s := range []itemStream{in.issues(), in.pulls()} {
		cur, err := in.mirror.Cursor(id, s.name)
		points := 0
		if err != nil || s.due(cur, probe) {
			points = 1
		}
		out = append(out, PlanStream{Name: s.name, Count: s.mark(probe).Count, Points: points})
	}
	return append(out, PlanStream{Name: streamReviewComments, Requests: out[1].Points}, PlanStream{Name: streamComments, Requests: 1})
}

func ceil(n, size int) int { return (n + size - 1) / size }
