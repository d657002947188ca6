package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// historyDuties are the duties that read a repository's history, each of which
// has one stream.
var historyDuties = map[duty]string{
	dutyDeployments: streamDeployments, dutyReleases: streamReleases, dutyTags: streamTags,
	dutyRuns: streamRuns, dutyBranch: streamBranch, dutyMilestones: streamMilestones,
}

// historySteps are what does them, in their order: commits are read for what
// the others have found.
var historySteps = []struct {
	duty duty
	step func(*pass, context.Context) error
}{
	{dutyDeployments, (*pass).deployments},
	{dutyReleases, (*pass).releases},
	{dutyTags, (*pass).tags},
	{dutyRuns, (*pass).runs},
	{dutyBranch, (*pass).branch},
	{dutyMilestones, (*pass).milestones},
}

// needed gives what the repository's project needs of its history.
func (r *repository) needed() Needs {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.needs
}

// behindIn reports whether the last probe leaves something of a stream of the
// history to be read.
func (r *repository) behindIn(d duty) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	stream := historyDuties[d]
	if r.probe == nil || !r.needs.has(stream) {
		return false
	}
	cur := r.cursors[stream]
	if cur.StartedAt != 0 || cur.Again {
		return true
	}
	if d == dutyBranch {
		return r.behindBranch(cur)
	}
	if !cur.Done {
		return !r.streams[stream].denied
	}
	switch d {
	case dutyDeployments:
		return movedTo(cur, r.probe.Deployments)
	case dutyReleases:
		return movedTo(cur, r.probe.Releases)
	case dutyTags:
		return cur.Query != tagsAt(r.probe)
	case dutyRuns:
		return cur.Query != runsOf(&r.needs, r.repo)
	}
	return false
}

// movedTo reports whether GitHub has something else than before the last run.
// Where the token may not look, that is for the clock to find out.
func movedTo(cur mirror.Cursor, mark github.Watermark) bool {
	return !mark.Denied && (cur.Total != mark.Count || cur.Seen != mark.UpdatedAt)
}

// historyWhole reports whether the history can be shown: everything that is
// needed was read to its end, but for what the token may not see.
func (r *repository) historyWhole() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !slices.ContainsFunc(r.needs.streams(), func(stream string) bool {
		cur := r.cursors[stream]
		if stream == streamBranch {
			return cur.StartedAt != 0 || cur.Again
		}
		return !cur.Done && !r.streams[stream].denied
	})
}

// history reads the streams of the history for the first time. One that the
// token may not see is left to its own duty.
func (p *pass) history(ctx context.Context) error {
	for _, s := range historySteps {
		stream := historyDuties[s.duty]
		if s.duty != dutyBranch && p.r.cursor(stream).Done {
			continue // what has moved meanwhile is left to the next pass
		}
		err := s.step(p, ctx)
		if err != nil && (everybodys(ctx, err) || !p.r.isDenied(stream)) {
			return err
		}
		if err != nil {
			p.denied = append(p.denied, denial{s.duty, err})
			p.log.Warn("what the token may not see is left out", "stream", stream, "error", err)
		}
	}
	return nil
}

// denial is a duty that the token does not suffice for.
type denial struct {
	duty duty
	err  error
}

// isDenied reports whether the token may not see a stream.
func (r *repository) isDenied(stream string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.streams[stream].denied
}

// showHistory makes the history visible where all of it is read now.
func (p *pass) showHistory() error {
	needs := p.r.needed()
	if !p.r.isComplete() || len(needs.streams()) == 0 || !p.r.historyWhole() || p.in.mirror.HistoryComplete(p.r.id) != 0 {
		return nil
	}
	return p.write(func(b *batch) error {
		b.tx.SetHistoryComplete(p.server)
		return nil
	})
}

// sweepHistory compares the history with GitHub. What fails there is the
// streams' own affair, unless it would fail everything.
func (p *pass) sweepHistory(ctx context.Context) error {
	needs := p.r.needed()
	for _, s := range []struct {
		stream string
		sweep  func(context.Context) error
	}{
		{streamDeployments, p.sweepDeployments},
		{streamReleases, p.sweepReleases},
		{streamTags, p.sweepTags},
		{streamRuns, p.sweepRuns},
		{streamBranch, p.branch},
	} {
		if !needs.has(s.stream) || !p.r.cursor(s.stream).Done {
			continue
		}
		err := s.sweep(ctx)
		if _, limited := limitedUntil(err); err != nil && (limited || everybodys(ctx, err)) {
			return err
		}
	}
	return nil
}

// nextTurn gives when a duty of the history is due by the clock; the zero time
// where it is not.
func (s *scheduler) nextTurn(r *repository, d duty, after time.Time) time.Time {
	needs := r.needed()
	if !needs.has(historyDuties[d]) {
		return time.Time{}
	}
	switch {
	case r.isDenied(historyDuties[d]), d == dutyTags, d == dutyMilestones, d == dutyDeployments && r.openDeployments() > 0:
		return slot(r.id, s.hourly(r), after)
	case d == dutyRuns:
		return slot(r.id, s.runsEvery(r), after)
	}
	return time.Time{}
}

// hourly is how often to look at what no probe tells of.
func (s *scheduler) hourly(r *repository) time.Duration {
	if r.model().Archived {
		return daily
	}
	return hourly
}

// runsEvery is how often runs are asked for: where there were none for long,
// new ones are found later.
func (s *scheduler) runsEvery(r *repository) time.Duration {
	cur := r.cursor(streamRuns)
	switch {
	case r.model().Archived:
		return max(daily, s.in.every.Runs)
	case cur.Watermark != 0 && s.in.wall()-cur.Watermark > quiet:
		return max(hourly, s.in.every.Runs)
	}
	return s.in.every.Runs
}

// quiet is after how many seconds without a run a repository is asked less often.
const quiet = 30 * 24 * 60 * 60

// restarted begins a listing anew whose cursor GitHub takes to be invalid.
func (p *pass) restarted(stream string, cur *mirror.Cursor, back *int, err error) bool {
	if !errors.Is(err, github.ErrInvalidCursor) || cur.After == "" || *back >= maxRestarts {
		return false
	}
	p.log.Warn("cursor is no longer valid, going back", "stream", stream)
	cur.After = ""
	*back++
	return true
}

// endless is what a page is that ends where it began.
func (p *pass) endless(stream string, page github.PageInfo, after string) error {
	if page.HasNext && page.EndCursor == after {
		return fmt.Errorf("%w: a page of %s of %s ends where it began", github.ErrMalformed, stream, p.repo.FullName())
	}
	return nil
}

// unmovedHistory notes that the streams of the history in which nothing moved
// are up to date. Runs and milestones have no probe.
func (in *Ingest) unmovedHistory(r *repository, at model.Instant) {
	needs := r.needed()
	for d, stream := range historyDuties {
		if d != dutyRuns && d != dutyMilestones && needs.has(stream) && r.healthy(stream) && !r.behindIn(d) {
			r.succeeded(stream, at)
		}
	}
}

// hold notes whether some of the history waits to be published.
func (r *repository) hold(held bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = held
}

// begun reports whether a duty keeps up what was read once.
func (r *repository) begun(d duty) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	stream, ok := historyDuties[d]
	return r.complete && (!ok || r.cursors[stream].Done)
}
