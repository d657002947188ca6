package github

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/google/go-github/v92/github"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const (
	// RunPageSize is how many runs a page has: their bodies are large, and mostly
	// few of them are new.
	RunPageSize = 30
	// MaxRunPageSize is how many a page has at most, for reading all of them.
	MaxRunPageSize = 100
	// smallerRunPage is by how much a page shrinks that GitHub fails to make.
	smallerRunPage = 4
	// RunWindow is how many runs GitHub lists of those that a filter leaves. What
	// has more, by RunsPage.Total, is to be asked for in parts:
	// https://docs.github.com/rest/actions/workflow-runs
	RunWindow = 1000
	// RunJobsBatch is of how many runs the jobs are read at once: one point.
	RunJobsBatch = 50
	// jobsShown is how many jobs of a run are looked at.
	jobsShown = 50
)

// RunsRequest asks for a page of a repository's workflow runs, the newest first.
type RunsRequest struct {
	Repo model.Repository
	// URL is the one to ask: a page's Next, or its URL to ask again whether
	// anything changed. "" builds one from what follows.
	URL      string
	Size     int           // runs of a page that is built; 0 is RunPageSize
	Branch   string        // only its runs; "" for all
	From, To model.Instant // created then or between; 0 for open ends
	ETag     string        // of the stored answer to URL; "" asks unconditionally
	Identity string        // that got the ETag; "" where that is not known
}

// RunsPage is a page of runs, each by its last attempt.
type RunsPage struct {
	URL         string // that was answered
	Next        string // "" on the last page
	ETag        string
	Identity    string // which got it
	NotModified bool   // nothing changed since ETag; Next is of this answer
	ServerTime  model.Instant
	Total       int // of the listing, as GitHub counts; 0 where nothing changed
	Runs        []Run
}

// Run is an attempt of a run, and the check suite that its jobs belong to.
type Run struct {
	model.Run
	Suite string // node id, for RunJobs
}

// RunJobs is when the jobs of a run's last attempt began.
type RunJobs struct {
	Suite     string        // as it was asked for
	StartedAt model.Instant // of the first job; 0 while none has started
	Jobs      int           // as GitHub counts
	Err       error         // of this run alone
}

const runsEndpoint = "/repos/{owner}/{repo}/actions/runs"

// Runs reads a page of runs. Where a large one is too much for GitHub it reads
// the first quarter, and Next leads to the others.
func (c *Client) Runs(ctx context.Context, req RunsRequest) (RunsPage, error) {
	address := cmp.Or(req.URL, c.runsURL(req))
	page, err := c.runsAt(ctx, address, req)
	c.served(address, err)
	if c.onlyNames(ctx, req.Repo, address, err) {
		address = c.renamed(address, req.Repo)
		page, err = c.runsAt(ctx, address, req)
	}
	if perPage(address) > RunPageSize && failedServer(err) {
		page, err = c.runsAt(ctx, smallerPage(address), req)
	}
	return page, err
}

func (c *Client) runsAt(ctx context.Context, address string, req RunsRequest) (page RunsPage, err error) {
	what := &call{api: apiREST, endpoint: runsEndpoint, op: "actions/runs of " + req.Repo.FullName(), pinned: true}
	what.divisible = perPage(address) > RunPageSize
	conditional := CommentsRequest{URL: req.URL, ETag: req.ETag, Identity: req.Identity}
	err = c.retry(ctx, what.of(req.Repo), func(ctx context.Context, tok *token, call *call) error {
		page = RunsPage{URL: address, Identity: tok.owner()}
		err := page.get(ctx, tok, conditional.etag(address, tok), c.readRun(call))
		page.ServerTime = c.serverTime(call)
		return err
	})
	if err != nil {
		return RunsPage{}, err
	}
	return page, nil
}

// runsURL begins a listing.
func (c *Client) runsURL(req RunsRequest) string {
	query := url.Values{"per_page": {strconv.Itoa(cmp.Or(req.Size, RunPageSize))}}
	if req.Branch != "" {
		query.Set("branch", req.Branch)
	}
	if req.From != 0 || req.To != 0 {
		query.Set("created", cmp.Or(req.From.String(), "*")+".."+cmp.Or(req.To.String(), "*"))
	}
	u := c.api.JoinPath(c.repositoryPath(req.Repo), "actions/runs")
	u.RawQuery = query.Encode()
	return u.String()
}

// smallerPage is the address of a page that begins as this one does.
func smallerPage(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	query := u.Query()
	query.Set("per_page", strconv.Itoa(perPage(address)/smallerRunPage))
	query.Set("page", strconv.Itoa((numberOf(address, "page", 1)-1)*smallerRunPage+1))
	u.RawQuery = query.Encode()
	return u.String()
}

