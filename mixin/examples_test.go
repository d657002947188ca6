package mixin

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-jsonnet"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// variant is a mixin as it renders, of an example or of no overrides at all.
type variant struct {
	files             map[string]string
	recording, alerts rules
	dashboards        []dashboard
}

func newVariant(t testing.TB, expression string) (v variant) {
	t.Helper()
	v.files = render(t, expression)
	for path, into := range map[string]*rules{recordingFile: &v.recording, alertsFile: &v.alerts} {
		if err := yaml.Unmarshal([]byte(v.files[path]), into); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(v.files)) {
		if strings.HasSuffix(path, ".json") {
			d := dashboard{file: filepath.Base(path), text: []byte(v.files[path])}
			if err := json.Unmarshal(d.text, &d); err != nil {
				t.Fatal(err)
			}
			v.dashboards = append(v.dashboards, d)
		}
	}
	return v
}

func example(t testing.TB, name string) variant {
	t.Helper()
	return newVariant(t, fmt.Sprintf("(import 'examples/%s.jsonnet')", name))
}

// byAlert gives the alerts by name and severity.
func (v variant) byAlert() map[kind]rule {
	out := map[kind]rule{}
	for _, g := range v.alerts.Groups {
		for _, r := range g.Rules {
			out[kind{r.Alert, r.Labels["severity"]}] = r
		}
	}
	return out
}

// expression is one of a rule or of a dashboard's query or variable.
type expression struct {
	where     string
	dashboard bool
	text      string
}

func (v variant) expressions() (out []expression) {
	for _, file := range []rules{v.recording, v.alerts} {
		for _, g := range file.Groups {
			for _, r := range g.Rules {
				out = append(out, expression{r.Record + r.Alert, false, r.Expr})
			}
		}
	}
	for _, d := range v.dashboards {
		values := d.anything()
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				out = append(out, expression{d.file + ": " + p.Title, true, interpolate(q.Expr, values)})
			}
		}
		for _, variable := range d.Templating.List {
			if m := labelValues.FindStringSubmatch(variable.Definition); m != nil {
				out = append(out, expression{d.file + ": $" + variable.Name, true, interpolate(m[1], values)})
			}
		}
	}
	return out
}

func (e expression) inspect(t testing.TB, visit func(parser.Node)) {
	t.Helper()
	node, err := parser.ParseExpr(e.text)
	if err != nil {
		t.Fatalf("%s: %v\n%s", e.where, err, e.text)
	}
	parser.Inspect(node, func(node parser.Node, _ []parser.Node) error {
		visit(node)
		return nil
	})
}

// lists gives the lists of labels by which an expression aggregates and matches.
func (e expression) lists(t testing.TB) (out [][]string) {
	t.Helper()
	e.inspect(t, func(node parser.Node) {
		switch n := node.(type) {
		case *parser.AggregateExpr:
			if !n.Without {
				out = append(out, n.Grouping)
			}
		case *parser.BinaryExpr:
			if m := n.VectorMatching; m != nil && m.On {
				out = append(out, m.MatchingLabels)
			}
		}
	})
	return out
}

// selectors gives the metrics that an expression selects, and by which matchers.
func (e expression) selectors(t testing.TB) (out []*parser.VectorSelector) {
	t.Helper()
	e.inspect(t, func(node parser.Node) {
		if n, ok := node.(*parser.VectorSelector); ok {
			out = append(out, n)
		}
	})
	return out
}

func has(matchers []*labels.Matcher, name string) bool {
	return slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return m.Name == name })
}

// promises are what the examples promise, by their names; before is the mixin without overrides.
var promises = map[string]func(t *testing.T, before, after variant){
	"threshold":         promiseThreshold,
	"multi-cluster":     promiseMultiCluster,
	"renamed-labels":    promiseRenamedLabels,
	"overrides":         promiseOverrides,
	"team-labels":       promiseTeamLabels,
	"native-histograms": promiseNativeHistograms,
	"bands-2021":        promiseBands,
}

func TestExamples(t *testing.T) {
	files, err := filepath.Glob("examples/*.jsonnet")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(promises) {
		t.Errorf("%d examples and %d promises", len(files), len(promises))
	}
	before := newVariant(t, mixin)
	for name, promise := range promises {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := example(t, name)
			promise(t, before, after)
			dir := t.TempDir()
			for _, path := range []string{recordingFile, alertsFile} {
				file := filepath.Join(dir, filepath.Base(path))
				write(t, file, after.files[path])
				promtool(t, "check", "rules", "--lint=all", "--lint-fatal", file)
			}
		})
	}
}

