package derive

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// mergedCommits counts the commits that the pull request had at the merge:
// those that were listed with its last head. A merged one takes no more, so a
// commit dated later was there.
func (l *life) mergedCommits() int {
	n := 0
	for i := range l.item.Commits {
		if l.item.Commits[i].Head == l.item.HeadOID {
			n++
		}
	}
	return n
}

// mark is a blocking review or a push.
type mark struct {
	at   model.Instant
	push bool
}

// rounds counts the review rounds between f and aL: one or more blocking
// reviews and the push that follows them are a round.
func (l *life) rounds() int {
	marks := slices.Concat(l.pushes(), l.blockingReviews())
	slices.SortFunc(marks, func(a, b mark) int {
		if a.at == b.at && a.push != b.push {
			// What was pushed in a review's second does not follow it.
			if a.push {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.at, b.at)
	})
	rounds, armed := 0, false
	for _, m := range marks {
		if m.push && armed {
			rounds++
		}
		armed = !m.push
	}
	return rounds
}

// reviewed reports whether an instant is between f and aL.
func (l *life) reviewed(at model.Instant) bool {
	return at >= l.firstReview && at <= l.lastApproval
}

// pushes gives the head's force-pushes between f and aL, and the commits at
// the merge that were committed then.
func (l *life) pushes() []mark {
	var pushes []mark
	for i := range l.events {
		if e := &l.events[i]; e.Kind == model.HeadRefForcePushed && l.reviewed(e.At) {
			pushes = append(pushes, mark{e.At, true})
		}
	}
	for _, c := range l.item.Commits {
		if c.Head == l.item.HeadOID && l.reviewed(c.CommittedAt) {
			pushes = append(pushes, mark{c.CommittedAt, true})
		}
	}
	return pushes
}

// blockingReviews gives the reviews by humans who are not the author, between
// f and aL, that request changes or comment with at least one thread.
func (l *life) blockingReviews() []mark {
	var marks []mark
	for _, r := range l.reviews {
		blocks := r.state == model.ChangesRequested || r.state == model.ReviewCommented && l.beganThread(r.id)
		if r.other && l.reviewed(r.at) && blocks {
			marks = append(marks, mark{r.at, false})
		}
	}
	return marks
}

// beganThread reports whether a review began a thread.
func (l *life) beganThread(reviewID string) bool {
	id := databaseID(reviewID)
	return id != 0 && slices.ContainsFunc(l.item.ReviewComments, func(c model.ReviewComment) bool {
		return c.Review == id && c.ReplyTo == 0
	})
}

// databaseID reads a review's database id from its event's id, 0 if there is none.
func databaseID(reviewID string) int64 {
	digits, found := strings.CutPrefix(reviewID, "r")
	id, err := strconv.ParseInt(digits, 10, 64)
	if !found || err != nil {
		return 0
	}
	return id
}
