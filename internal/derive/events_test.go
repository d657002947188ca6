package derive

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestEvents(t *testing.T) {
	for _, test := range []struct {
		name, event, comment string
		item                 *model.Item
		want                 string // WHO@AT
	}{
		{"opened", "opened", "", pull(closed(5, ""), reopened(9)), "alice@0"},
		{"closed, each time, and by the merge", "closed", "", pull(closed(5, ""), reopened(9), merge(20), closed(21, "")), "alice@5 bob@20"},
		{"closed while closed", "closed", "", pull(closed(5, ""), closed(6, "")), "alice@5"},
		{"closing lost", "closed", "", pull(set(func(it *model.Item) { it.ClosedAt = t0 + 30 })), "ghost@30"},
		{"reopened", "reopened", "", pull(closed(5, ""), reopened(9)), "alice@9"},
		{"merged", "merged", "", pull(merge(20)), "bob@20"},
		{"merged, event lost", "merged", "", pull(merge(20), set(func(it *model.Item) { it.Events, it.MergedBy = nil, carol })), "carol@20"},
		{"draft", "draft", "", pull(draft(true), event(5, model.ReadyForReview, bob), event(7, model.ConvertToDraft, carol)), "alice@0 carol@7"},
		{"labeled by a bot", "labeled:lgtm", "", pull(labeled(5, "lgtm"), unlabeled(6, "lgtm"), labeled(7, "LGTM"), labeled(8, "x")), "renovate@5 renovate@7"},
		{"labeled with a renamed label", "labeled:ready", "", pull(labelEvent(10, model.Labeled, "7", "lgtm"), set(func(it *model.Item) { it.Labels = []model.Label{{ID: "7", Name: "ready"}} })), "renovate@10"},
		{"unlabeled", "unlabeled:lgtm", "", pull(labeled(5, "lgtm"), unlabeled(6, "lgtm"), unlabeled(9, "x")), "renovate@6"},
		{"approved, by whoever counts as a reviewer", "approved", "", pull(reviewed(5, 1, model.Approved, bob), reviewed(6, 2, model.Approved, alice), reviewed(7, 3, model.Approved, renovate), reviewed(8, 4, model.Dismissed, carol), dismissed(9, 4, model.Approved)), "bob@5 carol@8"},
		{"changes requested", "changes_requested", "", pull(reviewed(5, 1, model.Approved, bob), reviewed(6, 2, model.ChangesRequested, carol)), "carol@6"},
		{"review requested", "review_requested", "", pull(asked(5, "bob"), asked(5, "team:x"), unasked(6, "bob")), "alice@5 alice@5"},
		{"commented", "commented", "", pull(comment(5, bob), comment(6, renovate), reviewed(7, 1, model.ReviewCommented, bob)), "bob@5 renovate@6"},

		{"a comment that matches", "", "(?m)^/lgtm$", pull(writes(5, bob, "/lgtm"), writes(6, bob, "/lgtm cancel"), writes(7, carol, "/approve\n/lgtm"), writes(8, ghost, "/lgtm")), "bob@5 carol@7 ghost@8"},
		{"any comment, though nothing of it is kept", "", ".*", pull(comment(5, bob)), "bob@5"},
		{"either", "labeled:lgtm", "(?m)^/lgtm$", pull(writes(5, bob, "/lgtm"), labeled(5, "lgtm"), writes(9, carol, "/retest")), "renovate@5 bob@5"},
		{"both: once", "commented", "(?m)^/lgtm$", pull(writes(5, bob, "/lgtm"), writes(6, bob, "hm")), "bob@5 bob@6"},
		{"a comment that is gone", "commented", "", pull(comment(5, bob), goneEvent(50)), "bob@5"},
		{"a command that was taken back", "", "(?m)^/lgtm$", pull(writes(5, bob, "/hold"), set(func(it *model.Item) { it.Events[0].Before = []string{"/lgtm", "/retest"} })), "bob@5"},
		{"a command that was written again", "", "(?m)^/", pull(writes(5, bob, "/hold"), set(func(it *model.Item) { it.Events[0].Before = []string{"/lgtm", "/retest"} })), "bob@5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules := rulesFor(t)
			e := eventOf(t, model.PullRequest, "e", test.event, test.comment)
			e.ByAuthor = true
			rules.Events = []Event{eventOf(t, model.Issue, "other", "opened", ""), e}
			facts := Digest(rules)(test.item)
			var authored, counted []string
			for _, a := range facts.Configured.Authored {
				authored = append(authored, fmt.Sprintf("%s@%s", a.Author.Value(), offset(a.At)))
				counted = append(counted, "@"+offset(a.At))
			}
			if got := strings.Join(authored, " "); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			if got := noted(facts, EventsCounted); got != strings.Join(counted, " ") {
				t.Errorf("counted %s, want %s", got, strings.Join(counted, " "))
			}
		})
	}
}

