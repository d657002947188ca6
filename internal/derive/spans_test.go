package derive

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func updated(after int) change {
	return func(it *model.Item) { it.UpdatedAt = t0 + model.Instant(after) }
}

func gone(after int) change {
	return func(it *model.Item) { it.GoneAt, it.Gone = t0+model.Instant(after), "deleted" }
}

func TestSpans(t *testing.T) {
	ready := func(after int) change { return event(after, model.ReadyForReview, alice) }
	convert := func(after int) change { return event(after, model.ConvertToDraft, alice) }
	for _, test := range []struct {
		name string
		item *model.Item
		want []string
	}{
		{"open", issue(), []string{"open 0 -"}},
		{"closed and reopened", issue(closed(10, ""), reopened(20)), []string{"open 0 10", "closed 10 20", "open 20 -"}},
		{"closed twice", issue(closed(10, ""), closed(20, "")), []string{"open 0 10", "closed 10 -"}},
		{"closed as it was opened", issue(closed(0, "")), []string{"closed 0 -"}},
		{"closed before it was opened", issue(closed(-10, "")), []string{"closed 0 -"}},
		{"closing lost", issue(set(func(it *model.Item) { it.ClosedAt = t0 + 30 })), []string{"open 0 30", "closed 30 -"}},
		{
			"reopening lost: open by the last change", issue(closed(10, ""), set(func(it *model.Item) { it.ClosedAt = 0 }), updated(99)),
			[]string{"open 0 10", "closed 10 99", "open 99 -"},
		},
		{
			"closing and its instant lost", issue(closed(5, ""), reopened(10), set(func(it *model.Item) { it.ClosedAt = t0 + 5 }), updated(99)),
			[]string{"open 0 5", "closed 5 10", "open 10 99", "closed 99 -"},
		},
		{"merged", pull(merge(50), closed(51, "")), []string{"open 0 50", "merged 50 -"}},
		{"merged, its closing seconds before", pull(closed(48, ""), merge(50)), []string{"open 0 50", "merged 50 -"}},
		{"merged in the second in which it was opened", pull(closed(0, ""), merge(0)), []string{"merged 0 -"}},
		{"reopened and merged", pull(closed(10, ""), reopened(20), closed(49, ""), merge(50)), []string{"open 0 10", "closed 10 20", "open 20 50", "merged 50 -"}},
		{"reopening before the merge lost", pull(closed(10, ""), merge(3610)), []string{"open 0 10", "closed 10 3610", "merged 3610 -"}},
		{"gone while open", issue(gone(30)), []string{"open 0 30"}},
		{"gone after it was closed", issue(closed(10, ""), gone(30)), []string{"open 0 10", "closed 10 30"}},
		{"gone after the merge", pull(merge(10), gone(30)), []string{"open 0 10", "merged 10 30"}},
		{"a draft", pull(draft(true)), []string{"open 0 -", "draft 0 -"}},
		{"a draft until it was ready", pull(ready(10)), []string{"open 0 -", "draft 0 10"}},
		{"a draft twice", pull(ready(10), convert(20), ready(30)), []string{"open 0 -", "draft 0 10", "draft 20 30"}},
		{"converted", pull(convert(20), draft(true)), []string{"open 0 -", "draft 20 -"}},
		{"a draft only while open", pull(draft(true), closed(10, ""), reopened(20)), []string{"open 0 10", "closed 10 20", "open 20 -", "draft 0 10", "draft 20 -"}},
		{"a draft that was merged", pull(draft(true), merge(10)), []string{"open 0 10", "merged 10 -", "draft 0 10"}},
		{"conversion lost: a draft by the last change", pull(ready(10), draft(true), updated(40)), []string{"open 0 -", "draft 0 10", "draft 40 -"}},
		{"its end lost: ready by the last change", pull(convert(10), updated(40)), []string{"open 0 -", "draft 10 40"}},
		{"a draft that is gone", pull(draft(true), gone(5)), []string{"open 0 5", "draft 0 5"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, spansShown(Digest(rulesFor(t))(test.item))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// labeled and unlabeled add an event of a label whose id is its name.
func labeled(after int, name string) change { return labelEvent(after, model.Labeled, name, name) }

func unlabeled(after int, name string) change { return labelEvent(after, model.Unlabeled, name, name) }

func labelEvent(after int, kind model.EventKind, id, name string) change {
	return event(after, kind, renovate, func(e *model.Event) { e.Label = model.Label{ID: id, Name: name} })
}

// bears sets the labels that the item bears now.
func bears(names ...string) change {
	return func(it *model.Item) {
		for _, n := range names {
			it.Labels = append(it.Labels, model.Label{ID: n, Name: n})
		}
	}
}

func TestLabelSpans(t *testing.T) {
	for _, test := range []struct {
		name string
		item *model.Item
		want []string
	}{
		{"none", issue(), nil},
		{"since the creation, without an event", issue(bears("bug")), []string{"bug 0 -"}},
		{"labeled", issue(labeled(10, "bug"), bears("bug")), []string{"bug 10 -"}},
		{"labeled and unlabeled", issue(labeled(10, "bug"), unlabeled(20, "bug")), []string{"bug 10 20"}},
		{"first event takes it off", issue(unlabeled(20, "bug")), []string{"bug 0 20"}},
		{"off and on again", issue(unlabeled(20, "bug"), labeled(30, "bug"), bears("bug")), []string{"bug 0 20", "bug 30 -"}},
		{"on and off in one second, off now", issue(unlabeled(20, "bug"), labeled(20, "bug")), nil},
		{"off and on in one second, on now", issue(unlabeled(20, "bug"), labeled(20, "bug"), bears("bug")), []string{"bug 0 -"}},
		{"labeled twice", issue(labeled(10, "bug"), labeled(15, "bug"), bears("bug")), []string{"bug 10 -"}},
		{"its end is lost: off by the last change", issue(labeled(10, "bug"), updated(99)), []string{"bug 10 99"}},
		{"its second start is lost", issue(labeled(10, "bug"), unlabeled(20, "bug"), bears("bug"), updated(99)), []string{"bug 10 20", "bug 99 -"}},
		{"labels that are not allowed are other, once", issue(labeled(10, "x"), labeled(20, "y"), unlabeled(30, "x"), unlabeled(40, "y"), bears("z")), []string{"other 0 -"}},
		{"allowed and others", issue(bears("kind/a", "kind/b", "area/c")), []string{"kind/a 0 -", "kind/b 0 -", "other 0 -"}},
		{"others one after the other", issue(labeled(10, "x"), unlabeled(20, "x"), labeled(30, "y"), unlabeled(40, "y")), []string{"other 10 20", "other 30 40"}},
		{
			"renamed: followed by id, under its current name",
			issue(labelEvent(10, model.Labeled, "L1", "kind/old"), set(func(it *model.Item) { it.Labels = []model.Label{{ID: "L1", Name: "kind/new"}} })),
			[]string{"kind/new 10 -"},
		},
		{
			"renamed and taken off: the last name", issue(labelEvent(10, model.Labeled, "L1", "kind/old"), labelEvent(20, model.Unlabeled, "L1", "kind/new")),
			[]string{"kind/new 10 20"},
		},
		{"a null label is left out", issue(labelEvent(10, model.Labeled, "", ""), labeled(20, "bug"), bears("bug", "")), []string{"bug 20 -"}},
		{"gone", issue(bears("bug"), gone(30)), []string{"bug 0 30"}},
		{"labeled when it was gone", issue(labeled(50, "bug"), bears("bug"), gone(30)), nil},
		{"of a pull request", pull(labeled(10, "bug"), bears("bug"), merge(20)), []string{"bug 10 -"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, labelsShown(Digest(rulesFor(t))(test.item))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
