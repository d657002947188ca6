package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// deploys needs GitHub's deployments alone.
var deploys = Needs{Deployments: true}

// smallData generates a repository of which little but its deployments matters.
func smallData() *githubtest.Dataset {
	return livingData(githubtest.GenerateOptions{Seed: 2, Issues: 5, PullRequests: 80, Start: end.AddDate(0, -3, 0), End: end, DeploysPerWeek: 20})
}

// asked counts the calls of an operation since the last time, and forgets them.
func (h *hub) asked(operation string) int {
	n := h.Counts().Operations[operation]
	h.ResetLog()
	return n
}

// A commit that GitHub does not have is asked for again a day later, then less
// and less often.
func TestLostCommits(t *testing.T) {
	t.Parallel()
	data := smallData()
	repo := data.Repos[0]
	lost := strings.Repeat("deadbeef", 5)
	repo.Deployments[len(repo.Deployments)-1].OID = lost
	h := newHub(t, end, data)
	m := openMirror(t)
	in := h.readsHistory(t, m, deploys)
	h.sync(t, in)
	h.asked("CommitHistory")
	var days []int
	for day := range 70 {
		h.clock.add(24 * time.Hour)
		h.sync(t, in)
		if h.asked("CommitHistory") > 0 {
			days = append(days, day+1)
		}
		if day == 40 { // it appears after all
			h.Change(func(githubtest.Time) {
				repo.Commits = append(repo.Commits, &githubtest.Commit{OID: lost, Committer: githubtest.Signature{At: githubtest.TimeOf(end)}})
				repo.Index()
			})
		}
	}
	if len(days) < 4 || len(days) > 6 || days[0] > 2 {
		t.Errorf("asked on the days %v", days)
	}
	if known, err := m.HasCommit(repo.ID, lost); err != nil || !known {
		t.Errorf("the commit is not known in the end: %v", err)
	}
}

// What never ends is not read again for ever.
func TestDeploymentsThatNeverEnd(t *testing.T) {
	t.Parallel()
	data := smallData()
	repo := data.Repos[0]
	last := repo.Deployments[len(repo.Deployments)-1]
	last.CreatedAt = githubtest.TimeOf(end) - 60
	last.Statuses = last.Statuses[:1]
	last.Statuses[0].State, last.Statuses[0].At = "queued", last.CreatedAt
	h := newHub(t, end, data)
	m := openMirror(t)
	in := h.readsHistory(t, m, deploys)
	in.every.Sweep = never
	h.sync(t, in)
	h.clock.add(time.Minute)
	h.sync(t, in)
	h.ResetLog()
	days := 0
	for range 12 {
		h.sync(t, in)
		days += h.asked("DeploymentsByID")
		h.clock.add(24 * time.Hour)
	}
	if days != 7 {
		t.Errorf("read again on %d days", days)
	}
}

// Deployments behind the first page that change or go are found once a week.
func TestWeeklySweepOfDeployments(t *testing.T) {
	t.Parallel()
	data := smallData()
	repo := data.Repos[0]
	if len(repo.Deployments) < 110 {
		t.Fatalf("%d deployments", len(repo.Deployments))
	}
	h := newHub(t, end, data)
	m := openMirror(t)
	in := h.readsHistory(t, m, deploys)
	h.sync(t, in)
	h.clock.add(time.Hour)
	gone, changed := repo.Deployments[1].ID, repo.Deployments[2].ID
	h.Change(func(now githubtest.Time) {
		d := repo.Deployments[2]
		d.Statuses = append(slices.Clone(d.Statuses), githubtest.DeploymentStatus{ID: 99, State: "inactive", At: now})
		fresh := *repo.Deployments[0]
		fresh.ID, fresh.NodeID, fresh.CreatedAt, fresh.Statuses = 5_000_000_000, "", now, nil
		repo.Deployments = append(slices.Delete(slices.Clone(repo.Deployments), 1, 2), &fresh)
		repo.Index()
	})
	h.sync(t, in)
	whole := 0
	for range 15 {
		h.ResetLog()
		h.clock.add(24 * time.Hour)
		h.sync(t, in)
		if h.asked("DeploymentsPage") > 1 {
			whole++
		}
	}
	if whole != 2 {
		t.Errorf("read to the end %d times in 15 days", whole)
	}
	got := historyOf(t, m)
	if got.Deployments[gone].GoneAt == 0 {
		t.Error("a deleted deployment is not gone")
	}
	if d := got.Deployments[changed]; d.GoneAt != 0 || d.Statuses[len(d.Statuses)-1].State != "inactive" {
		t.Errorf("got %+v", d)
	}
}

