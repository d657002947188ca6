package derive

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// digested makes a state of items, numbered as they come, each created so many
// seconds after t0 as its changes say.
func digested(rules Rules, items ...*model.Item) *model.State {
	var facts []*model.Facts
	for i, item := range items {
		item.Number = i + 1
		facts = append(facts, Digest(rules)(item))
	}
	return state(facts...)
}

func TestStatesAt(t *testing.T) {
	rules := rulesFor(t)
	s := digested(
		rules, issue(), issue(closed(100, "")), issue(closed(10, ""), reopened(20), closed(30, "")), issue(gone(50)), issue(closed(10, ""), gone(50)),
		pull(), pull(draft(true)), pull(merge(10), gone(1000)), pull(closed(30, "")), pull(event(40, model.ReadyForReview, alice), merge(60)),
	)
	for _, test := range []struct {
		after  int
		issues []int // open, closed
		pulls  []int // open, merged, closed
		drafts int
	}{
		{after: -1, issues: []int{0, 0}, pulls: []int{0, 0, 0}},
		{after: 0, issues: []int{5, 0}, pulls: []int{5, 0, 0}, drafts: 2},
		{after: 10, issues: []int{3, 2}, pulls: []int{4, 1, 0}, drafts: 2},
		{after: 25, issues: []int{4, 1}, pulls: []int{4, 1, 0}, drafts: 2},
		{after: 50, issues: []int{2, 1}, pulls: []int{3, 1, 1}, drafts: 1},
		{after: 100, issues: []int{1, 2}, pulls: []int{2, 2, 1}, drafts: 1},
		{after: 5000, issues: []int{1, 2}, pulls: []int{2, 1, 1}, drafts: 1},
	} {
		f := Evaluate([]*model.State{s}, rules, t0+model.Instant(test.after))
		var issues, pulls []int
		for i := range IssueStates {
			issues = append(issues, f.Items(model.Issue, i))
		}
		for i := range PullStates {
			pulls = append(pulls, f.Items(model.PullRequest, i))
		}
		got := fmt.Sprint(issues, pulls, f.Drafts())
		if want := fmt.Sprint(test.issues, test.pulls, test.drafts); got != want {
			t.Errorf("after %d s: %s, want %s", test.after, got, want)
		}
	}
}

func TestAges(t *testing.T) {
	rules := rulesFor(t)
	rules.Quantiles = []float64{0, 0.5, 1}
	s := digested(
		rules,
		issue(), issue(created(day)), issue(as(renovate)), issue(closed(day, "")), issue(created(400*day)),
		pull(), pull(event(2*day, model.ReadyForReview, alice)), pull(draft(true)), pull(as(helper)), pull(merge(day)),
		pull(event(3*day, model.ConvertToDraft, alice), event(5*day, model.ReadyForReview, alice)),
	)
	for _, test := range []struct {
		after  int
		issues []float64
		older  []int
		pulls  []float64
	}{
		{-1, nil, []int{0, 0, 0, 0, 0}, nil},
		{0, []float64{0, 0, 0}, []int{0, 0, 0, 0, 0}, []float64{0, 0, 0}},
		{day, []float64{0, day / 2, day}, []int{0, 0, 0, 0, 0}, []float64{day, day, day}},
		{day + 1, []float64{1, (day + 2) / 2, day + 1}, []int{1, 0, 0, 0, 0}, []float64{day + 1, day + 1, day + 1}},
		{4 * day, []float64{3 * day, 3.5 * day, 4 * day}, []int{2, 0, 0, 0, 0}, []float64{2 * day, 3 * day, 4 * day}},
		{6 * day, []float64{5 * day, 5.5 * day, 6 * day}, []int{2, 0, 0, 0, 0}, []float64{4 * day, 6 * day, 6 * day}},
		{400 * day, []float64{0, 399 * day, 400 * day}, []int{2, 2, 2, 2, 2}, []float64{398 * day, 400 * day, 400 * day}},
	} {
		f := Evaluate([]*model.State{s}, rules, t0+model.Instant(test.after))
		if diff := cmp.Diff(test.issues, f.OpenAges(model.Issue)); diff != "" {
			t.Errorf("issues after %d s: %s", test.after, diff)
		}
		if diff := cmp.Diff(test.pulls, f.OpenAges(model.PullRequest)); diff != "" {
			t.Errorf("pull requests after %d s: %s", test.after, diff)
		}
		var older []int
		for i := range Ages {
			older = append(older, f.OlderThan(model.Issue, i))
		}
		if diff := cmp.Diff(test.older, older); diff != "" {
			t.Errorf("older after %d s: %s", test.after, diff)
		}
	}
}

