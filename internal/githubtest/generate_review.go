package githubtest

import "time"

// requestReviews asks one to three people, and sometimes thinks again.
func (l *life) requestReviews() {
	by := l.s.author
	if l.chance(0.5) {
		by = l.g.team.ci
	}
	l.soon(2, 60)
	var asked []*person
	for range 1 + l.some(0.4, 2) {
		who := l.someone(member, append(asked, l.s.author)...)
		if contains(asked, who) || who == l.s.author {
			continue
		}
		asked = append(asked, who)
		l.event(Event{Kind: ReviewRequested, Actor: by.login, Who: who.login})
	}
	if l.chance(0.15) {
		l.event(Event{Kind: ReviewRequested, Actor: by.login, Who: "team:" + pick(l.dice, l.g.theme.areas)})
	}
	if len(asked) > 0 && l.chance(0.06) {
		l.soon(60, 1800)
		l.event(Event{Kind: ReviewRequestRemoved, Actor: l.s.author.login, Who: asked[0].login})
	}
}

// firstBotReview is what a reviewing bot has to say; it came when the repository
// had a third of its life behind it.
func (l *life) firstBotReview() {
	if l.now < l.g.start+(l.g.end-l.g.start)/3 || !l.chance(0.35) {
		return
	}
	l.now = l.now.Add(l.within(2*time.Minute, 9*time.Minute))
	l.submit(l.g.team.reviewer, "COMMENTED", l.some(0.6, 8))
}

// review takes the rounds of a review up to its approval. It gives who approved;
// nobody where it was merged on trust.
func (l *life) review() []*person {
	if l.urgent && l.chance(0.25) || l.chance(0.05) {
		return nil
	}
	reviewer := l.awake(member, l.s.author)
	l.wait(reviewer, 130*time.Minute, 1.4)
	for range l.some(0.42, 7) {
		l.round(reviewer)
		if l.over() {
			return nil
		}
	}
	return l.approval(reviewer)
}

// round is one blocking review and what the author makes of it.
func (l *life) round(reviewer *person) {
	state, n := "COMMENTED", 1+l.tail(1.4, 40)
	if l.chance(0.35) {
		state, n = "CHANGES_REQUESTED", l.some(0.75, 12)
	}
	blocking := l.submit(reviewer, state, n)
	if l.chance(0.18) {
		other := l.someone(contributor, l.s.author, reviewer)
		l.wait(other, time.Hour, 1)
		l.submit(other, "COMMENTED", 1+l.some(0.4, 4))
	}
	l.chat(0.25)
	l.wait(l.s.author, 110*time.Minute, 1.4)
	l.answer()
	if l.chance(0.88) {
		l.soon(30, 900)
		l.push()
	}
	if state == "CHANGES_REQUESTED" && l.chance(0.12) {
		by := l.someone(maintainer)
		l.wait(by, 3*time.Hour, 1)
		l.dismiss(blocking, by, "Was addressed.")
	}
	l.wait(reviewer, 80*time.Minute, 1.4)
}

// submit writes a review with n comments on lines. It gives its index.
func (l *life) submit(by *person, state string, n int) int {
	l.last++
	head := l.item.PR.HeadOID
	r := Review{ID: l.last, Author: by.login, State: state, SubmittedAt: l.now, AbbrevOID: head[:7], Body: pick(l.dice, verdicts)}
	if state == "COMMENTED" && n > 0 {
		r.Body = ""
	}
	begun := max(l.item.CreatedAt, l.now.Add(-l.within(time.Minute, 25*time.Minute)))
	if by.role == robot {
		begun = l.now
	}
	for i := range n {
		l.last++
		at := begun + (l.now-begun)*Time(i)/Time(n)
		r.Comments = append(r.Comments, l.lineComment(at))
	}
	l.reviews = append(l.reviews, r)
	return len(l.reviews) - 1
}

func (l *life) lineComment(at Time) ReviewComment {
	c := ReviewComment{ID: l.last, Path: l.g.theme.path(l.dice), Position: l.between(1, 80), CreatedAt: at, Body: pick(l.dice, lineRemarks)}
	if l.chance(0.04) {
		if edited := l.now.Add(l.within(time.Minute, time.Hour)); edited <= l.g.end {
			c.UpdatedAt = edited
		}
	}
	if l.chance(0.005) {
		if deleted := l.now.Add(l.within(time.Minute, 3*time.Hour)); deleted <= l.g.end {
			c.DeletedAt = deleted
		}
	}
	return c
}

