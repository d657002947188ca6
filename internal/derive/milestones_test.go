package derive

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestMilestones(t *testing.T) {
	first := &model.State{History: &model.History{Milestones: []model.Milestone{
		{Number: 1, Title: "v1", Open: 2, Closed: 3, CreatedAt: 10},
		{Number: 2, Title: "v2", Open: 5, CreatedAt: 30},
		{Number: 3, Title: "closed", Open: 1, CreatedAt: 5, GoneAt: 99},
		{Number: 4, Open: 1, CreatedAt: 5},
	}}}
	second := &model.State{History: &model.History{Milestones: []model.Milestone{
		{Number: 1, Title: "v2", Open: 1, Closed: 1, CreatedAt: 20},
		{Number: 2, Title: "later", Open: 7, CreatedAt: 40},
		{Number: 3, Title: "v0", Closed: 1, CreatedAt: 1},
	}}}
	for _, test := range []struct {
		name   string
		states []*model.State
		limit  int
		want   []MilestoneFigure
		beyond int
	}{
		{"nothing stored", []*model.State{{}}, 0, nil, 0},
		{"open ones", []*model.State{first}, 1000, []MilestoneFigure{{"v1", 2, 3}, {"v2", 5, 0}}, 0},
		{"of two repositories", []*model.State{first, second}, 0, []MilestoneFigure{{"later", 7, 0}, {"v0", 0, 1}, {"v1", 2, 3}, {"v2", 6, 1}}, 0},
		{"more than may be, the oldest first", []*model.State{first, second}, 6, []MilestoneFigure{{"other", 13, 1}, {"v0", 0, 1}, {"v1", 2, 3}}, 2},
		{"no room at all", []*model.State{first}, 1, []MilestoneFigure{{"other", 7, 3}}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := Evaluate(test.states, Rules{SeriesLimit: test.limit}, t0)
			if diff := cmp.Diff(test.want, f.Milestones()); diff != "" {
				t.Error(diff)
			}
			if f.MilestonesBeyond() != test.beyond {
				t.Errorf("%d are beyond the limit, want %d", f.MilestonesBeyond(), test.beyond)
			}
		})
	}
}
