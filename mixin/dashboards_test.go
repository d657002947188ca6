package mixin

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// kinds are the kinds of panels: those that can be drawn without a Grafana
// server, so that every one of them has been looked at.
var kinds = []string{"row", "stat", "timeseries", "table", "bargauge"}

func TestDashboardsAreComplete(t *testing.T) {
	uids := map[string]string{}
	for _, d := range dashboards(t) {
		t.Run(d.file, func(t *testing.T) {
			if other, taken := uids[d.UID]; taken {
				t.Errorf("has the uid %q of %s", d.UID, other)
			}
			uids[d.UID] = d.file
			if want := "github-dev-" + strings.TrimSuffix(d.file, ".json"); d.UID != want {
				t.Errorf("has the uid %q, want %q, which stays the same", d.UID, want)
			}
			if d.Title == "" || d.Description == "" || len(d.Tags) == 0 || len(d.Links) == 0 {
				t.Error("lacks a title, a description, a tag or links to the other dashboards")
			}
			if len(d.Panels) < 5 {
				t.Errorf("has %d panels", len(d.Panels))
			}
			d.checkVariables(t)
			d.checkPanels(t)
			d.checkPlaces(t)
		})
	}
}

// checkVariables finds variables that are not explained, not there or not used.
func (d dashboard) checkVariables(t *testing.T) {
	t.Helper()
	text := string(d.text)
	var names []string
	for _, v := range d.Templating.List {
		names = append(names, v.Name)
		if v.Label == "" || v.Description == "" {
			t.Errorf("the variable %s lacks a label or a description", v.Name)
		}
		if v.IncludeAll && v.AllValue != ".*" {
			t.Errorf("All of the variable %s is %q, want .*: a project with detail: project has no repository", v.Name, v.AllValue)
		}
		uses := strings.Count(text, "$"+v.Name) + strings.Count(text, "${"+v.Name)
		if uses == 0 {
			t.Errorf("the variable %s is not used", v.Name)
		}
	}
	if len(names) == 0 || names[0] != "datasource" {
		t.Errorf("the first variable is not the data source: %v", names)
	}
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			for _, m := range usedVariable.FindAllStringSubmatch(q.Expr, -1) {
				if !slices.Contains(names, m[1]) && grafanas[m[1]] == "" {
					t.Errorf("%s: there is no variable %s", p.Title, m[1])
				}
			}
		}
	}
}

var usedVariable = regexp.MustCompile(`\$\{?(\w+)`)

// checkPanels finds panels that a stranger could not read.
func (d dashboard) checkPanels(t *testing.T) {
	t.Helper()
	ids, titles := map[int]bool{}, map[string]bool{}
	for _, p := range d.Panels {
		if p.ID == 0 || ids[p.ID] || p.Title == "" || titles[p.Title] {
			t.Errorf("panel %d, %q: its id or title is missing or that of another", p.ID, p.Title)
		}
		ids[p.ID], titles[p.Title] = true, true
		if !slices.Contains(kinds, p.Type) {
			t.Errorf("%s: is a %s, want one of %v", p.Title, p.Type, kinds)
		}
		if p.Type == "row" {
			continue
		}
		if len(p.Description) < 20 || !strings.HasSuffix(p.Description, ".") {
			t.Errorf("%s: its description does not say what its figures mean: %q", p.Title, p.Description)
		}
		if p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
			t.Errorf("%s: lacks a unit or queries", p.Title)
		}
		for _, q := range p.Targets {
			if p.Type == "timeseries" && q.LegendFormat == "" {
				t.Errorf("%s: %s lacks a legend", p.Title, q.RefID)
			}
			if fixedRate.MatchString(q.Expr) {
				t.Errorf("%s: %s: a rate over a fixed time does not follow the zoom: use $__rate_interval, or increase over days", p.Title, q.RefID)
			}
		}
	}
}

var fixedRate = regexp.MustCompile(`\b(rate|irate)\([^\[]*\[\d`)

// checkPlaces finds panels that overlap or stick out.
func (d dashboard) checkPlaces(t *testing.T) {
	t.Helper()
	taken := map[[2]int]string{}
	for _, p := range d.Panels {
		g := p.GridPos
		if g.W < 1 || g.H < 1 || g.X < 0 || g.X+g.W > 24 {
			t.Errorf("%s: sticks out: %+v", p.Title, g)
		}
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("%s: covers %s", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
}
