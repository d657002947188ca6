package exporter

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/ingest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
)

// replay keeps a mirror up to date over a repository's life: the clock goes on
// in steps of very different lengths, with one pass after each.
func (s *sandbox) replay(name string, to time.Time, steps int, seed uint64) {
	s.t.Helper()
	doc, err := ReadConfig(s.config)
	if err != nil {
		s.t.Fatal(err)
	}
	valid, err := doc.Validate(Environment{Getenv: func(string) (string, bool) { return "sandbox-token", true }})
	if err != nil {
		s.t.Fatal(err)
	}
	set, err := newSettings(valid, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	client, err := newClient(valid, slog.New(slog.DiscardHandler), s.now, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	m, err := mirror.Open(filepath.Join(s.dir, name), mirror.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			s.t.Error(err)
		}
	}()
	in := ingest.New(ingest.Options{Client: client, Mirror: m, Projects: set.projects, Intervals: set.intervals(), Now: s.now})
	for _, at := range instants(s.now(), to, steps, seed) {
		s.clock.Store(at.Unix())
		if err := in.Sync(context.Background()); err != nil {
			s.t.Fatalf("pass at %v: %v", at, err)
		}
	}
}

// instants gives the ends of steps whose lengths vary a hundredfold; the last is to.
func instants(from, to time.Time, steps int, seed uint64) []time.Time {
	random := rand.New(rand.NewPCG(seed, seed))
	weights := make([]float64, steps)
	total := 0.0
	for i := range weights {
		weights[i] = 0.01 + random.Float64()*random.Float64()
		total += weights[i]
	}
	var ends []time.Time
	passed := 0.0
	for _, w := range weights[:steps-1] {
		passed += w / total
		ends = append(ends, from.Add(time.Duration(passed*float64(to.Sub(from)))))
	}
	return append(ends, to)
}

// shownFamilies begin the names of the families that are made of the mirror.
var shownFamilies = []string{"repository_", "issue", "pull_request", "change", "deployment", "incident", "dora_"}

// shown gives the lines of those families.
func shown(exposition string) []string {
	var lines []string
	for line := range strings.Lines(exposition) {
		name := strings.TrimPrefix(line, "github_dev_")
		if slices.ContainsFunc(shownFamilies, func(f string) bool { return strings.HasPrefix(name, f) }) {
			lines = append(lines, line)
		}
	}
	return lines
}

// replayedProject is how the replays configure what is a deployment and an incident.
const replayedProject = `environments: {production: [production], staging: [staging]},
    deployments: [{source: deployments}, {source: releases}, {source: tags}],
    incidents: [{source: issues, labels: [incident], severity: "severity/*"}, {source: reverts}]`

// differences names the series in which two expositions differ, sorted.
func differences(a, b []string) []string {
	names := map[string]string{}
	for _, line := range a {
		at := strings.LastIndex(line, " ")
		names[line[:at]] = line[at:]
	}
	var differ []string
	for _, line := range b {
		at := strings.LastIndex(line, " ")
		if names[line[:at]] != line[at:] {
			differ = append(differ, line[:at])
		}
		delete(names, line[:at])
	}
	for name := range names {
		differ = append(differ, name)
	}
	slices.Sort(differ)
	return differ
}

// TestReplayRealRepository replays six years of a real repository by the
// clock: what incremental passes made of it and what a fresh first sync makes
// of it are the same, to the byte, in every repository, issue and pull-request family.
func TestReplayRealRepository(t *testing.T) {
	t.Parallel()
	readFacts(t) // says that it skips where the dataset is absent
	dataset, err := githubtest.Load(realDataset)
	if err != nil {
		t.Fatal(err)
	}
	steps := 100
	if testing.Short() {
		steps = 25
	}
	created := dataset.Repos[0].CreatedAt.Time()
	s := newSandbox(t, created.Add(time.Hour), "", dataset)
	s.configure(replayedProject)
	s.replay("replayed", time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC), steps, 7)
	s.command("fresh", "sync")
	sameFigures(t, s, "replayed", "fresh")
}

// TestReplayGenerated does the same with a livelier repository – drafts, labels,
// reopenings, dismissed reviews, 52 force-pushes, edited and deleted comments –
// and states all that differs: of the comments that were deleted, those that
// the incremental mirror has seen keep counting there. Force-pushes change nothing.
func TestReplayGenerated(t *testing.T) {
	t.Parallel()
	start := time.Date(2025, 1, 6, 8, 0, 0, 0, time.UTC)
	dataset := githubtest.Generate(githubtest.GenerateOptions{
		Seed: 11, Owner: "acme", Name: "shop", Start: start, End: start.AddDate(0, 3, 0), Issues: 120, PullRequests: 160,
	})
	deleted := 0
	for _, it := range dataset.Repos[0].Items {
		for _, c := range it.Comments {
			if c.DeletedAt != 0 {
				deleted++
			}
		}
	}
	s := newSandbox(t, start.Add(time.Hour), "", dataset)
	s.configure(replayedProject)
	s.replay("replayed", start.AddDate(0, 3, 1), 70, 3)
	s.command("fresh", "sync")
	got, want := s.command("replayed", "metrics"), s.command("fresh", "metrics")
	if len(shown(want)) < 100 {
		t.Fatalf("only %d lines are compared", len(shown(want)))
	}
	const comments = "github_dev_pull_request_comments_total"
	counted := parseFigures(t, got).sum(comments, "") - parseFigures(t, want).sum(comments, "")
	if deleted != 2 || counted < 1 || counted > 2 {
		t.Errorf("%v more comments are counted than GitHub has, of %d that were deleted", counted, deleted)
	}
	conversation := comments + `{author_kind="human",kind="conversation",owner="acme",project="p",repo="shop"}`
	if diff := gocmp.Diff([]string{conversation}, differences(shown(got), shown(want))); diff != "" {
		t.Errorf("what differs (-want +got):\n%s", diff)
	}
}

