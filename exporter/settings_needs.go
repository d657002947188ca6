package exporter

import (
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/ingest"
)

// needs gives what of the history of a project's repositories its figures are
// made of. Incidents need nothing more: those that blame a deployment need
// deployments, and reverts are pull requests.
func needs(p ProjectConfig, rules derive.Rules) ingest.Needs {
	n := ingest.Needs{Environment: func(name string) bool {
		return slices.ContainsFunc(rules.Environments, func(e derive.Environment) bool { return e.Match.Match(name) })
	}}
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
	if len(files) > 0 {
		slices.Sort(files)
		n.Workflows = ingest.Workflows{
			Key:   strings.Join(slices.Compact(files), ","),
			Match: func(file string) bool { return slices.Contains(files, file) },
		}
	}
	return n
}
