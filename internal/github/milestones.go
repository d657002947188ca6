package github

import (
	"context"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// MilestonePageSize is how many milestones a page has: one point.
const MilestonePageSize = 50

// MilestonePage is a page of a repository's open milestones.
type MilestonePage struct {
	PageInfo
	Milestones []model.Milestone
}

type rawMilestone struct {
	Number       int           `json:"number"`
	Title        string        `json:"title"`
	CreatedAt    model.Instant `json:"createdAt"`
	OpenIssues   *count        `json:"openIssues"`
	ClosedIssues *count        `json:"closedIssues"`
}

// Milestones reads a page of the open milestones with the numbers of their
// issues. It is whole or an error: one that is missing from it would be taken to
// be closed.
func (c *Client) Milestones(ctx context.Context, repo model.Repository, after string) (page MilestonePage, err error) {
	_, err = connectionBy(ctx, c, "MilestonesPage", "milestones", repo, after, MilestonePageSize,
		func(l *list[rawMilestone], info PageInfo, _ func(string)) *Error {
			page = MilestonePage{PageInfo: info}
			for _, raw := range l.Nodes {
				m, e := raw.milestone(info.ServerTime)
				if e != nil {
					return e
				}
				page.Milestones = append(page.Milestones, m)
			}
			return nil
		})
	if err != nil {
		return MilestonePage{}, err
	}
	return page, nil
}

func (raw *rawMilestone) milestone(readAt model.Instant) (model.Milestone, *Error) {
	if raw == nil || raw.Number <= 0 || raw.Title == "" || raw.OpenIssues == nil || raw.ClosedIssues == nil {
		return model.Milestone{}, failure(reasonPartial, "a milestone without its number, title or issues")
	}
	return model.Milestone{
		Number: raw.Number, Title: raw.Title, Open: raw.OpenIssues.TotalCount, Closed: raw.ClosedIssues.TotalCount,
		CreatedAt: raw.CreatedAt, ReadAt: readAt,
	}, nil
}
