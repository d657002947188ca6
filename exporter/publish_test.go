package exporter

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/github-dev-exporter/github-dev-exporter/collector"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// fakeSources is a mirror and an ingest of a test's making.
type fakeSources struct {
	mu     sync.Mutex
	status []model.RepositoryStatus
	states map[int64]*model.State
	reads  map[int64]int // of states
}

func (f *fakeSources) State(repo int64) *model.State {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads[repo]++
	return f.states[repo]
}

func (f *fakeSources) Status() []model.RepositoryStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.status)
}

func (f *fakeSources) Tokens() []model.TokenStatus   { return nil }
func (f *fakeSources) Stats() model.APIStats         { return model.APIStats{} }
func (f *fakeSources) Store() collector.Store        { return collector.Store{} }
func (f *fakeSources) Webhook() *model.WebhookStatus { return nil }

// put adds or replaces a repository; open is how many issues it has.
func (f *fakeSources) put(id int64, project, name string, complete bool, open int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status = slices.DeleteFunc(f.status, func(r model.RepositoryStatus) bool { return r.ID == id })
	f.status = append(f.status, model.RepositoryStatus{Project: project, Owner: "o", Name: name, ID: id, Complete: complete})
	state := &model.State{Repository: model.Repository{ID: id, Owner: "o", Name: name, CreatedAt: 1}}
	if complete {
		state.Complete = 1
	}
	for i := range open {
		state.Items = append(state.Items, &model.Facts{
			Number: int32(i + 1), Kind: model.Issue, Created: 10, Ready: 10,
			Spans: []model.Span{{From: 10, State: model.SpanOpen}},
		})
	}
	f.states[id] = state
}

func newFake() *fakeSources {
	return &fakeSources{states: map[int64]*model.State{}, reads: map[int64]int{}}
}

// openIssues gives github_dev_issues{state="open"} by PROJECT/OWNER/REPO.
func openIssues(t *testing.T, p *publisher) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(p.published, p.sync, p.own)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if f.GetName() != "github_dev_issues" {
			continue
		}
		for _, m := range f.Metric {
			labels := map[string]string{}
			for _, l := range m.Label {
				labels[l.GetName()] = l.GetValue()
			}
			if labels["state"] == "open" {
				got[strings.Join([]string{labels["project"], labels["owner"], labels["repo"]}, "/")] = m.Gauge.GetValue()
			}
		}
	}
	return got
}

func want(t *testing.T, p *publisher, want map[string]float64) {
	t.Helper()
	if diff := cmp.Diff(want, openIssues(t, p)); diff != "" {
		t.Errorf("open issues (-want +got):\n%s", diff)
	}
}

func testSettings(t *testing.T, text string) *settings {
	t.Helper()
	s, err := newSettings(validate(t, ParseConfig("c.yml", []byte(text))), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const twoProjects = "projects: {a: {repositories: [o/x, o/y]}, b: {repositories: [o/z, o/w], detail: project}}\n"

func TestSeriesAppearWhenComplete(t *testing.T) {
	f := newFake()
	f.put(1, "a", "x", true, 2)
	f.put(2, "a", "y", false, 0)
	f.put(3, "b", "z", true, 3)
	f.put(4, "b", "w", false, 0)
	p := newPublisher(f, testSettings(t, twoProjects), func() time.Time { return time.Unix(100, 0) }, slog.New(slog.DiscardHandler))
	p.buildAll()
	want(t, p, map[string]float64{"a/o/x": 2}) // project b waits for w

	f.put(2, "a", "y", true, 1)
	f.put(4, "b", "w", true, 4)
	p.buildAll()
	want(t, p, map[string]float64{"a/o/x": 2, "a/o/y": 1, "b//": 7})

	f.put(5, "b", "new", false, 0) // a newcomer does not take the project away
	p.buildAll()
	want(t, p, map[string]float64{"a/o/x": 2, "a/o/y": 1, "b//": 7})
}

func TestBrokenRepositoryHoldsUpNoProject(t *testing.T) {
	f := newFake()
	f.put(3, "b", "z", true, 3)
	f.status = append(f.status,
		model.RepositoryStatus{Project: "b", Owner: "o", Name: "gone", Gone: "not_found"},
		model.RepositoryStatus{Project: "b", Owner: "o", Name: "forbidden", LastError: "forbidden"})
	p := newPublisher(f, testSettings(t, twoProjects), func() time.Time { return time.Unix(100, 0) }, slog.New(slog.DiscardHandler))
	p.buildAll()
	want(t, p, map[string]float64{"b//": 3})
}

func TestRenamedAndRemovedScopesVanish(t *testing.T) {
	f := newFake()
	f.put(1, "a", "x", true, 2)
	f.put(2, "a", "y", true, 1)
	p := newPublisher(f, testSettings(t, twoProjects), func() time.Time { return time.Unix(100, 0) }, slog.New(slog.DiscardHandler))
	p.buildAll()
	f.put(1, "a", "renamed", true, 2)
	f.status = slices.DeleteFunc(f.status, func(r model.RepositoryStatus) bool { return r.ID == 2 })
	p.buildAll()
	want(t, p, map[string]float64{"a/o/renamed": 2})
}

// TestOnlyWhatChangedIsBuilt watches which figures move: those of a repository
// that was published at once, those of others at the next tick.
func TestOnlyWhatChangedIsBuilt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.put(1, "a", "x", true, 2)
		f.put(2, "a", "y", true, 1)
		p := newPublisher(f, testSettings(t, twoProjects), time.Now, slog.New(slog.DiscardHandler))
		p.buildAll()
		go p.run(t.Context())
		f.put(1, "a", "x", true, 5)
		f.put(2, "a", "y", true, 6)
		p.changed(1)
		synctest.Wait()
		want(t, p, map[string]float64{"a/o/x": 5, "a/o/y": 1})
		time.Sleep(tick + time.Second)
		synctest.Wait()
		want(t, p, map[string]float64{"a/o/x": 5, "a/o/y": 6})
	})
}

func TestShardsPartTheRepositories(t *testing.T) {
	counts := map[string]int{}
	for id := range int64(3000) {
		owners := 0
		for i := range 3 {
			if (Shard{i, 3}).Has(id) {
				owners++
				counts[Shard{i, 3}.String()]++
			}
		}
		if owners != 1 {
			t.Fatalf("repository %d belongs to %d shards", id, owners)
		}
		if !(Shard{}).Has(id) || !(Shard{0, 1}).Has(id) {
			t.Fatalf("repository %d is in no whole", id)
		}
	}
	for _, s := range slices.Sorted(maps.Keys(counts)) {
		if counts[s] < 900 || counts[s] > 1100 {
			t.Errorf("shard %s has %d of 3000 repositories", s, counts[s])
		}
	}
}

// TestShardsNeverChange pins the hash: with another one repositories would
// move to processes that have to read them anew.
func TestShardsNeverChange(t *testing.T) {
	var got []int
	for _, id := range []int64{1, 2, 3, 20580498, 794605577, 1 << 40} {
		for i := range 5 {
			if (Shard{i, 5}).Has(id) {
				got = append(got, i)
			}
		}
	}
	if diff := cmp.Diff([]int{4, 3, 2, 1, 0, 3}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestShardSyntax(t *testing.T) {
	for in, want := range map[string]bool{"0/1": true, "2/3": true, "3/3": false, "-1/3": false, "1": false, "a/b": false, "": false, "0/0": false} {
		var s Shard
		if err := s.Set(in); (err == nil) != want || (want && s.String() != in) {
			t.Errorf("%q: %v %v", in, s, err)
		}
	}
}
