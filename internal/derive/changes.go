package derive

import (
	"cmp"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Changes gives what a repository's history and its items' facts come to
// together, for Evaluate. It reads State.Repository, Items and History alone,
// and takes time in proportion to them.
func Changes(state *model.State, rules Rules) *model.Changes {
	return newLedger(state, &rules).changes()
}

// changes writes down what was found.
func (l *ledger) changes() *model.Changes {
	c := &model.Changes{Ignored: l.ignored, Workflows: l.workflows()}
	var n changeNotes
	for _, t := range l.tracks {
		l.noteTrack(&n, t)
		c.Undeployed = append(c.Undeployed, l.undeployed(t)...)
		c.Known = append(c.Known, seconds32(t.known))
	}
	for _, i := range l.incidents {
		n.incident(i)
		c.Incidents = append(c.Incidents, i.spans...)
	}
	slices.SortFunc(n, func(a, b model.Change) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Series, b.Series), cmp.Compare(a.Environment, b.Environment),
			cmp.Compare(a.Sub, b.Sub), cmp.Compare(a.Value, b.Value))
	})
	c.Observed = slices.Clip([]model.Change(n))
	l.deployed(c)
	return c
}

// deployed lists the successes of all environments by instant, and the times
// in which incidents were linked to them.
func (l *ledger) deployed(c *model.Changes) {
	type row struct {
		*success
		env int
	}
	var rows []row
	for _, t := range l.tracks {
		for _, s := range t.successes {
			rows = append(rows, row{s, t.env})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.at, b.at) })
	for n, r := range rows {
		c.Deployments = append(c.Deployments, model.Deployed{At: seconds32(r.at), Environment: uint8(r.env), Rework: len(r.rework) > 0})
		for _, h := range r.held {
			c.Failures = append(c.Failures, model.FailureSpan{From: seconds32(h.from), To: seconds32(h.to), Deployment: int32(n)})
		}
	}
}

// changeNotes collects observations of deployments, changes and incidents.
type changeNotes []model.Change

// note adds an observation; a duration that ends before it starts is none.
func (n *changeNotes) note(at model.Instant, s model.Series, env int, sub uint8, value model.Instant) bool {
	if value < 0 {
		return false
	}
	*n = append(*n, model.Change{At: seconds32(at), Value: seconds32(value), Series: s, Environment: uint8(env), Sub: sub})
	return true
}

// noteTrack adds what an environment's deployments add to totals.
func (l *ledger) noteTrack(n *changeNotes, t *track) {
	for _, u := range t.failures {
		n.note(u.failure, DeploymentsFinished, t.env, resultSub(u, false), 0)
	}
	for _, s := range t.successes {
		n.note(s.at, DeploymentsFinished, t.env, resultSub(s.unit, true), 0)
		if len(s.rework) > 0 {
			n.note(s.at, Rework, t.env, 0, 0)
		}
		if at, kind, failed := s.failed(); failed {
			n.note(at, FailedChanges, t.env, uint8(kind), 0)
		}
		if s.recovery.at != 0 {
			n.note(s.recovery.observed, Recovery, t.env, 0, s.recovery.at-s.at)
		}
		for _, p := range s.shipped {
			n.shipped(t, s, &l.merged[p], Observed)
		}
		for _, p := range s.censored {
			n.shipped(t, s, &l.merged[p], FirstDeployment)
		}
	}
}

// resultSub numbers a deployment's source and result.
func resultSub(u *unit, success bool) uint8 {
	if success {
		return uint8(2 * u.kind)
	}
	return uint8(2*u.kind + 1)
}

// failed gives when an incident was first linked to a deployment, and by what.
func (s *success) failed() (at model.Instant, kind linkKind, failed bool) {
	if len(s.held) == 0 {
		return 0, 0, false
	}
	first := slices.MinFunc(s.held, func(a, b held) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.kind, b.kind)) })
	return first.from, first.kind, true
}

// shipped adds the lead times of a change that a deployment ships, and in
// production its stage deploy, or why it is missing. They are fixed once it is both
// deployed and merged, which its repository may show a little later.
func (n *changeNotes) shipped(t *track, s *success, p *mergedPull, censored Missing) {
	if p.AuthorBot {
		return
	}
	at := max(s.at, p.Merged)
	if t.name == Production {
		if d := deploying(s, p, censored); d.missing == Observed {
			n.note(at, ChangeStage, 0, deployStage, d.to-d.from)
		} else {
			n.note(at, ChangeStageMissing, 0, missingSub(deployStage, d.missing), 0)
		}
	}
	for _, lead := range leadTimes(s, p, censored) {
		if lead.missing == Observed {
			n.note(at, ChangeLeadTime, t.env, uint8(lead.number), lead.to-lead.from)
		}
	}
}

// deploying gives the stage deploy of a change, m→d(production).
func deploying(s *success, p *mergedPull, censored Missing) stage {
	return stage{deployStage, p.Merged, s.at, leads(s, p, p.Merged, censored)}
}

// leadTimes gives the lead times of a change, by byStart.
func leadTimes(s *success, p *mergedPull, censored Missing) []stage {
	first := min(p.FirstCommit, p.Created)
	return []stage{
		{0, first, s.at, firstOf(leads(s, p, first, censored), unlessMissing(p.Committed, NoCommits))},
		{1, p.Created, s.at, leads(s, p, p.Created, censored)},
		{2, p.Merged, s.at, leads(s, p, p.Merged, censored)},
	}
}

// leads says why the time from an instant to a deployment is not observed.
func leads(s *success, p *mergedPull, from model.Instant, censored Missing) Missing {
	return firstOf(
		unlessMissing(!p.AuthorBot, BotAuthor), censored,
		unlessMissing(!s.untimed, NoTagTime), unlessMissing(from <= s.at, Negative),
	)
}

// incident adds what an incident adds to totals. Whoever opened it: machines
// open incidents, and what they tell of is none of their own life.
func (n *changeNotes) incident(i *incident) {
	if i.unlinked() {
		n.note(i.recognised, IncidentsUnlinked, 0, uint8(i.source), 0)
	}
	if i.resolved != 0 {
		n.note(i.resolved, IncidentResolve, 0, uint8(i.source), i.resolved-i.opened)
	}
}
