package model

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// GraphBuilder makes a Graph of commits that come one after the other, so that
// a long history need not be held as BranchCommits.
type GraphBuilder struct {
	rows    []graphRow
	parents []hash
	size    int
}

// graphRow is a commit; its parents' names come one after the other.
type graphRow struct {
	name    hash
	at      uint32
	first   int32 // of its parents
	parents int32 // how many
}

// NewGraphBuilder begins a graph of about so many commits.
func NewGraphBuilder(commits int) *GraphBuilder {
	return &GraphBuilder{rows: make([]graphRow, 0, commits), parents: make([]hash, 0, commits+commits/8)}
}

// Add adds a commit, unless its name is none. It keeps nothing of it.
func (b *GraphBuilder) Add(c *BranchCommit) {
	name, size := parseHash(c.OID)
	if size == 0 {
		return
	}
	b.size = size
	row := graphRow{name: name, at: graphTime(c.CommittedAt), first: int32(len(b.parents)), parents: int32(len(c.Parents))}
	for _, p := range c.Parents {
		parent, _ := parseHash(p)
		b.parents = append(b.parents, parent)
	}
	b.rows = append(b.rows, row)
}

// graphTime gives a commit's time as far as the graph holds it: Git's may be forged.
func graphTime(at Instant) uint32 { return uint32(min(max(0, at), math.MaxUint32)) }

// Graph gives the graph of what was added, in which a commit that was added
// twice counts once; nil of no commit. The builder must not be used again.
func (b *GraphBuilder) Graph() *Graph {
	slices.SortFunc(b.rows, func(x, y graphRow) int {
		return cmp.Or(bytes.Compare(x.name[:], y.name[:]), cmp.Compare(x.first, y.first))
	})
	rows := slices.CompactFunc(b.rows, func(x, y graphRow) bool { return x.name == y.name })
	if len(rows) == 0 {
		return nil
	}
	n, parents := len(rows), 0
	for _, r := range rows {
		parents += int(r.parents)
	}
	g := &Graph{
		names: make([]hash, n), times: make([]uint32, n), size: b.size,
		first: make([]int32, 0, n+1), parents: make([]int32, 0, parents),
	}
	for i, r := range rows {
		g.names[i], g.times[i] = r.name, r.at
	}
	for _, r := range rows {
		g.first = append(g.first, int32(len(g.parents)))
		for _, p := range b.parents[r.first : r.first+r.parents] {
			g.parents = append(g.parents, g.number(p))
		}
	}
	g.first = append(g.first, int32(len(g.parents)))
	return g
}
