package githubtest

import (
	"cmp"
	"slices"
	"sync"
)

// lookups find runs, pull requests and histories without reading everything for every
// request.
type lookups struct {
	runsOnce  sync.Once
	runs      map[runKey]*Run
	pullsOnce sync.Once
	pulls     map[string][]*Item

	mu        sync.Mutex
	histories map[string][]int
}

// runKey names a run by an id of one of the kinds.
type runKey struct {
	kind runKind
	id   int64
}

type runKind uint8

const (
	runByID runKind = iota
	runBySuite
	runByJob
)

// runOf finds the run with that id, check suite or job; nil if there is none now.
func (rv *repoView) runOf(kind runKind, id int64) *runView {
	x := &rv.lists().lookups
	x.runsOnce.Do(func() { x.runs = runsByKey(rv) })
	if run := x.runs[runKey{kind, id}]; run != nil {
		return rv.run(run)
	}
	return nil
}

func runsByKey(rv *repoView) map[runKey]*Run {
	runs := make(map[runKey]*Run, 3*len(rv.Runs))
	for _, run := range rv.Runs {
		shown := &runView{Run: run, repo: rv}
		runs[runKey{runByID, run.ID}], runs[runKey{runBySuite, shown.suiteID()}] = run, run
		for _, attempt := range run.Attempts {
			for _, job := range attempt.Jobs {
				runs[runKey{runByJob, job.ID}] = run
			}
		}
	}
	return runs
}

// pullsOf gives the pull requests that a commit belongs to now: those that have it, and
// those whose merging made it.
func (rv *repoView) pullsOf(oid string) []*itemView {
	x := &rv.lists().lookups
	x.pullsOnce.Do(func() { x.pulls = pullsByCommit(rv.Items) })
	var out []*itemView
	for _, item := range x.pulls[oid] {
		if rv.presenceOf(item) != present {
			continue
		}
		if iv := rv.show(item); iv.hasCommit(oid) {
			out = append(out, iv)
		}
	}
	return out
}

func pullsByCommit(items []*Item) map[string][]*Item {
	pulls := map[string][]*Item{}
	add := func(oid string, item *Item) {
		if have := pulls[oid]; len(have) == 0 || have[len(have)-1] != item {
			pulls[oid] = append(have, item)
		}
	}
	for _, item := range items {
		if item.PR == nil {
			continue
		}
		for _, c := range item.PR.Commits {
			add(c.OID, item)
		}
		if item.PR.MergeOID != "" {
			add(item.PR.MergeOID, item)
		}
	}
	return pulls
}

// hasCommit reports whether the pull request has a commit now, or its merging made it.
func (iv *itemView) hasCommit(oid string) bool {
	if iv.mergeOID() == oid {
		return true
	}
	for _, c := range iv.commits() {
		if c.OID == oid {
			return true
		}
	}
	return false
}

// maxHistories bounds the cache of a repository: branches move.
const maxHistories = 8

// history gives the indices in Commits of a commit and of everything it descends from.
func (r *repository) history(oid string) []int {
	x := &r.lists().lookups
	x.mu.Lock()
	defer x.mu.Unlock()
	if known, ok := x.histories[oid]; ok {
		return known
	}
	if x.histories == nil || len(x.histories) >= maxHistories {
		x.histories = map[string][]int{}
	}
	x.histories[oid] = walkHistory(r.Repo, oid)
	return x.histories[oid]
}

func walkHistory(repo *Repo, oid string) []int {
	indices := make(map[string]int, len(repo.Commits))
	for i, c := range repo.Commits {
		indices[c.OID] = i
	}
	var out []int
	seen, todo := map[string]bool{oid: true}, []string{oid}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		i, ok := indices[next]
		if !ok {
			continue
		}
		out = append(out, i)
		for _, parent := range repo.Commits[i].Parents {
			if !seen[parent] {
				seen[parent] = true
				todo = append(todo, parent)
			}
		}
	}
	return out
}

// headCommit gives the tip of the default branch now, nil while it is empty.
func (rv *repoView) headCommit() *Commit {
	var head *Commit
	for _, c := range rv.Commits {
		if c.Mainline && c.LandedAt.By(rv.now()) && (head == nil || c.landedAfter(head)) {
			head = c
		}
	}
	return head
}

// landedAfter reports whether the default branch had c later than the commit before it
// in the dataset. Commits that are pushed together land in the same second.
func (c *Commit) landedAfter(before *Commit) bool {
	order := cmp.Or(cmp.Compare(c.LandedAt, before.LandedAt), cmp.Compare(c.Committer.At, before.Committer.At))
	return order > 0 || order == 0 && !slices.Contains(before.Parents, c.OID)
}
