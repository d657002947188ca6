package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
)

const (
	// maxLookups is how many names and owners are looked up at once.
	maxLookups = 4
	// gather is for how long the first probe of a repository waits for others
	// to be found that can share the request.
	gather = 5 * time.Second
	// daily is how often archived repositories are asked about.
	daily = 24 * time.Hour
	// hourly is how often repositories that are out of reach are looked for.
	hourly = time.Hour
)

// scheduler decides what is done when. One goroutine, that of run, owns it; the
// goroutines that it starts hand back what is to be noted in the end, and run
// does not return before the last of them has.
type scheduler struct {
	in   *Ingest
	once bool // stop when everything was done

	tasks    map[int64]*task
	lookups  map[string]*pace
	done     chan func()
	running  int // all goroutines
	looking  int // lookups among them
	light    int // passes that keep up
	heavy    int // passes that read everything
	probing  bool
	lookedAt map[string]bool // targets being looked up
	busy     map[int64]bool  // repositories with a pass, also those that were dropped
}

// task is what the scheduler knows of one repository.
type task struct {
	r      *repository
	duties [duties]pace
	probe  pace
	since  time.Time // when it became known
	cancel context.CancelFunc
}

func newScheduler(in *Ingest, once bool) *scheduler {
	return &scheduler{
		in: in, once: once,
		tasks: map[int64]*task{}, lookups: map[string]*pace{}, lookedAt: map[string]bool{}, busy: map[int64]bool{},
		done: make(chan func()),
	}
}

// run starts what is due until ctx ends or, where it is to be done once,
// nothing is left to be done.
func (s *scheduler) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer s.await()
	defer cancel()
	for {
		s.adopt()
		s.start(ctx)
		if s.once && s.settled() {
			return s.outcome()
		}
		if err := s.wait(ctx); err != nil {
			return err
		}
	}
}

// wait sleeps until something ends or is due.
func (s *scheduler) wait(ctx context.Context) error {
	timer := time.NewTimer(s.next().Sub(s.in.now()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case note := <-s.done:
		s.running--
		note()
	case <-s.in.woken:
		s.wake()
	case <-timer.C:
	}
	return nil
}

// await lets the goroutines come to their end.
func (s *scheduler) await() {
	for ; s.running > 0; s.running-- {
		note := <-s.done
		note()
	}
}

// launch starts a goroutine; what work gives is called when it has ended.
func (s *scheduler) launch(work func() (note func())) {
	s.running++
	go func() { s.done <- work() }()
}

// wake makes due what failed for want of a token.
func (s *scheduler) wake() {
	now := s.in.now()
	for _, p := range s.lookups {
		p.wake(now)
	}
	for _, t := range s.tasks {
		t.probe.wake(now)
		for d := range t.duties {
			t.duties[d].wake(now)
		}
	}
}

// adopt takes in repositories that were found and drops those that belong to
// no project any more.
func (s *scheduler) adopt() {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	now := s.in.now()
	for id, t := range s.tasks {
		if s.in.repos[id] != t.r {
			if t.cancel != nil {
				t.cancel()
			}
			delete(s.tasks, id)
		}
	}
	for id, r := range s.in.repos {
		if t := s.tasks[id]; t == nil {
			s.tasks[id] = s.newTask(r, now)
		}
	}
	for k, t := range s.in.targets {
		if t.needed && s.lookups[k] == nil {
			s.lookups[k] = &pace{next: now}
		}
	}
	for k := range s.lookups {
		if t := s.in.targets[k]; t == nil || !t.needed {
			delete(s.lookups, k)
		}
	}
}

// newTask makes the task of a repository; what was not done in time while the
// process was down is due at once.
func (s *scheduler) newTask(r *repository, now time.Time) *task {
	t := &task{r: r, since: now, probe: pace{next: now}}
	complete := s.in.mirror.Complete(r.id)
	if complete == 0 {
		return t
	}
	since := func(stream string) time.Time { // the server's clock may be ahead of ours
		return earliest(max(r.cursor(stream).LastSuccess, complete).Time(), now)
	}
	t.duties[dutyComments].next = slot(r.id, s.commentsEvery(r), since(streamComments))
	if s.once {
		t.duties[dutyComments].next = now
	}
	t.duties[dutySweep].next = slot(r.id, s.in.every.Sweep, since(streamSweep))
	t.duties[dutyQueues].next = r.nextJob()
	return t
}

// commentsEvery is how often edited comments are asked for: of an archived
// repository none can be.
func (s *scheduler) commentsEvery(r *repository) time.Duration {
	if r.model().Archived {
		return max(daily, s.in.every.Comments)
	}
	return s.in.every.Comments
}

// start launches what is due and fits.
func (s *scheduler) start(ctx context.Context) {
	now := s.in.now()
	s.startLookups(ctx, now)
	s.startProbe(ctx, now)
	s.startPasses(ctx, now)
}

func (s *scheduler) startLookups(ctx context.Context, now time.Time) {
	for k, p := range sorted(s.lookups) {
		t := s.target(k)
		if s.looking >= maxLookups || !p.due(now) || s.lookedAt[k] || t == nil || s.once && p.hopeless() {
			continue
		}
		s.looking++
		s.lookedAt[k] = true
		s.launch(func() func() {
			err := s.in.lookUp(ctx, t)
			return func() {
				s.looking--
				delete(s.lookedAt, k)
				if ctx.Err() == nil {
					p.ended(err, s.in.now(), s.in.discoverAgain())
				}
			}
		})
	}
}

func (s *scheduler) target(k string) *target {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	return s.in.targets[k]
}

// startProbe asks about the repositories whose turn it is, as many as one
// request takes; the next ones follow when it has ended.
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
	return due[:min(len(due), github.ProbeBatch)]
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
		if _, absent := absence(err); absent {
			t.probe.next = t.r.lookAgain(now)
		}
		if err == nil && (s.once || s.in.behind(t.r)) {
			t.duties[dutyItems].want(now)
		}
	}
}

