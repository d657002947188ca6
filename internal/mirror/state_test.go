package mirror

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// countingDigest gives facts that show which version of an item they are of,
// and counts its calls.
func countingDigest(calls *sync.Map) Digest {
	return func(model.Repository) Digester {
		return Digester{Items: func(it *model.Item) *model.Facts {
			n, _ := calls.LoadOrStore(it.Number, 0)
			calls.Store(it.Number, n.(int)+1)
			if it.BaseRef == "left out" {
				return nil
			}
			return &model.Facts{Number: int32(it.Number), MergeOID: it.BaseRef}
		}}
	}
}

// put stores a version of an item.
func put(t testing.TB, m *Mirror, number int, version string, at model.Instant) {
	t.Helper()
	update(t, m, testRepo.ID, func(tx *Tx) error {
		_, err := tx.UpsertItem(&model.Item{Number: number, Kind: model.Issue, BaseRef: version, UpdatedAt: at, ReadAt: at})
		return err
	})
}

func complete(t testing.TB, m *Mirror) {
	t.Helper()
	update(t, m, testRepo.ID, func(tx *Tx) error { tx.SetComplete(500); return tx.PutRepository(testRepo) })
}

// shown gives the versions that a state shows.
func shown(s *model.State) []string {
	if s == nil {
		return nil
	}
	out := []string{}
	for _, f := range s.Items {
		out = append(out, fmt.Sprint(f.Number, f.MergeOID))
	}
	return out
}

func TestPublish(t *testing.T) {
	var calls sync.Map
	m := open(t, t.TempDir(), Options{Digest: countingDigest(&calls)})
	if m.State(testRepo.ID) != nil || m.Publish(testRepo.ID) != nil {
		t.Error("an unknown repository has a state")
	}
	put(t, m, 2, "a", 1)
	put(t, m, 1, "a", 1)
	publish(t, m, testRepo.ID)
	if m.State(testRepo.ID) != nil {
		t.Error("a repository without a record has a state")
	}
	update(t, m, testRepo.ID, func(tx *Tx) error { return tx.PutRepository(testRepo) })
	publish(t, m, testRepo.ID)
	if s := m.State(testRepo.ID); s.Complete != 0 || len(s.Items) != 0 || s.Records["issue"] != 2 || s.Repository != testRepo {
		t.Errorf("the incomplete repository shows %+v", s)
	}
	complete(t, m)
	publish(t, m, testRepo.ID)
	first := m.State(testRepo.ID)
	if diff := cmp.Diff([]string{"1a", "2a"}, shown(first)); diff != "" || first.Complete != 500 {
		t.Error(diff, first.Complete)
	}
	put(t, m, 2, "b", 2)
	put(t, m, 3, "b", 2)
	if diff := cmp.Diff([]string{"1a", "2a"}, shown(m.State(testRepo.ID))); diff != "" {
		t.Error("what is not published is shown", diff)
	}
	publish(t, m, testRepo.ID)
	second := m.State(testRepo.ID)
	if diff := cmp.Diff([]string{"1a", "2b", "3b"}, shown(second)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1a", "2a"}, shown(first)); diff != "" {
		t.Error("a published state changed", diff)
	}
	if first.Items[0] != second.Items[0] {
		t.Error("what did not change is not shared")
	}
	put(t, m, 3, "left out", 3)
	publish(t, m, testRepo.ID)
	if diff := cmp.Diff([]string{"1a", "2b"}, shown(m.State(testRepo.ID))); diff != "" {
		t.Error(diff)
	}
	for number, want := range map[int]int{1: 1, 2: 2, 3: 2} {
		if n, _ := calls.Load(number); n != want {
			t.Errorf("item %d was digested %v times, not %d", number, n, want)
		}
	}
	if states := m.States(); len(states) != 1 || states[0] != m.State(testRepo.ID) {
		t.Errorf("states are %v", states)
	}
}

// TestRestartShowsWhatWasPublished is why "before" records exist: a process
// that ends in the middle of a pass must not show half of it after the next
// start, since totals would then go down when the pass goes on.
func TestRestartShowsWhatWasPublished(t *testing.T) {
	var calls sync.Map
	dir := t.TempDir()
	opts := Options{Digest: countingDigest(&calls)}
	reopen := func(m *Mirror) *Mirror {
		t.Helper()
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		return open(t, dir, opts)
	}
	m := open(t, dir, opts)
	put(t, m, 1, "a", 1)
	put(t, m, 2, "a", 1)
	complete(t, m)
	publish(t, m, testRepo.ID)
	put(t, m, 1, "b", 2)
	put(t, m, 1, "c", 3)
	put(t, m, 3, "b", 2)
	m = reopen(m)
	if diff := cmp.Diff([]string{"1a", "2a"}, shown(m.State(testRepo.ID))); diff != "" {
		t.Error(diff)
	}
	if n := m.State(testRepo.ID).Records["issue"]; n != 3 {
		t.Errorf("%d records are counted", n)
	}
	if err := m.Redigest(countingDigest(&calls)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1a", "2a"}, shown(m.State(testRepo.ID))); diff != "" {
		t.Error("a redigest shows what is not published", diff)
	}
	if it, err := m.Item(testRepo.ID, 1); err != nil || it.BaseRef != "c" {
		t.Errorf("stored is %+v, %v", it, err)
	}
	put(t, m, 2, "d", 4)
	publish(t, m, testRepo.ID)
	want := []string{"1c", "2d", "3b"}
	if diff := cmp.Diff(want, shown(m.State(testRepo.ID))); diff != "" {
		t.Error(diff)
	}
	if before, err := m.befores(testRepo.ID); err != nil || len(before) > 0 {
		t.Errorf("%d records of what was published are left, %v", len(before), err)
	}
	m = reopen(m)
	if diff := cmp.Diff(want, shown(m.State(testRepo.ID))); diff != "" {
		t.Error(diff)
	}
}

