package derive

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// DeploymentRef names a deployment.
type DeploymentRef struct {
	Source string        `json:"source"`
	ID     string        `json:"id"`
	Name   string        `json:"name,omitempty"` // of the tag
	OID    string        `json:"oid,omitempty"`
	At     model.Instant `json:"at"` // of its success
}

func (s *success) ref() *DeploymentRef {
	return &DeploymentRef{Source: DeploymentSources[s.kind], ID: s.id, Name: s.name, OID: s.oid, At: s.at}
}

// Shipping says how far a pull request came in an environment.
type Shipping string

// How far a pull request came.
const (
	Shipped       Shipping = "shipped"
	LeftCensored  Shipping = "left_censored"  // it was there at the first deployment that is known: since when is not
	NotMergedYet  Shipping = "not_merged"     // and so not deployed
	CommitUnknown Shipping = "commit_unknown" // of the merge
	OffBranch     Shipping = "not_on_branch"  // the default branch does not contain it, nor does what was deployed
	Waiting       Shipping = "waiting"        // for a deployment that contains it
)

// Shipment tells which deployment a pull request shipped in, or why in none.
type Shipment struct {
	Environment string         `json:"environment"`
	Status      Shipping       `json:"status"`
	Deployment  *DeploymentRef `json:"deployment,omitempty"` // the first that contains it
	LeadTimes   []Duration     `json:"leadTimes,omitempty"`  // by what they start at
	Note        string         `json:"note,omitempty"`
}

// IncidentExplanation tells what an issue or a revert is as an incident.
type IncidentExplanation struct {
	Incident    string            `json:"incident"` // #N, or SOURCE/ID
	Source      string            `json:"source"`
	Severity    string            `json:"severity"` // when it was recognised
	Environment string            `json:"environment,omitempty"`
	Opened      model.Instant     `json:"opened"`
	Recognised  model.Instant     `json:"recognised"` // from when on it counts
	Resolved    model.Instant     `json:"resolved,omitzero"`
	Unlinked    bool              `json:"unlinked,omitempty"`
	Links       []LinkExplanation `json:"links,omitempty"`
}

// LinkExplanation tells how and when an incident was linked to a deployment.
type LinkExplanation struct {
	Link       string         `json:"link"` // explicit, revert, fix or nearest
	Why        string         `json:"why"`
	From       model.Instant  `json:"from"`
	To         model.Instant  `json:"to,omitzero"` // absent while it holds
	Deployment *DeploymentRef `json:"deployment,omitempty"`
}

// relateHistory adds where the item shipped, and what it is as an incident.
func (e *Explanation) relateHistory(state *model.State) {
	if len(e.rules.Environments) == 0 && len(e.rules.Incidents) == 0 {
		return
	}
	l := newLedger(state, e.rules)
	n, merged := l.byNumber[int32(e.Number)]
	for _, t := range l.tracks {
		switch {
		case e.Kind != model.PullRequest.String():
		case !merged:
			e.Shipments = append(e.Shipments, Shipment{Environment: t.name, Status: NotMergedYet})
		default:
			e.addShipment(l, t, n)
		}
	}
	for _, i := range l.incidents {
		if i.item != nil && int(i.item.Number) == e.Number {
			e.Incidents = append(e.Incidents, i.explained())
			var notes changeNotes
			notes.incident(i)
			e.Counted = append(append(e.Counted, Counted{
				At: i.recognised, Metric: IncidentsMetric,
				Labels: map[string]string{"source": IncidentSources[i.source], "severity": i.spans[0].Severity.Value()},
			}), l.counted(notes)...)
		}
	}
	sortCounted(e.Counted)
}

// addShipment adds how a merged pull request came to an environment.
func (e *Explanation) addShipment(l *ledger, t *track, n int32) {
	shipment := t.shipments[n]
	if shipment.in == none {
		e.Shipments = append(e.Shipments, l.unshipped(t, n))
		if t.name == Production {
			e.Stages = append(e.Stages, stage{deployStage, l.merged[n].Merged, 0, NotDeployed}.explained())
		}
		return
	}
	p, s := &l.merged[n], t.successes[shipment.in]
	censored := Observed
	out := Shipment{Environment: t.name, Status: Shipped, Deployment: s.ref()}
	if shipment.censored {
		censored, out.Status = FirstDeployment, LeftCensored
		out.Note = "what was deployed before is not known, so since when it is there is not"
	}
	for _, lead := range leadTimes(s, p, censored) {
		out.LeadTimes = append(out.LeadTimes, explained(byStart.Values[lead.number], lead.from, lead.to, lead.missing))
	}
	if t.name == Production {
		e.Stages = append(e.Stages, deploying(s, p, censored).explained())
	}
	var notes changeNotes
	notes.shipped(t, s, p, censored)
	e.Counted = append(e.Counted, l.counted(notes)...)
	e.Shipments = append(e.Shipments, out)
}

// unshipped says why a merged pull request is not in an environment.
func (l *ledger) unshipped(t *track, n int32) Shipment {
	p := &l.merged[n]
	s := Shipment{Environment: t.name, Status: Waiting, Note: "no deployment contains it yet"}
	unknown := 0
	for _, d := range t.successes {
		if d.commit == model.Absent && d.at >= p.Merged {
			unknown++
		}
	}
	switch {
	case p.MergeOID == "" || p.commit == model.Absent && l.graph.Number(l.history.Head) == model.Absent:
		s.Status, s.Note = CommitUnknown, "its merge commit is not among the commits that are known"
	case l.offBranch(p):
		s.Status, s.Note = OffBranch, "the default branch does not contain its merge commit"
	case len(t.successes) == 0:
		s.Note = "nothing was deployed yet"
	case unknown > 0:
		s.Note = "no deployment whose commit is known contains it; the commits of " + itoa(unknown) + " since are not known"
	}
	return s
}

func (i *incident) explained() IncidentExplanation {
	e := IncidentExplanation{
		Incident: i.name, Source: IncidentSources[i.source], Severity: i.spans[0].Severity.Value(),
		Opened: i.opened, Recognised: i.recognised, Resolved: i.resolved, Unlinked: i.unlinked(),
	}
	if i.track != nil {
		e.Environment = i.track.name
	}
	for _, h := range i.held {
		e.Links = append(e.Links, LinkExplanation{
			Link: h.kind.String(), Why: h.why, From: h.from, To: h.to, Deployment: h.success().ref(),
		})
	}
	return e
}

// counted gives observations of deployments as explanations show them.
func (l *ledger) counted(notes changeNotes) []Counted {
	var list []Counted
	for _, n := range notes {
		c := l.rules.countedAs(n.Series, int(n.Environment), n.Sub, model.Instant(n.At), n.Value)
		list = append(list, c)
	}
	return list
}

func sortCounted(list []Counted) {
	slices.SortStableFunc(list, func(a, b Counted) int { return int(a.At - b.At) })
}
