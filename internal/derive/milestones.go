package derive

import (
	"cmp"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// MilestoneFigure is how many issues an open milestone has, as GitHub counted
// them when they were read last: milestones have no history.
type MilestoneFigure struct {
	Milestone    string // its title
	Open, Closed int
}

// Milestones gives the open milestones by title, those of one title together.
func (f *Figures) Milestones() []MilestoneFigure { return f.milestones.figures }

// MilestonesBeyond tells how many milestones are counted as OtherLabel because
// of the series limit.
func (f *Figures) MilestonesBeyond() int { return f.milestones.beyond }

// milestoneFigures are the figures of all milestones.
type milestoneFigures struct {
	figures []MilestoneFigure
	beyond  int
}

// milestonesOf sums up the open milestones. What the series limit leaves no
// room for is OtherLabel, the newest ones.
func milestonesOf(states []*model.State, limit int) milestoneFigures {
	room := max(limit/2-1, 0) // two states each; one is for OtherLabel
	var out milestoneFigures
	index := map[string]int{}
	for _, m := range openMilestones(states) {
		n, known := index[m.Title]
		if !known {
			title := m.Title
			if limit > 0 && len(index) >= room {
				title = OtherLabel
				out.beyond++
			}
			n = out.of(title)
			index[m.Title] = n
		}
		out.figures[n].Open += m.Open
		out.figures[n].Closed += m.Closed
	}
	slices.SortFunc(out.figures, func(a, b MilestoneFigure) int { return cmp.Compare(a.Milestone, b.Milestone) })
	return out
}

// of gives the number of a title's figure.
func (f *milestoneFigures) of(title string) int {
	n := slices.IndexFunc(f.figures, func(m MilestoneFigure) bool { return m.Milestone == title })
	if n < 0 {
		n = len(f.figures)
		f.figures = append(f.figures, MilestoneFigure{Milestone: title})
	}
	return n
}

// openMilestones gives the open ones in the order of their creation.
func openMilestones(states []*model.State) []model.Milestone {
	var open []model.Milestone
	for _, s := range states {
		if s.History == nil {
			continue
		}
		for _, m := range s.History.Milestones {
			if m.GoneAt == 0 && m.Title != "" {
				open = append(open, m)
			}
		}
	}
	slices.SortStableFunc(open, func(a, b model.Milestone) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.Title, b.Title))
	})
	return open
}
