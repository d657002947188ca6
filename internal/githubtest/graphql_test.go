package githubtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fixedHost is a caller with a budget that does not move.
type fixedHost struct{ login string }

func (h fixedHost) viewer() *User { return &User{ID: 42, Login: h.login, Type: "User"} }

func (h fixedHost) rateLimit() (limit, used int, reset Time, ok bool) {
	return 5000, 17, hour(1), h.login != "enterprise"
}

// asker sends queries to an engine on a world, without HTTP.
type asker struct {
	t      testing.TB
	engine *engine
	world  *world
	now    Time
	newIDs bool
	damage *spoil
	login  string
}

func newAsker(t testing.TB, now Time, datasets ...*Dataset) *asker {
	t.Helper()
	e, err := newEngine()
	if err != nil {
		t.Fatal(err)
	}
	return &asker{t: t, engine: e, world: newWorld(datasets), now: now, login: "alice"}
}

// sampleAsker asks about the sample as it looks in the end.
func sampleAsker(t testing.TB) *asker { return newAsker(t, TimeOf(sampleNow), sample()) }

// raw gives the whole answer to a query.
func (a *asker) raw(document string, variables map[string]any) *queryAnswer {
	a.t.Helper()
	p := a.engine.prepare(query{Document: document, Variables: variables})
	if failed := p.failed(); failed != nil {
		return failed
	}
	v := a.world.view(a.now)
	defer v.close()
	v.newIDs = a.newIDs
	return p.run(v, fixedHost{a.login}, a.damage)
}

// data gives the data of an answer that must have no errors, as compact JSON.
func (a *asker) data(document string, variables map[string]any) string {
	a.t.Helper()
	answer := a.raw(document, variables)
	for _, problem := range answer.errors() {
		a.t.Errorf("%s: %s", document, problem)
	}
	return string(answer.Data)
}

// into decodes the data of an answer that must have no errors.
func (a *asker) into(target any, document string, variables map[string]any) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.data(document, variables)), target); err != nil {
		a.t.Fatal(err)
	}
}

// errors gives the errors in short: type, path, message.
func (a *queryAnswer) errors() []string {
	var out []string
	for _, e := range a.Errors {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %v %s", e.Type, e.Path, e.Message)))
	}
	return out
}

// rocket wraps a selection on the sample's repository into a query.
func rocket(selection string) string {
	return `{ repository(owner: "acme", name: "rocket") { ` + selection + ` } }`
}

