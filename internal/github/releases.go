package github

import (
	"context"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// ReleasePage is a page of a repository's releases, drafts not among them. The
// order is that of the commits' dates, the newest first, so that a release that
// was published last may be on any page.
type ReleasePage struct {
	PageInfo
	Releases []model.Release
	Dropped  map[string]int
}

type rawRelease struct {
	ID         string `json:"id"`
	DatabaseID int64  `json:"databaseId"`
	TagName    string `json:"tagName"`
	TagCommit  *struct {
		OID string `json:"oid"`
	} `json:"tagCommit"`
	IsDraft      bool          `json:"isDraft"`
	IsPrerelease bool          `json:"isPrerelease"`
	PublishedAt  model.Instant `json:"publishedAt"`
	UpdatedAt    model.Instant `json:"updatedAt"`
}

// Releases reads a page of releases.
func (c *Client) Releases(ctx context.Context, repo model.Repository, after string) (page ReleasePage, err error) {
	dropped, err := connection(ctx, c, "ReleasesPage", "releases", repo, after,
		func(l *list[rawRelease], info PageInfo, _ func(string)) *Error {
			page = ReleasePage{PageInfo: info}
			for _, raw := range l.Nodes {
				if raw.IsDraft {
					continue
				}
				release, e := raw.release(info.ServerTime)
				if e != nil {
					return e
				}
				page.Releases = append(page.Releases, release)
			}
			return nil
		})
	if err != nil {
		return ReleasePage{}, err
	}
	page.Dropped = dropped
	return page, nil
}

// release turns an answer's release into a record. Its tag may have been deleted.
func (raw *rawRelease) release(readAt model.Instant) (model.Release, *Error) {
	release := model.Release{
		ID: idOf(raw.DatabaseID, raw.ID), Tag: raw.TagName, Prerelease: raw.IsPrerelease,
		PublishedAt: raw.PublishedAt, UpdatedAt: raw.UpdatedAt, ReadAt: readAt,
	}
	if raw.TagCommit != nil {
		release.OID = raw.TagCommit.OID
	}
	if release.ID == 0 || raw.TagName == "" || raw.PublishedAt == 0 || raw.UpdatedAt == 0 {
		return release, failure(reasonPartial, "a release without its id, tag or times")
	}
	return release, nil
}