// TestReplaySources does the same where deployments are runs of a workflow, with
// all their attempts, merges and tags.
func TestReplaySources(t *testing.T) {
	t.Parallel()
	start := time.Date(2025, 1, 6, 8, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 2, 0)
	dataset := githubtest.Generate(githubtest.GenerateOptions{
		Seed: 12, Owner: "acme", Name: "shop", Start: start, End: end, Issues: 30, PullRequests: 60, DeploysPerWeek: 10, MergeMethod: "merge",
	})
	for _, c := range []struct{ name, project string }{
		{"workflow", "deployments: [{source: workflow, workflow: deploy.yml}], incidents: [{source: issues, labels: [incident]}, {source: reverts}]"},
		{"merges", "deployments: [{source: merges}, {source: deployments}], incidents: [{source: reverts}]"},
		{"tags", "deployments: [{source: tags, match: \"^v\"}], incidents: [{source: issues, labels: [incident]}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, start.Add(time.Hour), "", dataset)
			s.configure(c.project)
			s.replay("replayed", end.AddDate(0, 0, 1), 25, 5)
			s.command("fresh", "sync")
			got, want := seriesWith(t, s.command("replayed", "metrics"), doraPrefixes...), seriesWith(t, s.command("fresh", "metrics"), doraPrefixes...)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("replayed differs from fresh (-fresh +replayed):\n%s", diff)
			}
			shipped := parseFigures(t, s.command("fresh", "metrics")).sum("github_dev_change_lead_time_seconds", "", "start=merged")
			if shipped == 0 {
				t.Error("nothing was shipped")
			}
		})
	}
}

func sameFigures(t *testing.T, s *sandbox, a, b string) {
	t.Helper()
	got, want := shown(s.command(a, "metrics")), shown(s.command(b, "metrics"))
	if len(want) < 100 {
		t.Fatalf("only %d lines are compared", len(want))
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs from %s (-%s +%s):\n%s", a, b, b, a, diff)
	}
}

// TestReplayDeletions states what deletions change: an item that GitHub no
// longer has keeps counting in the totals of a mirror that has seen it, and
// leaves its gauges; a fresh first sync never knew it.
func TestReplayDeletions(t *testing.T) {
	t.Parallel()
	start := time.Date(2025, 1, 6, 8, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 2, 0)
	dataset := githubtest.Generate(githubtest.GenerateOptions{
		Seed: 5, Owner: "acme", Name: "shop", Start: start, End: end, Issues: 40, PullRequests: 40,
	})
	s := newSandbox(t, end, "intervals: {sweep: 1h}\n", dataset)
	s.command("seen", "sync")
	before := parseFigures(t, s.command("seen", "metrics"))

	repo := dataset.Repos[0]
	victim := openIssue(t, s, dataset)
	if err := s.github.DeleteItem(repo.ID, victim); err != nil {
		t.Fatal(err)
	}
	for range 3 { // found missing, confirmed, settled
		s.clock.Add(int64((2 * time.Hour).Seconds()))
		s.command("seen", "sync")
	}
	after := parseFigures(t, s.command("seen", "metrics"))
	s.command("fresh", "sync")
	fresh := parseFigures(t, s.command("fresh", "metrics"))

	type row struct{ opened, open float64 }
	read := func(f figures) row {
		return row{f.sum("github_dev_issues_opened_total", ""), f.sum("github_dev_issues", "", "state=open")}
	}
	was := read(before)
	if got, want := read(after), (row{was.opened, was.open - 1}); got != want {
		t.Errorf("the mirror that saw issue #%d shows %+v after its deletion, want %+v", victim, got, want)
	}
	if got, want := read(fresh), (row{was.opened - 1, was.open - 1}); got != want {
		t.Errorf("a fresh mirror shows %+v, want %+v", got, want)
	}
}

// openIssue gives the number of an issue that is open at the sandbox's instant.
func openIssue(t *testing.T, s *sandbox, dataset *githubtest.Dataset) int {
	t.Helper()
	for _, it := range dataset.Repos[0].Items {
		if it.PR != nil || it.CreatedAt.Time().After(s.now()) {
			continue
		}
		closed := slices.ContainsFunc(it.Events, func(e githubtest.Event) bool { return e.Kind == "closed" })
		if !closed {
			return it.Number
		}
	}
	t.Fatal("no issue is open")
	return 0
}
