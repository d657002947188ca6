package mirror

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestUpdateStoresNothingWhenItFails(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	broken := errors.New("broken")
	err := m.Update(testRepo.ID, func(tx *Tx) error {
		tx.Count("repairs", 1)
		_, err := tx.UpsertItem(plausibleItem(1, 7, 3))
		return errors.Join(err, tx.PutRepository(testRepo), tx.PutCursor("issues", Cursor{After: "x"}), broken)
	})
	if !errors.Is(err, broken) {
		t.Fatalf("update gives %v", err)
	}
	it, errItem := m.Item(testRepo.ID, 7)
	c, errCursor := m.Cursor(testRepo.ID, "issues")
	if it != nil || c != (Cursor{}) || len(m.Counters(testRepo.ID)) > 0 || len(m.Repositories()) > 0 || m.Records(testRepo.ID)["issue"] > 0 {
		t.Errorf("something was stored: %v %v", it, c)
	}
	if err := errors.Join(errItem, errCursor); err != nil {
		t.Error(err)
	}
}

func TestEverythingSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	m := open(t, dir, Options{})
	fillEveryKind(t, m)
	want := everything(t, m)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, everything(t, open(t, dir, Options{}))); diff != "" {
		t.Error(diff)
	}
	if want["complete"] != model.Instant(900) || want["records"].(map[string]int)["issue"] != 1 {
		t.Errorf("not everything was stored: %v", want)
	}
}

// everything reads all that a mirror tells of the test's repository.
func everything(t *testing.T, m *Mirror) map[string]any {
	t.Helper()
	cursors, err1 := m.Cursors(testRepo.ID)
	overflow, err2 := m.Jobs(testRepo.ID, Overflow)
	gaps, err3 := m.Jobs(testRepo.ID, Gaps)
	owner, err4 := m.Cursor(0, "owner:octo")
	var items []model.Item
	for it, err := range m.Items(testRepo.ID) {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, *model.Merge(nil, it))
	}
	history, err5 := m.History(testRepo.ID)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	return map[string]any{
		"cursors": cursors, "overflow": overflow, "gaps": gaps, "owner": owner, "items": items, "history": flat(history),
		"repositories": m.Repositories(), "complete": m.Complete(testRepo.ID),
		"records": m.Records(testRepo.ID), "counters": m.Counters(testRepo.ID),
	}
}

func TestUpsertItem(t *testing.T) {
	first := &model.Item{Number: 7, Kind: model.Issue, UpdatedAt: 5, ReadAt: 10, Events: []model.Event{{ID: "c1", Kind: model.Commented, At: 3}}}
	tests := []struct {
		name    string
		read    model.Item
		changed bool
		events  int
	}{
		{"the same again", *first, false, 1},
		{"the same, read later", model.Item{Number: 7, Kind: model.Issue, UpdatedAt: 5, ReadAt: 11, Events: first.Events}, false, 1},
		{"an older read", model.Item{Number: 7, Kind: model.Issue, UpdatedAt: 4, ReadAt: 9}, false, 1},
		{"one more event", model.Item{Number: 7, ReadAt: 11, Events: []model.Event{{ID: "c2", At: 4}}}, true, 2},
		{"another header", model.Item{Number: 7, Kind: model.Issue, UpdatedAt: 6, ReadAt: 11, BaseRef: "main"}, true, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := open(t, t.TempDir(), Options{})
			update(t, m, testRepo.ID, func(tx *Tx) error { _, err := tx.UpsertItem(first); return err })
			update(t, m, testRepo.ID, func(tx *Tx) error {
				changed, err := tx.UpsertItem(&tt.read)
				if changed != tt.changed {
					t.Errorf("changed is %t", changed)
				}
				return err
			})
			it, err := m.Item(testRepo.ID, 7)
			if err != nil || len(it.Events) != tt.events {
				t.Errorf("stored is %+v, %v", it, err)
			}
		})
	}
}

func TestUpsertItemRefuses(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	update(t, m, testRepo.ID, func(tx *Tx) error {
		if _, err := tx.UpsertItem(&model.Item{Number: 0, UpdatedAt: 1}); err == nil {
			t.Error("number 0 is taken")
		}
		tests := map[string]func() (bool, error){
			"partial":         func() (bool, error) { return tx.UpsertItem(&model.Item{Number: 9, ReadAt: 3}) },
			"events":          func() (bool, error) { return tx.MergeEvents(9, 3, []model.Event{{ID: "c1"}}) },
			"comments":        func() (bool, error) { return tx.MergeReviewComments(9, 3, []model.ReviewComment{{ID: 1}}) },
			"gone":            func() (bool, error) { return tx.MarkGone(9, "deleted", 3) },
			"gone events":     func() (bool, error) { return tx.MarkEventsGone(9, 3, []string{"c1"}) },
			"gone of reviews": func() (bool, error) { return tx.MarkReviewCommentsGone(9, 3, []int64{1}) },
		}
		for name, call := range tests {
			if _, err := call(); !errors.Is(err, ErrUnknownItem) {
				t.Errorf("%s of an unknown item gives %v", name, err)
			}
		}
		return nil
	})
}

