package derive

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// observationCase is an item and those of its observations that contain a word of about.
type observationCase struct {
	name  string
	item  *model.Item
	about []string
	want  []string
}

func (c observationCase) run(t *testing.T) {
	if diff := cmp.Diff(c.want, shown(Digest(rulesFor(t))(c.item), c.about...)); diff != "" {
		t.Error(diff)
	}
}

func TestPullObservations(t *testing.T) {
	whole := pull(
		comment(100, bob), reviewed(200, 1, model.ChangesRequested, bob), event(250, model.HeadRefForcePushed, alice),
		reviewed(300, 2, model.Approved, carol), merge(400), closed(400, ""),
		set(func(it *model.Item) { it.Additions, it.Deletions = 30, 12 }),
	)
	for _, test := range []observationCase{
		{"a whole life", whole, nil, []string{
			"0 pull_requests_opened_total{human}",
			"100 pull_request_comments_total{conversation,human}", "100 pull_request_first_response_seconds 100",
			"200 pull_request_reviews_total{changes_requested,human}", "200 pull_request_first_review_seconds 200",
			"300 pull_request_reviews_total{approved,human}", "300 pull_request_first_approval_seconds 300",
			"400 pull_requests_merged_total{human}", "400 pull_request_merge_seconds 400",
			"400 pull_request_size_lines 42", "400 pull_request_review_rounds 1", "400 pull_request_commits 1",
			"400 change_stage_seconds{coding} 60", "400 change_stage_seconds{pickup} 200", "400 change_stage_seconds{review} 100", "400 change_stage_seconds{merge_wait} 100",
		}},
		{"a bot's: counted apart, without durations and sizes", build(pull(as(renovate), reviewed(5, 1, model.Approved, bob), merge(9)), nil), nil, []string{
			"0 pull_requests_opened_total{bot}", "5 pull_request_reviews_total{approved,human}", "9 pull_requests_merged_total{bot}",
		}},
		{
			"merged although its event is lost", pull(set(func(it *model.Item) { it.MergedAt, it.ClosedAt = t0+50, t0+50 })),
			[]string{"merge"},
			[]string{"50 pull_requests_merged_total{human}", "50 pull_requests_merged_unreviewed_total{human}", "50 pull_request_merge_seconds 50", "50 change_stage_missing_total{merge_wait,no_approval}"},
		},
		{
			"merged without a list of commits", pull(merge(9), set(func(it *model.Item) { it.Commits = nil })),
			[]string{"commits", "size"},
			[]string{"9 pull_request_size_lines 0", "9 change_stage_missing_total{coding,no_commits}"},
		},
		{
			"commits at the merge, whenever they say they were made", pull(merge(90), set(func(it *model.Item) {
				it.Commits = []model.Commit{
					{OID: "a", CommittedAt: t0 + 10, Head: "before"},
					{OID: "b", CommittedAt: t0 + 20, Head: "head"},
					{OID: "c", CommittedAt: t0 + 900, Head: "head"},
					{OID: "d", Head: "head"},
				}
			})),
			[]string{"commits"},
			[]string{"90 pull_request_commits 3"},
		},
	} {
		t.Run(test.name, test.run)
	}
}

func TestPullClosings(t *testing.T) {
	for _, test := range []observationCase{
		{
			"each closing without a merge", pull(closed(10, ""), reopened(20), closed(30, "")),
			[]string{"close", "reopen"},
			[]string{
				"10 pull_requests_closed_total{human}", "10 pull_request_close_seconds 10", "20 pull_requests_reopened_total{human}",
				"30 pull_requests_closed_total{human}", "30 pull_request_close_seconds 30",
			},
		},
		{"closed while closed", pull(closed(10, ""), closed(15, "")), []string{"closed_total"}, []string{"10 pull_requests_closed_total{human}"}},
		{"the merge's closing, in its second", pull(merge(100), closed(100, "")), []string{"close"}, nil},
		{"the merge's closing, a second later", pull(merge(100), closed(101, "")), []string{"close"}, nil},
		{"the merge's closing, long after", pull(merge(100), closed(5000, "")), []string{"close"}, nil},
		{"the merge's closing, seconds before", pull(closed(97, ""), merge(100)), []string{"close"}, nil},
		{
			"closed for good just before, since it was reopened", pull(closed(90, ""), reopened(95), closed(100, ""), merge(100)),
			[]string{"close", "reopen"},
			[]string{"90 pull_requests_closed_total{human}", "90 pull_request_close_seconds 90", "95 pull_requests_reopened_total{human}"},
		},
		{
			"closed an hour before the merge: the reopening is lost", pull(closed(10, ""), merge(3610)),
			[]string{"close", "reopen"},
			[]string{"10 pull_requests_closed_total{human}", "10 pull_request_close_seconds 10"},
		},
		{
			"an unmerged closing whose event is lost", pull(set(func(it *model.Item) { it.ClosedAt = t0 + 7 })),
			[]string{"close"},
			[]string{"7 pull_requests_closed_total{human}", "7 pull_request_close_seconds 7"},
		},
		{
			"closed as a draft: no r, no duration", pull(draft(true), closed(10, "")),
			[]string{"close"},
			[]string{"10 pull_requests_closed_total{human}"},
		},
		{
			"closed before it was ready: the end is before the start",
			pull(draft(true), closed(10, ""), reopened(20), event(30, model.ReadyForReview, alice), draft(false), closed(50, "")),
			[]string{"close_"},
			[]string{"50 pull_request_close_seconds 20"},
		},
	} {
		t.Run(test.name, test.run)
	}
}

