package ingest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// duty is a piece of a repository's work that has its own rhythm, and its own
// pause when it fails.
type duty int

// The duties, in the order in which a pass does them.
const (
	dutyItems       duty = iota // the first sync, then what probes say has moved
	dutyDeployments             // deployments, also those that go on
	dutyReleases                // releases
	dutyTags                    // tags
	dutyRuns                    // workflow runs
	dutyBranch                  // commits, also after one of these has found what they are needed for
	dutyMilestones              // milestones, also after items were read
	dutyComments                // edited comments
	dutyQueues                  // items to be read again, gaps, items that may be gone
	dutySweep                   // everything compared
	dutyReviews                 // comments on lines, also after one of these has read pull requests
	duties
)

// watched are the duties that no probe can tell to be due: they ask from time
// to time whether anything has changed, which costs nothing where it has not.
var watched = map[duty]string{dutyComments: streamComments, dutyReviews: streamReviewComments}

// priority is what a duty's calls are for.
func (d duty) priority(begun bool) github.Priority {
	switch {
	case !begun:
		return github.Backfill
	case d == dutyQueues, d == dutySweep:
		return github.Sweeping
	}
	return github.Incremental
}

// pass is one goroutine's work on one repository. What it stores is published
// when it ends.
type pass struct {
	in    *Ingest
	r     *repository
	repo  model.Repository
	probe *github.Probe
	log   *slog.Logger
	once  bool // nothing that is more urgent can come

	began model.Instant // server time before the first read
	// horizon is the newest update that the probe told of: everything up to it
	// can be read now. Watermarks are taken from it and not from began, since a
	// server's Date may be ahead of its records. 0 where there is nothing.
	horizon model.Instant
	server  model.Instant // the newest server time seen
	dirty   bool          // something was stored
	moved   bool          // pull requests moved
	fresh   map[int]bool  // items that were read, whose events may trail
	more    bool          // the sweep has not ended yet
	grown   bool          // something was stored whose commits are to be read
	denied  []denial
}

// outcome is what became of the duties of a pass. A duty that was not due has
// done false.
type outcome struct {
	done [duties]bool
	errs [duties]error
	more bool // the sweep goes on with the next pass
}

// pass does what is due for a repository. A duty that fails leaves the others
// to be done, unless what failed is the same for all.
func (in *Ingest) pass(ctx context.Context, r *repository, due [duties]bool, once bool) outcome {
	r.mu.Lock()
	p := &pass{in: in, r: r, repo: r.repo, probe: r.probe, dirty: r.dirty || r.held, fresh: map[int]bool{}, once: once}
	r.dirty = false
	r.mu.Unlock()
	p.log = in.log.With("repository", p.repo.FullName())
	if p.probe != nil {
		p.began = p.probe.Repository.ReadAt
		p.server = p.began
		p.horizon = min(p.began, max(p.probe.Issues.UpdatedAt, p.probe.Pulls.UpdatedAt))
	}
	out := p.do(ctx, due)
	if err := p.publish(); err != nil {
		out.done[dutyItems], out.errs[dutyItems] = true, p.note(ctx, streamIssues, err)
	}
	return out
}

// do does the duties that are due, one after the other.
func (p *pass) do(ctx context.Context, due [duties]bool) (out outcome) {
	steps := [duties]func(context.Context) error{
		p.items, p.deployments, p.releases, p.tags, p.runs, p.branch, p.milestones, p.comments, p.work, p.sweep, p.reviews,
	}
	stop := p.r.broken
	for d, step := range steps {
		if !due[d] && !p.follows(duty(d)) {
			continue
		}
		out.done[d], out.errs[d] = true, stop
		if stop != nil {
			continue
		}
		out.errs[d] = step(prioritized(ctx, duty(d).priority(p.r.begun(duty(d))), p.once))
		if err := out.errs[d]; err != nil && everybodys(ctx, err) {
			stop = err
		}
	}
	out.more = p.more
	for _, d := range p.denied {
		out.done[d.duty], out.errs[d.duty] = true, d.err
	}
	return out
}

// follows reports whether a duty is due because of what this pass has read.
func (p *pass) follows(d duty) bool {
	switch d {
	case dutyReviews:
		return p.moved
	case dutyBranch:
		needs := p.r.needed()
		return p.grown || p.moved && len(needs.Merges) > 0
	case dutyMilestones:
		return len(p.fresh) > 0
	}
	return false
}

// prioritized gives a context for calls of a priority. Where everything is to
// be done once, all calls have the same.
func prioritized(ctx context.Context, priority github.Priority, once bool) context.Context {
	if once {
		return ctx
	}
	return github.WithPriority(ctx, priority)
}

