package ingest

import (
	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// laterPulls is the page size after the first sync: few pull requests move
// between two rounds, and those behind the watermark are read in vain.
const laterPulls = 10

// pulls is the stream of pull requests. GitHub does not filter it by time.
func (in *Ingest) pulls() itemStream {
	return itemStream{
		name: streamPulls, kind: model.PullRequest, size: github.PullPageSize, backwards: true,
		mark: func(p *github.Probe) github.Watermark { return p.Pulls },
		read: in.client.PullRequests,
	}
}
