package exporter

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/github-dev-exporter/github-dev-exporter/collector"
	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
)

// limits remembers which families of which scopes the series limit cut. It is
// safe for concurrent use.
type limits struct {
	log *slog.Logger

	mu    sync.Mutex // guards the rest
	cut   map[collector.Scope][]derive.Beyond
	known map[cutFamily]bool // those that were logged
}

type cutFamily struct {
	collector.Scope
	family string
}

// limitReport tells of a family that the series limit cut, and whose.
type limitReport struct {
	Project string `json:"project"`
	Owner   string `json:"owner"` // "" for a project that is shown as one
	Repo    string `json:"repo"`
	derive.Beyond
}

// set notes what was cut of a scope, and logs of each family once.
func (l *limits) set(scope collector.Scope, cut []derive.Beyond, limit int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut == nil {
		l.cut, l.known = map[collector.Scope][]derive.Beyond{}, map[cutFamily]bool{}
	}
	delete(l.cut, scope)
	if len(cut) > 0 {
		l.cut[scope] = cut
	}
	for _, c := range cut {
		if key := (cutFamily{scope, c.Family}); !l.known[key] {
			l.known[key] = true
			l.log.Warn("series limit reached; what came last is counted under the label value other", "family", c.Family,
				"project", scope.Project, "owner", scope.Owner, "repo", scope.Repo, "series_limit", limit, "left_out", c.Dropped)
		}
	}
}

// keep forgets the scopes that are not shown any more.
func (l *limits) keep(shown []collector.Scope) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for scope := range l.cut {
		if !slices.Contains(shown, scope) {
			delete(l.cut, scope)
		}
	}
}

// report lists what is cut by scope.
func (l *limits) report() []limitReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []limitReport{}
	for scope, cut := range l.cut {
		for _, c := range cut {
			list = append(list, limitReport{scope.Project, scope.Owner, scope.Repo, c})
		}
	}
	slices.SortFunc(list, func(a, b limitReport) int {
		return slices.Compare([]string{a.Project, a.Owner, a.Repo, a.Family}, []string{b.Project, b.Owner, b.Repo, b.Family})
	})
	return list
}

// text tells people of it.
func (r limitReport) text() string {
	return fmt.Sprintf("The series limit has no room for %s of %s: counted as other", plural(r.Dropped, "label value"), r.Family)
}

// limitNotes gives the notes on a repository, or on a project that is shown as one.
func limitNotes(cut []limitReport, project, owner, repo string) []string {
	var notes []string
	for _, r := range cut {
		if r.Project == project && r.Owner == owner && r.Repo == repo {
			notes = append(notes, r.text())
		}
	}
	return notes
}