func TestReadyForReview(t *testing.T) {
	ready := func(after int) change { return event(after, model.ReadyForReview, alice) }
	convert := func(after int) change { return event(after, model.ConvertToDraft, alice) }
	about := []string{"response", "first_review", "merge_seconds"}
	for _, test := range []observationCase{
		{"opened ready", pull(reviewed(10, 1, model.Approved, bob), merge(20)), about, []string{
			"10 pull_request_first_response_seconds 10", "10 pull_request_first_review_seconds 10", "20 pull_request_merge_seconds 20",
		}},
		{"opened as a draft, ready later: what came before does not count", pull(
			comment(3, bob), reviewed(4, 1, model.Approved, bob), ready(5), reviewed(15, 2, model.Approved, bob), merge(25)), about, []string{
			"15 pull_request_first_response_seconds 10", "15 pull_request_first_review_seconds 10", "25 pull_request_merge_seconds 20",
		}},
		{"only the first ready_for_review counts", pull(ready(5), convert(6), ready(50), reviewed(60, 1, model.Approved, bob)), about, []string{
			"60 pull_request_first_response_seconds 55", "60 pull_request_first_review_seconds 55",
		}},
		{"opened ready, a draft for a while", pull(convert(6), comment(8, bob), ready(50), merge(60)), about, []string{
			"8 pull_request_first_response_seconds 8", "60 pull_request_merge_seconds 60",
		}},
		{"converted and ready in one second, ready at the end: opened ready", pull(ready(6), convert(6), comment(8, bob)), about, []string{
			"8 pull_request_first_response_seconds 8",
		}},
		{"opened as a draft, never ready, but merged", pull(draft(true), reviewed(10, 1, model.Approved, bob), merge(20)), about, nil},
		{"a response in the second in which it became ready", pull(ready(5), comment(5, bob)), about, []string{
			"5 pull_request_first_response_seconds 0",
		}},
		{"merged before it was ready", pull(merge(20), ready(30)), about, nil},
	} {
		t.Run(test.name, test.run)
	}
}

