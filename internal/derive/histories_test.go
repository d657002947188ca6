package derive

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// chronicle is a random history of a repository: what was known of it can be
// asked for at any instant.
type chronicle struct {
	rules   Rules
	items   []*script
	commits []dated[model.BranchCommit]
	tags    []dated[model.Tag]
	rel     []dated[model.Release]
	deploys []model.Deployment // with statuses of the future
	runs    []model.Run        // completed in the future
	records []model.Incident   // resolved in the future
}

// dated is something that was not known before an instant.
type dated[T any] struct {
	at    model.Instant
	value T
}

func knownBy[T any](all []dated[T], at model.Instant) (known []T) {
	for _, d := range all {
		if d.at <= at {
			known = append(known, d.value)
		}
	}
	return known
}

// asOf gives the state as it was known at an instant, on whose default branch
// is everything, so that where it was merged to means nothing.
func (c *chronicle) asOf(at model.Instant) *model.State {
	s := &model.State{Repository: model.Repository{ID: 1, Owner: "octo", Name: "repo", CreatedAt: t0 - day, DefaultBranch: "main"}, Complete: t0}
	h := &model.History{Graph: model.NewGraph(knownBy(c.commits, at)), Tags: knownBy(c.tags, at), Releases: knownBy(c.rel, at)}
	slices.SortFunc(h.Tags, func(a, b model.Tag) int { return strings.Compare(a.Name, b.Name) })
	for _, d := range c.deploys {
		if d.CreatedAt <= at {
			d.Statuses = slices.DeleteFunc(slices.Clone(d.Statuses), func(s model.DeploymentStatus) bool { return s.At > at })
			h.Deployments = append(h.Deployments, d)
		}
	}
	for _, r := range c.runs {
		if r.CreatedAt > at || r.StartedAt > at {
			continue
		}
		if r.CompletedAt > at {
			r.CompletedAt, r.Conclusion = 0, ""
		}
		if r.JobAt > at {
			r.JobAt = 0
		}
		h.Runs = append(h.Runs, r)
	}
	for _, i := range c.records {
		if i.OpenedAt > at {
			continue
		}
		if i.ResolvedAt > at {
			i.ResolvedAt = 0
		}
		h.Incidents = append(h.Incidents, i)
	}
	digest := Digest(c.rules)
	for _, item := range c.items {
		if it := item.asOf(at); it != nil {
			s.Items = append(s.Items, digest(it))
		}
	}
	s.History = h
	s.Changes = Changes(s, c.rules)
	return s
}

// chronicler writes a random history.
type chronicler struct {
	*chronicle
	r      *rand.Rand
	now    model.Instant
	next   int
	tips   []string // of the branches; the first is main
	all    []string
	merged []*script
	issues []*script
}

func newChronicle(t testing.TB, r *rand.Rand) *chronicle {
	p := newPast(t)
	p.rules.Windows = []time.Duration{time.Hour, 48 * time.Hour, 30 * 24 * time.Hour}
	p.rules.IncidentWindow = time.Duration(r.IntN(48)) * time.Hour
	p.rules.Workflows, p.rules.SeriesLimit = matcher(t, "*.yml"), r.IntN(60)
	sources := []DeploymentSource{
		{Source: "deployments"},
		{Source: "releases"},
		{Source: "tags", Match: regexp.MustCompile("^v")},
		{Source: "workflow", Workflow: "deploy.yml", Environment: "staging"},
		{Source: "merges"},
		{Source: "merges", Environment: "staging", Branch: "b1"},
	}
	r.Shuffle(len(sources), func(i, j int) { sources[i], sources[j] = sources[j], sources[i] })
	p.rules.Deployments = sources[:1+r.IntN(3)]
	c := &chronicler{chronicle: &chronicle{rules: p.rules}, r: r, now: t0, tips: []string{"", ""}}
	c.tips[0] = c.commit("")
	c.tips[1] = c.tips[0]
	for range 20 + r.IntN(80) {
		if r.IntN(5) > 0 {
			c.now += model.Instant(r.IntN(1 << (4 + r.IntN(14))))
		}
		c.act()
	}
	return c.chronicle
}

