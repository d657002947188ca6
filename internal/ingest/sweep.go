package ingest

import (
	"context"
	"fmt"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const (
	// sweepSlice is how many pages one pass of a sweep reads, so that what
	// moves meanwhile does not wait for the end of a large repository's.
	sweepSlice = 50
	// activeDays is for how many days after their last update open pull
	// requests are read again by each sweep: not all that happens to them is
	// known to move the time of the update, or a count.
	activeDays = 14
)

// The kinds of repairs besides the reasons for which items are gone.
const (
	repairMissing    = "missing"    // the mirror lacked it
	repairReappeared = "reappeared" // the mirror had it as gone
	repairStale      = "stale"      // its last update or its state differed
	repairComments   = "comments"   // another number of comments
	repairReviews    = "reviews"    // another number of reviews
	repairActive     = "active"     // an open pull request that had changed unseen
	repairLabels     = "labels"     // a label was renamed or deleted
)

// sweepRun is a sweep under way. It is kept in memory: one that is interrupted
// begins anew, and has lost nothing but its comparisons.
type sweepRun struct {
	began  model.Instant // server time of the first page
	kinds  []model.Kind  // still to be listed
	after  string
	listed numbers
}

// numbers is a set of items by number.
type numbers []uint64

func (n *numbers) add(number int) {
	for len(*n) <= number/64 {
		*n = append(*n, make([]uint64, len(*n)+1)...)
	}
	(*n)[number/64] |= 1 << (number % 64)
}

func (n numbers) has(number int) bool {
	return number/64 < len(n) && n[number/64]&(1<<(number%64)) != 0
}

// difference is an item that a sweep is to read again.
type difference struct {
	id    github.ItemID
	why   string
	whole bool // with its whole timeline
}

// sweep compares everything with GitHub's lists: what differs is read again,
// what GitHub no longer lists is looked for.
func (p *pass) sweep(ctx context.Context) error { return p.note(ctx, streamSweep, p.sweepOn(ctx)) }

func (p *pass) sweepOn(ctx context.Context) error {
	run := p.r.sweeping()
	if run.kinds == nil && run.began == 0 {
		run.kinds = p.sweepKinds()
	}
	for pages := 0; len(run.kinds) > 0; pages++ {
		if pages >= sweepSlice {
			p.more = true
			return nil
		}
		if err := p.sweepPage(ctx, run); err != nil {
			return err
		}
	}
	if run.began != 0 { // otherwise there is nothing, neither here nor there
		if err := p.compareStored(ctx, run); err != nil {
			return err
		}
	}
	if err := p.sweepHistory(ctx); err != nil {
		return err
	}
	if err := p.countWatchers(ctx); err != nil {
		return err
	}
	return p.finishSweep()
}

// sweepKinds gives what there is to compare. Where issues are switched off
// GitHub lists none, which says nothing of those that there were.
func (p *pass) sweepKinds() (kinds []model.Kind) {
	records := p.in.mirror.Records(p.r.id)
	if !p.repo.NoIssues && (p.probe.Issues.Count > 0 || records[model.Issue.String()] > 0) {
		kinds = append(kinds, model.Issue)
	}
	if p.probe.Pulls.Count > 0 || records[model.PullRequest.String()] > 0 {
		kinds = append(kinds, model.PullRequest)
	}
	return kinds
}

// sweepPage compares one page and repairs what differs.
func (p *pass) sweepPage(ctx context.Context, run *sweepRun) error {
	kind := run.kinds[0]
	page, err := p.in.client.Sweep(ctx, p.repo, kind, run.after)
	if err != nil {
		p.r.stopSweep() // from the beginning next time, also where the cursor is stale
		return err
	}
	if page.HasNext && page.EndCursor == run.after {
		p.r.stopSweep()
		return fmt.Errorf("%w: a page of a sweep of %s ends where it began", github.ErrMalformed, p.repo.FullName())
	}
	p.saw(page.ServerTime)
	if run.began == 0 {
		run.began = page.ServerTime
	}
	for _, row := range page.Rows {
		run.listed.add(row.Number)
	}
	found, err := p.differences(kind, run.began, page.Rows)
	if err != nil {
		return err
	}
	if err := p.repair(ctx, kind, found); err != nil {
		return err
	}
	run.after = page.EndCursor
	if !page.HasNext {
		run.kinds, run.after = run.kinds[1:], ""
	}
	return nil
}

// differences compares rows with the mirror. What was updated after the last
// pass began is left to the next one.
func (p *pass) differences(kind model.Kind, began model.Instant, rows []github.SweepRow) ([]difference, error) {
	read := p.r.cursor(streamIssues).Watermark
	if kind == model.PullRequest {
		read = p.r.cursor(streamPulls).Watermark
	}
	var out []difference
	for _, row := range rows {
		if row.UpdatedAt > read {
			continue
		}
		item, err := p.in.mirror.Item(p.r.id, row.Number)
		if err != nil {
			return nil, err
		}
		if _, gap := p.r.job(mirror.Gaps, jobKey{number: row.Number, node: row.NodeID}); gap {
			continue // known, and tried again in time
		}
		if why, whole := compare(&row, item, began); why != "" {
			out = append(out, difference{row.ItemID, why, whole})
		}
	}
	return out, nil
}

// compare tells how an item differs from what GitHub lists, "" where it does
// not, and whether something of its timeline may have been deleted.
func compare(row *github.SweepRow, item *model.Item, now model.Instant) (why string, whole bool) {
	if item == nil {
		return repairMissing, false
	}
	lost := row.Comments < item.CommentCount || row.Reviews < item.ReviewCount
	switch {
	case item.GoneAt != 0:
		return repairReappeared, false
	case row.UpdatedAt < item.UpdatedAt: // the list lags behind
		return "", false
	case row.UpdatedAt > item.UpdatedAt, row.State != item.State():
		return repairStale, lost
	case row.Comments != item.CommentCount, item.Kind == model.Issue && row.Comments != live(item, model.Commented):
		return repairComments, true
	case row.Reviews != item.ReviewCount, item.Kind == model.PullRequest && row.Reviews != live(item, model.Reviewed):
		return repairReviews, true
	case item.Kind == model.PullRequest && row.State == "open" && row.UpdatedAt > now-activeDays*24*60*60 && item.ReadAt < now:
		return repairActive, false
	}
	return "", false
}

// live counts an item's events of a kind that GitHub still has.
func live(it *model.Item, kind model.EventKind) (n int) {
	for _, e := range it.Events {
		if e.Kind == kind && e.GoneAt == 0 {
			n++
		}
	}
	return n
}

// repair reads again what differs, and counts what that changed.
func (p *pass) repair(ctx context.Context, kind model.Kind, found []difference) error {
	why := map[int]string{}
	var ids, whole []github.ItemID
	for _, d := range found {
		why[d.id.Number] = d.why
		if d.whole {
			whole = append(whole, d.id)
		} else {
			ids = append(ids, d.id)
		}
	}
	count := func(b *batch, item, _ *model.Item, changed bool) error {
		if changed {
			b.count("repairs", why[item.Number], 1)
			p.log.Info("repaired an item", "number", item.Number, "kind", why[item.Number])
		}
		return nil
	}
	if err := p.refetch(ctx, kind, ids, count); err != nil {
		return err
	}
	lines := !slices.ContainsFunc(found, func(d difference) bool { return d.why == repairLabels })
	return p.rereadWhole(ctx, kind, whole, lines, count)
}

// compareStored goes through the mirror: items that GitHub no longer lists
// become suspects, those whose labels were renamed or deleted are read again.
func (p *pass) compareStored(ctx context.Context, run *sweepRun) error {
	labels, err := p.labels(ctx)
	if err != nil {
		return err
	}
	var absent []mirror.Job
	relabeled := map[model.Kind][]difference{}
	for item, err := range p.in.mirror.Items(p.r.id) {
		switch {
		case err != nil:
			return err
		case item.GoneAt != 0:
		case p.unlisted(item, run):
			absent = append(absent, p.suspect(item.Number, item.Kind))
		case labels.differ(item):
			id := github.ItemID{NodeID: item.NodeID, Number: item.Number}
			relabeled[item.Kind] = append(relabeled[item.Kind], difference{id, repairLabels, true})
		}
	}
	if err := p.suspectAll(absent); err != nil {
		return err
	}
	for kind, found := range sorted(relabeled) {
		if err := p.repair(ctx, kind, found); err != nil {
			return err
		}
	}
	return p.drain(ctx)
}

// unlisted reports whether the sweep should have listed an item and did not.
func (p *pass) unlisted(item *model.Item, run *sweepRun) bool {
	return !run.listed.has(item.Number) && item.ReadAt < run.began && item.CreatedAt < run.began-overlap &&
		!(item.Kind == model.Issue && p.repo.NoIssues)
}

// suspectAll queues items to be looked for.
func (p *pass) suspectAll(jobs []mirror.Job) error {
	if len(jobs) == 0 {
		return nil
	}
	return p.write(func(b *batch) error {
		for _, job := range jobs {
			if err := b.putJob(mirror.Suspects, job); err != nil {
				return err
			}
		}
		return nil
	})
}

// countWatchers asks for the watchers where the probes are of too many
// repositories to do so.
func (p *pass) countWatchers(ctx context.Context) error {
	if p.probe.Watched {
		return nil
	}
	probe := p.in.client.Probe(ctx, []model.Repository{p.repo})[0]
	if probe.Err != nil || probe.Repository.Watchers == p.repo.Watchers {
		return probe.Err
	}
	return p.in.changedRepository(p.r, probe.Repository)
}

// finishSweep ends a sweep.
func (p *pass) finishSweep() error {
	cur := p.r.cursor(streamSweep)
	cur.LastSuccess, cur.Done = p.server, true
	cur.Round++
	if err := p.write(func(b *batch) error { return b.putCursor(streamSweep, cur) }); err != nil {
		return err
	}
	p.r.stopSweep()
	p.r.succeeded(streamSweep, p.server)
	return nil
}
