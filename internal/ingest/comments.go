package ingest

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const (
	// stickyRows is how many rows the answer to one URL may have before the
	// next poll moves on. Until then the URL stays, and with it the ETag: that
	// nothing changed costs nothing, and a change costs one request.
	stickyRows = 50
	// unconditional is after how many polls the ETag is left out once, in case
	// it was stored for an answer that never was.
	unconditional = 50
)

// commentStream is what tells the two streams of comments apart.
type commentStream struct {
	name string
	read func(context.Context, github.CommentsRequest) (github.CommentsPage, error)
	// put stores a page's comments. It gives the time of the earliest that will
	// have to be read again, 0 where there is none.
	put func(*batch, *github.CommentsPage) (model.Instant, error)
	// since is the watermark that the first listing gives.
	since model.Instant
}

// reviews reads the comments on lines of pull requests: all of them at first,
// then those that were written or edited since.
func (p *pass) reviews(ctx context.Context) error {
	if p.probe.Pulls.Count == 0 {
		return p.note(ctx, streamReviewComments, p.noReviews())
	}
	return p.note(ctx, streamReviewComments, p.follow(ctx, commentStream{
		name: streamReviewComments, read: p.in.client.ReviewComments, put: putReviewComments,
		since: p.r.cursor(streamPulls).Watermark,
	}))
}

// noReviews ends the first listing where there is nothing to list.
func (p *pass) noReviews() (err error) {
	if !p.r.cursor(streamReviewComments).Done {
		cur := mirror.Cursor{Watermark: p.horizon, LastSuccess: p.server, Done: true}
		err = p.write(func(b *batch) error { return b.putCursor(streamReviewComments, cur) })
	}
	if err == nil {
		p.r.succeeded(streamReviewComments, p.server)
	}
	return err
}

// comments reads the comments on issues and pull requests that were written or
// edited since: an edit may leave the item's time of update as it was.
func (p *pass) comments(ctx context.Context) error {
	if p.probe.Issues.Count+p.probe.Pulls.Count == 0 || p.repo.NoIssues { // GitHub answers 410 then
		p.r.succeeded(streamComments, p.server)
		return nil
	}
	return p.note(ctx, streamComments, p.follow(ctx, commentStream{
		name: streamComments, read: p.in.client.IssueComments, put: putIssueComments,
	}))
}

// follow reads a stream of comments from its watermark on.
//
// While it runs, its cursor has StartedAt, Next is the watermark to be, and
// Seen the newest update stored. Each page after the first is asked for by the
// time at which the one before ended: in a list by page numbers, a comment
// that is edited meanwhile moves to the end and lets another one slip through.
// Where more comments than a page holds bear the same time, GitHub's link to
// the next page is followed. Between runs URL and ETag are those to ask again.
func (p *pass) follow(ctx context.Context, s commentStream) error {
	cur := p.r.cursor(s.name)
	req := p.firstRequest(cur)
	rows := 0
	for {
		page, err := s.read(ctx, req)
		if err != nil {
			return err
		}
		p.saw(page.ServerTime)
		if page.NotModified && page.Next == "" {
			return p.unmodified(s, cur)
		}
		if page.NotModified { // the page is as it was, but no longer the last
			req.ETag, req.Identity = "", ""
			continue
		}
		rows += len(page.Review) + len(page.Issue)
		if cur, err = p.putComments(s, advance(cur, s.since, p.horizon, &page, rows), &page); err != nil {
			return err
		}
		if page.Next == "" {
			p.r.succeeded(s.name, page.ServerTime)
			return nil
		}
		req = p.nextRequest(req, cur)
	}
}

// firstRequest asks on from where the cursor is.
func (p *pass) firstRequest(cur mirror.Cursor) github.CommentsRequest {
	req := github.CommentsRequest{Repo: p.repo, URL: cur.URL}
	switch {
	case cur.StartedAt != 0:
		req.Since = max(0, cur.Seen-1)
		return req
	case cur.Watermark != 0:
		req.Since = cur.Watermark - overlap
	}
	if cur.Round%unconditional != unconditional-1 {
		req.ETag, req.Identity = cur.ETag, cur.Identity
	}
	return req
}

// nextRequest asks for what follows the page that cur ends with.
func (p *pass) nextRequest(last github.CommentsRequest, cur mirror.Cursor) github.CommentsRequest {
	return github.CommentsRequest{Repo: p.repo, URL: cur.URL, Since: max(last.Since, cur.Seen-1)}
}

