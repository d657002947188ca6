package ingest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// needRuns needs the runs of some workflows.
func needRuns(files ...string) Needs {
	chosen := func(file string) bool { return slices.Contains(files, file) }
	return Needs{Workflows: Workflows{Key: strings.Join(files, ","), Match: chosen, Deploys: chosen}}
}

// ran makes a run of a workflow that was created now.
func ran(id int64, file, status string) github.Run {
	now := model.At(time.Now())
	run := github.Run{Suite: "CS", Run: model.Run{
		ID: id, Attempt: 1, Workflow: file, Branch: "main", OID: oid("c1"), Status: status, CreatedAt: now, StartedAt: now, UpdatedAt: now,
	}}
	if status == "completed" {
		run.CompletedAt, run.Conclusion = now, "success"
	}
	return run
}

// statusOf gives how a stored run is: status and conclusion, by attempt.
func (r *running) statusOf(id int64) (out []string) {
	r.t.Helper()
	all, err := r.m.Runs(1)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, run := range all {
		if run.ID == id {
			out = append(out, strings.TrimSpace(run.Status+" "+run.Conclusion))
		}
	}
	return out
}

func TestRunsAreAskedForAsOftenAsConfigured(t *testing.T) {
	projects := []Project{{Name: "test", Repositories: []string{"acme/a"}, Needs: needRuns("deploy.yml")}}
	inBubble(t, projects, func(f *fake) {
		r := f.add("acme/a")[0]
		r.DefaultBranch = "main"
		r.history.chain("c", 3, 1)
		r.history.runs = []github.Run{ran(2, "ci.yml", "completed"), ran(1, "deploy.yml", "completed")}
	}, func(r *running) {
		r.run()
		r.until(30 * time.Minute)
		if n := len(r.callsOf("runs")); n < 5 || n > 7 {
			t.Errorf("asked %d times in half an hour", n)
		}
		if got := r.statusOf(2); got != nil {
			t.Errorf("a run of another workflow is stored: %v", got)
		}
		r.locked(func() {
			r.repos[0].history.runs = slices.Insert(r.repos[0].history.runs, 0, ran(3, "deploy.yml", "in_progress"))
		})
		r.until(36 * time.Minute)
		if got := r.statusOf(3); !slices.Equal(got, []string{"in_progress"}) {
			t.Errorf("run %v", got)
		}
		r.locked(func() {
			run := ran(3, "deploy.yml", "completed")
			run.CreatedAt -= 6 * 60
			r.repos[0].history.runs[0] = run
		})
		r.until(42 * time.Minute)
		if got := r.statusOf(3); !slices.Equal(got, []string{"completed success"}) {
			t.Errorf("run %v", got)
		}
		if names, _ := r.graph(); len(names) != 3 {
			t.Errorf("commits %v", names)
		}
		if st := stream(r.status("acme/a"), streamRuns); st.Stored != 2 || st.LastSuccess == 0 || st.LastError != "" {
			t.Errorf("status %+v", st)
		}
	})
}

// TestRunsOfManyYears has more runs than GitHub lists of a filter, several of
// them in a second.
func TestRunsOfManyYears(t *testing.T) {
	t.Parallel()
	data := livingData(githubtest.GenerateOptions{Seed: 8, Issues: 1, PullRequests: 20})
	repo := data.Repos[0]
	example := repo.Runs[len(repo.Runs)/2]
	repo.Runs = nil
	for n := range 2500 {
		run := *example
		run.ID, run.NodeID, run.CheckSuite, run.Branch = int64(1_000_000+n), "", int64(2_000_000+n), "main"
		run.CreatedAt = githubtest.TimeOf(end) - githubtest.Time(60*60*24) - githubtest.Time(n/7)*600
		run.Attempts = []githubtest.Attempt{{StartedAt: run.CreatedAt, CompletedAt: run.CreatedAt + 60, Conclusion: "success"}}
		repo.Runs = append(repo.Runs, &run)
	}
	slices.Reverse(repo.Runs)
	repo.Index()
	h := newHub(t, end, data)
	m := openMirror(t)
	h.sync(t, h.readsHistory(t, m, Needs{Workflows: everything.Workflows}))
	if got := m.Records(repo.ID)["workflow_run"]; got != 2500 {
		t.Errorf("%d runs, want 2500", got)
	}
	requests := h.Counts().Routes["/repos/{owner}/{repo}/actions/runs"]
	if requests > 3*10 {
		t.Errorf("%d requests for 2500 runs", requests)
	}
	t.Log(requests, h.Counts().Operations)
}