// answer is the author's: replies in the threads of the last review, each of
// which GitHub makes a review of its own unless they are sent together.
func (l *life) answer() {
	if len(l.reviews) == 0 || l.chance(0.25) {
		l.comment(l.s.author, pick(l.dice, answers))
		return
	}
	threads := l.reviews[len(l.reviews)-1].Comments
	together := l.chance(0.5)
	index := -1
	for i := range threads {
		thread := &threads[i]
		if l.chance(0.35) || thread.ReplyTo != 0 {
			continue
		}
		if index < 0 || !together {
			l.soon(20, 300)
			index = l.submit(l.s.author, "COMMENTED", 0)
			l.reviews[index].Body = ""
		}
		l.reply(index, thread)
	}
	if index < 0 && l.chance(0.5) {
		l.comment(l.s.author, pick(l.dice, answers))
	}
}

// reply adds a reply to a thread, which may be resolved by it.
func (l *life) reply(review int, thread *ReviewComment) {
	l.last++
	c := ReviewComment{ID: l.last, ReplyTo: thread.ID, Path: thread.Path, Position: thread.Position, CreatedAt: l.now, Body: pick(l.dice, answers)}
	l.reviews[review].Comments = append(l.reviews[review].Comments, c)
	if resolved := l.now + Time(l.between(5, 3600)); l.chance(0.6) && resolved <= l.g.end {
		thread.ResolvedAt = resolved
	}
}

// dismiss takes back a review's verdict.
func (l *life) dismiss(index int, by *person, why string) {
	r := &l.reviews[index]
	if l.over() || r.DismissedAt != 0 {
		return
	}
	r.DismissedAt, r.UpdatedAt = l.now, l.now
	l.event(Event{Kind: ReviewDismissed, Actor: by.login, Review: r.ID, State: r.State, Reason: why})
}

// approval ends the review. Sometimes the author pushes once more, and the
// approval has to be given again.
func (l *life) approval(reviewer *person) []*person {
	approvers := []*person{reviewer}
	index := l.approve(reviewer)
	if l.chance(0.08) {
		l.wait(l.s.author, time.Hour, 1)
		l.push()
		if l.chance(0.4) {
			l.dismiss(index, l.s.author, "The head has changed.")
		}
		l.wait(reviewer, 2*time.Hour, 1.2)
		l.approve(reviewer)
	}
	if reviewer.role != maintainer || l.chance(0.15) {
		owner := l.awake(maintainer, l.s.author, reviewer)
		l.wait(owner, 60*time.Minute, 1.4)
		approvers = append(approvers, owner)
		if l.chance(0.5) {
			l.submit(owner, "APPROVED", 0)
		}
		l.command(owner, "/approve", labelApproved, true)
	} else if l.chance(0.6) {
		l.command(reviewer, "/approve", labelApproved, true)
	}
	return approvers
}

func (l *life) approve(by *person) int {
	index := l.submit(by, "APPROVED", l.tail(2.2, 6))
	if l.chance(0.65) {
		l.soon(3, 30)
		l.command(by, "/lgtm", labelLGTM, true)
	}
	return index
}

// chat adds a few words of those around.
func (l *life) chat(p float64) {
	for range l.some(p, 20) {
		who := l.someone(contributor)
		l.wait(who, 30*time.Minute, 1.3)
		l.comment(who, pick(l.dice, remarks))
	}
}

// obstacles are what can come between an approval and the merge.
func (l *life) obstacles() {
	if l.chance(0.09) && !l.urgent {
		l.rebase()
	}
	if l.chance(0.05) {
		who := l.someone(member)
		l.soon(60, 1200)
		l.command(who, "/hold", labelHold, true)
		l.wait(who, 9*time.Hour, 1.4)
		l.command(who, "/hold cancel", labelHold, false)
	}
	if l.chance(0.015) { // by mistake, or to make the tests run
		l.wait(l.s.author, 20*time.Minute, 1)
		l.close(l.s.author, "")
		l.soon(5, 1200)
		l.reopen(l.s.author)
	}
	if l.chance(0.04) {
		l.failingTests()
	}
}
