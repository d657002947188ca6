package githubtest

import (
	"path"
	"slices"
	"time"
)

// show is what a demo is to show at the instant that it begins, besides what
// chance brings.
type show struct {
	now         Time
	outages     []outage
	failing     map[string]int // so many runs of a workflow's file have failed in a row, and the next one will
	deploysFrom Time           // nothing is deployed before
}

// outage is an incident that is open for a time.
type outage struct {
	at, ends Time
	severity int
}

const (
	// shownRuns is for how long before the demo its repositories have workflow
	// runs: long enough for its windows, and read within seconds.
	shownRuns = 95 * day
	// smokeEvery is how often the smoke test runs around a demo.
	smokeEvery = 30 * time.Minute
	// riskyDays is for how long before a demo there were more incidents than usual,
	// so that its shorter windows have some.
	riskyDays = 45 * day
)

// sketchOutages plans the incidents that are to be open.
func (g *generator) sketchOutages() {
	if g.opts.show == nil {
		return
	}
	for i := range g.opts.show.outages {
		o := &g.opts.show.outages[i]
		s := g.sketchIssue(o.at, g.team.someone(g.dice, o.at, member))
		s.outage = o
		g.sketches = append(g.sketches, s)
	}
}

// risk is how probable it is that an issue is an incident.
func (g *generator) risk(s *sketch) float64 {
	if show := g.opts.show; show != nil && s.item.CreatedAt > show.now.Add(-riskyDays) {
		return 0.16
	}
	return 0.06
}

// deploysFrom is up to when nothing is deployed.
func (g *generator) deploysFrom() Time {
	if g.opts.show == nil {
		return g.start
	}
	return max(g.start, g.opts.show.deploysFrom)
}

// plan gives the deployments of a surge.
func (s surge) plan(d dice) []plannedDeploy {
	var plan []plannedDeploy
	if s.deploys == 0 {
		return nil
	}
	for at := s.from; at < s.to; {
		at = at.Add(d.within(s.deploys/2, s.deploys*3/2))
		plan = append(plan, plannedDeploy{at: at})
	}
	return plan
}

// runsFrom is from when on there are workflow runs.
func (g *generator) runsFrom() Time {
	if g.opts.show == nil {
		return 0
	}
	return g.opts.show.now.Add(-shownRuns)
}

// smoke adds a workflow that runs all the time, so that whoever watches a demo
// sees runs end.
func (r *runner) smoke() {
	show := r.g.opts.show
	if show == nil {
		return
	}
	w := r.g.workflow("Smoke test", "smoke.yml")
	first := show.now.Add(-31*day + r.within(0, smokeEvery)) // a month of dashboards
	for at := first; at < show.now.Add(4*day); at = at.Add(smokeEvery) {
		r.run(w, Run{Event: "schedule", Branch: r.g.repo.DefaultBranch, OID: r.g.tipAt(at).OID, CreatedAt: at}, []string{"smoke"}, 90*time.Second)
	}
}

// failWorkflows makes the last runs of some workflows failures.
func (g *generator) failWorkflows() {
	if g.opts.show == nil {
		return
	}
	for _, w := range g.repo.Workflows {
		if n := g.opts.show.failing[path.Base(w.Path)]; n > 0 {
			g.failRuns(w.ID, n)
		}
	}
}

// failRuns makes the last n runs that have ended failures, those that are under
// way, and the next one.
func (g *generator) failRuns(workflow int64, n int) {
	var ended []*Run
	for _, run := range g.repo.Runs {
		switch {
		case run.Workflow != workflow || run.Branch != g.repo.DefaultBranch:
			continue
		case run.Attempts[len(run.Attempts)-1].CompletedAt.By(g.opts.show.now):
			ended = append(ended, run)
			continue
		}
		run.fail()
		if run.CreatedAt > g.opts.show.now {
			break
		}
	}
	for _, run := range ended[max(0, len(ended)-n):] {
		run.fail()
	}
}

// fail makes all that is known of how a run ended a failure.
func (r *Run) fail() {
	for i := range r.Attempts {
		a := &r.Attempts[i]
		if a.Conclusion != "" {
			a.Conclusion = "failure"
		}
		if n := len(a.Jobs); n > 0 && a.Jobs[n-1].Conclusion != "" {
			a.Jobs[n-1].Conclusion = "failure"
		}
	}
}

// fillQueue has pull requests wait in the merge queue while somebody watches,
// from a little before on. They are thrown out in the end.
func (g *generator) fillQueue() {
	if g.opts.show == nil || !g.opts.MergeQueue {
		return
	}
	d := newDice(g.opts.Seed, streamSurge+streamItems<<8)
	for at := g.opts.show.now.Add(-8 * time.Minute); at < g.opts.show.now.Add(day); at = at.Add(d.within(15*time.Minute, 45*time.Minute)) {
		until := at.Add(d.within(12*time.Minute, 30*time.Minute))
		if item := g.queueable(d, at, until); item != nil {
			by := item.Author
			addEvent(item, Event{Kind: AddedToMergeQueue, Actor: by, At: at})
			addEvent(item, Event{Kind: RemovedFromMergeQueue, Actor: by, At: until, Reason: pick(d, queueReasons)})
		}
	}
}

// queueable gives a pull request that may wait in the queue for a time: one that
// is open throughout, ready, and never there by itself. nil: there is none.
func (g *generator) queueable(d dice, from, to Time) *Item {
	var able []*Item
	for _, item := range g.repo.Items {
		if item.CreatedAt < from && item.PR != nil && !item.PR.Draft && item.PR.BaseRef == g.repo.DefaultBranch && item.isOpen(from) && item.isOpen(to) &&
			!slices.ContainsFunc(item.Events, func(e Event) bool { return e.Kind == AddedToMergeQueue || e.Kind == ConvertToDraft }) {
			able = append(able, item)
		}
	}
	if len(able) == 0 {
		return nil
	}
	return able[len(able)-1-d.tail(0.8, len(able)-1)]
}

// addEvent puts an event where it belongs by time.
func addEvent(item *Item, e Event) {
	i, _ := slices.BinarySearchFunc(item.Events, e.At, func(have Event, at Time) int {
		if have.At <= at {
			return -1
		}
		return 1
	})
	item.Events = slices.Insert(item.Events, i, e)
}
