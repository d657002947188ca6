package ingest

import (
	"context"
	"errors"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// gapPause is how long, in seconds, what could not be read is left alone.
const gapPause = 60 * 60

// refetch reads items again by node id, some at a time, and stores them. Each
// that was stored is told to stored, in the same transaction, with what was
// known of it before, nil where that was nothing. An item that is gone becomes
// a suspect, one that cannot be read a gap.
func (p *pass) refetch(
	ctx context.Context, kind model.Kind, ids []github.ItemID,
	stored func(b *batch, item, old *model.Item, changed bool) error,
) error {
	size := github.NewPageSize(github.ItemsBatch, 0)
	for len(ids) > 0 {
		n := min(len(ids), size.Size())
		results, err := p.in.client.Items(ctx, p.repo, ids[:n])
		switch {
		case err == nil:
			size.Succeeded()
		case !smallerMayDo(err) || ctx.Err() != nil:
			return err
		case size.TooHeavy():
			continue
		default:
			results = []github.ItemResult{{ItemID: ids[0], Err: err}}
		}
		err = p.write(func(b *batch) error {
			for i := range results {
				if err := p.putResult(b, kind, &results[i], stored); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// putResult stores one item that was read again.
func (p *pass) putResult(
	b *batch, kind model.Kind, res *github.ItemResult,
	stored func(b *batch, item, old *model.Item, changed bool) error,
) error {
	if res.Err != nil {
		return p.putItemError(b, kind, res)
	}
	old, err := b.tx.Item(res.Number)
	if err != nil {
		return err
	}
	changed, err := b.putItem(&res.Item, res.Overflow)
	if err != nil {
		return err
	}
	p.moved = p.moved || old == nil && kind == model.PullRequest
	p.saw(res.Item.ReadAt)
	b.countAll("dropped", res.Dropped)
	b.deleteJob(mirror.Rereads, jobKey{number: res.Number, node: res.NodeID})
	if stored == nil {
		return nil
	}
	return stored(b, &res.Item, old, changed)
}

// putItemError decides on an item that could not be read again.
func (p *pass) putItemError(b *batch, kind model.Kind, res *github.ItemResult) error {
	k := jobKey{number: res.Number, node: res.NodeID}
	b.deleteJob(mirror.Rereads, k)
	if errors.Is(res.Err, github.ErrNotFound) || errors.Is(res.Err, github.ErrGone) {
		b.deleteJob(mirror.Gaps, k)
		return b.putJob(mirror.Suspects, p.suspect(res.Number, kind))
	}
	p.r.failed(streamQueues, res.Err, p.in.now())
	gap, _ := b.r.job(mirror.Gaps, k)
	gap.Number, gap.NodeID, gap.Kind = res.Number, res.NodeID, kind
	gap.Attempts, gap.Reason, gap.Next = gap.Attempts+1, reason(res.Err), p.in.wall()+gapPause
	if gap.Since == 0 {
		gap.Since = p.server
	}
	return b.putJob(mirror.Gaps, gap)
}
