package mirror

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// putTag stores a version of a tag.
func putTag(t testing.TB, m *Mirror, name, oid string, at model.Instant) {
	t.Helper()
	update(t, m, testRepo.ID, func(tx *Tx) error {
		_, err := tx.PutTags([]model.Tag{{Name: name, OID: oid, ReadAt: at}})
		return err
	})
}

// shownTags gives the tags that a state shows.
func shownTags(s *model.State) []string {
	if s == nil || s.History == nil {
		return nil
	}
	var out []string
	for _, tag := range s.History.Tags {
		out = append(out, tag.Name+" "+tag.OID)
	}
	return out
}

// historyDigest tells of what changes were made, and counts how often.
func historyDigest(calls *int) Digest {
	return func(model.Repository) Digester {
		return Digester{
			Items: func(it *model.Item) *model.Facts { return &model.Facts{Number: int32(it.Number)} },
			Changes: func(s *model.State) *model.Changes {
				*calls++
				return &model.Changes{Observed: []model.Change{{At: uint32(len(s.Items)), Value: uint32(len(s.History.Tags))}}}
			},
		}
	}
}

func TestPublishHistory(t *testing.T) {
	calls := 0
	m := open(t, t.TempDir(), Options{Digest: historyDigest(&calls)})
	assert := func(what string, wantCalls int, want ...string) {
		t.Helper()
		publish(t, m, testRepo.ID)
		s := m.State(testRepo.ID)
		if diff := cmp.Diff(want, shownTags(s)); diff != "" || calls != wantCalls {
			t.Fatalf("%s: %d calls, not %d %s", what, calls, wantCalls, diff)
		}
		made := s.Changes != nil
		if made != (len(want) > 0) || made && (s.Changes.Observed[0].Value != uint32(len(want)) || s.Changes.Observed[0].At != uint32(len(s.Items))) {
			t.Fatalf("%s: changes are %+v", what, s.Changes)
		}
	}
	update(t, m, testRepo.ID, func(tx *Tx) error { return tx.PutRepository(testRepo) })
	putTag(t, m, "v2", "bb", 1)
	assert("incomplete", 0)
	complete(t, m)
	assert("complete", 1, "v2 bb")
	first := m.State(testRepo.ID)
	assert("nothing changed", 1, "v2 bb")
	if s := m.State(testRepo.ID); s.History != first.History || s.Changes != first.Changes {
		t.Error("what did not change is not shared")
	}
	putTag(t, m, "v2", "bb", 2)
	assert("read again", 1, "v2 bb")
	putTag(t, m, "v1", "aa", 3)
	if diff := cmp.Diff([]string{"v2 bb"}, shownTags(m.State(testRepo.ID))); diff != "" {
		t.Error("what is not published is shown", diff)
	}
	assert("another tag", 2, "v1 aa", "v2 bb")
	if diff := cmp.Diff([]string{"v2 bb"}, shownTags(first)); diff != "" {
		t.Error("a published state changed", diff)
	}
	put(t, m, 7, "a", 1)
	assert("an item", 3, "v1 aa", "v2 bb")
	update(t, m, testRepo.ID, func(tx *Tx) error {
		popular := testRepo
		popular.Stars, popular.ReadAt = 5, 9000
		return tx.PutRepository(popular)
	})
	assert("more stars", 3, "v1 aa", "v2 bb")
	update(t, m, testRepo.ID, func(tx *Tx) error {
		renamed := testRepo
		renamed.DefaultBranch = "trunk"
		return tx.PutRepository(renamed)
	})
	assert("another default branch", 4, "v1 aa", "v2 bb")
	if n := m.State(testRepo.ID).Records["tag"]; n != 2 {
		t.Errorf("%d tags are counted", n)
	}
	if err := m.Redigest(nil); err != nil || m.State(testRepo.ID).Changes != nil || m.State(testRepo.ID).History == nil {
		t.Errorf("without a digest the state is %+v, %v", m.State(testRepo.ID), err)
	}
}

