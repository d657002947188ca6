package github

import (
	"context"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// LabelPage is a page of a repository's labels.
type LabelPage struct {
	PageInfo
	Labels []model.Label
}

// Labels reads a page of the labels that a repository has. That one is renamed
// or deleted moves no item that bears it.
func (c *Client) Labels(ctx context.Context, repo model.Repository, after string) (page LabelPage, err error) {
	what := graphQLCall("RepositoryLabels", "labels of "+repo.FullName()).of(repo)
	variables := map[string]any{"repo": repo.NodeID, "first": SweepPageSize, "after": nullable(after)}
	err = c.query(ctx, what, document(what.query), variables, func(r *reply) error {
		var e *Error
		if page, e = readLabelPage(r, repo, after); e != nil {
			return e
		}
		return nil
	})
	return page, err
}

// readLabelPage reads a page of labels. It is whole or an error: a label that
// is missing from it would be taken to be deleted.
func readLabelPage(r *reply, repo model.Repository, after string) (page LabelPage, e *Error) {
	var data struct {
		Repository *struct {
			DatabaseID int64           `json:"databaseId"`
			Labels     *list[rawLabel] `json:"labels"`
		} `json:"node"`
	}
	if e := r.fails(func(string) {}); e != nil {
		return page, e
	}
	if e := r.decode(&data); e != nil {
		return page, e
	}
	switch {
	case data.Repository == nil:
		return page, failure(reasonNotFound, "no such repository, or not to be seen with this token")
	case data.Repository.DatabaseID != repo.ID:
		return page, failure(reasonMoved, "GitHub answers for another repository")
	case data.Repository.Labels == nil:
		return page, failure(reasonPartial, "a repository without its labels")
	}
	if page.PageInfo, e = info(data.Repository.Labels, after, r); e != nil {
		return page, e
	}
	page.Labels = readLabels(data.Repository.Labels, func(string) { e = failure(reasonPartial, "a null among labels") })
	return page, e
}
