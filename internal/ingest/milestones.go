package ingest

import (
	"context"

	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// milestones reads all open milestones with the numbers of their issues, mostly
// for one point: nothing tells which of them have changed.
func (p *pass) milestones(ctx context.Context) error {
	if needs := p.r.needed(); !needs.Milestones {
		return nil
	}
	return p.note(ctx, streamMilestones, p.readMilestones(ctx))
}

func (p *pass) readMilestones(ctx context.Context) error {
	var open []model.Milestone
	for after := ""; ; {
		page, err := p.in.client.Milestones(ctx, p.repo, after)
		if err == nil {
			err = p.endless(streamMilestones, page.PageInfo, after)
		}
		if err != nil {
			return err
		}
		p.saw(page.ServerTime)
		open = append(open, page.Milestones...)
		if after = page.EndCursor; !page.HasNext {
			return p.putMilestones(open)
		}
	}
}

// putMilestones stores the open ones. Those that are not among them were closed
// or deleted.
func (p *pass) putMilestones(open []model.Milestone) error {
	known, err := p.in.mirror.Milestones(p.r.id)
	if err != nil {
		return err
	}
	listed := map[int]bool{}
	for _, m := range open {
		listed[m.Number] = true
	}
	var gone []int
	for _, m := range known {
		if m.GoneAt == 0 && !listed[m.Number] {
			gone = append(gone, m.Number)
		}
	}
	cur := p.r.cursor(streamMilestones)
	first := !cur.Done
	cur = mirror.Cursor{Done: true, LastSuccess: p.server, Round: cur.Round + 1}
	dirty, changed := p.dirty, 0
	err = p.write(func(b *batch) error {
		put, err := b.tx.PutMilestones(open)
		if err != nil {
			return err
		}
		lost, err := b.tx.MarkMilestonesGone(p.server, gone)
		if err != nil {
			return err
		}
		changed = put + lost
		return b.putCursor(streamMilestones, cur)
	})
	if err != nil {
		return err
	}
	p.dirty = dirty || first || changed > 0 // otherwise there is nothing to show
	p.r.succeeded(streamMilestones, p.server)
	return nil
}
