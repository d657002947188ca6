package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// DeploymentsBatch is how many deployments are read again at once: one point.
const DeploymentsBatch = 100

// DeploymentPage is a page of a repository's deployments, the newest first,
// each with all of its statuses.
type DeploymentPage struct {
	PageInfo
	Deployments []model.Deployment
	Dropped     map[string]int
}

// DeploymentResult is a deployment that was read again, or why it could not be.
type DeploymentResult struct {
	NodeID     string // as it was asked for
	Deployment model.Deployment
	Dropped    map[string]int
	Err        error // of this deployment alone
}

type rawDeployment struct {
	TypeName   string `json:"__typename"`
	Repository *struct {
		DatabaseID int64 `json:"databaseId"`
	} `json:"repository"`
	ID          string           `json:"id"`
	DatabaseID  int64            `json:"databaseId"`
	Environment string           `json:"environment"`
	CommitOID   string           `json:"commitOid"`
	State       string           `json:"deploymentState"`
	CreatedAt   model.Instant    `json:"createdAt"`
	UpdatedAt   model.Instant    `json:"updatedAt"`
	Statuses    *list[rawStatus] `json:"statuses"`
}

type rawStatus struct {
	ID        string        `json:"id"`
	State     string        `json:"state"`
	CreatedAt model.Instant `json:"createdAt"`
}

// readDeployment is a deployment, and where its statuses go on: "" where they
// do not.
type readDeployment struct {
	model.Deployment
	after string
}

// Deployments reads a page of deployments, the newest first.
func (c *Client) Deployments(ctx context.Context, repo model.Repository, after string) (DeploymentPage, error) {
	var page DeploymentPage
	var read []readDeployment
	dropped, err := connection(ctx, c, "DeploymentsPage", "deployments", repo, after,
		func(l *list[rawDeployment], info PageInfo, drop func(string)) *Error {
			page, read = DeploymentPage{PageInfo: info}, nil
			for _, raw := range l.Nodes {
				d, e := raw.deployment(info.ServerTime, drop)
				if e != nil {
					return e
				}
				read = append(read, d)
			}
			return nil
		})
	if err != nil {
		return DeploymentPage{}, err
	}
	page.Dropped = dropped
	for i := range read {
		drop := func(reason string) { page.Dropped = dropOne(page.Dropped, reason) }
		if err := c.restOfStatuses(ctx, repo, &read[i], drop); err != nil {
			return DeploymentPage{}, err
		}
		page.Deployments = append(page.Deployments, read[i].Deployment)
	}
	return page, nil
}

// DeploymentsByID reads deployments again by node id, any number of them, and
// gives the results in their order. An error concerns all; what was answered
// before it is returned with it.
func (c *Client) DeploymentsByID(ctx context.Context, repo model.Repository, nodeIDs []string) ([]DeploymentResult, error) {
	b := batch[string, DeploymentResult]{
		size: DeploymentsBatch,
		ask:  func(ids []string) ([]DeploymentResult, error) { return c.deploymentsByID(ctx, repo, ids) },
		fail: func(id string, err error) DeploymentResult { return DeploymentResult{NodeID: id, Err: err} },
	}
	return b.run(nodeIDs)
}

