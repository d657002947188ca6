package ingest

import (
	"context"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
)

const (
	// maxLookups is how many names and owners are looked up at once.
	maxLookups = 4
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
	lookedAt map[string]bool   // targets being looked up
	busy     map[int64]bool    // repositories with a pass, also those that were dropped
	sought   map[string]*burst // lookups that webhooks hint at
}

// task is what the scheduler knows of one repository.
type task struct {
	r      *repository
	duties [duties]pace
	probe  pace
	since  time.Time // when it became known
	cancel context.CancelFunc
	hinted hinted
}

func newScheduler(in *Ingest, once bool) *scheduler {
	return &scheduler{
		in: in, once: once,
		tasks: map[int64]*task{}, lookups: map[string]*pace{}, lookedAt: map[string]bool{}, busy: map[int64]bool{},
		sought: map[string]*burst{},
		done:   make(chan func()),
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
		started := s.in.now()
		s.start(ctx, started)
		if s.once && s.settled() {
			return s.outcome()
		}
		if err := s.wait(ctx, s.next(started)); err != nil {
			return err
		}
	}
}

// wait sleeps until something ends or an instant has come.
func (s *scheduler) wait(ctx context.Context, next time.Time) error {
	timer := time.NewTimer(next.Sub(s.in.now()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case note := <-s.done:
		s.running--
		note()
	case <-s.in.woken:
		s.wake()
	case <-s.in.hints.came:
		s.takeHints()
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
			delete(s.sought, k)
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
	for d, stream := range watched {
		t.duties[d].next = slot(r.id, s.watchEvery(r), since(stream))
		if s.once {
			t.duties[d].next = now
		}
	}
	needs := r.needed()
	for d, stream := range historyDuties {
		switch {
		case !needs.has(stream):
		case d == dutyBranch, s.once: // what was interrupted between the two is made up for
			t.duties[d].next = now
		case d == dutyDeployments: // which of them are open is not known yet
			t.duties[d].next = slot(r.id, s.hourly(r), since(stream))
		default:
			t.duties[d].next = s.nextTurn(r, d, since(stream))
		}
	}
	t.duties[dutySweep].next = slot(r.id, s.in.every.Sweep, since(streamSweep))
	t.duties[dutyQueues].next = r.nextJob()
	return t
}

// watchEvery is how often comments are asked for: those of an archived
// repository cannot be edited.
func (s *scheduler) watchEvery(r *repository) time.Duration {
	if r.model().Archived {
		return max(daily, s.in.every.Comments)
	}
	return s.in.every.Comments
}

// start launches what is due and fits.
func (s *scheduler) start(ctx context.Context, now time.Time) {
	s.followHints(now)
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
			err := s.in.lookUp(prioritized(ctx, github.Sweeping, s.once), t)
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

// next gives when something is due that was not yet when work was started last;
// what waits for a place is started when one becomes free.
func (s *scheduler) next(started time.Time) time.Time {
	next := started.Add(time.Hour)
	consider := func(p *pace) {
		if !p.next.IsZero() && p.next.After(started) {
			next = earliest(next, p.next)
		}
	}
	for _, p := range s.lookups {
		consider(p)
	}
	for _, t := range s.tasks {
		consider(&t.probe)
		if gathered := t.since.Add(gather); !t.probe.tried && gathered.After(started) {
			next = earliest(next, gathered)
		}
		for d := range t.duties {
			consider(&t.duties[d])
		}
		consider(&t.hinted.burst.pace)
	}
	for _, b := range s.sought {
		consider(&b.pace)
	}
	return next
}