// TestCostsOfHistory holds each stream to what a thousand records may cost.
func TestCostsOfHistory(t *testing.T) {
	t.Parallel()
	data := livingData(githubtest.GenerateOptions{Seed: 5, Issues: 5, PullRequests: 1100, DeploysPerWeek: 8})
	repo := data.Repos[0]
	for _, run := range repo.Runs { // repeated ones cost a request for each earlier attempt
		run.Attempts = run.Attempts[len(run.Attempts)-1:]
	}
	h := newHub(t, end, data)
	m := openMirror(t)
	h.sync(t, h.readsHistory(t, m, everything))
	records, counts := m.Records(repo.ID), h.Counts()
	pages := func(n, size int) int { return (n + size - 1) / size }
	want := map[string]int{
		"DeploymentsPage": pages(records["deployment"], 100), // 10 points
		"ReleasesPage":    pages(records["release"], 100),
		"TagsPage":        pages(records["tag"], 100),
		"BranchHistory":   1,
		"CommitHistory":   pages(records["branch_commit"], 100) - 1,
	}
	for operation, n := range want {
		if got := counts.Operations[operation]; got != n || counts.GraphQLPoints[operation] > n {
			t.Errorf("%d calls of %s for %d points, want %d; %v", got, operation, counts.GraphQLPoints[operation], n, records)
		}
	}
	for _, kind := range []string{"deployment", "branch_commit", "workflow_run"} {
		if records[kind] < 1000 {
			t.Errorf("%d records of %s prove little", records[kind], kind)
		}
	}
	runs := records["workflow_run"]
	windows := runs/github.RunWindow + 1
	if got := counts.Routes["/repos/{owner}/{repo}/actions/runs"]; got > pages(runs, 30)+2*windows {
		t.Errorf("%d requests for %d runs, want at most 34 for 1,000", got, runs)
	}
	if got := counts.Operations["RunJobs"]; got > pages(runs, 50)+windows {
		t.Errorf("%d calls for the jobs of %d runs, want 20 for 1,000", got, runs)
	}
	t.Log(records, counts.Operations, counts.Routes)
}

// TestHistoryOfAnEnterpriseServer is the same as that of github.com, with an
// old schema and without limits.
func TestHistoryOfAnEnterpriseServer(t *testing.T) {
	t.Parallel()
	data := smallData()
	want := newHub(t, end, data).freshHistory(t, everything)
	for _, version := range []string{"", "3.4", "2.21"} {
		c := &clock{now: end}
		opts := githubtest.Options{Clock: c.Now, Datasets: []*githubtest.Dataset{smallData()}, Enterprise: true}
		if version != "" {
			opts.Missing = githubtest.EnterpriseMissing(version)
		}
		server := githubtest.New(opts)
		if err := server.Start("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		client, err := github.New(github.Options{
			APIURL: server.APIURL(), GraphQLURL: server.GraphQLURL(), UserAgent: "test", Now: c.Now,
			Tokens: []github.TokenSource{{Name: "default", Read: func() (string, error) { return "secret", nil }}},
		})
		if err != nil {
			t.Fatal(err)
		}
		h := &hub{server, c, client}
		if diff := cmp.Diff(want, h.freshHistory(t, everything)); diff != "" {
			t.Errorf("version %q (-github.com +server):\n%s", version, diff)
		}
	}
}

// halting ends the session's context as soon as so many calls for the history
// were answered.
type halting struct{ *stopping }

func (s *halting) Deployments(ctx context.Context, repo model.Repository, after string) (github.DeploymentPage, error) {
	return answer(ctx, s.stopping, func() (github.DeploymentPage, error) { return s.Client.Deployments(ctx, repo, after) })
}

