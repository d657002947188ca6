package derive

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// weeks is a history whose days are seen through windows of two and ten days.
func weeks(t testing.TB) *past {
	p := newPast(t)
	p.rules.Windows = []time.Duration{48 * time.Hour, 240 * time.Hour}
	p.line("root", "a", "b", "c").merged(1, day/2, "a").merged(2, 5*day, "b")
	p.deploy(1, "production", "root", "10 success").deploy(2, "production", "a", fmt.Sprint(day, " success"))
	p.deploy(3, "production", "b", fmt.Sprint(6*day, " success")).deploy(4, "production", "a", fmt.Sprint(6*day+hour, " success"))
	return p.opened(5, 6*day+60, incidentAt(6*day+60), closed(7*day, ""))
}

func TestDoraFigures(t *testing.T) {
	p := weeks(t)
	if e := p.at(9).Environments()[0]; e.LastSuccess != 0 || e.Windows != nil || e.Known {
		t.Errorf("before the first success: %+v", e)
	}
	for _, test := range []struct {
		at   int
		last int
		want []DoraFigures
	}{
		{10, 10, []DoraFigures{{"2d", 0.5, 0.5, 1, 0, 0}, {"10d", 0.1, 0.1, 1, 0, 0}}},
		{day, day, []DoraFigures{{"2d", 1, 0.5, 2, 0, 0}, {"10d", 0.2, 0.1, 2, 0, 0}}},
		{day + 10, day, []DoraFigures{{"2d", 1, 1, 2, 0, 0}, {"10d", 0.2, 0.2, 2, 0, 0}}},
		{2*day + 10, day, []DoraFigures{{"2d", 0.5, 0.5, 1, 0, 0}, {"10d", 0.2, 0.2, 2, 0, 0}}},
		{3 * day, day, []DoraFigures{{"2d", 0, 0, 0, 0, 0}, {"10d", 0.2, 0.1, 2, 0, 0}}},
		{7 * day, 6*day + hour, []DoraFigures{{"2d", 1, 1, 2, 1, 1}, {"10d", 0.4, 0.3, 4, 1, 1}}},
		{30 * day, 6*day + hour, []DoraFigures{{"2d", 0, 0, 0, 0, 0}, {"10d", 0, 0, 0, 0, 0}}},
	} {
		e := p.at(test.at).Environments()[0]
		if diff := cmp.Diff(test.want, e.Windows); diff != "" || e.LastSuccess != t0+model.Instant(test.last) {
			t.Errorf("at %d: last %d %s", test.at, e.LastSuccess-t0, diff)
		}
	}
	none := p.at(30 * day).Environments()[0].Windows[0]
	if _, any := none.FailureRatio(); any {
		t.Error("a ratio of nothing")
	}
	week := p.at(7 * day).Environments()[0].Windows[1]
	if failed, ok := week.FailureRatio(); failed != 0.25 || !ok {
		t.Error("failure ratio", failed)
	}
	if rework, ok := week.ReworkRatio(); rework != 0.25 || !ok {
		t.Error("rework ratio", rework)
	}
}

// Several repositories are one set: quantiles of all their durations, days on
// which any was deployed.
func TestDoraOfProject(t *testing.T) {
	one, two := weeks(t), newPast(t)
	two.line("root", "a").merged(1, 3*day, "a")
	two.deploy(1, "production", "root", "5 success").deploy(2, "production", "a", fmt.Sprint(4*day, " success"))
	f := Evaluate([]*model.State{one.state(), two.state()}, one.rules, t0+7*day)
	want := []DoraFigures{{"2d", 1, 1, 2, 1, 1}, {"10d", 0.6, 0.4, 6, 1, 1}}
	if diff := cmp.Diff(want, f.Environments()[0].Windows); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, cell := range f.Cells(ChangeLeadTime) {
		for _, q := range cell.Quantiles() {
			got = append(got, fmt.Sprint(cell.Labels, q.Window, q.Q, " ", q.Value))
		}
	}
	if diff := cmp.Diff([]string{
		fmt.Sprint("[production first_commit]2d0.5 ", 6*day+60), fmt.Sprint("[production first_commit]2d0.9 ", 6*day+60),
		fmt.Sprint("[production first_commit]10d0.5 ", 4*day+60), fmt.Sprint("[production first_commit]10d0.9 ", 5.6*day+60),
		fmt.Sprint("[production opened]2d0.5 ", 6*day), fmt.Sprint("[production opened]2d0.9 ", 6*day),
		fmt.Sprint("[production opened]10d0.5 ", 4*day), fmt.Sprint("[production opened]10d0.9 ", 5.6*day),
		fmt.Sprint("[production merged]2d0.5 ", day), fmt.Sprint("[production merged]2d0.9 ", day),
		fmt.Sprint("[production merged]10d0.5 ", day), fmt.Sprint("[production merged]10d0.9 ", day),
	}, got); diff != "" {
		t.Error(diff)
	}
}

