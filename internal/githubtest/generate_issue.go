package githubtest

import (
	"fmt"
	"time"
)

// liveIssue writes the life of an issue. When the pull requests are written it
// is known which of them closes it.
func (g *generator) liveIssue(s *sketch) {
	l := g.begin(s)
	if s.incident != nil {
		l.outage(s.incident)
	} else {
		l.report()
	}
	l.end()
}

// report is an ordinary issue.
func (l *life) report() {
	l.item.Title = l.g.theme.issueTitle(l.dice)
	l.item.Body = pick(l.dice, []string{"", "See the title.", "Steps: deploy, wait, look at the log.", "We need this for the next quarter."})
	if l.chance(0.01) {
		l.edit()
	}
	if l.chance(0.4) {
		l.label(l.s.author, pick(l.dice, []string{labelBug, labelBug, labelFeature}))
	}
	l.soon(2, 5)
	l.label(l.g.team.ci, labelTriage)
	if l.strangeEnd() {
		return
	}
	l.triage()
	l.discuss()
	l.finishIssue()
}

// edit changes the text after the fact.
func (l *life) edit() {
	if at := l.now.Add(l.within(time.Minute, 5*time.Hour)); at <= l.g.end {
		l.item.Edits = []Edit{{At: at, Body: l.item.Body + " Update: also in staging."}}
	}
}

// strangeEnd lets very few issues leave the repository. They leave only where
// no pull request closes them.
func (l *life) strangeEnd() bool {
	if l.s.closeAt != 0 || !l.chance(0.012) {
		return false
	}
	who := l.someone(maintainer, l.s.author)
	l.wait(who, 9*time.Hour, 1.3)
	if l.over() {
		return true
	}
	switch n := l.Float64(); {
	case n < 0.35:
		l.item.DeletedAt = l.now
	case n < 0.7:
		l.event(Event{Kind: Transferred, Actor: who.login})
		l.item.TransferredAt = l.now
		l.item.TransferredTo = &Ref{Owner: l.g.opts.Owner, Repo: l.g.opts.Name + "-docs", Number: 1 + l.item.Number/8}
	default:
		l.comment(who, "This is more of a question, moving it to the discussions.")
		l.soon(5, 60)
		l.event(Event{Kind: ConvertedToDiscussion, Actor: who.login})
		l.item.ConvertedAt = l.now
	}
	return true
}

// triage is the team's first look.
func (l *life) triage() {
	if l.s.author.role == robot || l.chance(0.06) {
		return // nobody looks
	}
	who := l.awake(member, l.s.author)
	l.wait(who, 150*time.Minute, 1.5)
	if l.chance(0.85) {
		l.comment(who, pick(l.dice, remarks))
		l.soon(10, 120)
	}
	if l.chance(0.8) {
		l.label(who, pick(l.dice, []string{labelBug, labelBug, labelFeature, labelFeature, labelDocs, labelCleanup, labelFlake}))
	}
	if l.chance(0.75) {
		l.label(who, pick(l.dice, []string{labelUrgent, labelSoon, labelSoon, labelLongterm, labelBacklog, labelBacklog}))
	}
	if l.chance(0.7) {
		l.label(who, l.area())
	}
	if l.chance(0.06) && l.g.regressions(l.now) {
		l.label(who, labelRegress)
	}
	l.unlabel(l.g.team.ci, labelTriage)
	if l.chance(0.4) {
		l.event(Event{Kind: Assigned, Actor: who.login, Who: l.someone(contributor).login})
	}
	if title := l.g.milestoneAt(l.now); title != "" && l.chance(0.2) {
		l.event(Event{Kind: Milestoned, Actor: who.login, Milestone: title})
	}
}

