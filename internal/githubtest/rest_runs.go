package githubtest

import (
	"cmp"
	"encoding/json"
	"path"
	"strings"
	"time"
)

// GitHub lists so many runs if the list is filtered, and about so many if it is not.
const (
	filteredRunRows = 1000
	runRows         = 40_000
)

// run shows a workflow run by one of its attempts.
func (x *exchange) run(r *runView) fields {
	rv := r.repo
	api, page := x.apiURL(rv, "/actions/runs/"+itoa(r.ID)), webURL("/"+rv.fullName()+"/actions/runs/"+itoa(r.ID))
	status, conclusion := r.status()
	suite := r.suiteID()
	name, file := "CI", ".github/workflows/ci.yml"
	if w := r.workflow(); w != nil {
		name, file = w.Name, w.Path
	}
	o := fields{
		"id": r.ID, "node_id": r.nodeID(), "name": name, "path": file,
		"display_title": x.runTitle(r, name), "check_suite_id": suite, "check_suite_node_id": r.suiteNodeID(),
		"check_suite_url": x.apiURL(rv, "/check-suites/"+itoa(suite)), "head_branch": r.Branch, "head_sha": r.OID,
		"run_number": r.Number, "run_attempt": r.attempt, "event": r.Event, "status": status,
		"conclusion": orNil(conclusion), "workflow_id": r.Workflow,
		"workflow_url": x.apiURL(rv, "/actions/workflows/"+itoa(r.Workflow)), "url": api, "html_url": page,
		"jobs_url": api + "/jobs", "logs_url": api + "/logs", "artifacts_url": api + "/artifacts",
		"cancel_url": api + "/cancel", "rerun_url": api + "/rerun", "previous_attempt_url": nil,
		"created_at": r.CreatedAt, "updated_at": r.updatedAt(), "run_started_at": r.startedAt(),
		"actor": x.simpleUser(rv, r.Actor), "triggering_actor": x.simpleUser(rv, cmp.Or(r.current().Actor, r.Actor)),
		"pull_requests": []fields{}, "referenced_workflows": []fields{}, "head_commit": x.simpleCommit(rv, r.OID),
		"repository": x.embeddedMinimal(rv), "head_repository": x.embeddedMinimal(rv),
	}
	if r.attempt > 1 {
		o["previous_attempt_url"] = api + "/attempts/" + itoa(r.attempt-1)
	}
	return o
}

// runTitle is the headline of the commit that ran.
func (x *exchange) runTitle(r *runView, name string) string {
	if c := r.repo.Commit(r.OID); c != nil && c.Headline != "" {
		return c.Headline
	}
	return name
}

// simpleCommit shows a commit as runs embed it, null where it is not known.
func (x *exchange) simpleCommit(rv *repoView, oid string) any {
	c := rv.Commit(oid)
	if c == nil {
		return nil
	}
	author, committer := gitUser(c.Author), gitUser(c.Committer)
	delete(author, "date")
	delete(committer, "date")
	return fields{
		"id": c.OID, "tree_id": c.tree(), "message": c.message(), "timestamp": c.Committer.At, "author": author,
		"committer": committer,
	}
}

// embeddedMinimal gives the encoded repository as runs embed it, once for an answer.
func (x *exchange) embeddedMinimal(rv *repoView) json.RawMessage {
	if _, ok := x.encoded[-rv.ID]; !ok {
		x.encode(-rv.ID, x.minimalRepository(rv))
	}
	return x.encoded[-rv.ID]
}

// runFilters are the parameters that filter the list of runs.
var runFilters = []string{"actor", "branch", "event", "status", "created", "head_sha", "check_suite_id"}

// listRuns lists runs, newest first. A filtered list ends after a thousand rows,
// whatever its total_count.
func (x *exchange) listRuns() (any, *apiError) {
	window, err := readRange(x.query.Get("created"))
	if err != nil {
		return nil, err
	}
	rows := filter(x.repo.runs(), func(r *runView) bool { return window.holds(r.CreatedAt) && x.wantsRun(r) })
	most := runRows
	for _, name := range runFilters {
		if x.query.Get(name) != "" {
			most = filteredRunRows
		}
	}
	return fields{
		"total_count": len(rows), "workflow_runs": mapped(paged(x, rows[:min(len(rows), most)]), x.run),
	}, nil
}

// wantsRun holds a run against the filters other than created.
func (x *exchange) wantsRun(r *runView) bool {
	status, conclusion := r.status()
	is := func(name string, values ...string) bool {
		want := x.query.Get(name)
		for _, value := range values {
			if strings.EqualFold(want, value) {
				return true
			}
		}
		return want == ""
	}
	return is("actor", r.Actor) && is("branch", r.Branch) && is("event", r.Event) && is("status", status, conclusion) &&
		is("head_sha", r.OID) && is("check_suite_id", itoa(r.suiteID()))
}

// span is a stretch of time with both its ends in it; 0 is an open end.
type span struct{ from, to Time }

