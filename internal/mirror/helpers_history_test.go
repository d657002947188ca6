package mirror

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/dgraph-io/badger/v4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// records are records of a history, as they are put.
type records struct {
	head        string
	commits     []model.BranchCommit
	tags        []model.Tag
	releases    []model.Release
	deployments []model.Deployment
	runs        []model.Run
	incidents   []model.Incident
	milestones  []model.Milestone
}

// plausibleHistory makes a history of so many commits from a seed: every second
// is tagged and released, every fourth deployed, every third has a run.
func plausibleHistory(seed uint64, commits int) records {
	r := rand.New(rand.NewPCG(seed, 99))
	out := records{
		incidents:  []model.Incident{{ID: "disk/full", Source: "alertmanager", Severity: "high", OpenedAt: 5000}},
		milestones: []model.Milestone{{Number: 3, Title: "v1.1", Open: 4, Closed: 2, CreatedAt: 4000, ReadAt: 900}},
	}
	for i := range commits {
		at := model.Instant(1_600_000_000 + i*3600)
		oid := hex40(r)
		c := model.BranchCommit{OID: oid, CommittedAt: at}
		if i > 0 {
			c.Parents = []string{out.head}
		}
		out.head, out.commits = oid, append(out.commits, c)
		if i%2 == 0 {
			name := fmt.Sprint("v1.0.", i)
			out.tags = append(out.tags, model.Tag{Name: name, OID: oid, TaggedAt: at, CommittedAt: at, ReadAt: 900})
			out.releases = append(out.releases, model.Release{ID: int64(700 + i), Tag: name, OID: oid, PublishedAt: at, UpdatedAt: at, ReadAt: 900})
		}
		if i%4 == 0 {
			out.deployments = append(out.deployments, model.Deployment{
				ID: int64(800 + i), NodeID: fmt.Sprint("DE_", i), Environment: "production", OID: oid, State: "active",
				CreatedAt: at, UpdatedAt: at + 60, ReadAt: 900,
				Statuses: []model.DeploymentStatus{{ID: fmt.Sprint("DS_", i), State: "in_progress", At: at}, {ID: fmt.Sprint("DS_x", i), State: "success", At: at + 60}},
			})
		}
		if i%3 == 0 {
			out.runs = append(out.runs, model.Run{
				ID: int64(900 + i), Attempt: 2, Workflow: "ci.yml", Event: "push", Branch: "main", OID: oid, Status: "completed",
				Conclusion: "success", CreatedAt: at, StartedAt: at, CompletedAt: at + 300, UpdatedAt: at + 300, ReadAt: 900,
			})
		}
	}
	return out
}

func putHistory(tx *Tx, h records) error {
	_, err1 := tx.PutHead(h.head)
	_, err2 := tx.PutCommits(h.commits)
	_, err3 := tx.PutTags(h.tags)
	_, err4 := tx.PutReleases(h.releases)
	_, err5 := tx.PutDeployments(h.deployments)
	_, err6 := tx.PutRuns(h.runs)
	_, err7 := tx.PutIncidents(h.incidents)
	_, err8 := tx.PutMilestones(h.milestones)
	return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8)
}

// flat gives a history without its graph, which tests compare as text.
func flat(h *model.History) any {
	if h == nil {
		return nil
	}
	var commits []string
	for i := range int32(h.Graph.Len()) {
		line := fmt.Sprint(h.Graph.Name(i), " ", h.Graph.CommittedAt(i))
		for _, p := range h.Graph.Parents(i) {
			if p == model.Absent {
				line += " absent"
				continue
			}
			line += " " + h.Graph.Name(p)
		}
		commits = append(commits, line)
	}
	rest := *h
	rest.Graph = nil
	return []any{commits, rest}
}

// schemaOf gives the version of the store that is open.
func schemaOf(m *Mirror) (version string, err error) {
	err = m.view(func(txn *badger.Txn) error {
		raw, err := value(txn, schemaKey)
		version = string(raw)
		return err
	})
	return version, err
}