func TestReviews(t *testing.T) {
	for _, test := range []observationCase{
		{
			"by the author, bots and a human", pull(
				reviewed(1, 1, model.ReviewCommented, alice), reviewed(2, 2, model.Approved, renovate),
				reviewed(3, 3, model.Approved, helper), reviewed(4, 4, model.ReviewCommented, bob), reviewed(5, 5, model.Approved, carol)),
			[]string{"review"},
			[]string{
				"1 pull_request_reviews_total{commented,human}", "2 pull_request_reviews_total{approved,bot}",
				"3 pull_request_reviews_total{approved,bot}", "4 pull_request_reviews_total{commented,human}",
				"4 pull_request_first_review_seconds 4", "5 pull_request_reviews_total{approved,human}",
			},
		},
		{
			"a review is a response", pull(reviewed(4, 4, model.ReviewCommented, bob), comment(9, bob)),
			[]string{"response"},
			[]string{"4 pull_request_first_response_seconds 4"},
		},
		{
			"an approval that is dismissed later was the first approval",
			pull(reviewed(4, 1, model.Dismissed, bob), dismissed(8, 1, model.Approved)),
			[]string{"review", "approval"},
			[]string{
				"4 pull_request_reviews_total{approved,human}", "4 pull_request_first_review_seconds 4",
				"4 pull_request_first_approval_seconds 4", "8 pull_request_reviews_total{dismissed,human}",
			},
		},
		{
			"the state that was read before the dismissal is the one",
			pull(reviewed(4, 1, model.ReviewCommented, bob), dismissed(8, 1, model.Approved)),
			[]string{"reviews"},
			[]string{"4 pull_request_reviews_total{commented,human}", "8 pull_request_reviews_total{dismissed,human}"},
		},
		{
			"a bot's dismissed review stays a bot's", pull(reviewed(4, 1, model.Dismissed, renovate), dismissed(8, 1, model.ChangesRequested)),
			[]string{"reviews"},
			[]string{"4 pull_request_reviews_total{changes_requested,bot}", "8 pull_request_reviews_total{dismissed,bot}"},
		},
		{
			"dismissed without its dismissal: a review in a state that is lost", pull(reviewed(4, 1, model.Dismissed, bob)),
			[]string{"review"},
			[]string{"4 pull_request_first_review_seconds 4"},
		},
		{
			"a dismissal of a review that is lost", pull(dismissed(8, 1, model.Approved)),
			[]string{"review"},
			[]string{"8 pull_request_reviews_total{dismissed,human}"},
		},
		{
			"after the merge: a response, no review", pull(merge(10), reviewed(11, 1, model.Approved, bob)),
			[]string{"first", "unreviewed"},
			[]string{"10 pull_requests_merged_unreviewed_total{human}", "11 pull_request_first_response_seconds 11"},
		},
		{
			"in the second of the merge", pull(reviewed(10, 1, model.Approved, bob), merge(10)),
			[]string{"first", "unreviewed", "rounds"},
			[]string{
				"10 pull_request_first_response_seconds 10", "10 pull_request_first_review_seconds 10", "10 pull_request_first_approval_seconds 10",
			},
		},
		{
			"merged with the reviews of its author and of bots: unreviewed",
			pull(reviewed(1, 1, model.Approved, alice), reviewed(2, 2, model.Approved, renovate), merge(10)),
			[]string{"unreviewed"},
			[]string{"10 pull_requests_merged_unreviewed_total{human}"},
		},
		{
			"a bot's, reviewed before it was ready: reviewed",
			pull(as(renovate), reviewed(1, 1, model.ReviewCommented, bob), event(5, model.ReadyForReview, alice), merge(10)),
			[]string{"unreviewed"},
			nil,
		},
		{
			"a ghost reviews a ghost's", pull(as(ghost), reviewed(3, 1, model.Approved, ghost)),
			[]string{"first_"},
			[]string{
				"3 pull_request_first_response_seconds 3", "3 pull_request_first_review_seconds 3", "3 pull_request_first_approval_seconds 3",
			},
		},
	} {
		t.Run(test.name, test.run)
	}
}

// onLines adds a review comment; reply names the comment that began its thread.
func onLines(after int, id, review, reply int64, by model.Actor) change {
	return func(item *model.Item) {
		item.ReviewComments = append(item.ReviewComments, model.ReviewComment{
			ID: id, Review: review, ReplyTo: reply, Author: by, CreatedAt: t0 + model.Instant(after),
		})
	}
}

func TestPullComments(t *testing.T) {
	for _, test := range []observationCase{
		{
			"a comment on a line is there when its review is submitted, or later",
			pull(onLines(5, 1, 7, 0, bob), onLines(30, 2, 7, 1, renovate), reviewed(20, 7, model.ReviewCommented, bob)),
			[]string{"comments_total", "response"},
			[]string{
				"20 pull_request_comments_total{review,human}", "20 pull_request_first_response_seconds 20",
				"30 pull_request_comments_total{review,bot}",
			},
		},
		{
			"of a review that is not known, from its creation on; it is no response", pull(onLines(5, 1, 7, 0, bob), onLines(6, 2, 0, 0, bob)),
			[]string{"comments_total", "response"},
			[]string{"5 pull_request_comments_total{review,human}", "6 pull_request_comments_total{review,human}"},
		},
		{
			"the conversation's, by everybody", pull(comment(1, alice), comment(2, helper)),
			[]string{"comments_total"},
			[]string{"1 pull_request_comments_total{conversation,human}", "2 pull_request_comments_total{conversation,bot}"},
		},
	} {
		t.Run(test.name, test.run)
	}
}

