package githubtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAsOfTheClock asks the same of a pull request at several instants of its life.
func TestAsOfTheClock(t *testing.T) {
	const document = `{ repository(owner: "acme", name: "rocket") { pullRequest(number: 1) {
		state isDraft updatedAt closedAt mergedAt mergedBy { login } headRefOid additions author { login }
		labels(first: 9) { nodes { name } } commits(first: 9) { totalCount nodes { commit { oid } } }
		reviews(first: 9) { nodes { state comments(first: 9) { totalCount } } } reviewThreads(first: 9) { nodes { isResolved } }
		comments { totalCount } timelineItems(last: 1) { filteredCount nodes { __typename } } } } }`
	tests := []struct {
		hour int
		want string
	}{
		{1, `{"state":"OPEN","isDraft":true,"updatedAt":"2024-01-01T10:00:00Z","closedAt":null,"mergedAt":null,"mergedBy":null,
			"headRefOid":"OID1","additions":5,"author":{"login":"alice"},"labels":{"nodes":[{"name":"bug"}]},
			"commits":{"totalCount":1,"nodes":[{"commit":{"oid":"OID1"}}]},"reviews":{"nodes":[]},"reviewThreads":{"nodes":[]},
			"comments":{"totalCount":0},"timelineItems":{"filteredCount":1,"nodes":[{"__typename":"PullRequestCommit"}]}}`},
		{4, `{"state":"OPEN","isDraft":false,"updatedAt":"2024-01-01T13:00:00Z","closedAt":null,"mergedAt":null,"mergedBy":null,
			"headRefOid":"OID2","additions":7,"author":{"login":"alice"},"labels":{"nodes":[{"name":"bug"},{"name":"docs"}]},
			"commits":{"totalCount":1,"nodes":[{"commit":{"oid":"OID2"}}]},"reviews":{"nodes":[]},"reviewThreads":{"nodes":[]},
			"comments":{"totalCount":1},"timelineItems":{"filteredCount":5,"nodes":[{"__typename":"HeadRefForcePushedEvent"}]}}`},
		{7, `{"state":"OPEN","isDraft":false,"updatedAt":"2024-01-01T16:00:00Z","closedAt":null,"mergedAt":null,"mergedBy":null,
			"headRefOid":"OID3","additions":30,"author":{"login":"alice"},"labels":{"nodes":[{"name":"bug"},{"name":"docs"}]},
			"commits":{"totalCount":2,"nodes":[{"commit":{"oid":"OID2"}},{"commit":{"oid":"OID3"}}]},"reviews":{"nodes":[]},
			"reviewThreads":{"nodes":[]},"comments":{"totalCount":0},
			"timelineItems":{"filteredCount":8,"nodes":[{"__typename":"ReadyForReviewEvent"}]}}`},
		{18, `{"state":"MERGED","isDraft":false,"updatedAt":"2024-01-02T00:00:00Z","closedAt":"2024-01-01T22:00:00Z",
			"mergedAt":"2024-01-01T22:00:00Z","mergedBy":{"login":"bob"},"headRefOid":"OID3","additions":30,"author":null,
			"labels":{"nodes":[]},"commits":{"totalCount":2,"nodes":[{"commit":{"oid":"OID2"}},{"commit":{"oid":"OID3"}}]},
			"reviews":{"nodes":[{"state":"DISMISSED","comments":{"totalCount":1}}]},"reviewThreads":{"nodes":[{"isResolved":true}]},
			"comments":{"totalCount":0},"timelineItems":{"filteredCount":17,"nodes":[{"__typename":"RenamedTitleEvent"}]}}`},
	}
	d := story()
	for _, test := range tests {
		want := strings.NewReplacer("\n", "", "\t", "", "OID1", oidOf(1), "OID2", oidOf(2), "OID3", oidOf(3)).Replace(test.want)
		a := newAsker(t, hour(test.hour), d)
		got := a.data(document, nil)
		got = strings.TrimSuffix(strings.TrimPrefix(got, `{"repository":{"pullRequest":`), "}}")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after %d hours: %s", test.hour, diff)
		}
	}
}

