package collector

// milestoneFamilies has no history: GitHub tells only how milestones are now.
func milestoneFamilies() []Family {
	return []Family{{
		Name: "github_dev_milestone_issues", Labels: []string{"milestone", "state"},
		Help: "Issues of the milestones that are open, by state, with other for those beyond the limit; absent for a milestone that is closed.",
		Emit: func(in *Input, out *Sink) {
			for _, m := range in.Figures.Milestones() {
				out.Value(float64(m.Open), m.Milestone, "open")
				out.Value(float64(m.Closed), m.Milestone, "closed")
			}
		},
	}}
}
