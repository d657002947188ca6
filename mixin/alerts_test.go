package mixin

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

// kind is an alert of one severity.
type kind struct{ alert, severity string }

// rehearsed gives which alerts some test expects to fire, and which it expects
// not to.
func rehearsed(t testing.TB, kinds []kind) (fires, silent map[kind]bool) {
	t.Helper()
	fires, silent = map[kind]bool{}, map[kind]bool{}
	for _, test := range promtoolTests(t, "tests/*_alerts_test.yaml") {
		for _, at := range test.AlertRuleTest {
			expected := map[kind]bool{}
			for _, e := range at.ExpAlerts {
				expected[kind{at.Alertname, e.ExpLabels["severity"]}] = true
			}
			for _, k := range kinds {
				fires[k] = fires[k] || expected[k]
				silent[k] = silent[k] || k.alert == at.Alertname && !expected[k]
			}
		}
	}
	return fires, silent
}

func TestEveryAlertIsTested(t *testing.T) {
	var kinds []kind
	for _, g := range read(t, alertsFile).Groups {
		for _, r := range g.Rules {
			kinds = append(kinds, kind{r.Alert, r.Labels["severity"]})
		}
	}
	fires, silent := rehearsed(t, kinds)
	for i, k := range kinds {
		if slices.Contains(kinds[:i], k) {
			t.Errorf("%s with the severity %s is there twice", k.alert, k.severity)
		}
		if !fires[k] {
			t.Errorf("no test in tests/*_alerts_test.yaml expects %s to fire with the severity %s", k.alert, k.severity)
		}
		if !silent[k] {
			t.Errorf("no test in tests/*_alerts_test.yaml expects %s not to fire with the severity %s", k.alert, k.severity)
		}
	}
}

var (
	alertName  = regexp.MustCompile(`^GitHubDev([A-Z][a-zA-Z0-9]+)+$`)
	severities = []string{"critical", "warning", "info"}
)

// An alert says what is the matter in one fixed sentence, and how much of it
// where in another.
func TestAlertsAreWorded(t *testing.T) {
	for _, g := range read(t, alertsFile).Groups {
		for _, r := range g.Rules {
			summary, description := r.Annotations["summary"], r.Annotations["description"]
			if !alertName.MatchString(r.Alert) {
				t.Errorf("%s: the name is not GitHubDev… in capitals", r.Alert)
			}
			if !slices.Contains(severities, r.Labels["severity"]) {
				t.Errorf("%s: the severity %q is none of %v", r.Alert, r.Labels["severity"], severities)
			}
			if !strings.HasSuffix(summary, ".") || strings.Contains(summary, "{{") || strings.Count(summary, ". ") > 0 {
				t.Errorf("%s: the summary is not one fixed sentence: %s", r.Alert, summary)
			}
			if !strings.HasSuffix(description, ".") || !strings.Contains(description, "{{") {
				t.Errorf("%s: the description has no details: %s", r.Alert, description)
			}
			if !strings.HasSuffix(r.Annotations["runbook_url"], "/docs/runbooks/"+r.Alert+".md") {
				t.Errorf("%s: the runbook is %s", r.Alert, r.Annotations["runbook_url"])
			}
		}
	}
}

// An expression without a condition is true of whatever exists.
func TestAlertsHaveConditions(t *testing.T) {
	for _, g := range read(t, alertsFile).Groups {
		for _, r := range g.Rules {
			expr, err := parser.ParseExpr(r.Expr)
			if err != nil {
				t.Errorf("%s: %v", r.Alert, err)
				continue
			}
			if !conditional(expr) {
				t.Errorf("%s has no condition: %s", r.Alert, r.Expr)
			}
		}
	}
}

// conditional reports whether the result of an expression depends on a
// comparison, or on something's absence.
func conditional(root parser.Expr) (found bool) {
	parser.Inspect(root, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.BinaryExpr:
			found = found || n.Op.IsComparisonOperator() && !n.ReturnBool
		case *parser.Call:
			found = found || n.Func.Name == "absent"
		}
		return nil
	})
	return found
}
