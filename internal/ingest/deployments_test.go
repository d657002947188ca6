package ingest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// states gives the states of a stored deployment in their order.
func (r *running) states(id int64) (out []string) {
	r.t.Helper()
	all, err := r.m.Deployments(1)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, d := range all {
		if d.ID != id {
			continue
		}
		for _, s := range d.Statuses {
			out = append(out, s.State)
		}
		if d.GoneAt != 0 {
			out = append(out, "gone")
		}
	}
	return out
}

// A deployment that goes on is read again by its id where no probe tells of it.
func TestOpenDeploymentsAreReadAgain(t *testing.T) {
	inBubble(t, shipping("acme/a"), func(f *fake) {
		r := f.add("acme/a")[0]
		r.history.chain("c", 4, 1)
		r.history.deploy(1, "c1", "success")
		r.history.deploy(2, "c2", "in_progress")
		r.history.deploy(3, "c3", "success") // the newest: the one that a probe shows
	}, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		r.take()
		r.locked(func() { r.repos[0].history.state(2, "success") })
		r.until(80 * time.Minute)
		if got := r.callsOf("deployments", "deployments_by_id"); !slices.Equal(got, []string{"deployments_by_id D_2"}) {
			t.Errorf("asked for %v", got)
		}
		if got := r.states(2); !slices.Equal(got, []string{"in_progress", "success"}) {
			t.Errorf("states %v", got)
		}
		r.until(5 * time.Hour)
		if got := r.callsOf("deployments", "deployments_by_id"); len(got) != 0 {
			t.Errorf("asked for %v, though nothing is open", got)
		}
	})
}

// What a success makes inactive is behind the page that is read.
func TestSupersededDeployments(t *testing.T) {
	inBubble(t, shipping("acme/a"), func(f *fake) {
		r := f.add("acme/a")[0]
		r.history.chain("c", 2, 1)
		r.history.pageSize = 3
		r.history.deploy(1, "c1", "success")
		for id := int64(2); id < 9; id++ {
			r.history.deploy(id, "c1", "success")
			r.history.deployments[0].Environment = "staging"
		}
	}, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		r.take()
		r.locked(func() {
			r.repos[0].history.deploy(9, "c1", "success")
			r.repos[0].history.state(1, "inactive")
		})
		r.until(13 * time.Minute)
		if got := r.states(1); !slices.Equal(got, []string{"success", "inactive"}) {
			t.Errorf("states %v", got)
		}
		r.locked(func() { // two are gone: the count tells
			h := &r.repos[0].history
			h.deployments = slices.DeleteFunc(h.deployments, func(d model.Deployment) bool { return d.ID == 1 || d.ID == 4 })
		})
		r.until(17 * time.Minute)
		for id, want := range map[int64][]string{1: {"success", "inactive", "gone"}, 4: {"success", "gone"}, 5: {"success"}} {
			if got := r.states(id); !slices.Equal(got, want) {
				t.Errorf("states of %d are %v, want %v", id, got, want)
			}
		}
		if got := r.status("acme/a").Repairs; got[goneDeleted] != 2 {
			t.Errorf("repairs %v", got)
		}
	})
}

// tagged gives the stored tags: their commits, or that they are gone.
func (r *running) tagged() map[string]string {
	r.t.Helper()
	all, err := r.m.Tags(1)
	if err != nil {
		r.t.Fatal(err)
	}
	out := map[string]string{}
	for _, t := range all {
		out[t.Name] = nameOf(t.OID)
		if t.GoneAt != 0 {
			out[t.Name] = "gone"
		}
	}
	return out
}

func TestTagsComeMoveAndGo(t *testing.T) {
	projects := []Project{{Name: "test", Repositories: []string{"acme/a"}, Needs: Needs{Tags: true}}}
	inBubble(t, projects, func(f *fake) {
		r := f.add("acme/a")[0]
		r.history.chain("c", 4, 1)
		r.history.tags = []model.Tag{{Name: "v2", OID: oid("c2")}, {Name: "v1", OID: oid("c1")}}
	}, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		if diff := cmp.Diff(map[string]string{"v1": "c1", "v2": "c2"}, r.tagged()); diff != "" {
			t.Error(diff)
		}
		r.locked(func() { // nothing else moves: found within an hour
			r.repos[0].history.tags = []model.Tag{{Name: "v3", OID: oid("c3")}, {Name: "v1", OID: oid("c0")}}
		})
		r.until(75 * time.Minute)
		if diff := cmp.Diff(map[string]string{"v1": "c0", "v2": "gone", "v3": "c3"}, r.tagged()); diff != "" {
			t.Error(diff)
		}
		r.locked(func() { // the head moves: found with the next probe
			h := &r.repos[0].history
			h.commit("n", 9, "c3")
			h.tags = []model.Tag{{Name: "v4", OID: oid("n")}, {Name: "v3", OID: oid("c3")}, {Name: "v2", OID: oid("c2")}, {Name: "v1", OID: oid("c0")}}
		})
		r.until(79 * time.Minute)
		if diff := cmp.Diff(map[string]string{"v1": "c0", "v2": "c2", "v3": "c3", "v4": "n"}, r.tagged()); diff != "" {
			t.Error(diff)
		}
		if names, _ := r.graph(); len(names) != 5 {
			t.Errorf("commits %v", names)
		}
	})
}

// A release that is new may be on any page, since the list is ordered by the
// commits' dates; drafts are counted and not listed.
func TestReleasesBehindTheFirstPage(t *testing.T) {
	release := func(id int64) model.Release {
		at := model.At(time.Now())
		return model.Release{ID: id, Tag: fmt.Sprintf("v%d", id), OID: oid("c1"), PublishedAt: at, UpdatedAt: at}
	}
	inBubble(t, shipping("acme/a"), func(f *fake) {
		r := f.add("acme/a")[0]
		r.history.chain("c", 4, 1)
		r.history.pageSize = 2
		for id := int64(6); id > 0; id-- {
			r.history.releases = append(r.history.releases, release(id))
		}
		r.history.drafts = 3
	}, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		r.take()
		r.locked(func() { r.repos[0].history.releases = slices.Insert(r.repos[0].history.releases, 4, release(9)) })
		r.until(13 * time.Minute)
		known := func() (ids []int64) {
			all, err := r.m.Releases(1)
			if err != nil {
				t.Fatal(err)
			}
			for _, rel := range all {
				if rel.GoneAt == 0 {
					ids = append(ids, rel.ID)
				}
			}
			return ids
		}
		if got := known(); !slices.Equal(got, []int64{1, 2, 3, 4, 5, 6, 9}) {
			t.Errorf("releases %v", got)
		}
		if got, want := r.callsOf("releases"), []string{"releases", "releases 2", "releases 4", "releases"}; !slices.Equal(got, want) {
			t.Errorf("asked for %v, want %v", got, want)
		}
		r.locked(func() { // one is new at the front: the first page tells it all
			r.repos[0].history.releases = slices.Insert(r.repos[0].history.releases, 0, release(10))
		})
		r.until(15*time.Minute + 30*time.Second)
		if got := r.callsOf("releases"); !slices.Contains(got, "releases") || slices.Contains(got, "releases 2") {
			t.Errorf("asked for %v", got)
		}
		r.locked(func() { r.repos[0].history.releases = r.repos[0].history.releases[:6] })
		r.until(30 * time.Minute)
		if got := known(); len(got) != 6 {
			t.Errorf("releases %v", got)
		}
	})
}
