package derive

import (
	"cmp"
	"slices"

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
		f.MergeOID = l.item.MergeOID
		f.Reverts = l.reverts()
	}
	return f
}

// reverts gives what a pull request says that it reverts.
func (l *life) reverts() []model.Mention {
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
	n := make(notes, 0, len(l.events)+len(l.item.ReviewComments)+16)
	if l.item.Kind == model.PullRequest {
		l.notePull(&n)
	} else {
		l.noteIssue(&n)
	}
	l.noteStretches(&n)
	slices.SortFunc(n, func(a, b model.Observation) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Series, b.Series),
			cmp.Compare(a.Sub, b.Sub), cmp.Compare(a.Value, b.Value))
	})
	return append(make([]model.Observation, 0, len(n)), n...)
}
