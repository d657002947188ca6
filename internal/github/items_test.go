package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func list1(inner string) json.RawMessage { return json.RawMessage(inner) }

// issueNode and pullNode are the least of an item; changes are laid over them.
func issueNode(changes ...map[string]any) string {
	return object(map[string]any{
		"__typename": "Issue", "repository": map[string]any{"databaseId": 7},
		"id": "I_1", "number": 1, "issueState": "OPEN", "stateReason": nil, "createdAt": "2024-01-01T00:00:00Z",
		"updatedAt": "2024-01-02T00:00:00Z", "closedAt": nil, "body": "", "author": map[string]any{"__typename": "User", "login": "ann"},
		"comments": map[string]any{"totalCount": 3}, "labels": list1(emptyList), "issueTimeline": list1(emptyList),
	}, changes...)
}

func pullNode(changes ...map[string]any) string {
	return object(map[string]any{
		"__typename": "PullRequest", "repository": map[string]any{"databaseId": 7},
		"id": "PR_2", "number": 2, "pullState": "OPEN", "createdAt": "2024-01-01T00:00:00Z", "updatedAt": "2024-01-02T00:00:00Z",
		"closedAt": nil, "mergedAt": nil, "isDraft": false, "body": "", "author": nil, "mergedBy": nil, "mergeCommit": nil,
		"baseRefName": "main", "headRefOid": "bbb", "additions": 10, "deletions": 5, "totalCommentsCount": 4,
		"reviews": map[string]any{"totalCount": 2}, "labels": list1(emptyList), "closingIssuesReferences": list1(emptyList),
		"commits": list1(emptyList), "pullTimeline": list1(emptyList),
	}, changes...)
}

func readItem(t *testing.T, text string) (decoded, *Error) {
	t.Helper()
	var raw rawItem
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	return testReader.item(&raw, 1704500000)
}

const (
	jan1 = 1704067200 // 2024-01-01T00:00:00Z
	jan2 = jan1 + 86400
)

func TestIssue(t *testing.T) {
	events := nodes(
		`{"__typename":"ClosedEvent","id":"CE_1","createdAt":"2024-01-02T00:00:00Z","actor":{"__typename":"User","login":"bob"},"closeReason":"NOT_PLANNED"}`,
		`{"__typename":"IssueComment","id":"IC_1","fullDatabaseId":"91","body":"Hi\n/close","createdAt":"2024-01-01T01:00:00Z","updatedAt":"2024-01-01T02:00:00Z","author":{"__typename":"Bot","login":"dependabot"}}`,
		`{"__typename":"LabeledEvent","id":"LE_1","createdAt":"2024-01-01T00:00:00Z","actor":null,"label":{"id":"LA_1","name":"bug"}}`,
		`{"__typename":"UnlabeledEvent","id":"UE_1","createdAt":"2024-01-01T00:00:00Z","actor":null,"label":null}`,
		`{"__typename":"MilestonedEvent","id":"ME_1","createdAt":"2024-01-01T03:00:00Z","actor":{"__typename":"Mannequin","login":"old"},"milestoneTitle":"v1"}`,
		`{"__typename":"SomethingNewEvent","id":"X_1","createdAt":"2024-01-01T03:00:00Z"}`,
		`null`)
	d, e := readItem(t, issueNode(map[string]any{
		"issueState": "CLOSED", "stateReason": "NOT_PLANNED", "closedAt": "2024-01-02T00:00:00Z",
		"body": "Root cause: 1234567. Fixes #9.", "issueTimeline": list1(events),
		"labels": list1(nodes(`{"id":"LA_1","name":"bug"}`, `null`)),
	}))
	if e != nil {
		t.Fatal(e)
	}
	want := model.Item{
		Number: 1, Kind: model.Issue, NodeID: "I_1", Author: model.Actor{Login: "ann"}, CreatedAt: jan1, UpdatedAt: jan2, ClosedAt: jan2,
		Reason: "not_planned", Labels: []model.Label{{ID: "LA_1", Name: "bug"}}, Mentions: []model.Mention{{Kind: model.RootCause, OID: "1234567"}},
		Events: []model.Event{
			{ID: "LE_1", Kind: model.Labeled, At: jan1, Label: model.Label{ID: "LA_1", Name: "bug"}},
			{ID: "c91", Kind: model.Commented, At: jan1 + 3600, UpdatedAt: jan1 + 7200, Actor: model.Actor{Login: "dependabot", Bot: true}, Text: "/close"},
			{ID: "ME_1", Kind: model.Milestoned, At: jan1 + 3*3600, Actor: model.Actor{Login: "old"}, Ref: "v1"},
			{ID: "CE_1", Kind: model.Closed, At: jan2, Actor: model.Actor{Login: "bob"}, Reason: "not_planned"},
		},
		ReadAt: 1704500000, CommentCount: 3,
	}
	if diff := cmp.Diff(want, d.item); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"label": 2, "event": 2}, d.dropped); diff != "" {
		t.Error(diff)
	}
}

