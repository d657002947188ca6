package githubtest

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestGeneratedRepositoriesConformToGitHubsDescription holds every list of a generated
// repository, at two instants of its life, and all details that its first rows lead to,
// against GitHub's description.
func TestGeneratedRepositoriesConformToGitHubsDescription(t *testing.T) {
	d, err := description()
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	data := Generate(GenerateOptions{Seed: 7, End: end, Issues: 60, PullRequests: 60})
	clock := &movable{now: end}
	s := start(t, Options{Clock: clock.read, Datasets: []*Dataset{data}, Secondary: SecondaryLimits{RESTPerMinute: -1}})
	repo := data.Repos[0]
	name := "/repos/" + repo.Owner + "/" + repo.Name
	for _, r := range restRoutes() {
		if !r.repository {
			continue
		}
		for _, path := range generatedPaths(repo, strings.TrimPrefix(r.template, "/repos/{owner}/{repo}")) {
			checkAnswer(t, s, d, r.template, name+path, false)
		}
	}
	clock.move(-400 * 24 * time.Hour)
	for _, template := range []string{"/issues", "/pulls", "/issues/events", "/actions/runs", "/deployments"} {
		checkAnswer(t, s, d, "/repos/{owner}/{repo}"+template, name+template+"?per_page=100&state=all", false)
	}
	if n := s.Counts().Statuses[http.StatusOK]; n < 150 {
		t.Errorf("only %d answers were read", n)
	}
}

// generatedPaths gives the addresses of a route of a generated repository.
func generatedPaths(repo *Repo, template string) []string {
	issue := slices.IndexFunc(repo.Items, func(i *Item) bool { return len(i.Comments) > 0 })
	values := map[string][]string{
		"{branch}": {repo.DefaultBranch}, "{ref}": {repo.DefaultBranch},
		"{basehead}":   {repo.Commits[0].OID + "..." + repo.DefaultBranch},
		"{comment_id}": {itoa(repo.Items[issue].Comments[0].ID)}, "{attempt_number}": {"1"},
	}
	for i, item := range repo.Items[:40] {
		number := itoa(item.Number)
		values["{issue_number}"] = append(values["{issue_number}"], number)
		if item.PR != nil {
			values["{pull_number}"] = append(values["{pull_number}"], number)
		}
		if i < 5 && i < len(repo.Runs) && i < len(repo.Deployments) {
			values["{run_id}"] = append(values["{run_id}"], itoa(repo.Runs[i].ID))
			values["{deployment_id}"] = append(values["{deployment_id}"], itoa(repo.Deployments[i].ID))
		}
	}
	paths := []string{template}
	for name, all := range values {
		if strings.Contains(template, name) {
			var out []string
			for _, path := range paths {
				for _, value := range all {
					out = append(out, strings.ReplaceAll(path, name, value))
				}
			}
			paths = out
		}
	}
	if !strings.HasSuffix(template, "}") {
		for i := range paths {
			paths[i] += "?per_page=100&state=all"
		}
	}
	return paths
}
