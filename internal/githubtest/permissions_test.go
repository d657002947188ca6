package githubtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hidden makes the sample's repository private.
func hidden(o *Options) { o.Datasets[0].Repos[0].Visibility = "private" }

// lesser has tokens with few permissions.
func lesser(t *testing.T, change func(*Options)) *Server {
	t.Helper()
	s, _ := withApps(t, func(o *Options) {
		o.Apps[0].Installations[0].Permissions = map[string]string{"metadata": "read", "pull_requests": "read"}
		o.Tokens = append(o.Tokens,
			Token{Token: "fine", Login: "dora", Owner: "acme", Permissions: map[string]string{"metadata": "read", "issues": "read"}},
			Token{Token: "bare", Login: "dora", Owner: "acme", Permissions: map[string]string{}})
		if change != nil {
			change(o)
		}
	})
	return s
}

func TestPermissionsOfREST(t *testing.T) {
	s := lesser(t, hidden)
	app := minted(t, s, 11)
	const byApp, byToken = "Resource not accessible by integration", "Resource not accessible by personal access token"
	for _, test := range []struct {
		token, path, message, accepted string
	}{
		{app, repoPath(""), "", "metadata=read"},
		{app, repoPath("pulls"), "", "pull_requests=read"},
		{app, repoPath("pulls/comments"), "", "pull_requests=read"},
		{app, repoPath("issues"), byApp, "issues=read"},
		{app, repoPath("issues/comments"), "", "issues=read; pull_requests=read"},
		{app, repoPath("releases"), byApp, "contents=read"},
		{app, repoPath("commits/main"), byApp, "contents=read"},
		{app, repoPath("deployments"), byApp, "deployments=read"},
		{app, repoPath("actions/runs"), byApp, "actions=read"},
		{app, repoPath("tags"), "", "metadata=read"},
		{"fine", repoPath("issues"), "", "issues=read"},
		{"fine", repoPath("pulls"), byToken, "pull_requests=read"},
		{"fine", repoPath("labels"), "", "issues=read; pull_requests=read"},
		{"bare", repoPath("issues"), byToken, "issues=read"},
		{aliceToken, repoPath("issues"), "", ""},
	} {
		r := getAs(t, s, test.token, strings.TrimSuffix(test.path, "/"))
		if got := r.header.Get("X-Accepted-Github-Permissions"); got != test.accepted {
			t.Errorf("%s: header %q, want %q", test.path, got, test.accepted)
		}
		if test.message == "" && r.status != http.StatusOK || test.message != "" && (r.status != http.StatusForbidden || messageOf(t, r) != test.message) {
			t.Errorf("%s: %d %.200s", test.path, r.status, r.body)
		}
	}
}

func TestWhatIsPublicNeedsNoPermission(t *testing.T) {
	s := lesser(t, nil)
	if r := getAs(t, s, "bare", repoPath("pulls")); r.status != http.StatusOK {
		t.Errorf("REST: %d", r.status)
	}
	r := graphQLAs(t, s, "bare", `{repository(owner:"acme",name:"rocket"){issues{totalCount}}}`, nil)
	if strings.Contains(string(r.body), "errors") {
		t.Errorf("GraphQL: %s", r.body)
	}
}

// forbidden is an error of an answer, as far as tests look at it.
type forbidden struct {
	Type, Message string
	Path          []any
	Extensions    map[string]any
}

