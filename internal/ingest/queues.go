package ingest

import (
	"context"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Why an item is to be read again.
const (
	rereadTrailing = "trailing" // its state is ahead of its events
	rereadWhole    = "whole"    // something of its timeline was deleted
)

// work does what is due in the queues: items to be read again, what could not
// be read, and items that may be gone.
func (p *pass) work(ctx context.Context) error {
	for _, step := range []func(context.Context) error{p.doubts, p.rereads, p.gapsAgain, p.drain, p.suspects} {
		if err := step(ctx); err != nil {
			return p.note(ctx, streamQueues, err)
		}
	}
	p.r.succeeded(streamQueues, p.server)
	return nil
}

// itemIDs gives the items of some jobs by kind.
func itemIDs(jobs []mirror.Job) map[model.Kind][]github.ItemID {
	ids := map[model.Kind][]github.ItemID{}
	for _, job := range jobs {
		ids[job.Kind] = append(ids[job.Kind], github.ItemID{NodeID: job.NodeID, Number: job.Number})
	}
	return ids
}

// rereads reads items again that are due.
func (p *pass) rereads(ctx context.Context) error {
	var trailing, whole []mirror.Job
	for _, job := range p.r.jobs(mirror.Rereads, p.in.wall()) {
		if job.Reason == rereadWhole {
			whole = append(whole, job)
		} else {
			trailing = append(trailing, job)
		}
	}
	for kind, ids := range sorted(itemIDs(trailing)) {
		if err := p.refetch(ctx, kind, ids, nil); err != nil {
			return err
		}
	}
	for kind, ids := range sorted(itemIDs(whole)) {
		if err := p.rereadWhole(ctx, kind, ids, true, nil); err != nil {
			return err
		}
	}
	return nil
}

// gapsAgain tries again to read what could not be read: items by themselves,
// lists where they were left.
func (p *pass) gapsAgain(ctx context.Context) error {
	var items, lists []mirror.Job
	for _, job := range p.r.jobs(mirror.Gaps, p.in.wall()) {
		if job.Connection == "" {
			items = append(items, job)
		} else {
			lists = append(lists, job)
		}
	}
	for kind, ids := range sorted(itemIDs(items)) {
		if err := p.refetch(ctx, kind, ids, nil); err != nil {
			return err
		}
	}
	if len(lists) == 0 {
		return nil
	}
	return p.write(func(b *batch) error {
		for _, job := range lists {
			b.deleteJob(mirror.Gaps, keyOf(job))
			job.Next = 0
			if err := b.putJob(mirror.Overflow, job); err != nil {
				return err
			}
		}
		return nil
	})
}

// whole makes a job to read an item's timeline again from its beginning.
func (p *pass) whole(item *model.Item) mirror.Job {
	return mirror.Job{
		Number: item.Number, Kind: item.Kind, NodeID: item.NodeID, Reason: rereadWhole, Since: p.server,
	}
}

// lostSomething reports whether a read shows that something was deleted since
// the one before: a count is lower, or an event says so.
func lostSomething(item, old *model.Item) bool {
	return old != nil &&
		(item.CommentCount < old.CommentCount || item.ReviewCount < old.ReviewCount || tellsDeletion(item, old))
}

// tellsDeletion reports whether a read holds an event that tells of a deleted
// comment and was not known. It does not tell which; GitHub writes one only
// where somebody deletes another's comment.
func tellsDeletion(read, old *model.Item) bool {
	for _, e := range read.Events {
		known := func(o model.Event) bool { return o.ID == e.ID }
		if e.Kind == model.CommentDeleted && !slices.ContainsFunc(old.Events, known) {
			return true
		}
	}
	return false
}
