package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// oid makes the name of a commit of a short one, which it begins with.
func oid(short string) string {
	return fmt.Sprintf("%x", short) + strings.Repeat("0", 40-2*len(short))
}

// commit adds a commit with parents to the history, dated so many days after
// the beginning, and makes it the head.
func (h *fakeHistory) commit(name string, day int, parents ...string) {
	if h.commits == nil {
		h.commits = map[string]model.BranchCommit{}
	}
	c := model.BranchCommit{OID: oid(name), CommittedAt: model.Instant(day * 24 * 60 * 60)}
	for _, parent := range parents {
		c.Parents = append(c.Parents, oid(parent))
	}
	h.commits[c.OID] = c
	h.head = c.OID
}

// chain adds commits that follow each other, and gives the last.
func (h *fakeHistory) chain(prefix string, n, day int, parent ...string) string {
	for i := range n {
		name := fmt.Sprintf("%s%d", prefix, i)
		h.commit(name, day+i, parent...)
		parent = []string{name}
	}
	return parent[0]
}

// deploy adds a deployment that has succeeded.
func (h *fakeHistory) deploy(id int64, commit string, states ...string) {
	now := model.At(time.Now())
	d := model.Deployment{
		ID: id, NodeID: fmt.Sprintf("D_%d", id), Environment: "production", OID: oid(commit), CreatedAt: now, UpdatedAt: now,
	}
	h.deployments = slices.Insert(h.deployments, 0, d)
	for _, state := range states {
		h.state(id, state)
	}
}

// state gives a deployment another status.
func (h *fakeHistory) state(id int64, state string) {
	for i := range h.deployments {
		if d := &h.deployments[i]; d.ID == id {
			d.UpdatedAt = model.At(time.Now())
			d.Statuses = append(slices.Clone(d.Statuses), model.DeploymentStatus{
				ID: fmt.Sprintf("S_%d_%d", id, len(d.Statuses)), State: state, At: d.UpdatedAt,
			})
		}
	}
}

// shipping is a project of repositories that need everything.
func shipping(repositories ...string) []Project {
	return []Project{{Name: "test", Repositories: repositories, Needs: Needs{Deployments: true, Releases: true}}}
}

// graph gives the stored commits by their short names, and the head's.
func (r *running) graph() (names []string, head string) {
	r.t.Helper()
	g, head, err := r.m.Commits(1)
	if err != nil {
		r.t.Fatal(err)
	}
	if !g.Whole() {
		r.t.Error("a stored commit lacks a parent")
	}
	for i := range g.Len() {
		names = append(names, nameOf(g.Name(int32(i))))
	}
	slices.Sort(names)
	return names, nameOf(head)
}

// nameOf is the inverse of oid.
func nameOf(oid string) string {
	var raw []byte
	_, _ = fmt.Sscanf(strings.TrimRight(oid, "0")+strings.Repeat("0", len(strings.TrimRight(oid, "0"))%2), "%x", &raw)
	return string(raw)
}

// callsOf gives the calls of operations so far.
func (f *fake) callsOf(operations ...string) (out []string) {
	for _, call := range f.take() {
		name, _, _ := strings.Cut(call, " ")
		if slices.Contains(operations, name) {
			out = append(out, strings.ReplaceAll(call, " acme/a", ""))
		}
	}
	return out
}

// A repository that has neither deployed nor released costs what it did before.
func TestNothingIsReadOfARepositoryThatDoesNotShip(t *testing.T) {
	inBubble(t, shipping("acme/a"), func(f *fake) {
		r := f.add("acme/a")[0]
		r.put(model.Issue, 1)
		r.history.chain("c", 5, 1)
	}, func(r *running) {
		r.run()
		r.until(3 * time.Hour)
		if got := r.callsOf("deployments", "deployments_by_id", "releases", "tags", "history", "runs", "jobs"); len(got) != 0 {
			t.Errorf("asked for %v", got)
		}
		s := r.status("acme/a")
		if !s.Complete || stream(s, streamDeployments).LastSuccess == 0 || stream(s, streamBranch).LastSuccess == 0 || stream(s, streamTags).Name != "" {
			t.Errorf("status %+v", s)
		}
		r.locked(func() { r.repos[0].history.deploy(1, "c3", "success") })
		r.until(3*time.Hour + 9*time.Minute)
		want := []string{"deployments", "history", "deployments"} // once more, in case GitHub lagged behind
		if got := r.callsOf("deployments", "history"); !slices.Equal(got, want) {
			t.Errorf("asked for %v, want %v", got, want)
		}
		if names, head := r.graph(); len(names) != 5 || head != "c4" {
			t.Errorf("commits %v, head %s", names, head)
		}
		if state := r.m.State(1); state.History == nil || len(state.History.Deployments) != 1 || state.History.Graph.Len() != 5 {
			t.Errorf("published %+v", state.History)
		}
	})
}

