package ingest

import (
	"context"
	"slices"
	"time"
)

// placesEach is how many passes there are at once for each identity: as many
// as its requests, and some more that store what they read meanwhile.
const placesEach = 8

// places is how many passes of a kind there may be at once.
func (s *scheduler) places() int {
	able := 0
	for _, identity := range s.in.client.Identities() {
		if identity.Up {
			able++
		}
	}
	return placesEach * max(1, able)
}

// startPasses starts work on the repositories that have waited longest. There
// are places for passes that read everything and places for those that keep
// up, so that neither kind holds up the other.
func (s *scheduler) startPasses(ctx context.Context, now time.Time) {
	type candidate struct {
		t   *task
		due [duties]bool
		at  time.Time
	}
	var found []candidate
	for _, t := range sorted(s.tasks) {
		if due, at, any := s.dutiesOf(t, now); any && !s.busy[t.r.id] {
			found = append(found, candidate{t, due, at})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return a.at.Compare(b.at) })
	places := s.places()
	for _, c := range found {
		if heavy := !c.t.r.isComplete() || c.due[dutySweep]; heavy && s.heavy < places {
			s.startPass(ctx, c.t, c.due, &s.heavy)
			continue
		}
		onlySweep := c.due == [duties]bool{dutySweep: true}
		c.due[dutySweep] = false
		if c.t.r.isComplete() && !onlySweep && s.light < places {
			s.startPass(ctx, c.t, c.due, &s.light)
		}
	}
}

// dutiesOf gives what is due for a repository, and since when.
func (s *scheduler) dutiesOf(t *task, now time.Time) (due [duties]bool, at time.Time, any bool) {
	_, unreachable := absence(t.probe.err)
	switch absent, probed, dirty := t.r.standing(); {
	case absent:
		return due, now, dirty // there is nothing to do but to show it
	case unreachable, !probed, !t.probe.tried: // what is known may be of another day
		return due, at, false
	}
	for d := range t.duties {
		if p := &t.duties[d]; p.due(now) && !(s.once && p.hopeless()) {
			due[d], any = true, true
			at = earliest(at, p.next)
		}
	}
	return due, at, any
}

func (s *scheduler) startPass(ctx context.Context, t *task, due [duties]bool, places *int) {
	ctx, t.cancel = context.WithCancel(ctx)
	s.busy[t.r.id] = true
	*places++
	first := !t.r.isComplete() && !s.once
	s.launch(func() func() {
		out := s.in.pass(ctx, t.r, due, s.once)
		return func() {
			delete(s.busy, t.r.id)
			*places--
			stopped := ctx.Err() != nil
			t.cancel()
			if !stopped {
				s.passed(t, out, first)
			}
		}
	})
}

// passed notes how a pass ended. What is watched is asked for once right after
// the first sync: from then on it costs nothing until something changes.
func (s *scheduler) passed(t *task, out outcome, first bool) {
	now := s.in.now()
	next := [duties]time.Time{dutySweep: slot(t.r.id, s.in.every.Sweep, now)}
	for d := range watched {
		if next[d] = slot(t.r.id, s.watchEvery(t.r), now); first {
			next[d] = now
		}
	}
	for d := range historyDuties {
		next[d] = s.nextTurn(t.r, d, now)
	}
	if out.more {
		next[dutySweep] = now
	}
	for d := range t.duties {
		if out.done[d] {
			t.duties[d].ended(out.errs[d], now, next[d])
			if _, absent := absence(out.errs[d]); absent && historyDuties[duty(d)] != "" {
				t.duties[d].next = next[d] // the token may not look: it is not asked for every few minutes
			}
			if err := out.errs[d]; err != nil {
				s.in.complain("pass", err, "repository", t.r.model().FullName(), "retry", t.duties[d].next)
			}
		}
	}
	if t.r.isComplete() {
		for d := range t.duties {
			if !next[d].IsZero() {
				t.duties[d].want(next[d])
			}
		}
		if job := t.r.nextJob(); !job.IsZero() {
			t.duties[dutyQueues].want(job)
		}
	}
}
