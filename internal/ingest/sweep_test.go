package ingest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// swept is a hub with a mirror that is complete and up to date.
func swept(t *testing.T, seed uint64) (h *hub, m *mirror.Mirror, in *Ingest, r *githubtest.Repo) {
	t.Helper()
	data := dataset(githubtest.GenerateOptions{Seed: seed, Issues: 40, PullRequests: 40, Comments: 400, ReviewComments: 100})
	h = newHub(t, end, data, dataset(githubtest.GenerateOptions{Seed: 99, Name: "other", Issues: 1}))
	m = openMirror(t)
	in = h.reads(t, m)
	h.sync(t, in)
	h.clock.add(time.Hour)
	h.sync(t, in)
	return h, m, in, data.Repos[0]
}

// nextSweep lets a day go by and makes the sweep that is due.
func (h *hub) nextSweep(t *testing.T, in *Ingest) {
	t.Helper()
	h.clock.add(25 * time.Hour)
	h.sync(t, in)
}

func TestSweepOfWhatIsRightRepairsNothing(t *testing.T) {
	h, m, in, r := swept(t, 5)
	before := items(t, m)
	h.ResetLog()
	h.nextSweep(t, in)
	if got := h.Counts().Operations; got["SweepIssues"] != 1 || got["SweepPulls"] != 1 {
		t.Errorf("no sweep: %v", got)
	}
	if got := repairs(in); len(got) != 0 {
		t.Errorf("repairs %v", got)
	}
	if diff := cmp.Diff(before, items(t, m)); diff != "" {
		t.Error(diff)
	}
	_ = r
}

// repairs gives the status' count of repairs.
func repairs(in *Ingest) map[string]int {
	out := map[string]int{}
	for _, s := range in.Status() {
		for kind, n := range s.Repairs {
			out[kind] += n
		}
	}
	return out
}

// anItem gives a visible item that the test can spoil.
func anItem(t *testing.T, r *githubtest.Repo, want func(*githubtest.Item) bool) *githubtest.Item {
	t.Helper()
	now := githubtest.TimeOf(end)
	for _, it := range r.Items {
		if it.CreatedAt.By(now) && !it.DeletedAt.By(now) && !it.TransferredAt.By(now) && !it.ConvertedAt.By(now) && want(it) {
			return it
		}
	}
	t.Fatal("the dataset has no such item")
	return nil
}

func TestSweepFindsWhatIsGone(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(h *hub, repo int64, number int) error
		want  string
	}{
		{"deleted", func(h *hub, repo int64, n int) error { return h.DeleteItem(repo, n) }, "deleted"},
		{"transferred", func(h *hub, repo int64, n int) error {
			return h.TransferItem(repo, n, &githubtest.Ref{Owner: "acme", Repo: "secret", Number: 7})
		}, "transferred"},
		{"transferred to where nobody may look", func(h *hub, repo int64, n int) error {
			return h.TransferItem(repo, n, nil)
		}, "transferred"},
		{"transferred to where others may look", func(h *hub, repo int64, n int) error {
			return h.TransferItem(repo, n, &githubtest.Ref{Owner: "acme", Repo: "other", Number: 1})
		}, "transferred"},
		{"converted", func(h *hub, repo int64, n int) error { return h.ConvertItem(repo, n) }, "deleted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, m, in, r := swept(t, 6)
			it := anItem(t, r, func(it *githubtest.Item) bool { return it.PR == nil })
			if err := tt.spoil(h, r.ID, it.Number); err != nil {
				t.Fatal(err)
			}
			h.nextSweep(t, in)
			found := model.At(h.clock.Now())
			h.clock.add(11 * time.Minute)
			h.sync(t, in)
			got, err := m.Item(r.ID, it.Number)
			if err != nil {
				t.Fatal(err)
			}
			if got.Gone != tt.want || got.GoneAt < found || got.GoneAt > model.At(h.clock.Now()) {
				t.Errorf("gone %q at %s, want %q at %s or when it was confirmed", got.Gone, got.GoneAt, tt.want, found)
			}
			if got := repairs(in); got[tt.want] != 1 {
				t.Errorf("repairs %v", got)
			}
			if facts := published(m, r.ID, it.Number); facts == nil || facts.Gone != got.GoneAt {
				t.Errorf("published %+v", facts)
			}
		})
	}
}

// published gives what is published of an item.
func published(m *mirror.Mirror, repo int64, number int) *model.Facts {
	for _, f := range m.State(repo).Items {
		if int(f.Number) == number {
			return f
		}
	}
	return nil
}

func TestSweepFindsDeletedComments(t *testing.T) {
	h, m, in, r := swept(t, 7)
	it := anItem(t, r, func(it *githubtest.Item) bool { return len(it.Comments) > 2 && it.Comments[1].DeletedAt == 0 })
	h.Change(func(now githubtest.Time) { it.Comments[1].DeletedAt = now })
	h.nextSweep(t, in)
	got, err := m.Item(r.ID, it.Number)
	if err != nil {
		t.Fatal(err)
	}
	gone := 0
	for _, e := range got.Events {
		if e.GoneAt != 0 {
			gone++
			if e.Kind != model.Commented || e.At != model.Instant(it.Comments[1].CreatedAt) {
				t.Errorf("gone is %+v", e)
			}
		}
	}
	if gone != 1 {
		t.Errorf("%d events are gone, want 1", gone)
	}
	if got := repairs(in); got["comments"] != 1 {
		t.Errorf("repairs %v", got)
	}
	if jobs, err := m.Jobs(r.ID, mirror.Rereads); len(jobs) != 0 || err != nil {
		t.Errorf("to be read again: %+v, %v", jobs, err)
	}
}

func TestUnlisted(t *testing.T) {
	run := &sweepRun{began: 10_000}
	run.listed.add(1)
	p := &pass{}
	off := &pass{repo: model.Repository{NoIssues: true}}
	for _, tt := range []struct {
		name string
		pass *pass
		item model.Item
		want bool
	}{
		{"listed", p, model.Item{Number: 1}, false},
		{"not listed", p, model.Item{Number: 2}, true},
		{"made since", p, model.Item{Number: 2, CreatedAt: 9_900}, false},
		{"read since", p, model.Item{Number: 2, ReadAt: 10_000}, false},
		{"issues are switched off", off, model.Item{Number: 2, Kind: model.Issue}, false},
		{"a pull request, issues are switched off", off, model.Item{Number: 2, Kind: model.PullRequest}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.pass.unlisted(&tt.item, run); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestSweepFindsDeletedCommentsOnLines(t *testing.T) {
	h, m, in, r := swept(t, 7)
	it := anItem(t, r, func(it *githubtest.Item) bool {
		return it.PR != nil && slices.ContainsFunc(it.PR.Reviews, func(v githubtest.Review) bool { return len(v.Comments) > 1 })
	})
	i := slices.IndexFunc(it.PR.Reviews, func(v githubtest.Review) bool { return len(v.Comments) > 1 })
	deleted := &it.PR.Reviews[i].Comments[1]
	h.Change(func(now githubtest.Time) { deleted.DeletedAt = now })
	h.nextSweep(t, in)
	got, err := m.Item(r.ID, it.Number)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range got.ReviewComments {
		if gone := c.GoneAt != 0; gone != (c.ID == deleted.ID) {
			t.Errorf("comment %d is gone: %t", c.ID, gone)
		}
	}
	h.ResetLog()
	h.nextSweep(t, in)
	if n := h.Counts().Routes["/repos/{owner}/{repo}/pulls/{pull_number}/comments"]; n != 0 {
		t.Errorf("%d lists of comments after it was found", n)
	}
}
