package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// depths gives of each commit how many commits the longest line of its
// ancestors has: an ancestor's is always less.
func depths(g *model.Graph) []int32 {
	depth := make([]int32, g.Len())
	var stack []int32
	for first := range depth {
		if depth[first] != 0 {
			continue
		}
		stack = append(stack, int32(first))
		for len(stack) > 0 {
			c := stack[len(stack)-1]
			if deepest, whole := deepestParent(g, c, depth, &stack); whole {
				depth[c] = deepest + 1
				stack = stack[:len(stack)-1]
			}
		}
	}
	return depth
}

// pending is the depth of a commit whose parents are being looked at.
const pending = -1

// deepestParent gives the depth of the deepest parent. Parents that have none
// yet are put on the stack, and the answer is false.
func deepestParent(g *model.Graph, c int32, depth []int32, stack *[]int32) (deepest int32, whole bool) {
	whole = true
	for _, p := range g.Parents(c) {
		switch {
		case p == model.Absent || depth[p] == pending: // a ring is no history, but must not stall
		case depth[p] > 0:
			deepest = max(deepest, depth[p])
		case depth[c] != pending:
			*stack = append(*stack, p)
			whole = false
		}
	}
	if !whole {
		depth[c] = pending
	}
	return deepest, whole
}

// lineage answers whether one commit is an ancestor of another. It remembers
// its answers, since a repository that rolls back does so more than once.
type lineage struct {
	known map[[2]int32]bool
	seen  []int32 // by commit: the search that saw it last
}

// precedes reports whether a commit is a proper ancestor of another. The search
// goes no deeper than the ancestor.
func (l *ledger) precedes(ancestor, commit int32) bool {
	if ancestor == model.Absent || commit == model.Absent || l.depths[ancestor] >= l.depths[commit] {
		return false
	}
	key := [2]int32{ancestor, commit}
	if answer, known := l.lineage.known[key]; known {
		return answer
	}
	if l.lineage.known == nil {
		l.lineage = lineage{known: map[[2]int32]bool{}, seen: make([]int32, len(l.depths))}
	}
	found, search := false, int32(len(l.lineage.known)+1)
	walk(l.graph, commit, func(c int32) bool {
		found = found || c == ancestor
		enter := !found && l.depths[c] > l.depths[ancestor] && l.lineage.seen[c] != search
		l.lineage.seen[c] = search
		return enter
	})
	l.lineage.known[key] = found
	return found
}
