package githubtest

import (
	"fmt"
	"strings"
	"time"
)

// livePull writes the life of a pull request.
func (g *generator) livePull(s *sketch) {
	l := g.begin(s)
	switch {
	case s.author == g.team.updates:
		l.update()
	case s.author == g.team.sync:
		l.robotChange()
	default:
		l.change()
	}
	l.settlePull()
	l.end()
}

// change is what a person contributes.
func (l *life) change() {
	l.urgent = l.s.incident != nil
	l.draft = !l.urgent && l.chance(0.2)
	l.item.PR.Draft = l.draft
	l.describe()
	l.size(38, 1.5)
	l.firstCommits()
	l.welcome()
	if l.draft && !l.getReady() {
		return
	}
	l.requestReviews()
	l.firstBotReview()
	if l.chance(0.025) && !l.urgent { // nobody ever looks at it
		l.goStale("")
		return
	}
	approvers := l.review()
	if l.chance(0.1) && !l.urgent {
		l.abandon()
		return
	}
	l.obstacles()
	l.merge(approvers)
}

// describe gives the pull request its title, its text and its branches.
func (l *life) describe() {
	pr := l.item.PR
	pr.BaseRef, pr.HeadRepo = l.g.repo.DefaultBranch, l.g.opts.Owner+"/"+l.g.opts.Name
	if l.s.author.role >= contributor {
		pr.HeadRepo = l.s.author.login + "/" + l.g.opts.Name
	}
	l.item.Title = l.g.theme.pullTitle(l.dice)
	switch {
	case l.s.incident != nil:
		l.describeFix()
	case l.chance(0.02):
		l.describeRevert(l.recentlyMerged(3 * day))
	case l.chance(0.03):
		l.describeBackport()
	case l.chance(0.4):
		l.describeCloses()
	}
	switch {
	case l.s.reverts != nil:
		pr.HeadRef = fmt.Sprintf("revert-%d-%s", l.s.reverts.item.Number, l.s.reverts.item.PR.HeadRef)
	case l.s.branch != nil:
		pr.HeadRef = fmt.Sprintf("backport-%d", l.item.Number)
	default:
		pr.HeadRef = branch(l.dice, l.item.Title)
	}
}

// describeCloses makes the pull request close an issue that is open.
func (l *life) describeCloses() {
	issue := l.g.takeWanting(l.dice, l.s)
	if issue == nil {
		return
	}
	keyword := pick(l.dice, []string{"Fixes", "Closes", "Resolves", "fixes", "closes"})
	l.item.Body = fmt.Sprintf("%s #%d", keyword, issue.item.Number)
	l.item.Closes = []int{issue.item.Number}
	issue.closedBy = l.s
}

// takeWanting takes one of the younger issues that wait for a pull request.
func (g *generator) takeWanting(d dice, s *sketch) *sketch {
	low, high := 0, len(g.wanting)
	for low < high { // the first that is not older than the pull request
		if mid := (low + high) / 2; g.wanting[mid].item.Number < s.item.Number {
			low = mid + 1
		} else {
			high = mid
		}
	}
	for range 6 {
		i := low - 1 - d.tail(0.8, 60)
		if i < 0 || g.wanting[i].closedBy != nil || s.item.CreatedAt-g.wanting[i].item.CreatedAt < 600 {
			continue
		}
		return g.wanting[i]
	}
	return nil
}

// recentlyMerged gives a pull request that was merged to the default branch at
// most so long ago, nil if there is none.
func (l *life) recentlyMerged(age time.Duration) *sketch {
	for i := len(l.g.merged) - 1; i >= max(0, len(l.g.merged)-40); i-- {
		s := l.g.merged[i]
		if s.mergedAt < l.now && s.mergedAt >= l.now.Add(-age) && s.branch == nil && s.reverts == nil && l.chance(0.5) {
			return s
		}
	}
	return nil
}

func (l *life) describeRevert(target *sketch) {
	if target == nil {
		return
	}
	l.s.reverts = target
	l.urgent = true
	l.draft, l.item.PR.Draft = false, false
	l.item.Title = fmt.Sprintf("Revert %q", target.item.Title)
	l.item.Body = fmt.Sprintf("Reverts %s/%s#%d", l.g.opts.Owner, l.g.opts.Name, target.item.Number)
}

// describeFix makes the pull request end an incident: it reverts what caused it,
// or fixes that.
func (l *life) describeFix() {
	in := l.s.incident
	if in.cause = l.causeOf(in); in.cause != nil && l.chance(0.45) {
		l.describeRevert(in.cause)
		return
	}
	l.item.Title = "Hotfix: " + strings.ToLower(l.item.Title)
	if l.chance(0.7) {
		l.item.Body = fmt.Sprintf("Fixes #%d", in.issue.item.Number)
		l.item.Closes = []int{in.issue.item.Number}
		in.issue.closedBy = l.s
	}
}

