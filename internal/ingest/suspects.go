package ingest

import (
	"context"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const (
	// confirmPause is how long after GitHub first did not find something it is
	// asked once more, unless sweeps are closer together.
	confirmPause = 10 * time.Minute
	// maxSuspects is how many items one pass looks for, one request each.
	maxSuspects = 50
)

// Why an item is gone.
const (
	goneDeleted     = "deleted"
	goneTransferred = "transferred"
	goneConverted   = "converted"
)

// suspect makes a job to find out what became of an item.
func (p *pass) suspect(number int, kind model.Kind) mirror.Job {
	if job, ok := p.r.job(mirror.Suspects, jobKey{number: number}); ok {
		return job
	}
	return mirror.Job{Number: number, Kind: kind, Since: p.server}
}

// confirmAfter is how long to wait before a second look.
func (in *Ingest) confirmAfter() model.Instant {
	return model.Instant(min(confirmPause, in.every.Sweep) / time.Second)
}

// suspects looks for items that may be gone. GitHub's word that one was deleted
// or lives elsewhere is taken; that it is not found must be so twice.
func (p *pass) suspects(ctx context.Context) error {
	jobs := p.r.jobs(mirror.Suspects, p.in.wall())
	readable := false
	for i, job := range jobs {
		if job.Number == 0 { // the repository itself: the probe's affair
			continue
		}
		if i >= maxSuspects {
			break
		}
		found, err := p.in.client.Exists(ctx, p.repo, job.Number)
		if err != nil {
			return err
		}
		p.saw(found.At)
		if found.Presence != github.Present && !readable {
			if err := p.readable(ctx); err != nil {
				return err
			}
			readable = true
		}
		if err := p.settle(ctx, job, found); err != nil {
			return err
		}
	}
	return nil
}

// readable makes sure that the repository itself can be read: otherwise that
// an item is not found says nothing of the item.
func (p *pass) readable(ctx context.Context) error {
	for _, probe := range p.in.client.Probe(ctx, []model.Repository{p.repo}) {
		if probe.Err != nil {
			return probe.Err
		}
		p.saw(probe.Repository.ReadAt)
	}
	return nil
}

// settle decides on a suspect.
func (p *pass) settle(ctx context.Context, job mirror.Job, found github.Existence) error {
	switch {
	case found.Presence == github.Present:
		return p.alive(ctx, job)
	case found.Presence == github.Transferred:
		return p.bury(job, goneTransferred, found.At)
	case found.Certain || job.Attempts > 0:
		return p.bury(job, goneDeleted, found.At)
	}
	job.Attempts, job.Reason = 1, "not_found"
	job.Since, job.Next = found.At, p.in.wall()+p.in.confirmAfter()
	return p.write(func(b *batch) error { return b.putJob(mirror.Suspects, job) })
}

// alive takes back a suspicion. The item is read again: a sweep or a read has
// missed it.
func (p *pass) alive(ctx context.Context, job mirror.Job) error {
	item, err := p.in.mirror.Item(p.r.id, job.Number)
	if err != nil {
		return err
	}
	err = p.write(func(b *batch) error {
		b.deleteJob(mirror.Suspects, keyOf(job))
		return nil
	})
	if err != nil || item == nil || item.GoneAt == 0 {
		return err
	}
	return p.refetch(ctx, item.Kind, []github.ItemID{{NodeID: item.NodeID, Number: item.Number}}, nil)
}

// bury records that an item is gone, at the server time of the read that found it so.
func (p *pass) bury(job mirror.Job, why string, at model.Instant) error {
	return p.write(func(b *batch) error {
		b.deleteJob(mirror.Suspects, keyOf(job))
		item, err := b.tx.Item(job.Number)
		if err != nil || item == nil || item.GoneAt != 0 {
			return err
		}
		if why == goneDeleted && has(item, model.ConvertedToDiscussion) {
			why = goneConverted
		}
		changed, err := b.tx.MarkGone(job.Number, why, max(at, item.ReadAt))
		if changed {
			b.count("repairs", why, 1)
			p.log.Info("item is gone", "number", job.Number, "reason", why)
		}
		return err
	})
}

func has(it *model.Item, kind model.EventKind) bool {
	for _, e := range it.Events {
		if e.Kind == kind {
			return true
		}
	}
	return false
}
