package mixin

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	runbooksDir = "../docs/runbooks"
	index       = "README"
)

// headings are those that every page has, in this order.
var headings = []string{"Meaning", "Impact", "Diagnosis", "Mitigation", "Tuning"}

var (
	pageHeading = regexp.MustCompile(`(?m)^## (.*)$`)
	pageLink    = regexp.MustCompile(`\]\(([^):#]+)(?:#[^)]*)?\)`)
	configKey   = regexp.MustCompile("`_config\\.([A-Za-z.]+)`")
	// A row of the table of keys with their defaults.
	configRow  = regexp.MustCompile("(?m)^\\| `_config\\.([A-Za-z.]+)` \\| `((?:[^`|]|\\\\\\|)*)` \\|")
	queryBlock = regexp.MustCompile("(?ms)^ *```promql\n(.*?)^ *```$")
)

// runbooks gives the pages by their names.
func runbooks(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob(runbooksDir + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".md")] = string(text)
	}
	return out
}

// Every alert has its page, every page its alert, and the index names all.
func TestEveryAlertHasARunbook(t *testing.T) {
	pages := runbooks(t)
	alerts := map[string]bool{}
	for _, g := range read(t, alertsFile).Groups {
		for _, r := range g.Rules {
			alerts[r.Alert] = true
		}
	}
	for alert := range alerts {
		if _, ok := pages[alert]; !ok {
			t.Errorf("%s/%s.md is missing", runbooksDir, alert)
		}
		if !strings.Contains(pages[index], "]("+alert+".md)") {
			t.Errorf("%s/%s.md does not list %s", runbooksDir, index, alert)
		}
	}
	for page := range pages {
		if page != index && !alerts[page] {
			t.Errorf("%s/%s.md: there is no such alert", runbooksDir, page)
		}
	}
}

func TestRunbooksHaveTheSameHeadings(t *testing.T) {
	for name, text := range runbooks(t) {
		if name == index {
			continue
		}
		var got []string
		for _, m := range pageHeading.FindAllStringSubmatch(text, -1) {
			got = append(got, m[1])
		}
		if !strings.HasPrefix(text, "# "+name+"\n") || !slices.Equal(got, headings) {
			t.Errorf("%s.md does not have its name and %q as its headings, but %q", name, headings, got)
		}
	}
}

// A page lists the keys that change its alert, with their defaults. Each
// threshold is explained on some page.
func TestRunbooksNameKeysThatExist(t *testing.T) {
	var config map[string]any
	if err := json.Unmarshal([]byte(evaluate(t, mixin+"._config")), &config); err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for name, text := range runbooks(t) {
		for _, key := range configKey.FindAllStringSubmatch(text, -1) {
			explained[key[1]] = true
			if _, ok := lookUp(config, strings.Split(key[1], ".")); !ok {
				t.Errorf("%s.md: there is no _config.%s", name, key[1])
			}
		}
		_, tuning, _ := strings.Cut(text, "\n## Tuning\n")
		rows := configRow.FindAllStringSubmatch(tuning, -1)
		if len(rows) == 0 && name != index {
			t.Errorf("%s.md has no key and its default", name)
		}
		for _, row := range rows {
			var written any
			if err := json.Unmarshal([]byte(evaluate(t, strings.ReplaceAll(row[2], `\|`, "|"))), &written); err != nil {
				t.Fatal(err)
			}
			is, _ := lookUp(config, strings.Split(row[1], "."))
			if diff := cmp.Diff(is, written); diff != "" {
				t.Errorf("%s.md: the default of _config.%s is another (-is +written):\n%s", name, row[1], diff)
			}
		}
	}
	thresholds, _ := config["thresholds"].(map[string]any)
	for key := range thresholds {
		if !explained["thresholds."+key] {
			t.Errorf("no page in %s explains _config.thresholds.%s", runbooksDir, key)
		}
	}
}

func lookUp(value any, path []string) (any, bool) {
	if len(path) == 0 {
		return value, true
	}
	fields, _ := value.(map[string]any)
	field, ok := fields[path[0]]
	if !ok {
		return nil, false
	}
	return lookUp(field, path[1:])
}

// The queries of a page name metrics and labels that exist.
func TestRunbooksNameMetricsThatExist(t *testing.T) {
	known := metrics(t)
	queries := 0
	for name, text := range runbooks(t) {
		for _, block := range queryBlock.FindAllStringSubmatch(text, -1) {
			queries++
			c := newChecker(known, "instance", "job")
			c.check(block[1])
			for _, p := range c.problems {
				t.Errorf("%s.md: %s: %s", name, strings.TrimSpace(block[1]), p)
			}
		}
	}
	if queries < 40 {
		t.Errorf("found %d queries, which are not all", queries)
	}
}

func TestRunbooksLinkToWhatExists(t *testing.T) {
	for name, text := range runbooks(t) {
		for _, m := range pageLink.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(runbooksDir, m[1])); err != nil {
				t.Errorf("%s.md links to %s, which is not there", name, m[1])
			}
		}
	}
}
