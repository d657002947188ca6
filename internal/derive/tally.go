package derive

import (
	"cmp"
	"math"
	"slices"
	"unique"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// labelName is a label value.
type labelName = unique.Handle[string]

// labelTally counts the items that bear a label.
type labelTally struct {
	first uint32 // when it was first borne by any item
	items [3]int // by IssueStates or PullStates
}

// tally adds an item to the labels that it bore up to the instant. An item
// that is not there keeps a label known, so that what was admitted stays.
func (g *gauges) tally(item *model.Facts, state int, at int64) {
	for i := range item.LabelSpans {
		s := &item.LabelSpans[i]
		if int64(s.From) > at {
			continue
		}
		t := g.labels[s.Label]
		if t == nil {
			t = &labelTally{first: math.MaxUint32}
			g.labels[s.Label] = t
		}
		t.first = min(t.first, s.From)
		if state >= 0 && holds(s.From, s.To, at) {
			t.items[state]++
		}
	}
}

// labelFigures lists the labels by name, and OtherLabel always.
func (g *gauges) labelFigures() []LabelFigure {
	if other := unique.Make(OtherLabel); g.labels[other] == nil {
		g.labels[other] = &labelTally{}
	}
	figures := make([]LabelFigure, 0, len(g.labels))
	for label, t := range g.labels {
		figures = append(figures, LabelFigure{Label: label.Value(), items: t.items})
	}
	slices.SortFunc(figures, func(a, b LabelFigure) int { return cmp.Compare(a.Label, b.Label) })
	return figures
}

// admit drops the labels that the series limit leaves no room for, in the
// order in which they first appeared, so that whatever was admitted stays. It
// reports whether it dropped any.
func (g *gauges) admit(limit, states int) bool {
	if limit <= 0 {
		return false
	}
	labels := make([]labelName, 0, len(g.labels))
	for label := range g.labels {
		if label.Value() != OtherLabel {
			labels = append(labels, label)
		}
	}
	room := max(limit/states-1, 0) // one is for OtherLabel
	if len(labels) <= room {
		return false
	}
	slices.SortFunc(labels, func(a, b labelName) int {
		return cmp.Or(cmp.Compare(g.labels[a].first, g.labels[b].first), cmp.Compare(a.Value(), b.Value()))
	})
	for _, label := range labels[room:] {
		delete(g.labels, label)
	}
	g.beyond = len(labels) - room
	return true
}

// admitLabels applies the series limit to the labels of each kind, and counts
// anew the items whose labels became OtherLabel: each once.
func (e *evaluation) admitLabels(states []*model.State) {
	var dropped [kinds]bool
	dropped[model.Issue] = e.items[model.Issue].admit(e.rules.SeriesLimit, len(IssueStates))
	dropped[model.PullRequest] = e.items[model.PullRequest].admit(e.rules.SeriesLimit, len(PullStates))
	other := unique.Make(OtherLabel)
	for kind := range dropped {
		if dropped[kind] {
			e.items[kind].labels[other] = &labelTally{}
		}
	}
	if dropped == [kinds]bool{} {
		return
	}
	for _, s := range states {
		for _, item := range s.Items {
			if !dropped[item.Kind] {
				continue
			}
			g := &e.items[item.Kind]
			if state, _ := stateAt(item, e.at); state >= 0 && g.bearsOther(item, e.at) {
				g.labels[other].items[state]++
			}
		}
	}
}

// bearsOther reports whether an item bears a label that is not admitted.
func (g *gauges) bearsOther(item *model.Facts, at int64) bool {
	return slices.ContainsFunc(item.LabelSpans, func(s model.LabelSpan) bool {
		return holds(s.From, s.To, at) && (g.labels[s.Label] == nil || s.Label.Value() == OtherLabel)
	})
}
