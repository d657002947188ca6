package ingest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// TestFaultsChangeNothing lets answers go wrong in every way that passes, and
// compares what is stored in the end.
func TestFaultsChangeNothing(t *testing.T) {
	t.Parallel()
	faults := []githubtest.Fault{
		{Kind: githubtest.FaultTruncated, GraphQL: "IssuesPage", Skip: 1, Count: 1},
		{Kind: githubtest.FaultHTML, GraphQL: "PullsPage", Count: 1},
		{Kind: githubtest.FaultPartial, GraphQL: "PullsPage", Skip: 1, Count: 1, Nodes: 3},
		{Kind: githubtest.FaultTimeout, GraphQL: "IssuesPage", PageOver: 10},
		{Kind: githubtest.FaultResources, GraphQL: "PullsPage", PageOver: 7, Nodes: 5},
		{Kind: githubtest.FaultEmpty, REST: "/repos/{owner}/{repo}/pulls/comments", Count: 1},
		{Kind: githubtest.FaultCut, GraphQL: "Drain", Count: 1},
	}
	h := newHub(t, end, dataset(githubtest.GenerateOptions{Seed: 12, Issues: 60, PullRequests: 40, Comments: 4000, ReviewComments: 120}))
	want := h.fresh(t)
	for _, f := range faults {
		h.AddFault(f)
	}
	m := openMirror(t)
	in := h.reads(t, m)
	h.sync(t, in)
	if diff := cmp.Diff(want, items(t, m)); diff != "" {
		t.Errorf("(-without +with faults):\n%s", diff)
	}
	struck := h.Counts().Faults
	for _, f := range faults {
		if struck[string(f.Kind)] == 0 {
			t.Errorf("fault %s did not strike", f.Kind)
		}
	}
	if s := in.Status()[0]; s.Gaps != 0 {
		t.Errorf("%d gaps", s.Gaps)
	}
}

// poisoned is a client that cannot read one pull request.
type poisoned struct {
	Client
	number int
}

func (p *poisoned) PullRequests(ctx context.Context, req github.PageRequest) (github.ItemPage, error) {
	page, err := p.Client.PullRequests(ctx, req)
	for _, it := range page.Items {
		if it.Number == p.number {
			return github.ItemPage{}, refused("too_heavy")
		}
	}
	return page, err
}

func TestFilledGapHasItsReviewComments(t *testing.T) {
	data := dataset(githubtest.GenerateOptions{Seed: 20, Issues: 5, PullRequests: 40, ReviewComments: 200})
	h := newHub(t, end, data)
	want := h.fresh(t)
	it := anItem(t, data.Repos[0], func(it *githubtest.Item) bool {
		return it.PR != nil && slices.ContainsFunc(it.PR.Reviews, func(r githubtest.Review) bool { return len(r.Comments) > 2 })
	})
	m := openMirror(t)
	in := h.reads(t, m)
	client := &poisoned{Client: h.client, number: it.Number}
	in.client = client
	h.sync(t, in)
	if s := in.Status()[0]; s.Gaps != 1 || !s.Complete {
		t.Fatalf("status %+v", s)
	}
	client.number = 0
	h.clock.add(30 * time.Minute)
	h.sync(t, in)
	h.clock.add(31 * time.Minute)
	h.sync(t, in)
	if s := in.Status()[0]; s.Gaps != 0 {
		t.Errorf("status %+v", s)
	}
	if diff := cmp.Diff(want, items(t, m)); diff != "" {
		t.Error(diff)
	}
}

func TestRefusedToken(t *testing.T) {
	t.Parallel()
	h := newHub(t, end, dataset(githubtest.GenerateOptions{Seed: 13, Issues: 5}))
	h.SetTokens([]githubtest.Token{{Token: "another", Login: "octocat"}})
	in := h.reads(t, openMirror(t), "acme/widgets", "acme/*")
	if err := in.Sync(t.Context()); !errors.Is(err, ErrIncomplete) {
		t.Errorf("got %v", err)
	}
	for _, s := range in.Status() {
		if stream(s, streamDiscovery).Errors["unauthorized"] != 1 || s.ID != 0 || s.LastError == "" {
			t.Errorf("status %+v", s)
		}
	}
}

func TestForcePushKeepsTheOldCommits(t *testing.T) {
	h, m, in, r := swept(t, 14)
	now := githubtest.TimeOf(end)
	it := anItem(t, r, func(it *githubtest.Item) bool {
		return it.PR != nil && it.PR.MergeOID == "" && len(it.PR.Commits) > 0 && it.PR.Commits[0].RemovedAt == 0 && !closedBy(it, now)
	})
	before, err := m.Item(r.ID, it.Number)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.add(time.Minute)
	h.Change(func(now githubtest.Time) {
		old := it.PR.Commits[0]
		commit := *r.Commit(old.OID)
		commit.OID = "feedfacefeedfacefeedfacefeedfacefeedface"
		commit.Committer.At = now
		r.Commits = append(r.Commits, &commit)
		for i := range it.PR.Commits {
			it.PR.Commits[i].RemovedAt = now
		}
		it.PR.Commits = append(it.PR.Commits, githubtest.PRCommit{OID: commit.OID, PushedAt: now})
		it.Events = append(it.Events, githubtest.Event{
			ID: 987654321, Kind: githubtest.HeadRefForcePushed, At: now, Actor: it.Author, Before: it.PR.HeadOID, OID: commit.OID,
		})
		it.PR.HeadOID = commit.OID
		r.Index()
	})
	h.clock.add(time.Minute)
	h.sync(t, in)
	after, err := m.Item(r.ID, it.Number)
	if err != nil {
		t.Fatal(err)
	}
	if listed(after) != 1 || len(after.Commits) != len(before.Commits)+1 || after.HeadOID == before.HeadOID {
		t.Errorf("%d commits before; after: %+v", len(before.Commits), after.Commits)
	}
	if !slices.ContainsFunc(after.Events, func(e model.Event) bool { return e.Kind == model.HeadRefForcePushed }) {
		t.Error("no event of the force-push")
	}
}

