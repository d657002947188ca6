package githubtest

import (
	"slices"
	"strings"
	"time"
)

// repositoryDeployments lists the deployments of a repository.
func repositoryDeployments(c *call, rv *repoView) any {
	environments := texts(c.args["environments"])
	return c.deploymentList(filter(rv.deployments(), func(d *deploymentView) bool {
		return len(environments) == 0 || slices.Contains(environments, d.Environment)
	}))
}

func (c *call) deploymentList(deployments []*deploymentView) any {
	_, descending := c.orderBy("CREATED_AT")
	edges := make([]edge, len(deployments))
	for i, d := range deployments {
		edges[i] = edge{place{N: int64(d.CreatedAt), ID: d.ID}, node{"Deployment", d}}
	}
	return c.connect("deployments", newList(edges, descending))
}

// abandonedAfter is when GitHub gives up waiting for a deployment's first status.
const abandonedAfter = 30 * time.Minute

// state gives the deployment's state: of successful ones that is active.
func (d *deploymentView) state() string {
	latest := d.latest()
	switch {
	case latest == nil && d.repo.now() > d.CreatedAt.Add(abandonedAfter):
		return "ABANDONED"
	case latest == nil:
		return "PENDING"
	case latest.State == "success":
		return "ACTIVE"
	}
	return strings.ToUpper(latest.State)
}

// statusView is a status of a deployment.
type statusView struct {
	*DeploymentStatus
	deployment *deploymentView
}

// deploymentTypes resolves deployments and their statuses.
func deploymentTypes() map[string]resolvers {
	deployment := func(f func(*deploymentView) any) resolver {
		return of(func(_ *call, d *deploymentView) any { return f(d) })
	}
	return map[string]resolvers{
		"Deployment": join(resolvers{
			"id":                  deployment(func(d *deploymentView) any { return d.nodeID() }),
			"databaseId":          deployment(func(d *deploymentView) any { return d.ID }),
			"commit":              deployment(func(d *deploymentView) any { return d.repo.commitNode(d.OID) }),
			"commitOid":           deployment(func(d *deploymentView) any { return d.OID }),
			"ref":                 deployment(func(d *deploymentView) any { return d.repo.ref(d.Ref) }),
			"environment":         deployment(func(d *deploymentView) any { return d.Environment }),
			"originalEnvironment": deployment(func(d *deploymentView) any { return d.Environment }),
			"latestEnvironment":   deployment(func(d *deploymentView) any { return d.Environment }),
			"task":                deployment(func(d *deploymentView) any { return orString(d.Task, "deploy") }),
			"description":         deployment(func(d *deploymentView) any { return orNil(d.Description) }),
			"creator":             deployment(func(d *deploymentView) any { return d.repo.creator(d.Creator) }),
			"createdAt":           deployment(func(d *deploymentView) any { return d.CreatedAt }),
			"updatedAt":           deployment(func(d *deploymentView) any { return d.updatedAt() }),
			"state":               deployment(func(d *deploymentView) any { return d.state() }),
			"repository":          deployment(func(d *deploymentView) any { return node{"Repository", d.repo} }),
			"latestStatus":        deployment(latestStatus),
			"statuses":            of(deploymentStatuses),
		}, fixed(nil, "payload")),
		"DeploymentStatus": statusFields(),
	}
}

// creator shows who made something that must have a maker.
func (rv *repoView) creator(login string) any {
	if u := rv.user(login); u != nil {
		return accountNode(u)
	}
	return accountNode(ghost)
}

func latestStatus(d *deploymentView) any {
	if latest := d.latest(); latest != nil {
		return node{"DeploymentStatus", statusView{latest, d}}
	}
	return nil
}

// deploymentStatuses lists the statuses, the newest first.
func deploymentStatuses(c *call, d *deploymentView) any {
	var edges []edge
	for _, s := range d.statuses() {
		edges = append(edges, edge{place{N: int64(s.At), ID: s.ID}, node{"DeploymentStatus", statusView{s, d}}})
	}
	return c.connect("statuses", newList(edges, true))
}

func statusFields() resolvers {
	status := func(f func(statusView) any) resolver { return of(func(_ *call, s statusView) any { return f(s) }) }
	return join(resolvers{
		"id":          status(func(s statusView) any { return s.deployment.repo.id(s.NodeID, "DES", s.ID) }),
		"state":       status(func(s statusView) any { return strings.ToUpper(s.State) }),
		"creator":     status(func(s statusView) any { return s.deployment.repo.creator(s.Creator) }),
		"createdAt":   status(func(s statusView) any { return s.At }),
		"updatedAt":   status(func(s statusView) any { return s.At }),
		"environment": status(func(s statusView) any { return s.deployment.Environment }),
		"deployment":  status(func(s statusView) any { return node{"Deployment", s.deployment} }),
	}, fixed(nil, "description environmentUrl logUrl"))
}
