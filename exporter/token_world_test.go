package exporter

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/exporter-toolkit/web"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// tokenWorld is a running exporter, the simulated GitHub that it reads, and
// what a story needs to know of both.
type tokenWorld struct {
	t      *testing.T
	github *githubtest.Server
	seen   *witness
	dir    string
	api    string       // address of the REST API
	ahead  atomic.Int64 // by how much GitHub's and the exporter's clock are ahead of the real one
	log    lockedBuffer
	out    *Exporter
	url    string

	user, password, webConfig string                // of the pages
	load                      func() (Valid, error) // for reloads
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// newTokenWorld makes a GitHub with acme/api and acme/web, unless the options
// show others.
func newTokenWorld(t *testing.T, opts githubtest.Options) *tokenWorld {
	t.Helper()
	w := &tokenWorld{t: t, dir: t.TempDir()}
	if opts.Datasets == nil {
		opts.Datasets = freshDatasets()
	}
	opts.Clock = w.now
	w.github = githubtest.New(opts)
	seen, server := watchGitHub(t, w.github)
	w.seen, w.api = seen, server.URL+"/"
	if opts.Enterprise {
		w.api += "api/v3/"
	}
	return w
}

func (w *tokenWorld) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// file writes a file that the configuration may name.
func (w *tokenWorld) file(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *tokenWorld) remove(name string) {
	w.t.Helper()
	if err := os.Remove(filepath.Join(w.dir, name)); err != nil {
		w.t.Fatal(err)
	}
}

// manyDatasets are acme/repo-0 and so on, with six items each.
func manyDatasets(n int) []*githubtest.Dataset {
	var out []*githubtest.Dataset
	for i := range n {
		start := time.Date(2024, 1, 8, i, 0, 0, 0, time.UTC) // ids follow the time of creation
		out = append(out, githubtest.Generate(githubtest.GenerateOptions{
			Seed: uint64(i + 1), Owner: "acme", Name: fmt.Sprintf("repo-%d", i), Start: start, End: start.AddDate(0, 1, 0),
			Issues: 3, PullRequests: 3, Bare: true,
		}))
	}
	return out
}

// config gives a configuration with these tokens and repositories, YAML lists.
func (w *tokenWorld) config(tokens, repositories string) Valid {
	w.t.Helper()
	text := fmt.Sprintf("github: {api_url: %q, tokens: %s}\nprojects: {p: {repositories: %s}}\n", w.api, tokens, repositories) +
		"intervals: {probe: 1s, rate_limits: 1s, comments: 366d}\n"
	valid, err := ParseConfig(filepath.Join(w.dir, "config.yml"), []byte(text)).Validate(env)
	if err != nil {
		w.t.Fatalf("%s\n%v", text, err)
	}
	return valid
}

// start runs an exporter until the test ends.
func (w *tokenWorld) start(valid Valid) {
	w.t.Helper()
	off := false
	out, err := New(Options{
		Config: valid, Load: w.load, MirrorPath: filepath.Join(w.dir, "mirror"), Now: w.now,
		Logger: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Web: WebOptions{Flags: &web.FlagConfig{
			WebListenAddresses: &[]string{"127.0.0.1:0"}, WebSystemdSocket: &off, WebConfigFile: &w.webConfig,
		}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	out.publisher.every = 250 * time.Millisecond
	w.out, w.url = out, "http://"+out.Addresses()[0].String()
	out.Start()
	w.t.Cleanup(w.stop)
}

// stop stops the exporter, if it runs.
func (w *tokenWorld) stop() {
	if w.out == nil {
		return
	}
	if err := w.out.Stop(); err != nil {
		w.t.Error(err)
	}
	select {
	case err := <-w.out.Failed():
		w.t.Errorf("the exporter gave up: %v", err)
	default:
	}
	w.out = nil
}

// ask asks the exporter for a page.
func (w *tokenWorld) ask(path string) (int, string, error) {
	url := w.url + path
	if w.user != "" {
		url = strings.Replace(url, "//", "//"+w.user+":"+w.password+"@", 1)
	}
	return ask(http.MethodGet, url)
}

// get gives a page of the exporter.
func (w *tokenWorld) get(path string) string {
	w.t.Helper()
	status, body, err := w.ask(path)
	if err != nil || status != http.StatusOK {
		w.t.Fatalf("%s: status %d, %v", path, status, err)
	}
	return body
}

// until waits until a page has all of the texts, and gives it. A text that
// begins with ! must be absent.
func (w *tokenWorld) until(path string, texts ...string) (page string) {
	w.t.Helper()
	err := eventually(func() error {
		page = w.get(path)
		var missing []error
		for _, text := range texts {
			text, unwanted := strings.CutPrefix(text, "!")
			if strings.Contains(page, text) == unwanted {
				missing = append(missing, fmt.Errorf("%q: unwanted is %v", text, unwanted))
			}
		}
		return errors.Join(missing...)
	})
	if err != nil {
		w.t.Fatalf("%s: %v\n%s\n%s", path, err, tokenLines(page), w.news())
	}
	return page
}

// tokenLines keeps of an exposition what a story is about: tokens, what is
// complete, and errors.
func tokenLines(page string) string {
	var out []string
	for line := range strings.Lines(page) {
		zero := strings.HasSuffix(line, " 0\n") && !strings.HasPrefix(line, "github_dev_token_up")
		for _, prefix := range []string{"github_dev_token_", "github_dev_ratelimit_", "github_dev_sync_complete", "github_dev_sync_errors"} {
			if strings.HasPrefix(line, prefix) && !zero {
				out = append(out, line)
			}
		}
	}
	return strings.Join(out, "")
}

// news gives the log without its details.
func (w *tokenWorld) news() string {
	var out []string
	for line := range strings.Lines(w.log.String()) {
		if !strings.Contains(line, "level=DEBUG") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// complete is the sample that says that a repository's first sync is complete.
func complete(repo string) string {
	owner, name, _ := strings.Cut(repo, "/")
	return fmt.Sprintf(`github_dev_sync_complete{owner=%q,project="p",repo=%q} 1`, owner, name)
}

// up is the sample that says whether a token can be used.
func up(token string, value int) string {
	return fmt.Sprintf("github_dev_token_up{token=%q} %d\n", token, value)
}

// eventually waits until something is so.
func (w *tokenWorld) eventually(otherwise string, is func() bool) {
	w.t.Helper()
	if err := eventually(func() error {
		if !is() {
			return errors.New(otherwise)
		}
		return nil
	}); err != nil {
		w.t.Fatalf("%v\n%s", err, w.news())
	}
}

// waitLog waits until the log has a text.
func (w *tokenWorld) waitLog(text string) {
	w.t.Helper()
	w.eventually("the log has no "+text, func() bool { return strings.Contains(w.log.String(), text) })
}

// logged counts the lines of the log that have all of the texts.
func (w *tokenWorld) logged(texts ...string) (n int) {
	for line := range strings.Lines(w.log.String()) {
		all := true
		for _, text := range texts {
			all = all && strings.Contains(line, text)
		}
		if all {
			n++
		}
	}
	return n
}

// windowEnds makes the current window of an identity's budgets end soon, with
// so much left of each.
func (w *tokenWorld) windowEnds(identity string, in time.Duration, used map[string]int) {
	w.ahead.Store(int64(in - time.Hour))
	for resource, n := range used {
		w.github.SetUsed(identity, resource, n)
	}
	w.ahead.Store(0)
}
