package derive

import (
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// StateExplanation tells when an item was in a configured state, and why.
type StateExplanation struct {
	State string `json:"state"`
	When  string `json:"when"`
	Stays []Stay `json:"stays,omitempty"`
	// Lacks are the parts that do not hold, one list of the condition after the
	// other, where the item is not in the state.
	Lacks [][]string `json:"lacks,omitempty"`
}

// Stay is a time during which an item was in a state.
type Stay struct {
	Duration
	Began []string `json:"began,omitempty"` // parts that began to hold at its start; none where that is the opening
	Ended []string `json:"ended,omitempty"` // parts that ceased to hold at its end
}

// String writes the condition: its lists joined by or.
func (c Condition) String() string {
	var lists []string
	for _, list := range c {
		var parts []string
		for _, p := range list {
			parts = append(parts, p.String())
		}
		lists = append(lists, strings.Join(parts, ", "))
	}
	return strings.Join(lists, " or ")
}

// explainStates tells of the states of the rules for the item's kind.
func (l *life) explainStates() []StateExplanation {
	var list []StateExplanation
	for n := range l.rules.States {
		s := &l.rules.States[n]
		if s.Kind != l.item.Kind {
			continue
		}
		e := StateExplanation{State: s.Name, When: s.When.String()}
		for _, span := range l.states {
			if int(span.State) == n {
				e.Stays = append(e.Stays, l.stay(s, span))
			}
		}
		if len(e.Stays) == 0 || e.Stays[len(e.Stays)-1].To != 0 {
			e.Lacks = l.lacks(s.When)
		}
		list = append(list, e)
	}
	return list
}

// stay tells of one time in a state.
func (l *life) stay(s *State, span model.StateSpan) Stay {
	from, to := model.Instant(span.From), model.Instant(span.To)
	stay := Stay{Duration: explained(s.Name, from, to, l.undwelt(to))}
	if from != l.item.CreatedAt {
		stay.Began = l.turnedAt(s.When, from, true)
	}
	if to != 0 && to != l.item.GoneAt {
		stay.Ended = l.turnedAt(s.When, to, false)
	}
	return stay
}

// undwelt says why a stay that ends at an instant is not observed.
func (l *life) undwelt(to model.Instant) Missing {
	switch {
	case l.bot:
		return BotAuthor
	case to == 0:
		return StillHolds
	case to == l.item.GoneAt:
		return WentAway
	}
	return Observed
}

// turnedAt gives the parts of the lists that begin to hold, or cease to, at an
// instant, which turned then.
func (l *life) turnedAt(c Condition, at model.Instant, on bool) []string {
	var parts []string
	before, after := at-1, at
	if !on {
		before, after = at, at-1
	}
	for _, list := range c {
		if !l.when(Condition{list}).holds(after) || l.when(Condition{list}).holds(before) {
			continue
		}
		for _, p := range list {
			f := l.part(p)
			if text := p.String(); f.holds(after) && !f.holds(before) && !slices.Contains(parts, text) {
				parts = append(parts, text)
			}
		}
	}
	return parts
}

// lacks gives the parts of each list that do not hold at last.
func (l *life) lacks(c Condition) [][]string {
	var lists [][]string
	for _, list := range c {
		var parts []string
		for _, p := range list {
			if len(l.part(p))%2 == 0 {
				parts = append(parts, p.String())
			}
		}
		lists = append(lists, parts)
	}
	return lists
}

// countedAs says as what an event counts; the opening is no event.
func (l *life) countedAs(e *model.Event, at model.Instant) []string {
	var notes []string
	for _, h := range l.counted {
		if h.from == e && h.at == at {
			notes = append(notes, "counted as "+l.rules.Events[h.event].Name)
		}
	}
	return notes
}

func (e *Explanation) writeStates(out *report) {
	if len(e.States) > 0 {
		out.head("States")
	}
	for _, s := range e.States {
		out.line("  %s\t%s", s.State, s.When)
		for _, stay := range s.Stays {
			out.line("  \t%s", stay.text())
		}
		for _, parts := range s.Lacks {
			if e.Gone == "" {
				out.line("  \tnot now: %s %s", strings.Join(parts, ", "), plural(len(parts)))
			}
		}
	}
}

func plural(parts int) string {
	if parts == 1 {
		return "does not hold"
	}
	return "do not hold"
}

func (s Stay) text() string {
	text := s.From.String() + " – "
	if s.To != 0 {
		text += s.To.String()
	} else {
		text += "now"
	}
	if s.Seconds != nil {
		text += " (" + span(*s.Seconds) + ")"
	} else if s.Missing != StillHolds {
		text += " (not observed: " + string(s.Missing) + ")"
	}
	for _, turn := range []struct {
		word  string
		parts []string
	}{{"began", s.Began}, {"ended", s.Ended}} {
		if len(turn.parts) > 0 {
			text += ", " + turn.word + " with " + strings.Join(turn.parts, ", ")
		}
	}
	return text
}