func (s *scheduler) probeEvery(r *repository) time.Duration {
	if r.model().Archived && r.isComplete() {
		return max(daily, s.in.every.Probe)
	}
	return s.in.every.Probe
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
	for _, c := range found {
		if heavy := !c.t.r.isComplete() || c.due[dutySweep]; heavy && s.heavy < max(1, s.in.workers/2) {
			s.startPass(ctx, c.t, c.due, &s.heavy)
			continue
		}
		onlySweep := c.due == [duties]bool{dutySweep: true}
		c.due[dutySweep] = false
		if c.t.r.isComplete() && !onlySweep && s.light < s.in.workers {
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
	s.launch(func() func() {
		out := s.in.pass(ctx, t.r, due)
		return func() {
			delete(s.busy, t.r.id)
			*places--
			stopped := ctx.Err() != nil
			t.cancel()
			if !stopped {
				s.passed(t, out)
			}
		}
	})
}

// passed notes how a pass ended.
func (s *scheduler) passed(t *task, out outcome) {
	now := s.in.now()
	next := [duties]time.Time{
		dutyComments: slot(t.r.id, s.commentsEvery(t.r), now),
		dutySweep:    slot(t.r.id, s.in.every.Sweep, now),
	}
	if out.more {
		next[dutySweep] = now
	}
	for d := range t.duties {
		if out.done[d] {
			t.duties[d].ended(out.errs[d], now, next[d])
			if err := out.errs[d]; err != nil {
				s.in.log.Error("pass failed", "repository", t.r.model().FullName(),
					"error", err, "retry", t.duties[d].next)
			}
		}
	}
	if t.r.isComplete() {
		t.duties[dutyComments].want(next[dutyComments])
		t.duties[dutySweep].want(next[dutySweep])
		if job := t.r.nextJob(); !job.IsZero() {
			t.duties[dutyQueues].want(job)
		}
	}
}

// next gives when something is due next; what waits for a place is started
// when one becomes free.
func (s *scheduler) next() time.Time {
	next := s.in.now().Add(time.Hour)
	now := s.in.now()
	consider := func(p *pace) {
		if !p.next.IsZero() && p.next.After(now) {
			next = earliest(next, p.next)
		}
	}
	for _, p := range s.lookups {
		consider(p)
	}
	for _, t := range s.tasks {
		consider(&t.probe)
		if gathered := t.since.Add(gather); !t.probe.tried && gathered.After(now) {
			next = earliest(next, gathered)
		}
		for d := range t.duties {
			consider(&t.duties[d])
		}
	}
	return next
}

// settled reports whether Sync has nothing left to do.
func (s *scheduler) settled() bool {
	if s.running > 0 {
		return false
	}
	for _, p := range s.lookups {
		if !p.hopeless() && (!p.tried || p.err != nil) {
			return false
		}
	}
	for _, t := range s.tasks {
		if !s.settledTask(t) {
			return false
		}
	}
	return true
}

func (s *scheduler) settledTask(t *task) bool {
	if t.probe.hopeless() {
		return true
	}
	if t.probe.err != nil || !t.probe.tried {
		return false
	}
	for d := range t.duties {
		p := &t.duties[d]
		if !p.hopeless() && (p.err != nil || p.due(s.in.now())) {
			return false
		}
	}
	return true
}

// outcome gives what Sync could not do.
func (s *scheduler) outcome() error {
	var errs []error
	for k, p := range sorted(s.lookups) {
		if p.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w: %w", k, ErrIncomplete, p.err))
		}
	}
	for _, t := range sorted(s.tasks) {
		err := t.probe.err
		for d := range t.duties {
			err = cmp.Or(err, t.duties[d].err)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w: %w", t.r.model().FullName(), ErrIncomplete, err))
		}
	}
	return errors.Join(errs...)
}
