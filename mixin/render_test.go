package mixin

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-jsonnet"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the rendered files instead of comparing them")

// rendered are the files that are made from the mixin, by their paths from here.
const (
	recordingFile = "../rules/recording.yaml"
	alertsFile    = "../rules/alerts.yaml"
	dashboardsDir = "../dashboards"
)

const header = "# Rendered from mixin/ by `make generate`: change it there.\n"

// evaluate gives what a snippet of jsonnet in this folder evaluates to.
func evaluate(t testing.TB, snippet string) string {
	t.Helper()
	vm := jsonnet.MakeVM()
	vm.Importer(&jsonnet.FileImporter{JPaths: []string{"."}})
	out, err := vm.EvaluateAnonymousSnippet("test.jsonnet", snippet)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// render gives every rendered file of a mixin, which is an expression of jsonnet.
func render(t testing.TB, mixin string) map[string]string {
	t.Helper()
	var out struct {
		Recording, Alerts rules
		Dashboards        map[string]json.RawMessage
	}
	text := evaluate(t, "local m = "+mixin+"; { recording: m.prometheusRules, alerts: m.prometheusAlerts, dashboards: m.grafanaDashboards }")
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&out); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{recordingFile: out.Recording.file(t), alertsFile: out.Alerts.file(t)}
	for name, dashboard := range out.Dashboards {
		var b bytes.Buffer
		if err := json.Indent(&b, dashboard, "", "  "); err != nil {
			t.Fatal(err)
		}
		files[filepath.Join(dashboardsDir, name)] = b.String() + "\n"
	}
	return files
}

// rules are a file of rules, its fields in the order in which people read them.
type rules struct {
	Groups []group `yaml:"groups"`
}

type group struct {
	Name     string `yaml:"name"`
	Interval string `yaml:"interval,omitempty"`
	Rules    []rule `yaml:"rules"`
}

type rule struct {
	Record      string            `yaml:"record,omitempty"`
	Alert       string            `yaml:"alert,omitempty"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for,omitempty"`
	KeepFiring  string            `yaml:"keep_firing_for,omitempty" json:"keep_firing_for"`
	Labels      map[string]string `yaml:"labels,omitempty"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

func (r rules) file(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(header)
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const mixin = "(import 'mixin.libsonnet')"

// What is committed is what the mixin renders to, no more and no less.
func TestRenderedFilesAreCurrent(t *testing.T) {
	files := render(t, mixin)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		current(t, path, files[path])
	}
	for _, pattern := range []string{"../rules/*", dashboardsDir + "/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			if _, ok := files[filepath.Clean(path)]; !ok {
				t.Errorf("%s is not rendered from the mixin: remove it", path)
			}
		}
	}
}

// current compares a file with what it should be; with -update it writes it.
func current(t testing.TB, path, want string) {
	t.Helper()
	if *update {
		write(t, path, want)
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%v: run `make generate`", err)
		return
	}
	if diff := cmp.Diff(strings.Split(string(got), "\n"), strings.Split(want, "\n")); diff != "" {
		t.Errorf("%s is not what the mixin renders to; run `make generate` (-committed +rendered):\n%s", path, diff)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tool gives the path of one of the pinned tools, which `make tools` builds.
func tool(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("TOOLDIR")
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); dir == "" || err != nil {
		message := fmt.Sprintf("%s is missing: run the tests by `make test`, which builds it", name)
		if os.Getenv("CI") != "" {
			t.Fatal(message)
		}
		t.Skip(message)
	}
	return path
}
