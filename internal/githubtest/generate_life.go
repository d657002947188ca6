package githubtest

import (
	"slices"
	"time"
)

// life writes the history of one item. Its clock goes forward only, so that
// what it writes is in order; what comes to lie after the generator's end is
// left out when it is over.
type life struct {
	dice
	g      *generator
	s      *sketch
	item   *Item
	now    Time
	urgent bool // nobody waits for office hours
	closed bool
	draft  bool
	labels []string
	title  string // once it was changed

	events   []Event
	comments []Comment
	reviews  []Review
	commits  []PRCommit
	last     int64 // number of a review or a line comment before it has an id
}

// begin starts the life of an item in the generator's buffers.
func (g *generator) begin(s *sketch) *life {
	l := &g.life
	*l = life{
		dice: newDice(g.opts.Seed, streamItems+s.item.Number), g: g, s: s, item: s.item, now: s.item.CreatedAt,
		labels: l.labels[:0], events: l.events[:0], comments: l.comments[:0], reviews: l.reviews[:0], commits: l.commits[:0],
	}
	return l
}

// end stores what happened before the generator's end.
func (l *life) end() {
	end := l.g.end
	l.item.Events = clipped(l.events, end, func(e *Event) Time { return e.At })
	l.item.Comments = clipped(l.comments, end, func(c *Comment) Time { return c.CreatedAt })
	if l.item.PR != nil {
		l.item.PR.Reviews = clipped(l.reviews, end, func(r *Review) Time { return r.SubmittedAt })
		l.item.PR.Commits = clipped(l.commits, end, func(c *PRCommit) Time { return c.PushedAt })
		for i := range l.item.PR.Commits {
			if c := &l.item.PR.Commits[i]; c.RemovedAt > end {
				c.RemovedAt = 0
			}
		}
	}
}

// clipped copies what of a list is not after the end, by time.
func clipped[T any](list []T, end Time, at func(*T) Time) []T {
	byTime := func(a, b T) int { return int(at(&a) - at(&b)) }
	if !slices.IsSortedFunc(list, byTime) {
		slices.SortStableFunc(list, byTime)
	}
	n := len(list)
	for n > 0 && at(&list[n-1]) > end {
		n--
	}
	if n == 0 {
		return nil
	}
	out := make([]T, n)
	copy(out, list)
	return out
}

// over reports whether the generator's end has come.
func (l *life) over() bool { return l.now > l.g.end }

// wait moves the clock to when the person gets to something that takes about so long.
func (l *life) wait(p *person, median time.Duration, spread float64) {
	pace := l.g.pace(l.now)
	if l.urgent {
		pace = min(pace, 0.25)
	}
	delay := time.Duration(float64(l.about(median, spread)) * pace)
	l.now = l.now.Add(max(delay, time.Second))
	if pace > 0.5 {
		l.now = p.busy(l.dice, l.now)
	}
}

// soon moves the clock by some seconds, as bots do.
func (l *life) soon(low, high int) { l.now += Time(l.between(low, high)) }

func (l *life) event(e Event) {
	e.At = l.now
	l.events = append(l.events, e)
}

func (l *life) has(label string) bool { return slices.Contains(l.labels, label) }

// label adds a label that the item does not bear.
func (l *life) label(by *person, name string) {
	if !l.has(name) {
		l.labels = append(l.labels, name)
		l.event(Event{Kind: Labeled, Actor: by.login, Label: name})
	}
}

// unlabel takes away a label that the item bears.
func (l *life) unlabel(by *person, name string) {
	if i := slices.Index(l.labels, name); i >= 0 {
		l.labels = slices.Delete(l.labels, i, i+1)
		l.event(Event{Kind: Unlabeled, Actor: by.login, Label: name})
	}
}

// comment writes a comment. A few are edited, and very few deleted.
func (l *life) comment(by *person, body string) {
	c := Comment{Author: by.login, CreatedAt: l.now, Body: body}
	end := l.g.end
	switch {
	case by.role == robot || body[0] == '/':
	case l.chance(0.05):
		if at := l.now.Add(l.within(20*time.Second, 2*time.Hour)); at <= end {
			c.UpdatedAt, c.Edits = at, []Edit{{At: at, Body: body + " (edited)"}}
		}
	case l.chance(0.006):
		if at := l.now.Add(l.about(3*time.Hour, 1.5)); at <= end {
			c.DeletedAt = at
			if l.chance(0.5) { // by somebody else, which leaves a trace
				by := l.g.team.someone(l.dice, at, maintainer, by)
				l.events = append(l.events, Event{Kind: CommentDeleted, At: at, Actor: by.login})
			}
		}
	}
	l.comments = append(l.comments, c)
}

// command writes a comment that a bot obeys: to add a label, or to take it away.
func (l *life) command(by *person, text, label string, add bool) {
	l.comment(by, text)
	l.soon(1, 6)
	if add {
		l.label(l.g.team.ci, label)
	} else {
		l.unlabel(l.g.team.ci, label)
	}
}

func (l *life) close(by *person, reason string) {
	l.closed = true
	l.event(Event{Kind: Closed, Actor: by.login, Reason: reason})
}

func (l *life) reopen(by *person) {
	l.closed = false
	l.event(Event{Kind: Reopened, Actor: by.login})
}

// someone gives a person of the team who is around now.
func (l *life) someone(least role, except ...*person) *person {
	return l.g.team.someone(l.dice, l.now, least, except...)
}

// awake gives a person of the team who is at work now, if there is one: they
// are the first to see what comes in.
func (l *life) awake(least role, except ...*person) *person {
	var who *person
	for range 6 {
		if who = l.someone(least, except...); who.works(l.now) {
			return who
		}
	}
	return who
}

// area gives one of the areas' labels.
func (l *life) area() string { return "area/" + pick(l.dice, l.g.theme.areas) }

// goStale lets the stale bot have its way, months after the last activity.
func (l *life) goStale(reason string) {
	bot := l.g.team.stale
	l.now = l.now.Add(l.within(60*day, 100*day))
	l.comment(bot, "No activity for a long time. This will be closed in 30 days.")
	l.soon(1, 3)
	l.label(bot, labelStale)
	l.now = l.now.Add(30 * day)
	if l.chance(0.75) {
		l.close(bot, reason)
	}
}