func TestIncompleteAgain(t *testing.T) {
	m := open(t, t.TempDir(), Options{Digest: testDigest})
	put(t, m, 1, "a", 1)
	complete(t, m)
	publish(t, m, testRepo.ID)
	put(t, m, 1, "b", 2)
	update(t, m, testRepo.ID, func(tx *Tx) error { tx.SetComplete(0); return nil })
	publish(t, m, testRepo.ID)
	if s := m.State(testRepo.ID); s.Complete != 0 || len(s.Items) > 0 {
		t.Errorf("the state is %+v", s)
	}
	complete(t, m)
	publish(t, m, testRepo.ID)
	if s := m.State(testRepo.ID); len(s.Items) != 1 {
		t.Errorf("the state is %+v", s)
	}
}

func TestRedigest(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	put(t, m, 1, "a", 1)
	put(t, m, 2, "left out", 1)
	complete(t, m)
	publish(t, m, testRepo.ID)
	if s := m.State(testRepo.ID); s.Complete == 0 || len(s.Items) > 0 {
		t.Errorf("without a digest the state is %+v", s)
	}
	var calls sync.Map
	if err := m.Redigest(countingDigest(&calls)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1a"}, shown(m.State(testRepo.ID))); diff != "" {
		t.Error(diff)
	}
	if err := m.Redigest(nil); err != nil || len(m.State(testRepo.ID).Items) > 0 {
		t.Errorf("without a digest again: %v, %v", err, shown(m.State(testRepo.ID)))
	}
}

func TestSubscribe(t *testing.T) {
	m := open(t, t.TempDir(), Options{Digest: testDigest})
	var first, second []int64
	cancel := m.Subscribe(func(repo int64) {
		first = append(first, repo)
		if err := m.Update(repo, func(tx *Tx) error { tx.Count("seen", 1); return nil }); err != nil {
			t.Error(err)
		}
	})
	m.Subscribe(func(repo int64) { second = append(second, repo) })
	complete(t, m)
	publish(t, m, testRepo.ID)
	cancel()
	cancel()
	if err := m.Redigest(testDigest); err != nil {
		t.Fatal(err)
	}
	if len(first) != 1 || len(second) != 2 || m.Counters(testRepo.ID)["seen"] != 1 {
		t.Errorf("calls were %v and %v", first, second)
	}
}

// TestConcurrentUse has writers of several repositories and readers at once,
// for the race detector, and counts what they did.
func TestConcurrentUse(t *testing.T) {
	m := open(t, filepath.Join(t.TempDir(), "mirror"), Options{Digest: testDigest})
	const repositories, rounds = 4, 12
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for id := int64(1); id <= repositories; id++ {
		for range 2 {
			writers.Go(func() { churn(t, m, id, rounds) })
		}
		readers.Go(func() { look(t, m, id, stop) })
	}
	writers.Go(func() {
		for range 5 {
			if err := m.Redigest(testDigest); err != nil {
				t.Error(err)
			}
		}
	})
	writers.Wait()
	close(stop)
	readers.Wait()
	for id := int64(1); id <= repositories; id++ {
		publish(t, m, id)
		if s := m.State(id); len(s.Items) != rounds || s.Records["issue"]+s.Records["pull_request"] != rounds {
			t.Errorf("repository %d shows %d items", id, len(s.Items))
		}
		if n := m.Counters(id)["rounds"]; n != 2*rounds {
			t.Errorf("repository %d counted %d rounds", id, n)
		}
	}
}

// churn stores and publishes a repository's items one after the other.
func churn(t *testing.T, m *Mirror, id int64, rounds int) {
	for n := range rounds {
		err := m.Update(id, func(tx *Tx) error {
			record := testRepo
			record.ID = id
			tx.SetComplete(1)
			tx.Count("rounds", 1)
			if _, err := tx.UpsertItem(plausibleItem(uint64(id), n+1, 4)); err != nil {
				return err
			}
			return tx.PutRepository(record)
		})
		if err == nil {
			err = m.Publish(id)
		}
		if err != nil {
			t.Error(err)
			return
		}
	}
}

// look reads whatever can be read until stop.
func look(t *testing.T, m *Mirror, id int64, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		if s := m.State(id); s != nil {
			for i := 1; i < len(s.Items); i++ {
				if s.Items[i-1].Number >= s.Items[i].Number {
					t.Error("items are out of order")
				}
			}
		}
		m.Records(id)
		m.Counters(id)
		m.Repositories()
		for _, err := range m.Items(id) {
			if err != nil {
				t.Error(err)
			}
		}
	}
}
