package exporter

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// doraPrefixes begin the names of the families of lead time and DORA.
var doraPrefixes = []string{"github_dev_change", "github_dev_deployment", "github_dev_incident", "github_dev_dora_"}

// doraCase is a project of one configuration.
type doraCase struct {
	name     string
	conf     doraConfig
	datasets []*githubtest.Dataset
	asOne    bool // detail: project
}

// newDoraSandbox shows the datasets of projects at an instant.
func newDoraSandbox(t testing.TB, at time.Time, cases []doraCase) *sandbox {
	t.Helper()
	var all []*githubtest.Dataset
	var projects strings.Builder
	for _, c := range cases {
		var names []string
		for _, d := range c.datasets {
			all = append(all, d)
			names = append(names, d.Repos[0].Owner+"/"+d.Repos[0].Name)
		}
		detail := map[bool]string{true: "project", false: "repository"}[c.asOne]
		fmt.Fprintf(&projects, "  %s: {repositories: [%s], bots: [tally, \"re:^.*-sync-bot$\"], labels: [\"kind/*\", \"priority/*\"], detail: %s, %s}\n",
			c.name, strings.Join(names, ", "), detail, c.conf.yaml())
	}
	s := newSandbox(t, at, "", all...)
	s.write(s.config, fmt.Sprintf("github: {api_url: %q, tokens: [{token_env: T}]}\nwindows: [7d, 90d]\nquantiles: [0, 0.5, 0.9]\nprojects:\n%s",
		s.github.APIURL(), projects.String()))
	s.command("mirror", "sync")
	return s
}

// doraGroups are the groups of those families, and of as few others as can be.
var doraGroups = map[string]bool{
	"issues": false, "pulls": false, "leadtime": true, "dora": true, "states": false, "workflows": false, "merge-queue": false, "milestones": false,
}

// doraAgree holds the series of repositories as of an instant against the
// oracle: of those that are named, nil for all.
func (s *sandbox) doraAgree(exposition string, at githubtest.Time, cases []doraCase, oracles map[string]*doraOracle, names map[string]bool) int {
	s.t.Helper()
	got := seriesWith(s.t, exposition, doraPrefixes...)
	compared := 0
	agree := func(shown, name string, repos ...*doraOracle) {
		want := doraSheet(at, repos...)
		compared += len(want)
		if wrong := contradictions(got[shown], want); len(wrong) > 0 {
			s.t.Errorf("%s as of %v: %d of %d series differ:\n%s", name, at, len(wrong), len(want), strings.Join(wrong[:min(len(wrong), 12)], "\n"))
		}
	}
	for _, c := range cases {
		if c.asOne {
			agree("", c.name, c.repos(oracles)...)
			continue
		}
		for _, d := range c.repos(oracles) {
			if names == nil || names[d.repo.Name] {
				agree(d.repo.Name, d.repo.Name, d)
			}
		}
	}
	return compared
}

// repos gives the oracles of a case's repositories.
func (c doraCase) repos(oracles map[string]*doraOracle) (repos []*doraOracle) {
	for _, d := range c.datasets {
		repos = append(repos, oracles[d.Repos[0].Name])
	}
	return repos
}

// doraOracles reads the repositories of all cases as they are seen now.
func (s *sandbox) doraOracles(cases []doraCase) map[string]*doraOracle {
	oracles := map[string]*doraOracle{}
	for _, c := range cases {
		for _, d := range c.datasets {
			oracles[d.Repos[0].Name] = newDoraOracle(c.conf, githubtest.TimeOf(s.now()), d.Repos[0])
		}
	}
	return oracles
}

// doraConfigs are sources of every kind, alone and before others.
var doraConfigs = map[string]doraConfig{
	"deployments": {
		sources: []oracleSource{{source: "deployments"}, {source: "releases"}}, incidentWindow: 72 * 3600,
		incidentLabels: []string{"incident"}, severity: "severity/", reverts: true,
	},
	"tags":     {sources: []oracleSource{{source: "tags", match: "v"}}, incidentWindow: 3600, incidentLabels: []string{"incident"}, severity: "severity/"},
	"releases": {sources: []oracleSource{{source: "releases", environment: "staging"}, {source: "releases"}}, incidentWindow: 3600, reverts: true},
	"workflow": {
		sources:        []oracleSource{{source: "workflow", workflow: "deploy.yml", environment: "production"}, {source: "merges", environment: "staging"}},
		incidentWindow: 600, incidentLabels: []string{"incident", "hotfix"}, severity: "severity/", reverts: true,
	},
	"merges": {
		sources:        []oracleSource{{source: "merges", branch: "main"}, {source: "deployments"}},
		incidentWindow: 72 * 3600, incidentLabels: []string{"incident"}, severity: "severity/", reverts: true,
	},
	"mixed": {
		sources: []oracleSource{
			{source: "releases"}, {source: "workflow", workflow: "deploy.yml"}, {source: "tags", match: "v", environment: "staging"}, {source: "deployments"},
		},
		incidentWindow: 72 * 3600, incidentLabels: []string{"incident"}, severity: "severity/", reverts: true,
	},
}

