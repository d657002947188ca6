package githubtest

import (
	"cmp"
	"slices"
)

// deployment shows a deployment.
func (x *exchange) deployment(d *deploymentView) fields {
	api := x.apiURL(d.repo, "/deployments/"+itoa(d.ID))
	return fields{
		"id": d.ID, "node_id": d.nodeID(), "url": api, "sha": d.OID, "ref": d.Ref,
		"task": cmp.Or(d.Task, "deploy"), "payload": fields{}, "environment": d.Environment,
		"original_environment": d.Environment, "description": orNil(d.Description),
		"creator": x.simpleUser(d.repo, d.Creator), "created_at": d.CreatedAt, "updated_at": d.updatedAt(),
		"statuses_url": api + "/statuses", "repository_url": x.apiURL(d.repo, ""), "transient_environment": false,
		"production_environment": d.Environment == "production", "performed_via_github_app": nil,
	}
}

// listDeployments lists deployments, newest first.
func (x *exchange) listDeployments() (any, *apiError) {
	wanted := func(name, value string) bool { return x.query.Get(name) == "" || x.query.Get(name) == value }
	rows := filter(x.repo.deployments(), func(d *deploymentView) bool {
		return wanted("sha", d.OID) && wanted("ref", d.Ref) && wanted("task", cmp.Or(d.Task, "deploy")) &&
			wanted("environment", d.Environment)
	})
	slices.Reverse(rows)
	return mapped(paged(x, rows), x.deployment), nil
}

// findDeployment gives the deployment that the route names.
func (x *exchange) findDeployment() (*deploymentView, *apiError) {
	id := x.number("deployment_id")
	for _, d := range x.repo.deployments() {
		if d.ID == id {
			return d, nil
		}
	}
	return nil, notFound()
}

func (x *exchange) getDeployment() (any, *apiError) {
	d, err := x.findDeployment()
	if err != nil {
		return nil, err
	}
	return x.deployment(d), nil
}

// listStatuses lists what was reported of a deployment, newest first.
func (x *exchange) listStatuses() (any, *apiError) {
	d, err := x.findDeployment()
	if err != nil {
		return nil, err
	}
	rows := d.statuses()
	slices.Reverse(rows)
	return mapped(paged(x, rows), func(s *DeploymentStatus) fields { return x.status(d, s) }), nil
}

func (x *exchange) status(d *deploymentView, s *DeploymentStatus) fields {
	api := x.apiURL(d.repo, "/deployments/"+itoa(d.ID))
	return fields{
		"id": s.ID, "node_id": d.repo.id(s.NodeID, "DES", s.ID), "url": api + "/statuses/" + itoa(s.ID),
		"state": s.State, "creator": x.simpleUser(d.repo, s.Creator), "description": "", "environment": d.Environment,
		"target_url": "", "environment_url": "", "log_url": "", "created_at": s.At, "updated_at": s.At,
		"deployment_url": api, "repository_url": x.apiURL(d.repo, ""), "performed_via_github_app": nil,
	}
}
