package github

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// What an introspection tells is what the schema is.
func TestIntrospection(t *testing.T) {
	missing := githubtest.EnterpriseMissing("2.21")
	_, want := reduced(t, missing...)
	client, server := clientOf(t, githubtest.Options{Missing: missing})
	got, err := client.introspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(serverSchema{}, schemaType{}, schemaField{})); diff != "" {
		t.Error(diff)
	}
	if r := server.Requests(); len(r) != 1 || r[0].Points > 1 {
		t.Errorf("it took %+v", r)
	}
}

func TestReadSchema(t *testing.T) {
	for name, test := range map[string]struct{ data, want string }{
		"no object":  {`[]`, reasonMalformed},
		"nothing":    {`{"__schema":null}`, reasonForbidden},
		"no types":   {`{"__schema":{"queryType":{"name":"Query"},"types":[]}}`, reasonMalformed},
		"no fields":  {`{"__schema":{"queryType":{"name":"Query"},"types":[{"name":"Query","fields":null}]}}`, reasonMalformed},
		"no root":    {`{"__schema":{"queryType":{"name":"Root"},"types":[{"name":"Query","fields":[{"name":"a"}]}]}}`, reasonMalformed},
		"wrong type": {`{"__schema":{"types":{}}}`, reasonMalformed},
		"whole":      {`{"__schema":{"queryType":null,"types":[{"name":"Query","fields":[{"name":"a"}]}]}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, e := readSchema([]byte(test.data))
			switch {
			case test.want == "" && (e != nil || !s.has("Query", "a")):
				t.Errorf("got %v, %v", s, e)
			case test.want != "" && (e == nil || e.Reason != test.want):
				t.Errorf("got %v, want %s", e, test.want)
			}
		})
	}
}

// FuzzReadSchema reads whatever a server calls its schema, and prunes by it.
func FuzzReadSchema(f *testing.F) {
	f.Add([]byte(`{"__schema":{"queryType":{"name":"Query"},"types":[{"name":"Query","fields":[{"name":"node","args":[{"name":"id"}],"type":{"name":"Node"}}]}]}}`))
	f.Add([]byte(`{"__schema":{"queryType":null,"types":[{"name":"Query","fields":[{"name":"nodes","type":{"ofType":{"name":"Query"}}}]}]}}`))
	f.Add([]byte(`{"__schema":{"types":[{"name":"Query","fields":[{"name":"repository","type":{"name":"Nothing"}}]},{"name":"Repository"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, e := readSchema(data)
		if e != nil {
			return
		}
		if _, _, err := survey(s, time.Unix(0, 0)); err != nil {
			t.Error(err)
		}
	})
}

// What is known of a schema holds for a while even if a document is refused.
func TestSchemaRests(t *testing.T) {
	var offset atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	client, server := clientOf(t, githubtest.Options{Missing: []string{"Repository.issues(filterBy)"}}, func(o *Options) { o.Now = now })
	for i, test := range []struct {
		after time.Duration
		want  int
	}{{0, 2}, {0, 3}, {schemaRest / 2, 4}, {schemaRest, 6}, {schemaRest, 7}} {
		offset.Store(int64(test.after))
		if _, err := client.Issues(t.Context(), PageRequest{Repo: testRepo}); !errors.Is(err, ErrSchema) {
			t.Fatalf("got %v", err)
		}
		if got := len(server.Requests()); got != test.want {
			t.Errorf("%d requests after call %d, want %d", got, i, test.want)
		}
	}
}

// Where nothing is missing documents are sent as they are, and nothing else is.
func TestNothingIsAskedWhereNothingIsMissing(t *testing.T) {
	fake := answers(answer(http.StatusNotFound, `{"message":"Not Found"}`))
	client := newTestClient(t, fake)
	_, _ = client.PullRequests(t.Context(), PageRequest{Repo: testRepo})
	if len(fake.requests) != 1 || fake.requests[0].Query != document("PullsPage") {
		t.Errorf("sent %+v", fake.requests)
	}
}

// An error that is not about the schema is none of one.
func TestSchemaErrors(t *testing.T) {
	for _, test := range []struct{ errors, want string }{
		{`{"extensions":{"code":"undefinedField"},"message":"Field 'x' doesn't exist on type 'Issue'"}`, reasonSchema},
		{`{"extensions":{"code":"argumentNotAccepted"},"message":"Field 'x' doesn't accept argument 'y'"}`, reasonSchema},
		{`{"extensions":{"code":"undefinedType"},"message":"No such type X, so it can't be a fragment condition"}`, reasonSchema},
		{`{"extensions":{"code":"cannotSpreadFragment"},"message":"Fragment on Bot can't be spread inside RequestedReviewer"}`, reasonSchema},
		{`{"extensions":{"code":"variableRequiresValidType"},"message":"X isn't a defined input type (on $x)"}`, reasonSchema},
		{`{"extensions":{"value":["X"],"problems":[{"path":[0]}]},"message":"Variable $t of type [T!] was provided invalid value for 0 (Expected \"X\" to be one of: Y)"}`, reasonSchema},
		{`{"extensions":{"code":"missingRequiredArguments"},"message":"Field 'node' is missing required arguments: id"}`, reasonRejected},
		{`{"message":"Variable $t of type T! was provided invalid value"}`, reasonRejected},
		{`{"type":"NOT_FOUND","message":"Could not resolve to a node"}`, reasonNotFound},
	} {
		env, err := parseEnvelope([]byte(`{"errors":[` + test.errors + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		if e := env.failure(); e.Reason != test.want {
			t.Errorf("%s is %s, want %s", test.errors, e.Reason, test.want)
		}
	}
}

// A list that is queued, and that the server does not have any more, has ended.
func TestDrainOfAListThatTheServerLacks(t *testing.T) {
	client, _ := clientOf(t, githubtest.Options{Missing: []string{"PullRequest.closingIssuesReferences"}})
	if _, err := client.study(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	list := Overflow{Number: 1, Kind: 2, NodeID: "P_1", Connection: Closing}
	rd := client.reader(testRepo)
	rd.dialect = &dialect{absent: map[string]bool{"PullRequest.closingIssuesReferences": true}}
	var raw rawItem
	raw.TypeName, raw.Number = "PullRequest", 1
	raw.Repository = &struct {
		DatabaseID int64 `json:"databaseId"`
	}{7}
	p := OverflowPage{Overflow: list}
	if e := rd.drainedList(&raw, testRepo, &p); e != nil || p.HasNext || len(p.Closes) > 0 {
		t.Errorf("%+v, %v", p, e)
	}
	rd.dialect = nil
	raw.Closing = nil
	if e := rd.drainedList(&raw, testRepo, &p); e == nil || !strings.Contains(e.Message, "without its lists") {
		t.Errorf("got %v", e)
	}
}
