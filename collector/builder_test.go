package collector

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// find gives the only series of a family whose labels hold all pairs NAME=VALUE.
func find(t *testing.T, samples []prometheus.Metric, name string, pairs ...string) *dto.Metric {
	t.Helper()
	var found []*dto.Metric
	for _, f := range gather(t, published(samples)) {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			if holds(m, pairs) {
				found = append(found, m)
			}
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d series %s%v, want one", len(found), name, pairs)
	}
	return found[0]
}

func holds(m *dto.Metric, pairs []string) bool {
	for _, pair := range pairs {
		if !slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetName()+"="+l.GetValue() == pair }) {
			return false
		}
	}
	return true
}

func names(t *testing.T, samples []prometheus.Metric) []string {
	t.Helper()
	var names []string
	for _, f := range gather(t, published(samples)) {
		names = append(names, f.GetName())
	}
	return names
}

func TestChosenGroups(t *testing.T) {
	for _, test := range []struct {
		name          string
		groups        map[string]bool
		issues, pulls bool
	}{
		{"by default", nil, true, true},
		{"one off", map[string]bool{"issues": false}, false, true},
		{"one on", map[string]bool{"issues": true, "pulls": false}, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := names(t, NewBuilder(Options{Groups: test.groups}).Repository(scope, figures(45)))
			if issues, pulls := slices.Contains(got, "github_dev_issues"), slices.Contains(got, "github_dev_pull_requests"); issues != test.issues || pulls != test.pulls {
				t.Errorf("issues %t and pull requests %t, want %t and %t", issues, pulls, test.issues, test.pulls)
			}
			if !slices.Contains(got, "github_dev_repository_info") {
				t.Error("what has no flag is missing")
			}
		})
	}
}

func TestHistoryOnly(t *testing.T) {
	b := NewBuilder(Options{HistoryOnly: true})
	got := names(t, b.Repository(scope, figures(45)))
	for _, name := range got {
		if strings.HasPrefix(name, "github_dev_repository_") {
			t.Errorf("%s has no history", name)
		}
	}
	if len(got) < 30 {
		t.Errorf("only %d families have a history", len(got))
	}
	if n := len(b.Tokens(tokens(), api())) + len(b.Sync(statuses(), Store{})); n > 0 {
		t.Errorf("%d samples of what has no history", n)
	}
}

func TestBeforeTheRepository(t *testing.T) {
	b := NewBuilder(Options{})
	if n := len(b.Repository(scope, figures(-1))); n != 0 {
		t.Errorf("%d samples of a repository that was not there", n)
	}
	if n := len(b.Repository(scope, figures(0))); n == 0 {
		t.Error("no samples at the creation")
	}
}

// undeployed are the families that are absent until something is deployed, as
// those of workflows and milestones are until there is one.
var undeployed = []string{"github_dev_changes_undeployed", "github_dev_deployment_last_success_timestamp_seconds", "github_dev_milestone_issues"}

// What depends on observations in a window or on a deployment is absent
// without them; all else is zero.
func TestEmptyRepository(t *testing.T) {
	f := derive.Evaluate([]*model.State{{Repository: model.Repository{Owner: "octo", Name: "empty", CreatedAt: t0}}}, rules(), t0+day)
	got := names(t, NewBuilder(Options{}).Repository(scope, f))
	for _, g := range Groups() {
		for _, f := range g.Families {
			absent := strings.HasSuffix(f.Name, "_quantile_seconds") || strings.HasSuffix(f.Name, "_age_seconds") ||
				strings.HasPrefix(f.Name, "github_dev_dora_") || slices.Contains(undeployed, f.Name) || strings.HasPrefix(f.Name, "github_dev_workflow_")
			if g.Subject == Repositories && slices.Contains(got, f.Name) == absent {
				t.Errorf("%s: absent is %t", f.Name, absent)
			}
		}
	}
}

func TestProjectOfOneRepository(t *testing.T) {
	f := derive.Evaluate([]*model.State{repository()}, rules(), t0+45*day)
	got := names(t, NewBuilder(Options{}).Repository(Scope{Project: "mine"}, f))
	if slices.Contains(got, "github_dev_repository_info") || !slices.Contains(got, "github_dev_repository_stars") {
		t.Errorf("families of a project: %v", got)
	}
}

func TestProjectScope(t *testing.T) {
	rules := rules()
	second := &model.State{Repository: model.Repository{Owner: "octo", Name: "second", CreatedAt: t0 - 9*day, Stars: 5}}
	f := derive.Evaluate([]*model.State{repository(), second}, rules, t0+45*day)
	samples := NewBuilder(Options{}).Repository(Scope{Project: "mine"}, f)
	if got := find(t, samples, "github_dev_repository_stars", "project=mine", "owner=", "repo=").GetGauge().GetValue(); got != 12 {
		t.Errorf("%v stars, want 12", got)
	}
	if slices.Contains(names(t, samples), "github_dev_repository_info") {
		t.Error("a project has one repository's info")
	}
	opened := find(t, samples, "github_dev_issues_opened_total", "author_kind=human")
	if got := model.At(opened.GetCounter().GetCreatedTimestamp().AsTime()); got != t0-9*day {
		t.Errorf("created at %s, want the earliest repository's creation", got)
	}
}

