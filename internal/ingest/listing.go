package ingest

import (
	"context"
	"errors"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// overlap is how far a pass goes back behind the watermark, in seconds:
// timestamps have a precision of one second, and GitHub's replicas lag.
const overlap = 5 * 60

// maxRestarts is how often one pass goes back because GitHub takes a cursor to
// be invalid.
const maxRestarts = 3

// maxGaps is how many items one pass steps over before it takes GitHub to be
// out of order and stops.
const maxGaps = 10

// itemStream is what tells the streams of issues and pull requests apart.
type itemStream struct {
	name string
	kind model.Kind
	size int // of a page at most
	mark func(*github.Probe) github.Watermark
	read func(context.Context, github.PageRequest) (github.ItemPage, error)
	// backwards streams have no filter by time: what has moved is read from
	// the newest to the oldest.
	backwards bool
}

// listing is a run through a stream of items in the order of their last
// update: the first one from the oldest, later ones over what moved since the
// watermark.
//
// While one is under way its cursor has StartedAt, the server time before the
// first page, and Next, the newest update that was known by then, which becomes
// the watermark when the last page is stored. Seen is then the newest update among the stored pages; between runs Seen and
// Total are what the probe said before the last one. Again asks for one more
// run at the next round, since what was written in the same second, or to a
// lagging replica, may have been missed.
type listing struct {
	*pass
	itemStream
	cur  mirror.Cursor
	size *github.PageSize
	gaps int  // stepped over
	back int  // restarts
	last bool // the page just read is the last one
}

// list brings a stream up to date and reports whether it read anything.
func (p *pass) list(ctx context.Context, s itemStream) (bool, error) {
	l := &listing{pass: p, itemStream: s, cur: p.r.cursor(s.name)}
	mark := s.mark(p.probe)
	switch {
	case !s.due(l.cur, p.probe):
		p.r.succeeded(s.name, p.server)
		return false, nil
	case l.cur.StartedAt != 0:
		l.resume()
	case !l.cur.Done && mark.Count == 0:
		l.begin(false)
		return false, l.finish(mark)
	default:
		l.begin(s.moved(l.cur, p.probe))
	}
	l.size = github.NewPageSize(l.pageSize(), l.cur.Size)
	for !l.last {
		if err := l.step(ctx); err != nil {
			return true, err
		}
	}
	return true, l.finish(mark)
}

// begin starts a run.
func (l *listing) begin(again bool) {
	l.cur.StartedAt, l.cur.Next = l.began, l.horizon
	l.cur.After, l.cur.Size, l.cur.Seen = "", 0, 0
	l.cur.Query = github.QueryHash(l.kind)
	l.cur.Again = again
}

// resume goes on with an interrupted run. What moved since it began is left to
// one more run. Records that were read by another query lack what this one
// asks for, so that a first sync begins anew.
func (l *listing) resume() {
	if l.cur.Query != github.QueryHash(l.kind) {
		if !l.cur.Done {
			l.cur = mirror.Cursor{}
		}
		l.begin(true)
	}
	l.cur.Again = true
}

// descending tells the order of the run. A first sync that has lost its place
// comes from the other side, to where it was.
func (l *listing) descending() bool { return l.backwards && l.cur.Watermark != 0 }

func (l *listing) since() model.Instant {
	if l.cur.Watermark == 0 {
		return 0
	}
	return l.cur.Watermark - overlap
}

func (l *listing) pageSize() int {
	if l.descending() && l.cur.Done {
		return min(laterPulls, l.itemStream.size)
	}
	return l.itemStream.size
}

// step reads and stores one page.
func (l *listing) step(ctx context.Context) error {
	page, gap, err := l.page(ctx)
	switch {
	case errors.Is(err, github.ErrInvalidCursor) && l.cur.After != "" && l.back < maxRestarts:
		l.restart()
		return nil
	case err != nil:
		return err
	case page.HasNext && page.EndCursor == l.cur.After:
		return fmt.Errorf("%w: a page of %s of %s ends where it began", github.ErrMalformed, l.name, l.repo.FullName())
	}
	return l.store(page, gap)
}

// restart begins anew where the cursor is not valid any more: at the
// watermark, and in a first sync at the newest update that was stored.
func (l *listing) restart() {
	l.log.Warn("cursor is no longer valid, going back", "stream", l.name)
	if !l.cur.Done && l.cur.Watermark == 0 {
		l.cur.Watermark = l.cur.Seen
	}
	l.cur.After = ""
	l.back++
}

// store puts a page, its lists that go on and the new cursor into the mirror.
func (l *listing) store(page github.ItemPage, gap *mirror.Job) error {
	items, lists := l.wanted(page)
	next := l.cur
	next.After, next.Total = page.EndCursor, page.Total
	next.Size = l.size.Size()
	if !next.Done {
		next.Stored += len(items)
	}
	if n := len(items); n > 0 && !l.descending() {
		next.Seen = max(next.Seen, items[n-1].UpdatedAt)
	}
	err := l.write(func(b *batch) error {
		for i := range items {
			if _, err := b.putItem(&items[i], lists[items[i].Number]); err != nil {
				return err
			}
		}
		if gap != nil {
			if err := b.putJob(mirror.Gaps, *gap); err != nil {
				return err
			}
		}
		b.countAll("dropped", page.Dropped)
		return b.putCursor(l.name, next)
	})
	if err != nil {
		return err
	}
	l.cur = next
	l.last = l.last || !page.HasNext
	l.saw(page.ServerTime)
	l.touch(items)
	return nil
}

// wanted gives the page's items that are not behind the watermark, where the
// order is from the newest, and their lists by number. It notes when the page
// reaches behind the watermark.
func (l *listing) wanted(page github.ItemPage) ([]model.Item, map[int][]github.Overflow) {
	items := page.Items
	if l.descending() {
		for i := range items {
			if items[i].UpdatedAt < l.since() {
				items, l.last = items[:i], true
				break
			}
		}
	}
	lists := map[int][]github.Overflow{}
	for _, list := range page.Overflow {
		lists[list.Number] = append(lists[list.Number], list)
	}
	return items, lists
}

// finish ends a run: what was known at its beginning is the new watermark.
func (l *listing) finish(mark github.Watermark) error {
	l.cur.Watermark, l.cur.StartedAt, l.cur.Next = l.cur.Next, 0, 0
	l.cur.After, l.cur.Size, l.cur.Query = "", 0, ""
	l.cur.Total, l.cur.Seen = mark.Count, mark.UpdatedAt
	l.cur.LastSuccess, l.cur.Done = l.server, true
	l.cur.Round++
	err := l.write(func(b *batch) error { return b.putCursor(l.name, l.cur) })
	if err == nil {
		l.r.succeeded(l.name, l.server)
	}
	return err
}

// page reads the page at the cursor, as large as GitHub can answer it. An item
// that cannot be read even alone is stepped over: the gap is then to be queued.
func (l *listing) page(ctx context.Context) (github.ItemPage, *mirror.Job, error) {
	req := github.PageRequest{
		Repo: l.repo, After: l.cur.After, First: l.size.Size(), Descending: l.descending(),
	}
	if !l.backwards {
		req.Since = l.since()
	}
	for {
		page, err := l.read(ctx, req)
		switch {
		case err == nil:
			l.size.Succeeded()
			return page, nil, nil
		case !smallerMayDo(err) || ctx.Err() != nil:
			return page, nil, err
		case l.size.TooHeavy():
			l.r.failed(l.name, err, l.in.now())
			req.First = l.size.Size()
		case !req.Light:
			req.Light = true
		default:
			return l.stepOver(ctx, req, err)
		}
	}
}

// smallerMayDo reports whether an error may be one item's, or a page's that
// asks for too much.
func smallerMayDo(err error) bool {
	return errors.Is(err, github.ErrTooHeavy) || errors.Is(err, github.ErrMalformed) || reason(err) == "partial"
}

// stepOver finds the cursor behind an item that cannot be read. That GitHub
// answers this much shows that the item is at fault, not GitHub.
func (l *listing) stepOver(ctx context.Context, req github.PageRequest, cause error) (github.ItemPage, *mirror.Job, error) {
	if l.gaps++; l.gaps > maxGaps {
		return github.ItemPage{}, nil, cause
	}
	ids, err := l.in.client.IDs(ctx, l.kind, req)
	if err != nil {
		return github.ItemPage{}, nil, err
	}
	page := github.ItemPage{PageInfo: ids.PageInfo}
	if len(ids.IDs) == 0 {
		return page, nil, nil
	}
	id := ids.IDs[0]
	if l.descending() && id.UpdatedAt < l.since() {
		l.last = true
		return page, nil, nil
	}
	l.size = github.NewPageSize(l.pageSize(), 0) // the item was too heavy, not the pages
	l.r.failed(l.name, cause, l.in.now())
	l.log.Warn("item cannot be read, going on without it", "stream", l.name, "number", id.Number, "error", cause)
	gap := mirror.Job{
		Number: id.Number, Kind: l.kind, NodeID: id.NodeID, Reason: reason(cause),
		Since: ids.ServerTime, Next: l.in.wall() + gapPause, Attempts: 1,
	}
	if old, ok := l.r.job(mirror.Gaps, keyOf(gap)); ok {
		gap = old // it is tried again in time
	}
	return page, &gap, nil
}