func TestPullRequest(t *testing.T) {
	event := func(kind, id, rest string) string {
		return fmt.Sprintf(`{"__typename":%q,"id":%q,"createdAt":"2024-01-01T00:00:00Z","actor":{"__typename":"User","login":"bob"}%s}`, kind, id, rest)
	}
	review := func(id, state string) string {
		return fmt.Sprintf(`{"__typename":"PullRequestReview","id":"PRR_%s","fullDatabaseId":%q,"reviewState":%q,"submittedAt":"2024-01-01T00:00:00Z","updatedAt":"2024-01-01T00:00:00Z","author":{"__typename":"User","login":"cy"}}`, id, id, state)
	}
	events := nodes(
		review("11", "APPROVED"), review("12", "PENDING"), review("13", "DISMISSED"), review("14", "PUZZLED"),
		event("ReviewDismissedEvent", "a", `,"previousReviewState":"CHANGES_REQUESTED","review":{"fullDatabaseId":"13"}`),
		event("ReviewDismissedEvent", "b", `,"previousReviewState":"APPROVED","review":null`),
		event("HeadRefForcePushedEvent", "c", `,"beforeCommit":{"oid":"aaa"}`),
		event("HeadRefForcePushedEvent", "d", `,"beforeCommit":null`),
		event("ReviewRequestedEvent", "e", `,"requestedReviewer":{"__typename":"Team","slug":"core"}`),
		event("ReviewRequestedEvent", "f", `,"requestedReviewer":{"__typename":"User","login":"cy"}`),
		event("ReviewRequestRemovedEvent", "g", `,"requestedReviewer":null`),
		event("MergedEvent", "h", `,"commit":{"oid":"ccc"}`),
		event("RemovedFromMergeQueueEvent", "i", `,"queueReason":"FAILED_CHECKS"`),
		event("ReadyForReviewEvent", "j", ``))
	d, e := readItem(t, pullNode(map[string]any{
		"pullState": "MERGED", "closedAt": "2024-01-02T00:00:00Z", "mergedAt": "2024-01-02T00:00:00Z", "isDraft": true,
		"mergedBy":                map[string]any{"__typename": "Bot", "login": "mergify"},
		"mergeCommit":             map[string]any{"oid": "ccc", "message": "Merge\n\nReverts #4"},
		"body":                    "Fixes #3",
		"closingIssuesReferences": list1(nodes(`{"number":3,"repository":{"name":"demo","owner":{"login":"octo"}}}`, `{"number":5,"repository":{"name":"thing","owner":{"login":"other"}}}`, `null`)),
		"commits": list1(nodes(
			`{"commit":{"oid":"abc","authoredDate":"2023-12-31T00:00:00+01:00","committedDate":"2024-01-01T00:00:00Z","message":"x\n\nThis reverts commit 7654321."}}`,
			`{"commit":{"oid":"abd","authoredDate":"1970-01-01T00:00:00Z","committedDate":"2044-01-01T00:00:00Z","message":"Fixes #3"}}`,
			`{"commit":null}`, `{"commit":{"oid":"abe","authoredDate":"99999-01-01T00:00:00Z","committedDate":"2024-01-01T00:00:00Z"}}`)),
		"pullTimeline": list1(events),
	}))
	if e != nil {
		t.Fatal(e)
	}
	bob, cy := model.Actor{Login: "bob"}, model.Actor{Login: "cy"}
	want := model.Item{
		Number: 2, Kind: model.PullRequest, NodeID: "PR_2", CreatedAt: jan1, UpdatedAt: jan2, ClosedAt: jan2, MergedAt: jan2, MergeOID: "ccc",
		MergedBy: model.Actor{Login: "mergify", Bot: true}, Draft: true, BaseRef: "main", HeadOID: "bbb", Additions: 10, Deletions: 5,
		Commits: []model.Commit{
			{OID: "abc", AuthoredAt: jan1 - 86400 - 3600, CommittedAt: jan1, Head: "bbb"},
			{OID: "abd", AuthoredAt: 0, CommittedAt: 2335219200, Head: "bbb"},
		},
		Closes: []model.ItemRef{{Number: 3}, {Owner: "other", Repo: "thing", Number: 5}},
		Mentions: []model.Mention{
			{Kind: model.Closes, Item: model.ItemRef{Number: 3}},
			{Kind: model.Reverts, Item: model.ItemRef{Number: 4}},
			{Kind: model.Reverts, OID: "7654321"},
		},
		Events: []model.Event{
			{ID: "a", Kind: model.ReviewDismissed, At: jan1, Actor: bob, State: model.ChangesRequested, Ref: "r13"},
			{ID: "b", Kind: model.ReviewDismissed, At: jan1, Actor: bob, State: model.Approved},
			{ID: "c", Kind: model.HeadRefForcePushed, At: jan1, Actor: bob, Ref: "aaa"},
			{ID: "d", Kind: model.HeadRefForcePushed, At: jan1, Actor: bob},
			{ID: "e", Kind: model.ReviewRequested, At: jan1, Actor: bob, Ref: "team:core"},
			{ID: "f", Kind: model.ReviewRequested, At: jan1, Actor: bob, Ref: "cy"},
			{ID: "g", Kind: model.ReviewRequestRemoved, At: jan1, Actor: bob},
			{ID: "h", Kind: model.Merged, At: jan1, Actor: bob, Ref: "ccc"},
			{ID: "i", Kind: model.RemovedFromMergeQueue, At: jan1, Actor: bob, Reason: "failed_checks"},
			{ID: "j", Kind: model.ReadyForReview, At: jan1, Actor: bob},
			{ID: "r11", Kind: model.Reviewed, At: jan1, UpdatedAt: jan1, Actor: cy, State: model.Approved},
			{ID: "r13", Kind: model.Reviewed, At: jan1, UpdatedAt: jan1, Actor: cy, State: model.Dismissed},
		},
		ReadAt: 1704500000, CommentCount: 4, ReviewCount: 2, CommitCount: 4,
	}
	if diff := cmp.Diff(want, d.item); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"closing": 1, "commit": 1, "commit_date": 1, "review_state": 1}, d.dropped); diff != "" {
		t.Error(diff)
	}
}