// changed gives the alerts that differ, those that lack included.
func changed(before, after variant) (out []string) {
	was, is := before.byAlert(), after.byAlert()
	for k, r := range was {
		if fmt.Sprint(r) != fmt.Sprint(is[k]) {
			out = append(out, k.alert+" "+k.severity)
		}
	}
	for k := range is {
		if _, ok := was[k]; !ok {
			out = append(out, "new: "+k.alert)
		}
	}
	slices.Sort(out)
	return out
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func contains(t *testing.T, what, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, text)
		}
	}
}

func promiseThreshold(t *testing.T, before, after variant) {
	same(t, "changed alerts", changed(before, after), []string{
		"GitHubDevFirstReviewSlow warning", "GitHubDevIncidentOpenTooLong critical", "GitHubDevIncidentOpenTooLong warning",
		"GitHubDevReviewBacklog warning",
	})
	is := after.byAlert()
	backlog := is[kind{"GitHubDevReviewBacklog", "warning"}]
	contains(t, "expression", backlog.Expr, `age="90d"`, ">= 40\n")
	contains(t, "description", backlog.Annotations["description"], "more than 90 days")
	contains(t, "expression", is[kind{"GitHubDevFirstReviewSlow", "warning"}].Expr, "> 172800")
	contains(t, "expression", is[kind{"GitHubDevIncidentOpenTooLong", "critical"}].Expr, `severity=~".+"`)
	contains(t, "expression", is[kind{"GitHubDevIncidentOpenTooLong", "warning"}].Expr, `severity!~".+"`)
	if before.files[recordingFile] != after.files[recordingFile] {
		t.Error("recording rules differ")
	}
}

func promiseMultiCluster(t *testing.T, _, after variant) {
	for _, e := range after.expressions() {
		for _, list := range e.lists(t) {
			// What a dashboard sums up over everything that is chosen, it sums up over clusters.
			summedUp := e.dashboard && !slices.Contains(list, "project") && !slices.Contains(list, "identity")
			if !slices.Contains(list, "cluster") && !summedUp {
				t.Errorf("%s: no cluster in (%s):\n%s", e.where, strings.Join(list, ", "), e.text)
			}
		}
		for _, s := range e.selectors(t) {
			if e.dashboard && !has(s.LabelMatchers, "cluster") && !strings.HasSuffix(e.where, "$cluster") {
				t.Errorf("%s: %s is not of the cluster that is chosen", e.where, s)
			}
		}
	}
	for _, d := range after.dashboards {
		if !slices.ContainsFunc(d.Templating.List, func(v variable) bool { return v.Name == "cluster" }) {
			t.Errorf("%s: the cluster can't be chosen", d.file)
		}
	}
	labelled(t, after, "cluster")
}

// labelled fails for alerts about a project or repository whose description doesn't name a label.
func labelled(t *testing.T, v variant, label string) {
	t.Helper()
	for k, r := range v.byAlert() {
		if text := r.Annotations["description"]; strings.Contains(text, "$labels.repo") && !strings.Contains(text, "$labels."+label) {
			t.Errorf("%s: the description doesn't name the %s: %s", k.alert, label, text)
		}
	}
}

var plainProject = regexp.MustCompile(`\$labels\.project\b|\{\{\s*project\s*\}\}`)

func promiseRenamedLabels(t *testing.T, _, after variant) {
	known := map[string]bool{}
	for _, g := range after.recording.Groups {
		for _, r := range g.Rules {
			known[r.Record] = true
		}
	}
	for _, e := range after.expressions() {
		for _, list := range e.lists(t) {
			if slices.Contains(list, "project") {
				t.Errorf("%s: the label is exported_project: (%s)", e.where, strings.Join(list, ", "))
			}
		}
		for _, s := range e.selectors(t) {
			if has(s.LabelMatchers, "project") {
				t.Errorf("%s: the label is exported_project: %s", e.where, s)
			}
			if !known[s.Name] && !has(s.LabelMatchers, "job") {
				t.Errorf("%s: %s is not of the job that is selected", e.where, s)
			}
		}
	}
	for path, text := range after.files {
		if found := plainProject.FindString(text); found != "" {
			t.Errorf("%s: %s in place of exported_project", path, found)
		}
	}
	labelled(t, after, "exported_project")
}

func promiseOverrides(t *testing.T, before, after variant) {
	same(t, "changed alerts", changed(before, after), []string{
		"GitHubDevLeadTimeHigh warning", "GitHubDevMergeQueueStuck warning", "GitHubDevPullRequestsOld info", "GitHubDevWorkflowFailing critical",
	})
	is := after.byAlert()
	for _, gone := range []kind{{"GitHubDevMergeQueueStuck", "warning"}, {"GitHubDevPullRequestsOld", "info"}, {"GitHubDevWorkflowFailing", "critical"}} {
		if _, ok := is[gone]; ok {
			t.Errorf("%s is still there", gone.alert)
		}
	}
	patched, was := is[kind{"GitHubDevLeadTimeHigh", "warning"}], before.byAlert()[kind{"GitHubDevLeadTimeHigh", "warning"}]
	if patched.For != "1d" || patched.Annotations["dashboard"] == "" || patched.Annotations["summary"] != was.Annotations["summary"] || patched.Expr != was.Expr {
		t.Errorf("patched as %v", patched)
	}
}

