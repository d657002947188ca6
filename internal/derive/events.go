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
	from  *model.Event // nil for the opening, and where it is lost
}

// adding takes what happened, with the event that says so, if there is one.
type adding func(at model.Instant, by model.Actor, from *model.Event)

func (add adding) event(e *model.Event) { add(e.At, e.Actor, e) }

// readEvents gives the events of the rules that happened to the item, by instant.
func (l *life) readEvents() []happening {
	var out []happening
	for n := range l.rules.Events {
		e := &l.rules.Events[n]
		if e.Kind != l.item.Kind {
			continue
		}
		if out == nil {
			out = make([]happening, 0, len(l.events)+1)
		}
		add := adding(func(at model.Instant, by model.Actor, from *model.Event) {
			out = append(out, happening{at, uint8(n), by, from})
		})
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
func (l *life) commented(pattern *regexp.Regexp, add adding) {
	for i := range l.events {
		if e := &l.events[i]; e.Kind == model.Commented && said(e, pattern) {
			add.event(e)
		}
	}
}

// said reports whether a comment's text matches, or a command that it had
// before it was edited: what was counted once stays counted.
func said(e *model.Event, pattern *regexp.Regexp) bool {
	return pattern.MatchString(e.Text) || slices.ContainsFunc(e.Before, pattern.MatchString)
}

// happened adds what happened of a word: that it began to hold.
func (l *life) happened(p Part, add adding) {
	switch p.Word {
	case Opened:
		add(l.item.CreatedAt, l.item.Author, nil)
	case Closed:
		for _, c := range l.turns.closings {
			l.turned(model.Closed, c.at, model.Actor{}, add)
		}
		l.mergeEvent(add)
	case Reopened:
		for _, at := range l.turns.reopenings {
			l.turned(model.Reopened, at, model.Actor{}, add)
		}
	case Merged:
		l.mergeEvent(add)
	case Draft:
		if l.draft {
			add(l.item.CreatedAt, l.item.Author, nil)
		}
		l.each(model.ConvertToDraft, add)
	case Labeled:
		l.labelEvents(model.Labeled, p.Label, add)
	case Unlabeled:
		l.labelEvents(model.Unlabeled, p.Label, add)
	case Approved, ChangesRequested:
		l.reviewEvents(p.Word.opinion(), add)
	case ReviewRequested:
		l.each(model.ReviewRequested, add)
	case Commented:
		l.each(model.Commented, add)
	}
}

// each adds every event of a kind.
func (l *life) each(kind model.EventKind, add adding) {
	for i := range l.events {
		if e := &l.events[i]; e.Kind == kind {
			add.event(e)
		}
	}
}

// turned adds a closing, reopening or merge with the event that says so; by is
// who did it where the event is lost.
func (l *life) turned(kind model.EventKind, at model.Instant, by model.Actor, add adding) {
	n := slices.IndexFunc(l.events, func(e model.Event) bool { return e.Kind == kind && e.At == at })
	if n < 0 {
		add(at, by, nil)
		return
	}
	if e := &l.events[n]; !e.Actor.Ghost() {
		by = e.Actor
	}
	add(at, by, &l.events[n])
}

func (l *life) mergeEvent(add adding) {
	if l.merged != 0 {
		l.turned(model.Merged, l.merged, l.item.MergedBy, add)
	}
}

// labelEvents adds the events of labels of a name, by the name that they have now.
func (l *life) labelEvents(kind model.EventKind, name string, add adding) {
	for i := range l.events {
		if e := &l.events[i]; e.Kind == kind && l.labelNamed(e.Label, name) {
			add.event(e)
		}
	}
}

// labelNamed reports whether a label of the item's history has a name now.
func (l *life) labelNamed(label model.Label, name string) bool {
	labels := l.labels()
	for i := range labels {
		if sameLabel(label, labels[i]) && strings.EqualFold(labels[i].Name, name) {
			return true
		}
	}
	return false
}

// opinion gives the state of the reviews that a word is about.
func (w Word) opinion() model.ReviewState {
	if w == Approved {
		return model.Approved
	}
	return model.ChangesRequested
}

// reviewEvents adds the reviews of a state by humans who are not the author.
func (l *life) reviewEvents(state model.ReviewState, add adding) {
	for i := range l.events {
		e := &l.events[i]
		if e.Kind != model.Reviewed {
			continue
		}
		if r := &l.reviews[reviewOf(l.reviews, e.ID)]; r.other && r.state == state {
			add.event(e)
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
	n := 0
	for i := range l.counted {
		if l.rules.Events[l.counted[i].event].ByAuthor {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	out := make([]model.Authored, 0, n)
	for i := range l.counted {
		if h := &l.counted[i]; l.rules.Events[h.event].ByAuthor {
			out = append(out, model.Authored{At: seconds32(h.at), Event: h.event, Author: unique.Make(login(h.by))})
		}
	}
	return out
}
