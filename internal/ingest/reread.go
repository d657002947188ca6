package ingest

import (
	"context"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// wholeItem is an item whose whole timeline is being read again.
type wholeItem struct {
	res     github.ItemResult
	pages   []github.OverflowPage
	seen    map[string]bool // ids of its events
	lines   map[int64]bool  // ids of its comments on lines; nil where they were not asked for
	linesAt model.Instant
	err     error
}

// rereadWhole reads items again with their timelines from the beginning to the
// end, so that events which are not among them are known to be gone, and where
// lines is set so are comments on lines. Nothing of an item is stored before
// all of it was read.
func (p *pass) rereadWhole(
	ctx context.Context, kind model.Kind, ids []github.ItemID, lines bool,
	stored func(b *batch, item, old *model.Item, changed bool) error,
) error {
	for len(ids) > 0 {
		n := min(len(ids), github.ItemsBatch)
		results, err := p.in.client.Items(ctx, p.repo, ids[:n])
		if err != nil {
			return err
		}
		items := make([]wholeItem, len(results))
		for i, res := range results {
			items[i] = wholeItem{res: res, seen: map[string]bool{}, err: res.Err}
			items[i].see(res.Item.Events)
		}
		if err := p.completeTimelines(ctx, items); err != nil {
			return err
		}
		if lines && kind == model.PullRequest {
			if err := p.completeLines(ctx, items); err != nil {
				return err
			}
		}
		if err := p.writeWhole(kind, items, stored); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

func (w *wholeItem) see(events []model.Event) {
	for _, e := range events {
		w.seen[e.ID] = true
	}
}

// rest takes the continuation of the timeline out of the item's lists.
func (w *wholeItem) rest() (timeline []github.Overflow) {
	var others []github.Overflow
	for _, list := range w.res.Overflow {
		if list.Connection == github.Timeline {
			timeline = append(timeline, list)
		} else {
			others = append(others, list)
		}
	}
	w.res.Overflow = others
	return timeline
}

// completeTimelines reads what follows the first pages of the timelines.
func (p *pass) completeTimelines(ctx context.Context, items []wholeItem) error {
	var lists []github.Overflow
	of := map[int]*wholeItem{}
	for i := range items {
		of[items[i].res.Number] = &items[i]
		lists = append(lists, items[i].rest()...)
	}
	for len(lists) > 0 {
		n := min(len(lists), github.DrainBatch)
		pages, err := p.in.client.Drain(ctx, p.repo, lists[:n])
		if err != nil {
			return err
		}
		lists = lists[n:]
		for _, page := range pages {
			w := of[page.Number]
			if page.Err != nil {
				w.err = page.Err
				continue
			}
			w.see(page.Events)
			w.pages = append(w.pages, page)
			if page.HasNext {
				lists = append(lists, page.Next())
			}
		}
	}
	return nil
}

// writeWhole stores items that were read to their ends.
func (p *pass) writeWhole(
	kind model.Kind, items []wholeItem,
	stored func(b *batch, item, old *model.Item, changed bool) error,
) error {
	return p.write(func(b *batch) error {
		b.whole = true
		for i := range items {
			if err := p.putWhole(b, kind, &items[i], stored); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *pass) putWhole(
	b *batch, kind model.Kind, w *wholeItem,
	stored func(b *batch, item, old *model.Item, changed bool) error,
) error {
	w.res.Err = w.err
	changed := false
	note := func(_ *batch, _, _ *model.Item, c bool) error { changed = c; return nil }
	old, err := b.tx.Item(w.res.Number)
	if err != nil {
		return err
	}
	if err := p.putResult(b, kind, &w.res, note); err != nil || w.err != nil {
		return err
	}
	at := w.res.Item.ReadAt
	for i := range w.pages {
		page := &w.pages[i]
		more, err := b.tx.UpsertItem(partial(page, mirror.Job{Since: at}))
		if err != nil {
			return err
		}
		changed = changed || more
		at = max(at, page.ServerTime)
		b.countAll("dropped", page.Dropped)
	}
	gone, err := b.tx.MarkEventsGone(w.res.Number, at, w.absent(old))
	if err != nil {
		return fmt.Errorf("mark events of #%d: %w", w.res.Number, err)
	}
	lost, err := b.tx.MarkReviewCommentsGone(w.res.Number, w.linesAt, w.absentLines(old))
	if err != nil {
		return fmt.Errorf("mark comments on lines of #%d: %w", w.res.Number, err)
	}
	if stored == nil {
		return nil
	}
	return stored(b, &w.res.Item, old, changed || gone || lost)
}

// absent gives the stored events that the timeline does not hold any more.
// Where GitHub gave something as null, only comments and reviews are certain
// to be gone.
func (w *wholeItem) absent(old *model.Item) (ids []string) {
	if old == nil {
		return nil
	}
	nulls := len(w.res.Dropped) > 0
	for i := range w.pages {
		nulls = nulls || len(w.pages[i].Dropped) > 0
	}
	for _, e := range old.Events {
		certain := !nulls || e.Kind == model.Commented || e.Kind == model.Reviewed
		if e.GoneAt == 0 && certain && !w.seen[e.ID] {
			ids = append(ids, e.ID)
		}
	}
	return ids
}
