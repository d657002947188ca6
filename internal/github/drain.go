package github

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Drain reads one more page of each list, any number of them, and gives the
// pages in their order. An error concerns all; what was answered before it is
// returned with it.
func (c *Client) Drain(ctx context.Context, repo model.Repository, lists []Overflow) ([]OverflowPage, error) {
	b := batch[Overflow, OverflowPage]{
		size: DrainBatch,
		ask:  func(lists []Overflow) ([]OverflowPage, error) { return c.drain(ctx, repo, lists) },
		fail: func(list Overflow, err error) OverflowPage { return OverflowPage{Overflow: list, Err: err} },
	}
	return b.run(lists)
}

// drain continues some lists; of one that is too heavy alone it reads less at a time.
func (c *Client) drain(ctx context.Context, repo model.Repository, lists []Overflow) ([]OverflowPage, error) {
	pages, err := c.drainOnce(ctx, repo, lists, drainFirst)
	if len(lists) == 1 && errors.Is(err, ErrTooHeavy) {
		err = shrink(drainFirst/2, func(first int) (err error) {
			pages, err = c.drainOnce(ctx, repo, lists, first)
			return err
		})
	}
	return pages, err
}

func (c *Client) drainOnce(ctx context.Context, repo model.Repository, lists []Overflow, first int) (pages []OverflowPage, err error) {
	for _, list := range lists {
		if drainFields[list.Kind][list.Connection] == "" {
			return nil, fmt.Errorf("github: %s#%d: no such list: %s of a %s", repo.FullName(), list.Number, list.Connection, list.Kind)
		}
	}
	what := graphQLCall("Drain", fmt.Sprintf("rest of %d lists of %s", len(lists), repo.FullName())).within(repo)
	what.divisible = true
	text, variables := drainDocument(lists, first)
	err = c.query(ctx, what, text, variables, func(r *reply) (err error) {
		pages, err = c.reader(repo).drained(r, repo, lists)
		return err
	})
	return pages, err
}

// aliasIndex finds the list that a path leads to.
func aliasIndex(path []any) (int, bool) {
	if len(path) == 0 {
		return 0, false
	}
	alias, _ := path[0].(string)
	number, ok := strings.CutPrefix(alias, "p")
	i, err := strconv.Atoi(number)
	return i, ok && err == nil
}

// drained reads the pages one by one: each item may be missing or refused alone.
func (rd reader) drained(r *reply, repo model.Repository, lists []Overflow) ([]OverflowPage, error) {
	var data map[string]*rawItem
	if e := r.decode(&data); e != nil {
		return nil, e
	}
	pages := make([]OverflowPage, len(lists))
	failed, e := r.elements(aliasIndex, func(i int, reason string) {
		if i < len(pages) {
			pages[i].Dropped = dropOne(pages[i].Dropped, reason)
		}
	})
	if e != nil {
		return nil, e
	}
	for i, list := range lists {
		pages[i].Overflow, pages[i].ServerTime = list, r.serverTime
		e := failed[i]
		if e == nil {
			e = rd.drainedList(data["p"+strconv.Itoa(i)], repo, &pages[i])
		}
		if e != nil && e.Temporary {
			return nil, e
		}
		if e != nil {
			e.Op = fmt.Sprintf("%s of %s#%d", list.Connection, repo.FullName(), list.Number)
			pages[i].Err = e
		}
	}
	return pages, nil
}

// drainedList reads one list's page.
func (rd reader) drainedList(raw *rawItem, repo model.Repository, p *OverflowPage) *Error {
	switch {
	case raw == nil || raw.TypeName != typeNames[p.Kind]:
		return failure(reasonNotFound, "no such item")
	case raw.Repository == nil:
		return failure(reasonPartial, "an item without its repository")
	case raw.Repository.DatabaseID != repo.ID || raw.Number != p.Number:
		return failure(reasonMoved, fmt.Sprintf("it is number %d of repository %d now", raw.Number, raw.Repository.DatabaseID))
	}
	rd.supply(raw)
	drop := func(reason string) { p.Dropped = dropOne(p.Dropped, reason) }
	switch p.Connection {
	case Timeline:
		timeline := raw.IssueTimeline
		if p.Kind == model.PullRequest {
			timeline = raw.PullTimeline
		}
		return drainInto(p, timeline, func() { p.Events = rd.events(timeline, drop) })
	case Commits:
		return drainInto(p, raw.Commits, func() { p.Commits, p.Mentions = rd.commits(raw.Commits, raw.HeadRefOID, drop) })
	case Labels:
		return drainInto(p, raw.Labels, func() { p.Labels = readLabels(raw.Labels, drop) })
	default:
		return drainInto(p, raw.Closing, func() { p.Closes = rd.closes(raw.Closing, drop) })
	}
}

// drainInto reads where a list's page ends, then its content.
func drainInto[T any](p *OverflowPage, l *list[T], read func()) *Error {
	if l == nil {
		return failure(reasonPartial, "an item without its lists")
	}
	p.EndCursor, p.HasNext = l.PageInfo.EndCursor, l.PageInfo.HasNextPage
	if p.EndCursor == "" {
		p.EndCursor = p.After
	}
	if p.HasNext && p.EndCursor == p.After {
		return failure(reasonMalformed, "a page that leads nowhere")
	}
	read()
	return nil
}
