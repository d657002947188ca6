package ingest

import (
	"context"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// historyPlan plans what the history of one repository takes.
type historyPlan struct {
	in       *Ingest
	plan     *Plan
	repo     model.Repository
	probe    *github.Probe
	needs    Needs
	identity string
	out      []PlanStream
}

// planHistory plans the streams of the history that are needed and that GitHub
// has something of. How many commits and runs there are is asked for, a call
// each; of tags and runs of other workflows the estimate knows little.
func (in *Ingest) planHistory(ctx context.Context, repo model.Repository, probe *github.Probe, needs Needs, plan *Plan, identity string) []PlanStream {
	h := &historyPlan{in: in, plan: plan, repo: repo, probe: probe, needs: needs, identity: identity}
	if needs.Deployments {
		h.list(streamDeployments, "DeploymentsPage", probe.Deployments.Count, h.due(streamDeployments, probe.Deployments))
	}
	if needs.Releases {
		h.list(streamReleases, "ReleasesPage", probe.Releases.Count, h.due(streamReleases, probe.Releases))
	}
	if needs.Tags && probe.Head != "" {
		h.list(streamTags, "TagsPage", max(1, probe.Releases.Count), true)
	}
	if needs.Workflows.Match != nil && probe.Head != "" {
		h.runs(ctx)
	}
	ships := needs.Deployments && probe.Deployments.Count > 0 || needs.Releases && probe.Releases.Count > 0
	if needs.has(streamBranch) && probe.Head != "" && (needs.always() || ships) {
		h.commits(ctx)
	}
	return h.out
}

// read reports whether a stream was read once.
func (h *historyPlan) read(stream string) bool {
	if h.in.mirror == nil {
		return false
	}
	cur, err := h.in.mirror.Cursor(h.repo.ID, stream)
	return err == nil && cur.Done
}

// due reports whether anything of a list is to be read.
func (h *historyPlan) due(stream string, mark github.Watermark) bool {
	if !h.read(stream) {
		return true
	}
	cur, err := h.in.mirror.Cursor(h.repo.ID, stream)
	return err != nil || cur.Again || movedTo(cur, mark)
}

// list adds a list of so many, a hundred at a time: all of it at first, then a
// page of what is due.
func (h *historyPlan) list(stream, operation string, count int, due bool) {
	calls := ceil(count, github.SweepPageSize)
	if h.read(stream) {
		calls = min(calls, 1)
	}
	if !due {
		calls = 0
	}
	if count > 0 {
		h.out = append(h.out, PlanStream{Name: stream, Count: count, Points: h.plan.spend(h.identity, operation, calls)})
	}
}

// runs adds the runs, by how many of the newest are of the workflows needed.
func (h *historyPlan) runs(ctx context.Context) {
	stream := PlanStream{Name: streamRuns}
	if h.read(streamRuns) {
		stream.Requests = h.plan.request(h.identity, 1)
		h.out = append(h.out, stream)
		return
	}
	page, err := h.in.client.Runs(ctx, github.RunsRequest{Repo: h.repo, Branch: h.repo.DefaultBranch})
	if err != nil {
		h.problem(streamRuns, err)
		return
	}
	wanted := 0
	for _, run := range page.Runs {
		if h.needs.Workflows.Match(run.Workflow) {
			wanted++
		}
	}
	stream.Count = page.Total * wanted / max(1, len(page.Runs))
	stream.Requests = h.plan.request(h.identity, ceil(page.Total, github.MaxRunPageSize))
	stream.Points = h.plan.spend(h.identity, "RunJobs", ceil(stream.Count, github.RunJobsBatch))
	h.out = append(h.out, stream)
}

// commits adds the commits of the default branch.
func (h *historyPlan) commits(ctx context.Context) {
	stream := PlanStream{Name: streamBranch}
	if cur := h.cursor(); cur != "" {
		if cur != h.probe.Head {
			stream.Points = h.plan.spend(h.identity, "BranchHistory", 1)
		}
		h.out = append(h.out, stream)
		return
	}
	page, err := h.in.client.History(ctx, h.repo, "", "")
	if err != nil {
		h.problem(streamBranch, err)
		return
	}
	stream.Count = page.Total
	stream.Points = h.plan.spend(h.identity, "BranchHistory", ceil(page.Total, github.SweepPageSize))
	h.out = append(h.out, stream)
}

// cursor gives the head that was read last, "" before the first.
func (h *historyPlan) cursor() string {
	if !h.read(streamBranch) {
		return ""
	}
	cur, err := h.in.mirror.Cursor(h.repo.ID, streamBranch)
	if err != nil {
		return ""
	}
	return cur.Query
}

// problem notes what cannot be read of a repository that can.
func (h *historyPlan) problem(stream string, err error) {
	_ = h.plan.problem(context.Background(), h.repo.FullName()+", "+stream, err)
}
