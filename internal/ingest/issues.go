package ingest

import (
	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// issues is the stream of issues, which GitHub filters by their last update.
func (in *Ingest) issues() itemStream {
	return itemStream{
		name: streamIssues, kind: model.Issue, size: github.IssuePageSize,
		mark: func(p *github.Probe) github.Watermark { return p.Issues },
		read: in.client.Issues,
	}
}