// Zeros are there for all that is configured, and nothing else is.
func TestCells(t *testing.T) {
	p := newPast(t)
	p.rules.Deployments = append(p.rules.Deployments, DeploymentSource{Source: "events"})
	p.rules.Incidents = p.rules.Incidents[:1]
	f := p.at(0)
	labels := func(s model.Series) (sets []string) {
		for _, cell := range f.Cells(s) {
			if cell.Count() != 0 || cell.Quantiles() != nil || cell.Distribution().Count != 0 {
				t.Errorf("%s: %v is not zero", Metric(s), cell.Labels)
			}
			if len(cell.Labels) != len(LabelNames(s)) {
				t.Errorf("%s: %v for %v", Metric(s), cell.Labels, LabelNames(s))
			}
			sets = append(sets, fmt.Sprint(cell.Labels))
		}
		return sets
	}
	for s, want := range map[model.Series][]string{
		DeploymentsFinished: {
			"[production deployments success]", "[production deployments failure]", "[production releases success]",
			"[production releases failure]", "[production events success]", "[production events failure]",
			"[staging deployments success]", "[staging deployments failure]", "[staging events success]", "[staging events failure]",
		},
		ChangeLeadTime: {
			"[production first_commit]", "[production opened]", "[production merged]",
			"[staging first_commit]", "[staging opened]", "[staging merged]",
		},
		FailedChanges: {
			"[production explicit]", "[production revert]", "[production fix]", "[production nearest]",
			"[staging explicit]", "[staging revert]", "[staging fix]", "[staging nearest]",
		},
		Rework: {"[production]", "[staging]"}, Recovery: {"[production]", "[staging]"},
		IncidentsUnlinked: {"[issues]"}, IncidentResolve: {"[issues]"},
		ChangeStage: {"[coding]", "[draft]", "[pickup]", "[review]", "[merge_wait]", "[deploy]"},
		ChangeStageMissing: {
			"[coding no_commits]", "[coding negative]", "[draft negative]", "[pickup no_review]", "[pickup negative]",
			"[review no_review]", "[review no_approval]", "[review negative]", "[merge_wait no_approval]", "[merge_wait negative]",
			"[deploy negative]", "[deploy first_deployment]", "[deploy no_tag_time]",
		},
		IssuesOpened: {"[human]", "[bot]"},
	} {
		if diff := cmp.Diff(want, labels(s), cmpopts.SortSlices(strings.Compare)); diff != "" {
			t.Errorf("%s: %s", Metric(s), diff)
		}
	}
	if diff := cmp.Diff([]IncidentFigure{{"issues", "none", 0, 0}}, f.Incidents()); diff != "" {
		t.Error(diff)
	}
}

// Severities that the limit leaves no room for are other, whatever was
// admitted stays.
func TestSeveritiesWithinLimit(t *testing.T) {
	p := newPast(t)
	p.rules.Incidents = p.rules.Incidents[3:]
	for n := range 12 {
		p.history.Incidents = append(p.history.Incidents, model.Incident{
			ID: fmt.Sprint(n), Source: "events", OpenedAt: t0 + model.Instant(n), Severity: fmt.Sprint("s", 12-n),
		})
	}
	p.rules.SeriesLimit = 8
	var got []string
	for _, i := range p.at(100).Incidents() {
		got = append(got, fmt.Sprint(i.Severity, " ", i.Count, " ", i.Open))
	}
	if diff := cmp.Diff([]string{"none 0 0", "other 9 9", "s10 1 1", "s11 1 1", "s12 1 1"}, got); diff != "" {
		t.Error(diff)
	}
}

// What other rules made of a repository, while it is being made anew, breaks nothing.
func TestChangesOfOtherRules(t *testing.T) {
	p := weeks(t)
	s := p.state()
	p.rules.Environments = nil
	f := Evaluate([]*model.State{s}, p.rules, forever)
	if len(f.Environments()) != 0 || len(f.Cells(ChangeLeadTime)) != 0 {
		t.Error("environments that are not configured")
	}
	if f.Cells(ChangeStage)[deployStage].Distribution().Count != 2 {
		t.Error("stages are missing")
	}
}
