package github_test

import (
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestReadsOpenMilestones(t *testing.T) {
	server, data, client, repo := shipping(t, func(r *githubtest.Repo) {
		for n := range 2 * github.MilestonePageSize {
			r.Milestones = append(r.Milestones, &githubtest.Milestone{
				Number: 1000 + n, ID: int64(1000 + n), Title: fmt.Sprint("step ", n), CreatedAt: r.CreatedAt,
			})
		}
		for i, it := range r.Items {
			if it.Milestone == "" && i%2 == 0 {
				it.Milestone = fmt.Sprint("step ", i%7)
			}
		}
	})
	got := map[int]model.Milestone{}
	pages(t, server, func(after string) (github.PageInfo, int, error) {
		page, err := client.Milestones(t.Context(), repo, after)
		for _, m := range page.Milestones {
			got[m.Number] = m
		}
		return page.PageInfo, len(page.Milestones), err
	})
	want := map[int]model.Milestone{}
	issues := 0
	for _, m := range data.Milestones {
		if m.ClosedAt != 0 {
			continue
		}
		milestone := model.Milestone{Number: m.Number, Title: m.Title, CreatedAt: model.Instant(m.CreatedAt), ReadAt: model.At(end)}
		milestone.Open, milestone.Closed = issuesOn(data, m.Title)
		issues += milestone.Open + milestone.Closed
		want[m.Number] = milestone
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if issues < 20 || len(want) == len(data.Milestones) {
		t.Errorf("%d issues in %d open milestones of %d test little", issues, len(want), len(data.Milestones))
	}
}

// issuesOn counts the issues of a milestone as a dataset's events leave them.
func issuesOn(data *githubtest.Repo, title string) (open, closed int) {
	for _, it := range data.Items {
		milestone, done := it.Milestone, false
		for _, e := range it.Events {
			switch e.Kind {
			case githubtest.Milestoned:
				milestone = e.Milestone
			case githubtest.Demilestoned:
				milestone = ""
			case githubtest.Closed, githubtest.Reopened:
				done = e.Kind == githubtest.Closed
			}
		}
		switch {
		case it.PR != nil || milestone != title || it.DeletedAt+it.TransferredAt+it.ConvertedAt != 0:
		case done:
			closed++
		default:
			open++
		}
	}
	return open, closed
}
