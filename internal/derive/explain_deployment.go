package derive

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// DeploymentExplanation tells what a deployment to one environment is, what it
// shipped and what came of it.
type DeploymentExplanation struct {
	Environment  string              `json:"environment"`
	Source       string              `json:"source"`
	ID           string              `json:"id"`
	Name         string              `json:"name,omitempty"` // of the tag
	OID          string              `json:"oid,omitempty"`
	Success      model.Instant       `json:"success,omitzero"`
	Failure      model.Instant       `json:"failure,omitzero"`
	Counts       bool                `json:"counts"`                // as a success
	Notes        []string            `json:"notes,omitempty"`       // why it does not count, and what else is to be known
	Predecessor  *DeploymentRef      `json:"predecessor,omitempty"` // the success before
	Rollback     bool                `json:"rollback,omitempty"`    // its commit is an ancestor of the predecessor's
	Redeploy     *DeploymentRef      `json:"redeploy,omitempty"`    // the one that had deployed its commit before
	Shipped      []ShippedChange     `json:"shipped,omitempty"`
	LeftCensored int                 `json:"leftCensored,omitempty"` // pull requests that may have been there before
	Failures     []DeploymentFailure `json:"failures,omitempty"`
	RolledBackBy *DeploymentRef      `json:"rolledBackBy,omitempty"`
	Recovery     *Duration           `json:"recovery,omitempty"` // absent unless it failed
	Rework       []string            `json:"rework,omitempty"`   // why it is rework
}

// ShippedChange is a pull request that a deployment shipped.
type ShippedChange struct {
	Number    int           `json:"number"`
	Merged    model.Instant `json:"merged"`
	LeadTimes []Duration    `json:"leadTimes"` // by what they start at
}

// DeploymentFailure is an incident that is or was linked to a deployment.
type DeploymentFailure struct {
	IncidentExplanation
	First bool `json:"first,omitempty"` // it made the deployment a failed one
}

// ExplainDeployment tells about the deployments that a name means, one for
// each environment and source: the source's id (a deployment's, a run's, a release's, a
// tag's name, a pull request's number), a tag's name, or, where it is none
// of them, the beginning of a commit's name. nil if there is none.
func ExplainDeployment(state *model.State, rules Rules, name string) []*DeploymentExplanation {
	if name == "" {
		return nil
	}
	l := newLedger(state, &rules)
	named := l.unitsNamed(func(u *unit) bool { return u.id == name || u.name == name })
	if len(named) == 0 && len(name) >= shortest {
		named = l.unitsNamed(func(u *unit) bool { return strings.HasPrefix(u.oid, strings.ToLower(name)) })
	}
	var out []*DeploymentExplanation
	for _, u := range named {
		out = append(out, l.explainUnit(u))
	}
	if len(out) == 0 {
		out = l.explainIgnored(name)
	}
	return out
}

func (l *ledger) unitsNamed(is func(*unit) bool) []*unit {
	var named []*unit
	for _, u := range l.units {
		if is(u) {
			named = append(named, u)
		}
	}
	slices.SortStableFunc(named, func(a, b *unit) int { return cmp.Compare(a.env, b.env) })
	return named
}

// explainIgnored tells about a deployment whose environment is not configured.
func (l *ledger) explainIgnored(name string) []*DeploymentExplanation {
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return nil
	}
	for _, d := range l.history.Deployments {
		if d.ID == id {
			return []*DeploymentExplanation{{
				Environment: d.Environment, Source: DeploymentSources[fromDeployments], ID: name, OID: d.OID,
				Notes: []string{"its environment is not configured, or no source of deployments is"},
			}}
		}
	}
	return nil
}