func TestTxSeesItsWrites(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	update(t, m, testRepo.ID, func(tx *Tx) error {
		if _, err := tx.UpsertItem(&model.Item{Number: 7, Kind: model.PullRequest, UpdatedAt: 5, ReadAt: 10}); err != nil {
			return err
		}
		for id := range int64(3) {
			if _, err := tx.MergeReviewComments(7, 11, []model.ReviewComment{{ID: id + 1}}); err != nil {
				return err
			}
		}
		_, err := tx.MergeEvents(7, 11, []model.Event{{ID: "c1", Kind: model.Commented}, {ID: "r1", Kind: model.Reviewed}})
		if err != nil {
			return err
		}
		it, err := tx.Item(7)
		if err != nil || len(it.ReviewComments) != 3 || it.ReadAt != 10 {
			t.Errorf("the item is %+v, %v", it, err)
		}
		tx.Count("repairs", 2)
		tx.Count("repairs", 3)
		err = tx.PutCursor("issues", Cursor{Round: 4})
		if c, errCursor := tx.Cursor("issues"); c.Round != 4 || errCursor != nil {
			t.Errorf("the cursor is %v, %v", c, errCursor)
		}
		tx.DeleteCursor("issues")
		if c, errCursor := tx.Cursor("issues"); c != (Cursor{}) || errCursor != nil {
			t.Errorf("the deleted cursor is %v, %v", c, errCursor)
		}
		return err
	})
	want := counts{1: 1, 3: 1, 4: 1, 5: 3}.byName()
	if diff := cmp.Diff(want, m.Records(testRepo.ID)); diff != "" {
		t.Error(diff)
	}
	if n := m.Counters(testRepo.ID)["repairs"]; n != 5 {
		t.Errorf("the counter is %d", n)
	}
}

func TestGoneAndBack(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	read := model.Item{
		Number: 7, Kind: model.PullRequest, UpdatedAt: 5, ReadAt: 10,
		Events:         []model.Event{{ID: "c1", At: 1}, {ID: "c2", At: 2}},
		ReviewComments: []model.ReviewComment{{ID: 1}, {ID: 2}},
	}
	update(t, m, testRepo.ID, func(tx *Tx) error { _, err := tx.UpsertItem(&read); return err })
	update(t, m, testRepo.ID, func(tx *Tx) error {
		_, err1 := tx.MarkEventsGone(7, 20, []string{"c2", "unknown"})
		_, err2 := tx.MarkReviewCommentsGone(7, 20, []int64{1, 99})
		_, err3 := tx.MarkGone(7, "deleted", 20)
		return errors.Join(err1, err2, err3)
	})
	it, err := m.Item(testRepo.ID, 7)
	if err != nil || it.GoneAt != 20 || it.Gone != "deleted" || len(it.Events) != 2 || it.Events[1].GoneAt != 20 ||
		it.Events[0].GoneAt != 0 || it.ReviewComments[0].GoneAt != 20 || len(it.ReviewComments) != 2 {
		t.Fatalf("the item is %+v, %v", it, err)
	}
	read.ReadAt = 30
	update(t, m, testRepo.ID, func(tx *Tx) error { _, err := tx.UpsertItem(&read); return err })
	it, err = m.Item(testRepo.ID, 7)
	if err != nil || it.GoneAt != 0 || it.Gone != "" || it.Events[1].GoneAt != 0 || it.ReviewComments[0].GoneAt != 0 {
		t.Errorf("the item that is back is %+v, %v", it, err)
	}
}

