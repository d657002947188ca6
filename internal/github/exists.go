package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-github/v92/github"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Exists reads an item directly to find out what became of it. It says Deleted
// of what GitHub does not show now; the caller confirms that by asking again
// later, and by reading the repository itself.
func (c *Client) Exists(ctx context.Context, repo model.Repository, number int) (Existence, error) {
	address := fmt.Sprintf("/%s/issues/%d", c.repositoryPath(repo), number)
	found, err := c.look(ctx, repo, number, address)
	c.served(address, err)
	if found.Presence != Transferred && c.onlyNames(ctx, repo, address, err) {
		found, err = c.look(ctx, repo, number, c.renamed(address, repo))
	}
	switch {
	case errors.Is(err, ErrGone) && has(err.Error(), "disabled"): // says nothing of the item
	case errors.Is(err, ErrNotFound) && found.Presence == Transferred: // to where this token may not look
		err = nil
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrGone):
		found.Presence, found.Certain, err = Deleted, errors.Is(err, ErrGone), nil
	case errors.Is(err, ErrMoved): // 301 without a Location, or one that must not be followed
		found.Presence, err = Transferred, nil
	}
	if found.Presence == Transferred && c.naming.names.Load() && c.sameAfterAll(ctx, repo, found.Target, number) {
		found.Presence, found.Target = Present, model.ItemRef{}
	}
	return found, err
}

// sameAfterAll reports whether a redirect by name led to the repository's new name.
func (c *Client) sameAfterAll(ctx context.Context, repo model.Repository, to model.ItemRef, number int) bool {
	if to.Repo == "" || to.Number != number {
		return false
	}
	id, err := c.repositoryID(ctx, repo, "repos/"+url.PathEscape(to.Owner)+"/"+url.PathEscape(to.Repo))
	return err == nil && id == repo.ID
}

// look asks for an item at its address.
func (c *Client) look(ctx context.Context, repo model.Repository, number int, address string) (Existence, error) {
	var found Existence
	what := &call{
		api: apiREST, endpoint: "/repos/{owner}/{repo}/issues/{issue_number}",
		op: fmt.Sprintf("%s#%d", repo.FullName(), number),
	}
	err := c.retry(ctx, what.within(repo), func(ctx context.Context, tok *token, call *call) (err error) {
		found, err = existence(ctx, tok, repo, number, address)
		found.At = c.serverTime(call)
		return err
	})
	return found, err
}

// existence asks for the item once. Where the address has the repository's id,
// a redirect elsewhere can only mean that it was transferred.
func existence(ctx context.Context, tok *token, repo model.Repository, number int, address string) (found Existence, err error) {
	req, err := tok.rest.NewRequest(ctx, http.MethodGet, strings.TrimPrefix(address, "/"), nil)
	if err != nil {
		return found, err
	}
	var issue *github.Issue
	resp, err := tok.rest.Do(req, &issue)
	if err != nil {
		if resp != nil && resp.Response != nil && resp.Request != nil && elsewhere(resp.Request.URL, req.URL, repo, number) {
			found.Presence = Transferred
		}
		return found, err
	}
	if issue.GetNumber() == 0 {
		return found, failure(reasonMalformed, "an item without a number")
	}
	if issue.GetNumber() == number && !elsewhere(resp.Request.URL, req.URL, repo, number) {
		found.Presence = Present
		return found, nil
	}
	found.Presence = Transferred
	found.Target = model.ItemRef{Number: issue.GetNumber()}
	if u, err := url.Parse(issue.GetRepositoryURL()); err == nil {
		if names := strings.Split(u.Path, "/"); len(names) >= 2 {
			found.Target.Owner, found.Target.Repo = names[len(names)-2], names[len(names)-1]
		}
	}
	return found, nil
}
