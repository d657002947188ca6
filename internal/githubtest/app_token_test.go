package githubtest

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestInstallationTokens(t *testing.T) {
	s, clock := withApps(t, nil)
	r := postAs(t, s, appJWT(sampleNow), "/app/installations/11/access_tokens", "")
	got := decode[struct {
		Token, Expires_at, Repository_selection string
		Permissions                             map[string]string
	}](t, r)
	if !regexp.MustCompile(`^ghs_[A-Za-z0-9]{36}$`).MatchString(got.Token) {
		t.Errorf("token %q", got.Token)
	}
	if want := sampleNow.Add(time.Hour).UTC().Format(time.RFC3339); got.Expires_at != want || got.Repository_selection != "all" {
		t.Errorf("%+v, want it to expire at %s", got, want)
	}
	if diff := cmp.Diff(mirrorApp().Permissions, got.Permissions); diff != "" {
		t.Error(diff)
	}
	if again := minted(t, s, 11); again == got.Token {
		t.Error("the second token is the first")
	}
	seen := getAs(t, s, got.Token, "/repos/acme/secret/issues")
	if seen.status != http.StatusOK || seen.header.Get("X-Ratelimit-Limit") != "5000" || seen.header.Get("Github-Authentication-Token-Expiration") != "" {
		t.Errorf("the account's private repository: %d %v", seen.status, seen.header)
	}
	if s.Budget("mirror/acme", "core").Used != 1 || s.Budget("mirror", "core").Used != 2 {
		t.Errorf("budgets %+v and %+v", s.Budget("mirror/acme", "core"), s.Budget("mirror", "core"))
	}
	if r := getAs(t, s, got.Token, "/user"); r.status != http.StatusForbidden || messageOf(t, r) != "Resource not accessible by integration" {
		t.Errorf("/user: %d %s", r.status, r.body)
	}
	if r := graphQLAs(t, s, got.Token, "{viewer{login}}", nil); string(r.body) != `{"data":{"viewer":{"login":"mirror[bot]"}}}` {
		t.Errorf("viewer: %s", r.body)
	}
	clock.move(time.Hour - time.Second)
	if r := getAs(t, s, got.Token, "/repos/acme/secret"); r.status != http.StatusOK {
		t.Errorf("a second before it expires: %d", r.status)
	}
	clock.move(time.Second)
	if r := getAs(t, s, got.Token, "/repos/acme/secret"); r.status != http.StatusUnauthorized || messageOf(t, r) != "Bad credentials" {
		t.Errorf("when it has expired: %d %s", r.status, r.body)
	}
	if r := getAs(t, s, minted(t, s, 11), "/repos/acme/secret"); r.status != http.StatusOK {
		t.Errorf("its successor: %d", r.status)
	}
}

func TestSuspendedInstallations(t *testing.T) {
	s, _ := withApps(t, nil)
	token := minted(t, s, 11)
	if err := s.SuspendInstallation(11, true); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]reply{
		"REST": getAs(t, s, token, "/repos/acme/rocket"), "GraphQL": graphQLAs(t, s, token, "{viewer{login}}", nil),
	} {
		if want := "This installation owned by acme suspended your access at 2024-06-01T12:00:00Z."; r.status != http.StatusForbidden || messageOf(t, r) != want {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	for _, id := range []int{11, 13} {
		r := postAs(t, s, appJWT(sampleNow), fmt.Sprintf("/app/installations/%d/access_tokens", id), "")
		if r.status != http.StatusForbidden || messageOf(t, r) != "This installation has been suspended" {
			t.Errorf("minting for %d: %d %s", id, r.status, r.body)
		}
	}
	if err := s.SuspendInstallation(11, false); err != nil {
		t.Fatal(err)
	}
	if r := getAs(t, s, token, "/repos/acme/rocket"); r.status != http.StatusOK {
		t.Errorf("when that is over: %d", r.status)
	}
	if s.SuspendInstallation(99, true) == nil || s.RemoveInstallation(99) == nil {
		t.Error("changes an installation that does not exist")
	}
}

func TestInstallationsComeAndGo(t *testing.T) {
	s, _ := withApps(t, nil)
	token := minted(t, s, 11)
	if err := s.RemoveInstallation(11); err != nil {
		t.Fatal(err)
	}
	if r := getAs(t, s, token, "/repos/acme/rocket"); r.status != http.StatusUnauthorized {
		t.Errorf("the token of a removed installation: %d", r.status)
	}
	if r := postAs(t, s, appJWT(sampleNow), "/app/installations/11/access_tokens", ""); r.status != http.StatusNotFound {
		t.Errorf("minting for it: %d", r.status)
	}
	if err := s.AddInstallation("mirror", Installation{ID: 15, Account: "acme", CoreLimit: 77}); err != nil {
		t.Fatal(err)
	}
	token = minted(t, s, 15)
	if r := getAs(t, s, token, "/repos/acme/secret"); r.status != http.StatusOK || r.header.Get("X-Ratelimit-Limit") != "77" {
		t.Errorf("the token of a new one: %d %v", r.status, r.header)
	}
	s.RevokeInstallationTokens(15)
	if r := getAs(t, s, token, "/repos/acme/secret"); r.status != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", r.status)
	}
	if s.AddInstallation("mirror", Installation{ID: 15}) == nil || s.AddInstallation("none", Installation{ID: 16}) == nil {
		t.Error("installs what cannot be installed")
	}
}