// TestRunsGoOnAndAreRepeated follows runs that end late and attempts that
// begin late, behind the page that is asked for.
func TestRunsGoOnAndAreRepeated(t *testing.T) {
	t.Parallel()
	data := livingData(githubtest.GenerateOptions{Seed: 9, Issues: 1, PullRequests: 160, Start: end.AddDate(0, -4, 0), End: end})
	repo := data.Repos[0]
	begin := end.AddDate(0, 0, -20)
	var late, again *githubtest.Run
	for _, run := range repo.Runs {
		old := run.CreatedAt.Time().After(begin.Add(-3*24*time.Hour)) && run.CreatedAt.Time().Before(begin.Add(-24*time.Hour))
		if run.Branch != "main" || !old {
			continue
		}
		switch {
		case late == nil:
			late = run
			late.Attempts = late.Attempts[:1]
			late.Attempts[0].CompletedAt = githubtest.TimeOf(begin.Add(30 * time.Hour))
			late.Attempts[0].Conclusion = "failure"
		case again == nil:
			again = run
			again.Attempts = append(slices.Clone(again.Attempts[:1]), githubtest.Attempt{
				StartedAt: githubtest.TimeOf(begin.Add(50 * time.Hour)), CompletedAt: githubtest.TimeOf(begin.Add(51 * time.Hour)), Conclusion: "success",
			})
		}
	}
	if again == nil {
		t.Fatal("there are no such runs")
	}
	h := newHub(t, begin, data)
	m := openMirror(t)
	needs := Needs{Workflows: everything.Workflows}
	in := h.readsHistory(t, m, needs)
	in.every.Sweep = never
	h.sync(t, in)
	for range 16 {
		h.clock.add(6 * time.Hour)
		h.sync(t, in)
	}
	state := func(run *githubtest.Run) (out []string) {
		all, err := m.Runs(repo.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			if r.ID == run.ID {
				out = append(out, r.Conclusion)
			}
		}
		return out
	}
	if got := state(late); !slices.Equal(got, []string{"failure"}) {
		t.Errorf("a run that ended late: %v", got)
	}
	in.every.Sweep = 24 * time.Hour
	h.clock.add(25 * time.Hour)
	in = h.readsHistory(t, m, needs)
	h.sync(t, in)
	if got := state(again); len(got) != 2 || got[1] != "success" {
		t.Errorf("a run that was repeated: %v", got)
	}
	if diff := cmp.Diff(h.freshHistory(t, needs), historyOf(t, m)); diff != "" {
		t.Errorf("(-fresh +kept):\n%s", diff)
	}
}

// TestOtherWorkflowsAreReadFromTheBeginning changes the choice of workflows: what was
// shown stays until all of the new choice was read.
func TestOtherWorkflowsAreReadFromTheBeginning(t *testing.T) {
	t.Parallel()
	data := livingData(githubtest.GenerateOptions{Seed: 10, Issues: 1, PullRequests: 60})
	files := map[string]bool{}
	for _, w := range data.Repos[0].Workflows {
		files[w.Path[strings.LastIndex(w.Path, "/")+1:]] = true
	}
	h := newHub(t, end, data)
	m := openMirror(t)
	h.sync(t, h.readsHistory(t, m, needRuns("deploy.yml")))
	count := func(history []model.Run, file string) (n int) {
		for _, r := range history {
			if r.Workflow == file {
				n++
			}
		}
		return n
	}
	id := data.Repos[0].ID
	if got := m.State(id).History.Runs; count(got, "deploy.yml") == 0 || count(got, "ci.yml") != 0 {
		t.Fatalf("runs %d and %d of %v", count(got, "deploy.yml"), count(got, "ci.yml"), files)
	}
	needs := needRuns("ci.yml", "deploy.yml")
	in := h.readsHistory(t, m, needs)
	in.client = &failingRuns{Client: h.client, left: 3}
	h.clock.add(time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_ = in.Sync(ctx)
	if got := m.State(id).History.Runs; count(got, "ci.yml") != 0 {
		t.Errorf("%d runs are shown of a list that is half read", count(got, "ci.yml"))
	}
	h.sync(t, h.readsHistory(t, m, needs))
	if diff := cmp.Diff(h.freshHistory(t, needs), historyOf(t, m)); diff != "" {
		t.Errorf("(-fresh +kept):\n%s", diff)
	}
	if got := m.State(id).History.Runs; count(got, "ci.yml") == 0 {
		t.Error("the runs are not shown")
	}
}

// failingRuns is a client that lists so many pages of runs, and no more.
type failingRuns struct {
	Client
	left int
}

func (c *failingRuns) Runs(ctx context.Context, req github.RunsRequest) (github.RunsPage, error) {
	if c.left--; c.left < 0 {
		return github.RunsPage{}, refused("server_error")
	}
	return c.Client.Runs(ctx, req)
}
