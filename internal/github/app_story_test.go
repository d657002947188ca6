package github_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// appKeys are made once: big primes take their time.
var appKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
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

// appWorld is a GitHub with an App on the owner of a private repository, whose
// clock and ours can be set, and a client of that App.
type appWorld struct {
	*githubtest.Server
	data   *githubtest.Repo
	client *github.Client

	mu          sync.Mutex
	there, here time.Time
	key         *rsa.PrivateKey
}

func (w *appWorld) clocks(there, here time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.there, w.here = w.there.Add(there), w.here.Add(here)
}

func (w *appWorld) rotate(key *rsa.PrivateKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.key = key
}

func (w *appWorld) pem() ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(w.key)}), nil
}

func (w *appWorld) clock(at *time.Time) func() time.Time {
	return func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return *at
	}
}

// newAppWorld makes a world whose App is installed on the accounts, "" being
// the repository's owner.
func newAppWorld(t *testing.T, installation string, accounts ...string) *appWorld {
	return newAppWorldOn(t, false, installation, accounts...)
}

func newAppWorldOn(t *testing.T, enterprise bool, installation string, accounts ...string) *appWorld {
	t.Helper()
	w := &appWorld{there: end, here: end, key: appKeys()[0]}
	w.Server, w.data = simulate(t, 60, 60, func(o *githubtest.Options) {
		repo := o.Datasets[0].Repos[0]
		repo.Visibility = "private"
		app := githubtest.App{ID: 7, ClientID: "Iv1.abc", Slug: "reader", PublicKey: &w.key.PublicKey}
		for i, account := range accounts {
			if account == "" {
				account = repo.Owner
			}
			app.Installations = append(app.Installations, githubtest.Installation{ID: int64(11 + i), Account: account})
		}
		o.Enterprise = enterprise
		o.Clock, o.Apps = w.clock(&w.there), []githubtest.App{app}
	})
	var err error
	w.client, err = github.New(github.Options{
		APIURL: w.APIURL(), GraphQLURL: w.GraphQLURL(), UserAgent: "github-dev-exporter/test", Now: w.clock(&w.here),
		Tokens: []github.TokenSource{{Name: "app", App: &github.AppSource{ID: "Iv1.abc", Key: w.pem, Installation: installation}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	return w
}

func (w *appWorld) repo(t *testing.T) model.Repository {
	t.Helper()
	repo, err := w.client.Repository(t.Context(), w.data.Owner, w.data.Name)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// status shows the tokens: who is up, and why others are not.
func (w *appWorld) status() []string {
	out := []string{}
	for _, s := range w.client.Tokens() {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %t %s", s.Token, s.Identity, s.Up, s.Reason)))
	}
	return out
}

// requests counts what was asked with a token, by endpoint and outcome.
func (w *appWorld) requests(token string) map[string]int {
	out := map[string]int{}
	for _, r := range w.client.Stats().Requests {
		if r.Token == token {
			out[r.Endpoint+" "+r.Outcome] += r.Count
		}
	}
	return out
}

const mintEndpoint = "/app/installations/{installation_id}/access_tokens"

// A token of an installation that expires in the middle of a first sync costs
// one refused request, and nothing of what is read.
func TestInstallationTokenExpiresOnTheWay(t *testing.T) {
	w := newAppWorld(t, "", "")
	repo := w.repo(t)
	name := "app/" + w.data.Owner
	seen, total := map[int]bool{}, 0
	for req := (github.PageRequest{Repo: repo, First: 10}); ; {
		page, err := w.client.Issues(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			seen[item.Number] = true
		}
		if total = page.Total; !page.HasNext {
			break
		}
		if len(seen) == 20 || len(seen) == 40 { // GitHub's clock runs ahead of what was expected
			w.clocks(61*time.Minute, 0)
		}
		req.After = page.EndCursor
	}
	if len(seen) != total || total < 50 {
		t.Errorf("%d of %d issues", len(seen), total)
	}
	if got := w.requests(name); got["/graphql 4xx"] != 2 || got["/graphql 2xx"] < 6 {
		t.Errorf("%v", got)
	}
	if got := w.requests("app"); got[mintEndpoint+" 2xx"] != 3 {
		t.Errorf("%v", got)
	}
}

// As long as both clocks go on, a token is replaced before it expires.
func TestInstallationTokenIsReplacedInTime(t *testing.T) {
	w := newAppWorld(t, "", "")
	repo := w.repo(t)
	for range 6 {
		w.clocks(28*time.Minute, 28*time.Minute)
		if _, err := w.client.Issues(t.Context(), github.PageRequest{Repo: repo, First: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.requests("app/" + w.data.Owner); got["/graphql 4xx"] != 0 {
		t.Errorf("%v", got)
	}
	if got := w.requests("app"); got[mintEndpoint+" 2xx"] != 4 {
		t.Errorf("%v", got)
	}
}

// A key that was replaced at GitHub is noticed when the next token is to be
// made, and so is the file that holds its successor.
func TestKeyIsRotated(t *testing.T) {
	w := newAppWorld(t, "", "")
	repo := w.repo(t)
	read := func() error {
		_, err := w.client.Issues(t.Context(), github.PageRequest{Repo: repo, First: 1})
		return err
	}
	if err := w.RotateKey("reader", &appKeys()[1].PublicKey); err != nil {
		t.Fatal(err)
	}
	if err := read(); err != nil {
		t.Errorf("%v while the token is good", err)
	}
	w.clocks(time.Hour, time.Hour)
	err := read()
	if !errors.Is(err, github.ErrUnauthorized) || !strings.Contains(err.Error(), "GitHub refuses what App Iv1.abc signs") {
		t.Errorf("%v", err)
	}
	if got := w.status(); len(got) != 2 || !strings.HasPrefix(got[0], "app  false GitHub refuses what App Iv1.abc signs") {
		t.Errorf("%q", got)
	}
	w.rotate(appKeys()[1])
	if err := read(); err != nil {
		t.Error(err)
	}
	if diff := gocmp.Diff([]string{"app/" + w.data.Owner + " reader/" + w.data.Owner + " true"}, w.status()); diff != "" {
		t.Error(diff)
	}
}

func TestSuspendedInstallation(t *testing.T) {
	w := newAppWorld(t, "", "")
	repo := w.repo(t)
	read := func() error {
		_, err := w.client.Issues(t.Context(), github.PageRequest{Repo: repo, First: 1})
		return err
	}
	if err := errors.Join(read(), w.SuspendInstallation(11, true)); err != nil {
		t.Fatal(err)
	}
	sentence := "App reader is suspended on " + w.data.Owner
	if err := read(); !errors.Is(err, github.ErrUnauthorized) || !strings.Contains(err.Error(), sentence) {
		t.Errorf("%v", err)
	}
	if got := w.status(); len(got) != 1 || !strings.Contains(got[0], "false "+sentence) {
		t.Errorf("%q", got)
	}
	if err := w.SuspendInstallation(11, false); err != nil {
		t.Fatal(err)
	}
	w.clocks(11*time.Minute, 11*time.Minute)
	if err := read(); err != nil {
		t.Error(err)
	}
}

func TestRemovedAndInstalledAgain(t *testing.T) {
	for name, installation := range map[string]string{"all": "", "one": "OWNER"} {
		t.Run(name, func(t *testing.T) {
			owner := newAppWorld(t, "").data.Owner
			w := newAppWorld(t, strings.ReplaceAll(installation, "OWNER", owner), "")
			repo := w.repo(t)
			read := func() error {
				_, err := w.client.Issues(t.Context(), github.PageRequest{Repo: repo, First: 1})
				return err
			}
			if err := errors.Join(read(), w.RemoveInstallation(11)); err != nil {
				t.Fatal(err)
			}
			if err := read(); !errors.Is(err, github.ErrUnauthorized) || !strings.Contains(err.Error(), "App reader is not installed ") {
				t.Errorf("%v", err)
			}
			if err := w.AddInstallation("reader", githubtest.Installation{ID: 99, Account: owner}); err != nil {
				t.Fatal(err)
			}
			w.clocks(11*time.Minute, 11*time.Minute)
			if err := read(); err != nil {
				t.Error(err)
			}
		})
	}
}

// An App on several accounts reads with each installation what is its own.
func TestAllInstallationsOrOne(t *testing.T) {
	all := newAppWorld(t, "", "", "alice", "zoo")
	owner := all.data.Owner
	all.repo(t)
	want := []string{"app/" + owner + " reader/" + owner + " true", "app/alice reader/alice true", "app/zoo reader/zoo true"}
	slices.Sort(want)
	if diff := gocmp.Diff(want, all.status()); diff != "" {
		t.Error(diff)
	}
	if n := all.requests("app/zoo"); len(n) != 0 {
		t.Errorf("asked with the installation on another account: %v", n)
	}
	one := newAppWorld(t, "alice", "", "alice", "zoo")
	if err := one.client.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]string{"app/alice reader/alice true"}, one.status()); diff != "" {
		t.Error(diff)
	}
	if _, err := one.client.Repository(t.Context(), owner, one.data.Name); !errors.Is(err, github.ErrNotFound) {
		t.Errorf("%v: it is private", err)
	}
}

// JSON web tokens are dated, and tokens replaced, by GitHub's clock.
func TestClocksOfBothSides(t *testing.T) {
	for _, ahead := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		t.Run(ahead.String(), func(t *testing.T) {
			w := newAppWorld(t, "", "")
			w.clocks(ahead, 0)
			repo := w.repo(t)
			for range 3 {
				w.clocks(56*time.Minute, 56*time.Minute)
				if _, err := w.client.Issues(t.Context(), github.PageRequest{Repo: repo, First: 1}); err != nil {
					t.Fatal(err)
				}
			}
			if got := w.requests("app/" + w.data.Owner); got["/graphql 4xx"] != 0 || got["/graphql 2xx"] != 4 {
				t.Errorf("%v", got)
			}
			if got := w.requests("app"); got[mintEndpoint+" 2xx"] != 4 || got["/app 4xx"] > 1 {
				t.Errorf("%v", got)
			}
		})
	}
}

// An App that was granted too little says so.
func TestAppWithoutPermissions(t *testing.T) {
	w := newAppWorld(t, "", "")
	if err := w.ChangeInstallation(11, func(i *githubtest.Installation) {
		i.Permissions = map[string]string{"metadata": "read", "contents": "read", "pull_requests": "read"}
	}); err != nil {
		t.Fatal(err)
	}
	repo := w.repo(t)
	_, err := w.client.Issues(t.Context(), github.PageRequest{Repo: repo, First: 1})
	if !errors.Is(err, github.ErrForbidden) || !strings.Contains(err.Error(), "Issues") {
		t.Errorf("%v", err)
	}
	if got := w.status(); len(got) != 1 || !strings.Contains(got[0], " true App reader lacks read access to Issues on ") {
		t.Errorf("%q", got)
	}
}

func TestUnknownAppSaysSo(t *testing.T) {
	w := newAppWorld(t, "", "")
	for _, id := range []string{"8", "Iv1.xyz"} {
		client, err := github.New(github.Options{
			APIURL: w.APIURL(), GraphQLURL: w.GraphQLURL(), UserAgent: "github-dev-exporter/test", Now: w.clock(&w.here),
			Tokens: []github.TokenSource{{Name: "app", App: &github.AppSource{ID: id, Key: w.pem}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		err = client.Prepare(t.Context())
		if want := "GitHub knows no App " + id + "; correct client_id or app_id"; !errors.Is(err, github.ErrUnauthorized) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v", err)
		}
		client.Close()
	}
}

// Many calls at once, of which some are given up, make one token.
func TestManyCallsOneToken(t *testing.T) {
	w := newAppWorld(t, "", "")
	w.AddFault(githubtest.Fault{Kind: githubtest.FaultSlow, REST: mintEndpoint, Delay: 100 * time.Millisecond})
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := w.client.Repository(t.Context(), w.data.Owner, w.data.Name); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := w.requests("app"); got[mintEndpoint+" 2xx"] != 1 || got["/app/installations 2xx"] != 1 {
		t.Errorf("%v", got)
	}
}

// An Enterprise Server has Apps too, and its pages are its own.
func TestAppOnEnterpriseServer(t *testing.T) {
	w := newAppWorldOn(t, true, "", "")
	repo := w.repo(t)
	if _, err := w.client.Issues(t.Context(), github.PageRequest{Repo: repo, First: 1}); err != nil {
		t.Error(err)
	}
	if err := w.RemoveInstallation(11); err != nil {
		t.Fatal(err)
	}
	_, err := w.client.Issues(t.Context(), github.PageRequest{Repo: repo, First: 1})
	host := strings.TrimPrefix(w.URL(), "http://")
	if !errors.Is(err, github.ErrUnauthorized) || !strings.Contains(err.Error(), "install it at https://"+host+"/") {
		t.Errorf("%v", err)
	}
}
