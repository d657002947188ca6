package ingest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// everything needs all streams of the history.
var everything = Needs{
	Deployments: true, Releases: true, Tags: true, Merges: []string{""},
	Workflows: Workflows{Key: "*", Match: func(string) bool { return true }, Deploys: func(string) bool { return true }},
}

// livingData generates a repository that deploys and releases.
func livingData(opts githubtest.GenerateOptions) *githubtest.Dataset {
	opts.Owner, opts.Name = "acme", "widgets"
	return githubtest.Generate(opts)
}

// readsHistory makes an Ingest of acme/widgets with its history.
func (h *hub) readsHistory(t testing.TB, m *mirror.Mirror, needs Needs) *Ingest {
	t.Helper()
	return New(Options{
		Client: h.client, Mirror: m, Now: h.clock.Now, Logger: testLogger(t),
		Projects: []Project{{Name: "test", Repositories: []string{"acme/widgets"}, Needs: needs}},
	})
}

// freshHistory gives the history that a first sync into an empty mirror finds now.
func (h *hub) freshHistory(t testing.TB, needs Needs) history {
	t.Helper()
	m := openMirror(t)
	h.sync(t, h.readsHistory(t, m, needs))
	return historyOf(t, m)
}

// history is a repository's history by what identifies its records, without
// the times of reads.
type history struct {
	Head        string
	Commits     map[string][]string // parents
	Tags        map[string]model.Tag
	Releases    map[int64]model.Release
	Deployments map[int64]model.Deployment
	Runs        map[string]model.Run
}

func historyOf(t testing.TB, m *mirror.Mirror) history {
	t.Helper()
	got, err := m.History(m.Repositories()[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	out := history{
		Commits: map[string][]string{}, Tags: map[string]model.Tag{}, Releases: map[int64]model.Release{},
		Deployments: map[int64]model.Deployment{}, Runs: map[string]model.Run{},
	}
	if got == nil {
		return out
	}
	out.Head = got.Head
	for c := range got.Graph.Len() {
		parents := []string{}
		for _, p := range got.Graph.Parents(int32(c)) {
			if p == model.Absent {
				t.Errorf("commit %s lacks a parent", got.Graph.Name(int32(c)))
				continue
			}
			parents = append(parents, got.Graph.Name(p))
		}
		slices.Sort(parents)
		out.Commits[got.Graph.Name(int32(c))] = parents
	}
	for _, v := range got.Tags {
		v.ReadAt = 0
		out.Tags[v.Name] = v
	}
	for _, v := range got.Releases {
		v.ReadAt, v.HeaderAt, v.CommitAt = 0, 0, 0
		out.Releases[v.ID] = v
	}
	for _, v := range got.Deployments {
		v.ReadAt, v.HeaderAt = 0, 0
		out.Deployments[v.ID] = v
	}
	for i, v := range got.Runs {
		v.ReadAt = 0
		if i+1 < len(got.Runs) && got.Runs[i+1].ID == v.ID {
			v.JobAt = 0 // known where it was seen before it was repeated
		}
		out.Runs[fmt.Sprintf("%d/%d", v.ID, v.Attempt)] = v
	}
	return out
}

// truth gives what of a dataset GitHub shows at an instant, in numbers.
func (h *hub) truth(r *githubtest.Repo) map[string]int {
	now := githubtest.TimeOf(h.clock.Now())
	n := map[string]int{}
	for _, d := range r.Deployments {
		if d.CreatedAt.By(now) {
			n["deployment"]++
		}
	}
	for _, v := range r.Releases {
		if v.PublishedAt.By(now) && !v.DeletedAt.By(now) {
			n["release"]++
		}
	}
	for _, v := range r.Tags {
		if v.At.By(now) && !v.DeletedAt.By(now) {
			n["tag"]++
		}
	}
	for _, v := range r.Runs {
		for _, a := range v.Attempts {
			if v.Branch == "main" && a.StartedAt.By(now) {
				n["workflow_run"]++
			}
		}
	}
	return n
}

func TestFirstSyncOfHistory(t *testing.T) {
	t.Parallel()
	data := livingData(githubtest.GenerateOptions{Seed: 1, Issues: 60, PullRequests: 250})
	h := newHub(t, end, data)
	m := openMirror(t)
	in := h.readsHistory(t, m, everything)
	h.sync(t, in)
	got := m.Records(data.Repos[0].ID)
	for kind, n := range h.truth(data.Repos[0]) {
		if got[kind] != n || n == 0 {
			t.Errorf("%d records of %s, want %d", got[kind], kind, n)
		}
	}
	known := historyOf(t, m)
	for _, c := range data.Repos[0].Commits {
		if _, ok := known.Commits[c.OID]; c.LandedAt.By(githubtest.TimeOf(end)) && !ok {
			t.Errorf("commit %s is missing", c.OID)
		}
	}
	t.Log(got, h.points(), h.Counts().Operations, h.Counts().Routes)
	state := m.State(data.Repos[0].ID)
	if state.Complete == 0 || state.History == nil || len(state.History.Deployments) != got["deployment"] || state.History.Head != known.Head {
		t.Errorf("published %+v", state.History)
	}
	var names []string
	for _, st := range in.Status()[0].Streams {
		names = append(names, st.Name)
		if st.LastSuccess == 0 && st.Name != streamSweep && st.Name != streamQueues {
			t.Errorf("%s has not succeeded", st.Name)
		}
	}
	for _, name := range everything.streams() {
		if !slices.Contains(names, name) {
			t.Errorf("%v lacks %s", names, name)
		}
	}
	h.ResetLog()
	h.clock.add(time.Minute)
	h.sync(t, in)
	t.Log(h.Counts().Operations, h.Counts().Routes)
}

// TestReplayOfHistory lets most of a year go by and compares with a fresh mirror.
func TestReplayOfHistory(t *testing.T) {
	t.Parallel()
	data := livingData(githubtest.GenerateOptions{Seed: 4, Issues: 30, PullRequests: 120, Start: end.AddDate(0, -9, 0), End: end})
	h := newHub(t, data.Repos[0].CreatedAt.Time().Add(time.Hour), data)
	m := openMirror(t)
	in := h.readsHistory(t, m, everything)
	in.every.Sweep = never
	for step := 0; h.clock.Now().Before(end); step++ {
		h.clock.add(time.Duration(1+step%13) * 19 * time.Hour)
		h.sync(t, in)
		if step%30 == 29 {
			compareHistories(t, h, m)
		}
	}
	h.clock.add(8 * 24 * time.Hour)
	h.sync(t, in)
	h.sync(t, in)
	compareHistories(t, h, m)
}

func compareHistories(t *testing.T, h *hub, m *mirror.Mirror) {
	t.Helper()
	want, got := h.freshHistory(t, everything), historyOf(t, m)
	got.forget()
	want.forget()
	maps.DeleteFunc(got.Commits, func(oid string, _ []string) bool { _, ok := want.Commits[oid]; return !ok })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("at %s (-fresh +kept):\n%s", h.clock.Now(), strings.Join(strings.SplitN(diff, "\n", 60), "\n"))
	}
}

// forget leaves out what GitHub has no more.
func (h *history) forget() {
	maps.DeleteFunc(h.Tags, func(_ string, v model.Tag) bool { return v.GoneAt != 0 })
	maps.DeleteFunc(h.Releases, func(_ int64, v model.Release) bool { return v.GoneAt != 0 })
	maps.DeleteFunc(h.Deployments, func(_ int64, v model.Deployment) bool { return v.GoneAt != 0 })
}