// get asks for the page at its URL and fills it in.
func (p *RunsPage) get(ctx context.Context, tok *token, etag string, read func(*github.WorkflowRun) (Run, *Error)) error {
	req, err := tok.rest.NewRequest(ctx, http.MethodGet, p.URL, nil)
	if err != nil {
		return err
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	var body struct {
		Total *int                  `json:"total_count"`
		Runs  []*github.WorkflowRun `json:"workflow_runs"`
	}
	resp, err := tok.rest.Do(req, &body)
	if resp != nil && resp.Response != nil {
		p.Next, p.ETag = nextLink(resp.Header), resp.Header.Get("ETag")
		if resp.StatusCode == http.StatusNotModified {
			return p.unchanged(etag)
		}
	}
	switch {
	case err != nil:
		return err
	case body.Total == nil || body.Runs == nil:
		return failure(reasonMalformed, "no list of runs")
	}
	p.Total = *body.Total
	for _, row := range body.Runs {
		run, e := read(row)
		if e != nil {
			return e
		}
		p.Runs = append(p.Runs, run)
	}
	return nil
}

// unchanged notes a 304, which may leave out the ETag that it confirms.
func (p *RunsPage) unchanged(etag string) error {
	if etag == "" {
		return failure(reasonMalformed, "unchanged since nothing")
	}
	p.NotModified, p.ETag = true, cmp.Or(p.ETag, etag)
	return nil
}

// readRun turns rows of an answer into records.
func (c *Client) readRun(call *call) func(*github.WorkflowRun) (Run, *Error) {
	return func(row *github.WorkflowRun) (Run, *Error) {
		if row == nil {
			return Run{}, failure(reasonPartial, "a null in the page")
		}
		return runOf(row, c.serverTime(call))
	}
}

// runOf turns a row into a record. GitHub does not say when an attempt was
// completed; it is updated last then.
func runOf(row *github.WorkflowRun, readAt model.Instant) (Run, *Error) {
	run := Run{Suite: row.GetCheckSuiteNodeID(), Run: model.Run{
		ID: row.GetID(), Attempt: max(1, row.GetRunAttempt()), Workflow: workflowFile(row.GetPath()),
		Event: row.GetEvent(), Branch: row.GetHeadBranch(), OID: row.GetHeadSHA(),
		Status: row.GetStatus(), Conclusion: row.GetConclusion(),
		CreatedAt: model.At(row.GetCreatedAt().Time), StartedAt: model.At(row.GetRunStartedAt().Time),
		UpdatedAt: model.At(row.GetUpdatedAt().Time), ReadAt: readAt,
	}}
	if run.ID == 0 || run.CreatedAt == 0 || run.UpdatedAt == 0 || run.Status == "" {
		return run, failure(reasonMalformed, "a run without its id, times or status")
	}
	if run.Status == "completed" {
		run.CompletedAt = run.UpdatedAt
	}
	return run, nil
}

// workflowFile gives the name of a workflow's file. The path may name the
// branch that it is of, behind an @.
func workflowFile(file string) string {
	file, _, _ = strings.Cut(file, "@")
	if file == "" {
		return ""
	}
	return path.Base(file)
}

// RunAttempt reads an attempt of a run; a listing shows the last one only.
func (c *Client) RunAttempt(ctx context.Context, repo model.Repository, id int64, attempt int) (run Run, err error) {
	address := fmt.Sprintf("%s/actions/runs/%d/attempts/%d", c.repositoryPath(repo), id, attempt)
	what := &call{
		api: apiREST, endpoint: runsEndpoint + "/{run_id}/attempts/{attempt_number}",
		op: fmt.Sprintf("attempt %d of run %d of %s", attempt, id, repo.FullName()),
	}
	err = c.retry(ctx, what.within(repo), func(ctx context.Context, tok *token, call *call) error {
		req, err := tok.rest.NewRequest(ctx, http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		row := new(github.WorkflowRun)
		if _, err = tok.rest.Do(req, row); err != nil {
			return err
		}
		var e *Error
		if run, e = c.readRun(call)(row); e == nil && (run.ID != id || run.Attempt != attempt) {
			e = failure(reasonMalformed, "another run or attempt")
		}
		if e != nil {
			return e
		}
		return nil
	})
	if err != nil {
		return Run{}, err
	}
	return run, nil
}

// RunJobs reads when the first job of the last attempt of runs started, by
// their check suites, any number of them, and gives the results in their order.
// An error concerns all; what was answered before it is returned with it.
func (c *Client) RunJobs(ctx context.Context, repo model.Repository, suites []string) ([]RunJobs, error) {
	b := batch[string, RunJobs]{
		size: RunJobsBatch,
		ask:  func(ids []string) ([]RunJobs, error) { return c.runJobs(ctx, repo, ids) },
		fail: func(id string, err error) RunJobs { return RunJobs{Suite: id, Err: err} },
	}
	return b.run(suites)
}

type rawSuite struct {
	TypeName string `json:"__typename"`
	Runs     *list[struct {
		StartedAt model.Instant `json:"startedAt"`
	}] `json:"checkRuns"`
}

func (c *Client) runJobs(ctx context.Context, repo model.Repository, ids []string) (out []RunJobs, err error) {
	what := graphQLCall("RunJobs", fmt.Sprintf("jobs of %d runs of %s", len(ids), repo.FullName())).of(repo)
	what.divisible = true
	err = c.query(ctx, what, document(what.query), map[string]any{"ids": ids, "first": jobsShown}, func(r *reply) error {
		var data struct {
			Nodes []*rawSuite `json:"nodes"`
		}
		if e := r.decode(&data); e != nil {
			return e
		}
		out = make([]RunJobs, len(ids))
		return nodesAnswer{
			ids: ids, drop: func(int, string) {},
			read: func(i int) *Error { out[i].Suite = ids[i]; return data.Nodes[i].jobs(&out[i]) },
			fail: func(i int, e *Error) {
				e.Op = "jobs of " + ids[i]
				out[i].Suite, out[i].Err = ids[i], e
			},
		}.of(r, len(data.Nodes))
	})
	return out, err
}

// jobs reads when the first of a suite's jobs started.
func (raw *rawSuite) jobs(out *RunJobs) *Error {
	switch {
	case raw == nil || raw.TypeName != "CheckSuite":
		return failure(reasonNotFound, "no such run")
	case raw.Runs == nil:
		return failure(reasonPartial, "a run without its jobs")
	}
	out.Jobs = raw.Runs.TotalCount
	for _, job := range raw.Runs.Nodes {
		if job == nil {
			return failure(reasonPartial, "a null among a run's jobs")
		}
		if at := job.StartedAt; at != 0 && (out.StartedAt == 0 || at < out.StartedAt) {
			out.StartedAt = at
		}
	}
	return nil
}