// commit adds a commit with parents and gives its name.
func (c *chronicler) commit(parents ...string) string {
	c.next++
	name := fmt.Sprint("commit ", c.next)
	b := model.BranchCommit{OID: oid(name), CommittedAt: c.now}
	for _, p := range parents {
		if p != "" {
			b.Parents = append(b.Parents, oid(p))
		}
	}
	c.commits = append(c.commits, dated[model.BranchCommit]{c.now, b})
	c.all = append(c.all, name)
	return name
}

func (c *chronicler) act() {
	switch c.r.IntN(14) {
	case 0, 1, 2, 3:
		c.merge()
	case 4, 5, 6, 7:
		c.deploy()
	case 8:
		c.tag()
	case 9:
		c.issue()
	case 10:
		c.onIssue()
	case 11:
		c.record()
	default:
		c.run()
	}
}

// merge squashes, merges or rebases a pull request, which may undo another.
func (c *chronicler) merge() {
	branch := 0
	if c.r.IntN(6) == 0 {
		branch = 1
	}
	var commit string
	switch c.r.IntN(4) {
	case 0:
		commit = c.commit(c.tips[branch], c.commit(c.all[c.r.IntN(len(c.all))]))
	case 1:
		commit = c.commit(c.commit(c.commit(c.tips[branch])))
	default:
		commit = c.commit(c.tips[branch])
	}
	c.tips[branch] = commit
	if c.r.IntN(10) == 0 {
		c.tips[1] = c.commit(c.tips[1], c.tips[0])
	}
	c.items = append(c.items, c.pull(branch, commit))
}

func (c *chronicler) pull(branch int, commit string) *script {
	s := &script{
		kind: model.PullRequest, number: len(c.items) + 1, author: people[c.r.IntN(len(people))],
		born: c.now - model.Instant(c.r.IntN(day)), oid: oid(commit),
	}
	at := func(at model.Instant, f change) { s.steps = append(s.steps, step{at, f}) }
	first := s.born + model.Instant(c.r.IntN(2*hour)-hour)
	at(s.born, func(it *model.Item) {
		it.BaseRef = []string{"main", "b1"}[branch]
		if c.next%7 > 0 {
			it.Commits = []model.Commit{{OID: "x", Head: "h0", AuthoredAt: first}}
		}
	})
	if c.r.IntN(4) == 0 {
		c.ready(s)
	}
	for range c.r.IntN(4) {
		c.reviewAt(s, s.born+model.Instant(c.r.Int64N(int64(c.now-s.born)+1)))
	}
	if len(c.merged) > 0 && c.r.IntN(3) == 0 {
		target := c.merged[c.r.IntN(len(c.merged))]
		m := model.Mention{Kind: model.Reverts, Item: model.ItemRef{Number: target.number}}
		if c.r.IntN(2) == 0 {
			m = model.Mention{Kind: model.Reverts, OID: target.oid[:20]}
		}
		s.reverts = append(s.reverts, m)
	}
	if len(c.issues) > 0 && c.r.IntN(3) == 0 {
		s.reverts = append(s.reverts, model.Mention{Kind: model.Closes, Item: model.ItemRef{Number: c.issues[c.r.IntN(len(c.issues))].number}})
	}
	if c.r.IntN(4) == 0 {
		c.labelAt(s, c.now+model.Instant(c.r.IntN(hour)-hour/2), "hotfix")
	}
	m := c.now
	if c.r.IntN(8) == 0 {
		m += model.Instant(c.r.IntN(hour)) // its branch was pushed before
	}
	at(m, func(it *model.Item) {
		it.MergedAt, it.ClosedAt, it.MergeOID = m, m, s.oid
		it.Events = append(it.Events, model.Event{ID: "m", Kind: model.Merged, At: m, Actor: bob})
	})
	slices.SortStableFunc(s.steps, func(a, b step) int { return int(a.at - b.at) })
	c.merged = append(c.merged, s)
	return s
}

