package ingest

import (
	"context"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// catalog is a list of records that GitHub gives a page at a time, without a
// filter by time: deployments, releases or tags.
//
// The first run stores page after page. Its cursor has StartedAt then, and
// After. Later runs read what may have moved and store it in one transaction.
// Between runs Total, Seen and Query are what the probe said before the last
// one, Watermark is the newest creation that was read, Next when the list was
// read to its end last, and Size how much more GitHub counted then than it listed.
type catalog[T any] struct {
	*pass
	name   string
	mark   func(*github.Probe, *mirror.Cursor) // notes what the probe says
	empty  bool                                // GitHub has nothing
	read   func(ctx context.Context, after string) (catalogPage[T], error)
	stored func() ([]T, error)
	put    func(*mirror.Tx, []T) (int, error)
	lose   func(*mirror.Tx, model.Instant, []T) (int, error)
	card   func(*T) card
	// enough reports whether a page ends what a later run is to read, as long
	// as as many records are known as GitHub counts. nil: the first page does.
	enough func(rows []T, watermark model.Instant) bool
	// more reads records apart from the pages, and those that are gone. nil: none.
	more func(ctx context.Context, listed map[string]bool, rows, known []T) (read, gone []T, err error)
}

// catalogPage is a page of a catalog.
type catalogPage[T any] struct {
	github.PageInfo
	rows    []T
	dropped map[string]int
}

// card is what a catalog has to know of a record.
type card struct {
	id      string
	created model.Instant // 0 where the list is not ordered by it
	readAt  model.Instant
	goneAt  model.Instant
	ships   bool // it is somebody's business
}

// follow brings a catalog up to date: what the probe found to have moved, or
// where whole is set all of it.
func (c *catalog[T]) follow(ctx context.Context, whole bool) error {
	cur := c.r.cursor(c.name)
	var err error
	switch {
	case cur.StartedAt != 0 || !cur.Done:
		err = c.first(ctx, cur)
	default:
		err = c.later(ctx, cur, whole)
	}
	return c.note(ctx, c.name, err)
}

// first reads everything. What is created meanwhile is left to a later run.
func (c *catalog[T]) first(ctx context.Context, cur mirror.Cursor) error {
	resumed := cur.StartedAt != 0
	if !resumed {
		cur = mirror.Cursor{StartedAt: c.began}
		c.mark(c.probe, &cur)
	}
	back := 0
	for last := c.empty && !resumed; ; {
		var page catalogPage[T]
		if !last {
			var err error
			page, err = c.read(ctx, cur.After)
			if c.restarted(c.name, &cur, &back, err) {
				continue
			}
			if err == nil {
				err = c.endless(c.name, page.PageInfo, cur.After)
			}
			if err != nil {
				return err
			}
			c.saw(page.ServerTime)
			last = !page.HasNext
		}
		cur.After = page.EndCursor
		cur.Stored += len(page.rows)
		cur.Watermark = max(cur.Watermark, c.newest(page.rows))
		if last {
			cur = c.ended(cur, cur.StartedAt, page.Total, cur.Stored)
			cur.Again = resumed
		}
		if err := c.store(cur, page.rows, nil, page.dropped); err != nil || last {
			return err
		}
	}
}

// ended gives the cursor of a list that was read to its end: so many records
// of those that GitHub counts.
func (c *catalog[T]) ended(cur mirror.Cursor, began model.Instant, total, listed int) mirror.Cursor {
	cur.StartedAt, cur.After = 0, ""
	cur.Next, cur.Size = began, total-listed
	cur.LastSuccess, cur.Done = c.server, true
	cur.Round++
	return cur
}

func (c *catalog[T]) newest(rows []T) (at model.Instant) {
	for i := range rows {
		at = max(at, c.card(&rows[i]).created)
	}
	return at
}

// later reads what may have moved, or everything.
func (c *catalog[T]) later(ctx context.Context, cur mirror.Cursor, whole bool) error {
	before := cur
	c.mark(c.probe, &cur)
	cur.Again = !before.Again && !whole && (cur.Total != before.Total || cur.Seen != before.Seen || cur.Query != before.Query)
	known, err := c.stored()
	if err != nil {
		return err
	}
	run := catalogRun[T]{catalog: c, known: known, listed: map[string]bool{}, whole: whole}
	began := c.server
	if err := run.pages(ctx, before); err != nil {
		return err
	}
	gone := run.absent(began)
	if c.more != nil {
		read, lost, err := c.more(ctx, run.listed, run.rows, known)
		if err != nil {
			return err
		}
		run.rows, gone = append(run.rows, read...), append(gone, lost...)
	}
	cur.Watermark = max(cur.Watermark, c.newest(run.rows))
	if run.ended {
		cur = c.ended(cur, began, run.total, len(run.listed))
	} else {
		cur.LastSuccess = c.server
		cur.Round++
	}
	return c.store(cur, run.rows, gone, run.dropped)
}

// store puts records into the mirror with the cursor behind them. That their
// commits are to be looked for is stored with them.
func (c *catalog[T]) store(cur mirror.Cursor, rows, gone []T, dropped map[string]int) error {
	err := c.write(func(b *batch) error {
		changed, err := c.put(b.tx, rows)
		if err != nil {
			return err
		}
		lost, err := c.lose(b.tx, c.server, gone)
		if err != nil {
			return err
		}
		b.count("repairs", goneDeleted, lost)
		b.countAll("dropped", dropped)
		if changed > 0 && c.anyShips(rows) {
			if err := b.wantCommits(); err != nil {
				return err
			}
		}
		return b.putCursor(c.name, cur)
	})
	if err == nil && cur.StartedAt == 0 {
		c.r.succeeded(c.name, c.server)
	}
	return err
}

func (c *catalog[T]) anyShips(rows []T) bool {
	for i := range rows {
		if c.card(&rows[i]).ships {
			return true
		}
	}
	return false
}

// catalogRun is a later run through a catalog.
type catalogRun[T any] struct {
	*catalog[T]
	known   []T
	rows    []T
	listed  map[string]bool
	dropped map[string]int
	total   int
	whole   bool
	ended   bool // the list was read to its end
}

// pages reads pages until what moved is read. Where GitHub counts another
// number than is known then, something was deleted, or is new behind them.
func (c *catalogRun[T]) pages(ctx context.Context, cur mirror.Cursor) error {
	for after := ""; !c.ended; {
		page, err := c.read(ctx, after)
		if err == nil {
			err = c.endless(c.name, page.PageInfo, after)
		}
		if err != nil {
			return err
		}
		c.saw(page.ServerTime)
		c.rows = append(c.rows, page.rows...)
		for i := range page.rows {
			c.listed[c.card(&page.rows[i]).id] = true
		}
		for word, n := range page.dropped {
			if c.dropped == nil {
				c.dropped = map[string]int{}
			}
			c.dropped[word] += n
		}
		after, c.total, c.ended = page.EndCursor, page.Total, !page.HasNext
		enough := c.enough == nil || c.enough(page.rows, cur.Watermark)
		if !c.whole && enough && c.alive() == page.Total-cur.Size {
			return nil
		}
	}
	return nil
}

// alive counts the records that there are, as far as it is known by now.
func (c *catalogRun[T]) alive() int {
	n := len(c.listed)
	for i := range c.known {
		if k := c.card(&c.known[i]); k.goneAt == 0 && !c.listed[k.id] {
			n++
		}
	}
	return n
}

// absent gives the stored records that the list does not have any more. Of one
// that was created just before, a lagging replica may not know yet.
func (c *catalogRun[T]) absent(began model.Instant) (gone []T) {
	if !c.ended {
		return nil
	}
	for i := range c.known {
		k := c.card(&c.known[i])
		if k.goneAt == 0 && !c.listed[k.id] && k.readAt < began && k.created < began-overlap {
			gone = append(gone, c.known[i])
		}
	}
	return gone
}

// weekly reports whether a catalog was not read to its end for a week, with
// some hours to spare, since sweeps do not come by the minute.
func (p *pass) weekly(stream string) bool {
	const week, spare = 7 * 24 * 60 * 60, 6 * 60 * 60
	return p.in.wall()-p.r.cursor(stream).Next >= week-spare
}
