package mirror

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// A milestone that is closed is not listed any more; one that is reopened is.
func TestMilestones(t *testing.T) {
	dir := t.TempDir()
	m := open(t, dir, Options{})
	put := func(read ...model.Milestone) {
		t.Helper()
		err := m.Update(testRepo.ID, func(tx *Tx) error { _, err := tx.PutMilestones(read); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	put(model.Milestone{Number: 1, Title: "v1", Open: 3, ReadAt: 100}, model.Milestone{Number: 12, Title: "v2", Open: 1, Closed: 2, ReadAt: 100})
	put(model.Milestone{Number: 12, Title: "v2", Closed: 3, ReadAt: 300}, model.Milestone{Number: 12, Title: "old", Open: 9, ReadAt: 200})
	if err := m.Update(testRepo.ID, func(tx *Tx) error { _, err := tx.MarkMilestonesGone(300, []int{1, 7}); return err }); err != nil {
		t.Fatal(err)
	}
	want := []model.Milestone{{Number: 1, Title: "v1", Open: 3, ReadAt: 100, GoneAt: 300}, {Number: 12, Title: "v2", Closed: 3, ReadAt: 300}}
	got, err := m.Milestones(testRepo.ID)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	put(model.Milestone{Number: 1, Title: "v1", Open: 2, ReadAt: 400})
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	want[0] = model.Milestone{Number: 1, Title: "v1", Open: 2, ReadAt: 400}
	got, err = open(t, dir, Options{}).Milestones(testRepo.ID)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