func (c *chronicler) ready(s *script) {
	at := s.born + model.Instant(c.r.Int64N(int64(c.now-s.born)+1))
	s.steps = append(s.steps, step{s.born, func(it *model.Item) { it.Draft = true }}, step{at, func(it *model.Item) {
		it.Draft = false
		it.Events = append(it.Events, model.Event{ID: "d", Kind: model.ReadyForReview, At: at, Actor: alice})
	}})
}

func (c *chronicler) reviewAt(s *script, at model.Instant) {
	c.next++
	e := model.Event{
		ID: fmt.Sprint("r", c.next), Kind: model.Reviewed, At: at, Actor: people[c.r.IntN(len(people))],
		State: model.ReviewState(1 + c.r.IntN(3)),
	}
	s.steps = append(s.steps, step{at, func(it *model.Item) { it.Events = append(it.Events, e) }})
}

func (c *chronicler) labelAt(s *script, at model.Instant, name string) {
	c.next++
	e := model.Event{ID: fmt.Sprint("l", c.next), Kind: model.Labeled, At: max(at, s.born), Label: model.Label{ID: name, Name: name}}
	s.steps = append(s.steps, step{e.At, func(it *model.Item) {
		it.Events = append(it.Events, e)
		it.Labels = append(it.Labels, e.Label)
	}})
}

// deployed chooses what is deployed: a tip, an older commit, or a lost one.
func (c *chronicler) deployed() string {
	switch c.r.IntN(8) {
	case 0:
		return oid(c.all[c.r.IntN(len(c.all))])
	case 1:
		return oid(c.all[max(0, len(c.all)-1-c.r.IntN(6))])
	case 2:
		return oid(c.tips[1])
	case 3:
		return []string{"", oid(fmt.Sprint("lost ", c.next))}[c.r.IntN(2)]
	}
	return oid(c.tips[0])
}

func (c *chronicler) deploy() {
	c.next++
	what := c.deployed()
	if c.r.IntN(4) == 0 {
		for attempt := range 1 + c.r.IntN(2) {
			c.runs = append(c.runs, model.Run{
				ID: int64(c.next), Attempt: attempt + 1, Workflow: "deploy.yml", Branch: "main", OID: what, CreatedAt: c.now,
				Conclusion: []string{"success", "failure", "cancelled"}[c.r.IntN(3)], CompletedAt: c.now + model.Instant(c.r.IntN(hour)),
			})
		}
		return
	}
	d := model.Deployment{ID: int64(c.next), Environment: []string{"production", "staging", "preview", "prod-eu"}[c.r.IntN(4)], OID: what, CreatedAt: c.now}
	for range c.r.IntN(4) {
		d.Statuses = append(d.Statuses, model.DeploymentStatus{
			State: []string{"success", "success", "failure", "error", "inactive", "pending"}[c.r.IntN(6)], At: c.now + model.Instant(c.r.IntN(hour)),
		})
	}
	c.deploys = append(c.deploys, d)
}

// run runs a workflow, some of whose attempts are known.
func (c *chronicler) run() {
	c.next++
	r := model.Run{
		ID: int64(c.next), Workflow: fmt.Sprintf("w%d.yml", c.r.IntN(6)), Event: []string{"push", "schedule", "pull_request"}[c.r.IntN(3)],
		Branch: []string{"main", "main", "b1"}[c.r.IntN(3)], OID: c.deployed(), CreatedAt: c.now, StartedAt: c.now,
	}
	for range 1 + c.r.IntN(3) {
		r.Attempt++
		r.CompletedAt, r.Conclusion = r.StartedAt+model.Instant(c.r.IntN(hour)), Conclusions[c.r.IntN(len(Conclusions))]
		if r.JobAt = 0; c.r.IntN(3) > 0 {
			r.JobAt = r.StartedAt + model.Instant(c.r.IntN(minute)-5)
		}
		if c.r.IntN(4) > 0 {
			c.runs = append(c.runs, r)
		}
		r.StartedAt = r.CompletedAt + model.Instant(c.r.IntN(hour))
	}
}