func TestDatabaseIDs(t *testing.T) {
	for ids, want := range map[string]string{
		`"fullDatabaseId":"5000000000","databaseId":7`:    "c5000000000",
		`"fullDatabaseId":"5000000000","databaseId":null`: "c5000000000",
		`"fullDatabaseId":null,"databaseId":7`:            "c7",
		`"fullDatabaseId":7`:                              "c7",
		`"fullDatabaseId":null,"databaseId":null`:         "",
	} {
		comment := `{"__typename":"IssueComment","id":"IC_1",` + ids + `,"body":"","createdAt":"2024-01-01T01:00:00Z","updatedAt":"2024-01-01T02:00:00Z"}`
		d, e := readItem(t, issueNode(map[string]any{"issueTimeline": list1(nodes(comment))}))
		switch {
		case e != nil:
			t.Errorf("%s: %v", ids, e)
		case want == "" && (len(d.item.Events) != 0 || d.dropped["event"] != 1):
			t.Errorf("%s: %+v, dropped %v", ids, d.item.Events, d.dropped)
		case want != "" && (len(d.item.Events) != 1 || d.item.Events[0].ID != want):
			t.Errorf("%s: %+v, want %s", ids, d.item.Events, want)
		}
	}
}

func TestActors(t *testing.T) {
	tests := []struct {
		raw  *rawActor
		want model.Actor
	}{
		{nil, model.Actor{}},
		{&rawActor{"User", "ghost"}, model.Actor{}},
		{&rawActor{"User", ""}, model.Actor{}},
		{&rawActor{"User", "ann"}, model.Actor{Login: "ann"}},
		{&rawActor{"Bot", "dependabot"}, model.Actor{Login: "dependabot", Bot: true}},
		{&rawActor{"Bot", "dependabot[bot]"}, model.Actor{Login: "dependabot", Bot: true}},
		{&rawActor{"User", "renovate[bot]"}, model.Actor{Login: "renovate", Bot: true}},
		{&rawActor{"Organization", "octo"}, model.Actor{Login: "octo"}},
	}
	for _, test := range tests {
		if got := actor(test.raw); got != test.want {
			t.Errorf("%+v gives %+v, want %+v", test.raw, got, test.want)
		}
	}
}

func more(end string, elements ...string) json.RawMessage {
	l := strings.Replace(nodes(elements...), `"hasNextPage":false,"endCursor":"END"`, `"hasNextPage":true,"endCursor":"`+end+`"`, 1)
	return json.RawMessage(strings.Replace(l, `{"totalCount":`, `{"filteredCount":77,"totalCount":`, 1))
}

