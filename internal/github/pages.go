package github

import (
	"context"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// rawPage is a repository with a page of its issues or pull requests.
type rawPage struct {
	Repository *struct {
		DatabaseID int64          `json:"databaseId"`
		Issues     *list[rawItem] `json:"issues"`
		Pulls      *list[rawItem] `json:"pullRequests"`
		Item       *rawItem       `json:"issueOrPullRequest"`
	} `json:"node"`
}

// page gives the list that was asked for. A page of another repository is none
// of ours: node ids are opaque, so only the database id tells.
func (raw *rawPage) page(kind model.Kind, repo model.Repository) (*list[rawItem], *Error) {
	if e := raw.check(repo); e != nil {
		return nil, e
	}
	l := raw.Repository.Issues
	if kind == model.PullRequest {
		l = raw.Repository.Pulls
	}
	if l == nil {
		return nil, failure(reasonPartial, "a repository without its lists")
	}
	return l, nil
}

func (raw *rawPage) check(repo model.Repository) *Error {
	switch {
	case raw.Repository == nil:
		return failure(reasonNotFound, "no such repository, or not to be seen with this token")
	case repo.ID != 0 && raw.Repository.DatabaseID != repo.ID:
		return failure(reasonMoved, fmt.Sprintf("GitHub answers for repository %d, not %d", raw.Repository.DatabaseID, repo.ID))
	}
	return nil
}

// Issues reads a page of issues, pull requests not among them.
func (c *Client) Issues(ctx context.Context, req PageRequest) (ItemPage, error) {
	return c.items(ctx, model.Issue, req)
}

// PullRequests reads a page of pull requests.
func (c *Client) PullRequests(ctx context.Context, req PageRequest) (ItemPage, error) {
	return c.items(ctx, model.PullRequest, req)
}

func (c *Client) items(ctx context.Context, kind model.Kind, req PageRequest) (page ItemPage, err error) {
	what := graphQLCall(pageOperation[kind], pageOp(kind, req)).of(req.Repo)
	what.divisible = true
	variables := nestedSizes(req.variables(kind, pageSizes[kind]), req.Light, kind)
	err = c.query(ctx, what, document(what.query), variables, func(r *reply) (err error) {
		page, err = c.reader(req.Repo).page(r, kind, req)
		return err
	})
	return page, err
}

var pageSizes = map[model.Kind]int{model.Issue: IssuePageSize, model.PullRequest: PullPageSize}

func pageOp(kind model.Kind, req PageRequest) string {
	return fmt.Sprintf("%ss of %s", kind, req.Repo.FullName())
}

// variables gives the variables of a page; most is the size that 0 stands for.
func (req PageRequest) variables(kind model.Kind, most int) map[string]any {
	first := req.First
	if first <= 0 || first > most {
		first = most
	}
	direction := "ASC"
	if req.Descending {
		direction = "DESC"
	}
	variables := map[string]any{
		"repo": req.Repo.NodeID, "first": first, "after": nullable(req.After), "direction": direction,
	}
	if kind == model.Issue && req.Since != 0 { // a since of 1970 can return nothing
		variables["filter"] = map[string]any{"since": req.Since}
	}
	return variables
}

// reader makes the reader of a repository's texts.
func (c *Client) reader(repo model.Repository) reader {
	return reader{host: c.webHost, owner: repo.Owner, repo: repo.Name, comments: c.comments, dialect: c.dialects.current()}
}

// page reads a page of items. It is whole or an error.
func (rd reader) page(r *reply, kind model.Kind, req PageRequest) (page ItemPage, err error) {
	drop := func(reason string) { page.Dropped = dropOne(page.Dropped, reason) }
	l, info, e := readPage(r, kind, req.Repo, req.After, drop)
	if e != nil {
		return ItemPage{}, e
	}
	page.PageInfo = info
	for _, raw := range l.Nodes {
		d, e := rd.item(raw, r.serverTime)
		if e == nil && d.item.Kind != kind {
			e = failure(reasonMalformed, fmt.Sprintf("a %s among %ss", d.item.Kind, kind))
		}
		if e != nil {
			return ItemPage{}, e
		}
		page.Items = append(page.Items, d.item)
		page.Overflow = append(page.Overflow, d.overflow...)
		for reason, n := range d.dropped {
			for range n {
				drop(reason)
			}
		}
	}
	return page, nil
}

// readPage reads the list of an answer that has one page of a repository's items.
func readPage(r *reply, kind model.Kind, repo model.Repository, after string, drop func(string)) (*list[rawItem], PageInfo, *Error) {
	var data rawPage
	if e := r.fails(drop); e != nil {
		return nil, PageInfo{}, e
	}
	if e := r.decode(&data); e != nil {
		return nil, PageInfo{}, e
	}
	l, e := data.page(kind, repo)
	if e != nil {
		return nil, PageInfo{}, e
	}
	page, e := info(l, after, r)
	return l, page, e
}

// IDs reads the same page as Issues or PullRequests without the items'
// content, to step over one that cannot be read.
func (c *Client) IDs(ctx context.Context, kind model.Kind, req PageRequest) (page IDPage, err error) {
	what := graphQLCall(idsOperation[kind], pageOp(kind, req)).of(req.Repo)
	err = c.query(ctx, what, document(what.query), req.variables(kind, SweepPageSize), func(r *reply) error {
		l, info, e := readPage(r, kind, req.Repo, req.After, func(string) {})
		if e != nil {
			return e
		}
		page = IDPage{PageInfo: info}
		for _, raw := range l.Nodes {
			page.IDs = append(page.IDs, ItemID{NodeID: raw.ID, Number: raw.Number, UpdatedAt: raw.UpdatedAt})
		}
		return nil
	})
	return page, err
}

// Sweep reads a page of what tells whether the mirror has missed something.
func (c *Client) Sweep(ctx context.Context, repo model.Repository, kind model.Kind, after string) (page SweepPage, err error) {
	err = shrink(SweepPageSize, func(first int) error {
		what := graphQLCall(sweepOperation[kind], fmt.Sprintf("sweep of the %ss of %s", kind, repo.FullName())).of(repo)
		what.divisible = true
		variables := map[string]any{"repo": repo.NodeID, "first": first, "after": nullable(after)}
		return c.query(ctx, what, document(what.query), variables, func(r *reply) error {
			l, info, e := readPage(r, kind, repo, after, func(string) {})
			if e != nil {
				return e
			}
			page = SweepPage{PageInfo: info}
			for _, raw := range l.Nodes {
				row, e := raw.sweepRow()
				if e != nil {
					return e
				}
				page.Rows = append(page.Rows, row)
			}
			return nil
		})
	})
	return page, err
}
