package derive

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// MaxEnvironments is how many environments Rules may have.
const MaxEnvironments = 255

// Production is the environment of what names none, and of the stage deploy.
const Production = "production"

// Environment is a configured environment.
type Environment struct {
	Name  string
	Match *Matcher // names that GitHub's deployments use for it
}

// DeploymentSource is a configured source of deployments.
type DeploymentSource struct {
	Source      string         // one of DeploymentSources
	Workflow    string         // file name; of workflow
	Environment string         // of workflow, releases, tags and merges; "" for Production
	Match       *regexp.Regexp // of tags: their names; nil for all
	Branch      string         // of merges; "" for the default branch
}

// IncidentSource is a configured source of incidents.
type IncidentSource struct {
	Source   string    // one of IncidentSources
	Labels   *Matcher  // of issues: labels that make an issue an incident
	Severity *Severity // of issues: labels that tell the severity; nil for none
}

// The kinds of sources; figures number them so.
var (
	DeploymentSources = []string{"deployments", "workflow", "releases", "tags", "merges", "events"}
	IncidentSources   = []string{"issues", "reverts", "alertmanager", "events"}
)

// Numbers of DeploymentSources.
const (
	fromDeployments = iota
	fromWorkflow
	fromReleases
	fromTags
	fromMerges
)

// Numbers of IncidentSources.
const (
	byIssue = iota
	byRevert
)

// noSeverity is the severity of an incident that has none.
const noSeverity = "none"

// environment gives the number of an environment by its configured name, "" being
// Production; -1 if it is not configured.
func (r *Rules) environment(name string) int {
	if name == "" {
		name = Production
	}
	return slices.IndexFunc(r.Environments, func(e Environment) bool { return e.Name == name })
}

// environmentOf gives the number of the first environment that a deployment's
// own name for it matches, -1 if none does.
func (r *Rules) environmentOf(name string) int {
	return slices.IndexFunc(r.Environments, func(e Environment) bool { return e.Match.Match(name) })
}

// reaches reports whether a source may deploy to an environment.
func (s *DeploymentSource) reaches(environment string) bool {
	switch s.Source {
	case DeploymentSources[fromDeployments], "events":
		return true
	}
	return environment == s.Environment || s.Environment == "" && environment == Production
}

// incidentsFrom reports whether incidents of a source are configured.
func (r *Rules) incidentsFrom(source string) bool {
	return slices.ContainsFunc(r.Incidents, func(s IncidentSource) bool { return s.Source == source })
}

// Severity reads an incident's severity from a label's name.
type Severity struct{ pattern *regexp.Regexp }

// NewSeverity compiles a name, a glob, or `re:` and a regular expression, as
// NewMatcher does. Its errors are those of CheckPattern.
func NewSeverity(pattern string) (*Severity, error) {
	if err := CheckPattern(pattern); err != nil {
		return nil, err
	}
	source, isRegexp := strings.CutPrefix(pattern, "re:")
	if !isRegexp {
		source, _ = globSource(pattern, "(", ")")
	}
	compiled, err := regexp.Compile(source)
	if err != nil {
		return nil, fmt.Errorf("%w %q: %w", ErrPattern, pattern, err)
	}
	return &Severity{compiled}, nil
}

// Value gives what the pattern's first wildcard, or the first group of a
// regular expression, matched of a label's name, and the whole name where there
// is none; false if the label is no severity.
func (s *Severity) Value(label string) (string, bool) {
	if s == nil {
		return "", false
	}
	match := s.pattern.FindStringSubmatch(label)
	switch {
	case match == nil:
		return "", false
	case len(match) > 1 && match[1] != "":
		return match[1], true
	}
	return label, true
}

// blamesNothing is the label that opts an incident out: no change caused it.
const blamesNothing = "not-caused-by-change"

// hotfixLabel is the label of a pull request that makes its deployment rework.
const hotfixLabel = "hotfix"
