package mirror

import (
	"fmt"
	"testing"
)

// fill stores items as a first sync does, 40 a page, and completes the repository.
func fill(t testing.TB, m *Mirror, items, events int) {
	t.Helper()
	update(t, m, testRepo.ID, func(tx *Tx) error { return tx.PutRepository(testRepo) })
	for first := 1; first <= items; first += 40 {
		update(t, m, testRepo.ID, func(tx *Tx) error {
			for n := first; n < min(first+40, items+1); n++ {
				if _, err := tx.UpsertItem(plausibleItem(1, n, events)); err != nil {
					return err
				}
			}
			return tx.PutCursor("issues", Cursor{After: fmt.Sprint(first), Stored: first})
		})
	}
	update(t, m, testRepo.ID, func(tx *Tx) error { tx.SetComplete(1_800_000_000); return nil })
}

// BenchmarkOpen opens a mirror of 40,000 items with 12 events each, which
// includes the check of its files, and publishes it.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	m, err := Open(dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	fill(b, m, 40_000, 12)
	for b.Loop() {
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
		if m, err = Open(dir, Options{Digest: testDigest}); err != nil {
			b.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPage stores a page of 40 items that are there already and changed.
func BenchmarkPage(b *testing.B) {
	m := open(b, b.TempDir(), Options{})
	fill(b, m, 2000, 12)
	round := 0
	for b.Loop() {
		round++
		update(b, m, testRepo.ID, func(tx *Tx) error {
			for n := range 40 {
				it := *plausibleItem(1, (round*40+n)%2000+1, 12)
				it.UpdatedAt++
				it.Additions = int64(round)
				if _, err := tx.UpsertItem(&it); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// BenchmarkPublish publishes a repository of 40,000 items one of which changed.
func BenchmarkPublish(b *testing.B) {
	m := open(b, b.TempDir(), Options{Digest: testDigest})
	fill(b, m, 40_000, 4)
	publish(b, m, testRepo.ID)
	round := 0
	for b.Loop() {
		round++
		update(b, m, testRepo.ID, func(tx *Tx) error {
			it := *plausibleItem(1, round%40_000+1, 4)
			it.UpdatedAt++
			it.Additions = int64(round)
			_, err := tx.UpsertItem(&it)
			return err
		})
		publish(b, m, testRepo.ID)
	}
}
