package ingest

import (
	"context"
	"strconv"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// releases reads the first page of releases where the probe has moved, and the
// rest where that does not account for it: the list is ordered by the commits'
// dates, so that a release which is new may be on any page.
func (p *pass) releases(ctx context.Context) error {
	if needs := p.r.needed(); !needs.Releases {
		return nil
	}
	if p.r.cursor(streamReleases).Done && !p.r.behindIn(dutyReleases) && !p.probe.Releases.Denied {
		p.r.succeeded(streamReleases, p.server)
		return nil
	}
	return p.releaseList().follow(ctx, false)
}

// sweepReleases reads all of them once a week, since edits move no probe.
func (p *pass) sweepReleases(ctx context.Context) error {
	if !p.weekly(streamReleases) {
		return nil
	}
	return p.releaseList().follow(ctx, true)
}

func (p *pass) releaseList() *catalog[model.Release] {
	return &catalog[model.Release]{
		pass: p, name: streamReleases,
		empty: p.probe.Releases.Count == 0 && !p.probe.Releases.Denied,
		mark: func(probe *github.Probe, cur *mirror.Cursor) {
			cur.Total, cur.Seen = probe.Releases.Count, probe.Releases.UpdatedAt
		},
		read: func(ctx context.Context, after string) (catalogPage[model.Release], error) {
			page, err := p.in.client.Releases(ctx, p.repo, after)
			return catalogPage[model.Release]{page.PageInfo, page.Releases, page.Dropped}, err
		},
		stored: func() ([]model.Release, error) { return p.in.mirror.Releases(p.r.id) },
		put:    (*mirror.Tx).PutReleases,
		lose: func(tx *mirror.Tx, at model.Instant, gone []model.Release) (int, error) {
			ids := make([]int64, len(gone))
			for i := range gone {
				ids[i] = gone[i].ID
			}
			return tx.MarkReleasesGone(at, ids)
		},
		card: func(r *model.Release) card {
			return card{id: strconv.FormatInt(r.ID, 10), readAt: r.ReadAt, goneAt: r.GoneAt, ships: true}
		},
	}
}