func TestLastApproval(t *testing.T) {
	for _, test := range []struct {
		name string
		item *model.Item
		want int // seconds after the creation, -1 for none
	}{
		{"the last of several", pull(reviewed(5, 1, model.Approved, bob), reviewed(7, 2, model.Approved, carol), merge(10)), 7},
		{"dismissed before the merge", pull(reviewed(5, 1, model.Approved, bob), reviewed(7, 2, model.Dismissed, carol), dismissed(8, 2, model.Approved), merge(10)), 5},
		{"dismissed after the merge", pull(reviewed(5, 1, model.Approved, bob), reviewed(7, 2, model.Dismissed, carol), dismissed(18, 2, model.Approved), merge(10)), 7},
		{"dismissed in the merge's second", pull(reviewed(7, 2, model.Dismissed, carol), dismissed(10, 2, model.Approved), merge(10)), 7},
		{"in the merge's second", pull(reviewed(10, 1, model.Approved, bob), merge(10)), -1},
		{"by the author, a bot, after the merge", pull(reviewed(5, 1, model.Approved, alice), reviewed(7, 2, model.Approved, helper), merge(10), reviewed(11, 3, model.Approved, bob)), -1},
		{"before it was ready", pull(reviewed(5, 1, model.Approved, bob), event(6, model.ReadyForReview, alice), merge(10)), -1},
		{"not merged", pull(reviewed(5, 1, model.Approved, bob)), -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			rules := rulesFor(t)
			got := newLife(test.item, &rules).lastApproval
			if want := t0 + model.Instant(test.want); test.want < 0 && got != 0 || test.want >= 0 && got != want {
				t.Errorf("last approval %d s after the creation, want %d", got-t0, test.want)
			}
		})
	}
}

func TestReviewRounds(t *testing.T) {
	push := func(after int) change { return event(after, model.HeadRefForcePushed, alice) }
	commit := func(after int, head string) change {
		return func(it *model.Item) {
			it.Commits = append(it.Commits, model.Commit{OID: string(rune('a' + after)), CommittedAt: t0 + model.Instant(after), Head: head})
		}
	}
	changes := func(after, id int) change { return reviewed(after, id, model.ChangesRequested, bob) }
	approval := reviewed(80, 99, model.Approved, carol)
	for _, test := range []struct {
		name string
		item *model.Item
		want int
	}{
		{"approved at once", pull(approval, merge(90)), 0},
		{"changes requested, pushed", pull(changes(10, 1), push(20), approval, merge(90)), 1},
		{"a commit is a push", pull(changes(10, 1), commit(20, "head"), approval, merge(90)), 1},
		{"a commit from before a force-push is none, the force-push is", pull(changes(10, 1), commit(20, "old"), push(25), approval, merge(90)), 1},
		{"a commit from before a force-push alone", pull(changes(10, 1), commit(20, "old"), approval, merge(90)), 0},
		{"two reviews, one push", pull(changes(10, 1), changes(15, 2), push(20), approval, merge(90)), 1},
		{"one review, two pushes", pull(changes(10, 1), push(20), push(30), approval, merge(90)), 1},
		{"two rounds", pull(changes(10, 1), push(20), changes(30, 2), commit(40, "head"), approval, merge(90)), 2},
		{"pushed before the review only", pull(push(5), changes(10, 1), approval, merge(90)), 0},
		{"pushed in the review's second", pull(changes(10, 1), push(10), approval, merge(90)), 0},
		{"pushed in the last approval's second", pull(changes(10, 1), push(80), approval, merge(90)), 1},
		{"pushed after the last approval", pull(changes(10, 1), push(85), approval, merge(90)), 0},
		{"reviewed after the last approval", pull(approval, changes(82, 1), push(85), merge(90)), 0},
		{"a comment without a thread does not block", pull(reviewed(10, 1, model.ReviewCommented, bob), push(20), approval, merge(90)), 0},
		{"a comment with a thread blocks", pull(reviewed(10, 1, model.ReviewCommented, bob), onLines(9, 1, 1, 0, bob), push(20), approval, merge(90)), 1},
		{"a reply begins no thread", pull(reviewed(10, 1, model.ReviewCommented, bob), onLines(9, 2, 1, 1, bob), push(20), approval, merge(90)), 0},
		{"the author's and bots' reviews do not block", pull(
			reviewed(8, 5, model.ReviewCommented, bob), reviewed(10, 1, model.ReviewCommented, alice), onLines(9, 1, 1, 0, alice),
			reviewed(11, 2, model.ChangesRequested, renovate), push(20), approval, merge(90)), 0},
		{"an approval with a thread does not block", pull(
			reviewed(10, 1, model.Approved, bob), onLines(9, 1, 1, 0, bob), push(20), approval, merge(90)), 0},
		{"a dismissed request for changes blocked", pull(
			reviewed(10, 1, model.Dismissed, bob), push(20), dismissed(30, 1, model.ChangesRequested), approval, merge(90)), 1},
		{"from f on: before it was ready does not count", pull(
			changes(5, 1), push(6), event(7, model.ReadyForReview, alice), changes(10, 2), push(12), approval, merge(90)), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []int64
			for _, o := range Digest(rulesFor(t))(test.item).Observed {
				if o.Series == PullRounds {
					got = append(got, int64(o.Value))
				}
			}
			if diff := cmp.Diff([]int64{int64(test.want)}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
