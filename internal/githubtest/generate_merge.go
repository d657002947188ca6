package githubtest

import (
	"fmt"
	"time"
)

// merge merges the pull request, if it comes to that before the generator's end.
func (l *life) merge(approvers []*person) {
	merger := l.merger(approvers)
	l.wait(merger, 20*time.Minute, 1.5)
	if l.g.opts.MergeQueue && l.chance(0.85) {
		l.queue(merger)
	}
	if l.over() {
		return
	}
	pr := l.item.PR
	pr.MergeOID = l.oid()
	l.s.mergedAt, l.s.merger, l.s.method = l.now, merger, l.method()
	if l.s.method == "rebase" && len(l.alive()) == 0 {
		l.s.method = "squash"
	}
	l.closed = true
	l.event(Event{Kind: Merged, Actor: merger.login, OID: pr.MergeOID})
	l.event(Event{Kind: Closed, Actor: merger.login})
	l.g.merged = append(l.g.merged, l.s)
	l.closeIssue(merger)
	if l.chance(0.7) {
		l.soon(1, 8)
		l.event(Event{Kind: HeadRefDeleted, Actor: merger.login})
	}
	if l.chance(0.05) {
		who := l.someone(contributor)
		l.wait(who, 5*time.Hour, 1.5)
		l.comment(who, pick(l.dice, []string{"Thanks!", "Shipped in the next release.", "This broke the staging build, looking.", "Nice, this cut our build time."}))
	}
}

// merger gives who presses the button: a bot that waits for two labels, or
// somebody who may.
func (l *life) merger(approvers []*person) *person {
	switch {
	case l.has(labelLGTM) && l.has(labelApproved) && l.chance(0.6):
		return l.g.team.ci
	case l.s.author.role == maintainer || l.s.author.role == member && l.chance(0.6):
		return l.s.author
	case len(approvers) > 0:
		return approvers[len(approvers)-1]
	}
	return l.someone(maintainer, l.s.author)
}

func (l *life) method() string {
	switch {
	case l.g.opts.MergeMethod != "":
		return l.g.opts.MergeMethod
	case l.chance(0.8):
		return l.g.theme.method
	}
	return pick(l.dice, []string{"squash", "merge", "rebase"})
}

// queueReasons are why the merge queue throws something out.
var queueReasons = []string{"CI_FAILURE", "CI_FAILURE", "MERGE_CONFLICT", "MANUAL"}

// queue passes the pull request through the merge queue, which may throw it out.
func (l *life) queue(by *person) {
	l.event(Event{Kind: AddedToMergeQueue, Actor: by.login})
	l.now = l.now.Add(l.within(3*time.Minute, 25*time.Minute))
	for l.chance(0.12) {
		reason := pick(l.dice, queueReasons)
		l.event(Event{Kind: RemovedFromMergeQueue, Actor: by.login, Reason: reason})
		l.wait(l.s.author, time.Hour, 1)
		l.event(Event{Kind: AddedToMergeQueue, Actor: by.login})
		l.now = l.now.Add(l.within(3*time.Minute, 25*time.Minute))
	}
}

// alive gives the commits that no force-push has dropped.
func (l *life) alive() []PRCommit {
	var out []PRCommit
	for _, c := range l.commits {
		if c.RemovedAt == 0 {
			out = append(out, c)
		}
	}
	return out
}

// closeIssue has the merge close what the pull request says it closes.
func (l *life) closeIssue(by *person) {
	for _, number := range l.item.Closes {
		issue := l.g.sketches[number-1]
		if issue.closedBy == l.s && l.s.branch == nil {
			issue.closeAt = l.now + 1
			issue.merger = by
		}
	}
}

// settlePull is what is known only when the life is written.
func (l *life) settlePull() {
	for _, number := range l.item.Closes {
		if issue := l.g.sketches[number-1]; issue.closedBy == l.s && issue.closeAt == 0 {
			issue.closedBy = nil // somebody else may close it
		}
	}
}

// update is a pull request of the bot that updates dependencies.
func (l *life) update() {
	pr := l.item.PR
	bot := l.s.author
	l.item.Title = l.g.theme.updateTitle(l.dice)
	pr.BaseRef, pr.HeadRef = l.g.repo.DefaultBranch, "dependabot/"+branch(l.dice, l.item.Title)
	pr.HeadRepo = l.g.opts.Owner + "/" + l.g.opts.Name
	l.size(6, 0.8)
	l.commit(nil, l.now-5)
	l.pushed()
	l.label(bot, labelDeps)
	switch n := l.Float64(); {
	case n < 0.16:
		l.now = l.now.Add(l.within(5*day, 15*day))
		l.comment(bot, "This is superseded by a newer update.")
		l.soon(1, 2)
		l.close(bot, "")
		return
	case n < 0.2:
		l.goStale("")
		return
	case n < 0.45:
		l.now = l.now.Add(l.within(day, 4*day))
		if !l.over() {
			l.forcePush()
		}
	}
	who := l.someone(maintainer)
	l.wait(who, 14*time.Hour, 1.2)
	if l.chance(0.8) {
		l.submit(who, "APPROVED", 0)
	}
	l.merge([]*person{who})
}

// robotChange is a pull request of a bot that has an ordinary account.
func (l *life) robotChange() {
	pr := l.item.PR
	l.item.Title = "Sync generated files"
	pr.BaseRef, pr.HeadRef = l.g.repo.DefaultBranch, fmt.Sprintf("sync-%d", l.item.Number)
	pr.HeadRepo = l.g.opts.Owner + "/" + l.g.opts.Name
	l.size(120, 1)
	l.commit(nil, l.now-5)
	l.pushed()
	l.welcome()
	who := l.someone(maintainer)
	l.wait(who, 8*time.Hour, 1.2)
	l.submit(who, "APPROVED", 0)
	l.merge([]*person{who})
}
