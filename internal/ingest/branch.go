package ingest

import (
	"context"
	"errors"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// commitsAtOnce is how many commits one transaction stores, beside what was
// published before: few enough that it is not split.
const commitsAtOnce = 500

// lostCommits is the queue of commits that GitHub does not have, by name.
const lostCommits mirror.Queue = "commit"

// What commits wait that GitHub did not have: a day at first, a month in the end.
const (
	firstLost = 24 * 60 * 60
	lastLost  = 30 * firstLost
)

// behindBranch reports whether commits are to be read. The caller holds mu.
//
// While the first walk runs, its cursor has StartedAt; Query is the head that
// it began at. Between runs Query is the head that was read last. Again says
// that there are records whose commits were not looked for.
func (r *repository) behindBranch(cur mirror.Cursor) bool {
	if !cur.Done {
		return r.needs.always()
	}
	return r.probe.Head != "" && cur.Query != r.probe.Head
}

// wantCommits notes that the commits of what is stored here are to be looked for.
func (b *batch) wantCommits() error {
	cur, err := b.tx.Cursor(streamBranch)
	if err != nil || cur.Again {
		return err
	}
	cur.Again = true
	b.p.grown = true
	return b.putCursor(streamBranch, cur)
}

// branch reads the commits of the default branch, and those of what was
// deployed, released, tagged or merged elsewhere. It reads nothing as long as
// there is nothing of the kind.
func (p *pass) branch(ctx context.Context) error {
	needs := p.r.needed()
	if !needs.has(streamBranch) {
		return nil
	}
	return p.note(ctx, streamBranch, p.commits(ctx, &needs))
}

func (p *pass) commits(ctx context.Context, needs *Needs) error {
	cur := p.r.cursor(streamBranch)
	wanted, err := p.commitsOf(needs)
	if err != nil {
		return err
	}
	switch {
	case cur.Done && p.probe.Head != "" && cur.Query != p.probe.Head:
		err = p.walkHead(ctx, cur)
	case !cur.Done && (cur.StartedAt != 0 || needs.always() || len(wanted) > 0):
		err = p.firstWalk(ctx, cur)
	}
	if err == nil && p.r.cursor(streamBranch).Done {
		err = p.walkWanted(ctx, wanted)
	}
	if err != nil {
		return err
	}
	p.r.mergesSought.Store(true)
	p.r.succeeded(streamBranch, p.server)
	return p.finishBranch()
}

// finishBranch notes that no commit is wanted any more.
func (p *pass) finishBranch() error {
	cur := p.r.cursor(streamBranch)
	if !cur.Again {
		return nil
	}
	cur.LastSuccess, cur.Again = p.server, false
	return p.write(func(b *batch) error { return b.putCursor(streamBranch, cur) })
}

// firstWalk reads the whole history of the default branch, a page at a time.
// The commits that it has stored lack parents until it has come to its end, so
// that no later walk may rely on them before.
func (p *pass) firstWalk(ctx context.Context, cur mirror.Cursor) error {
	if cur.StartedAt == 0 {
		cur = mirror.Cursor{StartedAt: p.began, Again: cur.Again}
	}
	back := 0
	for cur.StartedAt != 0 {
		page, err := p.in.client.History(ctx, p.repo, cur.Query, cur.After)
		switch {
		case p.restarted(streamBranch, &cur, &back, err):
			continue
		case errors.Is(err, github.ErrNotFound) && cur.Query != "" && back < maxRestarts:
			cur.Query, cur.After = "", "" // the history was rewritten, and the old one is gone
			back++
			continue
		case err != nil:
			return err
		}
		if err := p.endless(streamBranch, page.PageInfo, cur.After); err != nil {
			return err
		}
		if err := p.putFirstCommits(&cur, &page); err != nil {
			return err
		}
	}
	return nil
}

// putFirstCommits stores a page of the first walk.
func (p *pass) putFirstCommits(cur *mirror.Cursor, page *github.HistoryPage) error {
	p.saw(page.ServerTime)
	cur.Query, cur.After, cur.Total = page.Head, page.EndCursor, page.Total
	cur.Stored += len(page.Commits)
	if !page.HasNext {
		cur.StartedAt, cur.After, cur.Done = 0, "", true
		cur.LastSuccess = p.server
	}
	return p.write(func(b *batch) error {
		if _, err := b.tx.PutCommits(page.Commits); err != nil {
			return err
		}
		if cur.Done && cur.Query != "" {
			if _, err := b.tx.PutHead(cur.Query); err != nil {
				return err
			}
		}
		b.countAll("dropped", page.Dropped)
		return b.putCursor(streamBranch, *cur)
	})
}

// walkHead reads what the default branch has gained, or where its history was
// rewritten what it is now.
func (p *pass) walkHead(ctx context.Context, cur mirror.Cursor) error {
	w := p.newWalk("")
	if err := w.run(ctx); err != nil {
		return err
	}
	if w.from == "" { // the branch was deleted, or emptied, meanwhile
		return nil
	}
	cur.Query, cur.LastSuccess = w.from, p.server
	cur.Round++
	return w.store(func(b *batch) error {
		if _, err := b.tx.PutHead(w.from); err != nil {
			return err
		}
		return b.putCursor(streamBranch, cur)
	})
}

// walk follows commits to those that are stored. What it finds is stored when
// all of it was found, so that every stored commit has all of its ancestors.
type walk struct {
	*pass
	from    string // where it begins; "" is the head of the default branch
	found   map[string]*model.BranchCommit
	missing map[string]bool // parents that are neither stored nor found yet
	dropped map[string]int
}

func (p *pass) newWalk(from string) *walk {
	return &walk{pass: p, from: from, found: map[string]*model.BranchCommit{}, missing: map[string]bool{}}
}

// run follows the history of a commit page by page, which is ordered by date. A
// page without anything new leads nowhere soon: what is still missing, an old
// branch that was merged or a commit with a wrong date, is then followed itself.
func (w *walk) run(ctx context.Context) error {
	from, after := w.from, ""
	for {
		page, err := w.in.client.History(ctx, w.repo, from, after)
		if errors.Is(err, github.ErrNotFound) && w.missing[from] {
			return errUnknownParent(w.repo, from)
		}
		if err != nil {
			return err
		}
		if err := w.endless(streamBranch, page.PageInfo, after); err != nil {
			return err
		}
		w.saw(page.ServerTime)
		if w.from == "" {
			if w.from = page.Head; w.from == "" {
				return nil
			}
		}
		news, err := w.add(&page)
		if err != nil || len(w.missing) == 0 {
			return err
		}
		if after == "" && w.missing[from] {
			return errUnknownParent(w.repo, from)
		}
		from, after = page.Head, page.EndCursor
		if !news || !page.HasNext {
			from, after = anyOf(w.missing), ""
		}
	}
}

// anyOf gives the first of some names.
func anyOf(names map[string]bool) string {
	for name := range sorted(names) {
		return name
	}
	return ""
}

// errUnknownParent says that GitHub does not have a commit that another one has
// as a parent.
func errUnknownParent(repo model.Repository, oid string) error {
	return &github.Error{
		Op: "history of " + repo.FullName(), Reason: "partial", Temporary: true,
		Message: "the parent " + oid + " of a commit is missing",
	}
}

// add takes in a page and reports whether anything of it was new.
func (w *walk) add(page *github.HistoryPage) (news bool, err error) {
	for i := range page.Commits {
		c := &page.Commits[i]
		delete(w.missing, c.OID)
		if known, err := w.knows(c.OID); err != nil || known {
			if err != nil {
				return news, err
			}
			continue
		}
		news = true
		w.found[c.OID] = c
		for _, parent := range c.Parents {
			known, err := w.knows(parent)
			if err != nil {
				return news, err
			}
			if !known {
				w.missing[parent] = true
			}
		}
	}
	for word, n := range page.Dropped {
		if w.dropped == nil {
			w.dropped = map[string]int{}
		}
		w.dropped[word] += n
	}
	return news, nil
}

func (w *walk) knows(oid string) (bool, error) {
	if w.found[oid] != nil {
		return true, nil
	}
	return w.in.mirror.HasCommit(w.r.id, oid)
}

// store puts what was found into the mirror, parents before their children, so
// that whenever it is interrupted no stored commit lacks a parent, and does
// the last in the same transaction as the last of the commits.
func (w *walk) store(last func(*batch) error) error {
	parts := slices.Collect(slices.Chunk(w.parentsFirst(), commitsAtOnce))
	for len(parts) > 1 {
		err := w.write(func(b *batch) error {
			_, err := b.tx.PutCommits(parts[0])
			return err
		})
		if err != nil {
			return err
		}
		parts = parts[1:]
	}
	return w.write(func(b *batch) error {
		if len(parts) > 0 {
			if _, err := b.tx.PutCommits(parts[0]); err != nil {
				return err
			}
		}
		b.countAll("dropped", w.dropped)
		return last(b)
	})
}

// parentsFirst orders the commits that were found.
func (w *walk) parentsFirst() (out []model.BranchCommit) {
	type visit struct {
		commit *model.BranchCommit
		next   int // parent
	}
	done := map[string]bool{}
	for oid := range sorted(w.found) {
		stack := []visit{{commit: w.found[oid]}}
		for len(stack) > 0 {
			v := &stack[len(stack)-1]
			if done[v.commit.OID] {
				stack = stack[:len(stack)-1]
				continue
			}
			if v.next == len(v.commit.Parents) {
				done[v.commit.OID] = true
				out = append(out, *v.commit)
				stack = stack[:len(stack)-1]
				continue
			}
			parent := w.found[v.commit.Parents[v.next]]
			v.next++
			if parent != nil && !done[parent.OID] {
				stack = append(stack, visit{commit: parent})
			}
		}
	}
	return out
}
