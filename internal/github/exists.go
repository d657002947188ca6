package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/go-github/v92/github"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Exists reads an item directly to find out what became of it. It says Deleted
// of what GitHub does not show now; the caller confirms that by asking again
// later, and by reading the repository itself.
func (c *Client) Exists(ctx context.Context, repo model.Repository, number int) (Existence, error) {
	var found Existence
	what := &call{
		api: apiREST, endpoint: "/repos/{owner}/{repo}/issues/{issue_number}",
		op: fmt.Sprintf("%s#%d", repo.FullName(), number),
	}
	err := c.retry(ctx, what, func(ctx context.Context, tok *token, call *call) (err error) {
		found, err = c.existence(ctx, tok, repo, number)
		found.At = c.serverTime(call)
		return err
	})
	switch {
	case errors.Is(err, ErrGone) && has(err.Error(), "disabled"): // says nothing of the item
	case errors.Is(err, ErrNotFound) && found.Presence == Transferred: // to where this token may not look
		err = nil
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrGone):
		found.Presence, found.Certain, err = Deleted, errors.Is(err, ErrGone), nil
	case errors.Is(err, ErrMoved): // 301 without a Location, or one that must not be followed
		found.Presence, err = Transferred, nil
	}
	return found, err
}

// existence asks for the item by its repository's id: a redirect can only mean
// that it was transferred.
func (c *Client) existence(ctx context.Context, tok *token, repo model.Repository, number int) (found Existence, err error) {
	address := fmt.Sprintf("repositories/%d/issues/%d", repo.ID, number)
	req, err := tok.rest.NewRequest(ctx, http.MethodGet, address, nil)
	if err != nil {
		return found, err
	}
	var issue *github.Issue
	resp, err := tok.rest.Do(req, &issue)
	if err != nil {
		if redirected(resp, repo.ID) {
			found.Presence = Transferred
		}
		return found, err
	}
	if issue.GetNumber() == 0 {
		return found, failure(reasonMalformed, "an item without a number")
	}
	if issue.GetNumber() == number && sameRepository(resp.Request.URL, repo.ID) {
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

// redirected reports whether an answer is of another address than was asked for.
func redirected(resp *github.Response, id int64) bool {
	return resp != nil && resp.Response != nil && resp.Request != nil && !sameRepository(resp.Request.URL, id)
}

// sameRepository reports whether an answered address names the repository by
// this id. One that names it otherwise was reached by a redirect elsewhere.
func sameRepository(address *url.URL, id int64) bool {
	return strings.Contains(address.Path, "/repositories/"+strconv.FormatInt(id, 10)+"/")
}
