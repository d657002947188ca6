package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// findOnBranch finds the commits of the default branch.
func (l *ledger) findOnBranch() {
	l.onBranch = make([]bool, l.graph.Len())
	walk(l.graph, l.graph.Number(l.history.Head), func(c int32) bool {
		before := l.onBranch[c]
		l.onBranch[c] = true
		return !before
	})
}

// offBranch reports whether a merged pull request is not on the default branch. Where
// the branch's commits are not known, the branch that it was merged to says.
func (l *ledger) offBranch(p *mergedPull) bool {
	if l.graph.Number(l.history.Head) == model.Absent {
		return p.BaseRef() != l.state.Repository.DefaultBranch
	}
	return p.commit == model.Absent || !l.onBranch[p.commit]
}

// undeployed gives the times in which merged pull requests were not deployed to
// an environment, from the first success on whose commit is known: what was
// there before is not known.
func (l *ledger) undeployed(t *track) []model.UndeployedSpan {
	if t.known == 0 {
		return nil
	}
	var spans []model.UndeployedSpan
	for n := range l.merged {
		p := &l.merged[n]
		from, to := max(p.Merged, t.known), earlier(t.shippedAt(int32(n)), p.Gone)
		if to == 0 || to > from {
			spans = append(spans, model.UndeployedSpan{
				From: seconds32(from), To: seconds32(to), Environment: uint8(t.env), OffBranch: l.offBranch(p),
			})
		}
	}
	return spans
}
