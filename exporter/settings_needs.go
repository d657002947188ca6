package exporter

import (
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/ingest"
)

// needs gives what of the history of a project's repositories its figures are
// made of. Incidents need nothing more: those that blame a deployment need
// deployments, and reverts are pull requests. Runs of workflows and milestones
// are read where their families are exported.
func (s *settings) needs(p ProjectConfig, rules derive.Rules) ingest.Needs {
	n := ingest.Needs{
		Environment: func(name string) bool {
			return slices.ContainsFunc(rules.Environments, func(e derive.Environment) bool { return e.Match.Match(name) })
		},
		Milestones: s.builder.Exports(derive.MilestonesMetric),
	}
	var files []string
	for _, d := range p.Deployments {
		switch d.Source {
		case "deployments":
			n.Deployments = true
		case "releases":
			n.Releases = true
		case "tags":
			n.Tags, n.Releases = true, true // a lightweight tag has the time of its release
		case "merges":
			n.Merges = append(n.Merges, d.Branch)
		case "workflow":
			files = append(files, d.Workflow)
		}
	}
	n.Workflows = s.workflows(p, rules, files)
	return n
}

// workflows chooses the workflows whose runs are deployments, and those that
// become series.
func (s *settings) workflows(p ProjectConfig, rules derive.Rules, deploying []string) ingest.Workflows {
	var out ingest.Workflows
	if len(deploying) > 0 {
		out.Deploys = func(file string) bool { return slices.Contains(deploying, file) }
		out.Match = out.Deploys
	}
	keys := slices.Clone(deploying)
	if len(p.Workflows) > 0 && s.builder.Exports(derive.Metric(derive.WorkflowRuns)) {
		keys = append(keys, p.Workflows...)
		out.Match = func(file string) bool { return slices.Contains(deploying, file) || rules.Workflows.Match(file) }
	}
	slices.Sort(keys)
	out.Key = strings.Join(slices.Compact(keys), ",")
	return out
}
