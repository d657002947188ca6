package collector

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

var update = flag.Bool("update", false, "write the golden files and the reference anew")

// t0 is the creation of the tests' repository.
const t0 model.Instant = 1_600_000_000

const day = 24 * 60 * 60

// repository has three issues and three pull requests with an example of
// nearly everything.
func repository() *model.State {
	alice, bob, bot := model.Actor{Login: "alice"}, model.Actor{Login: "bob"}, model.Actor{Login: "renovate", Bot: true}
	at := func(days float64) model.Instant { return t0 + model.Instant(days*day) }
	bug, other := model.Label{ID: "1", Name: "kind/bug"}, model.Label{ID: "2", Name: "help"}
	items := []*model.Item{
		{
			Number: 1, Kind: model.Issue, Author: alice, CreatedAt: at(1), ClosedAt: at(40), Reason: "completed", Labels: []model.Label{bug},
			Events: []model.Event{
				{ID: "c1", Kind: model.Commented, At: at(1.5), Actor: bob},
				{ID: "x1", Kind: model.Closed, At: at(10), Actor: bob, Reason: "not_planned"},
				{ID: "o1", Kind: model.Reopened, At: at(11), Actor: bob},
				{ID: "x2", Kind: model.Closed, At: at(40), Actor: bob, Reason: "completed"},
			},
		},
		{Number: 2, Kind: model.Issue, Author: alice, CreatedAt: at(5), Labels: []model.Label{bug, other}},
		{Number: 3, Kind: model.Issue, Author: bot, CreatedAt: at(41), Events: []model.Event{{ID: "c2", Kind: model.Commented, At: at(41), Actor: bot}}},
		{
			Number: 4, Kind: model.PullRequest, Author: alice, CreatedAt: at(20), ClosedAt: at(42), MergedAt: at(42), MergeOID: "feedfacecafe", HeadOID: "h",
			Additions: 100, Deletions: 20, Labels: []model.Label{other},
			Commits: []model.Commit{{OID: "a", Head: "h", AuthoredAt: at(19), CommittedAt: at(19)}, {OID: "b", Head: "h", AuthoredAt: at(31), CommittedAt: at(31)}},
			Events: []model.Event{
				{ID: "r1", Kind: model.Reviewed, At: at(30), Actor: bob, State: model.ChangesRequested},
				{ID: "r2", Kind: model.Reviewed, At: at(32), Actor: bob, State: model.Dismissed},
				{ID: "d1", Kind: model.ReviewDismissed, At: at(33), Actor: bob, Ref: "r2", State: model.Approved},
				{ID: "r3", Kind: model.Reviewed, At: at(41), Actor: bob, State: model.Approved},
				{ID: "q1", Kind: model.AddedToMergeQueue, At: at(41.5), Actor: bob},
				{ID: "q2", Kind: model.RemovedFromMergeQueue, At: at(41.51), Reason: "failed_checks"},
				{ID: "q3", Kind: model.AddedToMergeQueue, At: at(41.99), Actor: bob},
				{ID: "q4", Kind: model.RemovedFromMergeQueue, At: at(42), Reason: "merged"},
				{ID: "m1", Kind: model.Merged, At: at(42), Actor: bob},
				{ID: "x3", Kind: model.Closed, At: at(42), Actor: bob},
			},
			ReviewComments: []model.ReviewComment{{ID: 1, Review: 1, Author: bob, CreatedAt: at(29.5)}},
		},
		{Number: 5, Kind: model.PullRequest, Author: bot, CreatedAt: at(43), ClosedAt: at(44), MergedAt: at(44), MergeOID: "beefbeefbeef", Mentions: []model.Mention{{Kind: model.Reverts, OID: "feedface"}}},
		{Number: 6, Kind: model.PullRequest, Author: bob, CreatedAt: at(44), Draft: true, Events: []model.Event{{ID: "c3", Kind: model.Commented, At: at(44.5), Actor: alice, Text: "/retest"}}},
		{Number: 7, Kind: model.PullRequest, Author: bob, CreatedAt: at(30), ClosedAt: at(31), Events: []model.Event{{ID: "x4", Kind: model.Closed, At: at(31), Actor: bob}}},
		{Number: 8, Kind: model.PullRequest, Author: bob, CreatedAt: at(40), Events: []model.Event{{ID: "q5", Kind: model.AddedToMergeQueue, At: at(44.9)}}},
	}
	state := &model.State{
		Repository: model.Repository{
			ID: 1, Owner: "octo", Name: "repo", CreatedAt: t0, Visibility: "public", DefaultBranch: "main",
			Stars: 7, Forks: 2, Watchers: 3, SizeBytes: 4096,
		},
		Complete: at(45),
	}
	digest := derive.Digest(rules())
	for _, item := range items {
		state.Items = append(state.Items, digest(item))
	}
	state.History = history()
	state.Changes = derive.Changes(state, rules())
	return state
}

func rules() derive.Rules {
	return derive.Rules{
		Labels: matcher("kind/*"), Windows: []time.Duration{30 * 24 * time.Hour, 90 * 24 * time.Hour}, Quantiles: []float64{0.5, 0.9}, SeriesLimit: 1000, Native: true,
		Environments:   []derive.Environment{{Name: "production", Match: matcher("prod*")}, {Name: "staging", Match: matcher("staging")}},
		Deployments:    []derive.DeploymentSource{{Source: "deployments"}, {Source: "releases", Environment: "production"}},
		Incidents:      []derive.IncidentSource{{Source: "issues", Labels: matcher("help"), Severity: severity("kind/*")}, {Source: "reverts"}, {Source: "alertmanager"}},
		IncidentWindow: 72 * time.Hour,
		Workflows:      matcher("*.yml"),
		States:         configuredStates(),
		Events:         configuredEvents(),
	}
}

