package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
	"go.uber.org/goleak"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
)

// testOptions are an exporter's on a simulated GitHub that shows nothing but
// acme/api, on a free port.
func testOptions(t *testing.T) Options {
	t.Helper()
	github := githubtest.New(githubtest.Options{Datasets: freshDatasets()[:1]})
	if err := github.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := github.Close(); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	text := fmt.Sprintf("github: {api_url: %q}\nprojects: {p: {repositories: [acme/api]}}\nmirror: {path: %q}\n", github.APIURL(), filepath.Join(dir, "mirror"))
	load := func() (Valid, error) { return ParseConfig("c.yml", []byte(text)).Validate(env) }
	valid, err := load()
	if err != nil {
		t.Fatal(err)
	}
	none, off := "", false
	return Options{
		Config: valid, Load: load, Logger: slog.New(slog.DiscardHandler),
		Web: WebOptions{EnableLifecycle: true, Flags: &web.FlagConfig{
			WebListenAddresses: &[]string{"127.0.0.1:0"}, WebSystemdSocket: &off, WebConfigFile: &none,
		}},
	}
}

// leakCheck fails if the test leaves goroutines behind, once everything that
// was set up before it is cleaned up.
func leakCheck(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		goleak.VerifyNone(t, before)
	})
}

func TestExporterLeavesNothingBehind(t *testing.T) {
	leakCheck(t)
	e, err := New(testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	e.Start()
	url := "http://" + e.Addresses()[0].String()
	if err := eventually(func() error {
		_, body, err := ask(http.MethodGet, url+"/metrics")
		if err == nil && !strings.Contains(body, `github_dev_sync_complete{owner="acme",project="p",repo="api"} 1`) {
			err = errors.New("not complete: " + body)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for range 3 { // reloads exchange the engine while it works
		if err := e.Reload(t.Context()); err != nil {
			t.Error(err)
		}
	}
	select {
	case err := <-e.Failed():
		t.Error(err)
	default:
	}
	if err := e.Stop(); err != nil {
		t.Error(err)
	}
	if _, _, err := ask(http.MethodGet, url+"/-/healthy"); err == nil {
		t.Error("something still listens after Stop")
	}
}

// atOnce is more than any pause of a busy machine, and less than GitHub is waited for.
const atOnce = 20 * time.Second

func TestStopAtOnce(t *testing.T) {
	for _, start := range []bool{false, true} {
		t.Run(fmt.Sprint("started ", start), func(t *testing.T) {
			leakCheck(t)
			e, err := New(testOptions(t))
			if err != nil {
				t.Fatal(err)
			}
			if start {
				e.Start()
			}
			began := time.Now()
			if err := e.Stop(); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took > atOnce {
				t.Errorf("stopping took %s", took)
			}
		})
	}
}

// TestStopDuringFirstSync stops while GitHub does not answer.
func TestStopDuringFirstSync(t *testing.T) {
	leakCheck(t)
	opts := testOptions(t)
	hanging := githubtest.New(githubtest.Options{Datasets: freshDatasets()[:1]})
	hanging.AddFault(githubtest.Fault{Kind: githubtest.FaultHang, GraphQL: "*"})
	if err := hanging.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer hanging.Close()
	opts.Config.config.GitHub.APIURL = hanging.APIURL()
	opts.Config.config.GitHub.GraphQLURL = hanging.GraphQLURL()
	e, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	e.Start()
	time.Sleep(300 * time.Millisecond)
	began := time.Now()
	if err := e.Stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > atOnce {
		t.Errorf("stopping took %s", took)
	}
}

func TestNewUndoesWhatItDid(t *testing.T) {
	leakCheck(t)
	opts := testOptions(t)
	first, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	taken := opts
	taken.MirrorPath = t.TempDir()
	taken.Web.Flags = &web.FlagConfig{
		WebListenAddresses: &[]string{first.Addresses()[0].String()},
		WebSystemdSocket:   opts.Web.Flags.WebSystemdSocket, WebConfigFile: opts.Web.Flags.WebConfigFile,
	}
	if _, err := New(taken); err == nil || !strings.Contains(err.Error(), "give another address") {
		t.Errorf("an address that is taken: %v", err)
	}
	taken.Web.Flags = opts.Web.Flags
	again, err := New(taken) // the failed one has closed its mirror
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(first.Stop(), again.Stop()); err != nil {
		t.Error(err)
	}
}

// TestSecondExporterFails starts two exporters on one mirror.
func TestSecondExporterFails(t *testing.T) {
	leakCheck(t)
	opts := testOptions(t)
	var both []*Exporter
	for range 2 {
		e, err := New(opts)
		if err != nil {
			t.Fatal(err)
		}
		e.Start()
		both = append(both, e)
		if err := eventually(func() error {
			if e.ready.Load() || len(e.failed) > 0 {
				return nil
			}
			return errNotReady
		}); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-both[1].Failed():
		if !errors.Is(err, mirror.ErrLocked) || !strings.Contains(err.Error(), "--mirror.path") {
			t.Errorf("got %v", err)
		}
	default:
		t.Error("the second one has not failed")
	}
	if err := errors.Join(both[1].Stop(), both[0].Stop()); err != nil {
		t.Error(err)
	}
}

func TestBadWebConfigIsRefused(t *testing.T) {
	leakCheck(t)
	opts := testOptions(t)
	file := filepath.Join(t.TempDir(), "web.yml")
	if err := os.WriteFile(file, []byte("nonsense: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	opts.Web.Flags.WebConfigFile = &file
	if _, err := New(opts); err == nil || !strings.Contains(err.Error(), "--web.config.file") {
		t.Errorf("got %v", err)
	}
}

func TestHTTP(t *testing.T) {
	leakCheck(t)
	e, err := New(testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	e.Start()
	defer func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	}()
	url := "http://" + e.Addresses()[0].String()
	if err := eventually(func() error {
		_, body, err := ask(http.MethodGet, url+"/metrics")
		if err == nil && !strings.Contains(body, "github_dev_issues{") {
			err = errors.New("no figures yet")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}

	t.Run("headers", func(t *testing.T) {
		answer := send(t, http.MethodGet, url+"/", nil, "")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(answer.Header.Get("Content-Security-Policy"), part) {
				t.Errorf("no %s in the security policy", part)
			}
		}
		if answer.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Error("content types may be guessed")
		}
	})
	t.Run("OpenMetrics", func(t *testing.T) {
		answer := send(t, http.MethodGet, url+"/metrics", map[string]string{"Accept": "application/openmetrics-text;version=1.0.0"}, "")
		for _, part := range []string{"# EOF\n", "github_dev_issues_opened_created{"} {
			if !strings.Contains(answer.text, part) {
				t.Errorf("no %q in the text", part)
			}
		}
	})
	t.Run("foreign pages cannot reload", func(t *testing.T) {
		answer := send(t, http.MethodPost, url+"/-/reload", map[string]string{"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}, "")
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("status %d", answer.StatusCode)
		}
		if answer := send(t, http.MethodPost, url+"/-/reload", nil, ""); answer.StatusCode != http.StatusOK {
			t.Errorf("one's own reload: status %d %s", answer.StatusCode, answer.text)
		}
	})
	t.Run("methods", func(t *testing.T) {
		for path, allow := range map[string]string{
			"/": "GET, HEAD", "/metrics": "GET, HEAD", "/-/healthy": "GET, HEAD", "/-/ready": "GET, HEAD",
			"/api/v1/status": "GET, HEAD", "/api/v1/explain": "GET, HEAD",
		} {
			answer := send(t, http.MethodDelete, url+path, nil, strings.Repeat("x", 1000))
			if answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != allow {
				t.Errorf("%s: status %d, allows %q", path, answer.StatusCode, answer.Header.Get("Allow"))
			}
		}
	})
}

type answered struct {
	*http.Response
	text string
}

func send(t *testing.T, method, url string, header map[string]string, body string) answered {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	for name, value := range header {
		req.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answered{answer, string(text)}
}
