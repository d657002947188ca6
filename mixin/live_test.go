package mixin

import (
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The exporter, Prometheus and all that the mixin has, as a user runs them.
func TestEverythingTogether(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.await("every rule was evaluated", func() bool { return s.evaluated(t) })
	t.Run("records yield series", s.testRecords)
	t.Run("rules evaluate", s.testHealth)
	t.Run("dashboards show data", s.testDashboards)
	t.Run("pint finds nothing", s.testPint)
}

// liveRule is a rule as Prometheus tells of it.
type liveRule struct {
	Name, Query, Health, LastError, State, Type string
	LastEvaluation                              time.Time
}

func (s *stack) rules(t *testing.T) (out []liveRule) {
	t.Helper()
	var data struct{ Groups []struct{ Rules []liveRule } }
	if err := s.api("rules", nil, &data); err != nil {
		t.Fatal(err)
	}
	for _, g := range data.Groups {
		out = append(out, g.Rules...)
	}
	return out
}

// evaluated reports whether the target was scraped some times, and all rules
// evaluated since: those that are made of other records come last.
func (s *stack) evaluated(t *testing.T) bool {
	scrapes, err := s.series("count_over_time(up[1m]) > 6")
	if err != nil || scrapes == 0 {
		return false
	}
	for _, r := range s.rules(t) {
		if r.Health == "unknown" {
			return false
		}
	}
	return true
}

func (s *stack) testRecords(t *testing.T) {
	for _, g := range read(t, recordingFile).Groups {
		for _, r := range g.Rules {
			if n, err := s.series(r.Record); n == 0 || err != nil {
				t.Errorf("%s has no series: %v", r.Record, err)
			}
		}
	}
}

func (s *stack) testHealth(t *testing.T) {
	for _, r := range s.rules(t) {
		if r.Health != "ok" {
			t.Errorf("%s: %s: %s", r.Name, r.Health, r.LastError)
		}
	}
}

// exception is a query that may have no data.
type exception struct {
	Dashboard, Panel, Query, Reason string
}

func exceptions(t *testing.T) map[string]exception {
	t.Helper()
	var list []exception
	decode(t, "testdata/may_be_empty.yaml", &list)
	out := map[string]exception{}
	for _, e := range list {
		if len(e.Reason) < 20 {
			t.Errorf("%+v lacks a reason", e)
		}
		out[e.Dashboard+"/"+e.Panel+"/"+e.Query] = e
	}
	return out
}

// all chooses everything, of production and the usual window.
func (d dashboard) all() map[string]string {
	values := maps.Clone(grafanas)
	for _, v := range d.Templating.List {
		values[v.Name] = fmt.Sprint(v.Current.Value)
		if v.IncludeAll {
			values[v.Name] = v.AllValue
		}
	}
	return values
}

func (s *stack) testDashboards(t *testing.T) {
	allowed := exceptions(t)
	unseen := maps.Clone(allowed)
	for _, d := range dashboards(t) {
		for _, v := range d.Templating.List {
			if m := labelValues.FindStringSubmatch(v.Definition); m != nil {
				testQuery(t, d.file+": variable "+v.Name, interpolate(m[1], d.all()), s.series, false)
			}
		}
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				key := d.file + "/" + p.Title + "/" + q.RefID
				_, mayBeEmpty := allowed[key]
				delete(unseen, key)
				ask := s.seriesOverTime
				if q.Instant {
					ask = s.series
				}
				testQuery(t, key, interpolate(q.Expr, d.all()), ask, mayBeEmpty)
			}
		}
	}
	for key := range unseen {
		t.Errorf("testdata/may_be_empty.yaml lists %s, which no dashboard has", key)
	}
}

func testQuery(t *testing.T, what, expr string, ask func(string) (int, error), mayBeEmpty bool) {
	t.Helper()
	switch n, err := ask(expr); {
	case err != nil:
		t.Errorf("%s: %v\n%s", what, err, expr)
	case n == 0 && !mayBeEmpty:
		t.Errorf("%s: no data, and testdata/may_be_empty.yaml does not say why:\n%s", what, expr)
	}
}

// pintConfig lets pint ask the running Prometheus.
const pintConfig = `
prometheus "demo" {
  uri     = "http://%s"
  timeout = "30s"
}
`

func (s *stack) testPint(t *testing.T) {
	write(t, s.path("pint.hcl"), fmt.Sprintf(pintConfig, s.prometheus))
	pint(t, "--config="+s.path("pint.hcl"))
}

// pint checks the rendered rules.
func pint(t *testing.T, options ...string) {
	t.Helper()
	args := append(options, "--no-color", "--log-level=ERROR", "lint", "--min-severity=warning", "--fail-on=warning", recordingFile, alertsFile)
	if out, err := exec.Command(tool(t, "pint"), args...).CombinedOutput(); err != nil {
		t.Errorf("pint %s: %v\n%s", strings.Join(options, " "), err, out)
	}
}

func TestPintOffline(t *testing.T) {
	t.Parallel()
	pint(t, "--offline")
}
