package derive

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Cell is one label set of a series and what it comes to.
type Cell struct {
	Labels []string // values, in the order of LabelNames
	slot   *slot
	bounds []uint32
	exact  []Quantile
}

// Count gives a counter's value.
func (c Cell) Count() uint64 { return c.slot.count }

// Distribution gives a histogram's values.
func (c Cell) Distribution() Distribution { return c.slot.distribution(c.bounds) }

// Quantiles gives the exact quantiles of the windows in which something was
// observed, by window and quantile as the rules list them.
func (c Cell) Quantiles() []Quantile { return c.exact }

// LabelNames gives all labels of a series' metric.
func LabelNames(s model.Series) []string {
	names := seriesRows[s].per.labels()
	for _, d := range seriesRows[s].dimensions {
		names = append(names, d.Label)
	}
	return names
}

// Cells gives every label set that a series has by the rules, with what it
// comes to: zeros too. Those of environments come by environment, those of
// states and events as the rules list them; sources that are not configured,
// and reasons for which a stage cannot be missing, have none, nor has a workflow
// that was never run.
func (f *Figures) Cells(s model.Series) []Cell {
	row := &seriesRows[s]
	if row.per == perWorkflow {
		return f.workflowCells[s]
	}
	sets := LabelSets(s)
	var cells []Cell
	for n := range f.layout.blocks[s] {
		first, exists := f.rules.blockValues(row.per, n)
		for sub, values := range sets {
			if !exists || !f.rules.has(s, n, values) {
				continue
			}
			slot := f.layout.slot(s, n, uint8(sub))
			cells = append(cells, Cell{
				Labels: slices.Concat(first, values), slot: &f.slots[slot], bounds: row.buckets, exact: f.exact[slot],
			})
		}
	}
	return cells
}

// has reports whether a series can have the label values by the rules.
func (r *Rules) has(s model.Series, environment int, values []string) bool {
	switch s {
	case DeploymentsFinished:
		return slices.ContainsFunc(r.Deployments, func(d DeploymentSource) bool {
			return d.Source == values[0] && d.reaches(r.Environments[environment].Name)
		})
	case IncidentsUnlinked, IncidentResolve:
		return r.incidentsFrom(values[0])
	case ChangeStageMissing:
		stage := slices.Index(byStage.Values, values[0])
		return slices.Contains(missingReasons[stage], Missing(values[1]))
	}
	return true
}
