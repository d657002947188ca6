package githubtest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// signedOn is a server whose organization asks for single sign-on.
func signedOn(t *testing.T) *Server {
	t.Helper()
	s, _ := withApps(t, func(o *Options) {
		o.SSO = []string{"Acme"}
		o.Tokens = append(o.Tokens,
			Token{Token: "authorized", Login: "alice", Scopes: []string{"repo"}, SSO: []string{"acme"}},
			Token{Token: "fine", Login: "alice", Owner: "acme"})
	})
	return s
}

func TestSingleSignOnOfREST(t *testing.T) {
	s := signedOn(t)
	for _, path := range []string{repoPath("issues"), "/repos/acme/secret", "/repositories/102", "/orgs/acme/repos", "/users/acme/repos"} {
		r := getAs(t, s, aliceToken, path)
		header := r.header.Get("X-Github-Sso")
		if r.status != http.StatusForbidden || messageOf(t, r) != samlMessage || !strings.HasPrefix(header, "required; url=https://github.com/orgs/acme/sso?") {
			t.Errorf("%s: %d %q %s", path, r.status, header, r.body)
		}
		for name, token := range map[string]string{"authorized": "authorized", "fine-grained": "fine", "an App's": minted(t, s, 11)} {
			if r := getAs(t, s, token, path); r.status != http.StatusOK || r.header.Get("X-Github-Sso") != "" {
				t.Errorf("%s token, %s: %d", name, path, r.status)
			}
		}
	}
	for path, status := range map[string]int{"/repos/alice/empty": 200, "/repos/acme/none": 404, "/user": 200} {
		if r := getAs(t, s, aliceToken, path); r.status != status {
			t.Errorf("%s: %d", path, r.status)
		}
	}
	if r := getAs(t, s, "", repoPath("issues")); r.status != http.StatusOK {
		t.Errorf("without a token: %d", r.status)
	}
}

func TestSingleSignOnMakesListsPartial(t *testing.T) {
	s := signedOn(t)
	list := func(token string) (names []string, header string) {
		r := getAs(t, s, token, "/user/repos")
		for _, row := range decode[[]struct{ Full_name string }](t, r) {
			names = append(names, row.Full_name)
		}
		return names, r.header.Get("X-Github-Sso")
	}
	names, header := list(aliceToken)
	if diff := cmp.Diff([]string{"alice/empty"}, names); diff != "" || header != "partial-results; organizations=11" {
		t.Errorf("%s, header %q", diff, header)
	}
	names, header = list("authorized")
	if diff := cmp.Diff([]string{"acme/secret", "alice/empty"}, names); diff != "" || header != "" {
		t.Errorf("%s, header %q", diff, header)
	}
}

func TestSingleSignOnOfGraphQL(t *testing.T) {
	s := signedOn(t)
	repo := s.opts.Datasets[0].Repos[0]
	for _, test := range []struct {
		query string
		data  any
		path  []any
	}{
		{`repository(owner:"acme",name:"secret"){name}`, map[string]any{"repository": nil}, []any{"repository"}},
		{`organization(login:"acme"){login}`, map[string]any{"organization": nil}, []any{"organization"}},
		{`repositoryOwner(login:"acme"){login}`, map[string]any{"repositoryOwner": nil}, []any{"repositoryOwner"}},
		{
			`nodes(ids:["` + GlobalID("R", emptyRepo) + `","` + GlobalID("R", sampleRepo) + `"]){__typename}`,
			map[string]any{"nodes": []any{map[string]any{"__typename": "Repository"}, nil}},
			[]any{"nodes", 1.0},
		},
		{`node(id:"` + GlobalID("I", sampleRepo, repo.Items[0].ID) + `"){__typename}`, map[string]any{"node": nil}, []any{"node"}},
		{`node(id:"` + GlobalID("O", 11) + `"){__typename}`, map[string]any{"node": nil}, []any{"node"}},
	} {
		r := graphQLAs(t, s, aliceToken, "{"+test.query+"}", nil)
		got := decode[struct {
			Data   any
			Errors []forbidden
		}](t, r)
		want := []forbidden{{"FORBIDDEN", samlMessage, test.path, map[string]any{"saml_failure": true}}}
		if diff := cmp.Diff(want, got.Errors) + cmp.Diff(test.data, got.Data); diff != "" {
			t.Errorf("%s: %s", test.query, diff)
		}
		if r.status != http.StatusOK || !strings.HasPrefix(r.header.Get("X-Github-Sso"), "required; url=") {
			t.Errorf("%s: %d %v", test.query, r.status, r.header)
		}
		if r := graphQLAs(t, s, "authorized", "{"+test.query+"}", nil); strings.Contains(string(r.body), "errors") || r.header.Get("X-Github-Sso") != "" {
			t.Errorf("authorized, %s: %s", test.query, r.body)
		}
	}
}
