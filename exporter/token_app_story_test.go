package exporter

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

const appToken = "{name: app, app: {client_id: Iv1.story, private_key_file: app.pem}}"

// newAppWorld has the App figures, installed on these accounts.
func newAppWorld(t *testing.T, opts githubtest.Options, accounts ...string) *tokenWorld {
	t.Helper()
	app := githubtest.App{ID: 7, ClientID: "Iv1.story", Slug: "figures", PublicKey: &appSigner().PublicKey}
	for i, account := range accounts {
		app.Installations = append(app.Installations, githubtest.Installation{ID: int64(71 + i), Account: account})
	}
	opts.Apps = append(opts.Apps, app)
	w := newTokenWorld(t, opts)
	w.file("app.pem", appKey())
	return w
}

// private makes all repositories of datasets private.
func private(datasets []*githubtest.Dataset) []*githubtest.Dataset {
	for _, d := range datasets {
		for _, r := range d.Repos {
			r.Visibility = "private"
		}
	}
	return datasets
}

// mints counts the tokens that the App was given. A clock that is moved while an
// answer is under way looks like another clock than GitHub's: what the App signs
// by it may be refused once, and is asked for again.
func (w *tokenWorld) mints() (n int) {
	for _, a := range w.seen.all() {
		if strings.HasSuffix(a.path, "/access_tokens") && a.status == http.StatusCreated {
			n++
		}
	}
	return n
}

// unauthorized counts the requests that GitHub refused for their credentials,
// without those that the App signed itself.
func (w *tokenWorld) unauthorized() (n int) {
	for _, a := range w.seen.all() {
		if a.status == http.StatusUnauthorized && !strings.Contains(a.path+"/", "/app/") {
			n++
		}
	}
	return n
}

// probes counts the probes that began after an instant and were answered.
func (w *tokenWorld) probes(since time.Time) (n int) {
	for _, a := range w.seen.all() {
		if a.operation == "Probe" && a.began.After(since) && a.status == http.StatusOK {
			n++
		}
	}
	return n
}

// TestInstallationTokenExpires has GitHub take an installation's token no more
// in the midst of a first sync.
func TestInstallationTokenExpires(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t, githubtest.Options{Datasets: private(freshDatasets()), Latency: 20 * time.Millisecond}, "acme")
	var pages atomic.Int64
	w.seen.set(func(_ http.ResponseWriter, _ *http.Request, body []byte) bool {
		if strings.Contains(string(body), "query PullsPage") && pages.Add(1) == 2 {
			w.ahead.Add(int64(10 * time.Minute)) // one that was just made would be no better
			w.github.RevokeInstallationTokens(71)
		}
		return false
	})
	w.start(w.config("["+appToken+"]", `["acme/*"]`))
	w.until("/metrics", complete("acme/api"), complete("acme/web"), up("app/acme", 1),
		`github_dev_token_info{identity="figures/acme",kind="app",token="app/acme"} 1`, "!"+up("app", 0))
	if n := w.mints(); n != 2 {
		t.Errorf("%d tokens were given, want one and another after the first was refused", n)
	}
	if n := w.unauthorized(); n < 1 || n > 6 {
		t.Errorf("%d requests were refused, want those that were under way", n)
	}
	if n := w.logged("level=ERROR") + w.logged("level=WARN"); n > 0 {
		t.Errorf("that a token expires is no trouble, but the log has\n%s", w.news())
	}
	for repo, want := range map[string]string{"api": `"issue": 40`, "web": `"issue": 38`} {
		if page := w.get("/api/v1/status"); !strings.Contains(page, want) {
			t.Errorf("%s has not all of its issues", repo)
		}
	}
}

// TestInstallationTokenIsRenewed lets the clock run to a token's last minutes.
func TestInstallationTokenIsRenewed(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t, githubtest.Options{Datasets: private(freshDatasets())}, "acme")
	w.start(w.config("["+appToken+"]", `["acme/*"]`))
	w.until("/metrics", complete("acme/api"), complete("acme/web"))
	for i := range 2 {
		w.ahead.Add(int64(56 * time.Minute))
		w.eventually("no other token is asked for", func() bool { return w.mints() >= i+2 })
		// The clock may not go on while something still bears the token of before:
		// of two probes, the second was made when the first had been answered.
		renewed := time.Now()
		w.eventually("nothing is asked with the new token", func() bool { return w.probes(renewed) >= 2 })
	}
	w.until("/metrics", up("app/acme", 1))
	if n := w.unauthorized(); n > 0 {
		t.Errorf("%d requests were refused", n)
	}
}

