package derive

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestStates(t *testing.T) {
	lgtm := []change{labeled(10, "lgtm"), unlabeled(30, "lgtm")}
	team := "team:core"
	for _, test := range []struct {
		name, when string
		item       *model.Item
		stays      string // FROM-TO
		dwells     string // SECONDS@AT
	}{
		// The words, alone.
		{"opened", "opened", pull(), "0-", ""},
		{"opened until it is closed, and again", "opened", pull(closed(10, ""), reopened(25)), "0-10 25-", "10@10"},
		{"opened until the merge", "opened", pull(merge(40)), "0-40", "40@40"},
		{"closed", "closed", pull(closed(10, ""), reopened(25)), "10-25", "15@25"},
		{"closed holds after a merge", "closed", pull(merge(40), closed(41, "")), "40-", ""},
		{"merged", "merged", pull(merge(40)), "40-", ""},
		{"merged, never", "merged", pull(closed(10, "")), "", ""},
		{"draft", "draft", pull(draft(true)), "0-", ""},
		{"draft until it is ready, and again", "draft", pull(event(5, model.ReadyForReview, alice), event(9, model.ConvertToDraft, alice), draft(true)), "0-5 9-", "5@5"},
		{"draft stays so when it is closed", "draft", pull(draft(true), closed(10, "")), "0-", ""},
		{"labeled by a bot", "labeled:lgtm", pull(lgtm...), "10-30", "20@30"},
		{"labeled from its opening on", "labeled:lgtm", pull(unlabeled(30, "lgtm")), "0-30", "30@30"},
		{"labeled, upper and lower case", "labeled:LGTM", pull(lgtm...), "10-30", "20@30"},
		{"labeled with another", "labeled:lgtm", pull(labeled(10, "lgtm-not")), "", ""},
		{"labeled several times", "labeled:lgtm", pull(append(lgtm, labeled(50, "lgtm"), unlabeled(51, "lgtm"), labeled(60, "lgtm"), bears("lgtm"))...), "10-30 50-51 60-", "20@30 1@51"},
		{"labeled, renamed since: by its id", "labeled:ready", pull(labelEvent(10, model.Labeled, "7", "lgtm"), set(func(it *model.Item) { it.Labels = []model.Label{{ID: "7", Name: "ready"}} })), "10-", ""},
		{"labeled by its old name no longer", "labeled:lgtm", pull(labelEvent(10, model.Labeled, "7", "lgtm"), set(func(it *model.Item) { it.Labels = []model.Label{{ID: "7", Name: "ready"}} })), "", ""},
		{"two labels of a name in turn", "labeled:lgtm", pull(labelEvent(10, model.Labeled, "7", "lgtm"), labelEvent(20, model.Labeled, "8", "lgtm"), labelEvent(20, model.Unlabeled, "7", "lgtm"), labelEvent(30, model.Unlabeled, "8", "lgtm")), "10-30", "20@30"},
		{"a null label", "labeled:lgtm", pull(labelEvent(10, model.Labeled, "", "")), "", ""},
		{"a name with a colon", "labeled:area:api", pull(labeled(10, "area:api"), bears("area:api")), "10-", ""},
		{"commented", "commented", pull(comment(5, renovate), comment(9, bob)), "5-", ""},
		{"commented on a line only", "commented", pull(reviewed(5, 1, model.ReviewCommented, bob)), "", ""},

		// Opinions.
		{"approved", "approved", pull(reviewed(5, 1, model.Approved, bob)), "5-", ""},
		{"approved by a bot", "approved", pull(reviewed(5, 1, model.Approved, renovate)), "", ""},
		{"approved by a bot of the project's", "approved", pull(reviewed(5, 1, model.Approved, helper)), "", ""},
		{"approved by the author", "approved", pull(reviewed(5, 1, model.Approved, alice)), "", ""},
		{"a dismissed approval", "approved", pull(reviewed(5, 1, model.Dismissed, bob), dismissed(20, 1, model.Approved)), "5-20", "15@20"},
		{"a dismissal whose approval is lost", "approved", pull(reviewed(5, 1, model.Dismissed, bob)), "", ""},
		{"approved, then changes requested", "approved", pull(reviewed(5, 1, model.Approved, bob), reviewed(15, 2, model.ChangesRequested, bob)), "5-15", "10@15"},
		{"a comment is no opinion", "approved", pull(reviewed(5, 1, model.Approved, bob), reviewed(15, 2, model.ReviewCommented, bob)), "5-", ""},
		{"approved again by the same", "approved", pull(reviewed(5, 1, model.Approved, bob), reviewed(15, 2, model.Approved, bob)), "5-", ""},
		{"approved by two, of whom one took it back", "approved", pull(reviewed(5, 1, model.Approved, bob), reviewed(7, 2, model.Approved, carol), reviewed(15, 3, model.ChangesRequested, bob)), "5-", ""},
		{"the dismissed opinion ended the one before", "approved", pull(reviewed(5, 1, model.Approved, bob), reviewed(15, 2, model.Dismissed, bob), dismissed(20, 2, model.ChangesRequested)), "5-15", "10@15"},
		{"opinions of deleted accounts are of two people", "approved", pull(reviewed(5, 1, model.Approved, ghost), reviewed(15, 2, model.ChangesRequested, ghost)), "5-", ""},
		{"a review that is gone", "approved", pull(reviewed(5, 1, model.Approved, bob), goneEvent(50)), "5-50", "45@50"},
		{"two opinions in a second: the last by id", "approved", pull(reviewed(5, 10, model.Approved, bob), reviewed(5, 9, model.ChangesRequested, bob)), "5-", ""},
		{"changes requested", "changes_requested", pull(reviewed(5, 1, model.ChangesRequested, bob), reviewed(25, 2, model.Approved, bob)), "5-25", "20@25"},
		{"approved after the merge", "approved", pull(merge(5), reviewed(9, 1, model.Approved, bob)), "9-", ""},

		// Requests.
		{"review requested", "review_requested", pull(asked(5, "bob")), "5-", ""},
		{"review requested and given", "review_requested", pull(asked(5, "bob"), reviewed(25, 1, model.ReviewCommented, bob)), "5-25", "20@25"},
		{"given by another", "review_requested", pull(asked(5, "bob"), reviewed(25, 1, model.Approved, carol)), "5-", ""},
		{"removed", "review_requested", pull(asked(5, "bob"), unasked(25, "bob")), "5-25", "20@25"},
		{"requested again", "review_requested", pull(asked(5, "bob"), reviewed(25, 1, model.Approved, bob), asked(40, "bob"), reviewed(45, 2, model.Approved, bob)), "5-25 40-45", "20@25 5@45"},
		{"of two", "review_requested", pull(asked(5, "bob"), asked(6, "carol"), reviewed(25, 1, model.Approved, bob), unasked(30, "carol")), "5-30", "25@30"},
		{"of a bot", "review_requested", pull(asked(5, "renovate"), reviewed(25, 1, model.ReviewCommented, renovate)), "5-25", "20@25"},
		{"of a team: any human's review", "review_requested", pull(asked(5, team), reviewed(15, 1, model.ReviewCommented, renovate), reviewed(25, 2, model.ReviewCommented, carol)), "5-25", "20@25"},
		{"of nobody known", "review_requested", pull(asked(5, "")), "", ""},

		// Conditions.
		{"never true", "opened merged", pull(merge(9)), "", ""},
		{"always", "opened | closed", pull(closed(5, ""), reopened(7), merge(9)), "0-", ""},
		{"true at once", "opened !merged !labeled:lgtm", pull(lgtm...), "0-10 30-", "10@10"},
		{"negated twice over", "!opened !merged", pull(closed(5, ""), reopened(7), merge(9)), "5-7", "2@7"},
		{"closed while held", "opened labeled:lgtm", pull(append(lgtm, closed(20, ""))...), "10-20", "10@20"},
		{"reopened while held", "opened labeled:lgtm", pull(labeled(10, "lgtm"), closed(20, ""), reopened(25), bears("lgtm")), "10-20 25-", "10@20"},
		{"merged while held", "opened !merged labeled:lgtm", pull(labeled(10, "lgtm"), merge(20), bears("lgtm")), "10-20", "10@20"},
		{"one of two", "labeled:lgtm | approved", pull(labeled(10, "lgtm"), reviewed(20, 1, model.Approved, bob), unlabeled(30, "lgtm")), "10-", ""},
		{"one after the other, without a gap", "labeled:a | labeled:b", pull(labeled(10, "a"), unlabeled(20, "a"), labeled(20, "b"), unlabeled(30, "b")), "10-30", "20@30"},
		{"two lists that overlap", "opened labeled:a | opened labeled:b", pull(labeled(10, "a"), labeled(15, "b"), unlabeled(20, "a"), closed(40, ""), bears("b")), "10-40", "30@40"},

		// Seconds.
		{"begun and ended in a second: never", "labeled:lgtm", pull(labeled(10, "lgtm"), unlabeled(10, "lgtm")), "", ""},
		{"ended and begun in a second: not interrupted", "labeled:lgtm", pull(labeled(10, "lgtm"), unlabeled(20, "lgtm"), labeled(20, "lgtm"), bears("lgtm")), "10-", ""},
		{"closed and reopened in a second", "opened", pull(closed(10, ""), reopened(10)), "0-", ""},
		{"labels exchanged in a second", "labeled:a labeled:b", pull(labeled(5, "a"), unlabeled(10, "a"), labeled(10, "b"), bears("b")), "", ""},
		{"merged at once", "opened", pull(merge(0)), "", ""},

		// What is not observed.
		{"gone while held", "opened", pull(gone(50)), "0-50", ""},
		{"gone after it ended", "opened", pull(closed(10, ""), gone(50)), "0-10", "10@10"},
		{"not opened, gone", "!opened", pull(gone(50)), "", ""},
		{"a label that outlives it", "labeled:lgtm", pull(labeled(10, "lgtm"), bears("lgtm"), gone(50)), "10-50", ""},
		{"a bot's is in it and not observed", "opened", pull(as(renovate), merge(40)), "0-40", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules := rulesFor(t)
			rules.States = []State{stateOf(t, "s", test.when)}
			facts := Digest(rules)(test.item)
			if got := staysShown(facts); got != test.stays {
				t.Errorf("in the state %s, want %s", got, test.stays)
			}
			if got := noted(facts, StateDwell); got != test.dwells {
				t.Errorf("observed %s, want %s", got, test.dwells)
			}
		})
	}
}