func (l *ledger) explainUnit(u *unit) *DeploymentExplanation {
	e := &DeploymentExplanation{
		Source: DeploymentSources[u.kind], ID: u.id, Name: u.name, OID: u.oid, Success: u.success, Failure: u.failure,
	}
	if u.env < 0 {
		e.Environment = cmp.Or(l.rules.Deployments[u.source].Environment, Production)
		e.note("its environment is not configured")
		return e
	}
	t := l.tracks[u.env]
	e.Environment = t.name
	e.noteOutcomes(l, t, u)
	if u.in != none && !u.repeats {
		e.Counts = true
		e.explainSuccess(l, t, u.in)
	}
	return e
}

func (e *DeploymentExplanation) note(text string) { e.Notes = append(e.Notes, text) }

// noteOutcomes says why an outcome does not count.
func (e *DeploymentExplanation) noteOutcomes(l *ledger, t *track, u *unit) {
	superseded := func(what string, at model.Instant) {
		if by := t.supersededBy(u.source, at); at != 0 && by >= 0 {
			e.note(what + " does not count: " + l.rules.Deployments[by].Source + " has deployments since " + t.yields[by].String())
		}
	}
	superseded("its success", u.success)
	superseded("its failure", u.failure)
	if u.repeats {
		e.note("the same deployment as " + t.successes[u.in].id + ": its commit succeeded within ten minutes before")
	}
	if u.success == 0 && u.failure == 0 {
		e.note("it has neither succeeded nor failed")
	}
	if u.commit == model.Absent {
		e.note("its commit is not known, so what it shipped is not")
	}
	if u.untimed {
		e.note("a lightweight tag without a release: it ships without lead time, at its commit's date")
	}
}

// explainSuccess tells about a success that counts.
func (e *DeploymentExplanation) explainSuccess(l *ledger, t *track, n int) {
	s := t.successes[n]
	if n == 0 {
		e.note("the first deployment that is known: what was there before is not")
	} else {
		before := t.successes[n-1]
		e.Predecessor = before.ref()
		if before.commit == model.Absent {
			e.note("its predecessor's commit is not known: what was merged after it ships")
		}
	}
	e.Rollback, e.Rework, e.LeftCensored = s.rollback, s.rework, len(s.censored)
	for m := range t.successes[:n] {
		if t.successes[m].commit == s.commit && s.commit != model.Absent {
			e.Redeploy = t.successes[m].ref()
			break
		}
	}
	for _, p := range s.shipped {
		e.Shipped = append(e.Shipped, shippedChange(s, &l.merged[p]))
	}
	slices.SortFunc(e.Shipped, func(a, b ShippedChange) int { return cmp.Compare(a.Number, b.Number) })
	e.explainFailures(t, s)
}

func shippedChange(s *success, p *mergedPull) ShippedChange {
	c := ShippedChange{Number: int(p.Number), Merged: p.Merged}
	for _, lead := range leadTimes(s, p, Observed) {
		c.LeadTimes = append(c.LeadTimes, explained(byStart.Values[lead.number], lead.from, lead.to, lead.missing))
	}
	return c
}

// explainFailures tells which incidents were linked to a deployment, and how it recovered.
func (e *DeploymentExplanation) explainFailures(t *track, s *success) {
	if r := s.recovery.rollback; r != none {
		e.RolledBackBy = t.successes[r].ref()
	}
	var told []*incident
	for _, h := range s.held {
		if slices.Contains(told, h.incident) {
			continue
		}
		told = append(told, h.incident)
		f := DeploymentFailure{IncidentExplanation: h.incident.explained()}
		f.Links = slices.DeleteFunc(f.Links, func(k LinkExplanation) bool { return *k.Deployment != *s.ref() })
		for i := range f.Links {
			f.Links[i].Deployment = nil
		}
		at, kind, _ := s.failed()
		f.First = h.from == at && h.kind == kind
		e.Failures = append(e.Failures, f)
	}
	if len(s.held) == 0 {
		return
	}
	missing := Observed
	switch {
	case s.recovery.at == 0:
		missing = NotRecovered
	case s.recovery.at < s.at:
		missing = Negative
	}
	d := explained("recovery", s.at, s.recovery.at, missing)
	e.Recovery = &d
}