func TestPullEvents(t *testing.T) {
	life := []change{writes(5, bob, "/retest"), writes(6, renovate, "/retest"), labeled(20, "needs-rebase"), merge(30), writes(30, bob, "/retest"), writes(31, bob, "/retest")}
	for _, test := range []struct {
		name string
		item *model.Item
		want string
	}{
		{"up to the merge, none too", pull(life...), "[retest] 1 3 [rebase] 1 1 [hold] 1 0"},
		{"before the merge", pull(life[:3]...), "[retest] 0 0 [rebase] 0 0 [hold] 0 0"},
		{"a bot's", pull(append(life, as(renovate))...), "[retest] 0 0 [rebase] 0 0 [hold] 0 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules := rulesFor(t)
			rules.Events = []Event{
				eventOf(t, model.PullRequest, "retest", "", "^/retest$"), eventOf(t, model.PullRequest, "rebase", "labeled:needs-rebase", ""),
				eventOf(t, model.Issue, "opened", "opened", ""), eventOf(t, model.PullRequest, "hold", "", "^/hold$"),
			}
			var got []string
			for _, c := range Evaluate([]*model.State{digested(rules, test.item)}, rules, forever).Cells(PullEvents) {
				got = append(got, fmt.Sprint(c.Labels, c.Distribution().Count, c.Distribution().Sum))
			}
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// authors makes comments of so many people: the first has written one, the
// second two and so on.
func authors(n int) []change {
	var changes []change
	for i := range n {
		for k := range i + 1 {
			changes = append(changes, writes(i*100+k, model.Actor{Login: fmt.Sprintf("p%03d", i+1)}, "/x"))
		}
	}
	return changes
}

func TestByAuthor(t *testing.T) {
	tied := []change{writes(1, carol, "/x"), writes(2, bob, "/x"), writes(3, alice, "/x"), writes(4, alice, "/x"), writes(5, model.Actor{Login: "other"}, "/x"), writes(6, ghost, "/x"), writes(7, renovate, "/x")}
	for _, test := range []struct {
		name        string
		item        *model.Item
		limit, at   int
		head        string // the first of them
		count       int
		other, room int
		beyond      int
	}{
		{"ties by login; somebody called other; ghosts; bots", pull(tied...), 0, 10, "alice 2 bob 1 carol 1 ghost 1 renovate 1", 6, 1, 50, 0},
		{"as of an instant", pull(tied...), 0, 2, "bob 1 carol 1", 3, 0, 50, 0},
		{"none", pull(), 0, 2, "", 1, 0, 50, 0},
		{"the window's start is not in it", pull(tied...), 0, 30*day + 3, "alice 1 ghost 1 renovate 1", 4, 1, 50, 0},
		{"fifty", pull(authors(50)...), 0, 9999, "p050 50 p049 49", 51, 0, 50, 0},
		{"more than fifty", pull(authors(52)...), 0, 9999, "p052 52 p051 51 p050 50", 51, 3, 50, 0},
		{"the series limit", pull(authors(52)...), 4, 9999, "p052 52 p051 51 p050 50", 4, 49 * 50 / 2, 3, 47},
		{"a series limit without room", pull(authors(3)...), 1, 9999, "", 1, 6, 0, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules := rulesFor(t)
			rules.SeriesLimit = test.limit
			rules.Events = []Event{eventOf(t, model.PullRequest, "e", "", ".")}
			rules.Events[0].ByAuthor = true
			f := Evaluate([]*model.State{digested(rules, test.item)}, rules, t0+model.Instant(test.at))
			list := f.ByAuthor()
			var head []string
			for _, a := range list[:len(list)-1] {
				head = append(head, fmt.Sprintf("%s %d", a.Author, a.Count))
			}
			if got := strings.Join(head, " "); !strings.HasPrefix(got, test.head) || test.count < 10 && got != test.head {
				t.Errorf("%s, want %s", got, test.head)
			}
			want := AuthorFigure{Kind: "pull_request", Event: "e", Window: "30d", Author: OtherLabel, Count: test.other}
			if diff := cmp.Diff(want, list[len(list)-1]); diff != "" || len(list) != test.count {
				t.Errorf("%d authors, want %d; %s", len(list), test.count, diff)
			}
			var beyond []Beyond
			if test.beyond > 0 {
				beyond = []Beyond{{EventsByAuthorMetric, test.beyond}}
			}
			if diff := cmp.Diff(beyond, f.Beyond()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBeyond(t *testing.T) {
	rules := rulesFor(t)
	rules.SeriesLimit = 4
	s := digested(rules, issue(labeled(1, "kind/a"), labeled(2, "kind/b"), bears("kind/a", "kind/b")), pull(labeled(1, "kind/a"), labeled(2, "kind/b"), bears("kind/a", "kind/b")))
	got := Evaluate([]*model.State{s}, rules, forever).Beyond()
	if diff := cmp.Diff([]Beyond{{IssuesLabeledMetric, 1}, {PullsLabeledMetric, 2}}, got); diff != "" {
		t.Error(diff)
	}
	if got := Evaluate([]*model.State{s}, rules, t0+1).Beyond(); len(got) != 1 {
		t.Errorf("%v before the second label appeared", got)
	}
	rules.SeriesLimit = 0
	if got := Evaluate([]*model.State{s}, rules, forever).Beyond(); got != nil {
		t.Errorf("%v without a limit", got)
	}
}
