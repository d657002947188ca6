package ingest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestAssign(t *testing.T) {
	repo := func(id int64, owner, name string, read model.Instant) model.Repository {
		return model.Repository{ID: id, Owner: owner, Name: name, ReadAt: read}
	}
	known := []model.Repository{
		repo(1, "Acme", "Widgets", 10), repo(2, "acme", "gadgets", 10), repo(3, "acme", "old-archive", 10),
		repo(4, "beta", "prefix-x", 10), repo(5, "beta", "other", 10),
	}
	for _, tt := range []struct {
		name     string
		projects []Project
		known    []model.Repository
		names    map[string]int64
		want     map[int64]string
	}{
		{
			"names without regard to case",
			[]Project{{Name: "p", Repositories: []string{"ACME/widgets"}}},
			known, nil,
			map[int64]string{1: "p"},
		},
		{
			"globs",
			[]Project{{Name: "p", Repositories: []string{"acme/*", "beta/prefix-*"}}},
			known, nil,
			map[int64]string{1: "p", 2: "p", 3: "p", 4: "p"},
		},
		{
			"excluded",
			[]Project{{Name: "p", Repositories: []string{"acme/*"}, Exclude: []string{"acme/*-archive"}}},
			known, nil,
			map[int64]string{1: "p", 2: "p"},
		},
		{
			"a name beats exclude",
			[]Project{{Name: "p", Repositories: []string{"acme/*", "acme/old-archive"}, Exclude: []string{"acme/*-archive"}}},
			known, nil,
			map[int64]string{1: "p", 2: "p", 3: "p"},
		},
		{"a name beats a glob of an earlier project", []Project{
			{Name: "p", Repositories: []string{"acme/*"}}, {Name: "q", Repositories: []string{"acme/gadgets"}},
		}, known, nil, map[int64]string{1: "p", 2: "q", 3: "p"}},
		{"the first glob wins", []Project{
			{Name: "p", Repositories: []string{"acme/w*"}}, {Name: "q", Repositories: []string{"acme/*"}},
		}, known, nil, map[int64]string{1: "p", 2: "q", 3: "q"}},
		{"exclude of one project leaves it to the next", []Project{
			{Name: "p", Repositories: []string{"acme/*"}, Exclude: []string{"acme/gadgets"}}, {Name: "q", Repositories: []string{"acme/*"}},
		}, known, nil, map[int64]string{1: "p", 2: "q", 3: "p"}},
		{
			"a renamed repository keeps its configured name",
			[]Project{{Name: "p", Repositories: []string{"acme/former"}}},
			known,
			map[string]int64{"acme/former": 2},
			map[int64]string{2: "p"},
		},
		{
			"a name is what it was found to be",
			[]Project{{Name: "p", Repositories: []string{"acme/widgets"}}},
			known,
			map[string]int64{"acme/widgets": 5},
			map[int64]string{5: "p"},
		},
		{
			"a name used again is the one read last",
			[]Project{{Name: "p", Repositories: []string{"acme/*"}}},
			append(known[:1:1], repo(9, "acme", "widgets", 20)), nil,
			map[int64]string{9: "p"},
		},
		{"malformed glob", []Project{{Name: "p", Repositories: []string{"acme/[x"}}}, known, nil, map[int64]string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, assign(tt.projects, tt.known, tt.names)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMissingOwnerIsRetried(t *testing.T) {
	inBubble(t, project("acme/*", "acme/one", "nobody/*"), func(f *fake) { f.add("acme/one") }, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		s := r.status("nobody/*")
		tries := len(r.times("list nobody", r.start))
		if s.ID != 0 || s.Complete || stream(s, "discovery").Errors["not_found"] != tries || tries < 3 {
			t.Errorf("after %d tries %+v", tries, s)
		}
		if !r.status("acme/one").Complete {
			t.Error("acme/one waits for nobody")
		}
		r.locked(func() { r.add("nobody/here") })
		r.until(30 * time.Minute)
		if !r.status("nobody/here").Complete {
			t.Error("nobody/here was not found")
		}
		for _, s := range r.in.Status() {
			if s.Name == "*" {
				t.Errorf("still missing: %+v", s)
			}
		}
	})
}

func TestOwnersAreListedAgain(t *testing.T) {
	inBubble(t, project("acme/*"), func(f *fake) { f.add("acme/one") }, func(r *running) {
		r.in.every.Discover = time.Hour
		r.run()
		r.until(10 * time.Minute)
		r.locked(func() { r.add("acme/two") })
		r.until(59 * time.Minute)
		if n := len(r.in.Status()); n != 1 {
			t.Errorf("%d repositories", n)
		}
		r.until(61 * time.Minute)
		if !r.status("acme/two").Complete {
			t.Error("acme/two was not found")
		}
	})
}

func TestRenamedRepositoryKeepsItsProject(t *testing.T) {
	inBubble(t, project("acme/old"), func(f *fake) { f.add("acme/old")[0].put(model.Issue, 1) }, func(r *running) {
		r.run()
		r.until(time.Minute)
		r.locked(func() { r.repos[0].Name = "new" })
		r.until(5 * time.Minute)
		if s := r.status("acme/new"); s.Project != "test" || s.ID != 1 || !s.Complete {
			t.Errorf("status %+v", s)
		}
		// The configuration still says acme/old, and so does a new process.
		r.stop()
		r.in = New(Options{Client: r.fake, Mirror: r.m, Projects: project("acme/old")})
		if s := r.status("acme/new"); s.ID != 1 {
			t.Errorf("status %+v", s)
		}
		if owners, err := Owners(r.m, project("acme/old")); err != nil || owners[1] != "test" {
			t.Errorf("owners %v, %v", owners, err)
		}
		// Somebody makes a repository of the old name: it is another one.
		r.locked(func() { r.add("acme/old")[0].put(model.Issue, 1) })
		r.run()
		r.until(10 * time.Minute)
		if s := r.status("acme/old"); s.ID != 2 || !s.Complete {
			t.Errorf("status %+v", s)
		}
		if n := len(r.in.Status()); n != 1 {
			t.Errorf("%d repositories, want the one of that name", n)
		}
	})
}

func TestRepositoryOutOfReach(t *testing.T) {
	inBubble(t, project("acme/a", "acme/b"), func(f *fake) {
		for _, r := range f.add("acme/a", "acme/b") {
			r.put(model.Issue, 1)
		}
	}, func(r *running) {
		r.run()
		r.until(5 * time.Minute)
		r.locked(func() { r.repos[0].err = refused("not_found") })
		r.until(7 * time.Minute)
		if s := r.status("acme/a"); s.Gone != "" || stream(s, "probe").Errors["not_found"] == 0 {
			t.Errorf("not found once: %+v", s)
		}
		r.until(20 * time.Minute)
		s := r.status("acme/a")
		repo, _ := r.m.Repository(1)
		if s.Gone != "not_found" || repo.GoneAt == 0 || r.m.State(1).Repository.GoneAt != repo.GoneAt {
			t.Errorf("not found twice: %+v, %+v", s, repo)
		}
		if len(r.m.State(1).Items) != 1 {
			t.Error("the data was not held")
		}
		before := len(r.times("name acme/a", r.start))
		r.until(20*time.Minute + 2*time.Hour)
		if n := len(r.times("name acme/a", r.start)) - before; n != 2 {
			t.Errorf("looked for %d times in two hours", n)
		}
		r.locked(func() { r.repos[0].err = nil; r.repos[0].put(model.Issue, 2) })
		r.until(20*time.Minute + 4*time.Hour)
		repo, _ = r.m.Repository(1)
		if s := r.status("acme/a"); s.Gone != "" || repo.GoneAt != 0 || len(r.m.State(1).Items) != 2 {
			t.Errorf("found again: %+v", s)
		}
		if s := r.status("acme/b"); s.Gone != "" || s.LastError != "" {
			t.Errorf("the other one: %+v", s)
		}
	})
}

func TestBlockedRepository(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) { f.add("acme/a")[0].put(model.Issue, 1) }, func(r *running) {
		r.run()
		r.until(5 * time.Minute)
		r.locked(func() { r.repos[0].err = refused("blocked") })
		r.until(7 * time.Minute)
		repo, _ := r.m.Repository(1)
		if s := r.status("acme/a"); repo.GoneAt == 0 || s.Gone == "" {
			t.Errorf("status %+v, %+v", s, repo)
		}
	})
}
