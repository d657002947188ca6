package derive

import (
	"cmp"
	"math"
	"slices"
	"unique"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Digest gives the function that turns an item into the facts that Evaluate
// reads. The function is safe for concurrent use and keeps nothing of the item.
func Digest(rules Rules) func(*model.Item) *model.Facts {
	return func(item *model.Item) *model.Facts {
		if item.CreatedAt <= 0 || item.Kind != model.Issue && item.Kind != model.PullRequest {
			// Read in part only: there is nothing to say of it yet.
			return &model.Facts{Number: int32(item.Number)}
		}
		return newLife(item, &rules).facts()
	}
}

// facts gives what is held in memory of the item.
func (l *life) facts() *model.Facts {
	f := &model.Facts{
		Number:     int32(l.item.Number),
		Kind:       l.item.Kind,
		AuthorBot:  l.bot,
		Created:    l.item.CreatedAt,
		Ready:      l.ready,
		Gone:       l.item.GoneAt,
		Merged:     l.merged,
		Observed:   l.observations(),
		Spans:      slices.Clip(l.spans()),
		LabelSpans: slices.Clip(l.labelSpans()),
	}
	if l.merged != 0 {
		f.MergeOID, f.Base = l.item.MergeOID, unique.Make(l.item.BaseRef)
		f.FirstCommit, f.Committed = l.firstCommit()
	}
	f.More, f.Configured = l.more(), l.configured()
	return f
}

// more gives what few items have, nil for most.
func (l *life) more() *model.More {
	var m model.More
	if l.item.Kind == model.Issue {
		m.Incident = l.incident()
	} else {
		m = model.More{Reverts: l.reverts(), Closes: l.closes(), Hotfix: l.labelledAs(hotfixLabel)}
	}
	if m.Incident == nil && m.Reverts == nil && m.Closes == nil && m.Hotfix == nil {
		return nil
	}
	return &m
}

// configured gives what the rules' states and events come to, nil for nothing.
func (l *life) configured() *model.Configured {
	c := model.Configured{States: slices.Clip(l.states), Authored: l.authored()}
	if c.States == nil && c.Authored == nil {
		return nil
	}
	return &c
}

// closes gives the issues of the repository that a merged pull request closes:
// those that its texts say, and those that GitHub read from them. They are
// asked for only where issues can be incidents.
func (l *life) closes() []int32 {
	if l.merged == 0 || !l.rules.incidentsFrom(IncidentSources[byIssue]) {
		return nil
	}
	var closes []int32
	add := func(ref model.ItemRef) {
		if ref.Repo == "" && ref.Number > 0 && ref.Number <= math.MaxInt32 && !slices.Contains(closes, int32(ref.Number)) {
			closes = append(closes, int32(ref.Number))
		}
	}
	for _, ref := range l.item.Closes {
		add(ref)
	}
	for _, m := range l.item.Mentions {
		if m.Kind == model.Closes {
			add(m.Item)
		}
	}
	slices.Sort(closes)
	return slices.Clip(closes)
}

// reverts gives what a merged pull request says that it reverts.
func (l *life) reverts() []model.Mention {
	if l.merged == 0 {
		return nil
	}
	var reverts []model.Mention
	for _, m := range l.item.Mentions {
		if m.Kind == model.Reverts {
			reverts = append(reverts, m)
		}
	}
	return reverts
}

// notes collects observations.
type notes []model.Observation

// note adds an observation at an instant.
func (n *notes) note(at model.Instant, s model.Series, sub uint8, value int64) {
	*n = append(*n, model.Observation{
		At: seconds32(at), Value: seconds32(model.Instant(value)), Series: s, Sub: sub,
	})
}

// observations gives everything that the item adds to totals and histograms,
// by instant, in a slice of its own without spare room.
func (l *life) observations() []model.Observation {
	n := make(notes, 0, len(l.events)+len(l.item.ReviewComments)+len(l.counted)+len(l.states)+len(l.rules.Events)+16)
	if l.item.Kind == model.PullRequest {
		l.notePull(&n)
	} else {
		l.noteIssue(&n)
	}
	l.noteStretches(&n)
	l.noteStates(&n)
	l.noteEvents(&n)
	slices.SortFunc(n, func(a, b model.Observation) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Series, b.Series),
			cmp.Compare(a.Sub, b.Sub), cmp.Compare(a.Value, b.Value))
	})
	return append(make([]model.Observation, 0, len(n)), n...)
}
