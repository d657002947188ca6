package mirror

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDigestForSeesWhatIsStored opens a mirror with a digest that depends on
// what is in it: everything but the items can be read, and each item is
// digested once.
func TestDigestForSeesWhatIsStored(t *testing.T) {
	dir := t.TempDir()
	m := open(t, dir, Options{})
	put(t, m, 1, "a", 1)
	update(t, m, 0, func(tx *Tx) error { return tx.PutCursor("names", Cursor{After: "known"}) })
	complete(t, m)
	publish(t, m, testRepo.ID)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}

	var calls sync.Map
	m = open(t, dir, Options{DigestFor: func(m *Mirror) (Digest, error) {
		cursor, err := m.Cursor(0, "names")
		if r, ok := m.RepositoryByName(testRepo.Owner, testRepo.Name); !ok || r != testRepo || cursor.After != "known" {
			t.Errorf("repository %v %+v, cursor %+v", ok, r, cursor)
		}
		return countingDigest(&calls), err
	}})
	if diff := cmp.Diff([]string{"1a"}, shown(m.State(testRepo.ID))); diff != "" {
		t.Error(diff)
	}
	if n, _ := calls.Load(1); n != 1 {
		t.Errorf("the item was digested %v times", n)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}

	failed := errors.New("no digest")
	if _, err := Open(dir, Options{DigestFor: func(*Mirror) (Digest, error) { return nil, failed }}); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	open(t, dir, Options{}) // the failed one has let go of it
}