// TestTimelineEntries holds what the entries of a timeline say.
func TestTimelineEntries(t *testing.T) {
	a := newAsker(t, TimeOf(sampleNow), wholeSample())
	tests := []struct{ kind, selection, want string }{
		{
			"HEAD_REF_FORCE_PUSHED_EVENT", `HeadRefForcePushedEvent { beforeCommit { abbreviatedOid } afterCommit { oid } actor { login } }`,
			fmt.Sprintf(`{"beforeCommit":{"abbreviatedOid":%q},"afterCommit":{"oid":%q},"actor":{"login":"alice"}}`, oidOf(77)[:7], oidOf(2)),
		},
		{
			"REVIEW_DISMISSED_EVENT", `ReviewDismissedEvent { previousReviewState dismissalMessage review { fullDatabaseId state } }`,
			`{"previousReviewState":"CHANGES_REQUESTED","dismissalMessage":"Done","review":{"fullDatabaseId":"901","state":"DISMISSED"}}`,
		},
		{
			"MERGED_EVENT", `MergedEvent { commit { oid } mergeRefName createdAt }`,
			fmt.Sprintf(`{"commit":{"oid":%q},"mergeRefName":"main","createdAt":"2024-01-03T01:00:00Z"}`, oidOf(3)),
		},
		{
			"REVIEW_REQUEST_REMOVED_EVENT", `ReviewRequestRemovedEvent { requestedReviewer { __typename ... on Team { slug combinedSlug } } }`,
			`{"requestedReviewer":{"__typename":"Team","slug":"core","combinedSlug":"acme/core"}}`,
		},
		{
			"PULL_REQUEST_REVIEW", `PullRequestReview { reviewState: state submittedAt author { __typename login } comments { totalCount } }`,
			`{"reviewState":"DISMISSED","submittedAt":"2024-01-02T11:00:00Z","author":{"__typename":"User","login":"bob"},"comments":{"totalCount":2}}`,
		},
	}
	for _, test := range tests {
		got := a.data(rocket(`pullRequest(number: 3) { timelineItems(first: 1, itemTypes: [`+test.kind+`]) { nodes { ... on `+test.selection+` } } }`), nil)
		want := `{"repository":{"pullRequest":{"timelineItems":{"nodes":[` + test.want + `]}}}}`
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", test.kind, diff)
		}
	}
}

