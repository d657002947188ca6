package githubtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// reducedAsker asks about the sample on a schema that lacks something.
func reducedAsker(t testing.TB, missing ...string) *asker {
	t.Helper()
	a := sampleAsker(t)
	e, err := newEngine(missing...)
	if err != nil {
		t.Fatal(err)
	}
	a.engine = e
	return a
}

// The answers are GitHub's own: compare
// https://github.com/facebook/sapling/issues/906 of GitHub Enterprise Server 3.10, and
// https://github.com/rmosolgo/graphql-ruby/tree/master/lib/graphql/static_validation/rules
func TestWhatIsMissingIsRefused(t *testing.T) {
	const timeline = `timelineItems(first: 1, itemTypes: $types) { nodes { __typename } }`
	tests := []struct {
		name, missing, document string
		variables               map[string]any
		want                    string
	}{
		{
			"field", "PullRequest.mergeQueueEntry",
			`query Your { search(first: 1, query: "x", type: ISSUE) { nodes { ... on PullRequest { mergeQueueEntry { state } } } } }`, nil,
			`{"path":["query Your","search","nodes","... on PullRequest","mergeQueueEntry"],` +
				`"extensions":{"code":"undefinedField","fieldName":"mergeQueueEntry","typeName":"PullRequest"},` +
				`"locations":[{"line":1,"column":87}],"message":"Field 'mergeQueueEntry' doesn't exist on type 'PullRequest'"}`,
		},
		{
			"argument", "Issue.stateReason(enableDuplicate)", `query Q { node(id: "x") { ...F } } fragment F on Issue { stateReason(enableDuplicate: true) }`, nil,
			`{"path":["fragment F","stateReason","enableDuplicate"],` +
				`"extensions":{"argumentName":"enableDuplicate","code":"argumentNotAccepted","name":"stateReason","typeName":"Field"},` +
				`"locations":[{"line":1,"column":58}],"message":"Field 'stateReason' doesn't accept argument 'enableDuplicate'"}`,
		},
		{
			"type", "Mannequin", `{ node(id: "x") { ... on Mannequin { login } } }`, nil,
			`{"path":["query","node","... on Mannequin"],"extensions":{"code":"undefinedType","typeName":"Mannequin"},` +
				`"locations":[{"line":1,"column":23}],"message":"No such type Mannequin, so it can't be a fragment condition"}`,
		},
		{
			"type of a variable", "IssueFilters", `query Q($f: IssueFilters) { viewer { login @include(if: true) } node(id: $f) { id } }`, nil,
			`{"path":["query Q"],"extensions":{"code":"variableRequiresValidType","typeName":"IssueFilters","variableName":"f"},` +
				`"locations":[{"line":1,"column":9}],"message":"IssueFilters isn't a defined input type (on $f)"}`,
		},
		{
			"member of a union", "RequestedReviewer.Bot",
			`{ node(id: "x") { ... on ReviewRequestedEvent { requestedReviewer { ... on Bot { login } } } } }`, nil,
			`{"path":["query","node","... on ReviewRequestedEvent","requestedReviewer","... on Bot"],` +
				`"extensions":{"code":"cannotSpreadFragment","fragmentName":"unknown","parentName":"RequestedReviewer","typeName":"Bot"},` +
				`"locations":[{"line":1,"column":73}],"message":"Fragment on Bot can't be spread inside RequestedReviewer"}`,
		},
		{
			"enum's value", "IssueTimelineItemsItemType.CLOSED_EVENT",
			`query Q($types: [IssueTimelineItemsItemType!]) { node(id: "x") { ... on Issue { ` + timeline + ` } } }`,
			map[string]any{"types": []any{"LOCKED_EVENT", "CLOSED_EVENT"}},
			`{"extensions":{"problems":[{"explanation":"Expected \"CLOSED_EVENT\" to be one of: ADDED_TO_PROJECT_EVENT, `,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := reducedAsker(t, test.missing).raw(test.document, test.variables)
			if answer.Data != nil || len(answer.Errors) == 0 {
				t.Fatalf("data %s, errors %v", answer.Data, answer.errors())
			}
			got, err := json.Marshal(answer.Errors[0])
			if err != nil {
				t.Fatal(err)
			}
			if len(got) > 2*len(test.want) && strings.HasPrefix(string(got), test.want) {
				got = got[:len(test.want)] // the list of all values
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Error(diff)
			}
			whole := sampleAsker(t).raw(test.document, test.variables)
			if whole.Data == nil && test.name != "type of a variable" {
				t.Errorf("the whole schema refuses it, too: %v", whole.errors())
			}
		})
	}
}

func TestWhatIsMissingOfAnEnumIsNamed(t *testing.T) {
	answer := reducedAsker(t, "IssueTimelineItemsItemType.CLOSED_EVENT").raw(
		`query Q($types: [IssueTimelineItemsItemType!]) { node(id: "x") { ... on Issue { timelineItems(itemTypes: $types) { totalCount } } } }`,
		map[string]any{"types": []any{"LOCKED_EVENT", "CLOSED_EVENT"}})
	const want = `Variable $types of type [IssueTimelineItemsItemType!] was provided invalid value for 1 (Expected "CLOSED_EVENT" to be one of: `
	if len(answer.Errors) != 1 || !strings.HasPrefix(answer.Errors[0].Message, want) {
		t.Errorf("got %v", answer.errors())
	}
}

