package ingest

import (
	"context"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// completeLines lists the comments on lines of those of the pull requests that
// have any stored: no other read tells which of them were deleted.
func (p *pass) completeLines(ctx context.Context, items []wholeItem) error {
	for i := range items {
		w := &items[i]
		old, err := p.in.mirror.Item(p.r.id, w.res.Number)
		if err != nil {
			return err
		}
		if w.err != nil || old == nil || !hasLines(old) {
			continue
		}
		if w.err = p.listLines(ctx, w); everybodys(ctx, w.err) {
			return w.err
		}
		if _, limited := limitedUntil(w.err); limited {
			return w.err
		}
	}
	return nil
}

func hasLines(it *model.Item) bool {
	for _, c := range it.ReviewComments {
		if c.GoneAt == 0 {
			return true
		}
	}
	return false
}

// listLines lists the comments on lines of one pull request.
func (p *pass) listLines(ctx context.Context, w *wholeItem) error {
	w.lines = map[int64]bool{}
	for next := ""; ; {
		page, err := p.in.client.ReviewComments(ctx, github.CommentsRequest{Repo: p.repo, Pull: w.res.Number, URL: next})
		if err != nil {
			return err
		}
		for _, c := range page.Review {
			w.lines[c.ID] = true
		}
		w.linesAt = page.ServerTime
		switch page.Next {
		case "":
			return nil
		case next:
			return fmt.Errorf("%w: a page of comments of #%d follows itself", github.ErrMalformed, w.res.Number)
		}
		next = page.Next
	}
}

// absentLines gives the stored comments on lines that GitHub does not list any more.
func (w *wholeItem) absentLines(old *model.Item) (ids []int64) {
	if old == nil || w.lines == nil {
		return nil
	}
	for _, c := range old.ReviewComments {
		if c.GoneAt == 0 && !w.lines[c.ID] {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
