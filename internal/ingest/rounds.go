package ingest

import (
	"context"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
)

// gather is for how long the first probe of a repository waits for others to
// be found that can share the request.
const gather = 5 * time.Second

// startProbe asks about the repositories whose turn it is. Those whose turn
// comes meanwhile follow when it has ended.
func (s *scheduler) startProbe(ctx context.Context, now time.Time) {
	if s.probing {
		return
	}
	tasks := s.toProbe(now)
	if len(tasks) == 0 {
		return
	}
	s.probing = true
	repos := make([]*repository, len(tasks))
	for i, t := range tasks {
		repos[i] = t.r
	}
	s.launch(func() func() {
		errs := s.in.probe(ctx, repos)
		return func() {
			s.probing = false
			if ctx.Err() == nil {
				s.probed(tasks, errs)
			}
		}
	})
}

// toProbe gives the repositories to ask about next. While names and owners are
// being looked up for the first time, it waits a little for their repositories.
func (s *scheduler) toProbe(now time.Time) []*task {
	var due []*task
	waited := false
	for _, t := range sorted(s.tasks) {
		if t.probe.due(now) && !(s.once && (t.probe.hopeless() || t.probe.tried && t.probe.err == nil)) {
			due = append(due, t)
			waited = waited || t.probe.tried || now.Sub(t.since) >= gather
		}
	}
	if len(due) < github.ProbeBatch && !waited && s.unknown() {
		return nil
	}
	return due
}

// unknown reports whether something is being looked up for the first time.
func (s *scheduler) unknown() bool {
	for _, p := range s.lookups {
		if !p.tried {
			return true
		}
	}
	return false
}

// probed makes due what a probe found to be behind.
func (s *scheduler) probed(tasks []*task, errs map[*repository]error) {
	now := s.in.now()
	for _, t := range tasks {
		err := errs[t.r]
		t.probe.ended(err, now, round(s.probeEvery(t.r), now))
		if err != nil { // together again with those that failed with it
			t.probe.next = round(gather, t.probe.next)
		}
		if _, absent := absence(err); absent {
			t.probe.next = t.r.lookAgain(now)
		}
		if err == nil && (s.once || s.in.behind(t.r)) {
			t.duties[dutyItems].want(now)
		}
		if err == nil {
			t.hinted.probed()
		}
		for d := range historyDuties {
			if err == nil && t.r.isComplete() && t.r.behindIn(d) {
				t.duties[d].want(now)
			}
		}
	}
}

func (s *scheduler) probeEvery(r *repository) time.Duration {
	if r.model().Archived && r.isComplete() {
		return max(daily, s.in.every.Probe)
	}
	return s.in.every.Probe
}
