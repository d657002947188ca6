package ingest

import (
	"context"
	"errors"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// drain reads the lists within items that go on behind their pages, until none
// is left, twenty side by side in one request.
func (p *pass) drain(ctx context.Context) error {
	size := github.NewPageSize(github.DrainBatch, 0)
	for {
		jobs := p.r.jobs(mirror.Overflow, p.in.wall())
		if len(jobs) == 0 {
			return nil
		}
		if err := p.drainSome(ctx, jobs[:min(len(jobs), size.Size())], size); err != nil {
			return err
		}
	}
}

// drainSome reads one more page of each list and stores what it got.
func (p *pass) drainSome(ctx context.Context, jobs []mirror.Job, size *github.PageSize) error {
	lists := make([]github.Overflow, len(jobs))
	for i, job := range jobs {
		lists[i] = overflowOf(job)
	}
	pages, err := p.in.client.Drain(ctx, p.repo, lists)
	switch {
	case err == nil:
		size.Succeeded()
	case !smallerMayDo(err) || ctx.Err() != nil:
		return err
	case size.TooHeavy():
		return nil
	default: // it is this list alone
		pages = []github.OverflowPage{{Overflow: lists[0], Err: err}}
	}
	return p.write(func(b *batch) error {
		for i := range pages {
			if err := p.putListPage(b, &pages[i], jobs); err != nil {
				return err
			}
		}
		return nil
	})
}

func overflowOf(job mirror.Job) github.Overflow {
	return github.Overflow{
		Number: job.Number, Kind: job.Kind, NodeID: job.NodeID,
		Connection: github.Connection(job.Connection), After: job.After,
	}
}

// jobOf finds the job that asked for a list.
func jobOf(list github.Overflow, jobs []mirror.Job) mirror.Job {
	for _, job := range jobs {
		if overflowOf(job) == list {
			return job
		}
	}
	return mirror.Job{Number: list.Number, NodeID: list.NodeID, Connection: string(list.Connection)}
}

// putListPage stores a page of a list and what is to be read next of it.
func (p *pass) putListPage(b *batch, page *github.OverflowPage, jobs []mirror.Job) error {
	job := jobOf(page.Overflow, jobs)
	if page.Err != nil {
		return p.putListError(b, job, page.Err)
	}
	p.saw(page.ServerTime)
	old, err := b.tx.Item(job.Number)
	if err != nil {
		return err
	}
	read := partial(page, job)
	if _, err := known(b.tx.UpsertItem(read)); err != nil {
		return err
	}
	if old != nil && b.r.isComplete() && tellsDeletion(read, old) {
		if err := b.putJob(mirror.Rereads, p.whole(old)); err != nil {
			return err
		}
	}
	b.countAll("dropped", page.Dropped)
	if page.HasNext {
		job.After = page.EndCursor
		return b.putJob(mirror.Overflow, job)
	}
	b.deleteJob(mirror.Overflow, keyOf(job))
	return nil
}

// partial makes of a page what it adds to its item.
func partial(page *github.OverflowPage, job mirror.Job) *model.Item {
	read := &model.Item{
		Number: page.Number, Kind: page.Kind, NodeID: page.NodeID, ReadAt: max(page.ServerTime, job.Since),
		Events: page.Events, Commits: page.Commits, Labels: page.Labels, Closes: page.Closes, Mentions: page.Mentions,
	}
	if page.Connection == github.Timeline {
		read.TimelineEnd = page.EndCursor
	}
	return read
}

// putListError decides on a list that could not be read: it begins anew where
// its cursor is stale, is forgotten with an item that is gone, and is put off
// otherwise, so that it holds up nothing else.
func (p *pass) putListError(b *batch, job mirror.Job, err error) error {
	switch {
	case errors.Is(err, github.ErrInvalidCursor) && job.After != "":
		job.After = ""
		return b.putJob(mirror.Overflow, job)
	case errors.Is(err, github.ErrNotFound), errors.Is(err, github.ErrGone):
		b.deleteJob(mirror.Overflow, keyOf(job))
		return b.putJob(mirror.Suspects, p.suspect(job.Number, job.Kind))
	}
	p.r.failed(streamQueues, err, p.in.now())
	p.log.Warn("list cannot be read, going on without it",
		"number", job.Number, "list", job.Connection, "error", err)
	b.deleteJob(mirror.Overflow, keyOf(job))
	job.Attempts, job.Reason, job.Next = job.Attempts+1, reason(err), p.in.wall()+gapPause
	return b.putJob(mirror.Gaps, job)
}
