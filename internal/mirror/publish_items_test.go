package mirror

import (
	"testing"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// PublishItems shows items and leaves the history as it was shown, also after
// a restart; Publish shows both.
func TestPublishItems(t *testing.T) {
	path := t.TempDir()
	m := reopen(t, path)
	deploy := func(id int64) {
		t.Helper()
		err := m.Update(1, func(tx *Tx) error {
			_, err := tx.PutDeployments([]model.Deployment{{ID: id, NodeID: "D", OID: "c0ffee", CreatedAt: 1, UpdatedAt: 1, ReadAt: 1}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := m.Update(1, func(tx *Tx) error {
		tx.SetComplete(1)
		return tx.PutRepository(model.Repository{ID: 1, Owner: "a", Name: "b", CreatedAt: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	deploy(1)
	if err := m.Publish(1); err != nil {
		t.Fatal(err)
	}
	shown := func(want int) {
		t.Helper()
		if got := len(m.State(1).History.Deployments); got != want {
			t.Errorf("%d deployments are shown, want %d", got, want)
		}
	}
	shown(1)
	deploy(2)
	if err := m.PublishItems(1); err != nil {
		t.Fatal(err)
	}
	shown(1)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	m = reopen(t, path)
	shown(1)
	deploy(3)
	if err := m.PublishItems(1); err != nil {
		t.Fatal(err)
	}
	shown(1)
	if err := m.Publish(1); err != nil {
		t.Fatal(err)
	}
	shown(3)
	if m.HistoryComplete(1) != 1 || m.HistoryComplete(2) != 0 {
		t.Error("when the history was read")
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
}

func reopen(t *testing.T, path string) *Mirror {
	t.Helper()
	m, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}