func promiseTeamLabels(t *testing.T, _, after variant) {
	teams := map[string]string{"github-dev-flow": "shop", "github-dev-ci": "shop", "github-dev-delivery": "shop"}
	for _, g := range after.alerts.Groups {
		want := teams[g.Name]
		if want == "" {
			want = "platform"
		}
		for _, r := range g.Rules {
			if r.Labels["team"] != want || r.Labels["severity"] == "" {
				t.Errorf("%s has the labels %v, want the team %s", r.Alert, r.Labels, want)
			}
		}
	}
}

func promiseNativeHistograms(t *testing.T, before, after variant) {
	classic := regexp.MustCompile(`^github_dev_.*_(bucket|sum|count)$`)
	uses := 0
	for _, e := range after.expressions() {
		for _, s := range e.selectors(t) {
			if classic.MatchString(s.Name) {
				t.Errorf("%s: %s, which native histograms don't have", e.where, s.Name)
			}
		}
		e.inspect(t, func(node parser.Node) {
			if call, ok := node.(*parser.Call); ok && strings.HasPrefix(call.Func.Name, "histogram_") {
				uses++
			}
		})
	}
	if uses == 0 {
		t.Error("no histogram is used")
	}
	same(t, "changed alerts", changed(before, after), nil)
}

func promiseBands(t *testing.T, before, after variant) {
	text := after.files[filepath.Join(dashboardsDir, "dora.json")]
	contains(t, "dora.json", text, "2021 level")
	for path, text := range after.files {
		if strings.Contains(text, "2024 level") {
			t.Errorf("%s shows the levels of 2024", path)
		}
		if strings.HasSuffix(path, ".json") && strings.Contains(text, `"$window"`) && !strings.Contains(text, `"value": "90d"`) {
			t.Errorf("%s does not begin with 90 days", path)
		}
	}
	same(t, "changed alerts", changed(before, after), []string{
		"GitHubDevChangeFailureRatioHigh warning", "GitHubDevFirstReviewSlow warning", "GitHubDevLeadTimeHigh warning",
	})
	contains(t, "expression", after.byAlert()[kind{"GitHubDevChangeFailureRatioHigh", "warning"}].Expr, `window="90d"`, "* 90 >= 9.5")
}

// What names nothing overrides nothing: that is an error which says what there is.
func TestOverridesOfWhatIsNotThere(t *testing.T) {
	for call, want := range map[string]string{
		`dropAlerts(['GitHubDevNone', 'GitHubDevReviewBacklog'])`:     "dropAlerts: no alert GitHubDevNone; there are GitHubDev",
		`dropAlerts(['GitHubDevReviewBacklog'], severity='critical')`: "dropAlerts: no severity of GitHubDevReviewBacklog critical; there are warning",
		`dropGroups(['flow'])`:                                                        "dropGroups: no group flow; there are github-dev-ci, ",
		`patchAlert('GitHubDevNone', { 'for': '1h' })`:                                "patchAlert: no alert GitHubDevNone; there are GitHubDev",
		`patchAlert('GitHubDevReviewBacklog', {}, severity='page')`:                   "patchAlert: no severity of GitHubDevReviewBacklog page; there are warning",
		`patchGroup('flow', {})`:                                                      "patchGroup: no group flow; there are github-dev-ci, ",
		`dropAlerts([]) + { _config+:: { thresholds+: { reviewBacklogAge: '3d' } } }`: "thresholds.reviewBacklogAge is 3d, but the exporter counts by the ages 1d, 7d, 30d, 90d, 365d",
	} {
		vm := jsonnet.MakeVM()
		vm.Importer(&jsonnet.FileImporter{JPaths: []string{"."}})
		_, err := vm.EvaluateAnonymousSnippet("test.jsonnet", "("+mixin+" + (import 'overrides.libsonnet')."+call+").prometheusAlerts")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", call, err, want)
		}
	}
}

func TestDropGroups(t *testing.T) {
	v := newVariant(t, mixin+" + (import 'overrides.libsonnet').dropGroups(['github-dev-flow', 'github-dev-ci'])")
	for _, g := range v.alerts.Groups {
		if g.Name == "github-dev-flow" || g.Name == "github-dev-ci" || len(g.Rules) == 0 {
			t.Errorf("%s is still there", g.Name)
		}
	}
	if len(v.alerts.Groups) == 0 {
		t.Error("nothing is left")
	}
}