func TestJobs(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	timeline := Job{Number: 7, NodeID: "PR_7", Connection: "timeline", After: "a", Attempts: 1}
	commits := Job{Number: 7, NodeID: "PR_7", Connection: "commits"}
	early := Job{Number: 3, NodeID: "I_3", Connection: "timeline"}
	update(t, m, testRepo.ID, func(tx *Tx) error {
		return errors.Join(tx.PutJob(Overflow, timeline), tx.PutJob(Overflow, commits), tx.PutJob(Overflow, early), tx.PutJob(Gaps, early))
	})
	timeline.After = "b"
	update(t, m, testRepo.ID, func(tx *Tx) error {
		tx.DeleteJob(Overflow, Job{Number: 7, NodeID: "PR_7", Connection: "commits", After: "whatever"})
		return tx.PutJob(Overflow, timeline)
	})
	got, err := m.Jobs(testRepo.ID, Overflow)
	if diff := cmp.Diff([]Job{early, timeline}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if got, err := m.Jobs(testRepo.ID, Suspects); len(got) > 0 || err != nil {
		t.Errorf("another queue has %v, %v", got, err)
	}
	err = m.Update(testRepo.ID, func(tx *Tx) error { return tx.PutJob("", early) })
	if err == nil {
		t.Error("a job without a queue is stored")
	}
}

func TestPutRepository(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	if err := m.Update(1, func(tx *Tx) error { return tx.PutRepository(testRepo) }); err == nil {
		t.Error("a repository is stored under another's id")
	}
	older, newer := testRepo, testRepo
	older.ID, older.ReadAt = 41, 100
	newer.ID, newer.Name, newer.ReadAt = 43, "CAT", 9000
	for _, r := range []model.Repository{older, testRepo, newer} {
		update(t, m, r.ID, func(tx *Tx) error { return tx.PutRepository(r) })
	}
	if r, ok := m.RepositoryByName("OCTO", "cat"); !ok || r.ID != 43 {
		t.Errorf("the name is %d's", r.ID)
	}
	if _, ok := m.RepositoryByName("octo", "dog"); ok {
		t.Error("an unknown name is found")
	}
	if r, ok := m.Repository(42); !ok || r != testRepo {
		t.Errorf("the repository is %+v", r)
	}
	if _, ok := m.Repository(1); ok {
		t.Error("an unknown repository is found")
	}
}

// TestLargeTransactionIsSplit has more records than one transaction of Badger
// holds: each is stored, and the cursor in the last transaction.
func TestLargeTransactionIsSplit(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	const items = 4000
	done := Job{Number: 1, Connection: "timeline"}
	update(t, m, testRepo.ID, func(tx *Tx) error { return tx.PutJob(Overflow, done) })
	update(t, m, testRepo.ID, func(tx *Tx) error {
		tx.DeleteJob(Overflow, done)
		tx.Count("repairs", 1)
		if err := tx.PutCursor("issues", Cursor{After: "end"}); err != nil {
			return err
		}
		for n := range items {
			_, err := tx.UpsertItem(&model.Item{Number: n + 1, Kind: model.Issue, NodeID: strings.Repeat("x", 50), UpdatedAt: 1, ReadAt: 1})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if n := m.Records(testRepo.ID)["issue"]; n != items {
		t.Errorf("%d items are counted", n)
	}
	versions := map[string]uint64{}
	first := uint64(1 << 60)
	err := m.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			k := string(it.Item().Key())
			versions[k[:1]] = max(versions[k[:1]], it.Item().Version())
			if k[0] == prefixItem {
				first = min(first, it.Item().Version())
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if first == versions["i"] {
		t.Error("one transaction held everything: the test tests nothing")
	}
	if versions["c"] < versions["i"] || versions["c"] < versions["n"] || versions["n"] < versions["i"] {
		t.Errorf("the cursor was not stored last: %v", versions)
	}
}

// TestOrderOfWrites says what must not be durable before what.
func TestOrderOfWrites(t *testing.T) {
	tx := &Tx{repo: newRepository(42), writes: map[string]write{}}
	put := func(k []byte, value string) {
		w := write{key: k}
		if value != "" {
			w.value = []byte(value)
		}
		tx.put(w)
	}
	put(nameKey(prefixCursor, 42, "issues"), "x")
	put(nameKey(prefixCounter, 42, "repairs"), "1")
	put(jobKey(42, Overflow, Job{Number: 1}), "")
	put(jobKey(42, Overflow, Job{Number: 2}), "x")
	put(repoKey(prefixHead, 42), "x")
	put(repoKey(prefixRepository, 42), "x")
	put(itemKey(42, 2), "x")
	put(itemKey(42, 1), "x")
	put(beforeKey(42, 1), "x")
	put(historyKey(prefixHistory, 42, kindTag, []byte("v1")), "x")
	put(historyKey(prefixPast, 42, kindTag, []byte("v1")), "x")
	var got []string
	for _, w := range tx.ordered() {
		k, err := parseKey(w.key)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(string(k.prefix), k.number))
	}
	want := []string{"b1", "e0", "d0", "i1", "i2", "q2", "r0", "h0", "n0", "q1", "c0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
