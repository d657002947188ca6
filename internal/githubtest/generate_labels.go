package githubtest

import "time"

// The labels that the generator's bots and people use.
const (
	labelBug       = "kind/bug"
	labelFeature   = "kind/feature"
	labelDocs      = "kind/documentation"
	labelCleanup   = "kind/cleanup"
	labelFlake     = "kind/flake"
	labelUrgent    = "priority/critical-urgent"
	labelSoon      = "priority/important-soon"
	labelLongterm  = "priority/important-longterm"
	labelBacklog   = "priority/backlog"
	labelLGTM      = "lgtm"
	labelApproved  = "approved"
	labelRebase    = "needs-rebase"
	labelHold      = "do-not-merge/hold"
	labelWIP       = "do-not-merge/work-in-progress"
	labelTriage    = "needs-triage"
	labelDuplicate = "triage/duplicate"
	labelStale     = "lifecycle/stale"
	labelIncident  = "incident"
	labelHotfix    = "hotfix"
	labelDeps      = "dependencies"
	labelHelp      = "help wanted"
	labelInnocent  = "not-caused-by-change"
	labelRegress   = "regression" // is deleted one day
)

var labelColors = []struct{ name, color, about string }{
	{labelBug, "e11d21", "Something does not work"},
	{labelFeature, "c7def8", "Something new"},
	{labelDocs, "c7def8", ""},
	{labelCleanup, "c7def8", ""},
	{labelFlake, "f7c6c7", "A test that fails now and then"},
	{labelUrgent, "e11d21", "Work on it now"},
	{labelSoon, "eb6420", ""},
	{labelLongterm, "fbca04", ""},
	{labelBacklog, "fef2c0", ""},
	{labelLGTM, "15dd18", "Ready to be merged as to its content"},
	{labelApproved, "0ffa16", "Approved by an owner"},
	{labelRebase, "e11d21", "Cannot be merged"},
	{labelHold, "e11d21", "Someone asked to wait"},
	{labelWIP, "e11d21", "A draft"},
	{labelTriage, "ededed", "Nobody has looked at it yet"},
	{labelDuplicate, "d455d0", ""},
	{labelStale, "795548", "No activity for long"},
	{labelIncident, "b60205", "Users are affected"},
	{"severity/1", "b60205", ""},
	{"severity/2", "d93f0b", ""},
	{"severity/3", "fbca04", ""},
	{labelHotfix, "d93f0b", ""},
	{labelDeps, "0366d6", "Updates a dependency"},
	{labelHelp, "006b75", ""},
	{"good first issue", "7057ff", ""},
	{labelInnocent, "bfdadc", ""},
	{labelRegress, "e11d21", ""},
	{"size/XS", "009900", ""},
	{"size/S", "77bb00", ""},
	{"size/M", "eebb00", ""},
	{"size/L", "ee9900", ""},
	{"size/XL", "ee5500", ""},
}

// addLabels makes the repository's labels. One is renamed during its life, one
// is deleted.
func (g *generator) addLabels() {
	span := g.end.Sub(g.start)
	for _, l := range labelColors {
		g.repo.Labels = append(g.repo.Labels, &Label{Name: l.name, Color: l.color, Description: l.about})
	}
	for _, area := range g.theme.areas {
		g.repo.Labels = append(g.repo.Labels, &Label{Name: "area/" + area, Color: "0052cc"})
	}
	if span < 60*day {
		return
	}
	for _, l := range g.repo.Labels {
		switch l.Name {
		case labelBacklog:
			l.Renames = []LabelRename{{At: g.start.Add(span / 2), Name: "priority/low"}}
		case labelRegress:
			l.CreatedAt, l.DeletedAt = g.start.Add(span/10), g.start.Add(span*2/3)
		}
	}
}

// sizeLabel gives the label of a change of so many lines.
func sizeLabel(lines int) string {
	switch {
	case lines < 10:
		return "size/XS"
	case lines < 30:
		return "size/S"
	case lines < 100:
		return "size/M"
	case lines < 500:
		return "size/L"
	}
	return "size/XL"
}

// regressions reports whether the label for regressions exists at an instant.
func (g *generator) regressions(at Time) bool {
	span := g.end.Sub(g.start)
	return span >= 60*day && at > g.start.Add(span/10) && at < g.start.Add(span*2/3-time.Hour)
}
