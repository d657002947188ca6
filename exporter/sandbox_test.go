package exporter

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	names "github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// sandbox is a simulated GitHub with a clock of its own, and a configuration
// that reads it.
type sandbox struct {
	t      testing.TB
	github *githubtest.Server
	clock  atomic.Int64 // Unix seconds
	config string
	dir    string
	names  []string // of the repositories
	extra  string   // of the configuration
}

// newSandbox shows datasets as of an instant. All their repositories are of one project.
func newSandbox(t testing.TB, at time.Time, extra string, datasets ...*githubtest.Dataset) *sandbox {
	t.Helper()
	s := &sandbox{t: t, dir: t.TempDir()}
	s.clock.Store(at.Unix())
	s.github = githubtest.New(githubtest.Options{
		Clock: s.now, Datasets: datasets, CoreLimit: 1e6, GraphQLLimit: 1e6,
		Secondary: githubtest.SecondaryLimits{Concurrent: -1, RESTPerMinute: -1, GraphQLPerMinute: -1}, // all happens in one minute
	})
	if err := s.github.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.github.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, d := range datasets {
		for _, r := range d.Repos {
			s.names = append(s.names, r.Owner+"/"+r.Name)
		}
	}
	s.extra, s.config = extra, filepath.Join(s.dir, "config.yml")
	s.configure("")
	return s
}

// configure writes the configuration anew, with keys of the project besides its repositories.
func (s *sandbox) configure(project string) {
	s.t.Helper()
	if project != "" {
		project = ", " + project
	}
	s.write(s.config, fmt.Sprintf("github: {api_url: %q, tokens: [{token_env: T}]}\nprojects: {p: {repositories: [%s]%s}}\n%s",
		s.github.APIURL(), strings.Join(s.names, ", "), project, s.extra))
}

func (s *sandbox) now() time.Time { return time.Unix(s.clock.Load(), 0).UTC() }

func (s *sandbox) write(file, text string) {
	s.t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// command runs a command on the mirror of that name in this process, and gives
// its standard output. Anything but success ends the test.
func (s *sandbox) command(mirror string, args ...string) string {
	s.t.Helper()
	var out, errs bytes.Buffer
	all := append([]string{"--config", s.config, "--mirror.path", filepath.Join(s.dir, mirror), "--log.level=warn"}, args...)
	code := Main(context.Background(), all, Process{
		Stdout: &out, Stderr: &errs, Now: s.now,
		Getenv: func(string) (string, bool) { return "sandbox-token", true },
		Exit:   func(code int) { s.t.Fatalf("%v left with %d", args, code) },
	})
	if code != 0 {
		s.t.Fatalf("%v failed with %d:\n%s", args, code, errs.String())
	}
	return out.String()
}

// offline opens a mirror as commands do that send nothing.
func (s *sandbox) offline(name string) *offline {
	s.t.Helper()
	p := newProgram(Process{Now: s.now, Getenv: func(string) (string, bool) { return "sandbox-token", true }})
	p.configFile, p.mirrorPath = s.config, filepath.Join(s.dir, name)
	p.logConfig = promslog.Config{Level: promslog.NewLevel()}
	valid, err := p.load(true)
	if err != nil {
		s.t.Fatal(err)
	}
	o, err := p.openOffline(valid, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// asOf gives what the command metrics writes of an open mirror as of an
// instant, as if it held the repositories of those names alone.
func (s *sandbox) asOf(whole *offline, at githubtest.Time, groups, names map[string]bool) string {
	s.t.Helper()
	o := *whole
	o.status = slices.DeleteFunc(slices.Clone(whole.status), func(r model.RepositoryStatus) bool { return !names[r.Name] })
	var out bytes.Buffer
	if err := o.write(&program{stdout: &out}, o.history(groups, model.Instant(at))); err != nil {
		s.t.Fatal(err)
	}
	return out.String()
}

// figures is an exposition to look samples up in.
type figures struct {
	t        testing.TB
	families map[string]*dto.MetricFamily
}

func parseFigures(t testing.TB, text string) figures {
	t.Helper()
	parser := expfmt.NewTextParser(names.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return figures{t, families}
}

// sum adds the values of a family's samples that bear the labels, which are
// name=value; a histogram's value is its count, or its sum where of is "sum".
func (f figures) sum(family, of string, labels ...string) float64 {
	f.t.Helper()
	total := 0.0
	for _, m := range f.families[family].GetMetric() {
		if !bears(m, labels) {
			continue
		}
		switch h := m.GetHistogram(); {
		case h != nil && of == "sum":
			total += h.GetSampleSum()
		case h != nil:
			total += float64(h.GetSampleCount())
		default:
			total += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return total
}

func bears(m *dto.Metric, labels []string) bool {
	for _, l := range labels {
		found := false
		for _, pair := range m.GetLabel() {
			found = found || pair.GetName()+"="+pair.GetValue() == l
		}
		if !found {
			return false
		}
	}
	return true
}
