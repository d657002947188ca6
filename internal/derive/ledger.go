package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// ledger is the one reading of a repository's history together with its items:
// what was deployed when, what shipped with it, and what failed. Changes and
// explanations are made of it.
type ledger struct {
	state   *model.State
	rules   *Rules
	history *model.History
	graph   *model.Graph

	merged   []mergedPull
	firstAt  []int32         // by commit: number in merged of the first pull request that it merged, or none
	nextAt   []int32         // by number in merged: the next one of the same commit, or none
	byNumber map[int32]int32 // number in merged of a pull request
	onBranch []bool          // by commit: on the default branch

	depths  []int32 // by commit: how long the longest line of its ancestors is
	lineage lineage

	units     []*unit            // of every source
	byID      map[string][]*unit // see deploymentNamed
	tracks    []*track           // by environment
	ignored   int                // deployments to environments that are not configured
	incidents []*incident
}

// mergedPull is a merged pull request.
type mergedPull struct {
	*model.Facts
	commit int32 // of the merge; Absent where it is not known
}

func newLedger(state *model.State, rules *Rules) *ledger {
	l := &ledger{state: state, rules: rules, history: state.History}
	if l.history == nil {
		l.history = &model.History{}
	}
	l.graph = l.history.Graph
	l.readMerged()
	l.findOnBranch()
	l.readUnits()
	l.depths = depths(l.graph)
	for env := range rules.Environments {
		l.tracks = append(l.tracks, l.track(env))
	}
	l.readIncidents()
	l.link()
	l.recover()
	l.rework()
	return l
}

// readMerged lists the merged pull requests and finds their commits.
func (l *ledger) readMerged() {
	l.byNumber = map[int32]int32{}
	l.firstAt = nones(l.graph.Len())
	for _, item := range l.state.Items {
		if item.Kind != model.PullRequest || item.Merged == 0 {
			continue
		}
		n := int32(len(l.merged))
		p := mergedPull{item, l.graph.Number(item.MergeOID)}
		next := int32(none)
		if p.commit != model.Absent {
			next, l.firstAt[p.commit] = l.firstAt[p.commit], n
		}
		l.byNumber[item.Number] = n
		l.merged, l.nextAt = append(l.merged, p), append(l.nextAt, next)
	}
}

// nones makes a slice of none.
func nones(n int) []int32 {
	s := make([]int32, n)
	for i := range s {
		s[i] = none
	}
	return s
}

// walk follows a commit and its ancestors, as far as enter accepts them. It
// must accept each only once.
func walk(g *model.Graph, from int32, enter func(commit int32) bool) {
	stack := []int32{}
	push := func(c int32) {
		if c != model.Absent && enter(c) {
			stack = append(stack, c)
		}
	}
	for push(from); len(stack) > 0; {
		c := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, p := range g.Parents(c) {
			push(p)
		}
	}
}