func TestPermissionsOfGraphQL(t *testing.T) {
	s := lesser(t, hidden)
	app := minted(t, s, 11)
	type answered struct {
		Data   any
		Errors []forbidden
	}
	refused := func(message string, path ...any) []forbidden {
		return []forbidden{{"FORBIDDEN", message, path, map[string]any{"saml_failure": false}}}
	}
	const byApp, byToken = "Resource not accessible by integration", "Resource not accessible by personal access token"
	repo, issue := GlobalID("R", sampleRepo), s.opts.Datasets[0].Repos[0].Items[0]
	for _, test := range []struct {
		name, token, query string
		want               answered
	}{
		{
			"allowed", app, `repository(owner:"acme",name:"rocket"){pullRequests{totalCount} name}`,
			answered{Data: map[string]any{"repository": map[string]any{"pullRequests": map[string]any{"totalCount": 4.0}, "name": "rocket"}}},
		},
		{
			"a list that cannot be null", app, `repository(owner:"acme",name:"rocket"){name issues{totalCount}}`,
			answered{map[string]any{"repository": nil}, refused(byApp, "repository", "issues")},
		},
		{
			"by id, under an alias", app, `node(id:"` + repo + `"){... on Repository{name list:issues{totalCount}}}`,
			answered{map[string]any{"node": nil}, refused(byApp, "node", "list")},
		},
		{
			"a field that can be null", app, `repository(owner:"acme",name:"rocket"){name defaultBranchRef{name}}`,
			answered{map[string]any{"repository": map[string]any{"name": "rocket", "defaultBranchRef": nil}}, refused(byApp, "repository", "defaultBranchRef")},
		},
		{
			"an item by id", app, `nodes(ids:["` + GlobalID("I", sampleRepo, issue.ID) + `"]){id}`,
			answered{map[string]any{"nodes": []any{nil}}, refused(byApp, "nodes", 0.0)},
		},
		{
			"a fine-grained token", "fine", `repository(owner:"acme",name:"rocket"){issue(number:1){number} pullRequest(number:3){number}}`,
			answered{map[string]any{"repository": map[string]any{"issue": map[string]any{"number": 1.0}, "pullRequest": nil}}, refused(byToken, "repository", "pullRequest")},
		},
	} {
		got := decode[answered](t, graphQLAs(t, s, test.token, "{"+test.query+"}", nil))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// TestFieldPermissions proves that what needs permissions exists, and that the permissions do.
func TestFieldPermissions(t *testing.T) {
	tables, err := loadedTables()
	if err != nil {
		t.Fatal(err)
	}
	known := allPermissions()
	for typ, fields := range fieldPermissions {
		for field, permissions := range fields {
			if tables.fieldOf(typ, field) == nil || tables.resolver(typ, field) == nil {
				t.Errorf("the schema has no %s.%s", typ, field)
			}
			for _, name := range strings.Fields(permissions) {
				if known[name] == "" {
					t.Errorf("%s.%s needs the unknown permission %s", typ, field, name)
				}
			}
		}
	}
	for _, r := range restRoutes() {
		if r.repository && r.permission == "" {
			t.Errorf("%s needs nothing", r.template)
		}
		for _, name := range strings.Fields(r.permission) {
			if known[name] == "" {
				t.Errorf("%s needs the unknown permission %s", r.template, name)
			}
		}
	}
}

func TestFineGrainedTokens(t *testing.T) {
	s, _ := limited(t, func(o *Options) {
		o.CoreLimit, o.GraphQLLimit = 5000, 5000
		o.Datasets[0].Repos[2].Visibility = "private" // alice/empty
		o.Tokens = append(o.Tokens,
			Token{Token: "of-acme", Login: "alice", Owner: "acme"},
			Token{Token: "of-alice", Login: "alice", Owner: "alice"},
			Token{Token: "one", Login: "alice", Owner: "acme", Repositories: []string{"acme/rocket", "alice/empty"}})
	})
	for _, test := range []struct {
		token, owner, name string
		readable           bool
	}{
		{"of-acme", "acme", "secret", true},
		{"of-acme", "alice", "empty", false},
		{"of-acme", "acme", "rocket", true},
		{"of-alice", "acme", "secret", false},
		{"of-alice", "alice", "empty", true},
		{"of-alice", "acme", "rocket", true}, // public
		{"one", "acme", "secret", false},
		{"one", "alice", "empty", false},
	} {
		r := getAs(t, s, test.token, "/repos/"+test.owner+"/"+test.name)
		if want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[test.readable]; r.status != want {
			t.Errorf("%s, %s/%s: %d", test.token, test.owner, test.name, r.status)
		}
		q := graphQLAs(t, s, test.token, `{repository(owner:"`+test.owner+`",name:"`+test.name+`"){name}}`, nil)
		if strings.Contains(string(q.body), `"NOT_FOUND"`) == test.readable {
			t.Errorf("%s, %s/%s: %s", test.token, test.owner, test.name, q.body)
		}
	}
	lost := graphQLAs(t, s, "of-alice", `{node(id:"`+GlobalID("R", privateRepo)+`"){id}}`, nil)
	if !strings.Contains(string(lost.body), `"NOT_FOUND"`) {
		t.Errorf("by id: %s", lost.body)
	}
}
