package bench

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// The limits of what may be asked of GitHub.
const (
	maxFirstSyncPoints   = 80
	maxFirstSyncRequests = 40
	probedPerPoint       = 37
	maxScrapeBytes       = 100_000 // without the families of delivery
	maxDeliveryBytes     = 60_000
)

// spent is what the program has asked of a sandbox's GitHub.
type spent struct{ githubtest.Counts }

func (b *sandbox) spent() spent { return spent{b.github.Counts()} }

// points gives the cost to the GraphQL budget.
func (s spent) points() int { return total(s.GraphQLPoints) }

// core gives the cost to the budget of REST, which not every request has.
func (s spent) core() int { return total(s.CorePoints) }

// lists counts the requests that read issues, pull requests or their comments:
// all but those for repositories and for the token, whose query has no name.
func (s spent) lists() (n int) {
	for name, count := range s.Operations {
		if !slices.Contains([]string{"", "OwnerRepositories", "Probe", "Repository"}, name) {
			n += count
		}
	}
	for route, count := range s.Routes {
		if !slices.Contains([]string{"/rate_limit", "/user"}, route) {
			n += count
		}
	}
	return n
}

func (s spent) String() string {
	return fmt.Sprintf("%d points by %v, %d of core by %v", s.points(), s.Operations, s.core(), s.Routes)
}

func total(by map[string]int) (n int) {
	for v := range maps.Values(by) {
		n += v
	}
	return n
}

// firstSync reads 1,000 issues and 1,000 pull requests, discovery and probes included.
func firstSync(t testing.TB, repositories string) pass {
	t.Helper()
	box := newSandbox(t, setup{repositories: repositories, data: []githubtest.GenerateOptions{{
		Seed: 1, Issues: 1000, PullRequests: 1000, Comments: 10_000, ReviewComments: 3000, Bare: true,
	}}})
	return box.sync()
}

func TestFirstSyncKeepsToItsBudget(t *testing.T) {
	t.Parallel()
	for _, repositories := range []string{"acme/widgets", "acme/*"} {
		t.Run(repositories, func(t *testing.T) {
			s := firstSync(t, repositories)
			t.Logf("%v, in %s", s.spent, s.took)
			if n := s.points(); n > maxFirstSyncPoints {
				t.Errorf("%d points, want at most %d", n, maxFirstSyncPoints)
			}
			if s.REST > maxFirstSyncRequests {
				t.Errorf("%d REST requests, want at most %d", s.REST, maxFirstSyncRequests)
			}
		})
	}
}

// probed is how many repositories the probe is counted for: two full requests.
const probed = 2 * probedPerPoint

// probeRound gives what a round costs in which no repository has changed.
func probeRound(t testing.TB) spent {
	t.Helper()
	// No other work comes due while the rounds are counted.
	s := setup{repositories: "acme/*", intervals: "{probe: 3s, comments: 366d, sweep: 366d, rate_limits: 366d}"}
	s.data = small(probed, 4)
	box := newSandbox(t, s)
	box.upToDate()
	p := box.start()
	p.complete(probed)
	box.quiet()
	box.github.ResetLog()
	return box.round()
}

// round waits for the next requests and those that follow them, and counts both.
func (b *sandbox) round() spent {
	b.t.Helper()
	for began := time.Now(); time.Since(began) < patience; time.Sleep(10 * time.Millisecond) {
		if s := b.spent(); s.GraphQL+s.REST > 0 {
			return b.quiet()
		}
	}
	b.t.Fatal("nothing was asked")
	return spent{}
}

// pause is longer than anything that belongs together, and shorter than what is
// left of the interval between two rounds of probes.
const pause = time.Second

// quiet waits until nothing has been asked for a while.
func (b *sandbox) quiet() spent {
	b.t.Helper()
	last, since := b.spent(), time.Now()
	for began := time.Now(); time.Since(since) < pause; time.Sleep(10 * time.Millisecond) {
		if s := b.spent(); s.GraphQL+s.REST != last.GraphQL+last.REST {
			last, since = s, time.Now()
		}
		if time.Since(began) > patience {
			b.t.Fatalf("it goes on and on: %v", last)
		}
	}
	return last
}

func TestAProbeRoundKeepsToItsBudget(t *testing.T) {
	t.Parallel()
	s := probeRound(t)
	t.Log(s)
	if n := s.points(); n*probedPerPoint > probed {
		t.Errorf("%d points for %d repositories, want at most 1 for %d", n, probed, probedPerPoint)
	}
	if s.Operations["Probe"] != s.GraphQL || s.GraphQL == 0 {
		t.Errorf("asked for %v, want probes alone", s.Operations)
	}
	if s.core() != 0 || s.REST != 0 {
		t.Errorf("asked for %v, want no request to REST", s.Routes)
	}
}
