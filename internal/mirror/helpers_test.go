package mirror

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unique"

	"go.uber.org/goleak"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

var testRepo = model.Repository{
	ID: 42, NodeID: "R_42", Owner: "octo", Name: "cat", CreatedAt: 100, Visibility: "public", DefaultBranch: "main", ReadAt: 5000,
}

// open opens a mirror that the test closes.
func open(t testing.TB, path string, opts Options) *Mirror {
	t.Helper()
	m, err := Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return m
}

func update(t testing.TB, m *Mirror, repo int64, f func(*Tx) error) {
	t.Helper()
	if err := m.Update(repo, f); err != nil {
		t.Fatal(err)
	}
}

// hex40 gives something like a commit's name.
func hex40(r *rand.Rand) string {
	return fmt.Sprintf("%016x%016x%08x", r.Uint64(), r.Uint64(), r.Uint32())
}

// plausibleItem makes an item as large repositories have them, with events
// events, from a seed.
func plausibleItem(seed uint64, number, events int) *model.Item {
	r := rand.New(rand.NewPCG(seed, uint64(number)))
	created := model.Instant(1_500_000_000 + number*3000)
	actor := func() model.Actor { return model.Actor{Login: fmt.Sprintf("developer-%d", r.IntN(400))} }
	it := &model.Item{
		Number: number, Kind: model.Issue, NodeID: fmt.Sprintf("I_kwDOABCDEF5%08x", r.Uint32()), Author: actor(),
		CreatedAt: created, UpdatedAt: created + 500_000, ReadAt: 1_750_000_000 + model.Instant(number/40),
		Labels: []model.Label{{ID: "MDU6TGFiZWwxMjM0NTY3ODk=", Name: "kind/bug"}, {ID: "MDU6TGFiZWwxMjM0NTY3OTA=", Name: "priority/soon"}},
	}
	if number%2 == 0 {
		it.Kind, it.HeadOID, it.BaseRef, it.Additions, it.Deletions = model.PullRequest, hex40(r), "main", 120, 30
		it.MergedAt, it.MergeOID, it.MergedBy = created+400_000, hex40(r), actor()
		for range 1 + r.IntN(5) {
			it.Commits = append(it.Commits, model.Commit{OID: hex40(r), AuthoredAt: created, CommittedAt: created, Head: it.HeadOID})
		}
	}
	it.ClosedAt = created + 400_000
	for i := range events {
		at := created + model.Instant((i+1)*400_000/(events+1))
		e := model.Event{At: at, Actor: actor()}
		switch i % 6 {
		case 0, 1:
			e.Kind, e.ID, e.UpdatedAt = model.Commented, fmt.Sprintf("c%d", r.IntN(2_000_000_000)), at
		case 2, 3:
			e.Kind, e.ID = model.Labeled, fmt.Sprintf("LE_lADOABCDEF84%08xzwAAAAL%08x", r.Uint32(), r.Uint32())
			e.Label = model.Label{ID: "MDU6TGFiZWwxMjM0NTY3ODk=", Name: fmt.Sprintf("kind/%d", r.IntN(40))}
		case 4:
			e.Kind, e.ID, e.State, e.UpdatedAt = model.Reviewed, fmt.Sprintf("r%d", r.IntN(2_000_000_000)), model.Approved, at
		case 5:
			e.Kind, e.ID = model.ReviewRequested, fmt.Sprintf("RRE_lADOABCDEF84%08xzwAAAAL%08x", r.Uint32(), r.Uint32())
			e.Ref = fmt.Sprintf("developer-%d", r.IntN(400))
		}
		it.Events = append(it.Events, e)
	}
	return model.Merge(nil, it)
}

// testDigest makes facts about as large as derive's are.
func testDigest(model.Repository) Digester {
	return Digester{Items: testFacts, Changes: testChanges}
}

// testChanges tells of how many items and deployments they were made.
func testChanges(s *model.State) *model.Changes {
	return &model.Changes{Observed: []model.Change{{At: uint32(len(s.Items)), Value: uint32(len(s.History.Deployments))}}}
}

func testFacts(it *model.Item) *model.Facts {
	f := &model.Facts{
		Number: int32(it.Number), Kind: it.Kind, AuthorBot: it.Author.Bot, Created: it.CreatedAt, Ready: it.CreatedAt,
		Gone: it.GoneAt, Merged: it.MergedAt, MergeOID: it.MergeOID,
	}
	for i := range it.Events {
		f.Observed = append(f.Observed, model.Observation{At: uint32(it.Events[i].At), Value: uint32(it.Events[i].Kind)})
	}
	f.Spans = []model.Span{{From: uint32(it.CreatedAt), To: uint32(it.ClosedAt)}, {From: uint32(it.ClosedAt), State: model.SpanClosed}}
	for _, l := range it.Labels {
		f.LabelSpans = append(f.LabelSpans, model.LabelSpan{From: uint32(it.CreatedAt), Label: unique.Make(l.Name)})
	}
	return f
}
