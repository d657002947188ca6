package mixin

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// promtool runs promtool in this folder.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.Command(tool(t, "promtool"), args...).CombinedOutput()
	if err != nil {
		t.Errorf("promtool %v: %v\n%s", args, err, out)
	}
}

func TestRulesAreValid(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "rules", "--lint=all", "--lint-fatal", recordingFile, alertsFile)
}

func TestRulesBehave(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("tests/*_test.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests of rules: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			promtool(t, "test", "rules", file)
		})
	}
}

// promtoolTest is what other tests read of one of promtool's.
type promtoolTest struct {
	PromqlExprTest []struct {
		Expr       string
		ExpSamples []struct{ Labels string } `yaml:"exp_samples"`
	} `yaml:"promql_expr_test"`
	AlertRuleTest []struct {
		Alertname string
		ExpAlerts []struct {
			ExpLabels map[string]string `yaml:"exp_labels"`
		} `yaml:"exp_alerts"`
	} `yaml:"alert_rule_test"`
}

// promtoolTests gives the tests of some files.
func promtoolTests(t testing.TB, pattern string) (out []promtoolTest) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests match %s: %v", pattern, err)
	}
	for _, file := range files {
		var tests struct{ Tests []promtoolTest }
		decode(t, file, &tests)
		out = append(out, tests.Tests...)
	}
	return out
}

// decode reads a file of YAML.
func decode(t testing.TB, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
