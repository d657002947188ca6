package github

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// reduced gives GitHub's schema without what is named, and as it is understood here.
func reduced(t testing.TB, missing ...string) (*ast.Schema, *serverSchema) {
	t.Helper()
	s, err := githubtest.ReducedSchema(missing...)
	if err != nil {
		t.Fatal(err)
	}
	return s, understood(s, nil)
}

// understood is what an introspection tells of a schema; of types that are not
// asked for, that they exist. nil asks for all.
func understood(s *ast.Schema, of map[string]bool) *serverSchema {
	out := &serverSchema{query: s.Query.Name, types: map[string]*schemaType{}}
	for name, d := range s.Types {
		if of != nil && !of[name] {
			out.types[name] = &schemaType{}
			continue
		}
		t := &schemaType{possible: map[string]bool{name: true}}
		if d.IsAbstractType() {
			t.possible = map[string]bool{}
			for _, p := range s.GetPossibleTypes(d) {
				t.possible[p.Name] = true
			}
		}
		if d.Kind == ast.Object || d.Kind == ast.Interface {
			t.fields = map[string]schemaField{}
			for _, f := range d.Fields {
				field := schemaField{of: f.Type.Name()}
				for _, a := range f.Arguments {
					if field.args == nil {
						field.args = map[string]bool{}
					}
					field.args[a.Name] = true
				}
				if !strings.HasPrefix(f.Name, "__") {
					t.fields[f.Name] = field
				}
			}
		}
		for _, v := range d.EnumValues {
			if t.values == nil {
				t.values = map[string]bool{}
			}
			t.values[v.Name] = true
		}
		out.types[name] = t
	}
	return out
}

// sentVariables are variables that any document of ours may declare.
func sentVariables() map[string]any {
	variables := nestedSizes(map[string]any{
		"repo": "R_1", "owner": "octo", "name": "demo", "ids": []string{"I_1"}, "number": 1, "first": 10, "after": nil, "id": "DE_1", "oid": someOID,
		"direction": "ASC", "filter": map[string]any{"since": model.Instant(1700000000)},
	}, false, model.Issue, model.PullRequest)
	for i := range 20 {
		variables["id"+string(rune('0'+i))], variables["after"+string(rune('0'+i))] = "I_1", nil
	}
	return variables
}

// declared keeps the variables that a document declares, as they are sent.
func declared(t testing.TB, text string, all map[string]any) map[string]any {
	t.Helper()
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for _, v := range document.Operations[0].VariableDefinitions {
		out[v.Variable] = all[v.Variable]
	}
	return out
}

// check holds a document and its variables against a schema.
func check(t testing.TB, s *ast.Schema, text string, variables map[string]any) {
	t.Helper()
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if errs := validator.ValidateWithRules(s, document, rules.NewDefaultRules()); len(errs) > 0 {
		t.Fatalf("%v\n%s", errs, text)
	}
	body, err := json.Marshal(variables)
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&sent); err != nil {
		t.Fatal(err)
	}
	operation := document.Operations[0]
	if _, err := validator.VariableValues(s, operation, sent); err != nil {
		t.Fatalf("%v\n%s\n%s", err, text, body)
	}
	for name := range variables {
		if operation.VariableDefinitions.ForName(name) == nil {
			t.Fatalf("variable %s is sent, and not declared by\n%s", name, text)
		}
	}
}

