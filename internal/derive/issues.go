package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// noteIssue adds what an issue adds to totals.
func (l *life) noteIssue(n *notes) {
	author := authorSub(l.bot)
	n.note(l.item.CreatedAt, IssuesOpened, author, 0)
	for _, at := range l.turns.reopenings {
		n.note(at, IssuesReopened, author, 0)
	}
	for _, c := range l.turns.closings {
		n.note(c.at, IssuesClosed, reasonSub(c.reason), 0)
	}
	for i := range l.events {
		if e := &l.events[i]; e.Kind == model.Commented {
			n.note(e.At, IssueComments, authorSub(l.rules.bot(e.Actor)), 0)
		}
	}
}

// issueStretches gives an issue's durations: its first response, and one for
// each closing.
func (l *life) issueStretches() []stretch {
	stretches := []stretch{l.stretch(IssueFirstResponse, l.firstResponse(), NoResponse)}
	if len(l.turns.closings) == 0 {
		return append(stretches, l.stretch(IssueClose, 0, NotClosed))
	}
	for _, c := range l.turns.closings {
		s := l.stretch(IssueClose, c.at, NotClosed)
		if c.moved && s.missing == Observed {
			s.missing = Moved
		}
		stretches = append(stretches, s)
	}
	return stretches
}