// tag tags the tip: with a tagger, with a release, or, in the second in which it
// was committed, with neither.
func (c *chronicler) tag() {
	c.next++
	t := model.Tag{Name: fmt.Sprint("v", c.next), OID: oid(c.tips[0])}
	switch c.r.IntN(3) {
	case 0:
		t.TaggedAt = c.now
	case 1:
		c.rel = append(c.rel, dated[model.Release]{c.now, model.Release{ID: int64(c.next), Tag: t.Name, OID: t.OID, PublishedAt: c.now}})
	default:
		c.tips[0] = c.commit(c.tips[0])
		t.OID, t.CommittedAt = oid(c.tips[0]), c.now
	}
	c.tags = append(c.tags, dated[model.Tag]{c.now, t})
}

func (c *chronicler) issue() {
	s := &script{kind: model.Issue, number: len(c.items) + 1, author: people[c.r.IntN(len(people))], born: c.now}
	for _, label := range []string{"incident", "severity/1", "severity/2", blamesNothing} {
		if c.r.IntN(3) == 0 || label == "incident" {
			c.labelAt(s, c.now+model.Instant(c.r.IntN(hour)), label)
		}
	}
	slices.SortStableFunc(s.steps, func(a, b step) int { return int(a.at - b.at) })
	c.items, c.issues = append(c.items, s), append(c.issues, s)
}

// onIssue comments on an issue, or closes or reopens it, or takes a label off.
func (c *chronicler) onIssue() {
	if len(c.issues) == 0 {
		return
	}
	s, now := c.issues[c.r.IntN(len(c.issues))], c.now
	c.next++
	e := model.Event{ID: fmt.Sprint("c", c.next), Kind: model.Commented, At: now, Actor: bob}
	var also change
	switch c.r.IntN(4) {
	case 0:
		e.Kind, also = model.Closed, func(it *model.Item) { it.ClosedAt = now }
	case 1:
		e.Kind, also = model.Reopened, func(it *model.Item) { it.ClosedAt = 0 }
	case 2:
		name := []string{"incident", "severity/1", blamesNothing}[c.r.IntN(3)]
		e.Kind, e.Label = model.Unlabeled, model.Label{ID: name, Name: name}
		also = func(it *model.Item) {
			it.Labels = slices.DeleteFunc(slices.Clone(it.Labels), func(l model.Label) bool { return l.Name == name })
		}
	default:
		e.Mentions = []model.Mention{c.blame()}
	}
	s.steps = append(s.steps, step{now, func(it *model.Item) {
		switch {
		case e.Kind == model.Closed && it.ClosedAt != 0, e.Kind == model.Reopened && it.ClosedAt == 0,
			e.Kind == model.Unlabeled && !slices.ContainsFunc(it.Labels, func(l model.Label) bool { return l.Name == e.Label.Name }):
			return
		}
		it.Events = append(it.Events, e)
		if also != nil {
			also(it)
		}
	}})
	slices.SortStableFunc(s.steps, func(a, b step) int { return int(a.at - b.at) })
}

func (c *chronicler) blame() model.Mention {
	switch c.r.IntN(3) {
	case 0:
		return model.Mention{Kind: model.RootCause, Item: model.ItemRef{Number: 1 + c.r.IntN(len(c.items))}}
	case 1:
		return model.Mention{Kind: model.NamesDeployment, Item: model.ItemRef{Number: 1 + c.r.IntN(c.next)}}
	}
	return model.Mention{Kind: model.RootCause, OID: oid(c.all[c.r.IntN(len(c.all))])}
}

func (c *chronicler) record() {
	c.next++
	i := model.Incident{
		ID: fmt.Sprint(c.next), Source: []string{"events", "alertmanager"}[c.r.IntN(2)], OpenedAt: c.now,
		Environment: []string{"", "production", "staging", "moon"}[c.r.IntN(4)],
	}
	if c.r.IntN(3) > 0 {
		i.ResolvedAt = c.now + model.Instant(c.r.IntN(day))
	}
	switch c.r.IntN(3) {
	case 0:
		i.Deployment = fmt.Sprint(1 + c.r.IntN(c.next))
	case 1:
		i.OID = c.deployed()
	}
	c.records = append(c.records, i)
}
