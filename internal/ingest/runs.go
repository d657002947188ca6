package ingest

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const (
	// runsEnd is after how many seconds GitHub ends a run that still goes on:
	// https://docs.github.com/actions/reference/limits
	runsEnd = 35 * 24 * 60 * 60
	// patience is by which part of its age a run that goes on is left alone.
	patience = 10
)

// runsOf is what runs are read of: of which workflows, on which branch.
func runsOf(needs *Needs, repo model.Repository) string {
	return needs.Workflows.Key + "@" + repo.DefaultBranch
}

// runs reads the runs of the workflows that are needed: all of them at first,
// then those that are new or go on. Where nothing changed it costs nothing.
func (p *pass) runs(ctx context.Context) error {
	needs := p.r.needed()
	if needs.Workflows.Match == nil {
		return nil
	}
	if p.repo.DefaultBranch == "" { // nothing can run
		p.r.succeeded(streamRuns, p.server)
		return p.noRuns(runsOf(&needs, p.repo))
	}
	return p.note(ctx, streamRuns, p.readRuns(ctx, &needs))
}

// noRuns ends the first run where there is nothing.
func (p *pass) noRuns(of string) error {
	if p.r.cursor(streamRuns).Done {
		return nil
	}
	cur := mirror.Cursor{Query: of, Done: true, LastSuccess: p.server}
	return p.write(func(b *batch) error { return b.putCursor(streamRuns, cur) })
}

func (p *pass) readRuns(ctx context.Context, needs *Needs) error {
	cur := p.r.cursor(streamRuns)
	l := runList{pass: p, needs: needs, cur: cur}
	if of := runsOf(needs, p.repo); cur.Query != of {
		l.cur = mirror.Cursor{Query: of}
	}
	if !l.cur.Done {
		return l.first(ctx)
	}
	return l.later(ctx)
}

// runList is a run through the list of runs, the newest first.
//
// While the first one lasts, its cursor has StartedAt; Next is the creation up
// to which runs are still to be read, 0 for no end, URL the page within them,
// Seen the oldest creation that was read, and Size how many were read of this
// part: GitHub lists a thousand of those that a filter leaves. Between runs
// Watermark is the newest creation, and URL, ETag and Seen, the oldest creation on
// it, are those of the first page.
type runList struct {
	*pass
	needs *Needs
	cur   mirror.Cursor
	known map[runKey]model.Run
}

type runKey struct {
	id      int64
	attempt int
}

// runsAtOnce is how many runs are stored together: as many as fill requests for
// their jobs.
const runsAtOnce = 2 * github.RunJobsBatch

// first reads all runs, from the newest to the oldest.
func (l *runList) first(ctx context.Context) error {
	if l.cur.StartedAt == 0 {
		l.cur.StartedAt = l.began
	}
	for l.cur.StartedAt != 0 {
		var rows []github.Run
		for len(rows) < runsAtOnce && l.cur.StartedAt != 0 {
			page, err := l.in.client.Runs(ctx, github.RunsRequest{
				Repo: l.repo, URL: l.cur.URL, Size: github.MaxRunPageSize, Branch: l.repo.DefaultBranch, To: l.cur.Next,
			})
			if err != nil {
				return err
			}
			l.saw(page.ServerTime)
			l.advance(&page)
			rows = append(rows, page.Runs...)
		}
		rows, err := l.complete(ctx, rows)
		if err != nil {
			return err
		}
		if err := l.store(rows); err != nil {
			return err
		}
	}
	l.r.succeeded(streamRuns, l.server)
	return nil
}

// advance moves the cursor of the first run behind a page.
func (l *runList) advance(page *github.RunsPage) {
	cur := &l.cur
	for i := range page.Runs {
		at := page.Runs[i].CreatedAt
		cur.Watermark = max(cur.Watermark, at)
		if cur.Seen == 0 || at < cur.Seen {
			cur.Seen = at
		}
	}
	cur.Size += len(page.Runs)
	cur.URL = page.Next
	if page.Next != "" {
		return
	}
	if (page.Total > cur.Size || cur.Size >= github.RunWindow) && len(page.Runs) > 0 { // there may be older ones
		if cur.Seen == cur.Next {
			cur.Seen--
		}
		cur.Next, cur.Seen, cur.Size = cur.Seen, 0, 0
		return
	}
	l.ended()
}