// TestOtherKindsAreShared publishes a change of one kind: the graph, which is
// dear, is not made again.
func TestOtherKindsAreShared(t *testing.T) {
	m := open(t, t.TempDir(), Options{Digest: testDigest})
	update(t, m, testRepo.ID, func(tx *Tx) error { return putHistory(tx, plausibleHistory(1, 9)) })
	complete(t, m)
	publish(t, m, testRepo.ID)
	before := m.State(testRepo.ID).History
	putTag(t, m, "new", "aa", 1)
	publish(t, m, testRepo.ID)
	after := m.State(testRepo.ID).History
	if after == before || after.Graph != before.Graph || after.Head != before.Head || &after.Runs[0] != &before.Runs[0] {
		t.Error("what did not change is not shared")
	}
	if len(after.Tags) != len(before.Tags)+1 {
		t.Errorf("%d tags are shown", len(after.Tags))
	}
	stored, err := m.History(testRepo.ID)
	if diff := cmp.Diff(flat(stored), flat(after)); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestRestartShowsTheHistoryThatWasPublished(t *testing.T) {
	calls := 0
	dir := t.TempDir()
	opts := Options{Digest: historyDigest(&calls)}
	m := open(t, dir, opts)
	reopen := func() {
		t.Helper()
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		m = open(t, dir, opts)
	}
	assert := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, shownTags(m.State(testRepo.ID))); diff != "" {
			t.Error(diff)
		}
	}
	putTag(t, m, "v1", "aa", 1)
	complete(t, m)
	publish(t, m, testRepo.ID)
	putTag(t, m, "v1", "bb", 2)
	putTag(t, m, "v1", "cc", 3)
	putTag(t, m, "v2", "dd", 3)
	update(t, m, testRepo.ID, func(tx *Tx) error { _, err := tx.PutCommits(plausibleHistory(1, 3).commits); return err })
	reopen()
	assert("v1 aa")
	if s := m.State(testRepo.ID); s.History.Graph != nil || s.Records["branch_commit"] != 3 || s.Records["tag"] != 2 || s.Changes == nil {
		t.Errorf("the state is %+v", s)
	}
	if err := m.Redigest(historyDigest(&calls)); err != nil {
		t.Fatal(err)
	}
	assert("v1 aa")
	putTag(t, m, "v2", "ee", 4)
	publish(t, m, testRepo.ID)
	assert("v1 cc", "v2 ee")
	if past, err := m.pasts(testRepo.ID); err != nil || len(past) > 0 {
		t.Errorf("%d records of what was published are left, %v", len(past), err)
	}
	reopen()
	assert("v1 cc", "v2 ee")
	if n := m.State(testRepo.ID).History.Graph.Len(); n != 3 {
		t.Errorf("%d commits are shown", n)
	}
}

// TestAnotherSourceIsReadLater adds history to a repository that is complete:
// it is shown when it was read to its end, after a restart too.
func TestAnotherSourceIsReadLater(t *testing.T) {
	dir := t.TempDir()
	m := open(t, dir, Options{Digest: testDigest})
	put(t, m, 1, "a", 1)
	complete(t, m)
	publish(t, m, testRepo.ID)
	update(t, m, testRepo.ID, func(tx *Tx) error { tx.SetHistoryComplete(0); return nil })
	putTag(t, m, "v1", "aa", 1)
	if past, err := m.pasts(testRepo.ID); err != nil || len(past) > 0 {
		t.Errorf("%d records shield what is not shown, %v", len(past), err)
	}
	publish(t, m, testRepo.ID)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	m = open(t, dir, Options{Digest: testDigest})
	if s := m.State(testRepo.ID); s.History != nil || s.Changes != nil || len(s.Items) != 1 || s.Records["tag"] != 1 {
		t.Errorf("half of the history is shown: %+v", s)
	}
	update(t, m, testRepo.ID, func(tx *Tx) error { tx.SetHistoryComplete(600); return nil })
	publish(t, m, testRepo.ID)
	if diff := cmp.Diff([]string{"v1 aa"}, shownTags(m.State(testRepo.ID))); diff != "" {
		t.Error(diff)
	}
	// Hidden and shown again without a publish between: all of it is read.
	update(t, m, testRepo.ID, func(tx *Tx) error { tx.SetHistoryComplete(0); return nil })
	putTag(t, m, "v2", "bb", 1)
	update(t, m, testRepo.ID, func(tx *Tx) error { tx.SetHistoryComplete(700); return nil })
	publish(t, m, testRepo.ID)
	if diff := cmp.Diff([]string{"v1 aa", "v2 bb"}, shownTags(m.State(testRepo.ID))); diff != "" {
		t.Error(diff)
	}
}

