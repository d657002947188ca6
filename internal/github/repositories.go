package github

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// rawRepository is a repository in an answer.
type rawRepository struct {
	ID         string `json:"id"`
	DatabaseID int64  `json:"databaseId"`
	Name       string `json:"name"`
	Owner      struct {
		Login string `json:"login"`
	} `json:"owner"`
	CreatedAt        model.Instant `json:"createdAt"`
	Visibility       string        `json:"visibility"`
	IsPrivate        *bool         `json:"isPrivate"` // of servers that do not know visibilities
	IsArchived       bool          `json:"isArchived"`
	IsDisabled       bool          `json:"isDisabled"`
	HasIssuesEnabled bool          `json:"hasIssuesEnabled"`
	DefaultBranch    *struct {
		Name   string `json:"name"`
		Target *struct {
			OID string `json:"oid"`
		} `json:"target"` // of probes only
	} `json:"defaultBranchRef"`
	StargazerCount int64  `json:"stargazerCount"`
	ForkCount      int64  `json:"forkCount"`
	DiskUsage      int64  `json:"diskUsage"` // in kilobytes
	Watchers       *count `json:"watchers"`
}

// repository turns an answer's repository into a record.
func (raw *rawRepository) repository(readAt model.Instant) (model.Repository, *Error) {
	if raw.ID == "" || raw.DatabaseID == 0 || raw.Name == "" || raw.Owner.Login == "" || raw.CreatedAt == 0 || raw.Watchers == nil {
		return model.Repository{}, failure(reasonPartial, "a repository without its names or times")
	}
	repo := model.Repository{
		ID: raw.DatabaseID, NodeID: raw.ID, Owner: raw.Owner.Login, Name: raw.Name, CreatedAt: raw.CreatedAt,
		Visibility: raw.visibility(), Archived: raw.IsArchived, Disabled: raw.IsDisabled,
		NoIssues: !raw.HasIssuesEnabled, Stars: raw.StargazerCount, Forks: raw.ForkCount,
		Watchers: int64(raw.Watchers.TotalCount), SizeBytes: raw.DiskUsage * 1024, ReadAt: readAt,
	}
	if raw.DefaultBranch != nil { // an empty repository has none
		repo.DefaultBranch = raw.DefaultBranch.Name
	}
	return repo, nil
}

// visibility gives public, private or internal, as far as the server tells.
func (raw *rawRepository) visibility() string {
	switch {
	case raw.Visibility != "" || raw.IsPrivate == nil:
		return strings.ToLower(raw.Visibility)
	case *raw.IsPrivate:
		return "private"
	}
	return "public"
}

// Repositories lists the repositories that a user or an organisation owns, as
// far as any of the tokens sees them, in the order of their creation. One that
// sees none does not hide what others see.
func (c *Client) Repositories(ctx context.Context, owner string) ([]model.Repository, error) {
	what := ownerCall(owner)
	if err := c.prepared(ctx, what); err != nil {
		return nil, err
	}
	seers, none := c.pool.seers(what)
	if none != nil {
		none.Op = what.op
		c.nobody(none)
		return nil, none
	}
	lists := make([][]model.Repository, len(seers))
	errs := make([]error, len(seers))
	var wg sync.WaitGroup
	for i, tok := range seers {
		wg.Go(func() { lists[i], errs[i] = c.ownedBy(ctx, owner, tok) })
	}
	wg.Wait()
	if err := hiding(errs); err != nil {
		return nil, err
	}
	return union(lists), nil
}

func ownerCall(owner string) *call {
	what := graphQLCall("OwnerRepositories", "repositories of "+owner)
	what.divisible, what.repo = true, model.Repository{Owner: owner}
	return what
}

// union puts lists together, each repository once.
func union(lists [][]model.Repository) []model.Repository {
	all := slices.Concat(lists...)
	slices.SortStableFunc(all, func(a, b model.Repository) int {
		return cmp.Or(cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(all, func(a, b model.Repository) bool { return a.ID == b.ID })
}

// hiding gives the error that makes a list incomplete: any but that a token may
// not see the owner's repositories, as long as another one does.
func hiding(errs []error) error {
	var denied *Error
	seen := false
	for _, err := range errs {
		var e *Error
		switch {
		case err == nil:
			seen = true
		case !errors.As(err, &e), !e.denial() && e.Reason != reasonUnauthorized:
			return err
		default:
			denied = moreTelling(denied, e)
		}
	}
	if seen || denied == nil {
		return nil
	}
	return denied
}

// ownedBy lists the repositories of an owner that one identity sees.
func (c *Client) ownedBy(ctx context.Context, owner string, tok *token) ([]model.Repository, error) {
	var all []model.Repository
	for after := ""; ; {
		page, err := c.repositories(ctx, owner, after, tok)
		if err != nil {
			return nil, err
		}
		all = append(all, page.repositories...)
		if !page.HasNext {
			return all, nil
		}
		after = page.EndCursor
	}
}

// repositoryPage is a page of an owner's repositories.
type repositoryPage struct {
	PageInfo
	repositories []model.Repository
}

func (c *Client) repositories(ctx context.Context, owner, after string, tok *token) (page repositoryPage, err error) {
	err = shrink(OwnerPageSize, func(first int) error {
		what := ownerCall(owner)
		what.at = tok
		variables := map[string]any{"owner": owner, "first": first, "after": nullable(after)}
		err := c.query(ctx, what, document(what.query), variables, func(r *reply) (err error) {
			page, err = readRepositories(r, after)
			return err
		})
		var e *Error
		if errors.As(err, &e) && e.denial() {
			what.advise(e, tok)
		}
		return err
	})
	return page, err
}

func readRepositories(r *reply, after string) (page repositoryPage, err error) {
	var data struct {
		Owner *struct {
			Repositories list[rawRepository] `json:"repositories"`
		} `json:"repositoryOwner"`
	}
	if e := r.fails(func(string) {}); e != nil {
		return page, e
	}
	if err := r.decode(&data); err != nil {
		return page, err
	}
	if data.Owner == nil {
		return page, failure(reasonNotFound, "no such user or organisation, or not to be seen with this token")
	}
	info, e := info(&data.Owner.Repositories, after, r)
	if e != nil {
		return page, e
	}
	page.PageInfo = info
	for _, raw := range data.Owner.Repositories.Nodes {
		repo, e := raw.repository(r.serverTime)
		if e != nil {
			return repositoryPage{}, e
		}
		page.repositories = append(page.repositories, repo)
	}
	return page, nil
}

// Repository reads a repository by name; a renamed one is found by its old
// name, so compare the ID of what was known.
func (c *Client) Repository(ctx context.Context, owner, name string) (model.Repository, error) {
	var repo model.Repository
	what := graphQLCall("Repository", "repository "+owner+"/"+name).of(model.Repository{Owner: owner, Name: name})
	variables := map[string]any{"owner": owner, "name": name}
	err := c.query(ctx, what, document(what.query), variables, func(r *reply) error {
		var data struct {
			Repository *rawRepository `json:"repository"`
		}
		for _, e := range r.Errors {
			return e.classify() // the path is the repository itself
		}
		if err := r.decode(&data); err != nil {
			return err
		}
		if data.Repository == nil {
			return failure(reasonNotFound, "no such repository, or not to be seen with this token")
		}
		var e *Error
		if repo, e = data.Repository.repository(r.serverTime); e != nil {
			return e
		}
		return nil
	})
	return repo, err
}