// advance gives the cursor behind a page, of which rows is the number of all
// comments since the run began. The first run's watermark is given: items that
// were opened since may be missing, and with them their comments.
func advance(cur mirror.Cursor, first, horizon model.Instant, page *github.CommentsPage, rows int) mirror.Cursor {
	continued := cur.StartedAt != 0
	if !continued {
		cur.StartedAt, cur.Next, cur.Seen = page.ServerTime, page.ServerTime, 0
		if !cur.Done {
			cur.Next = min(cur.Next, first)
		}
	}
	before := cur.Seen
	cur.Seen = max(cur.Seen, page.LastUpdate)
	if !cur.Done {
		cur.Stored += len(page.Review) + len(page.Issue)
	}
	cur.ETag, cur.Identity = "", ""
	if page.Next != "" {
		cur.URL = ""
		if cur.Seen <= before { // one instant fills the page
			cur.URL = page.Next
		}
		return cur
	}
	if cur.Done { // see pass.horizon; a first run's watermark is one already
		cur.Next = min(cur.Next, max(horizon, cur.Seen))
	}
	if !cur.Done || continued || rows > stickyRows || page.ETag == "" {
		cur.Watermark, cur.URL = cur.Next, ""
	} else {
		cur.URL, cur.ETag, cur.Identity = page.URL, page.ETag, page.Identity
	}
	cur.StartedAt, cur.Next, cur.Seen, cur.Done = 0, 0, 0, true
	cur.LastSuccess = page.ServerTime
	cur.Round++
	return cur
}

// hold keeps the cursor from passing a comment that has to be read again.
func hold(cur mirror.Cursor, missed model.Instant) mirror.Cursor {
	if missed == 0 {
		return cur
	}
	cur.ETag = ""
	if cur.StartedAt != 0 {
		cur.Next = min(cur.Next, missed)
	}
	if cur.Watermark > missed {
		cur.Watermark, cur.URL = missed, ""
	}
	return cur
}

// unmodified ends a poll that found nothing new.
func (p *pass) unmodified(s commentStream, cur mirror.Cursor) error {
	cur.LastSuccess = p.server
	cur.Round++
	dirty := p.dirty
	err := p.write(func(b *batch) error { return b.putCursor(s.name, cur) })
	p.dirty = dirty // there is nothing to show
	if err == nil {
		p.r.succeeded(s.name, p.server)
	}
	return err
}

// putComments stores a page of comments and the cursor behind it, which it gives.
func (p *pass) putComments(s commentStream, cur mirror.Cursor, page *github.CommentsPage) (mirror.Cursor, error) {
	err := p.write(func(b *batch) error {
		missed, err := s.put(b, page)
		if err != nil {
			return err
		}
		cur = hold(cur, missed)
		return b.putCursor(s.name, cur)
	})
	return cur, err
}

// recent is for how long, in seconds, a review comment whose pull request the
// mirror lacks is taken to be on a new one, which is about to be read.
const recent = 60 * 60

func putReviewComments(b *batch, page *github.CommentsPage) (missed model.Instant, err error) {
	byNumber := map[int][]model.ReviewComment{}
	for _, c := range page.Review {
		byNumber[c.Number] = append(byNumber[c.Number], c.ReviewComment)
	}
	for number, comments := range sorted(byNumber) {
		_, err := b.tx.MergeReviewComments(number, page.ServerTime, comments)
		if !errors.Is(err, mirror.ErrUnknownItem) {
			if err != nil {
				return 0, err
			}
			continue
		}
		for _, c := range comments {
			if c.UpdatedAt > page.ServerTime-recent && (missed == 0 || c.UpdatedAt < missed) {
				missed = c.UpdatedAt
			}
		}
	}
	return missed, nil
}

// putIssueComments stores comments on items that the mirror has; those of
// others are read with the item.
func putIssueComments(b *batch, page *github.CommentsPage) (model.Instant, error) {
	byNumber := map[int][]model.Event{}
	for _, c := range page.Issue {
		byNumber[c.Number] = append(byNumber[c.Number], c.Event)
	}
	for number, events := range sorted(byNumber) {
		if _, err := known(b.tx.MergeEvents(number, page.ServerTime, events)); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// rewind has the comments on lines read again from an instant on: that of the
// creation of a pull request that the mirror lacked.
func (b *batch) rewind(created model.Instant) error {
	cur := b.r.cursor(streamReviewComments)
	switch {
	case !cur.Done:
		return nil // they are still to be read
	case cur.Watermark > created, cur.StartedAt != 0 && cur.Seen > created:
		cur.Watermark, cur.URL, cur.ETag = min(cur.Watermark, created), "", ""
		cur.StartedAt, cur.Next, cur.Seen = 0, 0, 0
	case cur.ETag == "":
		return nil
	default: // the same address tells of them, but not that they are as they were
		cur.ETag = ""
	}
	return b.putCursor(streamReviewComments, cur)
}

// sorted yields a map's entries by key.
func sorted[K cmp.Ordered, V any](m map[K]V) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
