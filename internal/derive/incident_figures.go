package derive

import (
	"cmp"
	"math"
	"slices"
	"unique"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// IncidentsMetric is the name of the metric that counts incidents.
const IncidentsMetric = "github_dev_incidents_total"

// IncidentFigure is how many incidents there were and are of a source and severity.
type IncidentFigure struct {
	Source, Severity string
	Count            uint64 // that were recognised by now
	Open             int
}

// Incidents gives the incidents of the configured sources by source and severity: a
// severity from its first incident on, "none" always.
func (f *Figures) Incidents() []IncidentFigure { return f.incidents }

// incidentKey is a source, by its number in IncidentSources, and a severity.
type incidentKey struct {
	source   uint8
	severity unique.Handle[string]
}

// incidentTally counts incidents.
type incidentTally map[incidentKey]*incidentCount

type incidentCount struct {
	first uint32 // when the first one had the severity
	count uint64
	open  int
}

// add adds what was of a span at an instant.
func (t *incidentTally) add(s *model.IncidentSpan, at int64) {
	if int64(s.From) > at {
		return
	}
	c := t.of(incidentKey{s.Source, s.Severity})
	c.first = min(c.first, s.From)
	if s.First {
		c.count++
	}
	if holds(s.From, s.To, at) {
		c.open++
	}
}

func (t *incidentTally) of(key incidentKey) *incidentCount {
	if *t == nil {
		*t = incidentTally{}
	}
	c := (*t)[key]
	if c == nil {
		c = &incidentCount{first: math.MaxUint32}
		(*t)[key] = c
	}
	return c
}

// figures lists the counts by source and severity. What the series limit
// leaves no room for is OtherLabel, in the order in which it first appeared, so that
// whatever was admitted stays; beyond is how many that are.
func (t *incidentTally) figures(rules *Rules) (out []IncidentFigure, beyond int) {
	none := unique.Make(noSeverity)
	for n, source := range IncidentSources {
		if rules.incidentsFrom(source) {
			t.of(incidentKey{uint8(n), none}).first = 0
		}
	}
	for i, key := range t.inOrder() {
		severity, c := key.severity.Value(), (*t)[key]
		if rules.SeriesLimit > 0 && i >= rules.SeriesLimit-len(IncidentSources) && severity != noSeverity {
			severity = OtherLabel
			beyond++
		}
		out = addIncidents(out, IncidentFigure{IncidentSources[key.source], severity, c.count, c.open})
	}
	slices.SortFunc(out, func(a, b IncidentFigure) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Severity, b.Severity))
	})
	return out, beyond
}

// inOrder gives the sources and severities in the order in which they appeared.
func (t *incidentTally) inOrder() []incidentKey {
	var keys []incidentKey
	for key := range *t {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b incidentKey) int {
		return cmp.Or(cmp.Compare((*t)[a].first, (*t)[b].first), cmp.Compare(a.source, b.source),
			cmp.Compare(a.severity.Value(), b.severity.Value()))
	})
	return keys
}

// addIncidents adds a figure to the one of its source and severity.
func addIncidents(list []IncidentFigure, f IncidentFigure) []IncidentFigure {
	for i := range list {
		if list[i].Source == f.Source && list[i].Severity == f.Severity {
			list[i].Count += f.Count
			list[i].Open += f.Open
			return list
		}
	}
	return append(list, f)
}
