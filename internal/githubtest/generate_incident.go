package githubtest

import (
	"fmt"
	"time"
)

// incident is an issue that says that users are affected, and what belongs to it.
type incident struct {
	issue, cause, fix *sketch // cause and fix are pull requests, or nil
	severity          int
	resolved          Time // when a deployment had ended it; 0: nobody knows
}

// planIncidents turns a few issues into incidents, and the next pull request
// of somebody of the team into the fix of most of them.
func (g *generator) planIncidents() {
	if g.opts.DeploysPerWeek < 0 {
		return
	}
	for i, s := range g.sketches {
		if s.outage == nil && (s.pull || s.author.role > contributor || !g.chance(g.risk(s))) {
			continue
		}
		in := &incident{issue: s, severity: 1 + g.some(0.65, 2)}
		s.incident, s.wants = in, false
		g.incidents = append(g.incidents, in)
		if s.outage != nil { // which no fix may end early
			in.severity, in.resolved = s.outage.severity, s.outage.ends
			continue
		}
		g.planFix(in, g.sketches[i+1:min(i+12, len(g.sketches))])
	}
}

// planFix makes one of the next items the fix of an incident.
func (g *generator) planFix(in *incident, soon []*sketch) {
	for _, next := range soon {
		late := next.item.CreatedAt - in.issue.item.CreatedAt
		if next.pull && next.author.role <= member && next.incident == nil && late > 600 && late < 12*3600 {
			next.incident, in.fix = in, next
			return
		}
	}
}

// outage is an issue that is an incident.
func (l *life) outage(in *incident) {
	l.urgent = true
	l.item.Title = l.g.theme.outageTitle(l.dice)
	if in.cause != nil && l.chance(0.25) {
		l.item.Body = fmt.Sprintf("caused by #%d", in.cause.item.Number)
	}
	by := l.s.author
	if l.chance(0.25) {
		l.wait(by, 10*time.Minute, 0.6)
	}
	l.label(by, labelIncident)
	l.label(by, fmt.Sprintf("severity/%d", in.severity))
	if in.cause == nil && l.chance(0.15) {
		l.label(by, labelInnocent)
	}
	for range 1 + l.some(0.6, 12) {
		who := l.someone(member)
		l.wait(who, time.Hour, 0.8)
		l.comment(who, pick(l.dice, []string{"Looking.", "The error rate is at 4 %.", "Rolled back, watching.", "A fix is on its way.", "Recovered in staging.", "Users report timeouts."}))
	}
	if in.cause != nil && l.chance(0.5) {
		l.comment(l.someone(maintainer), "root cause: "+in.cause.item.PR.MergeOID)
	}
	l.endOutage(in)
}

// endOutage closes the incident: by its fix, or by hand once it is over.
func (l *life) endOutage(in *incident) {
	if l.s.closeAt != 0 {
		l.closedByMerge()
		return
	}
	if in.resolved != 0 {
		l.now = max(l.now, in.resolved)
	}
	who := l.someone(member)
	l.wait(who, 3*time.Hour, 0.8)
	l.close(who, "completed")
}