// ended gives the cursor between two runs.
func (l *runList) ended() {
	l.cur.StartedAt, l.cur.Next, l.cur.Seen, l.cur.Size, l.cur.URL = 0, 0, 0, 0, ""
	l.cur.LastSuccess, l.cur.Done = l.server, true
	l.cur.Round++
}

// later reads what is new, and again what goes on.
func (l *runList) later(ctx context.Context) error {
	rows, err := l.newest(ctx)
	if err != nil {
		return err
	}
	open, err := l.open(ctx, rows)
	if err != nil {
		return err
	}
	rows, err = l.complete(ctx, rows)
	if err != nil {
		return err
	}
	if err := l.store(append(rows, open...)); err != nil {
		return err
	}
	l.r.succeeded(streamRuns, l.server)
	return nil
}

// newest reads pages from the newest run to where the last one was.
func (l *runList) newest(ctx context.Context) (rows []github.Run, err error) {
	req := github.RunsRequest{Repo: l.repo, URL: l.cur.URL, Branch: l.repo.DefaultBranch}
	if l.cur.Round%unconditional != unconditional-1 {
		req.ETag, req.Identity = l.cur.ETag, l.cur.Identity
	}
	until := l.cur.Watermark - overlap
	for first := true; ; first = false {
		page, err := l.in.client.Runs(ctx, req)
		if err != nil {
			return nil, err
		}
		l.saw(page.ServerTime)
		if first {
			l.cur.URL, l.cur.ETag, l.cur.Identity = page.URL, page.ETag, page.Identity
			l.cur.LastSuccess = l.server
			l.cur.Round++
		}
		if page.NotModified {
			return nil, nil
		}
		if first {
			l.cur.Seen = oldestOn(&page)
		}
		rows = append(rows, page.Runs...)
		oldest := model.Instant(0)
		for _, run := range page.Runs {
			l.cur.Watermark = max(l.cur.Watermark, run.CreatedAt)
			oldest = run.CreatedAt
		}
		if page.Next == "" || oldest < until {
			return rows, nil
		}
		req = github.RunsRequest{Repo: l.repo, URL: page.Next}
	}
}

// oldestOn gives the creation from which on runs are on a page, 1 where all are.
func oldestOn(page *github.RunsPage) (at model.Instant) {
	at = 1
	for _, run := range page.Runs {
		if page.Next != "" {
			at = run.CreatedAt
		}
	}
	return at
}

// sweepRuns reads the runs of the last weeks: one that is repeated keeps its
// place in the list.
func (p *pass) sweepRuns(ctx context.Context) error {
	needs := p.r.needed()
	l := runList{pass: p, needs: &needs, cur: p.r.cursor(streamRuns)}
	return p.note(ctx, streamRuns, l.sweep(ctx))
}

func (l *runList) sweep(ctx context.Context) error {
	var rows []github.Run
	to, seen, size := model.Instant(0), model.Instant(0), 0
	for address := ""; ; {
		page, err := l.in.client.Runs(ctx, github.RunsRequest{
			Repo: l.repo, URL: address, Branch: l.repo.DefaultBranch, From: l.server - runsEnd, To: to,
		})
		if err != nil {
			return err
		}
		l.saw(page.ServerTime)
		rows = append(rows, page.Runs...)
		size += len(page.Runs)
		for _, run := range page.Runs {
			seen = run.CreatedAt
		}
		if address = page.Next; address != "" {
			continue
		}
		if page.Total <= size && size < github.RunWindow || seen == to || len(page.Runs) == 0 {
			break
		}
		to, size = seen, 0
	}
	rows, err := l.complete(ctx, rows)
	if err != nil {
		return err
	}
	return l.store(rows)
}

