package derive

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// stateOf makes a state of pull requests: its lists are separated by |, their
// parts by blanks.
func stateOf(t testing.TB, name, when string) State {
	t.Helper()
	return stateFor(t, model.PullRequest, name, when)
}

func stateFor(t testing.TB, kind model.Kind, name, when string) State {
	t.Helper()
	var lists [][]string
	for list := range strings.SplitSeq(when, "|") {
		lists = append(lists, strings.Fields(list))
	}
	c, err := ParseCondition(lists, kind)
	if err != nil {
		t.Fatal(err)
	}
	return State{Name: name, Kind: kind, When: c}
}

// eventOf makes an event; text and comment may be "".
func eventOf(t testing.TB, kind model.Kind, name, text, comment string) Event {
	t.Helper()
	e := Event{Name: name, Kind: kind}
	if text != "" {
		p, err := ParseEvent(text, kind)
		if err != nil {
			t.Fatal(err)
		}
		e.Part = &p
	}
	if comment != "" {
		e.Comment = regexp.MustCompile(comment)
	}
	return e
}

// staysShown writes when an item was in a state: FROM-TO in seconds since the
// creation, without TO while it is.
func staysShown(f *model.Facts) string {
	var stays []string
	if f.Configured != nil {
		for _, s := range f.Configured.States {
			stays = append(stays, fmt.Sprintf("%s-%s", offset(s.From), strings.TrimPrefix(offset(s.To), "-")))
		}
	}
	return strings.Join(stays, " ")
}

// noted writes the observations of a series: VALUE@AT, or @AT alone for a count.
func noted(f *model.Facts, s model.Series) string {
	var list []string
	for _, o := range f.Observed {
		if o.Series == s {
			list = append(list, strings.TrimPrefix(fmt.Sprintf("%d@%s", o.Value, offset(o.At)), "0"))
		}
	}
	return strings.Join(list, " ")
}

func asked(after int, ref string) change {
	return event(after, model.ReviewRequested, alice, func(e *model.Event) { e.Ref = ref })
}

func unasked(after int, ref string) change {
	return event(after, model.ReviewRequestRemoved, alice, func(e *model.Event) { e.Ref = ref })
}

func writes(after int, by model.Actor, text string) change {
	return event(after, model.Commented, by, func(e *model.Event) { e.Text = text })
}

// goneEvent says when the last event was found to be gone.
func goneEvent(at int) change {
	return func(item *model.Item) { item.Events[len(item.Events)-1].GoneAt = t0 + model.Instant(at) }
}
