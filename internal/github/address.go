package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/google/go-github/v92/github"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// naming is how a server's REST addresses name a repository. By its id is
// better, since a name may be somebody else's meanwhile, and GitHub's own links
// are written so; but GitHub's description of its API does not have these
// addresses, so a server that stands in for it may lack them.
type naming struct{ ids, names atomic.Bool }

// repositoryPath is the part of an address that names the repository.
func (c *Client) repositoryPath(repo model.Repository) string {
	if c.naming.names.Load() {
		return "repos/" + url.PathEscape(repo.Owner) + "/" + url.PathEscape(repo.Name)
	}
	return fmt.Sprintf("repositories/%d", repo.ID)
}

// renamed gives an address with the repository's name in place of its id.
func (c *Client) renamed(address string, repo model.Repository) string {
	return strings.Replace(address, fmt.Sprintf("/repositories/%d/", repo.ID), "/"+c.repositoryPath(repo)+"/", 1)
}

// served notes that an address with a repository's id was answered.
func (c *Client) served(address string, err error) {
	if err == nil && strings.Contains(address, "/repositories/") {
		c.naming.ids.Store(true)
	}
}

// onlyNames finds out, after an address was not found, whether that is because
// the server knows repositories by their names alone. It is to be asked again
// then: from now on repositoryPath gives names.
func (c *Client) onlyNames(ctx context.Context, repo model.Repository, address string, err error) bool {
	switch {
	case !errors.Is(err, ErrNotFound), !strings.Contains(address, "/repositories/"), c.naming.ids.Load():
		return false
	case c.naming.names.Load(): // found out meanwhile
		return true
	}
	id, err := c.repositoryID(ctx, repo, fmt.Sprintf("repositories/%d", repo.ID))
	if err == nil && id == repo.ID {
		c.naming.ids.Store(true)
	}
	if !errors.Is(err, ErrNotFound) {
		return false
	}
	id, err = c.repositoryID(ctx, repo, "repos/"+url.PathEscape(repo.Owner)+"/"+url.PathEscape(repo.Name))
	if err != nil || id != repo.ID {
		return false
	}
	c.log.Info("the server has no addresses by repository id, asking by name")
	c.naming.names.Store(true)
	return true
}

// repositoryID reads which repository an address names.
func (c *Client) repositoryID(ctx context.Context, repo model.Repository, address string) (id int64, err error) {
	what := &call{api: apiREST, endpoint: "/repos/{owner}/{repo}", op: address}
	err = c.retry(ctx, what.within(repo), func(ctx context.Context, tok *token, _ *call) error {
		req, err := tok.rest.NewRequest(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		var found github.Repository
		_, err = tok.rest.Do(req, &found)
		id = found.GetID()
		return err
	})
	return id, err
}

// elsewhere reports whether an address that was answered is not that of an
// item of the repository: it was reached by a redirect.
func elsewhere(answered, asked *url.URL, repo model.Repository, number int) bool {
	byName := fmt.Sprintf("/repos/%s/%s/issues/%d", repo.Owner, repo.Name, number)
	return answered.Path != asked.Path &&
		!strings.Contains(answered.Path, fmt.Sprintf("/repositories/%d/", repo.ID)) &&
		!strings.HasSuffix(strings.ToLower(answered.Path), strings.ToLower(byName))
}
