package exporter

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
)

// projectRules compiles what a project's configuration says of its figures.
func (s *settings) projectRules(p ProjectConfig) (rules derive.Rules, err error) {
	rules = derive.Rules{
		Quantiles:      slices.Sorted(slices.Values(s.config.Quantiles)),
		Native:         s.config.Histograms != "classic",
		SeriesLimit:    s.config.SeriesLimit,
		IncidentWindow: time.Duration(p.IncidentWindow),
	}
	for _, w := range s.config.Windows {
		rules.Windows = append(rules.Windows, time.Duration(w))
	}
	if rules.Bots, err = derive.NewMatcher(p.Bots); err != nil {
		return rules, fmt.Errorf("bots: %w", err)
	}
	if rules.Labels, err = derive.NewMatcher(p.Labels); err != nil {
		return rules, fmt.Errorf("labels: %w", err)
	}
	if rules.Workflows, err = derive.NewMatcher(p.Workflows); err != nil {
		return rules, fmt.Errorf("workflows: %w", err)
	}
	if rules.Environments, err = environments(p.Environments); err != nil {
		return rules, fmt.Errorf("environments: %w", err)
	}
	if rules.Deployments, err = deploymentSources(p.Deployments); err != nil {
		return rules, fmt.Errorf("deployments: %w", err)
	}
	if rules.Incidents, err = incidentSources(p.Incidents); err != nil {
		return rules, fmt.Errorf("incidents: %w", err)
	}
	if rules.States, err = configuredStates(p.States); err != nil {
		return rules, fmt.Errorf("states: %w", err)
	}
	if rules.Events, err = configuredEvents(p.Events); err != nil {
		return rules, fmt.Errorf("events: %w", err)
	}
	return rules, nil
}

// environments gives the environments by name.
func environments(configured map[string][]string) (out []derive.Environment, err error) {
	for _, name := range slices.Sorted(maps.Keys(configured)) {
		e := derive.Environment{Name: name}
		if e.Match, err = derive.NewMatcher(configured[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, e)
	}
	return out, nil
}

// deploymentSources gives the sources of deployments in order of preference.
func deploymentSources(configured []DeploymentConfig) (out []derive.DeploymentSource, err error) {
	for _, d := range configured {
		source := derive.DeploymentSource{Source: d.Source, Workflow: d.Workflow, Environment: d.Environment, Branch: d.Branch}
		if d.Match != "" {
			if source.Match, err = regexp.Compile(d.Match); err != nil {
				return nil, fmt.Errorf("match: %w", err)
			}
		}
		out = append(out, source)
	}
	return out, nil
}

func incidentSources(configured []IncidentConfig) (out []derive.IncidentSource, err error) {
	for _, i := range configured {
		source := derive.IncidentSource{Source: i.Source}
		if source.Labels, err = derive.NewMatcher(i.Labels); err != nil {
			return nil, fmt.Errorf("labels: %w", err)
		}
		if i.Severity != "" {
			if source.Severity, err = derive.NewSeverity(i.Severity); err != nil {
				return nil, fmt.Errorf("severity: %w", err)
			}
		}
		out = append(out, source)
	}
	return out, nil
}
