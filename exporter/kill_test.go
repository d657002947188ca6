package exporter

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// childArgs makes the test binary run the program in place of the tests, so
// that a test can kill it.
const childArgs = "GITHUB_DEV_EXPORTER_TEST_CONFIG"

// childIfAsked runs a sync in a child process.
func childIfAsked() {
	config := os.Getenv(childArgs)
	if config == "" {
		return
	}
	os.Exit(Main(context.Background(), []string{"--config", config, "--mirror.path", os.Getenv(childArgs + "_MIRROR"), "--log.level=error", "sync"},
		Process{Stdout: os.Stdout, Stderr: os.Stderr}))
}

// TestKilledFirstSync kills the process at 50 random points of a first sync:
// where it reads issues and pull requests, and where it reads the history. The
// mirror that comes of it gives the same bytes as one that was never disturbed.
func TestKilledFirstSync(t *testing.T) {
	for _, c := range []struct {
		name, project string
		data          githubtest.GenerateOptions
		kills, after  int // each after so many requests at most
	}{
		{"items", replayedProject, githubtest.GenerateOptions{Seed: 23, Issues: 1500, PullRequests: 1500}, 30, 6},
		{
			"history", "deployments: [{source: deployments}, {source: workflow, workflow: deploy.yml}, {source: tags}], incidents: [{source: reverts}]",
			githubtest.GenerateOptions{Seed: 24, Issues: 20, PullRequests: 250, DeploysPerWeek: 40},
			20, 14,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Date(2025, 1, 6, 8, 0, 0, 0, time.UTC)
			c.data.Owner, c.data.Name, c.data.Start, c.data.End = "acme", "shop", start, start.AddDate(0, 6, 0)
			s := newSandbox(t, start.AddDate(0, 7, 0), "", githubtest.Generate(c.data))
			s.configure(c.project)
			s.killedAndWhole(c.kills, c.after)
		})
	}
}

// killedAndWhole compares what is left after kills with an undisturbed first sync.
func (s *sandbox) killedAndWhole(kills, after int) {
	t := s.t
	t.Helper()
	s.command("whole", "sync")
	undisturbed := s.github.Counts()

	random := rand.New(rand.NewPCG(50, 50))
	survived := 0
	for range kills {
		if s.killedSync("killed", 1+random.IntN(after), time.Duration(random.IntN(8000))*time.Microsecond) {
			survived++
		}
	}
	s.github.ResetLog()
	s.command("killed", "sync")
	rest := s.github.Counts()
	if left, all := rest.GraphQL+rest.REST, undisturbed.GraphQL+undisturbed.REST; left*4 > all*3 {
		t.Errorf("after %d kills %d requests were left, of %d of an undisturbed sync", kills, left, all)
	}
	t.Logf("%d of %d runs ended before they were killed; of an undisturbed sync's requests %v and %v, the last run made %v and %v",
		survived, kills, undisturbed.Operations, undisturbed.Routes, rest.Operations, rest.Routes)
	if survived > kills/2 {
		t.Errorf("only %d runs were killed in the midst of the sync", kills-survived)
	}
	want, got := s.command("whole", "metrics"), s.command("killed", "metrics")
	if diff := gocmp.Diff(shown(want), shown(got)); diff != "" {
		t.Errorf("killed %d times, the figures differ (-whole +killed):\n%s", kills, diff)
	}
}

// killedSync starts a sync in a child process and kills it some time after its
// n-th request; it reports whether the child ended before.
func (s *sandbox) killedSync(mirror string, n int, after time.Duration) (ended bool) {
	s.t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childArgs+"="+s.config, childArgs+"_MIRROR="+filepath.Join(s.dir, mirror), "T=sandbox-token")
	child.Stderr = os.Stderr
	var once sync.Once
	reached := make(chan struct{})
	seen := 0
	remove := s.github.AddFault(githubtest.Fault{Kind: githubtest.FaultSlow, Match: func(githubtest.Request) bool {
		if seen++; seen == n {
			once.Do(func() { close(reached) })
		}
		return false
	}})
	defer remove()
	if err := child.Start(); err != nil {
		s.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- child.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			s.t.Fatalf("a sync that was not killed failed: %v", err)
		}
		return true
	case <-reached:
	case <-time.After(time.Minute):
		s.t.Error("no request in a minute")
	}
	timer := time.NewTimer(after)
	defer timer.Stop()
	<-timer.C
	_ = child.Process.Kill() // it may have ended by itself
	<-done
	return false
}