// causeOf gives the pull request that was merged last before the incident.
func (l *life) causeOf(in *incident) *sketch {
	var cause *sketch
	for i := len(l.g.merged) - 1; i >= max(0, len(l.g.merged)-60); i-- {
		s := l.g.merged[i]
		before := in.issue.item.CreatedAt - s.mergedAt
		if s.branch == nil && s.reverts == nil && before > 20*60 && before < 2*86400 && (cause == nil || s.mergedAt > cause.mergedAt) {
			cause = s
		}
	}
	return cause
}

// describeBackport makes the pull request go to a release branch.
func (l *life) describeBackport() {
	target := l.recentlyMerged(20 * day)
	release := l.g.branchAt(l.now)
	if target == nil || release == nil {
		return
	}
	l.s.branch = release
	l.item.PR.BaseRef = release.branch()
	l.item.Title = fmt.Sprintf("[%s] %s", release.branch(), target.item.Title)
	l.item.Body = fmt.Sprintf("Backport of #%d", target.item.Number)
}

// size says how large the change is in the end.
func (l *life) size(median, spread float64) {
	pr := l.item.PR
	lines := min(l.number(median, spread), 60000)
	pr.Additions = int(float64(lines) * (0.5 + l.Float64()/2))
	pr.Deletions = lines - pr.Additions
	if lines == 1 {
		pr.Additions, pr.Deletions = 1, 0
	}
	pr.ChangedFiles = 1 + min(lines/25, l.number(2, 0.9))
}

// welcome is what the bots do when a pull request is opened.
func (l *life) welcome() {
	ci := l.g.team.ci
	l.soon(2, 5)
	l.label(ci, sizeLabel(l.item.PR.Additions+l.item.PR.Deletions))
	if l.chance(0.7) {
		l.label(ci, l.area())
	}
	if l.draft {
		l.label(ci, labelWIP)
	}
	switch {
	case l.s.incident != nil && l.s.reverts == nil, l.s.incident != nil && l.chance(0.3):
		l.soon(20, 90)
		l.label(l.s.author, labelHotfix)
	case l.chance(0.75):
		l.label(ci, pick(l.dice, []string{labelBug, labelBug, labelFeature, labelFeature, labelCleanup, labelDocs}))
	}
	if l.s.author.role >= contributor && l.chance(0.5) {
		l.soon(1, 3)
		l.comment(ci, "Thanks for your pull request. A member of the team will look at it; /retest runs the tests again.")
	}
	if l.chance(0.2) {
		l.now += Time(l.between(240, 900))
		l.comment(ci, fmt.Sprintf("Coverage: %d.%d %% of changed lines", l.between(55, 99), l.between(0, 9)))
	}
}

// getReady takes a draft to its review; it reports whether it got there.
func (l *life) getReady() bool {
	for range 1 + l.some(0.08, 3) {
		for range l.some(0.45, 4) {
			l.wait(l.s.author, 5*time.Hour, 1.2)
			l.push()
		}
		if l.chance(0.06) {
			l.giveUp()
			return false
		}
		l.wait(l.s.author, 10*time.Hour, 1.5)
		l.setDraft(false)
		if l.chance(0.9) {
			return true
		}
		l.wait(l.s.author, 2*time.Hour, 1)
		l.setDraft(true)
	}
	l.wait(l.s.author, 5*time.Hour, 1.5)
	l.setDraft(false)
	return true
}

func (l *life) setDraft(draft bool) {
	if l.draft == draft {
		return
	}
	l.draft = draft
	if draft {
		l.event(Event{Kind: ConvertToDraft, Actor: l.s.author.login})
		l.soon(1, 4)
		l.label(l.g.team.ci, labelWIP)
		return
	}
	l.event(Event{Kind: ReadyForReview, Actor: l.s.author.login})
	l.soon(1, 4)
	l.unlabel(l.g.team.ci, labelWIP)
}

// giveUp leaves a draft to the author's or the stale bot's mercy.
func (l *life) giveUp() {
	if l.chance(0.5) {
		l.goStale("")
		return
	}
	l.wait(l.s.author, 12*day, 1)
	l.close(l.s.author, "")
}

// abandon closes the pull request without merging it; a few come back.
func (l *life) abandon() {
	who := l.s.author
	if l.chance(0.4) {
		who = l.someone(maintainer, l.s.author)
	}
	l.wait(who, 3*day, 1.3)
	l.comment(who, pick(l.dice, []string{"Superseded by another approach, closing.", "Closing, this is no longer needed.", "We decided against this, sorry.", "Let's revisit this later."}))
	l.soon(1, 4)
	l.close(who, "")
	if l.chance(0.12) {
		l.wait(who, 2*day, 1.2)
		l.reopen(who)
		l.push()
		l.merge(nil)
	}
}
