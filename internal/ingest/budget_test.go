package ingest

import (
	"testing"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// TestBudget holds the first sync to what it may cost, discovery and probes
// included.
func TestBudget(t *testing.T) {
	t.Parallel()
	data := dataset(githubtest.GenerateOptions{
		Seed: 2, Issues: 1000, PullRequests: 1000, Comments: 10000, ReviewComments: 3000,
	})
	for _, repositories := range []string{"acme/widgets", "acme/*"} {
		t.Run(repositories, func(t *testing.T) {
			h := newHub(t, end, data)
			m := openMirror(t)
			h.sync(t, h.reads(t, m, repositories))
			counts := h.Counts()
			t.Logf("%d points by %v, %d REST requests by %v, stored %v",
				h.points(), counts.Operations, counts.REST, counts.Routes, m.Records(1))
			if points := h.points(); points > 80 {
				t.Errorf("%d points, want at most 80", points)
			}
			if counts.REST > 40 {
				t.Errorf("%d REST requests, want at most 40", counts.REST)
			}
		})
	}
}