// closedBy reports whether an item was closed before an instant.
func closedBy(it *githubtest.Item, now githubtest.Time) bool {
	return slices.ContainsFunc(it.Events, func(e githubtest.Event) bool { return e.Kind == githubtest.Closed && e.At.By(now) })
}

func TestRepositoryThatIsBlockedAndFreed(t *testing.T) {
	h, m, in, r := swept(t, 15)
	if err := h.BlockRepository(r.ID, "dmca"); err != nil {
		t.Fatal(err)
	}
	h.clock.add(5 * time.Minute)
	if err := in.Sync(t.Context()); !errors.Is(err, ErrIncomplete) {
		t.Errorf("got %v", err)
	}
	h.clock.add(15 * time.Minute)
	_ = in.Sync(t.Context())
	repo, _ := m.Repository(r.ID)
	if s := in.Status()[0]; s.Gone == "" || repo.GoneAt == 0 || len(m.State(r.ID).Items) == 0 {
		t.Errorf("status %+v, gone at %s", s, repo.GoneAt)
	}
	if err := h.BlockRepository(r.ID, ""); err != nil {
		t.Fatal(err)
	}
	h.clock.add(time.Hour)
	h.sync(t, in)
	repo, _ = m.Repository(r.ID)
	if s := in.Status()[0]; s.Gone != "" || repo.GoneAt != 0 {
		t.Errorf("status %+v, gone at %s", s, repo.GoneAt)
	}
}

func TestRenamedOnGitHub(t *testing.T) {
	h, m, in, r := swept(t, 16)
	if err := h.RenameRepository(r.ID, "acme", "gizmos"); err != nil {
		t.Fatal(err)
	}
	h.clock.add(5 * time.Minute)
	h.sync(t, in)
	h.clock.add(5 * time.Minute)
	in = h.reads(t, m) // by its old name
	h.sync(t, in)
	if got := in.Status(); len(got) != 1 || got[0].Name != "gizmos" || got[0].ID != r.ID || !got[0].Complete {
		t.Errorf("status %+v", got)
	}
}

func TestIssuesSwitchedOff(t *testing.T) {
	h, m, in, r := swept(t, 17)
	if err := h.DisableIssues(r.ID, true); err != nil {
		t.Fatal(err)
	}
	h.nextSweep(t, in)
	h.clock.add(11 * time.Minute)
	h.sync(t, in)
	for it, err := range m.Items(r.ID) {
		if err != nil || it.GoneAt != 0 {
			t.Fatalf("#%d is gone, %v", it.Number, err)
		}
	}
}

func TestPlan(t *testing.T) {
	h := newHub(t, end,
		dataset(githubtest.GenerateOptions{Seed: 18, Issues: 100, PullRequests: 60}),
		dataset(githubtest.GenerateOptions{Seed: 19, Name: "empty"}))
	in := New(Options{Client: h.client, Projects: []Project{
		{Name: "one", Repositories: []string{"acme/widgets", "acme/missing"}}, {Name: "two", Repositories: []string{"acme/*"}},
	}})
	plan, err := in.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	spent := h.points()
	for _, operation := range []string{"IssuesPage", "PullsPage", "Drain", "Probe", "Repository", "OwnerRepositories"} {
		if plan.prices[operation] != 1 {
			t.Errorf("a full page of %s costs %d points", operation, plan.prices[operation])
		}
	}
	if len(plan.Repositories) != 2 || len(plan.Problems) != 1 {
		t.Fatalf("plan %+v", plan)
	}
	w := plan.Repositories[0]
	if w.Project != "one" || w.Name != "widgets" || w.Complete || w.Streams[0].Count < 95 || w.Streams[0].Points != 3 || w.Streams[1].Points != 3 {
		t.Errorf("plan %+v", w)
	}
	if e := plan.Repositories[1]; e.Project != "two" || e.Name != "empty" {
		t.Errorf("plan %+v", e)
	}
	if plan.Points != spent+6 || plan.Requests != 2 || plan.Duration != time.Duration(plan.Points)*3*time.Second {
		t.Errorf("plan of %d points, %d requests, %s; %d were spent", plan.Points, plan.Requests, plan.Duration, spent)
	}

	m := openMirror(t)
	h.sync(t, h.reads(t, m, "acme/*"))
	in = h.reads(t, m, "acme/*")
	before := items(t, m)
	plan, err = in.Plan(t.Context())
	if err != nil || len(plan.Repositories) != 2 || !plan.Repositories[1].Complete {
		t.Errorf("plan %+v, %v", plan, err)
	}
	if diff := cmp.Diff(before, items(t, m)); diff != "" {
		t.Error("a plan has written something")
	}
}