func created(after int) change {
	return func(it *model.Item) { it.CreatedAt, it.UpdatedAt = t0+model.Instant(after), t0+model.Instant(after) }
}

func TestDistribution(t *testing.T) {
	rules := rulesFor(t)
	rules.Native = true
	var items []*model.Item
	for _, after := range []int{0, 1, 15 * minute, 15*minute + 1, hour, 365 * day, 365*day + 1} {
		items = append(items, issue(closed(after, "")))
	}
	d := Evaluate([]*model.State{digested(rules, items...)}, rules, forever).Cells(IssueClose)[0].Distribution()
	if want := uint64(1 + 15*minute + 15*minute + 1 + hour + 2*365*day + 1); d.Count != 7 || d.Sum != want {
		t.Errorf("count %d and sum %d, want 7 and %d", d.Count, d.Sum, want)
	}
	if diff := cmp.Diff([]uint64{3, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6}, d.Buckets); diff != "" {
		t.Error(diff)
	}
	if total := d.Native.Zero + sum(d.Native.Counts); total != d.Count || d.Native.Zero != 1 {
		t.Errorf("native buckets hold %d, %d of them zero; want 7 and 1", total, d.Native.Zero)
	}
}

func sum(counts []uint64) (total uint64) {
	for _, c := range counts {
		total += c
	}
	return total
}

func TestNativeBucketBounds(t *testing.T) {
	for _, test := range []struct {
		value uint32
		want  int32
	}{{1, 0}, {2, 8}, {3, 13}, {4, 16}, {5, 19}, {1024, 80}, {1025, 81}, {1 << 31, 248}, {1<<32 - 1, 256}} {
		s := &sparse{}
		s.add(test.value)
		if b := s.buckets(); b.First != test.want || len(b.Counts) != 1 {
			t.Errorf("%d is in bucket %d, want %d", test.value, b.First, test.want)
		}
	}
}