func TestStatesOfKinds(t *testing.T) {
	rules := rulesFor(t)
	rules.States = []State{
		stateFor(t, model.Issue, "open", "opened"), stateFor(t, model.PullRequest, "open", "opened"), stateFor(t, model.Issue, "bug", "opened labeled:bug"),
	}
	rules.Quantiles = []float64{0, 0.5, 1}
	s := digested(
		rules, issue(), issue(labeled(10, "bug"), bears("bug")), issue(as(renovate), created(50)), issue(created(100)),
		pull(), pull(merge(30)), pull(gone(60)),
	)
	for _, test := range []struct {
		at   int
		want []StateFigure
	}{
		{-1, []StateFigure{{"issue", "open", 0, nil}, {"pull_request", "open", 0, nil}, {"issue", "bug", 0, nil}}},
		{10, []StateFigure{{"issue", "open", 2, []float64{10, 10, 10}}, {"pull_request", "open", 3, []float64{10, 10, 10}}, {"issue", "bug", 1, []float64{0, 0, 0}}}},
		{30, []StateFigure{{"issue", "open", 2, []float64{30, 30, 30}}, {"pull_request", "open", 2, []float64{30, 30, 30}}, {"issue", "bug", 1, []float64{20, 20, 20}}}},
		{120, []StateFigure{{"issue", "open", 4, []float64{20, 120, 120}}, {"pull_request", "open", 1, []float64{120, 120, 120}}, {"issue", "bug", 1, []float64{110, 110, 110}}}},
	} {
		f := Evaluate([]*model.State{s}, rules, t0+model.Instant(test.at))
		if diff := cmp.Diff(test.want, f.InStates()); diff != "" {
			t.Errorf("after %d s: %s", test.at, diff)
		}
	}
	var dwells []string
	for _, c := range Evaluate([]*model.State{s}, rules, forever).Cells(StateDwell) {
		d := c.Distribution()
		dwells = append(dwells, fmt.Sprint(c.Labels, d.Count, d.Sum))
	}
	if diff := cmp.Diff([]string{"[issue open] 0 0", "[pull_request open] 1 30", "[issue bug] 0 0"}, dwells); diff != "" {
		t.Error(diff)
	}
}

// Facts that were made by other rules have numbers that these may not know.
func TestStatesOfOtherRules(t *testing.T) {
	rules := rulesFor(t)
	rules.States = []State{stateOf(t, "a", "opened"), stateOf(t, "b", "opened")}
	rules.Events = []Event{eventOf(t, model.PullRequest, "a", "opened", ""), eventOf(t, model.PullRequest, "b", "merged", "")}
	rules.Events[1].ByAuthor = true
	s := digested(rules, pull(merge(10)))
	rules.States, rules.Events = rules.States[:1], rules.Events[:1]
	f := Evaluate([]*model.State{s}, rules, forever)
	if len(f.InStates()) != 1 || len(f.ByAuthor()) != 0 || f.Cells(EventsCounted)[0].Count() != 1 {
		t.Errorf("%v, %v", f.InStates(), f.ByAuthor())
	}
	rules.States, rules.Events = nil, nil
	if f := Evaluate([]*model.State{s}, rules, forever); f.InStates() != nil || f.Cells(StateDwell) != nil {
		t.Error("states that no rule names")
	}
}
