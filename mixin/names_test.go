package mixin

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// read gives a rendered file of rules.
func read(t testing.TB, path string) rules {
	t.Helper()
	var r rules
	decode(t, path, &r)
	return r
}

// metrics gives what may be named: the collector's rows and the records, whose
// labels are those of their expressions.
func metrics(t testing.TB) map[string]metric {
	t.Helper()
	known := families()
	for _, g := range read(t, recordingFile).Groups {
		for _, r := range g.Rules {
			known[r.Record] = metric{"record", union(newChecker(known).check(r.Expr), slices.Collect(maps.Keys(r.Labels)))}
		}
	}
	return known
}

func TestRulesNameWhatExists(t *testing.T) {
	known := metrics(t)
	for _, file := range []string{recordingFile, alertsFile} {
		for _, g := range read(t, file).Groups {
			for _, r := range g.Rules {
				c := newChecker(known)
				have := union(c.check(r.Expr), slices.Collect(maps.Keys(r.Labels)))
				for _, text := range r.Annotations {
					for _, label := range labelsInTemplate(text) {
						if !slices.Contains(have, label) {
							c.problem("an annotation names the label %q, which the alert lacks", label)
						}
					}
				}
				for _, p := range c.problems {
					t.Errorf("%s%s: %s", r.Record, r.Alert, p)
				}
			}
		}
	}
}

var templateLabel = regexp.MustCompile(`\$labels\.(\w+)`)

func labelsInTemplate(text string) (out []string) {
	for _, m := range templateLabel.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// dashboard is what the tests read of a dashboard's JSON.
type dashboard struct {
	UID, Title, Description string
	Tags                    []string
	Templating              struct{ List []variable }
	Panels                  []panel
	Links                   []json.RawMessage
	file                    string
	text                    []byte
}

type variable struct {
	Name, Type, Label, Definition string
	Description, AllValue         string
	IncludeAll                    bool
	Current                       struct{ Value any }
}

type panel struct {
	ID                       int
	Type, Title, Description string
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []query
	FieldConfig              struct {
		Defaults struct {
			Unit string
		}
	}
	Transformations []struct {
		ID      string
		Options struct {
			ExcludeByName map[string]bool
			RenameByName  map[string]string
		}
	}
}

type query struct {
	RefID, Expr, LegendFormat, Format string
	Instant                           bool
}

// dashboards gives the rendered dashboards.
func dashboards(t testing.TB) (out []dashboard) {
	t.Helper()
	files, err := filepath.Glob(dashboardsDir + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := dashboard{file: filepath.Base(file), text: text}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, d)
	}
	return out
}

// interpolate puts values in the place of a query's variables, Grafana's own included.
func interpolate(expr string, values map[string]string) string {
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(values))) {
		expr = strings.ReplaceAll(expr, "${"+name+"}", values[name])
		expr = strings.ReplaceAll(expr, "$"+name, values[name])
	}
	return expr
}

// grafanas are the variables that Grafana gives a value by itself.
var grafanas = map[string]string{"__rate_interval": "5m", "__interval": "5m", "__range": "6h"}

// anything gives values for a dashboard's variables with which its queries parse.
func (d dashboard) anything() map[string]string {
	values := maps.Clone(grafanas)
	for _, v := range d.Templating.List {
		values[v.Name] = "x"
		if v.Name == "window" { // stands for a duration too
			values[v.Name] = "30d"
		}
	}
	return values
}

var legendLabel = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

func TestDashboardsNameWhatExists(t *testing.T) {
	known := metrics(t)
	for _, d := range dashboards(t) {
		values := d.anything()
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				c := newChecker(known)
				have := c.check(interpolate(q.Expr, values))
				for _, m := range legendLabel.FindAllStringSubmatch(q.LegendFormat, -1) {
					if !slices.Contains(have, m[1]) {
						c.problem("the legend names the label %q, which the result lacks", m[1])
					}
				}
				for _, problem := range c.problems {
					t.Errorf("%s: %s: %s: %s", d.file, p.Title, q.RefID, problem)
				}
			}
			for _, problem := range columnsOf(p, known, values) {
				t.Errorf("%s: %s: %s", d.file, p.Title, problem)
			}
		}
	}
}

// columnsOf gives the labels of a table's queries that it neither names nor
// leaves out, and those that it names though no query has them.
func columnsOf(p panel, known map[string]metric, values map[string]string) (problems []string) {
	if p.Type != "table" {
		return nil
	}
	var have []string
	for _, q := range p.Targets {
		have = union(have, newChecker(known).check(interpolate(q.Expr, values)))
	}
	named := map[string]bool{}
	for _, transformation := range p.Transformations {
		for name := range transformation.Options.ExcludeByName {
			named[name] = true
		}
		for name := range transformation.Options.RenameByName {
			named[name] = true
			if name != "Time" && !strings.HasPrefix(name, "Value") && !slices.Contains(have, name) {
				problems = append(problems, fmt.Sprintf("the column %q has no label", name))
			}
		}
	}
	for _, label := range have {
		if !named[label] {
			problems = append(problems, fmt.Sprintf("the label %q would be a column that has no title", label))
		}
	}
	return problems
}

var labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

func TestVariablesNameWhatExists(t *testing.T) {
	known := metrics(t)
	for _, d := range dashboards(t) {
		for _, v := range d.Templating.List {
			if v.Type != "query" {
				continue
			}
			m := labelValues.FindStringSubmatch(v.Definition)
			if m == nil {
				t.Errorf("%s: the variable %s is not made of label_values(series, label): %q", d.file, v.Name, v.Definition)
				continue
			}
			c := newChecker(known)
			values := d.anything()
			expr := interpolate(m[1], values)
			if have := c.check("group by (" + m[2] + ") (" + expr + ")"); len(have) != 1 || len(c.problems) > 0 {
				t.Errorf("%s: the variable %s: %v", d.file, v.Name, c.problems)
			}
		}
	}
}
