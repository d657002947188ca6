package githubtest

import (
	"slices"
	"time"
)

// maxPushRuns is for about how many pushes to pull requests runs are made: they
// would be most of a large repository.
const maxPushRuns = 20000

// runner makes workflow runs.
type runner struct {
	dice
	g      *generator
	broken int // so many runs of the default branch fail until somebody repairs it
}

// runWorkflows makes the runs of what was pushed, of every night and of the
// deployments to production.
func (g *generator) runWorkflows() {
	if g.opts.Bare {
		return
	}
	r := &runner{dice: newDice(g.opts.Seed, streamRuns), g: g}
	tests, nightly, deploy := g.workflow("CI", "ci.yml"), g.workflow("End to end", "e2e.yml"), g.workflow("Deploy", "deploy.yml")
	main := g.repo.DefaultBranch
	for i, c := range g.mainline {
		if i+1 < len(g.mainline) && g.mainline[i+1].LandedAt == c.LandedAt {
			continue // pushed together with the next
		}
		r.run(tests, Run{Event: "push", Branch: main, OID: c.OID, Actor: c.Committer.Login, CreatedAt: c.LandedAt + 2}, []string{"build", "test", "lint"}, 6*time.Minute)
	}
	for at := g.start - g.start%86400 + 86400 + 2*3600; at < g.end; at += 86400 {
		r.run(nightly, Run{Event: "schedule", Branch: main, OID: g.tipAt(at).OID, CreatedAt: at}, []string{"e2e (chromium)", "e2e (firefox)"}, 35*time.Minute)
	}
	for _, d := range g.repo.Deployments {
		if d.Environment == "production" {
			r.run(deploy, Run{Event: "workflow_dispatch", Branch: main, OID: d.OID, Actor: d.Creator, CreatedAt: d.CreatedAt}, []string{"deploy"}, 7*time.Minute)
		}
	}
	r.smoke()
	share := min(1, float64(maxPushRuns)/float64(len(g.pushes)+1))
	for _, p := range g.pushes {
		if r.chance(share) {
			r.run(tests, Run{Event: "pull_request", Branch: p.branch, OID: p.oid, Actor: p.actor, CreatedAt: p.at + 2}, []string{"build", "test", "lint"}, 6*time.Minute)
		}
	}
	slices.SortStableFunc(g.repo.Runs, func(a, b *Run) int { return int(a.CreatedAt - b.CreatedAt) })
	r.number()
}

func (g *generator) workflow(name, file string) *Workflow {
	w := &Workflow{Name: name, Path: ".github/workflows/" + file, CreatedAt: g.start, ID: int64(len(g.repo.Workflows) + 1)}
	g.repo.Workflows = append(g.repo.Workflows, w)
	return w
}

// run makes one run with its attempts. Its workflow is named by a number that
// becomes the id in the end.
func (r *runner) run(w *Workflow, run Run, jobs []string, length time.Duration) {
	run.Workflow = w.ID
	at := run.CreatedAt
	for n := 0; at <= r.g.end; n++ {
		attempt := r.attempt(&run, at, jobs, length, r.conclusion(run.Branch == r.g.repo.DefaultBranch, n))
		run.Attempts = append(run.Attempts, attempt)
		if attempt.Conclusion != "failure" || n == 3 || !r.chance(0.55) {
			break
		}
		at = attempt.CompletedAt.Add(r.about(9*time.Minute, 1))
	}
	if len(run.Attempts) > 0 && run.CreatedAt >= r.g.runsFrom() {
		r.g.repo.Runs = append(r.g.repo.Runs, &run)
	}
}

// conclusion gives how an attempt ends: retries mostly help, and sometimes the
// default branch stays broken for a while.
func (r *runner) conclusion(main bool, attempt int) string {
	switch {
	case main && r.broken > 0:
		r.broken--
		return "failure"
	case r.chance(0.02):
		return "cancelled"
	case attempt == 0 && r.chance(0.1), attempt > 0 && r.chance(0.35):
		if main && r.chance(0.08) {
			r.broken = r.between(2, 7)
		}
		return "failure"
	}
	return "success"
}

// attempt makes the jobs of an attempt; the last of them decides how it ends.
func (r *runner) attempt(run *Run, at Time, names []string, length time.Duration, conclusion string) Attempt {
	a := Attempt{Actor: run.Actor, StartedAt: at, CompletedAt: at}
	waited := at + 1
	for i, name := range names {
		job := Job{Name: name, CreatedAt: at, Conclusion: "success"}
		job.StartedAt = waited.Add(r.about(12*time.Second, 1))
		job.CompletedAt = job.StartedAt.Add(max(5*time.Second, r.about(length*time.Duration(3-i%3)/3, 0.3)))
		if i == len(names)-1 {
			job.Conclusion = conclusion
		}
		a.CompletedAt = max(a.CompletedAt, job.CompletedAt)
		if job = r.soFar(job); job.CreatedAt != 0 {
			a.Jobs = append(a.Jobs, job)
		}
	}
	a.Conclusion = conclusion
	if a.CompletedAt > r.g.end {
		a.CompletedAt, a.Conclusion = 0, ""
	}
	return a
}

// soFar gives the job as it is at the generator's end.
func (r *runner) soFar(job Job) Job {
	end := r.g.end
	switch {
	case job.CreatedAt > end:
		return Job{}
	case job.StartedAt > end:
		job.StartedAt, job.CompletedAt, job.Conclusion = 0, 0, ""
	case job.CompletedAt > end:
		job.CompletedAt, job.Conclusion = 0, ""
	}
	return job
}

// number counts the runs of each workflow.
func (r *runner) number() {
	counts := map[int64]int{}
	for _, run := range r.g.repo.Runs {
		counts[run.Workflow]++
		run.Number = counts[run.Workflow]
	}
}
