package derive

import (
	"cmp"
	"slices"
	"unique"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// incident is an incident of an environment.
type incident struct {
	source     int          // number in IncidentSources
	name       string       // what it is: #N, or SOURCE/ID
	item       *model.Facts // the issue or the revert; nil of a record
	track      *track       // nil where its environment is not configured
	opened     model.Instant
	recognised model.Instant // from when on it counts
	resolved   model.Instant // 0 while it is open
	spans      []model.IncidentSpan
	optedOut   []model.Interval
	links      []link // by at
	held       []held
}

// readIncidents lists the incidents of the configured sources: issues that
// bore a label, reverts, and what was pushed.
func (l *ledger) readIncidents() {
	if l.rules.incidentsFrom(IncidentSources[byIssue]) {
		l.readIssues()
	}
	l.readReverts()
	if l.rules.incidentsFrom(IncidentSources[byRevert]) {
		for _, t := range l.tracks {
			l.incidents = append(l.incidents, t.reverts...)
		}
	}
	for i := range l.history.Incidents {
		if r := &l.history.Incidents[i]; l.rules.incidentsFrom(r.Source) && r.OpenedAt > 0 {
			l.incidents = append(l.incidents, l.recorded(r))
		}
	}
	slices.SortStableFunc(l.incidents, func(a, b *incident) int { return cmp.Compare(a.recognised, b.recognised) })
}

// trackOf gives what happened to an environment, nil if it is not configured.
func (l *ledger) trackOf(environment string) *track {
	if env := l.rules.environment(environment); env >= 0 {
		return l.tracks[env]
	}
	return nil
}

func (l *ledger) readIssues() {
	for _, item := range l.state.Items {
		if item.More == nil || item.More.Incident == nil {
			continue
		}
		i := item.More.Incident
		l.incidents = append(l.incidents, &incident{
			source: byIssue, name: "#" + itoa(item.Number), item: item, track: l.trackOf(Production),
			opened: item.Created, recognised: i.Recognised, resolved: i.Resolved, spans: i.Open, optedOut: i.OptedOut,
			links: l.explicit(i, l.trackOf(Production)),
		})
	}
}

// recorded makes an incident of a record; it is recognised when it opens.
func (l *ledger) recorded(r *model.Incident) *incident {
	source := slices.Index(IncidentSources, r.Source)
	i := &incident{
		source: source, name: r.Source + "/" + r.ID, track: l.trackOf(r.Environment),
		opened: r.OpenedAt, recognised: r.OpenedAt, resolved: r.ResolvedAt,
		spans: []model.IncidentSpan{{
			From: seconds32(r.OpenedAt), To: seconds32(r.ResolvedAt), First: true, Source: uint8(source),
			Severity: unique.Make(cmp.Or(r.Severity, noSeverity)),
		}},
	}
	i.links = l.recordLinks(r, i.track)
	return i
}

// readReverts lists, by environment, whether or not reverts are configured as incidents, the merged pull requests that undo what
// an earlier deployment than their own shipped. Such an incident opens at the
// revert's merge, counts once what it undoes was deployed, too, and is resolved by
// the deployment that ships the revert.
func (l *ledger) readReverts() {
	var reverts []*model.Facts
	for _, p := range l.merged {
		if len(p.Reverts()) > 0 {
			reverts = append(reverts, p.Facts)
		}
	}
	pairs := reversionsOf(l.state, reverts)
	slices.SortFunc(pairs, func(a, b reversion) int {
		return cmp.Or(cmp.Compare(a.revert.Number, b.revert.Number), cmp.Compare(a.target.Number, b.target.Number))
	})
	pairs = slices.Compact(pairs)
	for _, t := range l.tracks {
		for first := 0; first < len(pairs); {
			end := first + 1
			for end < len(pairs) && pairs[end].revert == pairs[first].revert {
				end++
			}
			if i := l.reverted(t, pairs[first:end]); i != nil {
				t.reverts = append(t.reverts, i)
			}
			first = end
		}
	}
}

// reverted makes the incident that a revert is in an environment, nil if it is
// none there: where nothing that it undoes was in an earlier deployment than it.
func (l *ledger) reverted(t *track, pairs []reversion) *incident {
	revert := pairs[0].revert
	own := t.shipments[l.byNumber[revert.Number]].in
	var links []link
	for _, p := range pairs {
		in := t.shipments[l.byNumber[p.target.Number]].in
		if in != none && (own == none || in < own) {
			s := t.successes[in]
			links = append(links, link{
				kind: revertLink, track: t, in: int(in), at: max(revert.Merged, s.at), why: "reverts #" + itoa(p.target.Number),
			})
		}
	}
	if len(links) == 0 {
		return nil
	}
	sortLinks(links)
	i := &incident{
		source: byRevert, name: "#" + itoa(revert.Number), item: revert, track: t,
		opened: revert.Merged, recognised: links[0].at, links: links,
	}
	if own != none {
		i.resolved = t.successes[own].at
	}
	i.spans = []model.IncidentSpan{{
		From: seconds32(i.recognised), To: seconds32(earlier(i.resolved, revert.Gone)), First: true, Source: byRevert,
		Severity: unique.Make(noSeverity),
	}}
	return i
}

// gone gives when the incident was found to be gone from GitHub, 0 if it is there.
func (i *incident) gone() model.Instant {
	if i.item == nil {
		return 0
	}
	return i.item.Gone
}
