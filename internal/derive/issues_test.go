package derive

import (
	"testing"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestIssueObservations(t *testing.T) {
	for _, test := range []observationCase{
		{
			"opened and left", issue(), nil,
			[]string{"0 issues_opened_total{human}"},
		},
		{
			"opened by a bot: counted apart, without durations",
			issue(as(renovate), comment(10, bob), closed(20, "completed")), nil,
			[]string{"0 issues_opened_total{bot}", "10 issue_comments_total{human}", "20 issues_closed_total{completed}"},
		},
		{
			"opened by a bot of the project's list", issue(as(helper), closed(20, "completed")),
			[]string{"opened", "seconds"},
			[]string{"0 issues_opened_total{bot}"},
		},
		{
			"the author and bots do not respond, a human does, once",
			issue(comment(1, alice), comment(2, renovate), comment(3, helper), comment(4, bob), comment(5, carol)),
			[]string{"response"},
			[]string{"4 issue_first_response_seconds 4"},
		},
		{
			"everybody's comments count", issue(comment(1, alice), comment(2, renovate), comment(3, helper), comment(4, ghost)),
			[]string{"comments"},
			[]string{"1 issue_comments_total{human}", "2 issue_comments_total{bot}", "3 issue_comments_total{bot}", "4 issue_comments_total{human}"},
		},
		{
			"a ghost answers a ghost", issue(as(ghost), comment(7, ghost)),
			[]string{"response", "opened"},
			[]string{"0 issues_opened_total{human}", "7 issue_first_response_seconds 7"},
		},
		{
			"a response in the second of the creation", issue(comment(0, bob)),
			[]string{"response"},
			[]string{"0 issue_first_response_seconds 0"},
		},
		{
			"a comment that was deleted since still was the response",
			issue(event(5, model.Commented, bob, func(e *model.Event) { e.GoneAt = t0 + 100 })),
			[]string{"response", "comments"},
			[]string{"5 issue_comments_total{human}", "5 issue_first_response_seconds 5"},
		},
		{
			"a comment dated before the creation is no response", issue(comment(-5, bob)), []string{"response"}, nil,
		},
		{
			"each closing is observed from the creation on",
			issue(closed(10, "completed"), reopened(20), closed(30, "not_planned"), reopened(40), closed(50, "duplicate")), nil,
			[]string{
				"0 issues_opened_total{human}", "10 issues_closed_total{completed}", "10 issue_close_seconds 10",
				"20 issues_reopened_total{human}", "30 issues_closed_total{not_planned}", "30 issue_close_seconds 30",
				"40 issues_reopened_total{human}", "50 issues_closed_total{duplicate}", "50 issue_close_seconds 50",
			},
		},
		{
			"a null or new reason is unknown", issue(closed(10, ""), reopened(11), closed(12, "weather")),
			[]string{"closed"},
			[]string{"10 issues_closed_total{unknown}", "12 issues_closed_total{unknown}"},
		},
		{
			"closed while closed is none", issue(closed(10, "completed"), closed(20, "not_planned")),
			[]string{"close"},
			[]string{"10 issues_closed_total{completed}", "10 issue_close_seconds 10"},
		},
		{
			"closed, reopened and closed in one second, listed in any order",
			issue(reopened(10), closed(10, "completed"), closed(10, "completed")),
			[]string{"close", "reopen"},
			[]string{
				"10 issues_reopened_total{human}", "10 issues_closed_total{completed}", "10 issues_closed_total{completed}",
				"10 issue_close_seconds 10", "10 issue_close_seconds 10",
			},
		},
		{
			"a closing whose event is lost", issue(set(func(it *model.Item) { it.ClosedAt, it.Reason = t0+30, "not_planned" })),
			[]string{"close"},
			[]string{"30 issues_closed_total{not_planned}", "30 issue_close_seconds 30"},
		},
		{
			"the second closing's event is lost",
			issue(closed(10, "completed"), reopened(20), set(func(it *model.Item) { it.ClosedAt = t0 + 30 })),
			[]string{"close"},
			[]string{
				"10 issues_closed_total{completed}", "10 issue_close_seconds 10",
				"30 issues_closed_total{unknown}", "30 issue_close_seconds 30",
			},
		},
		{
			"a reopening whose event is lost is not counted",
			issue(closed(10, "completed"), set(func(it *model.Item) { it.ClosedAt = 0 })),
			[]string{"close", "reopen"},
			[]string{"10 issues_closed_total{completed}", "10 issue_close_seconds 10"},
		},
		{
			"a reopening whose closing is lost is counted", issue(reopened(10)),
			[]string{"close", "reopen"},
			[]string{"10 issues_reopened_total{human}"},
		},
		{
			"conversion to a discussion closes, but is no duration",
			issue(closed(99, "completed"), event(100, model.ConvertedToDiscussion, bob)),
			[]string{"close"},
			[]string{"99 issues_closed_total{completed}"},
		},
		{
			"a closing after a transfer is no duration, one long before it is",
			issue(closed(10, "completed"), reopened(20), event(1000, model.Transferred, bob), closed(2000, "completed")),
			[]string{"close_"},
			[]string{"10 issue_close_seconds 10"},
		},
		{
			"a closing dated before the creation is counted, not timed", issue(closed(-10, "completed")),
			[]string{"close"},
			[]string{"-10 issues_closed_total{completed}"},
		},
		{
			"what is gone keeps what it was", issue(closed(10, "completed"), set(func(it *model.Item) { it.GoneAt, it.Gone = t0+20, "deleted" })), nil,
			[]string{"0 issues_opened_total{human}", "10 issues_closed_total{completed}", "10 issue_close_seconds 10"},
		},
		{"read in part only", issue(comment(5, bob), set(func(it *model.Item) { it.CreatedAt = 0 })), nil, nil},
		{"of a kind that is not known", issue(comment(5, bob), set(func(it *model.Item) { it.Kind = 0 })), nil, nil},
		{"a review of an issue is none", issue(reviewed(5, 1, model.Approved, bob)), []string{"review"}, nil},
		{
			"an event without an instant is left out, the rest counts", issue(comment(5, bob), event(-int(t0), model.Commented, bob)),
			[]string{"comments"},
			[]string{"5 issue_comments_total{human}"},
		},
	} {
		t.Run(test.name, test.run)
	}
}