func (s span) holds(t Time) bool { return t >= s.from && (s.to == 0 || t <= s.to) }

// readRange reads GitHub's search syntax for times: A..B, *..B, A..*, >A, >=A, <B, <=B, and A,
// each a date or a time.
func readRange(text string) (span, *apiError) {
	from, to, isRange := strings.Cut(text, "..")
	switch {
	case text == "":
		return span{}, nil
	case isRange:
		return bounds(from, to, 0, 0)
	case strings.HasPrefix(text, ">="):
		return bounds(text[2:], "*", 0, 0)
	case strings.HasPrefix(text, "<="):
		return bounds("*", text[2:], 0, 0)
	case strings.HasPrefix(text, ">"):
		return bounds(text[1:], "*", 1, 0)
	case strings.HasPrefix(text, "<"):
		return bounds("*", text[1:], 0, -1)
	}
	return bounds(text, text, 0, 0)
}

// bounds reads both ends of a range and moves them by some seconds, which is how ends that
// do not belong to it are shut out. A date stands for its whole day.
func bounds(from, to string, moveFrom, moveTo Time) (span, *apiError) {
	first, last, ok1 := daySpan(from)
	if moveFrom != 0 {
		first = last
	}
	begin := first
	first, last, ok2 := daySpan(to)
	if moveTo != 0 {
		last = first
	}
	if !ok1 || !ok2 {
		return span{}, invalid("WorkflowRun", "created")
	}
	s := span{from: begin, to: last}
	if from != "*" {
		s.from += moveFrom
	}
	if to != "*" {
		s.to += moveTo
	}
	return s, nil
}

// daySpan gives the first and the last second that a time or a date stands for.
func daySpan(text string) (first, last Time, ok bool) {
	if text == "*" {
		return 0, 0, true
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return TimeOf(t), TimeOf(t) + 24*60*60 - 1, true
	}
	t, err := time.Parse(time.RFC3339, text)
	return TimeOf(t), TimeOf(t), err == nil
}

// findRun gives the run that the route names.
func (x *exchange) findRun() (*runView, *apiError) {
	if r := x.repo.runOf(runByID, x.number("run_id")); r != nil {
		return r, nil
	}
	return nil, notFound()
}

func (x *exchange) getRun() (any, *apiError) {
	r, err := x.findRun()
	if err != nil {
		return nil, err
	}
	return x.run(r), nil
}

func (x *exchange) getAttempt() (any, *apiError) {
	r, err := x.findRun()
	if err != nil {
		return nil, err
	}
	n := int(x.number("attempt_number"))
	if n < 1 || n > r.attempt {
		return nil, notFound()
	}
	r.attempt = n
	return x.run(r), nil
}

// listJobs lists the jobs of a run's last attempt, or with filter=all those of all.
func (x *exchange) listJobs() (any, *apiError) {
	r, err := x.findRun()
	if err != nil {
		return nil, err
	}
	which, err := x.choice("WorkflowJob", "filter", "latest", "all")
	if err != nil {
		return nil, err
	}
	first := r.attempt
	if which == "all" {
		first = 1
	}
	var rows []fields
	for attempt := first; attempt <= r.attempt; attempt++ {
		for _, j := range r.jobs(attempt) {
			rows = append(rows, x.job(j, attempt))
		}
	}
	return fields{"total_count": len(rows), "jobs": mapped(paged(x, rows), func(o fields) fields { return o })}, nil
}

// job shows a job of one attempt.
func (x *exchange) job(j *jobView, attempt int) fields {
	rv, r := j.run.repo, j.run
	run := x.apiURL(rv, "/actions/runs/"+itoa(r.ID))
	status, conclusion := j.status()
	started := j.CreatedAt
	if j.StartedAt.By(rv.now()) {
		started = j.StartedAt
	}
	o := fields{
		"id": j.ID, "node_id": j.nodeID(), "run_id": r.ID, "run_url": run,
		"run_attempt": attempt, "head_sha": r.OID, "head_branch": r.Branch, "name": j.Name,
		"url":      x.apiURL(rv, "/actions/jobs/"+itoa(j.ID)),
		"html_url": webURL("/" + rv.fullName() + "/actions/runs/" + itoa(r.ID) + "/job/" + itoa(j.ID)),
		"status":   status, "conclusion": orNil(conclusion), "created_at": j.CreatedAt, "started_at": started,
		"completed_at": nil, "steps": []fields{}, "check_run_url": x.apiURL(rv, "/check-runs/"+itoa(j.ID)),
		"labels": []string{"ubuntu-latest"}, "runner_id": nil, "runner_name": nil, "runner_group_id": nil,
		"runner_group_name": nil, "workflow_name": nil,
	}
	if w := r.workflow(); w != nil {
		o["workflow_name"] = cmp.Or(w.Name, path.Base(w.Path))
	}
	if status == "completed" {
		o["completed_at"] = j.CompletedAt
	}
	return o
}
