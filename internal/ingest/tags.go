package ingest

import (
	"context"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// tagsAt is what of a probe hints that tags may have moved. No probe tells of
// tags themselves.
func tagsAt(probe *github.Probe) string {
	return fmt.Sprintf("%s/%d/%d", probe.Head, probe.Releases.Count, probe.Releases.UpdatedAt)
}

// tags reads the first page of tags, and the rest where that does not account
// for their number.
func (p *pass) tags(ctx context.Context) error {
	if needs := p.r.needed(); !needs.Tags {
		return nil
	}
	return p.tagList().follow(ctx, false)
}

// sweepTags reads all of them: tags can be moved, whatever their dates.
func (p *pass) sweepTags(ctx context.Context) error { return p.tagList().follow(ctx, true) }

func (p *pass) tagList() *catalog[model.Tag] {
	return &catalog[model.Tag]{
		pass: p, name: streamTags,
		empty: p.probe.Head == "", // there is nothing to be tagged
		mark:  func(probe *github.Probe, cur *mirror.Cursor) { cur.Query = tagsAt(probe) },
		read: func(ctx context.Context, after string) (catalogPage[model.Tag], error) {
			page, err := p.in.client.Tags(ctx, p.repo, after)
			return catalogPage[model.Tag]{page.PageInfo, page.Tags, page.Dropped}, err
		},
		stored: func() ([]model.Tag, error) { return p.in.mirror.Tags(p.r.id) },
		put:    (*mirror.Tx).PutTags,
		lose: func(tx *mirror.Tx, at model.Instant, gone []model.Tag) (int, error) {
			names := make([]string, len(gone))
			for i := range gone {
				names[i] = gone[i].Name
			}
			return tx.MarkTagsGone(at, names)
		},
		card: func(t *model.Tag) card {
			return card{id: t.Name, readAt: t.ReadAt, goneAt: t.GoneAt, ships: true}
		},
	}
}
