package exporter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// TestKubernetesExample runs the example as it is, but for where GitHub is, over
// repositories of the same names.
func TestKubernetesExample(t *testing.T) {
	text, err := os.ReadFile("../docs/examples/kubernetes.yml")
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2018, 3, 1, 0, 0, 0, 0, time.UTC)
	var datasets []*githubtest.Dataset
	for n, name := range []string{"kubernetes", "contrib", "heapster", "ingress", "dns", "test-infra"} {
		datasets = append(datasets, githubtest.Generate(githubtest.GenerateOptions{
			Seed: uint64(40 + n), Owner: "kubernetes", Name: name, Start: end.AddDate(0, -4, 0), End: end,
			Issues: 10, PullRequests: 20 + 60*(n/5), Bare: true,
		}))
	}
	s := newSandbox(t, end, "", datasets...)
	s.write(s.config, strings.Replace(string(text), "github:\n", "github:\n  api_url: "+s.github.APIURL()+"\n", 1))
	s.command("mirror", "sync")
	got := exampleLines(s.command("mirror", "metrics"))
	const file = "testdata/kubernetes.prom"
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		s.write(file, got)
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
	for _, name := range []string{"needs-rebase", "lgtmed", "approved"} {
		if !strings.Contains(got, `state="`+name+`"`) {
			t.Errorf("nothing of the state %s", name)
		}
	}
	figures := parseFigures(t, got)
	for name, value := range exampleCounts(datasets[5].Repos[0]) {
		family, label := "github_dev_events_total", "event="+name
		if name == "open" {
			family, label = "github_dev_state_items", "state="+name
		}
		if n := figures.sum(family, "", label); n != value || n == 0 {
			t.Errorf("%s is %v, want %v", name, n, value)
		}
	}
}

// exampleCounts counts in the plain data what the example counts.
func exampleCounts(repo *githubtest.Repo) map[string]float64 {
	counts := map[string]float64{}
	for _, it := range repo.Items {
		if it.PR == nil {
			continue
		}
		counts["contributions"]++
		counts["open"]++
		for _, e := range it.Events {
			switch {
			case e.Kind == githubtest.Merged:
				counts["merge"]++
			case e.Kind == githubtest.Closed:
				counts["open"]--
			case e.Kind == githubtest.Reopened:
				counts["open"]++
			case e.Kind == githubtest.Labeled && e.Label == "lgtm":
				counts["lgtmer"]++
			case e.Kind == githubtest.Labeled && e.Label == "approved":
				counts["approver"]++
			}
		}
		for _, c := range it.Comments {
			if c.DeletedAt != 0 {
				continue
			}
			counts["contributions"]++
			for word, event := range map[string]string{"/lgtm": "lgtmer", "/approve": "approver", "/retest": "testthis"} {
				if c.Body == word {
					counts[event]++
				}
			}
		}
	}
	return counts
}

// exampleLines gives what the example is about: states and events of
// test-infra, and of the project.
func exampleLines(exposition string) string {
	var out strings.Builder
	for line := range strings.Lines(exposition) {
		name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE "), " ")
		name, _, _ = strings.Cut(name, "{")
		about := strings.Contains(name, "_state_") || strings.HasPrefix(name, "github_dev_events_") || strings.HasPrefix(name, "github_dev_pull_request_events")
		if about && (strings.Contains(line, `repo="test-infra"`) || !strings.Contains(line, "repo=")) {
			out.WriteString(line)
		}
	}
	return out.String()
}
