package githubtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testKeys are keys for Apps: making one takes a while.
var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

// mirrorApp is an App on the sample's organization, on one repository of it, and on a
// user that has nothing.
func mirrorApp() App {
	return App{
		ID: 7, ClientID: "Iv23liMirror", Slug: "mirror", PublicKey: &testKeys()[0].PublicKey,
		Permissions: map[string]string{"metadata": "read", "issues": "write", "pull_requests": "read"},
		Installations: []Installation{
			{ID: 11, Account: "acme"},
			{ID: 12, Account: "alice", Repositories: []string{"alice/empty"}},
			{ID: 13, Account: "nobody", Suspended: true, Permissions: map[string]string{"metadata": "read"}},
		},
	}
}

// signJWT makes a JSON web token of any claims.
func signJWT(key *rsa.PrivateKey, header, claims any) string {
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := part(header) + "." + part(claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

type claims map[string]any

// goodClaims are those that GitHub advises.
func goodClaims(now time.Time) claims {
	return claims{"iat": now.Unix() - 60, "exp": now.Unix() + 540, "iss": "Iv23liMirror"}
}

var rs256 = claims{"alg": "RS256", "typ": "JWT"}

// appJWT signs as the mirror App.
func appJWT(now time.Time) string { return signJWT(testKeys()[0], rs256, goodClaims(now)) }

func postAs(t testing.TB, s *Server, token, path, body string) reply {
	t.Helper()
	r, err := send(http.MethodPost, strings.TrimSuffix(s.APIURL(), "/")+path, token, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// withApps is a server on the sample with Apps and a clock to move.
func withApps(t *testing.T, change func(*Options)) (*Server, *movable) {
	t.Helper()
	return limited(t, func(o *Options) {
		o.CoreLimit, o.GraphQLLimit, o.Apps = 0, 0, []App{mirrorApp(), {ID: 8, ClientID: "Iv1.other", Slug: "other", Installations: []Installation{{ID: 21, Account: "acme"}}}}
		if change != nil {
			change(o)
		}
	})
}

// minted mints a token of an installation over HTTP.
func minted(t testing.TB, s *Server, id int64) string {
	t.Helper()
	r := postAs(t, s, appJWT(s.Now()), fmt.Sprintf("/app/installations/%d/access_tokens", id), "")
	token := decode[struct{ Token string }](t, r).Token
	if r.status != http.StatusCreated || token == "" {
		t.Fatalf("minting for %d: %d %s", id, r.status, r.body)
	}
	return token
}

func messageOf(t testing.TB, r reply) string {
	t.Helper()
	return decode[struct{ Message string }](t, r).Message
}

func TestJWTs(t *testing.T) {
	s, _ := withApps(t, nil)
	now := sampleNow
	with := func(changes claims) string {
		c := goodClaims(now)
		for name, value := range changes {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		}
		return signJWT(testKeys()[0], rs256, c)
	}
	good := with(nil)
	parts := strings.Split(good, ".")
	for _, test := range []struct {
		name, token string
		status      int
		message     string
	}{
		{"client id", good, 200, ""},
		{"app id as number", with(claims{"iss": 7}), 200, ""},
		{"app id as text", with(claims{"iss": "7"}), 200, ""},
		{"issued now, expires in ten minutes", with(claims{"iat": now.Unix(), "exp": now.Unix() + 600}), 200, ""},
		{"ten minutes and a second", with(claims{"exp": now.Unix() + 601}), 401, jwtExpiryTooFar},
		{"expires now", with(claims{"exp": now.Unix()}), 401, jwtExpired},
		{"expires as text", with(claims{"exp": "soon"}), 401, jwtExpired},
		{"expires never", with(claims{"exp": nil}), 401, jwtNoExpiry},
		{"issued in the future", with(claims{"iat": now.Unix() + 1}), 401, jwtBadIssuedAt},
		{"issued at half a second", with(claims{"iat": 0.5}), 401, jwtBadIssuedAt},
		{"issued at no time", with(claims{"iat": nil}), 401, jwtNoIssuedAt},
		{"another App", with(claims{"iss": 99}), 404, jwtUnknownApp},
		{"another client", with(claims{"iss": "Iv1.none"}), 401, jwtOtherIssuer},
		{"no issuer", with(claims{"iss": nil}), 401, jwtNoIssuer},
		{"an App without a key", with(claims{"iss": 8}), 401, jwtNoKey},
		{"another key", signJWT(testKeys()[1], rs256, goodClaims(now)), 401, jwtUndecodable},
		{"another algorithm", signJWT(testKeys()[0], claims{"alg": "RS512"}, goodClaims(now)), 401, jwtUndecodable},
		{"no algorithm", signJWT(testKeys()[0], claims{"alg": "none"}, goodClaims(now)), 401, jwtUndecodable},
		{"no signature", parts[0] + "." + parts[1] + ".", 401, jwtUndecodable},
		{"claims of another", parts[0] + "." + strings.Split(with(claims{"iss": 7}), ".")[1] + "." + parts[2], 401, jwtUndecodable},
		{"no JSON", parts[0] + ".e30x." + parts[2], 401, jwtUndecodable},
		{"null", parts[0] + ".bnVsbA." + parts[2], 401, jwtUndecodable},
		{"no base64", parts[0] + ".%%." + parts[2], 401, jwtUndecodable},
		{"a personal token", aliceToken, 401, jwtUndecodable},
		{"no token", "", 401, jwtUndecodable},
	} {
		r := getAs(t, s, test.token, "/app")
		if r.status != test.status || test.message != "" && messageOf(t, r) != test.message {
			t.Errorf("%s: %d %.200s", test.name, r.status, r.body)
		}
	}
	if app := decode[struct{ Slug, Client_id string }](t, getAs(t, s, good, "/app")); app.Slug != "mirror" || app.Client_id != "Iv23liMirror" {
		t.Errorf("the App: %+v", app)
	}
}

func TestJWTsByTheServersClock(t *testing.T) {
	s, clock := withApps(t, nil)
	token := appJWT(sampleNow)
	clock.move(9 * time.Minute)
	if r := getAs(t, s, token, "/app"); r.status != http.StatusUnauthorized || messageOf(t, r) != jwtExpired {
		t.Errorf("nine minutes later: %d %s", r.status, r.body)
	}
	clock.move(-11 * time.Minute)
	if r := getAs(t, s, token, "/app"); r.status != http.StatusUnauthorized || messageOf(t, r) != jwtBadIssuedAt {
		t.Errorf("by a clock that is two minutes behind: %d %s", r.status, r.body)
	} else if got := r.header.Get("Date"); got != sampleNow.Add(-2*time.Minute).Format(http.TimeFormat) {
		t.Errorf("Date %s", got)
	}
}

func TestJWTsOpenOnlyAppsEndpoints(t *testing.T) {
	s, _ := withApps(t, nil)
	token := appJWT(sampleNow)
	for _, path := range []string{"/user", "/repos/acme/rocket", "/orgs/acme/repos", "/none"} {
		if r := getAs(t, s, token, path); r.status != http.StatusUnauthorized || messageOf(t, r) != "Bad credentials" {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	if r := getAs(t, s, token, "/installation/repositories"); r.status != http.StatusForbidden || !strings.Contains(messageOf(t, r), "installation access token") {
		t.Errorf("an installation's repositories: %d %s", r.status, r.body)
	}
	if r := graphQLAs(t, s, token, "{viewer{login}}", nil); r.status != http.StatusUnauthorized {
		t.Errorf("GraphQL: %d %s", r.status, r.body)
	}
	if r := getAs(t, s, minted(t, s, 11), "/app"); r.status != http.StatusUnauthorized || messageOf(t, r) != jwtUndecodable {
		t.Errorf("an installation token at /app: %d %s", r.status, r.body)
	}
	for path, status := range map[string]int{
		"/app/installations/11/access_tokens": 404, "/app/installations/21": 404, "/app/installations/99": 404, "/app/installations/x": 404,
	} {
		if r := getAs(t, s, token, path); r.status != status {
			t.Errorf("GET %s: %d", path, r.status)
		}
	}
	if r := postAs(t, s, token, "/app", ""); r.status != http.StatusNotFound {
		t.Errorf("POST /app: %d", r.status)
	}
}

func TestInstallationsInPages(t *testing.T) {
	s, _ := withApps(t, nil)
	type row struct {
		ID                   int64
		Account              struct{ Login string }
		Repository_selection string
		Suspended_at         *string
		Permissions          map[string]string
	}
	first := getAs(t, s, appJWT(sampleNow), "/app/installations?per_page=2")
	link := first.header.Get("Link")
	if !strings.Contains(link, `/app/installations?page=2&per_page=2>; rel="next"`) {
		t.Errorf("Link: %s", link)
	}
	rows := append(decode[[]row](t, first), decode[[]row](t, getAs(t, s, appJWT(sampleNow), "/app/installations?per_page=2&page=2"))...)
	at := sampleNow.UTC().Format(time.RFC3339)
	asked := mirrorApp().Permissions
	var want [3]row
	want[0] = row{ID: 11, Repository_selection: "all", Permissions: asked}
	want[1] = row{ID: 12, Repository_selection: "selected", Permissions: asked}
	want[2] = row{ID: 13, Repository_selection: "all", Suspended_at: &at, Permissions: map[string]string{"metadata": "read"}}
	for i, login := range []string{"acme", "alice", "nobody"} {
		want[i].Account.Login = login
	}
	if diff := cmp.Diff(want[:], rows); diff != "" {
		t.Error(diff)
	}
}

// FuzzJWT proves that no text but one that the App signed is taken for the App's.
func FuzzJWT(f *testing.F) {
	good := appJWT(sampleNow)
	parts := strings.Split(good, ".")
	for _, seed := range []string{"", ".", "..", good, parts[0] + "..", parts[0] + "." + parts[1] + ".AAAA", good + "A", "e30.bnVsbA.AA", "e30.e30.AA"} {
		f.Add(seed)
	}
	registry := newAppRegistry([]App{mirrorApp()}, sampleNow)
	f.Fuzz(func(t *testing.T, token string) {
		app, problem := registry.byJWT(token, sampleNow)
		if (app == nil) == (problem == nil) {
			t.Errorf("%q: App %v, problem %v", token, app, problem)
		}
		if app != nil && !strings.HasPrefix(token, parts[0]+"."+parts[1]+".") {
			t.Errorf("%q is taken for the App's", token)
		}
	})
}
