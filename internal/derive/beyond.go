package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// Beyond is a family for whose label values the series limit has no room:
// those that came last are counted as OtherLabel.
type Beyond struct {
	Family  string `json:"family"`
	Dropped int    `json:"dropped"` // values that are counted as OtherLabel
}

// Beyond lists the families that the series limit cut.
func (f *Figures) Beyond() []Beyond {
	var list []Beyond
	add := func(dropped int, families ...string) {
		for _, family := range families {
			if dropped > 0 {
				list = append(list, Beyond{family, dropped})
			}
		}
	}
	add(f.LabelsBeyond(model.Issue), IssuesLabeledMetric)
	add(f.LabelsBeyond(model.PullRequest), PullsLabeledMetric)
	add(f.incidentsBeyond, IncidentsMetric)
	for _, s := range workflowSeries {
		add(f.workflowsBeyond, Metric(s))
	}
	add(f.MilestonesBeyond(), MilestonesMetric)
	add(f.authorsBeyond, EventsByAuthorMetric)
	return list
}
