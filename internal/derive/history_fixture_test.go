package derive

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// past is the history of a repository that a test writes. Instants are seconds
// after t0, commits have names of the test's own.
type past struct {
	t       testing.TB
	rules   Rules
	items   []*model.Item
	commits []model.BranchCommit
	history model.History
	repo    model.Repository
}

// newPast begins a history with the environments production and staging, whose
// sources are deployments, then releases, and whose incidents are issues and reverts.
func newPast(t testing.TB) *past {
	t.Helper()
	rules := rulesFor(t)
	rules.Environments = []Environment{
		{Production, matcher(t, "production", "prod-*")}, {"staging", matcher(t, "staging")},
	}
	rules.Deployments = []DeploymentSource{{Source: "deployments"}, {Source: "releases"}}
	severity, err := NewSeverity("severity/*")
	if err != nil {
		t.Fatal(err)
	}
	rules.Incidents = []IncidentSource{
		{Source: "issues", Labels: matcher(t, "incident"), Severity: severity},
		{Source: "reverts"},
		{Source: "alertmanager"},
		{Source: "events"},
	}
	rules.IncidentWindow = 72 * time.Hour
	return &past{t: t, rules: rules, repo: model.Repository{ID: 1, Owner: "octo", Name: "repo", CreatedAt: t0 - day, DefaultBranch: "main"}}
}

// oid gives the name of the commit that a test calls so; "" for "".
func oid(name string) string {
	if name == "" {
		return ""
	}
	sum := sha1.Sum([]byte(name))
	return hex.EncodeToString(sum[:])
}

// line adds commits, each the child of the one before; a+b is a merge of b,
// the first of all may be known already.
func (p *past) line(names ...string) *past {
	for i, name := range names {
		name, other, _ := strings.Cut(name, "+")
		var parents []string
		if i > 0 {
			before, _, _ := strings.Cut(names[i-1], "+")
			parents = append(parents, oid(before))
		}
		if other != "" {
			parents = append(parents, oid(other))
		}
		if i == 0 && slices.ContainsFunc(p.commits, func(c model.BranchCommit) bool { return c.OID == oid(name) }) {
			continue
		}
		p.commits = append(p.commits, model.BranchCommit{OID: oid(name), Parents: parents})
	}
	if p.history.Head == "" {
		name, _, _ := strings.Cut(names[len(names)-1], "+")
		p.history.Head = oid(name)
	}
	return p
}

// merged adds a pull request by alice that was opened at t0, with a commit a
// minute before, and merged as a commit.
func (p *past) merged(number, after int, commit string, changes ...change) *past {
	item := pull(append([]change{merge(after)}, changes...)...)
	item.Number, item.MergeOID = number, oid(commit)
	if item.BaseRef == "" {
		item.BaseRef = "main"
	}
	p.items = append(p.items, item)
	return p
}

// deploy adds a deployment; outcomes are `SECONDS STATE`.
func (p *past) deploy(id int64, environment, commit string, outcomes ...string) *past {
	d := model.Deployment{ID: id, Environment: environment, OID: oid(commit)}
	for i, outcome := range outcomes {
		after, state, _ := strings.Cut(outcome, " ")
		n, err := strconv.Atoi(after)
		if err != nil {
			p.t.Fatal(err)
		}
		d.Statuses = append(d.Statuses, model.DeploymentStatus{ID: fmt.Sprint(i), State: state, At: t0 + model.Instant(n)})
	}
	p.history.Deployments = append(p.history.Deployments, d)
	return p
}

// opened adds an issue.
func (p *past) opened(number, after int, changes ...change) *past {
	item := issue(append([]change{created(after)}, changes...)...)
	item.Number = number
	p.items = append(p.items, item)
	return p
}

// incident labels an issue as an incident so long after t0 and for good.
func incidentAt(after int) change {
	return set(func(it *model.Item) { labeled(after, "incident")(it); bears("incident")(it) })
}

// closes makes a pull request close an issue.
func closes(issue int) change {
	return func(it *model.Item) { it.Closes = append(it.Closes, model.ItemRef{Number: issue}) }
}

// undoing makes a pull request revert another.
func undoing(number int) change {
	return func(it *model.Item) {
		it.Mentions = append(it.Mentions, model.Mention{Kind: model.Reverts, Item: model.ItemRef{Number: number}})
	}
}

// says adds a comment with a fact.
func says(after int, m model.Mention) change {
	return event(after, model.Commented, bob, func(e *model.Event) { e.Mentions = append(e.Mentions, m) })
}

// state publishes the history.
func (p *past) state() *model.State {
	slices.SortFunc(p.items, func(a, b *model.Item) int { return a.Number - b.Number })
	slices.SortFunc(p.history.Tags, func(a, b model.Tag) int { return strings.Compare(a.Name, b.Name) })
	s := &model.State{Repository: p.repo, Complete: t0}
	history := p.history
	history.Graph = model.NewGraph(p.commits)
	s.History = &history
	digest := Digest(p.rules)
	for _, item := range p.items {
		s.Items = append(s.Items, digest(item))
	}
	s.Changes = Changes(s, p.rules)
	return s
}

// at evaluates the history as of an instant.
func (p *past) at(after int) *Figures {
	return Evaluate([]*model.State{p.state()}, p.rules, t0+model.Instant(after))
}

// observed writes what the history adds to totals, as shown does, only what
// contains one of the words.
func (p *past) observed(words ...string) []string {
	var lines []string
	for _, o := range p.state().Changes.Observed {
		line := fmt.Sprintf("%d %s", int64(o.At)-int64(t0), strings.TrimPrefix(Metric(o.Series), "github_dev_"))
		var labels []string
		if seriesRows[o.Series].per == perEnvironment {
			labels = append(labels, p.rules.Environments[o.Environment].Name)
		}
		if labels = append(labels, LabelSets(o.Series)[o.Sub]...); len(labels) > 0 {
			line += "{" + strings.Join(labels, ",") + "}"
		}
		if Buckets(o.Series) != nil {
			line += fmt.Sprintf(" %d", o.Value)
		}
		if len(words) == 0 || containsAny(line, words) {
			lines = append(lines, line)
		}
	}
	return lines
}

// wants compares what was observed.
func (p *past) wants(want []string, words ...string) {
	p.t.Helper()
	if diff := cmp.Diff(want, p.observed(words...)); diff != "" {
		p.t.Error(diff)
	}
}

// undeployedShown writes the times of undeployed pull requests.
func (p *past) undeployedShown() []string {
	var lines []string
	for _, s := range p.state().Changes.Undeployed {
		line := fmt.Sprintf("%s %s %s", p.rules.Environments[s.Environment].Name, offset(s.From), offset(s.To))
		if s.OffBranch {
			line += " off"
		}
		lines = append(lines, line)
	}
	return lines
}
