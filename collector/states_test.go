package collector

import (
	"regexp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// configuredStates and configuredEvents are what the tests' rules name.
func configuredStates() []derive.State {
	return []derive.State{
		{Name: "waiting", Kind: model.Issue, When: condition(model.Issue, "opened", "!commented")},
		{Name: "waiting", Kind: model.PullRequest, When: condition(model.PullRequest, "opened", "!approved")},
		{Name: "helped", Kind: model.PullRequest, When: condition(model.PullRequest, "labeled:help", "!closed")},
	}
}

func configuredEvents() []derive.Event {
	return []derive.Event{
		{Name: "closed", Kind: model.Issue, Part: event("closed", model.Issue), ByAuthor: true},
		{Name: "contributions", Kind: model.PullRequest, Part: event("opened", model.PullRequest), Comment: regexp.MustCompile("."), ByAuthor: true},
		{Name: "retest", Kind: model.PullRequest, Comment: regexp.MustCompile("(?m)^/retest$")},
		{Name: "blocked", Kind: model.PullRequest, Part: event("changes_requested", model.PullRequest)},
	}
}

func condition(kind model.Kind, parts ...string) derive.Condition {
	c, err := derive.ParseCondition([][]string{parts}, kind)
	if err != nil {
		panic(err)
	}
	return c
}

func event(text string, kind model.Kind) *derive.Part {
	p, err := derive.ParseEvent(text, kind)
	if err != nil {
		panic(err)
	}
	return &p
}
