package githubtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// checkTypes resolves workflow runs as check suites, and their jobs as check runs.
func checkTypes() map[string]resolvers {
	return map[string]resolvers{
		"CheckSuite":  suiteFields(),
		"CheckRun":    checkRunFields(),
		"WorkflowRun": workflowRunFields(),
		"Workflow":    workflowFields(),
		"App": fixed(nil, "description").with(resolvers{
			"id": always("A_kwHOAAA8TQ"), "databaseId": always(15368), "name": always("GitHub Actions"), "slug": always("github-actions"),
		}),
	}
}

// with adds resolvers.
func (r resolvers) with(more resolvers) resolvers { return join(r, more) }

// runPath is the address of a run below the host.
func runPath(_ *call, r *runView) string {
	return fmt.Sprintf("/%s/actions/runs/%d", r.repo.fullName(), r.ID)
}

func suiteFields() resolvers {
	run := func(f func(*runView) any) resolver { return of(func(_ *call, r *runView) any { return f(r) }) }
	return join(paths(runPath), resolvers{
		"id":          run(func(r *runView) any { return r.suiteNodeID() }),
		"databaseId":  run(func(r *runView) any { return r.suiteID() }),
		"status":      run(func(r *runView) any { status, _ := r.status(); return strings.ToUpper(status) }),
		"conclusion":  run(func(r *runView) any { _, conclusion := r.status(); return orNil(strings.ToUpper(conclusion)) }),
		"createdAt":   run(func(r *runView) any { return r.CreatedAt }),
		"updatedAt":   run(func(r *runView) any { return r.updatedAt() }),
		"creator":     run(func(r *runView) any { return userNode(r.repo.user(r.Actor)) }),
		"commit":      run(func(r *runView) any { return r.repo.commitNode(r.OID) }),
		"branch":      run(func(r *runView) any { return r.repo.ref("refs/heads/" + r.Branch) }),
		"repository":  run(func(r *runView) any { return node{"Repository", r.repo} }),
		"workflowRun": run(func(r *runView) any { return node{"WorkflowRun", r} }),
		"app":         always(node{"App", nil}),
		"checkRuns":   of(suiteRuns),
	}, fixed(nil, "push"))
}

// suiteRuns lists the jobs of the run's last attempt.
func suiteRuns(c *call, r *runView) any {
	by, _ := c.args["filterBy"].(map[string]any)
	for _, name := range []string{"appId", "checkType", "conclusions", "statuses", "status"} {
		if by[name] != nil && by[name] != "LATEST" && by[name] != "ALL" {
			return fmt.Errorf("simulated GitHub does not know the filter %s of check runs", name)
		}
	}
	jobs := filter(r.jobs(r.attempt), func(j *jobView) bool { return by["checkName"] == nil || by["checkName"] == j.Name })
	return connectAll(c, "checkRuns", jobs, func(_ int, j *jobView) edge {
		return edge{place{N: j.ID}, node{"CheckRun", j}}
	})
}

func checkRunFields() resolvers {
	job := func(f func(*jobView) any) resolver { return of(func(_ *call, j *jobView) any { return f(j) }) }
	path := func(c *call, j *jobView) string { return fmt.Sprintf("%s/job/%d", runPath(c, j.run), j.ID) }
	return join(paths(path), resolvers{
		"id":          job(func(j *jobView) any { return j.nodeID() }),
		"databaseId":  job(func(j *jobView) any { return j.ID }),
		"name":        job(func(j *jobView) any { return j.Name }),
		"status":      job(func(j *jobView) any { status, _ := j.status(); return strings.ToUpper(status) }),
		"conclusion":  job(func(j *jobView) any { _, conclusion := j.status(); return orNil(strings.ToUpper(conclusion)) }),
		"startedAt":   job(func(j *jobView) any { return ifAny(j.StartedAt.By(j.run.repo.now()), j.StartedAt) }),
		"completedAt": job(func(j *jobView) any { return ifAny(j.CompletedAt.By(j.run.repo.now()), j.CompletedAt) }),
		"checkSuite":  job(func(j *jobView) any { return node{"CheckSuite", j.run} }),
		"repository":  job(func(j *jobView) any { return node{"Repository", j.run.repo} }),
		"permalink":   of(func(c *call, j *jobView) any { return webURL(path(c, j)) }),
		"detailsUrl":  of(func(c *call, j *jobView) any { return webURL(path(c, j)) }),
		"isRequired":  always(false),
	}, fixed(nil, "deployment externalId pendingDeploymentRequest summary text title"))
}

func workflowRunFields() resolvers {
	run := func(f func(*runView) any) resolver { return of(func(_ *call, r *runView) any { return f(r) }) }
	return join(paths(runPath), resolvers{
		"id":         run(func(r *runView) any { return r.nodeID() }),
		"databaseId": run(func(r *runView) any { return r.ID }),
		"runNumber":  run(func(r *runView) any { return r.Number }),
		"event":      run(func(r *runView) any { return r.Event }),
		"createdAt":  run(func(r *runView) any { return r.CreatedAt }),
		"updatedAt":  run(func(r *runView) any { return r.updatedAt() }),
		"checkSuite": run(func(r *runView) any { return node{"CheckSuite", r} }),
		"workflow":   run(runWorkflow),
	}, fixed(nil, "file"))
}

// workflowView is a workflow in its repository.
type workflowView struct {
	*Workflow
	repo *repoView
}

func runWorkflow(r *runView) any {
	if w := r.workflow(); w != nil {
		return node{"Workflow", workflowView{w, r.repo}}
	}
	return nil
}

func workflowFields() resolvers {
	where := func(_ *call, w workflowView) string {
		return "/" + w.repo.fullName() + "/actions/workflows/" + path.Base(w.Path)
	}
	workflow := func(f func(workflowView) any) resolver { return of(func(_ *call, w workflowView) any { return f(w) }) }
	return join(paths(where), fixed("ACTIVE", "state"), resolvers{
		"id":         workflow(func(w workflowView) any { return w.repo.id(w.NodeID, "W", w.ID) }),
		"databaseId": workflow(func(w workflowView) any { return w.ID }),
		"name":       workflow(func(w workflowView) any { return w.Name }),
		"createdAt":  workflow(func(w workflowView) any { return w.CreatedAt }),
		"updatedAt":  workflow(func(w workflowView) any { return w.CreatedAt }),
	})
}

// commitSuites lists the check suites of a commit.
func commitSuites(c *call, cv commitView) any {
	runs := filter(cv.repo.runs(), func(r *runView) bool { return r.OID == cv.OID })
	slices.Reverse(runs)
	return connectAll(c, "suites", runs, func(_ int, r *runView) edge {
		return edge{place{N: int64(r.CreatedAt), ID: r.ID}, node{"CheckSuite", r}}
	})
}
