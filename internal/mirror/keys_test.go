package mirror

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// fillEveryKind stores a record of every kind.
func fillEveryKind(t testing.TB, m *Mirror) {
	t.Helper()
	update(t, m, testRepo.ID, func(tx *Tx) error {
		if _, err := tx.UpsertItem(plausibleItem(1, 7, 3)); err != nil {
			return err
		}
		if err := putHistory(tx, plausibleHistory(1, 5)); err != nil {
			return err
		}
		tx.SetComplete(900)
		tx.Count("errors/issues/timeout", 2)
		return errors.Join(
			tx.PutRepository(testRepo),
			tx.PutCursor("issues", Cursor{After: "abc", Size: 40, Watermark: 5, Done: true}),
			tx.PutJob(Overflow, Job{Number: 7, Kind: model.PullRequest, NodeID: "PR_7", Connection: "timeline", After: "x"}),
			tx.PutJob(Gaps, Job{Number: 0, NodeID: "PR_9", Since: 3}),
		)
	})
	publish(t, m, testRepo.ID)
	update(t, m, testRepo.ID, func(tx *Tx) error {
		later := *plausibleItem(1, 7, 5)
		later.UpdatedAt++
		_, err := tx.UpsertItem(&later)
		if err == nil {
			_, err = tx.UpsertItem(plausibleItem(1, 8, 3))
		}
		if err == nil {
			_, err = tx.MarkTagsGone(901, []string{"v1.0.2"})
		}
		if err == nil {
			_, err = tx.PutRuns([]model.Run{{ID: 900, Attempt: 1, Workflow: "ci.yml", UpdatedAt: 3, ReadAt: 4}})
		}
		return err
	})
	update(t, m, 0, func(tx *Tx) error { return tx.PutCursor("owner:octo", Cursor{LastSuccess: 4}) })
}

func publish(t testing.TB, m *Mirror, repo int64) {
	t.Helper()
	if err := m.Publish(repo); err != nil {
		t.Fatal(err)
	}
}

// TestKeyLayout holds the key layout at the top of the package true: a store with a
// record of every kind has these keys and no others.
func TestKeyLayout(t *testing.T) {
	m := open(t, t.TempDir(), Options{Digest: testDigest})
	fillEveryKind(t, m)
	var got, commits []string
	err := m.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			raw := it.Item().KeyCopy(nil)
			k, err := parseKey(raw)
			if err != nil {
				return err
			}
			if !bytes.Equal(k.bytes(), raw) {
				t.Errorf("%q is parsed as %+v, which is %q", raw, k, k.bytes())
			}
			got = append(got, k.String())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range plausibleHistory(1, 5).commits {
		commits = append(commits, "branch_commit "+c.OID+" of repository 42")
	}
	slices.Sort(commits)
	want := slices.Concat([]string{
		"published item 7 of repository 42",
		"published item 8 of repository 42",
		"cursor owner:octo of repository 0",
		"cursor issues of repository 42",
	}, commits, []string{
		"deployment 800 of repository 42",
		"deployment 804 of repository 42",
		"branch_head h of repository 42",
		"incident alertmanager/disk/full of repository 42",
		"milestone 3 of repository 42",
		"release 700 of repository 42",
		"release 702 of repository 42",
		"release 704 of repository 42",
		"tag v1.0.0 of repository 42",
		"tag v1.0.2 of repository 42",
		"tag v1.0.4 of repository 42",
		"workflow_run 900/1 of repository 42",
		"workflow_run 900/2 of repository 42",
		"workflow_run 903/2 of repository 42",
		"published tag v1.0.2 of repository 42",
		"published workflow_run 900/1 of repository 42",
		"head of repository 42",
		"item 7 of repository 42",
		"item 8 of repository 42",
		"meta schema",
		"counter errors/issues/timeout of repository 42",
		"job gap 0 PR_9 of repository 42",
		"job overflow 7 timeline PR_7 of repository 42",
		"repository 42",
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseKeyRefusesUnknown(t *testing.T) {
	number := "\x00\x00\x00\x07"
	repo := strings.Repeat("\x00", 7) + "\x2a"
	tests := []struct{ name, key string }{
		{"empty", ""},
		{"prefix only", "m"},
		{"unknown prefix", "z" + repo},
		{"repository cut", "r" + repo[:7]},
		{"repository with more", "r" + repo + "x"},
		{"item without number", "i" + repo},
		{"item with number cut", "i" + repo + number[:3]},
		{"item with more", "i" + repo + number + "x"},
		{"item 0", "i" + repo + "\x00\x00\x00\x00"},
		{"cursor without stream", "c" + repo},
		{"counter without name", "n" + repo},
		{"history without kind", "d" + repo},
		{"history of an unknown kind", "d" + repo + "zx"},
		{"commit without name", "d" + repo + "c"},
		{"commit with a long name", "d" + repo + "c" + strings.Repeat("x", 33)},
		{"release with number cut", "d" + repo + "r" + repo[:7]},
		{"run without attempt", "d" + repo + "w" + repo},
		{"incident without source", "d" + repo + "i\x00x"},
		{"incident without end of source", "e" + repo + "ievents"},
		{"job without queue", "q" + repo + "\x00" + number + "\x00"},
		{"job without end of queue", "q" + repo + "overflow"},
		{"job with number cut", "q" + repo + "overflow\x00" + number[1:]},
		{"job without end of connection", "q" + repo + "overflow\x00" + number + "timeline"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if k, err := parseKey([]byte(tt.key)); err == nil {
				t.Errorf("%q is taken for %s", tt.key, k)
			}
		})
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add(itemKey(42, 7))
	f.Add(jobKey(42, Overflow, Job{Number: 7, Connection: "timeline", NodeID: "PR_7"}))
	f.Add(nameKey(prefixCursor, 42, "issues"))
	f.Add(historyKey(prefixHistory, 42, kindRun, must(runID(900, 1))))
	f.Add(historyKey(prefixPast, 42, kindIncident, must(parseIncidentID("events/x"))))
	f.Add(schemaKey)
	f.Fuzz(func(t *testing.T, raw []byte) {
		k, err := parseKey(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(k.bytes(), raw) {
			t.Errorf("%q is parsed as %+v, which is %q", raw, k, k.bytes())
		}
		if f := familyOf(k.kind); f != nil {
			if id, err := f.parseID(f.idText(k.id)); err == nil && string(id) != k.id {
				t.Errorf("id %q is written %q, which is %q", k.id, f.idText(k.id), id)
			}
		}
	})
}
