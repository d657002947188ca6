package mixin

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

// section is a group of rules as docs/rules.md has it.
type section struct {
	Name, Title, About string
	Rules              []record
}

// record is a recording rule with what the rendered file leaves out.
type record struct {
	Record, About string
	Keeps         []string
}

// sections gives the recording rules of the mixin.
func sections(t testing.TB) (out []section) {
	t.Helper()
	text := evaluate(t, `[
		{ name: g.name, title: g.title, about: g.about, rules: [{ record: r.record, keeps: r.keeps, about: r.about } for r in g.rules] }
		for g in `+mixin+`.prometheusRules.groups
	]`)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// expected gives the series that the tests of the mixin as it is expect of
// records, by record: the label names of each.
func expected(t testing.TB) map[string][][]string {
	t.Helper()
	out := map[string][][]string{}
	for _, test := range promtoolTests(t, "tests/*_rules_test.yaml") {
		for _, e := range test.PromqlExprTest {
			for _, sample := range e.ExpSamples {
				name, labels := series(t, sample.Labels)
				if strings.Contains(e.Expr, name) {
					out[name] = append(out[name], labels)
				}
			}
		}
	}
	return out
}

// series gives a series' name and the names of its labels.
func series(t testing.TB, text string) (name string, labels []string) {
	t.Helper()
	metric, err := parser.ParseMetric(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	all := metric.Map()
	name = all["__name__"]
	delete(all, "__name__")
	return name, slices.Sorted(maps.Keys(all))
}

// Every record has a test in which promtool expects a figure of it, and the labels
// that docs/rules.md lists.
func TestEveryRecordIsTested(t *testing.T) {
	seen := expected(t)
	for _, s := range sections(t) {
		for _, r := range s.Rules {
			if len(seen[r.Record]) == 0 {
				t.Errorf("no test in tests/*_rules_test.yaml expects a sample of %s", r.Record)
			}
			want := slices.Sorted(slices.Values(r.Keeps))
			for _, got := range seen[r.Record] {
				if !slices.Equal(got, want) {
					t.Errorf("%s has the labels %v where a test expects %v", r.Record, want, got)
				}
			}
		}
	}
}

// What a recording rule is has to be said, and its name says its labels.
func TestRecordsAreExplained(t *testing.T) {
	for _, s := range sections(t) {
		if s.Title == "" || s.About == "" {
			t.Errorf("group %s has no title or is not explained", s.Name)
		}
		for _, r := range s.Rules {
			parts := strings.Split(r.Record, ":")
			if len(parts) != 3 {
				t.Errorf("%s is not named level:metric:operations", r.Record)
				continue
			}
			for _, label := range strings.Split(parts[0], "_") {
				if !slices.Contains(r.Keeps, label) {
					t.Errorf("%s does not keep the label %s of its level", r.Record, label)
				}
			}
			if strings.Contains(parts[1], "_total") {
				t.Errorf("%s has _total in its name, though it is no counter", r.Record)
			}
			if len(r.About) < 60 || !strings.HasSuffix(r.About, ".") {
				t.Errorf("%s is not explained in sentences: %q", r.Record, r.About)
			}
		}
	}
}

// variants are mixins of which rules come out different, each with its file of
// tests, which names the rules recording.yaml.
var variants = map[string]string{
	"native.yaml": `{ _config+:: { histograms: 'native' } }`,
	"both.yaml":   `{ _config+:: { histograms: 'both' } }`,
	"clusters.yaml": `{ _config+:: {
		multiCluster: true, clusterLabel: 'region', projectLabel: 'exported_project', repoLabel: 'repository', selector: 'team="a"',
	} }`,
}

func TestVariantsBehave(t *testing.T) {
	for file, override := range variants {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			tests, err := os.ReadFile(filepath.Join("tests", file))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, file), string(tests))
			write(t, filepath.Join(dir, "recording.yaml"), render(t, mixin+" + "+override)[recordingFile])
			promtool(t, "check", "rules", "--lint=all", "--lint-fatal", filepath.Join(dir, "recording.yaml"))
			promtool(t, "test", "rules", filepath.Join(dir, file))
		})
	}
}
