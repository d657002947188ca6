package githubtest

import "time"

// root is the first commit of a series, which takes as its parent what the
// branch pointed to at an instant.
type root struct {
	commit *Commit
	at     Time
	branch *plannedRelease // nil: the default branch
}

// push is a new head of a pull request, for the workflows.
type push struct {
	oid, branch string
	at          Time
	actor       string
}

// firstCommits are those with which the pull request is opened. People wrote
// them in the hours or days before; clocks may be wrong.
func (l *life) firstCommits() {
	n := 1 + l.some(0.35, 12)
	begun := l.now.Add(-min(l.about(4*time.Hour, 1.6), 60*day))
	if l.chance(0.004) {
		begun = l.now.Add(-l.within(300*day, 900*day)) // a commit that lay about
	}
	begun = max(begun, l.g.start+1)
	var parent *Commit
	for i := range n {
		at := begun + (l.now-begun)*Time(i)/Time(n)
		if l.chance(0.002) {
			at = l.now.Add(l.within(time.Minute, 30*day)) // a clock that is ahead
		}
		parent = l.commit(parent, at)
	}
	l.pushed()
}

// commit adds a commit to the pull request's end. The first one's parent is
// found when the history is there.
func (l *life) commit(parent *Commit, at Time) *Commit {
	title := l.item.Title
	if parent != nil {
		title = pick(l.dice, fixups)
	}
	c := &Commit{
		OID: l.oid(), Author: Signature{Login: l.s.author.login, At: at}, Committer: Signature{Login: l.s.author.login, At: at}, Headline: title,
		Additions: l.number(12, 1.2), Deletions: l.number(5, 1.2), ChangedFiles: l.number(1.5, 0.6),
	}
	if parent != nil {
		c.Parents = []string{parent.OID}
	} else {
		l.s.root = c
		l.g.roots = append(l.g.roots, root{commit: c, at: min(at, l.now), branch: l.s.branch})
	}
	if len(l.commits) == 0 {
		l.s.first = len(l.g.repo.Commits)
	}
	l.g.repo.Commits = append(l.g.repo.Commits, c)
	l.commits = append(l.commits, PRCommit{OID: c.OID, PushedAt: l.now})
	return c
}

// pushed remembers the head for the workflows.
func (l *life) pushed() {
	l.item.PR.HeadOID = l.head().OID
	if !l.over() {
		l.g.pushes = append(l.g.pushes, push{oid: l.item.PR.HeadOID, branch: l.item.PR.HeadRef, at: l.now, actor: l.s.author.login})
	}
}

// head gives the last commit.
func (l *life) head() *Commit { return l.g.repo.Commits[len(l.g.repo.Commits)-1] }

// push adds a commit or, now and then, replaces all of them. What was said of
// the code before no longer counts.
func (l *life) push() {
	if l.over() {
		return
	}
	if l.chance(0.28) {
		l.forcePush()
	} else {
		for range 1 + l.some(0.2, 3) {
			l.commit(l.head(), l.now.Add(-l.within(time.Minute, 10*time.Minute)))
		}
		l.pushed()
	}
	if l.has(labelLGTM) {
		l.soon(1, 5)
		l.unlabel(l.g.team.ci, labelLGTM)
	}
	if l.chance(0.12) {
		l.failingTests()
	}
}

// forcePush rewrites the commits: the same changes on a newer base.
func (l *life) forcePush() {
	before := l.head().OID
	var authored []Time
	for i := range l.commits {
		if c := &l.commits[i]; c.RemovedAt == 0 {
			c.RemovedAt = l.now
			authored = append(authored, l.s.root.Author.At)
		}
	}
	if len(authored) > 1 && l.chance(0.5) {
		authored = authored[:1] // squashed by hand
	}
	var parent *Commit
	for _, at := range authored {
		parent = l.commit(parent, at)
		parent.Committer.At = l.now.Add(-l.within(10*time.Second, 5*time.Minute))
	}
	l.g.roots[len(l.g.roots)-1].at = l.now
	l.pushed()
	l.event(Event{Kind: HeadRefForcePushed, Actor: l.s.author.login, Before: before, OID: l.item.PR.HeadOID})
}

// failingTests has the bot complain and the author try again.
func (l *life) failingTests() {
	l.now = l.now.Add(l.within(4*time.Minute, 20*time.Minute))
	l.comment(l.g.team.ci, "The tests failed: e2e, unit. Say /retest to run them again.")
	for range 1 + l.some(0.3, 4) {
		l.wait(l.s.author, 25*time.Minute, 1)
		l.comment(l.s.author, "/retest")
	}
}

// rebase is what follows when the base moved under the pull request.
func (l *life) rebase() {
	l.now = l.now.Add(time.Duration(float64(l.within(time.Hour, 20*time.Hour)) * l.g.pace(l.now)))
	l.label(l.g.team.ci, labelRebase)
	l.soon(1, 3)
	if l.chance(0.5) {
		l.comment(l.g.team.ci, "This pull request can no longer be merged: please rebase.")
	}
	l.wait(l.s.author, 6*time.Hour, 1.3)
	if l.over() {
		return
	}
	l.forcePush()
	l.soon(2, 9)
	l.unlabel(l.g.team.ci, labelRebase)
}