func (c *Client) deploymentsByID(ctx context.Context, repo model.Repository, ids []string) ([]DeploymentResult, error) {
	what := graphQLCall("DeploymentsByID", fmt.Sprintf("%d deployments of %s", len(ids), repo.FullName())).of(repo)
	what.divisible = true
	var results []DeploymentResult
	var read []readDeployment
	err := c.query(ctx, what, document(what.query), map[string]any{"ids": ids}, func(r *reply) (err error) {
		results, read, err = readDeployments(r, repo, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range read {
		if results[i].Err != nil {
			continue
		}
		drop := func(reason string) { results[i].Dropped = dropOne(results[i].Dropped, reason) }
		if err := c.restOfStatuses(ctx, repo, &read[i], drop); err != nil {
			return nil, err
		}
		results[i].Deployment = read[i].Deployment
	}
	return results, nil
}

// readDeployments reads deployments one by one: each may be missing alone.
func readDeployments(r *reply, repo model.Repository, ids []string) ([]DeploymentResult, []readDeployment, error) {
	var data struct {
		Nodes []*rawDeployment `json:"nodes"`
	}
	if e := r.decode(&data); e != nil {
		return nil, nil, e
	}
	results, read := make([]DeploymentResult, len(ids)), make([]readDeployment, len(ids))
	answer := nodesAnswer{ids: ids, drop: func(i int, reason string) {
		if i < len(ids) {
			results[i].Dropped = dropOne(results[i].Dropped, reason)
		}
	}}
	answer.read = func(i int) (e *Error) {
		results[i].NodeID = ids[i]
		if e = data.Nodes[i].of(repo); e == nil {
			read[i], e = data.Nodes[i].deployment(r.serverTime, func(reason string) { answer.drop(i, reason) })
		}
		return e
	}
	answer.fail = func(i int, e *Error) {
		e.Op = "deployment " + ids[i] + " of " + repo.FullName()
		results[i].NodeID, results[i].Err = ids[i], e
	}
	return results, read, answer.of(r, len(data.Nodes))
}

// of makes sure that a deployment is one, and the repository's.
func (raw *rawDeployment) of(repo model.Repository) *Error {
	switch {
	case raw == nil || raw.TypeName != "Deployment":
		return failure(reasonNotFound, "no such deployment")
	case raw.Repository == nil:
		return failure(reasonPartial, "a deployment without its repository")
	}
	return sameRepository(raw.Repository.DatabaseID, repo)
}

// deployment turns an answer's deployment into a record.
func (raw *rawDeployment) deployment(readAt model.Instant, drop func(string)) (readDeployment, *Error) {
	d := readDeployment{Deployment: model.Deployment{
		ID: idOf(raw.DatabaseID, raw.ID), NodeID: raw.ID, Environment: raw.Environment, OID: raw.CommitOID,
		State: strings.ToLower(raw.State), CreatedAt: raw.CreatedAt, UpdatedAt: raw.UpdatedAt, ReadAt: readAt,
	}}
	if d.ID == 0 || raw.ID == "" || raw.CommitOID == "" || raw.CreatedAt == 0 || raw.UpdatedAt == 0 || raw.Statuses == nil {
		return d, failure(reasonPartial, "a deployment without its id, commit, times or statuses")
	}
	return d, d.add(raw.Statuses, drop)
}

// add takes a page of statuses.
func (d *readDeployment) add(statuses *list[rawStatus], drop func(string)) *Error {
	for _, raw := range statuses.Nodes {
		if raw == nil || raw.ID == "" || raw.CreatedAt == 0 {
			drop("deployment_status")
			continue
		}
		d.Statuses = append(d.Statuses, model.DeploymentStatus{ID: raw.ID, State: strings.ToLower(raw.State), At: raw.CreatedAt})
	}
	slices.SortFunc(d.Statuses, func(a, b model.DeploymentStatus) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.ID, b.ID))
	})
	after := d.after
	d.after = ""
	if !statuses.PageInfo.HasNextPage {
		return nil
	}
	if d.after = statuses.PageInfo.EndCursor; d.after == "" || d.after == after {
		return failure(reasonMalformed, "statuses that lead nowhere")
	}
	return nil
}

// restOfStatuses reads what of a deployment's statuses its page did not show.
func (c *Client) restOfStatuses(ctx context.Context, repo model.Repository, d *readDeployment, drop func(string)) error {
	for d.after != "" {
		what := graphQLCall("DeploymentStatuses", fmt.Sprintf("statuses of deployment %d of %s", d.ID, repo.FullName())).of(repo)
		variables := map[string]any{"id": d.NodeID, "first": SweepPageSize, "after": d.after}
		err := c.query(ctx, what, document(what.query), variables, func(r *reply) error {
			var data struct {
				Deployment *struct {
					Statuses *list[rawStatus] `json:"statuses"`
				} `json:"node"`
			}
			if e := r.fails(drop); e != nil {
				return e
			}
			if e := r.decode(&data); e != nil {
				return e
			}
			if data.Deployment == nil || data.Deployment.Statuses == nil {
				return failure(reasonPartial, "a deployment without its statuses")
			}
			if e := d.add(data.Deployment.Statuses, drop); e != nil {
				return e
			}
			return nil
		})
		if err != nil {
			return mislaid(err)
		}
	}
	return nil
}

// mislaid makes an error of what was there a moment ago a temporary one: that
// it is not found says nothing of its repository.
func mislaid(err error) error {
	var e *Error
	if !errors.As(err, &e) || e.Reason != reasonNotFound {
		return err
	}
	partial := failure(reasonPartial, e.Message)
	partial.Op, partial.Status = e.Op, e.Status
	return partial
}
