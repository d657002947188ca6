package ingest

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// late is when everything that the generated repositories hold has happened.
var late = end.AddDate(0, 2, 0)

// never is longer than any test.
const never = 100 * 365 * 24 * time.Hour

// TestReplay lets two years go by in steps from minutes to weeks, with a pass
// after each, and compares the mirror with a fresh one now and then. Sweeps are
// off, so that nothing repairs what the passes miss; what GitHub has deleted
// stays then, and is left out of the comparison.
func TestReplay(t *testing.T) {
	t.Parallel()
	data := dataset(githubtest.GenerateOptions{Seed: 4, Issues: 60, PullRequests: 80, Comments: 900, ReviewComments: 300})
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
		if step%40 == 0 {
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

// TestReplayOfARealRepository does the same with six years of a real one.
func TestReplayOfARealRepository(t *testing.T) {
	t.Parallel()
	data := realData(t)
	repo := data.Repos[0]
	h := newHub(t, repo.CreatedAt.Time().Add(time.Hour), data)
	m := openMirror(t)
	in := h.reads(t, m, repo.Owner+"/"+repo.Name)
	in.every.Sweep = never
	random := rand.New(rand.NewPCG(3, 4))
	last := time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)
	for step := 1; h.clock.Now().Before(last); step++ {
		h.clock.add(time.Duration(random.ExpFloat64() * float64(30*24*time.Hour)))
		h.sync(t, in)
		if step%40 == 0 {
			compareReplay(t, h, m, data, repo.Owner+"/"+repo.Name)
		}
	}
	h.sync(t, in)
	compareReplay(t, h, m, data, repo.Owner+"/"+repo.Name)
	want := map[string]int{"issue": 303, "pull_request": 582, "comment": 1435, "review": 1370, "review_comment": 1720}
	got := m.Records(repo.ID)
	for kind, n := range want {
		if got[kind] != n {
			t.Errorf("%d records of %s, want %d", got[kind], kind, n)
		}
	}
	h.nextSweep(t, in)
	if got := repairs(in); len(got) != 0 {
		t.Errorf("a sweep had to repair %v", got)
	}
}

// realData is a real repository's life, which is not part of the project.
func realData(t *testing.T) *githubtest.Dataset {
	t.Helper()
	const path = "../../../shared/data/mls-protocol.jsonl.gz"
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("CI") != "" {
			t.Fatalf("the dataset %s is missing", path)
		}
		t.Skipf("SKIPPED: the dataset %s is missing; put ../shared/data beside the project to run this test", path)
	}
	data, err := githubtest.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestReplayWithSweeps lets the same life go by with a sweep every day. What is
// left in the mirror, without what it knows to be gone, is then what a fresh
// one holds, down to the names of labels.
func TestReplayWithSweeps(t *testing.T) {
	t.Parallel()
	data := dataset(githubtest.GenerateOptions{Seed: 1, Issues: 70, PullRequests: 80, Comments: 800, ReviewComments: 300})
	deleted := spoil(data.Repos[0])
	h := newHub(t, data.Repos[0].CreatedAt.Time().Add(time.Hour), data)
	m := openMirror(t)
	in := h.reads(t, m)
	for h.clock.Now().Before(late) {
		h.clock.add(10 * 24 * time.Hour)
		h.sync(t, in)
		h.clock.add(11 * time.Minute) // the second look at what was not found
		h.sync(t, in)
	}
	want, got := h.fresh(t), items(t, m)
	why, missed := map[string]int{}, maps.Clone(deleted)
	for name, item := range got {
		if item.GoneAt != 0 {
			why[item.Gone]++
			delete(got, name)
			for _, e := range item.Events {
				delete(missed, e.ID)
			}
			continue
		}
		item.Events = slices.DeleteFunc(item.Events, func(e model.Event) bool {
			if e.GoneAt != 0 && !deleted[e.ID] {
				t.Errorf("%s: %s is taken to be gone", name, e.ID)
			}
			delete(missed, e.ID)
			return e.GoneAt != 0
		})
		if want[name] != nil {
			withoutReplaced(item, want[name])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-fresh +kept):\n%s", diff)
	}
	if why["deleted"] != 3 || why["transferred"] != 2 || len(deleted) < 5 || len(missed) > 0 {
		t.Errorf("gone are %v, want 3 deleted, 2 transferred; of %d comments %v were not found to be gone", why, len(deleted), missed)
	}
}

// spoil deletes, converts and transfers five issues, and deletes comments of
// other items. It gives the ids of all comments that are deleted.
func spoil(r *githubtest.Repo) map[string]bool {
	deleted := map[string]bool{}
	issues := 0
	closed := map[int]bool{}
	for _, it := range r.Items {
		for _, n := range it.Closes {
			closed[n] = true // pull requests forget these when they go
		}
	}
	for i, it := range r.Items {
		later := it.CreatedAt.Add(40 * 24 * time.Hour)
		it.DeletedAt, it.TransferredAt, it.ConvertedAt = 0, 0, 0
		switch {
		case it.PR == nil && i%3 == 1 && issues < 5 && !closed[it.Number]:
			[]func(){
				func() { it.DeletedAt = later }, func() { it.TransferredAt = later }, func() { it.ConvertedAt = later },
			}[issues%3]()
			issues++
		case i%7 == 3 && len(it.Comments) > 1:
			it.Comments[1].DeletedAt = it.Comments[1].CreatedAt.Add(30 * 24 * time.Hour)
		}
		for _, c := range it.Comments {
			if c.DeletedAt.By(githubtest.TimeOf(late)) {
				deleted[fmt.Sprintf("c%d", c.ID)] = true
			}
		}
	}
	return deleted
}

// compareReplay compares a mirror that was kept up to date with a fresh one.
func compareReplay(t *testing.T, h *hub, m *mirror.Mirror, data *githubtest.Dataset, repositories ...string) {
	t.Helper()
	labels := map[string]bool{}
	for _, l := range data.Repos[0].Labels {
		labels[githubtest.GlobalID("LA", data.Repos[0].ID, l.ID)] = !l.DeletedAt.By(githubtest.TimeOf(h.clock.Now()))
	}
	want, got := h.fresh(t, repositories...), items(t, m)
	for name, item := range got {
		if want[name] == nil {
			delete(got, name) // gone, and without sweeps not known to be
			continue
		}
		withoutDeleted(item, want[name])
		withoutReplaced(item, want[name])
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

// withoutDeleted takes out of an item the comments that a fresh read no longer finds.
func withoutDeleted(item, fresh *model.Item) {
	item.Events = slices.DeleteFunc(item.Events, func(e model.Event) bool {
		return e.Kind == model.Commented && eventOf(fresh, e.ID) == nil
	})
}

// withoutReplaced takes out of an item what a fresh read cannot know: accounts
// that were deleted, the states of reviews before they were dismissed, commits
// that a force-push replaced. That a comment on a line was deleted is found by nothing.
func withoutReplaced(item, fresh *model.Item) {
	forget := func(a *model.Actor, now model.Actor) {
		if now.Ghost() {
			*a = now
		}
	}
	forget(&item.Author, fresh.Author)
	forget(&item.MergedBy, fresh.MergedBy)
	for i := range item.Events {
		e := &item.Events[i]
		if there := eventOf(fresh, e.ID); there != nil {
			forget(&e.Actor, there.Actor)
			if there.State == model.Dismissed {
				e.State = model.Dismissed
			}
		}
	}
	authors := map[int64]model.Actor{}
	for _, c := range fresh.ReviewComments {
		authors[c.ID] = c.Author
	}
	item.ReviewComments = slices.DeleteFunc(item.ReviewComments, func(c model.ReviewComment) bool {
		_, there := authors[c.ID]
		return !there
	})
	for i := range item.ReviewComments {
		forget(&item.ReviewComments[i].Author, authors[item.ReviewComments[i].ID])
	}
	item.Commits = slices.DeleteFunc(item.Commits, func(c model.Commit) bool { return c.Head != item.HeadOID })
}

// eventOf gives an item's event by id, nil where it has none.
func eventOf(it *model.Item, id string) *model.Event {
	for i := range it.Events {
		if it.Events[i].ID == id {
			return &it.Events[i]
		}
	}
	return nil
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