// TestOracleDora holds every series of lead time and DORA of repositories of
// several shapes and sources, as of instants of their lives, against the oracle.
func TestOracleDora(t *testing.T) {
	t.Parallel()
	start := time.Date(2024, 9, 2, 6, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 4, 0)
	var cases []doraCase
	for i, name := range []string{"deployments", "tags", "releases", "workflow", "merges", "mixed"} {
		c := doraCase{name: name, conf: doraConfigs[name], asOne: name == "mixed"}
		for j, method := range []string{"squash", "merge", "rebase"} {
			d := githubtest.Generate(githubtest.GenerateOptions{
				Seed: uint64(12 + 3*i + j), Owner: "acme", Name: fmt.Sprintf("%s-%s", name, method), Start: start, End: end,
				Issues: 60, PullRequests: 90, MergeMethod: method, DeploysPerWeek: 6 + 9*j, MergeQueue: j == 1,
			})
			if j == 2 {
				newMess(d.Repos[0], githubtest.TimeOf(end), uint64(i)).all()
			}
			c.datasets = append(c.datasets, d)
		}
		cases = append(cases, c)
	}
	s := newDoraSandbox(t, end, cases)
	oracles := s.doraOracles(cases)
	first, last := githubtest.TimeOf(start), githubtest.TimeOf(end)
	compared := 0
	for _, at := range []githubtest.Time{first + (last-first)/5, first + (last-first)/2, last - 3*86400, last} {
		compared += s.doraAgree(s.command("mirror", "metrics", "--at", at.String()), at, cases, oracles, nil)
	}
	compared += s.twinsAgree(s.command("mirror", "metrics"), last, cases, oracles)
	t.Logf("%d series were compared", compared)
	if compared < 6000 {
		t.Errorf("only %d series were compared", compared)
	}
	happens(t, last, oracles)
}

// twinsAgree holds the windowed figures of projects, over all of their
// repositories, against the oracle.
func (s *sandbox) twinsAgree(exposition string, at githubtest.Time, cases []doraCase, oracles map[string]*doraOracle) int {
	s.t.Helper()
	compared := 0
	for _, c := range cases {
		want := doraSheet(at, c.repos(oracles)...)
		maps.DeleteFunc(want, func(key string, _ float64) bool {
			return !strings.Contains(key, "_quantile_seconds{") && !strings.Contains(key, "_dora_")
		})
		var own strings.Builder
		for line := range strings.Lines(exposition) {
			if twin, is := strings.CutPrefix(line, "github_dev_project_"); is && strings.Contains(line, fmt.Sprintf("project=%q", c.name)) {
				own.WriteString("github_dev_" + twin)
			}
		}
		if wrong := contradictions(seriesWith(s.t, own.String(), doraPrefixes...)[""], want); len(wrong) > 0 {
			s.t.Errorf("project %s: %d of %d series differ:\n%s", c.name, len(wrong), len(want), strings.Join(wrong[:min(len(wrong), 12)], "\n"))
		}
		compared += len(want)
	}
	return compared
}

// happens makes sure that the repositories live through what the definitions tell apart.
func happens(t *testing.T, at githubtest.Time, oracles map[string]*doraOracle) {
	t.Helper()
	total := map[string]float64{}
	for _, d := range oracles {
		for key, value := range doraSheet(at, d) {
			total[key] += value
		}
	}
	wanted := []string{
		oracleKey("changes_undeployed", "environment", "production", "reason", "not_on_branch"),
		oracleKey("changes_undeployed", "environment", "production", "reason", "waiting"),
		oracleKey("incidents_total", "severity", "none", "source", "reverts"),
		oracleKey("incidents_total", "severity", "1", "source", "issues"),
		oracleKey("incidents_unlinked_total", "source", "issues"),
		oracleKey("incident_resolve_seconds_count", "source", "issues"),
		oracleKey("incident_resolve_seconds_count", "source", "reverts"),
		oracleKey("deployments_total", "environment", "production", "result", "failure", "source", "workflow"),
		oracleKey("deployments_total", "environment", "production", "result", "failure", "source", "deployments"),
		oracleKey("change_stage_missing_total", "reason", "negative", "stage", "coding"),
	}
	for _, env := range oracleEnvironments {
		wanted = append(wanted, oracleKey("deployments_rework_total", "environment", env),
			oracleKey("change_lead_time_seconds_count", "environment", env, "start", "first_commit"))
	}
	for _, link := range oracleLinks {
		wanted = append(wanted, oracleKey("deployments_failed_change_total", "environment", "production", "link", link))
	}
	for _, reason := range []string{"first_deployment", "no_tag_time"} {
		wanted = append(wanted, oracleKey("change_stage_missing_total", "reason", reason, "stage", "deploy"))
	}
	for _, source := range []string{"deployments", "workflow", "releases", "tags", "merges"} {
		wanted = append(wanted, oracleKey("deployments_total", "environment", "production", "result", "success", "source", source))
	}
	for _, key := range append(wanted, oracleKey("deployment_recovery_seconds_count", "environment", "production")) {
		if total[key] == 0 {
			t.Errorf("%s is 0 in all repositories together", key)
		}
	}
}