func TestExactQuantiles(t *testing.T) {
	rules := rulesFor(t)
	rules.Windows = []time.Duration{7 * 24 * time.Hour, 30 * 24 * time.Hour, 7 * 24 * time.Hour}
	rules.Quantiles = []float64{0.5, 0.9, 0.5} // what is listed twice counts once
	s := digested(rules, issue(closed(10, "")), issue(closed(20, "")), issue(closed(100, "")), issue(created(20*day), closed(20*day+6, "")))
	for _, test := range []struct {
		name  string
		after int
		want  []Quantile
	}{
		{"before", 9, nil},
		{"one", 10, []Quantile{{"7d", 0.5, 10}, {"7d", 0.9, 10}, {"30d", 0.5, 10}, {"30d", 0.9, 10}}},
		{"interpolated", 100, []Quantile{{"7d", 0.5, 20}, {"7d", 0.9, 84}, {"30d", 0.5, 20}, {"30d", 0.9, 84}}},
		{"the window's start is not in it", 7*day + 20, []Quantile{{"7d", 0.5, 100}, {"7d", 0.9, 100}, {"30d", 0.5, 20}, {"30d", 0.9, 84}}},
		{"two windows", 20*day + 6, []Quantile{{"7d", 0.5, 6}, {"7d", 0.9, 6}, {"30d", 0.5, 15}, {"30d", 0.9, 76}}},
		{"long after: absent", 60 * day, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Evaluate([]*model.State{s}, rules, t0+model.Instant(test.after)).Cells(IssueClose)[0].Quantiles()
			if diff := cmp.Diff(test.want, got, cmp.Comparer(near)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWindowLabel(t *testing.T) {
	for want, w := range map[string]time.Duration{"7d": 7 * 24 * time.Hour, "1d": 24 * time.Hour, "36h": 36 * time.Hour, "1m30s": 90 * time.Second} {
		if got := WindowLabel(w); got != want {
			t.Errorf("%s is written %q, want %q", w, got, want)
		}
	}
}

func TestProjectIsOneSet(t *testing.T) {
	rules := rulesFor(t)
	a := digested(rules, issue(closed(10, ""), bears("bug")), issue(bears("bug", "x")))
	b := digested(rules, issue(closed(20, ""), bears("bug")))
	b.Repository.CreatedAt, b.Repository.Name = t0-5*day, "other"
	f := Evaluate([]*model.State{a, b}, rules, t0+day)
	if f.Cells(IssuesOpened)[0].Count() != 3 || f.Items(model.Issue, 0) != 1 || f.Items(model.Issue, 1) != 2 {
		t.Errorf("%d opened, %d open, %d closed; want 3, 1, 2", f.Cells(IssuesOpened)[0].Count(), f.Items(model.Issue, 0), f.Items(model.Issue, 1))
	}
	if q := f.Cells(IssueClose)[0].Quantiles()[0]; q.Value != 15 {
		t.Errorf("median %v of all repositories, want 15", q.Value)
	}
	if f.Created != t0-5*day || len(f.Repositories) != 2 {
		t.Errorf("created %v, of %d repositories", f.Created, len(f.Repositories))
	}
	want := []LabelFigure{{"bug", [3]int{1, 2, 0}}, {"other", [3]int{1, 0, 0}}}
	if diff := cmp.Diff(want, f.Labeled(model.Issue), cmp.AllowUnexported(LabelFigure{})); diff != "" {
		t.Error(diff)
	}
}

func TestReverted(t *testing.T) {
	const oid = "feedface00112233445566778899aabbccddeeff"
	target := func(changes ...change) *model.Item {
		return build(pull(merge(100), set(func(it *model.Item) { it.MergeOID = oid })), changes)
	}
	reverting := func(after int, mentions ...model.Mention) *model.Item {
		for i := range mentions {
			mentions[i].Kind = model.Reverts
		}
		return pull(merge(after), set(func(it *model.Item) { it.Mentions, it.MergeOID = mentions, fmt.Sprintf("%040d", after) }))
	}
	number := func(n int) model.Mention { return model.Mention{Item: model.ItemRef{Number: n}} }
	commit := func(name string) model.Mention { return model.Mention{OID: name} }
	for _, test := range []struct {
		name  string
		items []*model.Item // the first is the target
		at    int
		want  [2]uint64 // human, bot
	}{
		{"by number", []*model.Item{target(), reverting(200, number(1))}, 200, [2]uint64{1, 0}},
		{"not before the revert merges", []*model.Item{target(), reverting(200, number(1))}, 199, [2]uint64{}},
		{"by commit", []*model.Item{target(), reverting(200, commit(oid))}, 200, [2]uint64{1, 0}},
		{"by abbreviated commit", []*model.Item{target(), reverting(200, commit("FEEDFACE"))}, 200, [2]uint64{1, 0}},
		{"too short an abbreviation", []*model.Item{target(), reverting(200, commit("feedfa"))}, 200, [2]uint64{}},
		{"of another commit", []*model.Item{target(), reverting(200, commit("feedface1"))}, 200, [2]uint64{}},
		{"ambiguous", []*model.Item{target(), target(merge(150), set(func(it *model.Item) { it.MergeOID = "feedface11" })), reverting(200, commit("feedface"))}, 200, [2]uint64{}},
		{"ambiguous only by a later merge", []*model.Item{target(), target(merge(250), set(func(it *model.Item) { it.MergeOID = "feedface11" })), reverting(200, commit("feedface"))}, 300, [2]uint64{1, 0}},
		{"twice named, twice reverted: once", []*model.Item{target(), reverting(200, number(1), commit(oid)), reverting(300, number(1))}, 400, [2]uint64{1, 0}},
		{"a bot's", []*model.Item{target(as(renovate)), reverting(200, number(1))}, 200, [2]uint64{0, 1}},
		{"the revert's revert", []*model.Item{target(), reverting(200, number(1)), reverting(300, number(2))}, 300, [2]uint64{2, 0}},
		{"by name of this repository", []*model.Item{target(), reverting(200, model.Mention{Item: model.ItemRef{Owner: "Octo", Repo: "Repo", Number: 1}})}, 200, [2]uint64{1, 0}},
		{"of another repository", []*model.Item{target(), reverting(200, model.Mention{Item: model.ItemRef{Owner: "octo", Repo: "else", Number: 1}})}, 200, [2]uint64{}},
		{"of what was merged later", []*model.Item{target(merge(300)), reverting(200, number(1))}, 400, [2]uint64{}},
		{"of itself", []*model.Item{reverting(200, number(1))}, 200, [2]uint64{}},
		{"of an issue, of nothing", []*model.Item{issue(closed(10, "")), reverting(200, number(1), number(77))}, 200, [2]uint64{}},
		{"by one that is not merged", []*model.Item{target(), build(reverting(200, number(1)), []change{set(func(it *model.Item) { it.MergedAt, it.Events = 0, nil })})}, 200, [2]uint64{}},
		{"gone before the revert: still", []*model.Item{target(gone(150)), reverting(200, number(1))}, 200, [2]uint64{1, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules := rulesFor(t)
			f := Evaluate([]*model.State{digested(rules, test.items...)}, rules, t0+model.Instant(test.at))
			if got := [2]uint64{f.Cells(PullsReverted)[0].Count(), f.Cells(PullsReverted)[1].Count()}; got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

func TestLabeledWithinLimit(t *testing.T) {
	rules := rulesFor(t)
	items := []*model.Item{
		issue(labeled(30, "kind/c"), labeled(10, "kind/z"), bears("kind/z", "kind/c")),
		issue(labeled(20, "kind/b"), labeled(40, "x"), labeled(50, "kind/d"), closed(60, ""), bears("kind/b", "kind/d", "x")),
		pull(labeled(5, "kind/e"), bears("kind/e")),
	}
	for _, item := range items {
		slices.SortFunc(item.Events, func(a, b model.Event) int { return int(a.At - b.At) })
	}
	s := digested(rules, items...)
	for _, test := range []struct {
		name       string
		limit, at  int
		want       string
		wantBeyond int
	}{
		{"no limit", 0, 100, "[{kind/b [0 1 0]} {kind/c [1 0 0]} {kind/d [0 1 0]} {kind/z [1 0 0]} {other [0 1 0]}]", 0},
		{"room for all", 10, 100, "[{kind/b [0 1 0]} {kind/c [1 0 0]} {kind/d [0 1 0]} {kind/z [1 0 0]} {other [0 1 0]}]", 0},
		{"room for two: the first that appeared; other once an item", 7, 100, "[{kind/b [0 1 0]} {kind/z [1 0 0]} {other [1 1 0]}]", 2},
		{"no room", 2, 100, "[{other [1 1 0]}]", 4},
		{"as of earlier", 7, 25, "[{kind/b [1 0 0]} {kind/z [1 0 0]} {other [0 0 0]}]", 0},
		{"before any", 7, 5, "[{other [0 0 0]}]", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules.SeriesLimit = test.limit
			f := Evaluate([]*model.State{s}, rules, t0+model.Instant(test.at))
			if got := fmt.Sprint(f.Labeled(model.Issue)); got != test.want || f.LabelsBeyond(model.Issue) != test.wantBeyond {
				t.Errorf("%s and %d beyond, want %s and %d", got, f.LabelsBeyond(model.Issue), test.want, test.wantBeyond)
			}
		})
	}
}