func TestActors(t *testing.T) {
	a := sampleAsker(t)
	got := a.data(rocket(`issue(number: 2) { author { login } timelineItems(first: 2, itemTypes: [LABELED_EVENT]) { nodes {
		... on LabeledEvent { actor { __typename login } label { name } } } } }`), nil)
	want := `{"repository":{"issue":{"author":null,"timelineItems":{"nodes":[{"actor":{"__typename":"User","login":"alice"},"label":{"name":"kind/bug"}},` +
		`{"actor":{"__typename":"Bot","login":"dependabot"},"label":{"name":"stale"}}]}}}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	owners := a.data(`{ a: repositoryOwner(login: "acme") { __typename repositories(first: 5) { totalCount nodes { name } } }
		b: user(login: "alice") { repositories(first: 5) { nodes { name owner { login } } } } c: organization(login: "acme") { login } }`, nil)
	want = `{"a":{"__typename":"Organization","repositories":{"totalCount":2,"nodes":[{"name":"rocket"},{"name":"secret"}]}},` +
		`"b":{"repositories":{"nodes":[{"name":"empty","owner":{"login":"alice"}}]}},"c":{"login":"acme"}}`
	if diff := cmp.Diff(want, owners); diff != "" {
		t.Error(diff)
	}
	for _, login := range []string{"nobody", "dependabot"} {
		if answer := a.raw(`{ repositoryOwner(login: "`+login+`") { login } }`, nil); len(answer.Errors) != 1 || answer.Errors[0].Type != "NOT_FOUND" {
			t.Errorf("%s: %v", login, answer.errors())
		}
	}
}

// TestHiddenRepositories shows that what a caller may not read is as if it were not there.
func TestHiddenRepositories(t *testing.T) {
	a := sampleAsker(t)
	document := `query($id: ID!) { node(id: $id) { id } repository(owner: "acme", name: "secret") { id } organization(login: "acme") { repositories { totalCount } } }`
	p := a.engine.prepare(query{Document: document, Variables: map[string]any{"id": GlobalID("I", privateRepo, 9009)}})
	for _, allowed := range []bool{true, false} {
		v := a.world.view(a.now)
		v.allow = func(rv *repoView) bool { return allowed || rv.visibility() == "public" }
		answer := p.run(v, fixedHost{"alice"}, nil)
		v.close()
		var data struct {
			Node, Repository *struct{}
			Organization     struct{ Repositories struct{ TotalCount int } }
		}
		if err := json.Unmarshal(answer.Data, &data); err != nil {
			t.Fatal(err)
		}
		if seen := data.Node != nil && data.Repository != nil; seen != allowed || data.Organization.Repositories.TotalCount != map[bool]int{true: 2, false: 1}[allowed] {
			t.Errorf("allowed %t: %s", allowed, answer.Data)
		}
	}
}

// TestGit holds branches, tags, histories and what belongs to commits.
func TestGit(t *testing.T) {
	a := sampleAsker(t)
	tests := []struct{ selection, want string }{
		{`defaultBranchRef { prefix name target { oid } }`, fmt.Sprintf(`"defaultBranchRef":{"prefix":"refs/heads/","name":"main","target":{"oid":%q}}`, oidOf(6))},
		{
			`object(expression: "main") { ... on Commit { history(first: 2) { totalCount nodes { oid } } } }`,
			fmt.Sprintf(`"object":{"history":{"totalCount":4,"nodes":[{"oid":%q},{"oid":%q}]}}`, oidOf(6), oidOf(3)),
		},
		{
			`object(oid: "` + oidOf(3) + `") { ... on Commit { message parents(first: 5) { nodes { oid } }
			associatedPullRequests(first: 5) { nodes { number } } history(first: 9, since: "2024-01-02T00:00:00Z") { totalCount } } }`,
			fmt.Sprintf(`"object":{"message":"Change 3\n\nDetails.","parents":{"nodes":[{"oid":%q},{"oid":%q}]},`+
				`"associatedPullRequests":{"nodes":[{"number":3}]},"history":{"totalCount":2}}`, oidOf(1), oidOf(2)),
		},
		{
			`ref(qualifiedName: "refs/tags/v0.2") { target { __typename ... on Tag { tagger { date } target { oid } } } }`,
			fmt.Sprintf(`"ref":{"target":{"__typename":"Tag","tagger":{"date":"2024-01-04T17:00:00Z"},"target":{"oid":%q}}}`, oidOf(3)),
		},
		{`ref(qualifiedName: "v0.1") { prefix target { __typename oid } }`, fmt.Sprintf(`"ref":{"prefix":"refs/tags/","target":{"__typename":"Commit","oid":%q}}`, oidOf(1))},
		{`ref(qualifiedName: "nope") { name }`, `"ref":null`},
		{`latestRelease { tagName isLatest isPrerelease tagCommit { oid } }`, fmt.Sprintf(`"latestRelease":{"tagName":"v0.1","isLatest":true,"isPrerelease":false,"tagCommit":{"oid":%q}}`, oidOf(1))},
		{
			`releases(first: 5) { nodes { tagName publishedAt } }`,
			`"releases":{"nodes":[{"tagName":"v0.2","publishedAt":"2024-01-04T18:00:00Z"},{"tagName":"v0.1","publishedAt":"2024-01-02T16:00:00Z"}]}`,
		},
		{
			`deployments(first: 9, environments: ["production"]) { nodes { state environment latestStatus { state } statuses(first: 9) { nodes { state } } } }`,
			`"deployments":{"nodes":[{"state":"INACTIVE","environment":"production","latestStatus":{"state":"INACTIVE"},` +
				`"statuses":{"nodes":[{"state":"INACTIVE"},{"state":"SUCCESS"},{"state":"IN_PROGRESS"}]}},` +
				`{"state":"FAILURE","environment":"production","latestStatus":{"state":"FAILURE"},"statuses":{"nodes":[{"state":"FAILURE"}]}}]}`,
		},
	}
	for _, test := range tests {
		if diff := cmp.Diff(`{"repository":{`+test.want+`}}`, a.data(rocket(test.selection), nil)); diff != "" {
			t.Errorf("%s: %s", test.selection, diff)
		}
	}
	a.now = hour(5)
	if got := a.data(`{ repository(owner: "acme", name: "old-rocket") { isEmpty defaultBranchRef { name } stargazerCount } }`, nil); got != `{"repository":{"isEmpty":true,"defaultBranchRef":null,"stargazerCount":7}}` {
		t.Error(got)
	}
}

// TestJobs reads the jobs of runs by the node ids that REST gives for their check suites.
func TestJobs(t *testing.T) {
	document := `query($ids: [ID!]!) { nodes(ids: $ids) { ... on CheckSuite { status conclusion workflowRun { runNumber event workflow { name } }
		checkRuns(first: 9) { nodes { fullName: name status conclusion startedAt } } } } }`
	variables := map[string]any{"ids": []any{GlobalID("CS", sampleRepo, 701)}}
	d := sample()
	want := map[Time]string{
		hour(8) + 10: `{"status":"IN_PROGRESS","conclusion":null,"workflowRun":{"runNumber":1,"event":"push","workflow":{"name":"CI"}},` +
			`"checkRuns":{"nodes":[{"fullName":"test","status":"IN_PROGRESS","conclusion":null,"startedAt":"2024-01-01T17:00:05Z"}]}}`,
		hour(8) + 90: `{"status":"COMPLETED","conclusion":"FAILURE","workflowRun":{"runNumber":1,"event":"push","workflow":{"name":"CI"}},` +
			`"checkRuns":{"nodes":[{"fullName":"test","status":"COMPLETED","conclusion":"FAILURE","startedAt":"2024-01-01T17:00:05Z"}]}}`,
		hour(10): `{"status":"COMPLETED","conclusion":"SUCCESS","workflowRun":{"runNumber":1,"event":"push","workflow":{"name":"CI"}},` +
			`"checkRuns":{"nodes":[{"fullName":"test","status":"COMPLETED","conclusion":"SUCCESS","startedAt":"2024-01-01T18:00:05Z"}]}}`,
	}
	for at, wanted := range want {
		if diff := cmp.Diff(`{"nodes":[`+wanted+`]}`, newAsker(t, at, d).data(document, variables)); diff != "" {
			t.Errorf("at %s: %s", at, diff)
		}
	}
}

// TestTogether asks at many instants at a time while the dataset changes.
func TestTogether(t *testing.T) {
	d := sample()
	a := sampleAsker(t)
	a.world = newWorld([]*Dataset{d})
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			mine := *a
			for i := range 15 {
				mine.now = hour(60 + 31*n + i)
				mine.data(rocket(`issues(first: 5, states: OPEN, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount nodes { title comments { totalCount } } }
					pullRequests(first: 5) { nodes { commits { totalCount } } } object(expression: "main") { ... on Commit { history { totalCount } } }`), nil)
			}
		})
	}
	for i := range 10 {
		a.world.change(func() { d.Repos[0].Item(1).Touched = append(d.Repos[0].Item(1).Touched, hour(100+i)) })
	}
	wg.Wait()
}
