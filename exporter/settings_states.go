package exporter

import (
	"fmt"
	"regexp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// itemKind gives the kind that a configuration names, 0 for any other word.
func itemKind(word string) model.Kind {
	for _, kind := range []model.Kind{model.Issue, model.PullRequest} {
		if kind.String() == word {
			return kind
		}
	}
	return 0
}

// configuredStates gives the states whose items are exported.
func configuredStates(configured []StateConfig) (out []derive.State, err error) {
	for _, s := range configured {
		state := derive.State{Name: s.Name, Kind: itemKind(s.Kind)}
		if state.When, err = derive.ParseCondition(s.When, state.Kind); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		out = append(out, state)
	}
	return out, nil
}

// configuredEvents gives the events that are counted.
func configuredEvents(configured []EventConfig) (out []derive.Event, err error) {
	for _, e := range configured {
		event := derive.Event{Name: e.Name, Kind: itemKind(e.Kind), ByAuthor: e.ByAuthor}
		if e.Event != "" {
			part, err := derive.ParseEvent(e.Event, event.Kind)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.Name, err)
			}
			event.Part = &part
		}
		if e.Comment != "" {
			if event.Comment, err = regexp.Compile(e.Comment); err != nil {
				return nil, fmt.Errorf("%s: comment: %w", e.Name, err)
			}
		}
		out = append(out, event)
	}
	return out, nil
}