// TestAppOnSomeOwners has an App that is installed on one of two owners, then
// on both, then on the other one alone.
func TestAppOnSomeOwners(t *testing.T) {
	t.Parallel()
	datasets := private(freshDatasets())
	datasets[1].Repos[0].Owner = "other"
	w := newAppWorld(t, githubtest.Options{Datasets: datasets}, "acme")
	w.start(w.config("["+appToken+"]", "[acme/api, other/web]"))
	w.until("/metrics", complete("acme/api"), up("app/acme", 1))
	w.until("/api/v1/status", "install", "app/acme", "other/web")
	if err := w.github.AddInstallation("figures", githubtest.Installation{ID: 72, Account: "other"}); err != nil {
		t.Fatal(err)
	}
	w.ahead.Add(int64(61 * time.Minute)) // installations are looked for every hour
	w.until("/metrics", complete("other/web"), up("app/other", 1))
	if err := w.github.RemoveInstallation(71); err != nil {
		t.Fatal(err)
	}
	w.ahead.Add(int64(61 * time.Minute))
	w.until("/metrics", "!"+up("app/acme", 1), up("app/other", 1), "github_dev_issues{")
	w.waitLog(`msg="token is gone" token=app/acme`)
}

// TestAppWithoutItsInstallation names an account on which the App is not.
func TestAppWithoutItsInstallation(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t, githubtest.Options{Datasets: freshDatasets(), Tokens: []githubtest.Token{{Token: "first-token", Login: "anna"}}}, "acme")
	w.file("one", "first-token")
	w.start(w.config("[{name: app, app: {client_id: Iv1.story, private_key_file: app.pem, installation: elsewhere}}, {name: one, token_file: one}]", bothRepositories))
	w.until("/metrics", up("app/elsewhere", 0), up("one", 1), complete("acme/api"), complete("acme/web"))
	w.until("/", "App figures is not installed on elsewhere; install it at", "or correct `installation`")
	if n := w.logged("level=ERROR", "token=app/elsewhere"); n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
}

// TestAppKeyIsExchanged gives the App another key while the exporter runs.
func TestAppKeyIsExchanged(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t, githubtest.Options{Datasets: private(freshDatasets())}, "acme")
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.github.RotateKey("figures", &other.PublicKey); err != nil {
		t.Fatal(err)
	}
	w.start(w.config("["+appToken+"]", `["acme/*"]`))
	w.until("/metrics", up("app", 0))
	w.until("/", "private key")
	if err := w.github.RotateKey("figures", &appSigner().PublicKey); err != nil {
		t.Fatal(err)
	}
	w.file("app.pem", appKey()+"\n")
	w.until("/metrics", "!"+up("app", 0), up("app/acme", 1), complete("acme/api"), complete("acme/web"))
	w.waitLog(`msg="token can be used again" token=app`)
}

// TestSuspendedInstallation loses an installation and gets it back.
func TestSuspendedInstallation(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t, githubtest.Options{Datasets: freshDatasets(), Tokens: []githubtest.Token{{Token: "first-token", Login: "anna"}}}, "acme")
	w.file("one", "first-token")
	w.start(w.config("["+appToken+", {name: one, token_file: one}]", bothRepositories))
	w.until("/metrics", up("app/acme", 1), complete("acme/api"), complete("acme/web"))
	if err := w.github.SuspendInstallation(71, true); err != nil {
		t.Fatal(err)
	}
	w.until("/metrics", up("app/acme", 0), up("one", 1))
	w.until("/", "App figures is suspended on acme")
	w.seen.forget()
	w.asks("first-token")
}

// TestReloadKeepsInstallations reloads the configuration while an App is used:
// nothing is asked for again that is still known.
func TestReloadKeepsInstallations(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t, githubtest.Options{Datasets: private(freshDatasets())}, "acme")
	valid := w.config("["+appToken+"]", `["acme/*"]`)
	w.load = func() (Valid, error) { return valid, nil }
	w.start(valid)
	w.until("/metrics", complete("acme/api"), complete("acme/web"))
	before := parseFigures(t, w.get("/metrics")).sum("github_dev_api_points_total", "")
	for range 3 {
		if err := w.out.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		page := w.get("/metrics")
		if !strings.Contains(page, up("app/acme", 1)) || strings.Contains(page, up("app", 0)) {
			t.Errorf("after a reload\n%s", tokenLines(page))
		}
		if after := parseFigures(t, page).sum("github_dev_api_points_total", ""); after < before {
			t.Errorf("%v points were spent, before the reload %v", after, before)
		}
	}
	if n := w.mints(); n != 1 {
		t.Errorf("%d tokens were asked for, want the first alone", n)
	}
	if n := w.logged("token is known"); n != 1 {
		t.Errorf("the token is told %d times, want once", n)
	}
}