func TestListsThatGoOnAreOverflow(t *testing.T) {
	d, e := readItem(t, pullNode(map[string]any{
		"labels": more("L"), "closingIssuesReferences": more("X"), "commits": more("C"), "pullTimeline": more("T"),
	}))
	if e != nil {
		t.Fatal(e)
	}
	list := func(c Connection, after string) Overflow {
		return Overflow{Number: 2, Kind: model.PullRequest, NodeID: "PR_2", Connection: c, After: after}
	}
	want := []Overflow{list(Closing, ""), list(Commits, "C"), list(Labels, ""), list(Timeline, "T")}
	if diff := cmp.Diff(want, d.overflow); diff != "" {
		t.Error(diff)
	}
	if d.item.TimelineEnd != "T" || d.item.TimelineCount != 77 {
		t.Errorf("the timeline ends at %q of %d", d.item.TimelineEnd, d.item.TimelineCount)
	}
}

// An answer that lacks what every item has was cut by GitHub's own limits.
func TestHalfItemsAreRefused(t *testing.T) {
	null := func(field string) map[string]any { return map[string]any{field: nil} }
	for _, test := range []struct {
		name, text string
	}{
		{"no id", issueNode(null("id"))},
		{"no number", issueNode(null("number"))},
		{"no state", issueNode(null("issueState"))},
		{"unknown state", issueNode(map[string]any{"issueState": "PONDERED"})},
		{"no creation", issueNode(null("createdAt"))},
		{"no update", issueNode(null("updatedAt"))},
		{"no labels", issueNode(null("labels"))},
		{"no timeline", issueNode(null("issueTimeline"))},
		{"no count of comments", issueNode(null("comments"))},
		{"closed without time", issueNode(map[string]any{"issueState": "CLOSED"})},
		{"merged without time", pullNode(map[string]any{"pullState": "MERGED"})},
		{"no commits", pullNode(null("commits"))},
		{"no closing references", pullNode(null("closingIssuesReferences"))},
		{"no reviews", pullNode(null("reviews"))},
		{"no pull timeline", pullNode(null("pullTimeline"))},
	} {
		if d, e := readItem(t, test.text); e == nil || !e.Temporary {
			t.Errorf("%s: %v, %+v", test.name, e, d.item)
		}
	}
}

// Titles and bodies end at the decoder.
func TestNoTextIsKept(t *testing.T) {
	const words = "confidential sentence"
	d, e := readItem(t, pullNode(map[string]any{
		"body": words, "mergeCommit": map[string]any{"oid": "c", "message": words}, "pullState": "MERGED",
		"mergedAt": "2024-01-02T00:00:00Z", "closedAt": "2024-01-02T00:00:00Z",
		"commits":      list1(nodes(`{"commit":{"oid":"a","authoredDate":"2024-01-01T00:00:00Z","committedDate":"2024-01-01T00:00:00Z","message":"` + words + `"}}`)),
		"pullTimeline": list1(nodes(`{"__typename":"IssueComment","id":"x","fullDatabaseId":"1","body":"` + words + `","createdAt":"2024-01-01T00:00:00Z"}`)),
	}))
	if e != nil {
		t.Fatal(e)
	}
	if text := fmt.Sprintf("%+v", d); strings.Contains(text, "confidential") {
		t.Error(text)
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte(page("issues", nodes(issueNode()))))
	f.Add([]byte(page("pullRequests", nodes(pullNode(map[string]any{"pullTimeline": more("T", "null")})))))
	f.Add([]byte(`{"data":{"node":null},"errors":[{"type":"NOT_FOUND","path":["node",1,null],"extensions":{"code":1}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		env, err := parseEnvelope(body)
		if err != nil {
			return
		}
		if env.failure() != nil {
			return
		}
		for _, kind := range both {
			req := PageRequest{Repo: testRepo, After: "A"}
			got, err := testReader.page(&reply{env, 1}, kind, req)
			var e *Error
			if err != nil {
				if !errors.As(err, &e) || len(got.Items) > 0 || got.EndCursor != "" {
					t.Fatalf("%v with %+v", err, got)
				}
				continue
			}
			if got.EndCursor == "" || got.HasNext && got.EndCursor == "A" {
				t.Fatalf("the page cannot be continued: %+v", got.PageInfo)
			}
			for _, item := range got.Items {
				if item.Number <= 0 || item.NodeID == "" || item.Kind != kind || item.CreatedAt == 0 || item.UpdatedAt == 0 {
					t.Fatalf("half an item: %+v", item)
				}
				for _, event := range item.Events {
					if event.ID == "" || event.At == 0 || event.Kind == 0 {
						t.Fatalf("half an event: %+v", event)
					}
				}
			}
		}
	})
}