func TestRotateKey(t *testing.T) {
	s, _ := withApps(t, nil)
	if err := s.RotateKey("7", &testKeys()[1].PublicKey); err != nil {
		t.Fatal(err)
	}
	if r := getAs(t, s, appJWT(sampleNow), "/app"); r.status != http.StatusUnauthorized || messageOf(t, r) != jwtUndecodable {
		t.Errorf("by the old key: %d %s", r.status, r.body)
	}
	if r := getAs(t, s, signJWT(testKeys()[1], rs256, goodClaims(sampleNow)), "/app"); r.status != http.StatusOK {
		t.Errorf("by the new one: %d", r.status)
	}
	if s.RotateKey("none", nil) == nil {
		t.Error("an App that does not exist has a key")
	}
}

func TestSelectedRepositories(t *testing.T) {
	s, _ := withApps(t, func(o *Options) {
		o.Apps[0].Installations = []Installation{
			{ID: 11, Account: "acme", Repositories: []string{"acme/secret"}},
			{ID: 12, Account: "acme", RepositorySelection: "selected"},
		}
	})
	for id, status := range map[int64]int{11: http.StatusOK, 12: http.StatusNotFound} {
		token := minted(t, s, id)
		if r := getAs(t, s, token, "/repos/acme/secret"); r.status != status {
			t.Errorf("installation %d: %d", id, r.status)
		}
		list := decode[struct {
			Total_count          int
			Repository_selection string
		}](t, getAs(t, s, token, "/installation/repositories"))
		if want := map[int]int{http.StatusOK: 1}[status]; list.Total_count != want || list.Repository_selection != "selected" {
			t.Errorf("installation %d lists %+v", id, list)
		}
	}
	if err := s.ChangeInstallation(12, func(i *Installation) { i.Repositories = []string{"acme/secret"} }); err != nil {
		t.Fatal(err)
	}
	if r := getAs(t, s, minted(t, s, 12), "/repos/acme/secret"); r.status != http.StatusOK {
		t.Errorf("selected later: %d", r.status)
	}
}

func TestTokensForLess(t *testing.T) {
	s, _ := withApps(t, nil)
	for _, test := range []struct {
		name, body string
		status     int
		message    string
		reads      int // the status of a private repository's issues
	}{
		{"nothing asked", `{}`, 201, "", 200},
		{"one repository", `{"repositories":["secret"]}`, 201, "", 200},
		{"another", `{"repositories":["rocket"]}`, 201, "", 404},
		{"by id", fmt.Sprintf(`{"repository_ids":[%d]}`, privateRepo), 201, "", 200},
		{"without issues", `{"permissions":{"pull_requests":"read"}}`, 201, "", 403},
		{"less than granted", `{"permissions":{"issues":"read"}}`, 201, "", 200},
		{"more than granted", `{"permissions":{"pull_requests":"write"}}`, 422, foreignRights, 0},
		{"not granted", `{"permissions":{"contents":"read"}}`, 422, foreignRights, 0},
		{"no such repository", `{"repositories":["none"]}`, 422, foreignRepos, 0},
		{"no such id", `{"repository_ids":[103]}`, 422, foreignRepos, 0},
		{"no JSON", `{`, 400, "Problems parsing JSON", 0},
	} {
		r := postAs(t, s, appJWT(sampleNow), "/app/installations/11/access_tokens", test.body)
		if r.status != test.status || test.message != "" && messageOf(t, r) != test.message {
			t.Errorf("%s: %d %s", test.name, r.status, r.body)
			continue
		}
		if test.reads != 0 {
			token := decode[struct{ Token string }](t, r).Token
			if got := getAs(t, s, token, "/repos/acme/secret/issues").status; got != test.reads {
				t.Errorf("%s: the private repository is answered with %d", test.name, got)
			}
		}
	}
}