func TestCreatedTimestamps(t *testing.T) {
	samples := NewBuilder(Options{}).Repository(scope, figures(45))
	for _, f := range gather(t, published(samples)) {
		for _, m := range f.GetMetric() {
			created := m.GetCounter().GetCreatedTimestamp()
			if m.Histogram != nil {
				created = m.GetHistogram().GetCreatedTimestamp()
			}
			if m.Gauge == nil && model.At(created.AsTime()) != t0 {
				t.Errorf("%s was created at %v, want the repository's creation", f.GetName(), created)
			}
		}
	}
}

func TestHistogramStyles(t *testing.T) {
	for _, test := range []struct {
		style           string
		classic, native bool
	}{{"", true, false}, {"classic", true, false}, {"native", false, true}, {"both", true, true}} {
		h := find(t, NewBuilder(Options{Histograms: test.style}).Repository(scope, figures(45)), "github_dev_issue_close_seconds").GetHistogram()
		if classic, native := len(h.GetBucket()) > 0, h.Schema != nil; classic != test.classic || native != test.native {
			t.Errorf("%q: classic %t and native %t", test.style, classic, native)
		}
	}
}

func TestNativeBuckets(t *testing.T) {
	h := find(t, NewBuilder(Options{Histograms: "native"}).Repository(scope, figures(45)), "github_dev_issue_close_seconds").GetHistogram()
	count, total := int64(0), int64(0)
	for _, delta := range h.GetPositiveDelta() {
		count += delta
		total += count
	}
	if spans := h.GetPositiveSpan(); total != 2 || count != 1 || len(spans) != 1 || int(spans[0].GetLength()) != len(h.GetPositiveDelta()) {
		t.Errorf("%d observations in %v, want two in one span that ends with one", total, h)
	}
	empty := find(t, NewBuilder(Options{Histograms: "native"}).Repository(scope, figures(0)), "github_dev_issue_close_seconds").GetHistogram()
	if len(empty.GetPositiveSpan()) != 1 || empty.GetSampleCount() != 0 {
		t.Errorf("an empty native histogram does not say that it is one: %v", empty)
	}
}

func TestOneNameOfTwoRepositories(t *testing.T) {
	statuses := []model.RepositoryStatus{
		{Project: "mine", Owner: "octo", Name: "repo", ID: 1, Gone: "not_found", Gaps: 1},
		{Project: "mine", Owner: "octo", Name: "repo", ID: 2, Gaps: 2},
		{Project: "mine", Owner: "octo", Name: "repo", Gaps: 3},
	}
	samples := NewBuilder(Options{}).Sync(statuses, Store{})
	if got := find(t, samples, "github_dev_sync_gaps").GetGauge().GetValue(); got != 2 {
		t.Errorf("the repository with %v gaps counts, want the living one with 2", got)
	}
}

func TestOddLabelValue(t *testing.T) {
	scope := Scope{"mine", "octo", "re\xffpo"}
	if got := find(t, NewBuilder(Options{}).Repository(scope, figures(45)), "github_dev_repository_stars", "repo=re\uFFFDpo"); got == nil {
		t.Error("not found")
	}
}

func TestRowAndSamplesDisagree(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a sample with other labels than its row was taken")
		}
	}()
	sink := &Sink{family: compile(Family{Name: "x", Labels: []string{"a"}}, Exporter), pairs: &labelPairs{}}
	sink.Value(1)
}

func TestPublished(t *testing.T) {
	p := NewPublished()
	b := NewBuilder(only("none"))
	f := figures(45)
	for _, s := range []Scope{{"b", "octo", "2"}, {"a", "octo", "1"}, {"b", "octo", "1"}} {
		p.Set(s, b.Repository(s, f))
	}
	p.Set(Scope{"b", "octo", "1"}, b.Repository(Scope{"b", "octo", "1"}, f)) // again
	if diff := cmp.Diff([]Scope{{"a", "octo", "1"}, {"b", "octo", "1"}, {"b", "octo", "2"}}, p.Scopes()); diff != "" {
		t.Error(diff)
	}
	if got := repos(t, p); got != "a/1 b/1 b/2" {
		t.Errorf("all: %s", got)
	}
	if got := repos(t, p.Project("b")); got != "b/1 b/2" {
		t.Errorf("of project b: %s", got)
	}
	p.Remove(Scope{"b", "octo", "1"})
	p.Remove(Scope{"c", "octo", "1"})
	if got := repos(t, p); got != "a/1 b/2" {
		t.Errorf("after a removal: %s", got)
	}
}

// repos lists the repositories that have stars.
func repos(t *testing.T, c prometheus.Collector) string {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(c)
	var out []string
	for _, f := range gather(t, r) {
		for _, m := range f.GetMetric() {
			if f.GetName() == "github_dev_repository_stars" {
				values := map[string]string{}
				for _, l := range m.GetLabel() {
					values[l.GetName()] = l.GetValue()
				}
				out = append(out, values["project"]+"/"+values["repo"])
			}
		}
	}
	return strings.Join(out, " ")
}

func TestScrapesWhileBuilding(t *testing.T) {
	p, b := NewPublished(), NewBuilder(Options{})
	var writers sync.WaitGroup
	for n := range 4 {
		writers.Go(func() {
			s := Scope{"mine", "octo", fmt.Sprint(n)}
			for days := range 20 {
				p.Set(s, b.Repository(s, figures(days+1)))
			}
			p.Remove(s)
		})
	}
	r := prometheus.NewRegistry()
	r.MustRegister(p)
	for range 20 {
		gather(t, r)
	}
	writers.Wait()
	if n := len(p.Scopes()); n != 0 {
		t.Errorf("%d scopes are left", n)
	}
}