func TestPutHistory(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	counted := func(want int, f func(*Tx) (int, error)) {
		t.Helper()
		update(t, m, testRepo.ID, func(tx *Tx) error {
			n, err := f(tx)
			if n != want {
				t.Errorf("%d changed, not %d", n, want)
			}
			return err
		})
	}
	h := plausibleHistory(1, 9)
	counted(9, func(tx *Tx) (int, error) { return tx.PutCommits(append(h.commits[:9:9], h.commits[:3]...)) })
	counted(0, func(tx *Tx) (int, error) { return tx.PutCommits(h.commits) })
	counted(3, func(tx *Tx) (int, error) { return tx.PutDeployments(h.deployments) })
	later := h.deployments[1]
	later.Statuses, later.State, later.UpdatedAt, later.ReadAt = nil, "inactive", later.UpdatedAt+5, 950
	counted(1, func(tx *Tx) (int, error) { return tx.PutDeployments([]model.Deployment{later, h.deployments[1]}) })
	counted(1, func(tx *Tx) (int, error) { return tx.MarkDeploymentsGone(960, []int64{800, 799, -1}) })
	counted(5, func(tx *Tx) (int, error) { return tx.PutReleases(h.releases) })
	counted(1, func(tx *Tx) (int, error) { return tx.MarkReleasesGone(960, []int64{700, 12345}) })
	counted(5, func(tx *Tx) (int, error) { return tx.PutTags(h.tags) })
	counted(2, func(tx *Tx) (int, error) { return tx.MarkTagsGone(960, []string{"v1.0.0", "v1.0.2", "other", ""}) })
	back := h.tags[0]
	back.ReadAt = 970
	counted(1, func(tx *Tx) (int, error) { return tx.PutTags([]model.Tag{back}) })
	got, err := m.Deployments(testRepo.ID)
	if err != nil || len(got) != 3 || got[0].GoneAt != 960 || got[1].State != "inactive" || len(got[1].Statuses) != 2 {
		t.Errorf("deployments are %+v, %v", got, err)
	}
	releases, errReleases := m.Releases(testRepo.ID)
	tags, errTags := m.Tags(testRepo.ID)
	graph, head, errCommits := m.Commits(testRepo.ID)
	runs, errRuns := m.Runs(testRepo.ID)
	if err := errors.Join(errReleases, errTags, errCommits, errRuns); err != nil {
		t.Fatal(err)
	}
	if releases[0].GoneAt != 960 || tags[0].GoneAt != 0 || tags[1].GoneAt != 960 || graph.Len() != 9 || head != "" || runs != nil {
		t.Errorf("stored are %v, %v, %d commits, head %q, %v", releases, tags, graph.Len(), head, runs)
	}
	want := counts{7: 9, 8: 5, 9: 5, 10: 3}.byName()
	if diff := cmp.Diff(want, m.Records(testRepo.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestHasCommit(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	update(t, m, testRepo.ID, func(tx *Tx) error {
		if _, err := tx.PutCommits([]model.BranchCommit{{OID: "aa"}}); err != nil {
			return err
		}
		for oid, want := range map[string]bool{"aa": true, "AA": true, "bb": false, "no": false, "": false} {
			if got, err := tx.HasCommit(oid); got != want || err != nil {
				t.Errorf("%q is stored: %t, %v", oid, got, err)
			}
		}
		return nil
	})
	for oid, want := range map[string]bool{"aa": true, "bb": false, "no": false} {
		if got, err := m.HasCommit(testRepo.ID, oid); got != want || err != nil {
			t.Errorf("%q is stored: %t, %v", oid, got, err)
		}
	}
}

func TestPutHistoryRefuses(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	tests := map[string]func(*Tx) (int, error){
		"commit":     func(tx *Tx) (int, error) { return tx.PutCommits([]model.BranchCommit{{OID: "main"}}) },
		"tag":        func(tx *Tx) (int, error) { return tx.PutTags([]model.Tag{{OID: "aa"}}) },
		"release":    func(tx *Tx) (int, error) { return tx.PutReleases([]model.Release{{Tag: "v1"}}) },
		"deployment": func(tx *Tx) (int, error) { return tx.PutDeployments([]model.Deployment{{ID: -1}}) },
		"run":        func(tx *Tx) (int, error) { return tx.PutRuns([]model.Run{{ID: 1, Attempt: -1}}) },
		"milestone":  func(tx *Tx) (int, error) { return tx.PutMilestones([]model.Milestone{{Title: "v1"}}) },
		"incident":   func(tx *Tx) (int, error) { return tx.PutIncidents([]model.Incident{{ID: "x", Source: "a/b"}}) },
		"head": func(tx *Tx) (int, error) {
			_, err := tx.PutHead("main")
			return 0, err
		},
	}
	for name, call := range tests {
		err := m.Update(testRepo.ID, func(tx *Tx) error { _, err := call(tx); return err })
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "of repository 42") {
			t.Errorf("%s without an id gives %v", name, err)
		}
	}
	if h, err := m.History(testRepo.ID); h != nil || err != nil {
		t.Errorf("something was stored: %v, %v", h, err)
	}
}

// TestOrderOfHistoryDoesNotMatter stores the same reads in another order.
func TestOrderOfHistoryDoesNotMatter(t *testing.T) {
	h := plausibleHistory(3, 12)
	var puts []func(*Tx) error
	for i := range h.deployments {
		older := h.deployments[i]
		older.Statuses, older.State, older.UpdatedAt, older.ReadAt = older.Statuses[:1], "in_progress", older.CreatedAt, 800
		for _, d := range []model.Deployment{older, h.deployments[i]} {
			puts = append(puts, func(tx *Tx) error { _, err := tx.PutDeployments([]model.Deployment{d}); return err })
		}
	}
	for _, tag := range h.tags {
		puts = append(puts, func(tx *Tx) error { _, err := tx.PutTags([]model.Tag{tag}); return err })
	}
	puts = append(puts, func(tx *Tx) error { _, err := tx.PutCommits(h.commits); return err })
	var want any
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 5))
		m := open(t, t.TempDir(), Options{})
		for _, i := range append(r.Perm(len(puts)), r.Perm(len(puts))...) {
			update(t, m, testRepo.ID, puts[i])
		}
		got, err := m.History(testRepo.ID)
		if err != nil {
			t.Fatal(err)
		}
		if seed == 0 {
			want = flat(got)
		}
		if diff := cmp.Diff(want, flat(got)); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestSchemaOfBefore opens a mirror of the version that knew no history.
func TestSchemaOfBefore(t *testing.T) {
	dir := t.TempDir()
	m := open(t, dir, Options{})
	put(t, m, 1, "a", 1)
	complete(t, m)
	head := []byte(`{"complete":"1970-01-01T00:08:20Z","items":1}`)
	err := m.store([]write{{key: schemaKey, value: []byte(olderSchema)}, {key: repoKey(prefixHead, testRepo.ID), value: head}})
	if err := errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	if problems, err := Verify(t.Context(), dir, Options{}, nil); err != nil || len(problems) > 0 {
		t.Fatalf("verification gives %v, %v", problems, err)
	}
	m = open(t, dir, Options{Digest: testDigest})
	if s := m.State(testRepo.ID); len(s.Items) != 1 || s.Complete != 500 || s.History != nil || s.Changes != nil {
		t.Errorf("the state is %+v", s)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	m = open(t, dir, Options{})
	if version, err := schemaOf(m); version != schemaVersion || err != nil {
		t.Errorf("the version is %s, %v", version, err)
	}
	if err := m.Import(t.Context(), strings.NewReader("")); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("import gives %v", err)
	}
}

func TestImportOfBefore(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	dump := `{"mirror":{"version":1}}` + "\n" + `{"repository":{"id":42}}` + "\n" + `{"head":{"repo":42,"complete":"1970-01-01T00:08:20Z"}}` + "\n" + `{"end":{"records":2}}` + "\n"
	if err := m.Import(t.Context(), strings.NewReader(dump)); err != nil || m.Complete(testRepo.ID) != 500 {
		t.Errorf("import gives %v", err)
	}
}

// fillCommits stores a history of so many commits, a page at a time.
func fillCommits(t testing.TB, m *Mirror, n int) {
	t.Helper()
	h := plausibleHistory(1, n)
	for from := 0; from < n; from += 1000 {
		update(t, m, testRepo.ID, func(tx *Tx) error {
			_, err := tx.PutCommits(h.commits[from:min(from+1000, n)])
			return err
		})
	}
	complete(t, m)
}

// TestLongHistory holds the limits of 100,000 commits: 5 MB, and a start that
// is quick.
func TestLongHistory(t *testing.T) {
	if testing.Short() {
		t.Skip("stores 100,000 commits")
	}
	const n = 100_000
	dir := t.TempDir()
	m, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	fillCommits(t, m, n)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	m = open(t, dir, Options{})
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	size := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	graph := m.State(testRepo.ID).History.Graph
	if graph.Len() != n || !graph.Whole() {
		t.Fatalf("%d commits are shown", graph.Len())
	}
	// Badger holds a table and buffers of about this much.
	const store = 4 << 20
	if size > 5<<20+store {
		t.Errorf("the open mirror takes %d bytes", size)
	}
	t.Logf("%d bytes, %s, %v on disk", size, took, m.Sizes())
}

// BenchmarkOpenHistory opens a mirror of 100,000 commits.
func BenchmarkOpenHistory(b *testing.B) {
	dir := b.TempDir()
	m, err := Open(dir, Options{})
	if err != nil {
		b.Fatal(err)
	}
	fillCommits(b, m, 100_000)
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

// BenchmarkPublishCommits publishes a push to a repository of 100,000 commits.
func BenchmarkPublishCommits(b *testing.B) {
	m := open(b, b.TempDir(), Options{Digest: testDigest})
	fillCommits(b, m, 100_000)
	publish(b, m, testRepo.ID)
	round := 0
	b.ReportAllocs()
	for b.Loop() {
		round++
		update(b, m, testRepo.ID, func(tx *Tx) error {
			_, err := tx.PutCommits([]model.BranchCommit{{OID: fmt.Sprintf("%040x", round), CommittedAt: 1}})
			return err
		})
		publish(b, m, testRepo.ID)
	}
}
