package exporter

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
	"unique"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// labels gives a repository's issues so many labels, one after the other.
func (f *fakeSources) labels(id int64, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range n {
		issue := f.states[id].Items[0]
		issue.LabelSpans = append(issue.LabelSpans, model.LabelSpan{From: uint32(20 + i), Label: unique.Make(fmt.Sprintf("kind/%02d", i))})
	}
}

// What the series limit cuts is logged once, told on the page and in the
// status, and told no more when it fits.
func TestSeriesLimitIsTold(t *testing.T) {
	const text = "projects: {a: {repositories: [o/x, o/y], labels: [\"kind/*\"]}, b: {repositories: [o/z], labels: [\"kind/*\"], detail: project}}\nseries_limit: 10\n"
	f := newFake()
	for id, name := range map[int64]string{1: "x", 2: "y", 3: "z"} {
		f.put(id, map[bool]string{true: "b", false: "a"}[name == "z"], name, true, 1)
	}
	f.labels(1, 7)
	f.labels(2, 4)
	f.labels(3, 5)
	var log bytes.Buffer
	s := testSettings(t, text)
	p := newPublisher(f, s, func() time.Time { return time.Unix(100, 0) }, slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 {
		p.buildAll()
	}
	want := []limitReport{
		{"a", "o", "x", derive.Beyond{Family: "github_dev_issues_labeled", Dropped: 3}},
		{"b", "", "", derive.Beyond{Family: "github_dev_issues_labeled", Dropped: 1}},
	}
	if diff := cmp.Diff(want, p.limits.report()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(log.String(), "family=github_dev_issues_labeled project=a owner=o repo=x series_limit=10 left_out=3") {
		t.Errorf("%d lines in the log, want one for each:\n%s", len(lines), &log)
	}
	page := newPage(report{Repositories: f.Status(), Limits: p.limits.report()}, s, "/metrics")
	for _, view := range page.Projects {
		for _, r := range view.Repositories {
			notes := strings.Join(r.Notes, " ")
			if told := strings.Contains(notes, "no room for 3 label values of github_dev_issues_labeled"); told != (r.FullName == "o/x") {
				t.Errorf("%s: %s", r.FullName, notes)
			}
		}
		if told := strings.Contains(view.Note, "no room for 1 label value of github_dev_issues_labeled: counted as other."); told != (view.Name == "b") {
			t.Errorf("%s: %s", view.Name, view.Note)
		}
	}

	f.put(1, "a", "x", true, 1)
	f.put(3, "b", "renamed", true, 1)
	p.buildAll()
	if got := p.limits.report(); len(got) != 0 {
		t.Errorf("%v is told though it fits", got)
	}
}

// A family that is not exported is cut for nobody.
func TestSeriesLimitOfWhatIsNotExported(t *testing.T) {
	valid := validate(t, ParseConfig("c.yml", []byte("projects: {a: {repositories: [o/x], labels: [\"kind/*\"]}}\nseries_limit: 2\n")))
	s, err := newSettings(valid, map[string]bool{"issues": false})
	if err != nil {
		t.Fatal(err)
	}
	f := newFake()
	f.put(1, "a", "x", true, 1)
	f.labels(1, 7)
	p := newPublisher(f, s, func() time.Time { return time.Unix(100, 0) }, slog.New(slog.DiscardHandler))
	p.buildAll()
	if got := p.limits.report(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// Other states and events are recomputed from the mirror when the configuration
// is read again: GitHub cannot be reached any more then.
func TestReloadRecomputesWithoutGitHub(t *testing.T) {
	leakCheck(t)
	opts := testOptions(t)
	states := ""
	first := opts.Load
	opts.Load = func() (Valid, error) {
		if states == "" {
			return first()
		}
		text := fmt.Sprintf("github: {api_url: \"http://127.0.0.1:1/\"}\nprojects: {p: {repositories: [acme/api], %s}}\nmirror: {path: %q}\n",
			states, opts.Config.Config().Mirror.Path)
		return ParseConfig("c.yml", []byte(text)).Validate(env)
	}
	e, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	e.Start()
	url := "http://" + e.Addresses()[0].String()
	scrape := func(lines ...string) error {
		_, body, err := ask(http.MethodGet, url+"/metrics")
		for _, line := range lines {
			if err == nil && !strings.Contains(body, line) {
				err = errors.New("no " + line + " in " + body)
			}
		}
		return err
	}
	if err := eventually(func() error { return scrape(`github_dev_sync_complete{owner="acme",project="p",repo="api"} 1`) }); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"before", "after"} {
		states = `states: [{name: ` + name + `, kind: issue, when: [opened]}], events: [{name: ` + name + `, kind: issue, event: opened, by_author: true}]`
		if err := e.Reload(t.Context()); err != nil {
			t.Error(err)
		}
		err := scrape(
			`github_dev_state_items{kind="issue",owner="acme",project="p",repo="api",state="`+name+`"}`,
			`github_dev_events_total{event="`+name+`",kind="issue",owner="acme",project="p",repo="api"}`,
		)
		if err != nil {
			t.Error(err)
		}
	}
	if err := e.Stop(); err != nil {
		t.Error(err)
	}
}