func matcher(patterns ...string) *derive.Matcher {
	m, err := derive.NewMatcher(patterns)
	if err != nil {
		panic(err)
	}
	return m
}

func severity(pattern string) *derive.Severity {
	s, err := derive.NewSeverity(pattern)
	if err != nil {
		panic(err)
	}
	return s
}

var scope = Scope{"mine", "octo", "repo"}

func figures(days int) *derive.Figures {
	return derive.Evaluate([]*model.State{repository()}, rules(), t0+model.Instant(days*day))
}

// published makes a registry of samples.
func published(samples []prometheus.Metric) *prometheus.Registry {
	p := NewPublished()
	p.Set(scope, samples)
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(p)
	return r
}

// only chooses one group.
func only(name string) Options {
	groups := map[string]bool{}
	for _, g := range Groups() {
		if g.Flag != "" {
			groups[g.Flag] = groups[g.Flag] || g.Name == name
		}
	}
	return Options{Groups: groups}
}

// everything chooses all groups, also those that are off by default.
func everything() Options {
	groups := map[string]bool{}
	for _, g := range Groups() {
		groups[g.Flag] = true
	}
	return Options{Groups: groups}
}

// text writes the exposition of the families whose names pass.
func text(t *testing.T, r prometheus.Gatherer, pass func(name string) bool) string {
	t.Helper()
	var out bytes.Buffer
	for _, f := range gather(t, r) {
		if pass(f.GetName()) {
			if _, err := expfmt.MetricFamilyToText(&out, f); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out.String()
}

func gather(t *testing.T, r prometheus.Gatherer) []*dto.MetricFamily {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// samplesOf makes the samples of every subject.
func samplesOf(b *Builder) map[Subject][]prometheus.Metric {
	return map[Subject][]prometheus.Metric{
		Repositories: b.Repository(scope, figures(45)),
		Projects:     b.Project(scope.Project, figures(45)),
		Tokens:       b.Tokens(tokens(), api()),
		Sync:         b.Sync(statuses(), Store{Sizes: map[string]int64{"lsm": 1000, "value_log": 2000}, GCFailures: 1}),
		Exporter: b.Process(Process{
			Version: "1.2.3", Revision: "abc", Branch: "main", GoVersion: "go1.26", ReloadOK: true, ReloadedAt: t0,
			Webhook: &model.WebhookStatus{Counts: map[model.WebhookCount]int{{Event: "issues", Result: model.WebhookAccepted}: 3}},
		}),
	}
}

// Each group has a golden file that lists its families alone.
func TestGolden(t *testing.T) {
	for _, g := range Groups() {
		t.Run(g.Name, func(t *testing.T) {
			names := map[string]bool{}
			for _, f := range g.Families {
				names[f.Name] = true
			}
			registry := published(samplesOf(NewBuilder(only(g.Name)))[g.Subject])
			golden(t, filepath.Join("testdata", g.Name+".prom"), text(t, registry, func(name string) bool { return names[name] }))
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", path, diff)
	}
}

func TestLint(t *testing.T) {
	for _, style := range []string{"classic", "native", "both"} {
		for subject, samples := range samplesOf(NewBuilder(Options{Histograms: style})) {
			if len(samples) == 0 {
				t.Errorf("subject %d has no samples", subject)
			}
			problems, err := testutil.GatherAndLint(published(samples))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range problems {
				t.Errorf("%s: %s: %s", style, p.Metric, p.Text)
			}
		}
	}
}

// Every family has a help of one sentence, and is in the golden data, so that
// no row goes untested.
func TestRows(t *testing.T) {
	seen := map[string]bool{}
	for _, samples := range samplesOf(NewBuilder(everything())) {
		for _, f := range gather(t, published(samples)) {
			seen[f.GetName()] = true
			if got := len(f.GetMetric()); got == 0 {
				t.Errorf("%s has no series", f.GetName())
			}
		}
	}
	for _, g := range Groups() {
		for _, f := range g.Families {
			if !seen[f.Name] {
				t.Errorf("%s has no sample in the tests' data", f.Name)
			}
			if strings.Count(f.Help, ". ")+strings.Count(f.Help, ".\n") > 0 || !strings.HasSuffix(f.Help, ".") {
				t.Errorf("%s: the help is not one sentence: %s", f.Name, f.Help)
			}
			if !strings.Contains(f.Help, "absent") {
				t.Errorf("%s: the help does not say what absence means: %s", f.Name, f.Help)
			}
			if strings.HasSuffix(f.Name, "_total") != (f.Kind == Counter) {
				t.Errorf("%s is a %s", f.Name, f.Kind)
			}
		}
	}
}

// Every histogram of seconds has its gauge of exact quantiles.
func TestQuantilesOfDurations(t *testing.T) {
	for _, g := range Groups() {
		names := map[string]bool{}
		for _, f := range g.Families {
			names[f.Name] = true
		}
		for _, f := range g.Families {
			if f.Kind == Histogram && f.History && strings.HasSuffix(f.Name, "_seconds") && !names[quantileName(f.Name)] {
				t.Errorf("%s has no %s", f.Name, quantileName(f.Name))
			}
		}
	}
}

func TestDocument(t *testing.T) {
	var out bytes.Buffer
	if err := Document(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("..", "docs", "metrics.md"), out.String())
}
