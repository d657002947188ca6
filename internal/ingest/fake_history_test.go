package ingest

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// fakeHistory is what a fake repository has beside its items.
type fakeHistory struct {
	head        string
	commits     map[string]model.BranchCommit
	deployments []model.Deployment // the newest first
	releases    []model.Release
	drafts      int // releases that are counted and not listed
	tags        []model.Tag
	runs        []github.Run // the newest first
	milestones  []model.Milestone
	pageSize    int // 0: all at once
}

// slice gives a page of a list, and where it ends.
func slice[T any](h *fakeHistory, all []T, after string) ([]T, github.PageInfo) {
	size := h.pageSize
	if size == 0 {
		size = 100
	}
	from, _ := strconv.Atoi(after)
	to := min(len(all), from+size)
	return all[min(from, to):to], github.PageInfo{
		Total: len(all), EndCursor: strconv.Itoa(to), HasNext: to < len(all), ServerTime: model.At(time.Now()),
	}
}

func (f *fake) historyOf(ctx context.Context, operation string, repo model.Repository, detail string) (*fakeHistory, error) {
	err := f.call(ctx, operation, strings.TrimSpace(repo.FullName()+" "+detail))
	if err != nil {
		return nil, err
	}
	return &f.byID(repo.ID).history, nil
}

func (f *fake) Deployments(ctx context.Context, repo model.Repository, after string) (page github.DeploymentPage, err error) {
	h, err := f.historyOf(ctx, "deployments", repo, after)
	if err != nil {
		return page, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	rows, info := slice(h, h.deployments, after)
	page.PageInfo = info
	for _, d := range rows {
		d.ReadAt = info.ServerTime
		page.Deployments = append(page.Deployments, d)
	}
	return page, nil
}

func (f *fake) DeploymentsByID(ctx context.Context, repo model.Repository, ids []string) (out []github.DeploymentResult, err error) {
	h, err := f.historyOf(ctx, "deployments_by_id", repo, strings.Join(ids, ","))
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		res := github.DeploymentResult{NodeID: id, Err: refused("not_found")}
		for _, d := range h.deployments {
			if d.NodeID == id {
				d.ReadAt = model.At(time.Now())
				res.Deployment, res.Err = d, nil
			}
		}
		out = append(out, res)
	}
	return out, nil
}

func (f *fake) Releases(ctx context.Context, repo model.Repository, after string) (page github.ReleasePage, err error) {
	h, err := f.historyOf(ctx, "releases", repo, after)
	if err != nil {
		return page, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	rows, info := slice(h, h.releases, after)
	info.Total += h.drafts
	page.PageInfo = info
	for _, r := range rows {
		r.ReadAt = info.ServerTime
		page.Releases = append(page.Releases, r)
	}
	return page, nil
}

func (f *fake) Tags(ctx context.Context, repo model.Repository, after string) (page github.TagPage, err error) {
	h, err := f.historyOf(ctx, "tags", repo, after)
	if err != nil {
		return page, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	rows, info := slice(h, h.tags, after)
	page.PageInfo = info
	for _, t := range rows {
		t.ReadAt = info.ServerTime
		page.Tags = append(page.Tags, t)
	}
	return page, nil
}

// History gives a commit and what it descends from, breadth first.
func (f *fake) History(ctx context.Context, repo model.Repository, from, after string) (page github.HistoryPage, err error) {
	h, err := f.historyOf(ctx, "history", repo, strings.TrimSpace(short(from)+" "+after))
	if err != nil {
		return page, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if from == "" {
		from = h.head
	}
	if from == "" {
		return page, nil
	}
	if _, ok := h.commits[from]; !ok {
		return page, refused("not_found")
	}
	page.Head = from
	page.Commits, page.PageInfo = slice(h, h.line(from), after)
	return page, nil
}

// line gives a commit and its ancestors by date, the newest first.
func (h *fakeHistory) line(from string) (out []model.BranchCommit) {
	seen := map[string]bool{from: true}
	queue := []string{from}
	for len(queue) > 0 {
		newest := 0
		for i := range queue {
			if h.commits[queue[i]].CommittedAt > h.commits[queue[newest]].CommittedAt {
				newest = i
			}
		}
		c := h.commits[queue[newest]]
		queue = append(queue[:newest], queue[newest+1:]...)
		out = append(out, c)
		for _, parent := range c.Parents {
			if !seen[parent] {
				seen[parent] = true
				queue = append(queue, parent)
			}
		}
	}
	return out
}

// short makes a commit's name readable.
func short(oid string) string { return oid[:min(4, len(oid))] }

func (f *fake) Runs(ctx context.Context, req github.RunsRequest) (page github.RunsPage, err error) {
	h, err := f.historyOf(ctx, "runs", req.Repo, req.URL)
	if err != nil {
		return page, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	page.ServerTime = model.At(time.Now())
	page.URL = "runs"
	for _, run := range h.runs {
		if run.Branch == req.Branch || req.URL != "" {
			run.ReadAt = page.ServerTime
			page.Runs = append(page.Runs, run)
		}
	}
	page.Total = len(page.Runs)
	return page, nil
}

func (f *fake) RunAttempt(ctx context.Context, repo model.Repository, id int64, attempt int) (run github.Run, err error) {
	h, err := f.historyOf(ctx, "run", repo, strconv.FormatInt(id, 10)+"/"+strconv.Itoa(attempt))
	if err != nil {
		return run, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, run := range h.runs {
		if run.ID == id {
			run.Attempt, run.ReadAt = attempt, model.At(time.Now())
			return run, nil
		}
	}
	return run, refused("not_found")
}

func (f *fake) RunJobs(ctx context.Context, repo model.Repository, suites []string) (out []github.RunJobs, err error) {
	if _, err := f.historyOf(ctx, "jobs", repo, strings.Join(suites, ",")); err != nil {
		return nil, err
	}
	for _, s := range suites {
		out = append(out, github.RunJobs{Suite: s, Jobs: 1})
	}
	return out, nil
}

func (f *fake) Milestones(ctx context.Context, repo model.Repository, after string) (page github.MilestonePage, err error) {
	h, err := f.historyOf(ctx, "milestones", repo, after)
	if err != nil {
		return page, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	rows, info := slice(h, h.milestones, after)
	page.PageInfo = info
	for _, m := range rows {
		m.ReadAt = info.ServerTime
		page.Milestones = append(page.Milestones, m)
	}
	return page, nil
}

// probe says how far the history has moved.
func (h *fakeHistory) probe(p *github.Probe) {
	p.Head = h.head
	p.Deployments.Count, p.Releases.Count = len(h.deployments), len(h.releases)+h.drafts
	if len(h.deployments) > 0 {
		p.Deployments.UpdatedAt = h.deployments[0].UpdatedAt
	}
	if len(h.releases) > 0 {
		p.Releases.UpdatedAt = h.releases[0].UpdatedAt
	}
}
