package derive

import (
	"cmp"
	"slices"
	"unique"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// labelSpans gives the times in which an item bore labels that may become
// series, and OtherLabel for all others. No two spans of one label overlap.
func (l *life) labelSpans() []model.LabelSpan {
	var spans []model.LabelSpan
	for _, label := range l.labels() {
		handle := l.rules.labelHandle(label.Name)
		for _, i := range l.labeled(label) {
			to := earlier(i.to, l.item.GoneAt)
			if to == 0 || to > i.from {
				spans = append(spans, model.LabelSpan{From: seconds32(i.from), To: seconds32(to), Label: handle})
			}
		}
	}
	return joined(spans)
}

// labelHandle gives the label value under which a label is counted.
func (r *Rules) labelHandle(name string) unique.Handle[string] {
	if r.Labels.Match(name) {
		return unique.Make(name)
	}
	return unique.Make(OtherLabel)
}

// labels lists every label that the item bears or ever bore, by its current
// name as far as it is known. An event without a label is left out.
func (l *life) labels() []model.Label {
	labels := slices.Clone(l.item.Labels)
	for i := len(l.events) - 1; i >= 0; i-- {
		e := &l.events[i]
		if (e.Kind == model.Labeled || e.Kind == model.Unlabeled) && e.Label.Name != "" &&
			!slices.ContainsFunc(labels, func(known model.Label) bool { return sameLabel(known, e.Label) }) {
			labels = append(labels, e.Label)
		}
	}
	return labels
}

// sameLabel compares labels by id, which a renaming keeps.
func sameLabel(a, b model.Label) bool {
	if a.ID == "" || b.ID == "" {
		return a.Name == b.Name
	}
	return a.ID == b.ID
}

// labeled gives the intervals in which the item bore a label. It bore it from
// its creation on if its first event took it off, or it has none.
func (l *life) labeled(label model.Label) []interval {
	is := func(kind model.EventKind) func(*model.Event) bool {
		return func(e *model.Event) bool { return e.Kind == kind && sameLabel(e.Label, label) }
	}
	bears := slices.ContainsFunc(l.item.Labels, func(current model.Label) bool { return sameLabel(current, label) })
	t := toggle{on: bears, since: l.item.CreatedAt}
	for i := range l.events {
		if e := &l.events[i]; is(model.Labeled)(e) || is(model.Unlabeled)(e) {
			t.on = e.Kind == model.Unlabeled
			break
		}
	}
	t.follow(l.events, is(model.Labeled), is(model.Unlabeled))
	return t.end(bears, l.item.UpdatedAt)
}

// joined sorts spans by label and joins those of one label that overlap.
func joined(spans []model.LabelSpan) []model.LabelSpan {
	slices.SortFunc(spans, func(a, b model.LabelSpan) int {
		if a.Label != b.Label {
			return cmp.Compare(a.Label.Value(), b.Label.Value())
		}
		return cmp.Compare(a.From, b.From)
	})
	out := spans[:0]
	for _, s := range spans {
		last := len(out) - 1
		if last < 0 || out[last].Label != s.Label || out[last].To != 0 && out[last].To < s.From {
			out = append(out, s)
			continue
		}
		if out[last].To != 0 && (s.To == 0 || s.To > out[last].To) {
			out[last].To = s.To
		}
	}
	return out
}