func TestBudgetsOfInstallations(t *testing.T) {
	many := &Dataset{}
	for n := range 25 {
		many.Repos = append(many.Repos, &Repo{ID: int64(1000 + n), Owner: "acme", Name: fmt.Sprint("r", n), DefaultBranch: "main", CreatedAt: sampleStart})
	}
	for _, test := range []struct {
		name          string
		change        func(*Options)
		core, graphQL string
	}{
		{"25 repositories and the sample's two", func(*Options) {}, "5350", "5350"},
		{"the server's", func(o *Options) { o.CoreLimit, o.GraphQLLimit = 600, 700 }, "600", "700"},
		{"its own", func(o *Options) { o.Apps[0].Installations[0].CoreLimit, o.Apps[0].Installations[0].GraphQLLimit = 8, 9 }, "8", "9"},
	} {
		s, _ := withApps(t, func(o *Options) { o.Datasets = append(o.Datasets, many); test.change(o) })
		token := minted(t, s, 11)
		core := getAs(t, s, token, "/repos/acme/rocket").header.Get("X-Ratelimit-Limit")
		points := graphQLAs(t, s, token, "{viewer{login}}", nil).header.Get("X-Ratelimit-Limit")
		if core != test.core || points != test.graphQL {
			t.Errorf("%s: %s and %s", test.name, core, points)
		}
	}
	for repositories, want := range map[int]int{0: 5000, 20: 5000, 21: 5050, 170: 12500, 171: 12500, 9999: 12500} {
		if got := scaled(repositories); got != want {
			t.Errorf("%d repositories give %d, want %d", repositories, got, want)
		}
	}
}

// TestETagsOfInstallationTokens proves that rotating a token loses its ETags, as on GitHub.
func TestETagsOfInstallationTokens(t *testing.T) {
	s, _ := withApps(t, nil)
	first, second := minted(t, s, 11), minted(t, s, 11)
	tag := getAs(t, s, first, repoPath("issues")).header.Get("Etag")
	used := s.Budget("mirror/acme", "core").Used
	if r := getAs(t, s, first, repoPath("issues"), "If-None-Match", tag); r.status != http.StatusNotModified {
		t.Errorf("the same token: %d", r.status)
	}
	if got := s.Budget("mirror/acme", "core").Used; got != used {
		t.Errorf("a 304 costs %d", got-used)
	}
	if r := getAs(t, s, second, repoPath("issues"), "If-None-Match", tag); r.status != http.StatusOK || r.header.Get("Etag") == tag {
		t.Errorf("the next token: %d", r.status)
	}
}

func TestInstallationTokenWithoutARequest(t *testing.T) {
	s, _ := withApps(t, nil)
	token, err := s.InstallationToken(11)
	if err != nil {
		t.Fatal(err)
	}
	if r := getAs(t, s, token, "/repos/acme/secret"); r.status != http.StatusOK || s.Counts().REST != 1 {
		t.Errorf("%d", r.status)
	}
	if _, err := s.InstallationToken(99); err == nil {
		t.Error("a token of nothing")
	}
}

// TestIdentitiesAreTold proves that what is counted never holds a token.
func TestIdentitiesAreTold(t *testing.T) {
	s, _ := withApps(t, nil)
	token := minted(t, s, 11)
	getAs(t, s, token, "/repos/acme/rocket")
	getAs(t, s, "eyJ.not.good", "/app")
	got := slices.Sorted(maps.Keys(s.Counts().Identities))
	if diff := cmp.Diff([]string{"anonymous", "mirror", "mirror/acme"}, got); diff != "" {
		t.Error(diff)
	}
	if text := fmt.Sprintf("%+v %+v", s.Counts(), s.Requests()); strings.Contains(text, token) {
		t.Error("the log holds a token")
	}
}