// store puts runs into the mirror with the cursor.
func (l *runList) store(rows []github.Run) error {
	runs := make([]model.Run, len(rows))
	for i := range rows {
		runs[i] = rows[i].Run
	}
	dirty := l.dirty
	changed := 0
	err := l.write(func(b *batch) (err error) {
		if changed, err = b.tx.PutRuns(runs); err != nil {
			return err
		}
		if changed > 0 && slices.ContainsFunc(runs, l.needs.deploys) {
			if err := b.wantCommits(); err != nil {
				return err
			}
		}
		return b.putCursor(streamRuns, l.cur)
	})
	if changed == 0 {
		l.dirty = dirty // there is nothing to show
	}
	return err
}

// deploys reports whether a run is a deployment.
func (n *Needs) deploys(run model.Run) bool {
	return n.Workflows.Deploys != nil && n.Workflows.Deploys(run.Workflow)
}

// stored gives the attempts of runs that are stored.
func (l *runList) stored() (map[runKey]model.Run, error) {
	if l.known != nil {
		return l.known, nil
	}
	all, err := l.in.mirror.Runs(l.r.id)
	if err != nil {
		return nil, err
	}
	l.known = make(map[runKey]model.Run, len(all))
	for _, run := range all {
		l.known[runKey{run.ID, run.Attempt}] = run
	}
	return l.known, nil
}

// open reads runs again that go on and are not among the rows. The longer one
// goes on, the less often it is asked for.
func (l *runList) open(ctx context.Context, rows []github.Run) (read []github.Run, err error) {
	if l.r.runsSettled.Load() && len(rows) == 0 {
		return nil, nil
	}
	known, err := l.stored()
	if err != nil {
		return nil, err
	}
	listed := map[int64]bool{}
	going := 0
	for _, row := range rows {
		listed[row.ID] = true
		if row.Status != "completed" && l.needs.Workflows.Match(row.Workflow) {
			going++
		}
	}
	for key, run := range known {
		age := l.server - run.CreatedAt
		if run.Status == "completed" || listed[run.ID] || age > runsEnd || !l.needs.Workflows.Match(run.Workflow) {
			continue
		}
		going++
		if l.cur.Seen != 0 && run.CreatedAt > l.cur.Seen || l.server-run.ReadAt < age/patience {
			continue // the first page tells, or it was read just now
		}
		again, err := l.in.client.RunAttempt(ctx, l.repo, key.id, key.attempt)
		if errors.Is(err, github.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		l.saw(again.ReadAt)
		read = append(read, again)
	}
	l.r.runsSettled.Store(going == 0)
	return read, nil
}

// complete keeps the runs of the workflows that are needed, and adds what the
// list does not tell: their earlier attempts, and when their first job began.
func (l *runList) complete(ctx context.Context, rows []github.Run) (out []github.Run, err error) {
	var wanted []github.Run
	for _, row := range rows {
		if l.needs.Workflows.Match(row.Workflow) && row.Branch == l.repo.DefaultBranch {
			wanted = append(wanted, row)
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	if _, err := l.stored(); err != nil {
		return nil, err
	}
	for _, row := range wanted {
		for attempt := 1; attempt < row.Attempt; attempt++ {
			if l.known[runKey{row.ID, attempt}].Status == "completed" {
				continue
			}
			earlier, err := l.in.client.RunAttempt(ctx, l.repo, row.ID, attempt)
			if errors.Is(err, github.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, earlier)
		}
	}
	if err := l.jobs(ctx, wanted); err != nil {
		return nil, err
	}
	return append(out, wanted...), nil
}

// jobs reads when the first jobs of completed runs began.
func (l *runList) jobs(ctx context.Context, rows []github.Run) error {
	var suites []string
	var of []*github.Run
	for i := range rows {
		row := &rows[i]
		if row.Status != "completed" || row.Suite == "" || l.known[runKey{row.ID, row.Attempt}].Status == "completed" {
			continue
		}
		suites, of = append(suites, row.Suite), append(of, row)
	}
	if len(suites) == 0 {
		return nil
	}
	results, err := l.in.client.RunJobs(ctx, l.repo, suites)
	if err != nil && !errors.Is(err, github.ErrForbidden) {
		return err
	}
	for i := range min(len(results), len(of)) {
		of[i].JobAt = cmp.Or(results[i].StartedAt, of[i].JobAt)
	}
	return nil
}
