package derive

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unique"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Event is something that happens to items of a kind and is counted: what Part
// says, or a comment that matches; what is both counts once.
type Event struct {
	Name     string
	Kind     model.Kind
	Part     *Part          // nil for none
	Comment  *regexp.Regexp // of the stored text of comments; nil for none
	ByAuthor bool           // count it by who did it too
}

// happening is an event of the rules that happened.
type happening struct {
	at    model.Instant
	event uint8 // its number in the rules
	by    model.Actor
}

// readEvents gives the events of the rules that happened to the item, by instant.
func (l *life) readEvents() []happening {
	var out []happening
	for n := range l.rules.Events {
		e := &l.rules.Events[n]
		if e.Kind != l.item.Kind {
			continue
		}
		add := func(at model.Instant, by model.Actor) { out = append(out, happening{at, uint8(n), by}) }
		if e.Part != nil {
			l.happened(*e.Part, add)
		}
		if e.Comment != nil && (e.Part == nil || e.Part.Word != Commented) {
			l.commented(e.Comment, add)
		}
	}
	slices.SortStableFunc(out, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
	return out
}

// commented adds the comments whose text matches.
func (l *life) commented(pattern *regexp.Regexp, add func(model.Instant, model.Actor)) {
	for i := range l.events {
		if e := &l.events[i]; e.Kind == model.Commented && said(e, pattern) {
			add(e.At, e.Actor)
		}
	}
}

// said reports whether a comment's text matches, or did before it was edited:
// what was counted once stays counted.
func said(e *model.Event, pattern *regexp.Regexp) bool {
	return pattern.MatchString(e.Text) || slices.ContainsFunc(e.Before, pattern.MatchString)
}

// happened adds what happened of a word: that it began to hold.
func (l *life) happened(p Part, add func(model.Instant, model.Actor)) {
	switch p.Word {
	case Opened:
		add(l.item.CreatedAt, l.item.Author)
	case Closed:
		l.closedEvents(add)
	case Reopened:
		for _, at := range l.turns.reopenings {
			add(at, l.actorOf(model.Reopened, at))
		}
	case Merged:
		if l.merged != 0 {
			add(l.merged, l.merger())
		}
	case Draft:
		if l.draft {
			add(l.item.CreatedAt, l.item.Author)
		}
		l.each(model.ConvertToDraft, add)
	case Labeled:
		l.labelEvents(model.Labeled, p.Label, add)
	case Unlabeled:
		l.labelEvents(model.Unlabeled, p.Label, add)
	case Approved:
		l.reviewEvents(model.Approved, add)
	case ChangesRequested:
		l.reviewEvents(model.ChangesRequested, add)
	case ReviewRequested:
		l.each(model.ReviewRequested, add)
	case Commented:
		l.each(model.Commented, add)
	}
}

// each adds every event of a kind.
func (l *life) each(kind model.EventKind, add func(model.Instant, model.Actor)) {
	for i := range l.events {
		if e := &l.events[i]; e.Kind == kind {
			add(e.At, e.Actor)
		}
	}
}

// closedEvents adds every closing, and the merge.
func (l *life) closedEvents(add func(model.Instant, model.Actor)) {
	for _, c := range l.turns.closings {
		add(c.at, l.actorOf(model.Closed, c.at))
	}
	if l.merged != 0 {
		add(l.merged, l.merger())
	}
}

// actorOf gives who did an event of a kind at an instant; nobody if it is lost.
func (l *life) actorOf(kind model.EventKind, at model.Instant) model.Actor {
	for i := range l.events {
		if e := &l.events[i]; e.Kind == kind && e.At == at {
			return e.Actor
		}
	}
	return model.Actor{}
}

// merger gives who merged.
func (l *life) merger() model.Actor {
	if by := l.actorOf(model.Merged, l.merged); !by.Ghost() {
		return by
	}
	return l.item.MergedBy
}

// labelEvents adds the events of labels of a name, by the name that they have now.
func (l *life) labelEvents(kind model.EventKind, name string, add func(model.Instant, model.Actor)) {
	for i := range l.events {
		e := &l.events[i]
		if e.Kind == kind && slices.ContainsFunc(l.labels(), func(label model.Label) bool {
			return strings.EqualFold(label.Name, name) && sameLabel(e.Label, label)
		}) {
			add(e.At, e.Actor)
		}
	}
}

// reviewEvents adds the reviews of a state by humans who are not the author.
func (l *life) reviewEvents(state model.ReviewState, add func(model.Instant, model.Actor)) {
	for i := range l.reviews {
		if r := &l.reviews[i]; r.other && r.state == state {
			add(r.at, r.by)
		}
	}
}

// noteEvents counts the events and, at the merge of a human's pull request, how
// many of each it had.
func (l *life) noteEvents(n *notes) {
	for _, h := range l.counted {
		n.note(h.at, EventsCounted, h.event, 0)
	}
	if l.merged == 0 || l.bot {
		return
	}
	for e := range l.rules.Events {
		if l.rules.Events[e].Kind == model.PullRequest {
			n.note(l.merged, PullEvents, uint8(e), l.happenedBy(e, l.merged))
		}
	}
}

// happenedBy gives how often an event had happened by an instant.
func (l *life) happenedBy(event int, at model.Instant) (times int64) {
	for _, h := range l.counted {
		if int(h.event) == event && h.at <= at {
			times++
		}
	}
	return times
}

// authored gives the events that are counted by who did them.
func (l *life) authored() []model.Authored {
	var out []model.Authored
	for _, h := range l.counted {
		if l.rules.Events[h.event].ByAuthor {
			out = append(out, model.Authored{At: seconds32(h.at), Event: h.event, Author: unique.Make(login(h.by))})
		}
	}
	return slices.Clip(out)
}
