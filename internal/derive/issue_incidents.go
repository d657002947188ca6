package derive

import (
	"cmp"
	"slices"
	"strings"
	"unique"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// marked is a time during which an issue bore a label of an incident source.
type marked struct {
	interval
	source   int    // number in Rules.Incidents
	severity string // of a label that tells it
}

// incident gives what makes an issue an incident, nil if nothing does: it is
// recognised when it first bears a label of a source while it is open.
func (l *life) incident() *model.IssueIncident {
	open := l.incidentTimes()
	if len(open) == 0 {
		return nil
	}
	first := slices.MinFunc(open, func(a, b marked) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.source, b.source))
	})
	return &model.IssueIncident{
		Recognised: first.from,
		Resolved:   l.resolvedAfter(first.from),
		Open:       l.bySeverity(open),
		OptedOut:   l.labelledAs(blamesNothing),
		Blames:     l.blames(),
	}
}

// incidentTimes gives when the issue was open and bore a label of each source.
func (l *life) incidentTimes() []marked {
	var times []marked
	for n := range l.rules.Incidents {
		source := &l.rules.Incidents[n]
		if source.Source != IncidentSources[byIssue] {
			continue
		}
		for _, label := range l.labels() {
			if !source.Labels.Match(label.Name) {
				continue
			}
			for _, i := range l.labeled(label) {
				times = append(times, l.whileOpen(i, n)...)
			}
		}
	}
	return times
}

// whileOpen gives the parts of a time in which the issue was open.
func (l *life) whileOpen(i interval, source int) (parts []marked) {
	for _, s := range l.turns.spans {
		from, to := max(i.from, model.Instant(s.From)), earlier(i.to, model.Instant(s.To))
		if s.State == model.SpanOpen && (to == 0 || from < to) {
			parts = append(parts, marked{interval{from, to}, source, ""})
		}
	}
	return parts
}

// resolvedAfter gives the first closing at or after an instant, 0 while there
// is none. What is transferred or converted is not resolved.
func (l *life) resolvedAfter(at model.Instant) model.Instant {
	for _, c := range l.turns.closings {
		if c.at >= at && !c.moved {
			return c.at
		}
	}
	return 0
}

// bySeverity cuts the times at which the incident was open where its severity changed.
func (l *life) bySeverity(open []marked) []model.IncidentSpan {
	levels := l.severities()
	var cuts []model.Instant
	for _, m := range slices.Concat(open, levels) {
		cuts = append(cuts, m.from)
		if m.to != 0 {
			cuts = append(cuts, m.to)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var spans []model.IncidentSpan
	for i, from := range cuts {
		to := model.Instant(0)
		if i+1 < len(cuts) {
			to = cuts[i+1]
		}
		if source := sourceAt(open, from); source >= 0 {
			spans = appendIncident(spans, from, to, severityAt(levels, source, from))
		}
	}
	return spans
}

// appendIncident appends a span, or makes the last one longer that it goes on from.
func appendIncident(spans []model.IncidentSpan, from, to model.Instant, severity string) []model.IncidentSpan {
	handle := unique.Make(severity)
	last := len(spans) - 1
	if last >= 0 && spans[last].To == seconds32(from) && spans[last].Severity == handle {
		spans[last].To = seconds32(to)
		return spans
	}
	return append(spans, model.IncidentSpan{
		From: seconds32(from), To: seconds32(to), First: last < 0, Source: byIssue, Severity: handle,
	})
}

// sourceAt gives the first listed source by which an issue was an incident at
// an instant, -1 if none.
func sourceAt(open []marked, at model.Instant) int {
	first := -1
	for _, m := range open {
		if m.has(at) && (first < 0 || m.source < first) {
			first = m.source
		}
	}
	return first
}

// severities gives when the issue bore labels that tell a severity, by label.
func (l *life) severities() []marked {
	var times []marked
	for n := range l.rules.Incidents {
		source := &l.rules.Incidents[n]
		if source.Source != IncidentSources[byIssue] || source.Severity == nil {
			continue
		}
		for _, label := range l.labels() {
			if value, tells := source.Severity.Value(label.Name); tells {
				for _, i := range l.labeled(label) {
					times = append(times, marked{i, n, value})
				}
			}
		}
	}
	return times
}

// severityAt gives the severity at an instant; of several the first by name.
func severityAt(levels []marked, source int, at model.Instant) string {
	severity := ""
	for _, m := range levels {
		if m.source == source && m.has(at) && (severity == "" || m.severity < severity) {
			severity = m.severity
		}
	}
	return cmp.Or(severity, noSeverity)
}

// has reports whether an instant is in the interval.
func (i interval) has(at model.Instant) bool { return i.from <= at && (i.to == 0 || at < i.to) }

// labelledAs gives when the item bore a label of a name.
func (l *life) labelledAs(name string) []model.Interval {
	var times []model.Interval
	for _, label := range l.labels() {
		if !strings.EqualFold(label.Name, name) {
			continue
		}
		for _, i := range l.labeled(label) {
			times = append(times, model.Interval{From: seconds32(i.from), To: seconds32(i.to)})
		}
	}
	return times
}

// blames gives what the issue's body, from its creation on, and its comments
// name as the cause.
func (l *life) blames() []model.Blame {
	blames := appendBlames(nil, l.item.Mentions, l.item.CreatedAt)
	for i := range l.events {
		blames = appendBlames(blames, l.events[i].Mentions, l.events[i].At)
	}
	return blames
}

func appendBlames(blames []model.Blame, mentions []model.Mention, at model.Instant) []model.Blame {
	for _, m := range mentions {
		switch m.Kind {
		case model.RootCause, model.NamesCommit, model.NamesDeployment:
			blames = append(blames, model.Blame{Mention: m, At: at})
		}
	}
	return blames
}
