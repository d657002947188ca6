package exporter

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// testConfig is what the tests of the oracle configure.
var testConfig = oracleConfig{
	bots:    []string{"acme-sync-bot", "tally"},
	labels:  []string{"kind/", "priority/"},
	windows: []int{7, 90}, quantiles: []float64{0, 0.5, 0.9},
}

// newOracleSandbox shows datasets at an instant, under testConfig.
func newOracleSandbox(t testing.TB, at time.Time, detail string, datasets ...*githubtest.Dataset) *sandbox {
	t.Helper()
	s := newSandbox(t, at, "", datasets...)
	var names []string
	for _, d := range datasets {
		for _, r := range d.Repos {
			names = append(names, r.Owner+"/"+r.Name)
		}
	}
	s.write(s.config, fmt.Sprintf(`github: {api_url: %q, tokens: [{token_env: T}]}
projects: {p: {repositories: [%s], bots: [tally, "re:^.*-sync-bot$"], labels: ["kind/*", "priority/*"], detail: %s}}
windows: [7d, 90d]
quantiles: [0, 0.5, 0.9]
`, s.github.APIURL(), strings.Join(names, ", "), detail))
	return s
}

// seriesOf gives the issue and pull-request series of an exposition by
// repository, keyed as the oracle does: without the repository's labels.
func seriesOf(t testing.TB, exposition string) map[string]map[string]float64 {
	t.Helper()
	return seriesWith(t, exposition, "github_dev_issue", "github_dev_pull_request")
}

// seriesWith does the same for the families whose names begin so.
func seriesWith(t testing.TB, exposition string, prefixes ...string) map[string]map[string]float64 {
	t.Helper()
	byRepo := map[string]map[string]float64{}
	for line := range strings.Lines(exposition) {
		if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(line, p) }) {
			continue
		}
		end := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(line[end+1:len(line)-1], 64)
		if err != nil {
			t.Fatal(err)
		}
		name, labels, _ := strings.Cut(line[:end], "{")
		repo, rest := withoutRepository(strings.TrimSuffix(labels, "}"))
		if byRepo[repo] == nil {
			byRepo[repo] = map[string]float64{}
		}
		byRepo[repo][name+"{"+rest+"}"] = value
	}
	return byRepo
}

// withoutRepository takes the repository's own labels out of a series' labels.
func withoutRepository(labels string) (repo, rest string) {
	var others []string
	for _, label := range strings.SplitAfter(labels, `",`) {
		label = strings.TrimSuffix(label, ",")
		switch name, value, _ := strings.Cut(label, "="); name {
		case "owner", "project":
		case "repo":
			repo = strings.Trim(value, `"`)
		default:
			others = append(others, label)
		}
	}
	return repo, strings.Join(others, ",")
}

// contradictions says in which series two sheets differ, missing ones included.
func contradictions(got, want map[string]float64) []string {
	var all []string
	for key, value := range want {
		switch have, ok := got[key]; {
		case !ok:
			all = append(all, fmt.Sprintf("%s is absent, the oracle says %v", key, value))
		case math.Abs(have-value) > 1e-9*max(1, math.Abs(value)):
			all = append(all, fmt.Sprintf("%s is %v, the oracle says %v", key, have, value))
		}
	}
	for key, value := range got {
		if _, ok := want[key]; !ok {
			all = append(all, fmt.Sprintf("%s is %v, the oracle says it is absent", key, value))
		}
	}
	slices.Sort(all)
	return all
}

// compare holds every issue and pull-request series of all repositories as of an
// instant against the oracle. It gives how many there were.
func (s *sandbox) compare(mirror string, at githubtest.Time, datasets ...*githubtest.Dataset) int {
	s.t.Helper()
	got := seriesOf(s.t, s.command(mirror, "metrics", "--at", at.String()))
	compared := 0
	for _, d := range datasets {
		for _, repo := range d.Repos {
			compared += s.agree(got[repo.Name], at, repo)
		}
	}
	return compared
}

// agree holds a repository's series, or those of several as one, against the oracle.
func (s *sandbox) agree(got map[string]float64, at githubtest.Time, repos ...*githubtest.Repo) int {
	s.t.Helper()
	want := stateTruth(testConfig, githubtest.TimeOf(s.now()), at, repos...)
	if wrong := contradictions(got, want); len(wrong) > 0 {
		s.t.Errorf("%s as of %v: %d of %d series differ:\n%s", repos[0].Name, at, len(wrong), len(want),
			strings.Join(wrong[:min(len(wrong), 12)], "\n"))
	}
	return len(want)
}
