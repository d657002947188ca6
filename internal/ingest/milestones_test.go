package ingest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// openOnes gives the stored milestones that are open, without the times of reads.
func openOnes(t testing.TB, m *mirror.Mirror) (open []model.Milestone) {
	t.Helper()
	all, err := m.Milestones(m.Repositories()[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, milestone := range all {
		if milestone.GoneAt == 0 {
			milestone.ReadAt = 0
			open = append(open, milestone)
		}
	}
	return open
}

// TestReplayOfMilestones lets a repository's life go by: what is stored is what
// GitHub has, and what is closed or deleted is open no more.
func TestReplayOfMilestones(t *testing.T) {
	t.Parallel()
	data := livingData(githubtest.GenerateOptions{Seed: 3, Issues: 80, PullRequests: 200})
	h := newHub(t, data.Repos[0].CreatedAt.Time().Add(time.Hour), data)
	m := openMirror(t)
	in := h.readsHistory(t, m, Needs{Milestones: true})
	in.every.Sweep = never
	seen := map[int]bool{}
	for h.clock.Now().Before(end) {
		h.clock.add(9 * 24 * time.Hour)
		h.sync(t, in)
		page, err := h.client.Milestones(t.Context(), m.Repositories()[0], "")
		if err != nil {
			t.Fatal(err)
		}
		var want []model.Milestone
		for _, milestone := range page.Milestones {
			milestone.ReadAt = 0
			seen[milestone.Number] = true
			want = append(want, milestone)
		}
		if diff := cmp.Diff(want, openOnes(t, m)); diff != "" {
			t.Fatalf("at %s: %s", h.clock.Now(), diff)
		}
	}
	if len(seen) < 3 || len(openOnes(t, m)) >= len(seen) {
		t.Errorf("%d milestones of which %d are open test little", len(seen), len(openOnes(t, m)))
	}
	if history := m.State(data.Repos[0].ID).History; history == nil || len(history.Milestones) != len(seen) {
		t.Errorf("published %+v, want %d milestones", history, len(seen))
	}
	asked := h.Counts().Operations
	for operation := range asked {
		if strings.Contains(operation, "History") || strings.Contains(operation, "Deployments") || strings.Contains(operation, "Tags") {
			t.Errorf("%s was asked for the milestones", operation)
		}
	}
}

func TestMilestonesAreReadWhereTheyAreNeeded(t *testing.T) {
	for _, needed := range []bool{false, true} {
		inBubble(t, []Project{{Name: "p", Repositories: []string{"acme/a"}, Needs: Needs{Milestones: needed}}}, func(f *fake) {
			r := f.add("acme/a")[0]
			r.put(model.Issue, 1)
			r.history.milestones = []model.Milestone{{Number: 1, Title: "v1", Open: 1}, {Number: 2, Title: "v2"}}
			r.history.pageSize = 1
		}, func(r *running) {
			r.run()
			r.until(4 * time.Hour)
			times := r.times("milestones acme/a", r.start)
			switch {
			case !needed && len(times) > 0:
				t.Errorf("read at %v", times)
			case needed && (len(times) < 4 || len(times) > 7):
				t.Errorf("read %d times in four hours: %v", len(times), times)
			}
			r.locked(func() {
				r.repos[0].put(model.Issue, 2)
				r.repos[0].history.milestones = r.repos[0].history.milestones[1:]
			})
			r.until(4*time.Hour + 5*time.Minute)
			if again := len(r.times("milestones acme/a", r.start)); needed != (again > len(times)) {
				t.Errorf("read %d times before an issue moved, %d after it", len(times), again)
			}
			if open := openOnes(t, r.m); needed && (len(open) != 1 || open[0].Number != 2) {
				t.Errorf("stored are %v", open)
			}
			if s := r.status("acme/a"); (stream(s, "milestones").Name != "") != needed {
				t.Errorf("streams %v", s.Streams)
			}
		})
	}
}

// What is measured and does not deploy needs no commits.
func TestRunsThatDoNotDeploy(t *testing.T) {
	t.Parallel()
	data := livingData(githubtest.GenerateOptions{Seed: 5, Issues: 10, PullRequests: 60})
	h := newHub(t, end, data)
	m := openMirror(t)
	all := func(string) bool { return true }
	h.sync(t, h.readsHistory(t, m, Needs{Workflows: Workflows{Key: "*", Match: all}}))
	got := m.Records(data.Repos[0].ID)
	if got["workflow_run"] != h.truth(data.Repos[0])["workflow_run"] || got["workflow_run"] == 0 || got["branch_commit"] != 0 {
		t.Errorf("stored are %v", got)
	}
	if state := m.State(data.Repos[0].ID); state.History == nil || len(state.History.Runs) != got["workflow_run"] {
		t.Error("the runs are not published")
	}
	deploys := func(file string) bool { return file == "deploy.yml" }
	h.sync(t, h.readsHistory(t, m, Needs{Workflows: Workflows{Key: "*", Match: all, Deploys: deploys}}))
	if got := m.Records(data.Repos[0].ID)["branch_commit"]; got == 0 {
		t.Error("no commits are stored of what deploys")
	}
}
