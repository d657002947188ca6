package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// randomCommits gives a history whose every commit has an earlier one as its
// parent, or two; the first has none.
func randomCommits(r *rand.Rand, n int) []BranchCommit {
	out := make([]BranchCommit, n)
	for i := range out {
		out[i] = BranchCommit{OID: fmt.Sprintf("%016x%016x%08x", r.Uint64(), r.Uint64(), r.Uint32()), CommittedAt: Instant(1_600_000_000 + i)}
		if i > 0 {
			out[i].Parents = []string{out[i-1].OID}
		}
		if i > 1 && r.IntN(20) == 0 {
			out[i].Parents = append(out[i].Parents, out[r.IntN(i-1)].OID)
		}
	}
	return out
}

func TestGraphHasWhatItWasMadeOf(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	commits := randomCommits(r, 500)
	mixed := append(slices.Clone(commits), commits[:50]...)
	r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	g := NewGraph(mixed)
	if g.Len() != len(commits) || !g.Whole() {
		t.Fatalf("%d commits, whole %t", g.Len(), g.Whole())
	}
	for _, c := range commits {
		n := g.Number(c.OID)
		if n == Absent || g.Name(n) != c.OID || g.CommittedAt(n) != c.CommittedAt || g.Find(c.OID[:12]) != n {
			t.Fatalf("commit %s is number %d", c.OID, n)
		}
		var parents []string
		for _, p := range g.Parents(n) {
			parents = append(parents, g.Name(p))
		}
		if diff := cmp.Diff(c.Parents, parents); diff != "" {
			t.Fatal(c.OID, diff)
		}
	}
	if NewGraph(commits[1:]).Whole() {
		t.Error("a graph that lacks a parent is whole")
	}
}

func TestGraphOfOddCommits(t *testing.T) {
	g := NewGraph([]BranchCommit{
		{OID: "", CommittedAt: 1},
		{OID: "xyz"},
		{OID: "abc"}, // none is a name
		{OID: "aa01", CommittedAt: -5, Parents: []string{"aa02", "aa03", "no name"}},
		{OID: "aa02", CommittedAt: math.MaxUint32 + 10},
	})
	if g.Len() != 2 {
		t.Fatalf("%d commits", g.Len())
	}
	first, second := g.Number("aa01"), g.Number("aa02")
	if diff := cmp.Diff([]int32{second, Absent, Absent}, g.Parents(first)); diff != "" {
		t.Error(diff)
	}
	if g.CommittedAt(first) != 0 || g.CommittedAt(second) != math.MaxUint32 {
		t.Errorf("times are %d and %d", g.CommittedAt(first), g.CommittedAt(second))
	}
	if g.Find("aa") != Absent || g.Find("AA01") != first || g.Find("") != Absent || g.Find("aa04") != Absent {
		t.Error("a prefix is found wrongly")
	}
	var none *Graph
	if NewGraph(nil) != nil || none.Len() != 0 || none.Number("aa01") != Absent || !none.Whole() {
		t.Error("no graph is one")
	}
}

// TestGraphIsSmall holds a limit: 100,000 commits in 5 MB.
func TestGraphIsSmall(t *testing.T) {
	commits := randomCommits(rand.New(rand.NewPCG(2, 2)), 100_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	g := NewGraph(commits)
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(commits)
	if size := int64(after.HeapAlloc) - int64(before.HeapAlloc); size > 5<<20 {
		t.Errorf("%d commits take %d bytes", g.Len(), size)
	} else {
		t.Logf("%d bytes", size)
	}
	runtime.KeepAlive(g)
}

func BenchmarkNewGraph(b *testing.B) {
	commits := randomCommits(rand.New(rand.NewPCG(2, 2)), 100_000)
	b.ReportAllocs()
	for b.Loop() {
		NewGraph(commits)
	}
}