// publish shows what was stored, unless a page of it is still to come. A
// history of which something is missing stays as it was shown last.
func (p *pass) publish() error {
	if err := p.showHistory(); err != nil {
		return err
	}
	if !p.dirty || !p.r.whole() {
		return nil
	}
	publish, whole := p.in.mirror.Publish, p.r.historyWhole()
	if !whole {
		publish = p.in.mirror.PublishItems
	}
	p.r.hold(!whole)
	if err := publish(p.r.id); err != nil {
		p.r.mu.Lock()
		p.r.dirty = true
		p.r.mu.Unlock()
		return fmt.Errorf("publish %s: %w", p.repo.FullName(), err)
	}
	return nil
}

// saw notes the server time of an answer.
func (p *pass) saw(at model.Instant) { p.server = max(p.server, at) }

// touch notes items that were read.
func (p *pass) touch(items []model.Item) {
	for i := range items {
		p.fresh[items[i].Number] = true
	}
}

// note records a stream's error, unless the pass was told to stop.
func (p *pass) note(ctx context.Context, stream string, err error) error {
	if err != nil && ctx.Err() == nil {
		p.r.failed(stream, err, p.in.now())
	}
	return err
}

// items reads the whole repository for the first time, or what moved since.
func (p *pass) items(ctx context.Context) error {
	if p.r.isComplete() {
		return p.incremental(ctx)
	}
	return p.first(ctx)
}

// first makes the first sync: everything from the oldest update to the newest.
// It goes on where it was interrupted; what moves in the streams that came to
// their end meanwhile is left to the next pass. Comments on lines need their
// pull requests; they come from REST, so that they and the issues are read
// side by side at no cost to each other.
func (p *pass) first(ctx context.Context) error {
	if err := p.firstList(ctx, p.in.pulls()); err != nil {
		return err
	}
	err := p.beside(func(q *pass) error {
		if err := q.firstList(ctx, p.in.issues()); err != nil {
			return err
		}
		return q.note(ctx, streamPulls, q.drain(ctx))
	}, func(q *pass) error {
		if q.r.cursor(streamReviewComments).Done {
			return nil
		}
		return q.reviews(ctx)
	})
	if err != nil {
		return err
	}
	if err := p.history(ctx); err != nil {
		return err
	}
	return p.finishFirst()
}

// firstList reads a stream for the first time, unless that was done.
func (p *pass) firstList(ctx context.Context, s itemStream) error {
	if p.r.cursor(s.name).Done {
		return nil
	}
	_, err := p.list(ctx, s)
	return p.note(ctx, s.name, err)
}

// beside does parts of a pass side by side. One that fails leaves the others
// to come to their end; the first error is given.
func (p *pass) beside(parts ...func(*pass) error) error {
	var wg sync.WaitGroup
	passes, errs := make([]*pass, len(parts)), make([]error, len(parts))
	for i, part := range parts {
		passes[i] = p.fork()
		wg.Go(func() { errs[i] = part(passes[i]) })
	}
	wg.Wait()
	for _, q := range passes {
		p.join(q)
	}
	return cmp.Or(errs...)
}

// fork gives a pass for another goroutine, whose end is awaited before join.
func (p *pass) fork() *pass {
	q := *p
	q.fresh = map[int]bool{}
	return &q
}

// join takes over what a fork has noted.
func (p *pass) join(q *pass) {
	p.saw(q.server)
	p.dirty = p.dirty || q.dirty
	maps.Copy(p.fresh, q.fresh)
}

// finishFirst makes the repository complete. Edits of comments are watched
// from the instant on at which the first sync began.
func (p *pass) finishFirst() error {
	issues, pulls := p.r.cursor(streamIssues).Watermark, p.r.cursor(streamPulls).Watermark
	since := cmp.Or(min(issues, pulls), max(issues, pulls)) // a stream without items has none
	err := p.write(func(b *batch) error {
		b.tx.SetComplete(p.server)
		b.apply = append(b.apply, func(r *repository) { r.complete = true })
		return b.putCursor(streamComments, mirror.Cursor{Watermark: since, LastSuccess: p.server, Done: true})
	})
	if err != nil {
		return err
	}
	p.r.succeeded(streamComments, p.server)
	p.log.Info("first sync is complete")
	return nil
}

// incremental reads what has moved since the last pass.
func (p *pass) incremental(ctx context.Context) error {
	if _, err := p.list(ctx, p.in.issues()); err != nil {
		return p.note(ctx, streamIssues, err)
	}
	moved, err := p.list(ctx, p.in.pulls())
	if err != nil {
		return p.note(ctx, streamPulls, err)
	}
	p.moved = moved
	if err := p.drain(ctx); err != nil {
		return p.note(ctx, streamPulls, err)
	}
	return p.trail()
}
