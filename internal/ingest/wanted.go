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

// walkWanted reads the commits of what was deployed, released, tagged, run or
// merged that the default branch does not have: one point each, and mostly
// less, since the newest leads to the others.
func (p *pass) walkWanted(ctx context.Context, wanted []string) error {
	for _, oid := range wanted {
		known, err := p.in.mirror.HasCommit(p.r.id, oid)
		if err != nil {
			return err
		}
		lost, tried := p.r.job(lostCommits, jobKey{node: oid})
		if known || tried && lost.Next > p.in.wall() {
			continue
		}
		if err := p.walkOne(ctx, oid, lost); err != nil {
			return err
		}
	}
	return nil
}

// walkOne follows one commit. That GitHub does not have it is remembered.
func (p *pass) walkOne(ctx context.Context, oid string, lost mirror.Job) error {
	w := p.newWalk(oid)
	err := w.run(ctx)
	if errors.Is(err, github.ErrNotFound) && len(w.found) == 0 {
		pause := min(model.Instant(firstLost)<<min(lost.Attempts, 8), lastLost)
		lost = mirror.Job{
			NodeID: oid, Reason: "not_found", Since: cmp.Or(lost.Since, p.server), Next: p.in.wall() + pause, Attempts: lost.Attempts + 1,
		}
		p.log.Info("commit is not known to GitHub", "commit", oid, "attempts", lost.Attempts)
		return p.write(func(b *batch) error { return b.putJob(lostCommits, lost) })
	}
	if err != nil {
		return err
	}
	return w.store(func(b *batch) error {
		b.deleteJob(lostCommits, jobKey{node: oid})
		return nil
	})
}

// commitsOf gives the commits of everything that is stored of the streams, the
// newest records first, each commit once.
func (p *pass) commitsOf(needs *Needs) ([]string, error) {
	var out []string
	seen := map[string]bool{}
	add := func(oid string) {
		if oid != "" && !seen[oid] {
			seen[oid] = true
			out = append(out, oid)
		}
	}
	for _, gather := range []func(*Needs, func(string)) error{p.deployed, p.released, p.tagged, p.ran, p.mergedTo} {
		if err := gather(needs, add); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *pass) deployed(needs *Needs, add func(oid string)) error {
	if !needs.Deployments {
		return nil
	}
	all, err := p.in.mirror.Deployments(p.r.id)
	for _, d := range slices.Backward(all) {
		if needs.ships(d.Environment) {
			add(d.OID)
		}
	}
	return err
}

func (p *pass) released(needs *Needs, add func(oid string)) error {
	if !needs.Releases {
		return nil
	}
	all, err := p.in.mirror.Releases(p.r.id)
	for _, r := range slices.Backward(all) {
		add(r.OID)
	}
	return err
}

func (p *pass) tagged(needs *Needs, add func(oid string)) error {
	if !needs.Tags {
		return nil
	}
	all, err := p.in.mirror.Tags(p.r.id)
	slices.SortStableFunc(all, func(a, b model.Tag) int { return cmp.Compare(b.CommittedAt, a.CommittedAt) })
	for _, t := range all {
		add(t.OID)
	}
	return err
}

func (p *pass) ran(needs *Needs, add func(oid string)) error {
	if needs.Workflows.Deploys == nil {
		return nil
	}
	all, err := p.in.mirror.Runs(p.r.id)
	for _, r := range slices.Backward(all) {
		if needs.deploys(r) {
			add(r.OID)
		}
	}
	return err
}

// mergedTo gives the merges to the branches that are deployments: of all pull
// requests once after the start, then of those that were read.
func (p *pass) mergedTo(needs *Needs, add func(oid string)) error {
	if len(needs.Merges) == 0 {
		return nil
	}
	note := func(it *model.Item) {
		branch := cmp.Or(it.BaseRef, p.repo.DefaultBranch)
		for _, wanted := range needs.Merges {
			if it.MergedAt != 0 && cmp.Or(wanted, p.repo.DefaultBranch) == branch {
				add(it.MergeOID)
			}
		}
	}
	if p.r.mergesSought.Load() {
		for number := range sorted(p.fresh) {
			it, err := p.in.mirror.Item(p.r.id, number)
			if err != nil {
				return err
			}
			if it != nil {
				note(it)
			}
		}
		return nil
	}
	for it, err := range p.in.mirror.Items(p.r.id) {
		if err != nil {
			return err
		}
		note(it)
	}
	return nil
}
