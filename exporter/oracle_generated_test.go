package exporter

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// TestOracleGenerated holds every issue and pull-request series of repositories
// of several shapes, as of instants of their lives and at the very seconds at
// which something happens, against the oracle.
func TestOracleGenerated(t *testing.T) {
	start := time.Date(2024, 9, 2, 6, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 4, 0)
	var datasets []*githubtest.Dataset
	for i, o := range []githubtest.GenerateOptions{
		{Seed: 1, Name: "plain", Issues: 80, PullRequests: 90},
		{Seed: 2, Name: "queue", Issues: 40, PullRequests: 90, MergeQueue: true, MergeMethod: "merge"},
		{Seed: 3, Name: "rebase", Issues: 60, PullRequests: 60, MergeMethod: "rebase", People: 4},
		{Seed: 4, Name: "squash", Issues: 10, PullRequests: 110, MergeMethod: "squash", DeploysPerWeek: 30, Theme: "shop"},
		{Seed: 5, Name: "messy", Issues: 90, PullRequests: 110},
		{Seed: 6, Name: "messier", Issues: 90, PullRequests: 110, People: 5},
	} {
		o.Owner, o.Start, o.End = "acme", start, end
		d := githubtest.Generate(o)
		if i >= 4 {
			newMess(d.Repos[0], githubtest.TimeOf(end), o.Seed).all()
		}
		datasets = append(datasets, d)
	}
	s := newOracleSandbox(t, end, "repository", datasets...)
	s.command("mirror", "sync")
	compared := 0
	for _, at := range oracleInstants(datasets, githubtest.TimeOf(start), githubtest.TimeOf(end)) {
		compared += s.compare("mirror", at, datasets...)
	}
	t.Logf("%d series were compared", compared)
	if compared < 6000 {
		t.Errorf("only %d series were compared", compared)
	}
}

// TestOracleProject holds what a project shows as one, and what a scrape shows
// now, against the oracle.
func TestOracleProject(t *testing.T) {
	start := time.Date(2024, 9, 2, 6, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 3, 0)
	var datasets []*githubtest.Dataset
	var repos []*githubtest.Repo
	for i, name := range []string{"one", "two", "three"} {
		d := githubtest.Generate(githubtest.GenerateOptions{
			Seed: uint64(20 + i), Owner: "acme", Name: name, Start: start, End: end, Issues: 40, PullRequests: 50,
		})
		newMess(d.Repos[0], githubtest.TimeOf(end), uint64(i)).all()
		datasets, repos = append(datasets, d), append(repos, d.Repos[0])
	}
	s := newOracleSandbox(t, end.AddDate(0, 0, -9), "project", datasets...)
	s.command("mirror", "sync")
	at := githubtest.TimeOf(s.now())
	s.agree(seriesOf(t, s.command("mirror", "metrics"))[""], at, repos...)
	at -= 20 * 86400
	s.agree(seriesOf(t, s.command("mirror", "metrics", "--at", at.String()))[""], at, repos...)
}

// oracleInstants gives instants of a life: the end, three in the middle, and
// the seconds of an event and of a review.
func oracleInstants(datasets []*githubtest.Dataset, start, end githubtest.Time) []githubtest.Time {
	at := []githubtest.Time{end, start + (end-start)/5, start + (end-start)/2, end - 3*86400}
	random := rand.New(rand.NewPCG(1, 1))
	for _, d := range datasets {
		items := d.Repos[0].Items
		for range 50 {
			it := items[random.IntN(len(items))]
			if n := len(it.Events); n > 0 && it.Events[n-1].Kind == githubtest.Closed {
				at = append(at, it.Events[n-1].At)
				break
			}
		}
	}
	slices.Sort(at)
	return at
}
