package githubtest

import "slices"

// runView is a workflow run at the instant of a view: its last attempt that had
// started by then.
type runView struct {
	*Run
	repo    *repoView
	attempt int // the number of the attempt, from 1
}

// run shows one run, nil if it does not exist now.
func (rv *repoView) run(run *Run) *runView {
	if run.CreatedAt > rv.now() {
		return nil
	}
	out := &runView{Run: run, repo: rv, attempt: 1}
	for i, attempt := range run.Attempts {
		if attempt.StartedAt <= rv.now() {
			out.attempt = i + 1
		}
	}
	return out
}

// runs gives the runs that exist, the newest first.
func (rv *repoView) runs() []*runView {
	var out []*runView
	for _, run := range rv.Runs {
		if shown := rv.run(run); shown != nil {
			out = append(out, shown)
		}
	}
	slices.SortStableFunc(out, func(a, b *runView) int { return int(b.CreatedAt - a.CreatedAt) })
	return out
}

// workflow gives the workflow of the run, nil if the dataset lacks it.
func (r *runView) workflow() *Workflow {
	for _, w := range r.repo.Workflows {
		if w.ID == r.Workflow {
			return w
		}
	}
	return nil
}

// current gives the attempt that is shown, the zero Attempt for a run without any.
func (r *runView) current() Attempt {
	if len(r.Attempts) == 0 {
		return Attempt{}
	}
	return r.Attempts[r.attempt-1]
}

// status gives queued, in_progress or completed, and the conclusion of a completed run.
func (r *runView) status() (status, conclusion string) {
	current := r.current()
	switch {
	case current.CompletedAt.By(r.repo.now()):
		return "completed", current.Conclusion
	case current.StartedAt.By(r.repo.now()):
		return "in_progress", ""
	}
	return "queued", ""
}

// startedAt is the start of the shown attempt, the creation of a run that has not started.
func (r *runView) startedAt() Time {
	if started := r.current().StartedAt; started.By(r.repo.now()) {
		return started
	}
	return r.CreatedAt
}

// updatedAt is the last change of the run by now.
func (r *runView) updatedAt() Time {
	if done := r.current().CompletedAt; done.By(r.repo.now()) {
		return done
	}
	return r.startedAt()
}

// jobView is a job of a run at the instant of a view.
type jobView struct {
	*Job
	run *runView
}

// jobs gives the jobs of an attempt, from 1, that exist.
func (r *runView) jobs(attempt int) []*jobView {
	if attempt < 1 || attempt > r.attempt || attempt > len(r.Attempts) {
		return nil
	}
	var out []*jobView
	jobs := r.Attempts[attempt-1].Jobs
	for i := range jobs {
		if jobs[i].CreatedAt <= r.repo.now() {
			out = append(out, &jobView{Job: &jobs[i], run: r})
		}
	}
	return out
}

// status gives queued, in_progress or completed, and the conclusion of a completed job.
func (j *jobView) status() (status, conclusion string) {
	now := j.run.repo.now()
	switch {
	case j.CompletedAt.By(now):
		return "completed", j.Conclusion
	case j.StartedAt.By(now):
		return "in_progress", ""
	}
	return "queued", ""
}