func TestPrune(t *testing.T) {
	const repo = `query Q($r: ID!, $n: Int!) { node(id: $r) { ... on PullRequest { number `
	const timeline = `query Q($r: ID!, $t: [PullRequestTimelineItemsItemType!]) {
		node(id: $r) { ... on PullRequest { timelineItems(first: 1, itemTypes: $t) { totalCount } } } }`
	tests := []struct {
		name, document, want string
		missing              []string
		variables, left      map[string]any
		absent, needed       []string
	}{
		{
			name: "nothing", document: repo + `isDraft labels(first: $n) { totalCount } } } }`,
			want: repo + `isDraft labels(first: $n) { totalCount } } } }`,
		},
		{
			name: "a field", missing: []string{"PullRequest.isDraft"}, absent: []string{"PullRequest.isDraft"},
			document: repo + `draft: isDraft labels(first: $n) { totalCount } } } }`, want: repo + `labels(first: $n) { totalCount } } } }`,
		},
		{
			name: "a list and its variable", missing: []string{"PullRequest.closingIssuesReferences"}, absent: []string{"PullRequest.closingIssuesReferences"},
			document:  repo + `closingIssuesReferences(first: $n) { totalCount } } } }`,
			want:      `query Q($r: ID!) { node(id: $r) { ... on PullRequest { number } } }`,
			variables: map[string]any{"r": "x", "n": 5}, left: map[string]any{"r": "x"},
		},
		{
			name: "the last field of a list", missing: []string{"IssueTimelineItemsConnection.filteredCount"},
			absent:   []string{"IssueTimelineItemsConnection.filteredCount"},
			document: `query Q($r: ID!) { node(id: $r) { id ... on Issue { timelineItems(first: 1) { filteredCount } } } }`,
			want:     `query Q($r: ID!) { node(id: $r) { id } }`,
		},
		{
			name: "an argument", missing: []string{"Issue.stateReason(enableDuplicate)"}, absent: []string{"Issue.stateReason(enableDuplicate)"},
			document: `query Q($r: ID!, $d: Boolean) { node(id: $r) { ... on Issue { stateReason(enableDuplicate: $d) } } }`,
			want:     `query Q($r: ID!) { node(id: $r) { ... on Issue { stateReason } } }`,
		},
		{
			name: "a type", missing: []string{"AddedToMergeQueueEvent"}, absent: []string{"AddedToMergeQueueEvent"},
			document: `query Q($r: ID!) { node(id: $r) { id ... on AddedToMergeQueueEvent { createdAt } } }`,
			want:     `query Q($r: ID!) { node(id: $r) { id } }`,
		},
		{
			name: "what may be met", missing: []string{"RequestedReviewer.Bot"}, absent: []string{"RequestedReviewer.Bot"},
			document: `{ node(id: "x") { ... on ReviewRequestedEvent { requestedReviewer { ... on Bot { login } ... on User { login } } } } }`,
			want:     `query { node(id: "x") { ... on ReviewRequestedEvent { requestedReviewer { ... on User { login } } } } }`,
		},
		{
			name: "a fragment that becomes empty, and the one that spreads it", missing: []string{"Query.rateLimit"}, absent: []string{"Query.rateLimit"},
			document: `query Q { viewer { login } ...A } fragment A on Query { ...B } fragment B on Query { rateLimit { ...C } } fragment C on RateLimit { cost }`,
			want:     `query Q { viewer { login } }`,
		},
		{
			name: "a fragment that another place still uses", missing: []string{"Issue.body"}, absent: []string{"Issue.body"},
			document: `query Q { viewer { login } node(id: "x") { ... on Issue { author { ...A } body } ... on PullRequest { author { ...A } } } } fragment A on Actor { login }`,
			want:     `query Q { viewer { login } node(id: "x") { ... on Issue { author { ...A } } ... on PullRequest { author { ...A } } } } fragment A on Actor { login }`,
		},
		{
			name: "a value of an enum", missing: []string{"PullRequestTimelineItemsItemType.ADDED_TO_MERGE_QUEUE_EVENT"},
			absent:   []string{"PullRequestTimelineItemsItemType.ADDED_TO_MERGE_QUEUE_EVENT"},
			document: timeline, want: timeline,
			variables: map[string]any{"t": []string{"CLOSED_EVENT", "ADDED_TO_MERGE_QUEUE_EVENT"}}, left: map[string]any{"t": []string{"CLOSED_EVENT"}},
		},
		{
			name: "the value that asks for a missing type", missing: []string{"AddedToMergeQueueEvent"}, absent: []string{"AddedToMergeQueueEvent"},
			document: timeline, want: timeline,
			variables: map[string]any{"t": []string{"CLOSED_EVENT", "ADDED_TO_MERGE_QUEUE_EVENT"}}, left: map[string]any{"t": []string{"CLOSED_EVENT"}},
		},
		{
			name: "another field in its place", missing: []string{"Repository.visibility"}, absent: []string{"Repository.visibility"},
			document: `query Q { node(id: "x") { ... on Repository { id visibility } } }`, want: `query Q { node(id: "x") { ... on Repository { id isPrivate } } }`,
		},
		{
			name: "nor that in its place", missing: []string{"Repository.visibility", "Repository.isPrivate"}, absent: []string{"Repository.visibility"},
			document: `query Q { node(id: "x") { ... on Repository { id visibility } } }`, want: `query Q { node(id: "x") { ... on Repository { id } } }`,
		},
		{
			name: "one of two ids", missing: []string{"IssueComment.fullDatabaseId"}, absent: []string{"IssueComment.fullDatabaseId"},
			document: `query Q { node(id: "x") { ... on IssueComment { fullDatabaseId databaseId } } }`, want: `query Q { node(id: "x") { ... on IssueComment { databaseId } } }`,
		},
		{
			name: "both ids", missing: []string{"IssueComment.fullDatabaseId", "IssueComment.databaseId"},
			needed:   []string{"IssueComment.databaseId", "IssueComment.fullDatabaseId"},
			document: `query Q { node(id: "x") { id ... on IssueComment { fullDatabaseId databaseId } } }`, want: `query Q { node(id: "x") { id } }`,
		},
		{
			name: "what cannot be done without", missing: []string{"PullRequest.number"}, needed: []string{"PullRequest.number"},
			document: repo + `labels(first: $n) { totalCount } } } }`, want: `query Q($r: ID!, $n: Int!) { node(id: $r) { ... on PullRequest { labels(first: $n) { totalCount } } } }`,
		},
		{
			name: "everything", missing: []string{"Query.node"}, needed: []string{"Query", "Query.node"},
			document: `query Q($r: ID!) { node(id: $r) { id } }`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, s := reduced(t, test.missing...)
			text, variables, p, err := s.prune(test.document, test.variables)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(formatted(t, test.want), formatted(t, text)); test.want != "" && diff != "" {
				t.Error(diff)
			}
			if test.left == nil {
				test.left = test.variables
			}
			if diff := gocmp.Diff(test.left, variables); diff != "" {
				t.Error(diff)
			}
			if diff := gocmp.Diff(test.absent, slices.Sorted(maps.Keys(p.absent))); diff != "" {
				t.Error(diff)
			}
			if diff := gocmp.Diff(test.needed, slices.Sorted(maps.Keys(p.needed))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// formatted gives a document in the one form that the formatter writes.
func formatted(t testing.TB, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return text
	}
	var b strings.Builder
	formatter.NewFormatter(&b).FormatQueryDocument(document)
	return b.String()
}

// names gives all that the documents use of the schema and that could be
// missing, as ReducedSchema takes it.
func names(t testing.TB) []string {
	t.Helper()
	whole, _ := reduced(t)
	found := map[string]bool{}
	for _, text := range allDocuments() {
		document, err := parser.ParseQuery(&ast.Source{Input: text})
		if err != nil {
			t.Fatal(err)
		}
		if errs := validator.ValidateWithRules(whole, document, nil); len(errs) > 0 {
			t.Fatal(errs)
		}
		namesOf(document.Operations[0].SelectionSet, found)
	}
	for enum, kind := range map[string]model.Kind{"IssueTimelineItemsItemType": model.Issue, "PullRequestTimelineItemsItemType": model.PullRequest} {
		for _, value := range itemTypes(kind) {
			found[enum+"."+value] = true
		}
	}
	for name := range dispensableFields {
		if strings.Contains(name, "(") {
			found[name] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func namesOf(set ast.SelectionSet, found map[string]bool) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if s.Name != "__typename" {
				found[s.ObjectDefinition.Name+"."+s.Name] = true
			}
			namesOf(s.SelectionSet, found)
		case *ast.InlineFragment:
			found[s.TypeCondition] = true
			if s.ObjectDefinition.Kind == ast.Union {
				found[s.ObjectDefinition.Name+"."+s.TypeCondition] = true
			}
			namesOf(s.SelectionSet, found)
		case *ast.FragmentSpread:
			namesOf(s.Definition.SelectionSet, found)
		}
	}
}

// Of everything that the documents ask for it is known whether it can be done
// without: then they are valid without it, else the error names it.
func TestEverythingIsDispensableOrNeeded(t *testing.T) {
	used, visited := map[string]bool{}, visitedTypes(t)
	all := names(t)
	if len(all) < 200 {
		t.Fatalf("only %d names: %v", len(all), all)
	}
	for _, name := range all {
		used[name] = true
		schema, err := githubtest.ReducedSchema(name)
		if err != nil {
			t.Fatal(err)
		}
		s := understood(schema, visited)
		absent, needed := pruneAll(t, schema, s)
		switch {
		case s.dispensable(name) && (len(needed) > 0 || !absent[name]):
			t.Errorf("%s is dispensable, yet %v is needed and %v absent", name, needed, absent)
		case !s.dispensable(name) && len(needed) == 0:
			t.Errorf("%s is missed by nobody", name)
		case !s.dispensable(name) && !needed[name] && !implied(name, needed):
			t.Errorf("%s is missing, but %v is named", name, needed)
		}
	}
	for name := range dispensableFields {
		if !used[name] {
			t.Errorf("%s is dispensable, yet no document asks for it", name)
		}
	}
	for name := range dispensableEvents {
		if !used[name] {
			t.Errorf("%s is dispensable, yet no document asks for it", name)
		}
	}
	for name := range either {
		if !used[name] {
			t.Errorf("%s is dispensable, yet no document asks for it", name)
		}
	}
}

// visitedTypes are the types that documents lead to.
func visitedTypes(t testing.TB) map[string]bool {
	t.Helper()
	_, whole := reduced(t)
	visited := map[string]bool{}
	for _, text := range allDocuments() {
		_, _, p, err := whole.prune(text, sentVariables())
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(visited, p.visited)
	}
	return visited
}

// implied reports whether something else is named because a type is missing: the
// fields of that type are missing, too.
func implied(name string, needed map[string]bool) bool {
	if strings.Contains(name, ".") {
		return false
	}
	return len(needed) > 0
}

// pruneAll prunes all documents, and holds those of which nothing needed is
// missing against the schema.
func pruneAll(t testing.TB, schema *ast.Schema, s *serverSchema) (absent, needed map[string]bool) {
	t.Helper()
	absent, needed = map[string]bool{}, map[string]bool{}
	for _, document := range allDocuments() {
		given := declared(t, document, sentVariables())
		text, variables, p, err := s.prune(document, given)
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(absent, p.absent)
		maps.Copy(needed, p.needed)
		if len(p.needed) == 0 {
			check(t, schema, text, variables)
		}
		if len(p.absent)+len(p.needed) == 0 && text != document {
			t.Errorf("nothing is missing, yet the document changed to\n%s", text)
		}
	}
	return absent, needed
}

func TestWholeSchemaChangesNothing(t *testing.T) {
	schema, s := reduced(t)
	if absent, needed := pruneAll(t, schema, s); len(absent)+len(needed) > 0 {
		t.Errorf("%v and %v are not missing", absent, needed)
	}
}

// What is kept of a schema suffices for every document.
func TestForgettingChangesNothing(t *testing.T) {
	missing := githubtest.EnterpriseMissing("2.21")
	schema, s := reduced(t, missing...)
	d, needed, err := survey(s, time.Unix(0, 0))
	if err != nil || len(needed) > 0 {
		t.Fatal(needed, err)
	}
	absent, needed := pruneAll(t, schema, s)
	if diff := gocmp.Diff(d.absent, absent); diff != "" || len(needed) > 0 {
		t.Error(diff, needed)
	}
	kept := 0
	for _, typ := range s.types {
		if typ.fields != nil {
			kept++
		}
	}
	if kept == 0 || kept > 100 {
		t.Errorf("%d types are kept", kept)
	}
}

// FuzzPrune takes any of what the documents ask for out of the schema: they are
// valid then, or the error names what is missing.
func FuzzPrune(f *testing.F) {
	all, visited := names(f), visitedTypes(f)
	for i := 0; i < len(all); i += 7 {
		f.Add([]byte{byte(i), byte(i >> 8), byte(3 * i), byte(3 * i >> 8)})
	}
	// All that is dispensable at once.
	var seed []byte
	_, whole := reduced(f)
	for i, name := range all {
		if whole.dispensable(name) {
			seed = append(seed, byte(i), byte(i>>8))
		}
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, choice []byte) {
		var missing []string
		for ; len(choice) > 1 && len(missing) < 100; choice = choice[2:] {
			missing = append(missing, all[(int(choice[0])|int(choice[1])<<8)%len(all)])
		}
		slices.SortFunc(missing, func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
		missing = slices.Compact(missing)
		schema, err := githubtest.ReducedSchema(missing...)
		if err != nil { // something went with something else
			t.Skip(err)
		}
		s := understood(schema, visited)
		_, needed := pruneAll(t, schema, s)
		for name := range needed {
			if s.dispensable(name) {
				t.Errorf("%s is needed, and dispensable", name)
			}
		}
	})
}

// rank puts what is within something before it.
func rank(name string) int {
	switch {
	case strings.Contains(name, "("):
		return 0
	case strings.Contains(name, "."):
		return 1
	}
	return 2
}
