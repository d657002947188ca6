package githubtest

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// introspection is the query that tools send.
const introspection = `query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name }
	types { ...FullType } directives { name description locations args { ...InputValue } } } }
fragment FullType on __Type { kind name description
	fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
	inputFields { ...InputValue } interfaces { ...TypeRef }
	enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }`

func TestIntrospection(t *testing.T) {
	a := sampleAsker(t)
	var got struct {
		Schema struct {
			QueryType struct{ Name string }
			Types     []struct {
				Kind, Name    string
				Fields        []struct{ Name string }
				PossibleTypes []struct{ Name string }
				EnumValues    []struct{ Name string }
				InputFields   []struct{ Name, DefaultValue string }
			}
		} `json:"__schema"`
	}
	a.into(&got, introspection, nil)
	if got.Schema.QueryType.Name != "Query" || len(got.Schema.Types) != len(a.engine.schema.Types) {
		t.Fatalf("query type %q, %d types", got.Schema.QueryType.Name, len(got.Schema.Types))
	}
	for _, typ := range got.Schema.Types {
		definition := a.engine.schema.Types[typ.Name]
		if string(definition.Kind) != typ.Kind || len(definition.EnumValues) != len(typ.EnumValues) {
			t.Errorf("%s is a %s with %d values", typ.Name, typ.Kind, len(typ.EnumValues))
		}
		if definition.IsAbstractType() != (typ.PossibleTypes != nil) {
			t.Errorf("%s has possible types %v", typ.Name, typ.PossibleTypes)
		}
	}
}

func TestTypeIntrospection(t *testing.T) {
	got := sampleAsker(t).data(`{ a: __type(name: "IssueOrder") { kind inputFields { name type { kind ofType { name } } } }
		b: __type(name: "Nope") { name } c: __type(name: "PullRequest") { name interfaces { name } fields { name } } }`, nil)
	var data struct {
		A, B json.RawMessage
		C    struct {
			Interfaces, Fields []struct{ Name string }
		}
	}
	if err := json.Unmarshal([]byte(got), &data); err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"INPUT_OBJECT","inputFields":[{"name":"direction","type":{"kind":"NON_NULL","ofType":{"name":"OrderDirection"}}},` +
		`{"name":"field","type":{"kind":"NON_NULL","ofType":{"name":"IssueOrderField"}}}]}`
	if diff := cmp.Diff(want, string(data.A)); diff != "" {
		t.Error(diff)
	}
	if string(data.B) != "null" || len(data.C.Interfaces) < 10 {
		t.Errorf("%s, %+v", data.B, data.C.Interfaces)
	}
	for _, f := range data.C.Fields {
		if f.Name == "databaseId" {
			t.Error("a deprecated field is shown to those who did not ask for it")
		}
	}
}
