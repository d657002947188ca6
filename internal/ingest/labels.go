package ingest

import (
	"context"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// labelNames are the names of a repository's labels by id.
type labelNames map[string]string

// labels reads the repository's labels. That one is renamed or deleted moves
// no item that bears it; GitHub then shows the new name in old events too.
func (p *pass) labels(ctx context.Context) (labelNames, error) {
	names := labelNames{}
	for after := ""; ; {
		page, err := p.in.client.Labels(ctx, p.repo, after)
		if err != nil {
			return nil, err
		}
		for _, l := range page.Labels {
			names[l.ID] = l.Name
		}
		if !page.HasNext {
			return names, nil
		}
		if page.EndCursor == after {
			return nil, fmt.Errorf("%w: a page of the labels of %s ends where it began", github.ErrMalformed, p.repo.FullName())
		}
		after = page.EndCursor
	}
}

// differ reports whether an item has a label, or an event of one, otherwise
// than the repository has it.
func (n labelNames) differ(it *model.Item) bool {
	for _, l := range it.Labels {
		if n[l.ID] != l.Name {
			return true
		}
	}
	for _, e := range it.Events {
		if name, there := n[e.Label.ID]; there && name != e.Label.Name && e.GoneAt == 0 {
			return true
		}
	}
	return false
}