func TestIntrospectionShowsWhatIsThere(t *testing.T) {
	missing := []string{
		"Issue.stateReason", "Issue.timelineItems(since)", "RequestedReviewer.Bot", "Mannequin", "IssueOrderField.COMMENTS",
		"Repository.issues(filterBy)",
	}
	a := reducedAsker(t, missing...)
	const has = `query($name: String!) { __type(name: $name) {
		fields { name args { name } } possibleTypes { name } enumValues { name } } }`
	tests := []struct{ typ, absent, present string }{
		{"Issue", `"stateReason"`, `"state"`},
		{"Issue", `"name":"since"`, `"name":"itemTypes"`},
		{"RequestedReviewer", `"Bot"`, `"Team"`},
		{"RequestedReviewer", `"Mannequin"`, `"User"`},
		{"Actor", `"Mannequin"`, `"Bot"`},
		{"IssueOrderField", `"COMMENTS"`, `"UPDATED_AT"`},
		{"Repository", `"filterBy"`, `"labels"`},
		{"Mannequin", `possibleTypes`, `null`},
	}
	for _, test := range tests {
		got := a.data(has, map[string]any{"name": test.typ})
		if strings.Contains(got, test.absent) || !strings.Contains(got, test.present) {
			t.Errorf("%s with %s or without %s", test.typ, test.absent, test.present)
		}
	}
	if answer := reducedAsker(t, "Query.__schema").raw(introspection, nil); answer.Data != nil {
		t.Error("a schema was described that may not be")
	}
	whole := sampleAsker(t)
	if got := whole.data(has, map[string]any{"name": "Issue"}); !strings.Contains(got, `"stateReason"`) {
		t.Error("the whole schema was changed")
	}
}

// A value of a type that cannot be met somewhere is null there.
func TestMissingTypesAreNotGiven(t *testing.T) {
	const document = `{ viewer { login } repository(owner: "acme", name: "rocket") { owner { __typename } } }`
	whole, reduced := sampleAsker(t).raw(document, nil), reducedAsker(t, "Organization").raw(document, nil)
	if !strings.Contains(string(whole.Data), "Organization") || string(reduced.Data) != `{"viewer":{"login":"alice"},"repository":null}` {
		t.Errorf("got %s and %s", whole.Data, reduced.Data)
	}
}

func TestDuplicatesWereNotPlannedOnce(t *testing.T) {
	d := story()
	d.Repos[0].Item(2).Events[1].Reason = "duplicate"
	a := newAsker(t, hour(4), d)
	const document = `issue(number: 2) { timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes { ... on ClosedEvent { stateReason } } } }`
	whole := a.data(rocket(document), nil)
	a.engine = reducedAsker(t, EnterpriseMissing("3.16")...).engine
	if got := a.data(rocket(document), nil); !strings.Contains(got, "NOT_PLANNED") || !strings.Contains(whole, "DUPLICATE") {
		t.Errorf("got %s, of the whole schema %s", got, whole)
	}
}

func TestEnterpriseMissing(t *testing.T) {
	for version, want := range map[string]int{"4.0": 0, "3.17": 0, "3.16": 3, "3.10": 9, "2.21": 24} {
		missing := EnterpriseMissing(version)
		if len(missing) != want {
			t.Errorf("%s lacks %d things, want %d: %v", version, len(missing), want, missing)
		}
		if _, err := ReducedSchema(missing...); err != nil {
			t.Errorf("%s: %v", version, err)
		}
	}
}

// What is left is a schema of its own.
func TestReducedSchemaIsValid(t *testing.T) {
	schema, err := ReducedSchema(EnterpriseMissing("2.21")...)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	formatter.NewFormatter(&text).FormatSchema(schema)
	again, err := gqlparser.LoadSchema(&ast.Source{Name: "reduced", Input: text.String()})
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Types) < 1000 || again.Types["Mannequin"] != nil {
		t.Errorf("%d types", len(again.Types))
	}
}

func TestReducedSchemaKnowsItsNames(t *testing.T) {
	for _, name := range []string{
		"Nope", "Issue.nope", "Nope.nope", "Issue.stateReason(nope)", "Issue.nope(first)", "IssueState.NOPE", "RequestedReviewer.Issue",
	} {
		if _, err := ReducedSchema(name); err == nil {
			t.Errorf("%s was removed", name)
		}
	}
}

func TestServerLacksWhatIsMissing(t *testing.T) {
	s := start(t, Options{Datasets: []*Dataset{sample()}, Missing: []string{"Repository.visibility"}})
	got := graphQL(t, s, `{ repository(owner: "acme", name: "rocket") { visibility } }`, nil)
	if got.status != http.StatusOK || !strings.Contains(string(got.body), `"code":"undefinedField"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestDryRunEvaluatesNothing(t *testing.T) {
	got := sampleAsker(t).data(`query($ids: [ID!]!) { nodes(ids: $ids) { id } viewer { login } rateLimit(dryRun: true) { cost } }`,
		map[string]any{"ids": []any{"x"}})
	if diff := cmp.Diff(`{"nodes":null,"viewer":null,"rateLimit":{"cost":1}}`, got); diff != "" {
		t.Error(diff)
	}
}
