package ingest

import (
	"fmt"
	"testing"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// What the estimate asks for itself is no part of what it estimates.
func TestPlanOfCommits(t *testing.T) {
	projects := []Project{{Name: "p", Repositories: []string{"acme/a"}, Needs: Needs{Merges: []string{"main"}}}}
	plan, err := planned(t, projects, func(f *fake) {
		h := &f.add("acme/a")[0].history
		h.commits = map[string]model.BranchCommit{}
		for i := range 150 {
			c := model.BranchCommit{OID: fmt.Sprintf("%040d", i)}
			if i > 0 {
				c.Parents = []string{h.head}
			}
			h.head = c.OID
			h.commits[c.OID] = c
		}
	})
	if err != nil || len(plan.Repositories) != 1 {
		t.Fatalf("%+v, %v", plan, err)
	}
	streams := plan.Repositories[0].Streams
	branch := streams[len(streams)-1]
	const around = 2 // the name and the probe
	if branch.Name != streamBranch || branch.Count != 150 || branch.Points != 2 || plan.Points != branch.Points+around {
		t.Errorf("%+v of %d points", branch, plan.Points)
	}
}