// discuss adds comments: mostly few, sometimes very many.
func (l *life) discuss() {
	n := l.tail(1.15, 70)
	for i := range n {
		who := l.speaker()
		before := l.now
		l.wait(who, 5*time.Hour, 1.8)
		if l.s.closeAt != 0 && l.now >= l.s.closeAt {
			l.now = before // what is left is said after the end
			for range min(n-i, 1+l.some(0.3, 3)) {
				l.afterwards()
			}
			return
		}
		l.comment(who, pick(l.dice, remarks))
		if l.chance(0.03) {
			l.relabel(who)
		}
	}
}

// speaker gives somebody who takes part in the conversation.
func (l *life) speaker() *person {
	switch {
	case l.chance(0.3) && l.s.author.role != robot:
		return l.s.author
	case l.chance(0.25):
		return l.g.team.stranger(l.dice, l.now)
	}
	return l.someone(contributor)
}

// relabel gives the issue another priority or title.
func (l *life) relabel(who *person) {
	for _, old := range []string{labelLongterm, labelBacklog, labelSoon} {
		if l.has(old) && who.role <= member {
			l.unlabel(who, old)
			l.label(who, labelUrgent)
			return
		}
	}
	if title := l.item.Title + " (needs decision)"; l.title != title {
		l.title = title
		l.event(Event{Kind: Renamed, Actor: who.login, From: l.item.Title, To: title})
	}
}

// afterwards is a comment after the issue was closed.
func (l *life) afterwards() {
	who := l.speaker()
	at := l.s.closeAt.Add(l.about(8*time.Hour, 1.6))
	l.comments = append(l.comments, Comment{Author: who.login, CreatedAt: at, Body: pick(l.dice, []string{"Thanks!", "Works now.", "Confirmed with the new release.", "Still happens for me with an old client."})})
}

// finishIssue closes the issue, or leaves it open.
func (l *life) finishIssue() {
	switch {
	case l.s.closeAt != 0:
		l.closedByMerge()
	case l.chance(0.05):
		l.duplicate()
	case l.chance(0.08):
		l.goStale("not_planned")
		return
	case l.chance(0.06):
		return // it stays
	default:
		who := l.closer()
		l.wait(who, 4*day, 1.7)
		l.close(who, l.reason())
	}
	if l.chance(0.06) {
		l.again()
	}
}

func (l *life) closer() *person {
	if l.chance(0.3) && l.s.author.role != robot {
		return l.s.author
	}
	return l.someone(member)
}

func (l *life) reason() string {
	if l.chance(0.22) {
		return "not_planned"
	}
	return "completed"
}

// closedByMerge is the end by a pull request that says so.
func (l *life) closedByMerge() {
	by := l.s.closedBy
	if at := by.item.CreatedAt + 1; at > l.item.CreatedAt {
		source := &Ref{Owner: l.g.opts.Owner, Repo: l.g.opts.Name, Number: by.item.Number}
		l.events = append(l.events, Event{Kind: CrossReferenced, At: at, Actor: by.item.Author, Source: source})
	}
	l.now = max(l.now, l.s.closeAt)
	l.dropAfter(l.s.closeAt)
	l.now = l.s.closeAt
	l.close(l.s.merger, "completed")
}

// dropAfter takes out what was to happen after the issue was closed, so that
// its end stays in order.
func (l *life) dropAfter(at Time) {
	kept := l.events[:0]
	for _, e := range l.events {
		if e.At < at {
			kept = append(kept, e)
		}
	}
	l.events = kept
}

func (l *life) duplicate() {
	who := l.someone(member)
	l.wait(who, 6*time.Hour, 1.5)
	l.comment(who, fmt.Sprintf("Duplicate of #%d", max(1, l.item.Number-l.between(1, 200))))
	l.soon(1, 60)
	l.label(who, labelDuplicate)
	l.close(who, "duplicate")
}

// again reopens a closed issue, and ends it once more.
func (l *life) again() {
	who := l.speaker()
	l.wait(who, 20*time.Hour, 1.5)
	l.comment(who, "This is back.")
	l.soon(1, 60)
	l.reopen(who)
	if l.chance(0.85) {
		by := l.someone(member)
		l.wait(by, 3*day, 1.4)
		l.close(by, l.reason())
	}
}