func (s *halting) Releases(ctx context.Context, repo model.Repository, after string) (github.ReleasePage, error) {
	return answer(ctx, s.stopping, func() (github.ReleasePage, error) { return s.Client.Releases(ctx, repo, after) })
}

func (s *halting) Tags(ctx context.Context, repo model.Repository, after string) (github.TagPage, error) {
	return answer(ctx, s.stopping, func() (github.TagPage, error) { return s.Client.Tags(ctx, repo, after) })
}

func (s *halting) History(ctx context.Context, repo model.Repository, from, after string) (github.HistoryPage, error) {
	return answer(ctx, s.stopping, func() (github.HistoryPage, error) { return s.Client.History(ctx, repo, from, after) })
}

// TestResumeOfHistory ends the process after every page: nothing that was
// stored is asked for again, and what comes of it is the same.
func TestResumeOfHistory(t *testing.T) {
	t.Parallel()
	needs := Needs{Deployments: true, Releases: true, Tags: true}
	h := newHub(t, end, livingData(githubtest.GenerateOptions{Seed: 6, Issues: 5, PullRequests: 330, DeploysPerWeek: 3}))
	want := h.freshHistory(t, needs)
	operations := []string{"DeploymentsPage", "ReleasesPage", "TagsPage", "BranchHistory", "CommitHistory"}
	read := func() map[string]int {
		out := map[string]int{}
		for _, operation := range operations {
			out[operation] = h.Counts().Operations[operation]
		}
		h.ResetLog()
		return out
	}
	whole := read()
	dir := t.TempDir()
	interrupted(t, whole, read, func() bool { return oneHistorySession(t, h, dir, needs) })
	if diff := cmp.Diff(want, historyOf(t, reopened(t, dir))); diff != "" {
		t.Error(diff)
	}
}

// oneHistorySession runs a process that ends after one page of the history, and
// reports whether the first sync is complete.
func oneHistorySession(t *testing.T, h *hub, dir string, needs Needs) bool {
	t.Helper()
	return endsEarly(t, h, dir, needs, func(stop context.CancelFunc) Client {
		return &halting{&stopping{Client: onlyHistory{h.client}, left: 1, stop: stop}}
	})
}

// onlyHistory has no items.
type onlyHistory struct{ Client }

func (c onlyHistory) Probe(ctx context.Context, repos []model.Repository) []github.Probe {
	probes := c.Client.Probe(ctx, repos)
	for i := range probes {
		probes[i].Issues, probes[i].Pulls = github.Watermark{}, github.Watermark{}
	}
	return probes
}

// TestInterruptedLater ends the process after every call of later runs: what is
// shown is never half of them, and what is stored in the end is whole.
func TestInterruptedLater(t *testing.T) {
	t.Parallel()
	needs := Needs{Deployments: true, Releases: true, Tags: true}
	data := livingData(githubtest.GenerateOptions{Seed: 7, Issues: 5, PullRequests: 120, DeploysPerWeek: 5})
	h := newHub(t, end.AddDate(-1, 0, 0), data)
	dir := t.TempDir()
	for !oneHistorySession(t, h, dir, needs) {
	}
	for step := range 12 {
		h.clock.add(30 * 24 * time.Hour)
		for range 3 {
			oneHistorySession(t, h, dir, needs)
			checkShown(t, dir, step)
		}
	}
	m, err := mirror.Open(dir, mirror.Options{Digest: countingDigest})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	in := h.readsHistory(t, m, needs)
	in.client = onlyHistory{h.client}
	h.sync(t, in)
	h.sync(t, in)
	want, got := h.freshHistory(t, needs), historyOf(t, m)
	got.forget()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-fresh +kept):\n%s", diff)
	}
}

// checkShown makes sure that of everything that is shown the commits are too.
func checkShown(t *testing.T, dir string, step int) {
	t.Helper()
	m, err := mirror.Open(dir, mirror.Options{Digest: countingDigest})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	shown := m.State(m.Repositories()[0].ID).History
	if !shown.Graph.Whole() || shown.Graph.Number(shown.Head) == model.Absent {
		t.Fatalf("step %d: a commit that is shown lacks a parent", step)
	}
	for _, d := range shown.Deployments {
		if shown.Graph.Number(d.OID) == model.Absent {
			t.Fatalf("step %d: the commit of deployment %d is not shown", step, d.ID)
		}
	}
}

