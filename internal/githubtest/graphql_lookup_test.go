package githubtest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLookups finds single things, and narrows and orders lists.
func TestLookups(t *testing.T) {
	tests := []struct{ selection, want string }{
		{`release(tagName: "v0.2") { tagName isPrerelease }`, `"release":{"tagName":"v0.2","isPrerelease":true}`},
		{`release(tagName: "v0.3") { tagName }`, `"release":null`},
		{`milestone(number: 2) { title state progressPercentage }`, `"milestone":{"title":"v2","state":"CLOSED","progressPercentage":0}`},
		{`milestones(first: 2, states: [CLOSED]) { nodes { number } }`, `"milestones":{"nodes":[{"number":2}]}`},
		{
			`label(name: "KIND/BUG") { name issues(first: 3) { totalCount nodes { number } } }`,
			`"label":{"name":"kind/bug","issues":{"totalCount":2,"nodes":[{"number":1},{"number":2}]}}`,
		},
		{`label(name: "bug") { name }`, `"label":null`},
		{`labels(first: 3, query: "doc") { nodes { name } }`, `"labels":{"nodes":[{"name":"docs"}]}`},
		{`pullRequests(first: 3, baseRefName: "main", headRefName: "fly") { nodes { number } }`, `"pullRequests":{"nodes":[{"number":3}]}`},
		{`pullRequests(first: 3, baseRefName: "next") { totalCount }`, `"pullRequests":{"totalCount":0}`},
		{
			`pullRequests(first: 3, labels: ["docs"]) { nodes { number isDraft isCrossRepository headRepositoryOwner { login } } }`,
			`"pullRequests":{"nodes":[{"number":4,"isDraft":true,"isCrossRepository":true,"headRepositoryOwner":{"login":"bob"}}]}`,
		},
		{`issues(first: 3, filterBy: {createdBy: "alice", states: [OPEN]}) { nodes { number } }`, `"issues":{"nodes":[{"number":1}]}`},
		{
			`pullRequest(number: 4) { reviewRequests(first: 5) { nodes { requestedReviewer { __typename ... on User { login } ... on Team { slug } } } } }`,
			`"pullRequest":{"reviewRequests":{"nodes":[{"requestedReviewer":{"__typename":"User","login":"alice"}},{"requestedReviewer":{"__typename":"Team","slug":"core"}}]}}`,
		},
		{
			`pullRequest(number: 3) { reviewDecision reviews(first: 5, states: [APPROVED]) { totalCount } latestReviews(first: 5) { nodes { state } }
			reviewThreads(first: 5) { nodes { path isResolved comments(first: 5) { nodes { fullDatabaseId replyTo { fullDatabaseId } } } } } }`,
			`"pullRequest":{"reviewDecision":"APPROVED","reviews":{"totalCount":1},"latestReviews":{"nodes":[{"state":"APPROVED"}]},` +
				`"reviewThreads":{"nodes":[{"path":"main.go","isResolved":false,"comments":{"nodes":[{"fullDatabaseId":"911","replyTo":null},` +
				`{"fullDatabaseId":"912","replyTo":{"fullDatabaseId":"911"}}]}}]}}`,
		},
		{
			`issue(number: 2) { stateReason participants(first: 5) { totalCount } milestone { title } }`,
			`"issue":{"stateReason":"NOT_PLANNED","participants":{"totalCount":0},"milestone":null}`,
		},
		{
			`issue(number: 1) { closedByPullRequestsReferences(first: 5) { nodes { number closingIssuesReferences(first: 5) { nodes { number } } } } }`,
			`"issue":{"closedByPullRequestsReferences":{"nodes":[{"number":3,"closingIssuesReferences":{"nodes":[{"number":1}]}}]}}`,
		},
		{
			`deployments(first: 5, environments: ["staging"], orderBy: {field: CREATED_AT, direction: DESC}) { nodes { state creator { login } } }`,
			`"deployments":{"nodes":[{"state":"ABANDONED","creator":{"login":"ghost"}}]}`,
		},
		{`object(expression: "HEAD") { oid }`, fmt.Sprintf(`"object":{"oid":%q}`, oidOf(6))},
		{`object(expression: "` + oidOf(3) + `") { abbreviatedOid }`, fmt.Sprintf(`"object":{"abbreviatedOid":%q}`, oidOf(3)[:7])},
		{`object(expression: "nope") { oid }`, `"object":null`},
		{`owner { repository(name: "rocket") { name } }`, `"owner":{"repository":{"name":"rocket"}}`},
		{`owner { repositories(first: 5, visibility: PRIVATE) { nodes { name } } }`, `"owner":{"repositories":{"nodes":[{"name":"secret"}]}}`},
		{`owner { repositories(first: 5, isArchived: true) { totalCount } }`, `"owner":{"repositories":{"totalCount":0}}`},
		{
			`owner { repositories(first: 5, orderBy: {field: STARGAZERS, direction: DESC}) { nodes { name } } }`,
			`"owner":{"repositories":{"nodes":[{"name":"rocket"},{"name":"secret"}]}}`,
		},
		{
			`owner { repositories(first: 5, orderBy: {field: PUSHED_AT, direction: ASC}) { nodes { name } } }`,
			`"owner":{"repositories":{"nodes":[{"name":"secret"},{"name":"rocket"}]}}`,
		},
	}
	a := sampleAsker(t)
	for _, test := range tests {
		if diff := cmp.Diff(`{"repository":{`+test.want+`}}`, a.data(rocket(test.selection), nil)); diff != "" {
			t.Errorf("%s: %s", test.selection, diff)
		}
	}
}

// TestDuplicates shows the reason duplicate to those who ask for it only.
func TestDuplicates(t *testing.T) {
	d := story()
	d.Repos[0].Item(2).Events[1].Reason = "duplicate"
	got := newAsker(t, hour(4), d).data(rocket(`issue(number: 2) { stateReason new: stateReason(enableDuplicate: true)
		timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes { ... on ClosedEvent { stateReason } } } }`), nil)
	want := `{"repository":{"issue":{"stateReason":"NOT_PLANNED","new":"DUPLICATE","timelineItems":{"nodes":[{"stateReason":"DUPLICATE"}]}}}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestBarred shows that a blocked repository is refused, and that one without issues has none.
func TestBarred(t *testing.T) {
	a := sampleAsker(t)
	a.world.byID[sampleRepo].issuesOff = true
	if got := a.data(rocket(`hasIssuesEnabled issues(first: 1) { totalCount nodes { id } }`), nil); got != `{"repository":{"hasIssuesEnabled":false,"issues":{"totalCount":0,"nodes":[]}}}` {
		t.Error(got)
	}
	a.world.byID[sampleRepo].bar = &bar{status: 451}
	for _, document := range []string{rocket(`id`), `{ node(id: "` + GlobalID("R", sampleRepo) + `") { id } }`} {
		answer := a.raw(document, nil)
		if len(answer.Errors) != 1 || answer.Errors[0].Type != "FORBIDDEN" {
			t.Errorf("%s: %v", document, answer.errors())
		}
	}
}
