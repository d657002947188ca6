package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// notePull adds what a pull request adds to totals, and its sizes.
func (l *life) notePull(n *notes) {
	author := authorSub(l.bot)
	n.note(l.item.CreatedAt, PullsOpened, author, 0)
	for _, at := range l.turns.reopenings {
		n.note(at, PullsReopened, author, 0)
	}
	for _, c := range l.turns.closings {
		n.note(c.at, PullsClosed, author, 0)
	}
	l.noteReviews(n)
	l.noteComments(n)
	*n = append(*n, l.queue.notes...)
	if l.merged == 0 {
		return
	}
	n.note(l.merged, PullsMerged, author, 0)
	if l.unreviewed() {
		n.note(l.merged, PullsMergedUnreviewed, author, 0)
	}
	for _, s := range l.sizes() {
		if s.missing == Observed {
			n.note(l.merged, s.series, 0, s.value)
		}
	}
	l.noteStages(n)
}

// noteReviews adds everybody's reviews, each in the state in which it was
// submitted, and the dismissals, each by the kind of who wrote the review.
func (l *life) noteReviews(n *notes) {
	for _, r := range l.reviews {
		if submitted(r.state) {
			n.note(r.at, PullReviews, reviewSub(r.state, r.bot), 0)
		}
	}
	for i := range l.events {
		e := &l.events[i]
		if e.Kind != model.ReviewDismissed {
			continue
		}
		// A review that is not known was written by a deleted account, a human.
		at := reviewOf(l.reviews, e.Ref)
		n.note(e.At, PullReviews, reviewSub(model.Dismissed, at >= 0 && l.reviews[at].bot), 0)
	}
}

// noteComments adds everybody's comments: those of the conversation when they
// were made, those on lines when they could be seen, which is from their
// review's submission on.
func (l *life) noteComments(n *notes) {
	for i := range l.events {
		if e := &l.events[i]; e.Kind == model.Commented {
			n.note(e.At, PullComments, commentSub(conversation, l.rules.bot(e.Actor)), 0)
		}
	}
	submitted := l.submissions()
	for _, c := range l.item.ReviewComments {
		if c.CreatedAt > 0 {
			at := max(c.CreatedAt, submitted[c.Review])
			n.note(at, PullComments, commentSub(onLine, l.rules.bot(c.Author)), 0)
		}
	}
}

// submissions gives the instant of each review by its database id.
func (l *life) submissions() map[int64]model.Instant {
	if len(l.item.ReviewComments) == 0 {
		return nil
	}
	at := make(map[int64]model.Instant, len(l.reviews))
	for _, r := range l.reviews {
		if id := databaseID(r.id); id != 0 {
			at[id] = r.at
		}
	}
	return at
}

// size is a number that is observed at the merge, where missing is "".
type size struct {
	series  model.Series
	value   int64
	missing Missing
}

// sizes gives the sizes of a merged pull request.
func (l *life) sizes() []size {
	sizes := []size{{series: PullSize, value: l.item.Additions + l.item.Deletions}, {series: PullCommits}, {series: PullRounds}}
	if sizes[1].value = int64(l.mergedCommits()); sizes[1].value == 0 {
		sizes[1].missing = NoCommits
	}
	if sizes[2].missing = NoApproval; l.lastApproval != 0 {
		sizes[2].value, sizes[2].missing = int64(l.rounds()), Observed
	}
	for i := range sizes {
		if l.bot {
			sizes[i].missing = BotAuthor
		}
	}
	return sizes
}

// pullStretches gives a pull request's durations: one for each closing
// without a merge, one of each other kind.
func (l *life) pullStretches() []stretch {
	stretches := []stretch{
		l.stretch(PullFirstResponse, l.firstResponse(), NoResponse),
		l.stretch(PullFirstReview, l.firstReview, NoReview),
		l.stretch(PullFirstApproval, l.firstApproval, NoApproval),
		l.stretch(PullMerge, l.merged, NotMerged),
	}
	if len(l.turns.closings) == 0 {
		stretches = append(stretches, l.stretch(PullClose, 0, NotClosed))
	}
	for _, c := range l.turns.closings {
		stretches = append(stretches, l.stretch(PullClose, c.at, NotClosed))
	}
	return stretches
}