// TestHistoryThatMayNotBeSeen has a token without permissions: the rest is
// complete, and what is missing is told.
func TestHistoryThatMayNotBeSeen(t *testing.T) {
	t.Parallel()
	data := smallData()
	data.Repos[0].Visibility = "private"
	h := newHub(t, end, data)
	denied := &github.Error{Op: "test", Reason: "forbidden", Message: "Resource not accessible by personal access token"}
	m := openMirror(t)
	in := h.readsHistory(t, m, everything)
	c := &denying{Client: h.client, err: denied}
	in.client = c
	err := in.Sync(t.Context())
	if !errors.Is(err, ErrIncomplete) || !errors.Is(err, github.ErrForbidden) {
		t.Errorf("got %v", err)
	}
	s := in.Status()[0]
	if !s.Complete || m.State(s.ID).Complete == 0 || m.State(s.ID).History == nil || len(m.State(s.ID).History.Releases) == 0 {
		t.Errorf("status %+v", s)
	}
	for _, name := range []string{streamDeployments, streamRuns} {
		if st := stream(s, name); st.Errors["forbidden"] != 1 || st.LastSuccess != 0 {
			t.Errorf("%s: %+v", name, st)
		}
	}
	c.allow()
	h.clock.add(2 * time.Hour)
	h.sync(t, in)
	if diff := cmp.Diff(h.freshHistory(t, everything), historyOf(t, m)); diff != "" {
		t.Error(diff)
	}
	if got := m.State(s.ID).History; len(got.Deployments) == 0 || len(got.Runs) == 0 {
		t.Errorf("%d deployments and %d runs are shown", len(got.Deployments), len(got.Runs))
	}
}

// denying is a client that may see neither deployments nor runs.
type denying struct {
	Client
	mu  sync.Mutex
	err error
}

func (c *denying) allow() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = nil
}

func (c *denying) denied() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *denying) Probe(ctx context.Context, repos []model.Repository) []github.Probe {
	probes := c.Client.Probe(ctx, repos)
	for i := range probes {
		if c.denied() != nil {
			probes[i].Deployments = github.Watermark{Denied: true}
		}
	}
	return probes
}

func (c *denying) Deployments(ctx context.Context, repo model.Repository, after string) (github.DeploymentPage, error) {
	if err := c.denied(); err != nil {
		return github.DeploymentPage{}, err
	}
	return c.Client.Deployments(ctx, repo, after)
}

func (c *denying) Runs(ctx context.Context, req github.RunsRequest) (github.RunsPage, error) {
	if err := c.denied(); err != nil {
		return github.RunsPage{}, err
	}
	return c.Client.Runs(ctx, req)
}

// TestFaultsOfHistory has GitHub fail in all ways while two months of history
// are read, at first and later.
func TestFaultsOfHistory(t *testing.T) {
	t.Parallel()
	needs := Needs{Deployments: true, Releases: true, Tags: true}
	for _, kind := range []githubtest.FaultKind{
		githubtest.FaultDataNull, githubtest.FaultPartial, githubtest.FaultTimeout, githubtest.FaultTruncated, githubtest.FaultEmpty,
	} {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			t.Parallel()
			h := newHub(t, end.AddDate(0, -1, 0), smallData())
			m := openMirror(t)
			in := h.readsHistory(t, m, needs)
			in.every.Sweep = never
			for range 2 {
				for _, operation := range []string{"DeploymentsPage", "ReleasesPage", "TagsPage", "BranchHistory"} {
					h.AddFault(githubtest.Fault{Kind: kind, GraphQL: operation, Count: 1})
				}
				h.sync(t, in)
				h.clock.add(29 * 24 * time.Hour)
			}
			h.sync(t, in)
			h.ClearFaults()
			got := historyOf(t, m)
			got.forget()
			if diff := cmp.Diff(h.freshHistory(t, needs), got); diff != "" {
				t.Errorf("(-fresh +kept):\n%s", diff)
			}
		})
	}
}