func TestSelections(t *testing.T) {
	tests := []struct {
		name, document string
		variables      map[string]any
		want           string
	}{
		{"field", `{ viewer { login } }`, nil, `{"viewer":{"login":"alice"}}`},
		{"alias", `{ me: viewer { who: login login } }`, nil, `{"me":{"who":"alice","login":"alice"}}`},
		{"merged selections", `{ viewer { login } viewer { databaseId } }`, nil, `{"viewer":{"login":"alice","databaseId":42}}`},
		{
			"fragment", `{ viewer { ...f } } fragment f on User { login __typename }`, nil,
			`{"viewer":{"login":"alice","__typename":"User"}}`,
		},
		{
			"fragment on an interface", `{ viewer { ... on Actor { login } ... on Node { id } } }`, nil,
			`{"viewer":{"login":"alice","id":"U_kgAq"}}`,
		},
		{
			"fragments by type", rocket(`a: issueOrPullRequest(number: 1) { ...k } b: issueOrPullRequest(number: 3) { ...k }`) +
				` fragment k on IssueOrPullRequest { __typename ... on Issue { number } ... on PullRequest { isDraft } }`, nil,
			`{"repository":{"a":{"__typename":"Issue","number":1},"b":{"__typename":"PullRequest","isDraft":false}}}`,
		},
		{
			"variable", `query($n: Int!) {` + rocket(`issue(number: $n) { title }`)[1:],
			map[string]any{"n": 1},
			`{"repository":{"issue":{"title":"It does not fly"}}}`,
		},
		{
			"variable as JSON has it", `query($n: Int!) {` + rocket(`issue(number: $n) { title }`)[1:],
			map[string]any{"n": json.Number("1")},
			`{"repository":{"issue":{"title":"It does not fly"}}}`,
		},
		{
			"default of a variable", `query($n: Int = 2) {` + rocket(`issueOrPullRequest(number: $n) { __typename }`)[1:], nil,
			`{"repository":{"issueOrPullRequest":{"__typename":"Issue"}}}`,
		},
		{
			"single value for a list", `query($s: [IssueState!]) {` + rocket(`issues(states: $s) { totalCount }`)[1:],
			map[string]any{"s": "CLOSED"},
			`{"repository":{"issues":{"totalCount":1}}}`,
		},
		{
			"include and skip", `query($y: Boolean!) { viewer { a: login @include(if: $y) b: login @skip(if: $y) ... @skip(if: $y) { id } } }`,
			map[string]any{"y": true},
			`{"viewer":{"a":"alice"}}`,
		},
		{"skipped fragment spread", `{ viewer { login ...f @include(if: false) } } fragment f on User { id }`, nil, `{"viewer":{"login":"alice"}}`},
		{"object without fields left", `{ viewer { id @skip(if: true) } }`, nil, `{"viewer":{}}`},
		{"relay", `{ relay { viewer { login } } }`, nil, `{"relay":{"viewer":{"login":"alice"}}}`},
		{"strings are quoted", rocket(`label(name: "docs") { name description }`), nil, `{"repository":{"label":{"name":"docs","description":null}}}`},
		{
			"BigInt is a string", rocket(`issue(number: 1) { databaseId fullDatabaseId }`), nil,
			`{"repository":{"issue":{"databaseId":1001,"fullDatabaseId":"1001"}}}`,
		},
		{
			"name of long ago", `{ repository(owner: "ACME", name: "Old-Rocket") { nameWithOwner } }`, nil,
			`{"repository":{"nameWithOwner":"acme/rocket"}}`,
		},
		{
			"rate limit", `{ rateLimit { cost limit remaining used resetAt nodeCount } }`, nil,
			`{"rateLimit":{"cost":1,"limit":5000,"remaining":4983,"used":17,"resetAt":"2024-01-01T10:00:00Z","nodeCount":0}}`,
		},
		{"single literal for a list", `{ nodes(ids: "` + GlobalID("R", sampleRepo) + `") { ... on Repository { name } } }`, nil, `{"nodes":[{"name":"rocket"}]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, sampleAsker(t).data(test.document, test.variables)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDryRun(t *testing.T) {
	a := sampleAsker(t)
	document := rocket(`issues(first: 100) { nodes { comments(first: 100) { totalCount } } }`)
	document = document[:len(document)-1] + `rateLimit(dryRun: true) { cost nodeCount } }`
	if p := a.engine.prepare(query{Document: document}); !p.dryRun || p.points != 1 || p.nodes != 10_100 {
		t.Errorf("dryRun %t, points %d, nodes %d; want true, 1, 10100", p.dryRun, p.points, p.nodes)
	}
	want := `{"repository":null,"rateLimit":{"cost":1,"nodeCount":10100}}`
	if diff := cmp.Diff(want, a.data(document, nil)); diff != "" {
		t.Error(diff)
	}
	a.login = "enterprise"
	if diff := cmp.Diff(`{"rateLimit":null}`, a.data(`{ rateLimit { cost } }`, nil)); diff != "" {
		t.Error(diff)
	}
}

// TestRefusals holds what GitHub says of queries that it does not run, or not wholly.
func TestRefusals(t *testing.T) {
	tests := []struct {
		name, document string
		variables      map[string]any
		data           string
		errors         []string
	}{
		{"syntax", `{ viewer { login }`, nil, "", []string{"[] Parse error: Expected Name, found <EOF>"}},
		{"empty", ` `, nil, "", []string{"[] A query attribute must be specified and must be a string."}},
		{"unknown field", `{ viewer { nope } }`, nil, "", []string{`[query viewer nope] Field 'nope' doesn't exist on type 'User'`}},
		{"unknown argument", `{ viewer { issues(nope: 1) { totalCount } } }`, nil, "", []string{`[query viewer issues nope] Field 'issues' doesn't accept argument 'nope'`}},
		{
			"mutation", `mutation { addStar(input: {starrableId: "x"}) { clientMutationId } }`, nil, "",
			[]string{"[] This simulated GitHub answers queries only."},
		},
		{
			"missing variable", `query($n: Int!) {` + rocket(`issue(number: $n) { id }`)[1:], nil, "",
			[]string{"[] Variable $n of type Int! was provided invalid value"},
		},
		{
			"wrong variable", `query($n: Int!) {` + rocket(`issue(number: $n) { id }`)[1:],
			map[string]any{"n": "x"},
			"",
			[]string{"[] Variable $n of type Int! was provided invalid value"},
		},
		{"two operations", `query a { viewer { id } } query b { viewer { id } }`, nil, "", []string{"[] An operation name is required"}},
		{
			"too many nodes", rocket(`issues(first: 100) { nodes { comments(first: 100) { nodes { reactions(first: 100) { totalCount } } } } }`),
			nil, "",
			[]string{"MAX_NODE_LIMIT_EXCEEDED [] This query requests up to 1,010,100 possible nodes which exceeds the maximum limit of 500,000."},
		},
		{
			"page too big", rocket(`name issues(first: 101) { totalCount }`), nil, `{"repository":null}`,
			[]string{"EXCESSIVE_PAGINATION [repository issues] Requesting 101 records on the `issues` connection exceeds the `first` limit of 100 records."},
		},
		{
			"page of nothing", rocket(`labels(last: 0) { totalCount }`), nil, `{"repository":{"labels":null}}`,
			[]string{"ARGUMENT_LIMIT [repository labels] `last` on the `labels` connection must be at least 1."},
		},
		{
			"no page size", rocket(`labels { nodes { id } }`), nil, `{"repository":{"labels":null}}`,
			[]string{"MISSING_PAGINATION_BOUNDARIES [repository labels] You must provide a `first` or `last` value to properly paginate the `labels` connection."},
		},
		{"no page size is needed to count", rocket(`labels { totalCount }`), nil, `{"repository":{"labels":{"totalCount":2}}}`, nil},
		{
			"two page sizes", rocket(`labels(first: 1, last: 1) { totalCount }`), nil, `{"repository":{"labels":null}}`,
			[]string{"ARGUMENT_LIMIT [repository labels] Passing both `first` and `last` values to paginate the `labels` connection is not supported."},
		},
		{
			"bad cursor", rocket(`labels(first: 1, after: "x") { totalCount }`), nil, `{"repository":{"labels":null}}`,
			[]string{"INVALID_CURSOR_ARGUMENTS [repository labels] `x` does not appear to be a valid cursor."},
		},
		{
			"no such repository", `{ repository(owner: "acme", name: "x") { id } viewer { login } }`, nil,
			`{"repository":null,"viewer":{"login":"alice"}}`,
			[]string{"NOT_FOUND [repository] Could not resolve to a Repository with the name 'acme/x'."},
		},
		{
			"renames not followed", `{ repository(owner: "acme", name: "old-rocket", followRenames: false) { id } }`, nil, `{"repository":null}`,
			[]string{"NOT_FOUND [repository] Could not resolve to a Repository with the name 'acme/old-rocket'."},
		},
		{
			"deleted issue", rocket(`issue(number: 6) { id }`), nil, `{"repository":{"issue":null}}`,
			[]string{"NOT_FOUND [repository issue] Could not resolve to an Issue with the number of 6."},
		},
		{
			"gone node", `{ node(id: "I_kwBlzQPu") { id } }`, nil, `{"node":null}`,
			[]string{"NOT_FOUND [node] Could not resolve to a node with the global id of 'I_kwBlzQPu'."},
		},
		{
			"gone among nodes", `query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }`,
			map[string]any{"ids": []any{GlobalID("I", sampleRepo, 1001), GlobalID("I", sampleRepo, 1006), "x"}},
			`{"nodes":[{"__typename":"Issue"},null,null]}`,
			[]string{
				"NOT_FOUND [nodes 1] Could not resolve to a node with the global id of '" + GlobalID("I", sampleRepo, 1006) + "'.",
				"NOT_FOUND [nodes 2] Could not resolve to a node with the global id of 'x'.",
			},
		},
		{
			"unknown to the simulation", rocket(`name hasWikiEnabled discussion(number: 1) { id }`), nil,
			`{"repository":{"name":"rocket","hasWikiEnabled":true,"discussion":null}}`,
			[]string{"[repository discussion] simulated GitHub does not know the field discussion of type Repository"},
		},
		{
			"unknown and not null", rocket(`packages(first: 1) { totalCount }`), nil, `{"repository":null}`,
			[]string{"[repository packages] simulated GitHub does not know the field packages of type Repository"},
		},
		{
			"only counted", rocket(`stargazers(first: 1) { totalCount nodes { id } }`), nil, `{"repository":{"stargazers":{"totalCount":7,"nodes":null}}}`,
			[]string{"[repository stargazers nodes] simulated GitHub knows only the totalCount of this StargazerConnection"},
		},
		{
			"unknown filter", rocket(`issues(first: 1, filterBy: {mentioned: "x"}) { totalCount }`), nil, `{"repository":null}`,
			[]string{"[repository issues] simulated GitHub does not know the filter mentioned of issues"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := sampleAsker(t).raw(test.document, test.variables)
			if diff := cmp.Diff(test.data, string(answer.Data)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.errors, answer.errors()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNullStopsAtTheNearest shows how far a null goes that a field may not be: here up
// to the element of the list, which may be null.
func TestNullStopsAtTheNearest(t *testing.T) {
	d := sample()
	d.Repos[0].Item(3).Events[0].Kind = Labeled // of a label that does not exist
	a := newAsker(t, TimeOf(sampleNow), d)
	answer := a.raw(rocket(`pullRequest(number: 3) { timelineItems(first: 2, itemTypes: [LABELED_EVENT, HEAD_REF_FORCE_PUSHED_EVENT]) {
		nodes { __typename ... on LabeledEvent { label { name } } } } }`), nil)
	want := `{"repository":{"pullRequest":{"timelineItems":{"nodes":[null,{"__typename":"HeadRefForcePushedEvent"}]}}}}`
	if diff := cmp.Diff(want, string(answer.Data)); diff != "" {
		t.Error(diff)
	}
	wantErrors := []string{"[repository pullRequest timelineItems nodes 0 label] Cannot return null for non-nullable field label"}
	if diff := cmp.Diff(wantErrors, answer.errors()); diff != "" {
		t.Error(diff)
	}
}

// TestNullReachesTheTop shows that data itself is null where nothing below may be.
func TestNullReachesTheTop(t *testing.T) {
	answer := sampleAsker(t).raw(`{ viewer { gists(first: 1) { totalCount } } }`, nil)
	if string(answer.Data) != "null" || len(answer.Errors) != 1 {
		t.Errorf("data %s, errors %v", answer.Data, answer.errors())
	}
}

func TestSpoiled(t *testing.T) {
	a := sampleAsker(t)
	a.damage = &spoil{nodes: 2, reason: "RESOURCE_LIMITS_EXCEEDED"}
	answer := a.raw(rocket(`issues(first: 3, orderBy: {field: CREATED_AT, direction: ASC}) { nodes { number } pageInfo { hasNextPage } }`), nil)
	want := `{"repository":{"issues":{"nodes":[{"number":1},{"number":2},null],"pageInfo":{"hasNextPage":true}}}}`
	if diff := cmp.Diff(want, string(answer.Data)); diff != "" {
		t.Error(diff)
	}
	wantErrors := []string{"RESOURCE_LIMITS_EXCEEDED [repository issues nodes 2] Resource limits for this query exceeded."}
	if diff := cmp.Diff(wantErrors, answer.errors()); diff != "" {
		t.Error(diff)
	}
	a.damage = &spoil{}
	if answer = a.raw(rocket(`issues(first: 1) { nodes { number } }`), nil); !strings.HasPrefix(answer.errors()[0], "[repository issues nodes 0] Something went wrong") {
		t.Error(answer.errors())
	}
}
