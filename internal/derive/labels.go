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
// name as far as it is known. Null labels are left out.
func (l *life) labels() []model.Label {
	if !l.named {
		l.names, l.named = l.readLabels(), true
	}
	return l.names
}

func (l *life) readLabels() []model.Label {
	labels := slices.DeleteFunc(slices.Clone(l.item.Labels), func(now model.Label) bool { return now.Name == "" })
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
	bears := slices.ContainsFunc(l.item.Labels, func(now model.Label) bool { return sameLabel(now, label) })
	return l.toggled(func(e *model.Event) int {
		switch {
		case e.Kind == model.Labeled && sameLabel(e.Label, label):
			return 1
		case e.Kind == model.Unlabeled && sameLabel(e.Label, label):
			return -1
		}
		return 0
	}, bears)
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
