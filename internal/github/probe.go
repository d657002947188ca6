package github

import (
	"context"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// rawProbe is a repository and how far its connections have moved.
type rawProbe struct {
	rawRepository
	TypeName string        `json:"__typename"`
	Issues   *list[rawAge] `json:"issues"`
	Pulls    *list[rawAge] `json:"pullRequests"`
}

type rawAge struct {
	UpdatedAt model.Instant `json:"updatedAt"`
}

// Probe asks how far each of the repositories has moved, any number of them,
// and gives the answers in their order. What cannot be read has an error of its own.
func (c *Client) Probe(ctx context.Context, repos []model.Repository) []Probe {
	b := batch[model.Repository, Probe]{
		size: ProbeBatch,
		ask:  func(repos []model.Repository) ([]Probe, error) { return c.probe(ctx, repos) },
		fail: func(repo model.Repository, err error) Probe { return Probe{NodeID: repo.NodeID, Err: err} },
	}
	probes, err := b.run(repos)
	for _, repo := range repos[len(probes):] {
		probes = append(probes, Probe{NodeID: repo.NodeID, Err: err})
	}
	return probes
}

func (c *Client) probe(ctx context.Context, repos []model.Repository) ([]Probe, error) {
	var probes []Probe
	ids := make([]string, len(repos))
	for i, repo := range repos {
		ids[i] = repo.NodeID
	}
	what := graphQLCall("Probe", fmt.Sprintf("probe of %d repositories", len(ids)))
	what.divisible = true
	err := c.query(ctx, what, document(what.query), map[string]any{"ids": ids}, func(r *reply) (err error) {
		probes, err = readProbes(r, ids)
		return err
	})
	return probes, err
}

func readProbes(r *reply, ids []string) ([]Probe, error) {
	var data struct {
		Nodes []*rawProbe `json:"nodes"`
	}
	if err := r.decode(&data); err != nil {
		return nil, err
	}
	failed, e := r.elements(nodeIndex, func(int, string) {})
	if e != nil {
		return nil, e
	}
	if len(data.Nodes) != len(ids) {
		return nil, failure(reasonMalformed, fmt.Sprintf("%d answers to %d ids", len(data.Nodes), len(ids)))
	}
	probes := make([]Probe, len(ids))
	for i, id := range ids {
		probes[i].NodeID = id
		if failed[i] == nil {
			failed[i] = data.Nodes[i].read(&probes[i], r.serverTime)
		}
		if e := failed[i]; e != nil {
			if e.Temporary {
				return nil, e
			}
			e.Op = "probe of " + id
			probes[i].Err = e
		}
	}
	return probes, nil
}

// read fills in a probe.
func (raw *rawProbe) read(p *Probe, readAt model.Instant) (e *Error) {
	if raw == nil || raw.TypeName != "Repository" {
		return failure(reasonNotFound, "no such repository, or not to be seen with this token")
	}
	if p.Repository, e = raw.repository(readAt); e != nil {
		return e
	}
	if p.Issues, e = watermark(raw.Issues); e != nil {
		return e
	}
	p.Pulls, e = watermark(raw.Pulls)
	return e
}

// watermark reads the newest update of a connection.
func watermark(l *list[rawAge]) (w Watermark, e *Error) {
	switch {
	case l == nil, len(l.Nodes) > 0 && l.Nodes[0] == nil:
		return w, failure(reasonPartial, "a repository without its lists")
	case len(l.Nodes) > 0:
		w.UpdatedAt = l.Nodes[0].UpdatedAt
	}
	w.Count = l.TotalCount
	return w, nil
}
