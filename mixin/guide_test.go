package mixin

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-jsonnet"
	"go.yaml.in/yaml/v3"
)

const (
	guide    = "../docs/mixin.md"
	vendored = "github.com/github-dev-exporter/github-dev-exporter/mixin"
)

// blocks gives the guide's blocks of code in a language, without their indentation.
func blocks(t testing.TB, language string) (out []string) {
	t.Helper()
	fence := regexp.MustCompile("(?ms)^( *)```" + language + "\n(.*?)^ *```$")
	for _, m := range fence.FindAllStringSubmatch(text(t, guide), -1) {
		out = append(out, regexp.MustCompile("(?m)^"+m[1]).ReplaceAllString(m[2], ""))
	}
	if len(out) == 0 {
		t.Fatalf("%s has no %s", guide, language)
	}
	return out
}

func text(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What the guide shows is what is tested: every block is one of the files, and every file is shown.
func TestGuideShowsTheExamples(t *testing.T) {
	examples, err := filepath.Glob("examples/*.jsonnet")
	if err != nil {
		t.Fatal(err)
	}
	configs := []string{"../docs/examples/prometheus.yml", "../docs/examples/alertmanager.yml", "../docs/examples/grafana-dashboards.yml"}
	for language, files := range map[string][]string{"jsonnet": examples, "yaml": configs} {
		shown := blocks(t, language)
		for _, file := range files {
			if !slices.Contains(shown, text(t, file)) {
				t.Errorf("%s does not show %s as it is", guide, file)
			}
		}
		for _, block := range shown {
			isFile := slices.ContainsFunc(files, func(file string) bool { return text(t, file) == block })
			if !isFile && !strings.Contains(block, vendored) {
				t.Errorf("%s shows what is no example:\n%s", guide, block)
			}
		}
	}
}

// A vendored copy is used as the guide says, by the commands that it gives.
func TestGuideWorksWithAVendoredCopy(t *testing.T) {
	dir := t.TempDir()
	for path, text := range sources(t) {
		write(t, filepath.Join(dir, "vendor", vendored, path), text)
	}
	mixins := []string{strings.ReplaceAll(text(t, "examples/overrides.jsonnet"), "'../", "'"+vendored+"/")}
	for _, block := range blocks(t, "jsonnet") {
		if strings.Contains(block, vendored) {
			mixins = append(mixins, block)
		}
	}
	commands := regexp.MustCompile(`(?m)^jsonnet -J vendor .*?-e "(.+?)"(?: > (\S+))?$`).FindAllStringSubmatch(text(t, guide), -1)
	if len(mixins) != 2 || len(commands) != 3 {
		t.Fatalf("%d mixins, %d commands", len(mixins), len(commands))
	}
	for _, source := range mixins {
		write(t, filepath.Join(dir, "mixin.jsonnet"), source)
		for _, command := range commands {
			vm := jsonnet.MakeVM()
			vm.Importer(&jsonnet.FileImporter{JPaths: []string{dir, filepath.Join(dir, "vendor")}})
			out, err := vm.EvaluateAnonymousSnippet("command", command[1])
			if err != nil {
				t.Fatalf("%s: %v", command[0], err)
			}
			if command[2] != "" {
				write(t, filepath.Join(dir, command[2]), out)
			}
		}
		promtool(t, "check", "rules", filepath.Join(dir, "recording.yaml"), filepath.Join(dir, "alerts.yaml"))
	}
}

func TestPrometheusExampleIsValid(t *testing.T) {
	dir := t.TempDir()
	for _, file := range []string{"../docs/examples/prometheus.yml", recordingFile, alertsFile} {
		write(t, filepath.Join(dir, filepath.Base(file)), text(t, file))
	}
	promtool(t, "check", "config", filepath.Join(dir, "prometheus.yml"))
}

// Lines that are commented out are meant to be put in.
func TestPrometheusExampleIsValidWithNativeHistograms(t *testing.T) {
	config := text(t, "../docs/examples/prometheus.yml")
	enabled := regexp.MustCompile(`(?m)^    # (\w+: true)$`).ReplaceAllString(config, "    $1")
	if strings.Count(enabled, "histograms: true") != 2 {
		t.Fatal("the lines about native histograms are not found")
	}
	file := filepath.Join(t.TempDir(), "prometheus.yml")
	write(t, file, enabled)
	promtool(t, "check", "config", "--syntax-only", file)
}

// route is what the test reads of one of Alertmanager's.
type route struct {
	Receiver string
	Matchers []string
	Routes   []route
}

func (r route) all() []route {
	out := []route{r}
	for _, child := range r.Routes {
		out = append(out, child.all()...)
	}
	return out
}

func TestAlertmanagerExampleHoldsTogether(t *testing.T) {
	var config struct {
		Route        route
		InhibitRules []struct {
			SourceMatchers []string `yaml:"source_matchers"`
			TargetMatchers []string `yaml:"target_matchers"`
			Equal          []string
		} `yaml:"inhibit_rules"`
		Receivers []struct{ Name string }
	}
	if err := yaml.Unmarshal([]byte(text(t, "../docs/examples/alertmanager.yml")), &config); err != nil {
		t.Fatal(err)
	}
	var receivers, matchers []string
	for _, r := range config.Receivers {
		receivers = append(receivers, r.Name)
	}
	for _, r := range config.Route.all() {
		if !slices.Contains(receivers, r.Receiver) {
			t.Errorf("no receiver is called %q", r.Receiver)
		}
		matchers = append(matchers, r.Matchers...)
	}
	for _, r := range config.InhibitRules {
		matchers = append(matchers, slices.Concat(r.SourceMatchers, r.TargetMatchers)...)
	}
	if len(matchers) == 0 {
		t.Error("nothing is matched")
	}
}

var named = regexp.MustCompile(`GitHubDev(\w+|\([\w|]+\))`)

// What the guide and its examples name are alerts.
func TestGuideNamesAlertsThatExist(t *testing.T) {
	alerts := newVariant(t, mixin).byAlert()
	for _, path := range []string{guide, "../docs/examples/prometheus.yml", "../docs/examples/alertmanager.yml"} {
		for _, m := range named.FindAllStringSubmatch(text(t, path), -1) {
			for _, name := range strings.Split(strings.Trim(m[1], "()"), "|") {
				if !slices.ContainsFunc(slices.Collect(maps.Keys(alerts)), func(k kind) bool { return k.alert == "GitHubDev"+name }) {
					t.Errorf("%s: there is no alert GitHubDev%s", path, name)
				}
			}
		}
	}
}

// The table of _config has every key, with its default.
func TestGuideListsTheConfig(t *testing.T) {
	var config map[string]any
	if err := json.Unmarshal([]byte(evaluate(t, mixin+"._config")), &config); err != nil {
		t.Fatal(err)
	}
	delete(config, "thresholds") // thresholds.libsonnet explains each
	delete(config["dora"].(map[string]any), "bands")
	want := map[string]any{}
	for key, value := range config {
		if fields, ok := value.(map[string]any); ok && len(fields) > 0 {
			for field, value := range fields {
				want[key+"."+field] = value
			}
			continue
		}
		want[key] = value
	}
	_, table, _ := strings.Cut(text(t, guide), "\n## `_config`\n")
	table, _, _ = strings.Cut(table, "\n## ")
	for _, row := range regexp.MustCompile("(?m)^\\| `([\\w.]+)` \\| `(.*?)` \\| .+ \\|$").FindAllStringSubmatch(table, -1) {
		var value any
		if err := json.Unmarshal([]byte(evaluate(t, row[2])), &value); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(value, want[row[1]]) {
			t.Errorf("%s is %v by default, and not %v", row[1], want[row[1]], value)
		}
		delete(want, row[1])
	}
	for key := range want {
		t.Errorf("%s is not listed", key)
	}
}

var anchor = regexp.MustCompile(`\]\(#([^)]+)\)`)

func TestGuideLinksToWhatExists(t *testing.T) {
	page := text(t, guide)
	var anchors []string
	for _, m := range regexp.MustCompile("(?m)^#+ (.+)$").FindAllStringSubmatch(page, -1) {
		anchors = append(anchors, strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(m[1], "`", "")), " ", "-"))
	}
	for _, m := range anchor.FindAllStringSubmatch(page, -1) {
		if !slices.Contains(anchors, m[1]) {
			t.Errorf("no heading is %q", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`\]\(([^):#]+)\)`).FindAllStringSubmatch(page, -1) {
		if _, err := os.Stat(filepath.Join("../docs", m[1])); err != nil {
			t.Errorf("%s is not there", m[1])
		}
	}
}

var threshold = regexp.MustCompile("(?m)^\\| ((?:`_config\\.thresholds\\.\\w+`(?:, )?)+) \\| ((?:`.+?`(?:, )?)+) \\|")

// A page that gives an alert's thresholds in a table gives their defaults.
func TestRunbooksGiveTheDefaults(t *testing.T) {
	pages, err := filepath.Glob("../docs/runbooks/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range pages {
		for _, row := range threshold.FindAllStringSubmatch(text(t, page), -1) {
			keys := strings.Split(strings.Trim(row[1], "`"), "`, `")
			values := strings.Split(strings.Trim(strings.ReplaceAll(row[2], `\|`, "|"), "`"), "`, `")
			if len(keys) != len(values) {
				t.Errorf("%s: %d keys and %d defaults: %s", page, len(keys), len(values), row[0])
				continue
			}
			for i, key := range keys {
				found++
				if got := strings.TrimSpace(evaluate(t, mixin+"."+key+" == "+values[i])); got != "true" {
					t.Errorf("%s: %s is not %s by default", page, key, values[i])
				}
			}
		}
	}
	if found == 0 {
		t.Error("no page gives a default")
	}
}