// Walks of the branch end where everything is known, by parents, not by dates.
func TestWalksOfTheBranch(t *testing.T) {
	for _, test := range []struct {
		name   string
		grow   func(h *fakeHistory)
		calls  []string // of the walk
		more   []string // commits beyond the first six
		gone   []string
		head   string
		paging int
	}{
		{"one commit", func(h *fakeHistory) { h.commit("n", 9, "c5") }, []string{"history"}, []string{"n"}, nil, "n", 3},
		{
			"two pages", func(h *fakeHistory) { h.chain("n", 4, 10, "c5") },
			[]string{"history", "history 6e33 3"},
			[]string{"n0", "n1", "n2", "n3"},
			nil, "n3", 3,
		},
		{
			"an old branch", func(h *fakeHistory) {
				h.chain("o", 3, -30, "c0") // dated before everything
				h.commit("m", 9, "c5", "o2")
			},
			[]string{"history", "history 6d00 3", "history 6f32"},
			[]string{"m", "o0", "o1", "o2"},
			nil, "m", 3,
		},
		{
			"a branch of its own", func(h *fakeHistory) {
				h.chain("x", 2, 7)
				h.commit("m", 20, "c5", "x1")
			},
			[]string{"history"},
			[]string{"m", "x0", "x1"},
			nil, "m", 4,
		},
		{
			"a commit of the future", func(h *fakeHistory) {
				h.commit("f", 900, "c5")
				h.commit("n", 8, "f")
			},
			[]string{"history"},
			[]string{"f", "n"},
			nil, "n", 3,
		},
		{"rewritten", func(h *fakeHistory) { h.chain("r", 2, 10, "c2") }, []string{"history"}, []string{"r0", "r1"}, nil, "r1", 3},
		{"rewritten from the beginning", func(h *fakeHistory) { h.chain("r", 2, 10) }, []string{"history"}, []string{"r0", "r1"}, nil, "r1", 3},
		{"back to an older one", func(h *fakeHistory) { h.head = oid("c3") }, []string{"history"}, nil, nil, "c3", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, shipping("acme/a"), func(f *fake) {
				r := f.add("acme/a")[0]
				r.history.chain("c", 6, 1)
				r.history.deploy(1, "c3", "success")
				r.history.pageSize = test.paging
			}, func(r *running) {
				r.run()
				r.until(9 * time.Minute)
				r.take()
				r.locked(func() { test.grow(&r.repos[0].history) })
				r.until(13 * time.Minute)
				calls := r.callsOf("history")
				if !slices.Equal(calls, test.calls) {
					t.Errorf("asked for %v, want %v", calls, test.calls)
				}
				want := append([]string{"c0", "c1", "c2", "c3", "c4", "c5"}, test.more...)
				slices.Sort(want)
				names, head := r.graph()
				if diff := cmp.Diff(want, names); diff != "" || head != test.head {
					t.Errorf("head %s, commits (-want +got):\n%s", head, diff)
				}
			})
		})
	}
}

// A commit that the branch does not have is walked by itself; one that GitHub
// does not have holds up nothing.
func TestCommitsThatTheBranchLacks(t *testing.T) {
	inBubble(t, shipping("acme/a"), func(f *fake) {
		r := f.add("acme/a")[0]
		r.history.chain("s", 3, 4, r.history.chain("c", 4, 1)) // a branch for hot fixes
		r.history.head = oid("c3")
		r.history.deploy(1, "s2", "success")
		r.history.deploy(2, "s1", "success")
		r.history.deploy(3, "lost", "success")
	}, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		got := r.callsOf("history")
		want := []string{"history", "history " + short(oid("lost")), "history " + short(oid("s1")), "history " + short(oid("s2"))}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if names, _ := r.graph(); len(names) != 7 {
			t.Errorf("commits %v", names)
		}
		if s := r.status("acme/a"); !s.Complete || stream(s, streamBranch).LastError != "" {
			t.Errorf("status %+v", s)
		}
	})
}

