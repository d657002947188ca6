package exporter

import (
	"fmt"
	"slices"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/collector"
	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/ingest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// settings is what a configuration means to the packages that do the work. It
// never changes; a reload makes another one.
type settings struct {
	config   Config
	projects []ingest.Project
	rules    map[string]derive.Rules // by project
	builder  *collector.Builder
}

func newSettings(valid Valid, groups map[string]bool) (*settings, error) {
	s := &settings{config: valid.config, rules: map[string]derive.Rules{}}
	s.builder = collector.NewBuilder(s.collectorOptions(groups))
	for _, p := range s.config.Projects {
		rules, err := s.projectRules(p)
		if err != nil {
			return nil, fmt.Errorf("project %s: %w", p.Name, err)
		}
		s.rules[p.Name] = rules
		s.projects = append(s.projects, ingest.Project{
			Name: p.Name, Repositories: p.Repositories, Exclude: p.Exclude, Needs: s.needs(p, rules),
		})
	}
	return s, nil
}

func (s *settings) collectorOptions(groups map[string]bool) collector.Options {
	return collector.Options{Groups: groups, Histograms: s.config.Histograms}
}

// digest makes facts by the rules of the project that a repository belongs to.
func (s *settings) digest(projectOf func(repo int64) string) mirror.Digest {
	return func(repo model.Repository) mirror.Digester {
		rules := s.rules[projectOf(repo.ID)]
		return mirror.Digester{
			Items:   derive.Digest(rules),
			Changes: func(state *model.State) *model.Changes { return derive.Changes(state, rules) },
		}
	}
}

// digestFor gives the digest for a mirror that is being opened: which project a
// repository belongs to is told by what is stored, and by the engine once
// there is one.
func (s *settings) digestFor(running func() *engine) digestFor {
	return func(m *mirror.Mirror) (mirror.Digest, error) {
		owners, err := ingest.Owners(m, s.projects)
		return s.digest(func(repo int64) string {
			if eng := running(); eng != nil {
				return eng.projectOf(repo)
			}
			return owners[repo]
		}), err
	}
}

// perProject reports whether the project is shown as one.
func (s *settings) perProject(name string) bool {
	return slices.ContainsFunc(s.config.Projects, func(p ProjectConfig) bool {
		return p.Name == name && p.Detail == "project"
	})
}

func (s *settings) intervals() ingest.Intervals {
	return ingest.Intervals{
		Probe:    time.Duration(s.config.Intervals.Probe),
		Comments: time.Duration(s.config.Intervals.Comments),
		Runs:     time.Duration(s.config.Intervals.WorkflowRuns),
		Sweep:    time.Duration(s.config.Intervals.Sweep),
	}
}
