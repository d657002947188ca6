package derive

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// review is a submitted review.
type review struct {
	id        string
	at        model.Instant
	by        model.Actor
	state     model.ReviewState // in which it was submitted; Dismissed where that is lost
	bot       bool
	other     bool          // by a human who is not the author
	dismissed model.Instant // 0 if it never was
	gone      model.Instant // when its absence was found; 0 while present
}

// readReviews gives the reviews by instant, each in the state in which it was
// submitted: GitHub shows a dismissed one as dismissed and keeps the state
// before in the dismissal.
func (l *life) readReviews() []review {
	var reviews []review
	for i := range l.events {
		if e := &l.events[i]; e.Kind == model.Reviewed {
			reviews = append(reviews, review{
				id: e.ID, at: e.At, by: e.Actor, state: e.State, gone: e.GoneAt,
				bot: l.rules.bot(e.Actor), other: l.other(e.Actor),
			})
		}
	}
	for i := range l.events {
		if l.events[i].Kind == model.ReviewDismissed {
			dismiss(reviews, &l.events[i])
		}
	}
	return reviews
}

// dismiss applies a dismissal to the review that it names.
func dismiss(reviews []review, dismissal *model.Event) {
	at := reviewOf(reviews, dismissal.Ref)
	if at < 0 {
		return
	}
	r := &reviews[at]
	r.dismissed = earlier(r.dismissed, dismissal.At)
	if r.state == model.Dismissed && submitted(dismissal.State) {
		r.state = dismissal.State
	}
}

func reviewOf(reviews []review, id string) int {
	return slices.IndexFunc(reviews, func(r review) bool { return r.id == id })
}

// submitted reports whether a review can be submitted in the state.
func submitted(s model.ReviewState) bool {
	return s >= model.Approved && s < model.Dismissed
}

// reviewInstants finds f, a1 and aL.
func (l *life) reviewInstants() {
	for _, r := range l.reviews {
		if !r.other || l.ready == 0 || r.at < l.ready || l.merged != 0 && r.at > l.merged {
			continue
		}
		l.firstReview = earlier(l.firstReview, r.at)
		if r.state != model.Approved {
			continue
		}
		l.firstApproval = earlier(l.firstApproval, r.at)
		if r.at < l.merged && (r.dismissed == 0 || r.dismissed >= l.merged) {
			l.lastApproval = r.at
		}
	}
}

// unreviewed reports whether it was merged without a review by a human who is not the author.
func (l *life) unreviewed() bool {
	return !slices.ContainsFunc(l.reviews, func(r review) bool { return r.other && r.at <= l.merged })
}