// An error in the middle of a walk leaves what was shown before.
func TestFailedWalkShowsNothingHalf(t *testing.T) {
	inBubble(t, shipping("acme/a"), func(f *fake) {
		r := f.add("acme/a")[0]
		r.history.chain("c", 4, 1)
		r.history.deploy(1, "c3", "success")
		r.history.pageSize = 2
	}, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		broken := true
		r.locked(func() {
			r.fail = func(_ context.Context, call string) error {
				if broken && strings.HasPrefix(call, "history acme/a") && strings.HasSuffix(call, " 2") {
					return refused("server_error")
				}
				return nil
			}
			r.repos[0].history.chain("n", 6, 10, "c3")
			r.repos[0].history.deploy(2, "n5", "success")
			r.repos[0].put(model.Issue, 1)
		})
		r.until(15 * time.Minute)
		state := r.m.State(1)
		if len(state.History.Deployments) != 1 || state.History.Graph.Len() != 4 || len(state.Items) != 1 {
			t.Errorf("published %d deployments, %d commits, %d items", len(state.History.Deployments), state.History.Graph.Len(), len(state.Items))
		}
		if st := stream(r.status("acme/a"), streamBranch); st.Errors["server_error"] == 0 {
			t.Errorf("status %+v", st)
		}
		r.locked(func() { broken = false })
		r.until(60 * time.Minute)
		state = r.m.State(1)
		if len(state.History.Deployments) != 2 || state.History.Graph.Len() != 10 {
			t.Errorf("published %d deployments, %d commits", len(state.History.Deployments), state.History.Graph.Len())
		}
	})
}

func TestMergesToAnotherBranch(t *testing.T) {
	projects := []Project{{Name: "test", Repositories: []string{"acme/a"}, Needs: Needs{Merges: []string{"stable"}}}}
	merged := func(base, commit string) func(*model.Item) {
		return func(it *model.Item) {
			it.BaseRef, it.MergeOID, it.MergedAt = base, oid(commit), model.At(time.Now())
		}
	}
	inBubble(t, projects, func(f *fake) {
		r := f.add("acme/a")[0]
		r.history.chain("c", 3, 1)
		r.history.chain("s", 2, 3, "c1")
		r.history.chain("t", 2, 3, "c1")
		r.history.head = oid("c2")
		r.put(model.PullRequest, 1, merged("stable", "s0"))
		r.put(model.PullRequest, 2, merged("other", "t0"))
	}, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		if names, _ := r.graph(); !slices.Equal(names, []string{"c0", "c1", "c2", "s0"}) {
			t.Errorf("commits %v", names)
		}
		r.locked(func() { r.repos[0].put(model.PullRequest, 3, merged("stable", "s1")) })
		r.until(15 * time.Minute)
		if names, _ := r.graph(); !slices.Equal(names, []string{"c0", "c1", "c2", "s0", "s1"}) {
			t.Errorf("commits %v", names)
		}
	})
}

func TestEmptyRepository(t *testing.T) {
	projects := []Project{{Name: "test", Repositories: []string{"acme/a"}, Needs: everything}}
	inBubble(t, projects, func(f *fake) { f.add("acme/a") }, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		if s := r.status("acme/a"); !s.Complete || s.LastError != "" {
			t.Errorf("status %+v", s)
		}
		if got := r.callsOf("tags", "runs", "deployments", "releases"); len(got) != 0 {
			t.Errorf("asked for %v", got)
		}
		r.locked(func() { r.repos[0].history.chain("c", 3, 1) })
		r.until(15 * time.Minute)
		if names, head := r.graph(); len(names) != 3 || head != "c2" {
			t.Errorf("commits %v, head %s", names, head)
		}
	})
}
