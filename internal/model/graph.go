package model

import (
	"bytes"
	"encoding/hex"
	"slices"
	"sort"
	"strings"
)

// hash is a commit's name as bytes; SHA-1 has 20, SHA-256 32.
type hash [32]byte

// Graph is a commit graph held compactly: a commit is its number, and the
// numbers of its parents come one after the other. It is immutable.
type Graph struct {
	names   []hash  // sorted; a commit's number is its place
	size    int     // bytes of a name that count
	first   []int32 // of each commit's parents in parents; one more than there are commits
	parents []int32 // Absent where the parent is not stored
	times   []uint32
}

// Absent is the number of a commit that the graph does not have.
const Absent = int32(-1)

// NewGraph makes a graph of commits; one that is listed twice counts once.
// Commits whose name is none are left out. nil for no commit.
func NewGraph(commits []BranchCommit) *Graph {
	b := NewGraphBuilder(len(commits))
	for i := range commits {
		b.Add(&commits[i])
	}
	return b.Graph()
}

func parseHash(oid string) (h hash, size int) {
	if len(oid) > 2*len(h) {
		return h, 0
	}
	size, err := hex.Decode(h[:], []byte(oid))
	if err != nil {
		return h, 0
	}
	return h, size
}

// Len gives how many commits there are; a nil Graph has none.
func (g *Graph) Len() int {
	if g == nil {
		return 0
	}
	return len(g.names)
}

// Number gives a commit's number by its whole name, Absent where it is not stored.
func (g *Graph) Number(oid string) int32 {
	if g == nil {
		return Absent
	}
	name, size := parseHash(oid)
	if size == 0 {
		return Absent
	}
	return g.number(name)
}

func (g *Graph) number(name hash) int32 {
	at, found := slices.BinarySearchFunc(g.names, name, func(a, b hash) int { return bytes.Compare(a[:], b[:]) })
	if !found {
		return Absent
	}
	return int32(at)
}

// Find gives the number of the one commit whose name begins so; Absent where
// there is none, or several.
func (g *Graph) Find(prefix string) int32 {
	prefix = strings.ToLower(prefix)
	if g == nil || prefix == "" || len(prefix) >= 2*g.size {
		return g.Number(prefix)
	}
	at := sort.Search(len(g.names), func(i int) bool { return g.Name(int32(i)) >= prefix })
	if at == len(g.names) || !strings.HasPrefix(g.Name(int32(at)), prefix) ||
		at+1 < len(g.names) && strings.HasPrefix(g.Name(int32(at+1)), prefix) {
		return Absent
	}
	return int32(at)
}

// Name gives a commit's name.
func (g *Graph) Name(commit int32) string { return hex.EncodeToString(g.names[commit][:g.size]) }

// Parents gives the numbers of a commit's parents, Absent for those that are
// not stored. It must not be changed.
func (g *Graph) Parents(commit int32) []int32 { return g.parents[g.first[commit]:g.first[commit+1]] }

// CommittedAt gives the committer's time, 0 where it is none.
func (g *Graph) CommittedAt(commit int32) Instant { return Instant(g.times[commit]) }

// Whole reports whether every parent of every commit is stored.
func (g *Graph) Whole() bool { return g == nil || !slices.Contains(g.parents, Absent) }
