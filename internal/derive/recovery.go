package derive

import (
	"cmp"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// recovery is when a failed deployment had recovered, and when that was known.
type recovery struct {
	at       model.Instant // the earlier of the last resolution and the rollback; 0 while it has not
	observed model.Instant // at, or the first link if that is later
	rollback int           // number of the success that rolled it back, none if none did
}

// recover finds the recoveries of the failed deployments.
func (l *ledger) recover() {
	for _, t := range l.tracks {
		for n, s := range t.successes {
			s.recovery.rollback = none
			if len(s.held) > 0 {
				l.recoverOf(t, n)
			}
		}
	}
}

// rolledBack gives the first later success whose commit is a proper ancestor
// of a deployment's, none if there is none. One that reached its commit first cannot
// be one, nor one whose commit was first reached after the deployment.
func (l *ledger) rolledBack(t *track, n int) int {
	first, _ := slices.BinarySearch(t.revisits, n+1)
	for _, later := range t.revisits[first:] {
		if c := t.successes[later].commit; int(t.reached[c]) <= n && l.precedes(c, t.successes[n].commit) {
			return later
		}
	}
	return none
}

// recoverOf finds when a deployment recovered: at the first instant at which an
// incident is linked to it and all that are have been resolved, or it was rolled back.
// What is linked later, or turns out later, takes nothing back.
func (l *ledger) recoverOf(t *track, n int) {
	s := t.successes[n]
	s.recovery.rollback = l.rolledBack(t, n)
	rollback := model.Instant(0)
	if s.recovery.rollback != none {
		rollback = t.successes[s.recovery.rollback].at
	}
	steps := s.turnsOfLinks()
	if rollback != 0 {
		steps = append(steps, linkTurn{at: rollback})
	}
	slices.SortStableFunc(steps, func(a, b linkTurn) int { return cmp.Compare(a.at, b.at) })
	linked, open := 0, 0
	for i, step := range steps {
		linked, open = linked+step.linked, open+step.open
		if i+1 < len(steps) && steps[i+1].at == step.at {
			continue
		}
		back := rollback != 0 && rollback <= step.at
		if linked > 0 && (open == 0 || back) {
			s.recovery.observed = step.at
			s.recovery.at = s.resolvedBy(step.at, open == 0, back, rollback)
			return
		}
	}
}

// linkTurn changes how many incidents are linked to a deployment, and how many
// of them are open.
type linkTurn struct {
	at           model.Instant
	linked, open int
}

// turnsOfLinks gives how the links to a deployment change.
func (s *success) turnsOfLinks() []linkTurn {
	var steps []linkTurn
	for _, h := range s.held {
		steps = append(steps, linkTurn{h.from, 1, 0})
		if h.to != 0 {
			steps = append(steps, linkTurn{h.to, -1, 0})
		}
		// It counts as open from the link to its resolution.
		resolved := h.incident.resolved
		if resolved != 0 && resolved <= h.from {
			continue
		}
		steps = append(steps, linkTurn{h.from, 0, 1})
		if end := earlier(h.to, resolved); end != 0 {
			steps = append(steps, linkTurn{end, 0, -1})
		}
	}
	return steps
}

// resolvedBy gives the earlier of the rollback and the last resolution of the
// incidents that are linked at an instant.
func (s *success) resolvedBy(at model.Instant, resolved, back bool, rollback model.Instant) model.Instant {
	var end model.Instant
	if back {
		end = rollback
	}
	if !resolved {
		return end
	}
	last := model.Instant(0)
	for _, h := range s.held {
		if h.has(at) {
			last = max(last, h.incident.resolved)
		}
	}
	return earlier(end, last)
}
