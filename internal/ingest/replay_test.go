package ingest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// never is longer than any test.
const never = 100 * 365 * 24 * time.Hour

// TestReplay lets two years go by in steps from minutes to weeks, with a pass
// after each, and compares the mirror with a fresh one now and then. Sweeps are
// off, so that nothing repairs what the passes miss; what GitHub has deleted
// stays then, and is left out of the comparison.
func TestReplay(t *testing.T) {
	data := dataset(githubtest.GenerateOptions{Seed: 4, Issues: 120, PullRequests: 150, Comments: 1500, ReviewComments: 500})
	begin := data.Repos[0].CreatedAt.Time().Add(time.Hour)
	h := newHub(t, begin, data)
	m := openMirror(t)
	in := h.reads(t, m)
	in.every.Sweep = never
	random := rand.New(rand.NewPCG(1, 2))
	compared := 0
	for step := 0; h.clock.Now().Before(end); step++ {
		h.clock.add(time.Duration(random.ExpFloat64() * float64(6*24*time.Hour)))
		h.sync(t, in)
		if step%25 == 0 {
			compareReplay(t, h, m, data)
			compared++
		}
	}
	h.clock.set(end)
	h.sync(t, in)
	h.sync(t, in)
	compareReplay(t, h, m, data)
	t.Logf("compared %d times", compared+1)
}

// TestReplayWithSweeps lets the same life go by with a sweep every day. What is
// left in the mirror, without what it knows to be gone, is then what a fresh
// one holds, down to the names of labels.
func TestReplayWithSweeps(t *testing.T) {
	data := dataset(githubtest.GenerateOptions{Seed: 4, Issues: 120, PullRequests: 150, Comments: 1500, ReviewComments: 500})
	h := newHub(t, data.Repos[0].CreatedAt.Time().Add(time.Hour), data)
	m := openMirror(t)
	in := h.reads(t, m)
	for h.clock.Now().Before(end) {
		h.clock.add(9 * 24 * time.Hour)
		h.sync(t, in)
		h.clock.add(11 * time.Minute) // the second look at what was not found
		h.sync(t, in)
	}
	want, got := h.fresh(t), items(t, m)
	gone := 0
	for name, item := range got {
		if item.GoneAt != 0 {
			gone++
			delete(got, name)
			continue
		}
		deleted := func(e model.Event) bool { return e.GoneAt != 0 }
		gone += len(slices.DeleteFunc(slices.Clone(item.Events), func(e model.Event) bool { return !deleted(e) }))
		item.Events = slices.DeleteFunc(item.Events, deleted)
		if want[name] != nil {
			withoutDeleted(item, want[name])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-fresh +kept):\n%s", diff)
	}
	if gone == 0 {
		t.Error("nothing was deleted in this life")
	}
	t.Logf("repairs %v", repairs(in))
}

// compareReplay compares a mirror that was kept up to date with a fresh one.
func compareReplay(t *testing.T, h *hub, m *mirror.Mirror, data *githubtest.Dataset) {
	t.Helper()
	labels := map[string]bool{}
	for _, l := range data.Repos[0].Labels {
		labels[githubtest.GlobalID("LA", data.Repos[0].ID, l.ID)] = !l.DeletedAt.By(githubtest.TimeOf(h.clock.Now()))
	}
	want, got := h.fresh(t), items(t, m)
	for name, item := range got {
		if want[name] == nil {
			delete(got, name) // gone, and without sweeps not known to be
			continue
		}
		withoutDeleted(item, want[name])
		withoutDeletedLabels(item, labels)
	}
	for name := range want {
		withoutLabelNames(want[name])
		withoutLabelNames(got[name])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("at %s (-fresh +kept):\n%s", h.clock.Now(), diff)
	}
}

// withoutDeleted takes out of an item what a fresh read no longer finds: comments
// that were deleted, commits that a force-push replaced, names that were changed since.
func withoutDeleted(item, fresh *model.Item) {
	events := map[string]model.Event{}
	for _, e := range fresh.Events {
		events[e.ID] = e
	}
	item.Events = slices.DeleteFunc(item.Events, func(e model.Event) bool {
		_, there := events[e.ID]
		return !there && e.Kind == model.Commented
	})
	for i, e := range item.Events {
		if events[e.ID].State == model.Dismissed {
			item.Events[i].State = model.Dismissed // the state before is known here
		}
	}
	comments := map[int64]bool{}
	for _, c := range fresh.ReviewComments {
		comments[c.ID] = true
	}
	item.ReviewComments = slices.DeleteFunc(item.ReviewComments, func(c model.ReviewComment) bool { return !comments[c.ID] })
	item.Commits = slices.DeleteFunc(item.Commits, func(c model.Commit) bool { return c.Head != item.HeadOID })
}

// withoutLabelNames leaves labels by their ids alone: that one is renamed moves no item.
func withoutLabelNames(it *model.Item) {
	if it == nil {
		return
	}
	for i := range it.Labels {
		it.Labels[i].Name = ""
	}
	slices.SortFunc(it.Labels, func(a, b model.Label) int { return strings.Compare(a.ID, b.ID) })
	for i := range it.Events {
		it.Events[i].Label.Name = ""
	}
}

// withoutDeletedLabels takes deleted labels off an item: that one is deleted moves no item.
func withoutDeletedLabels(it *model.Item, there map[string]bool) {
	it.Labels = slices.DeleteFunc(it.Labels, func(l model.Label) bool { return !there[l.ID] })
}
