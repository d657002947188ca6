package bench

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/exporter"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// The limits of what tokens are for.
const (
	minSpeedUp     = 2.5 // of three identities over one
	maxQuietHour   = 0   // requests of the core budget
	maxRefusedEach = 1   // refusals by a limit of one request
)

// identities are so many tokens, each of another account.
func identities(n int) []githubtest.Token {
	var out []githubtest.Token
	for i := range n {
		out = append(out, githubtest.Token{Token: fmt.Sprintf("bench-%d", i), Login: fmt.Sprintf("account-%d", i)})
	}
	return out
}

// The first sync that identities share.
const (
	sharedRepositories = 20
	sharedItems        = 600 // of each, half of them pull requests
	latency            = 100 * time.Millisecond
)

// firstSyncWith makes a first sync with so many identities, of a GitHub that
// takes its time.
func firstSyncWith(t testing.TB, n int) pass {
	t.Helper()
	box := newSandbox(t, setup{
		repositories: "acme/*", data: small(sharedRepositories, sharedItems), unlimited: true, latency: latency, tokens: identities(n),
	})
	return box.sync()
}

// sharing adds what several identities gain.
func (out *table) sharing() {
	one, three := firstSyncWith(out.t, 1), firstSyncWith(out.t, 3)
	out.limited("first sync, three identities", minSpeedUp, one.took.Seconds()/three.took.Seconds(), "times",
		"as fast as with one, at least; %s and %s s, %d repositories of %d items, %s a request",
		number(three.took.Seconds()), number(one.took.Seconds()), sharedRepositories, sharedItems, latency)
}

// hourPace is by how much the clock of a quiet hour is faster than the real one.
const hourPace = 240

// quietHour lets an hour of the clock pass in which nothing changes, and gives
// what was asked in it. Every repository has its streams of conditional requests.
func quietHour(t testing.TB) spent {
	t.Helper()
	began := time.Now()
	clock := func() time.Time { return began.Add(hourPace * time.Since(began)) }
	s := setup{repositories: "acme/*", data: small(3, 30), clock: clock}
	// Timers run by the real clock: the probes wake the scheduler, which looks at its own.
	s.intervals = "{probe: 1s, comments: 5m, rate_limits: 1s, sweep: 366d}"
	box := newSandbox(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	var log lockedLog
	var running sync.WaitGroup
	running.Go(func() {
		args := []string{"--config", box.config(), "--mirror.path", box.dir + "/mirror", "run", "--web.listen-address=127.0.0.1:0"}
		if code := exporter.Main(ctx, args, exporter.Process{Stdout: &log, Stderr: &log, Now: clock, Getenv: benchEnv}); code != 0 {
			t.Errorf("the program ended with %d:\n%s", code, log.String())
		}
	})
	defer running.Wait()
	defer cancel()
	box.settle(&log)
	box.github.ResetLog()
	time.Sleep(time.Hour / hourPace)
	return box.spent()
}

// settle waits until the first sync is complete and every stream was asked
// without news: its answer is known from then on.
func (b *sandbox) settle(log *lockedLog) {
	b.t.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		if strings.Count(log.String(), "first sync is complete") == len(b.data) && b.unchanged() >= 3*len(b.data) {
			return
		}
		if time.Since(began) > patience {
			b.t.Fatalf("it does not become quiet: %v\n%s", b.spent(), log.String())
		}
	}
}

// unchanged counts the answers that said that nothing had changed.
func (b *sandbox) unchanged() int { return b.github.Counts().Statuses[304] }

func TestAQuietHourCostsNothing(t *testing.T) {
	t.Parallel()
	s := quietHour(t)
	t.Log(s)
	if s.core() > maxQuietHour {
		t.Errorf("asked for %v, which cost %d of the core budget, want nothing", s.Routes, s.core())
	}
	if s.Statuses[304] < 20 {
		t.Errorf("%d answers said that nothing had changed, want those of an hour", s.Statuses[304])
	}
}

// The run that exhausts a budget.
const (
	smallBudget = 200
	window      = 12 * time.Second // until the budget is whole again
)

// exhaustion makes a first sync that takes more points than the budget has, of
// a window that ends soon, and tells how much of it was over before that.
func exhaustion(t testing.TB) (s pass, waited bool) {
	t.Helper()
	if _, err := binary(); err != nil { // before the window begins
		t.Fatal(err)
	}
	var ahead atomic.Int64
	tokens := identities(1)
	tokens[0].GraphQLLimit = smallBudget
	box := newSandbox(t, setup{
		repositories: "acme/*", data: small(110, 4), tokens: tokens,
		clock: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
	})
	ahead.Store(int64(window - time.Hour))
	box.github.SetUsed(tokens[0].Login, "graphql", 0)
	ahead.Store(0)
	ends := time.Now().Add(window)
	s = box.sync()
	return s, time.Now().After(ends)
}

// refusedMost gives how often one request was refused at most, and how many were.
func (s spent) refusedMost() (most, all int) {
	for _, traffic := range s.Identities {
		all += traffic.Refused
		if traffic.Refused > 0 {
			most = 1 + min(1, traffic.Repeated)
		}
	}
	return most, all
}

func TestAnExhaustedBudget(t *testing.T) {
	t.Parallel()
	s, waited := exhaustion(t)
	t.Logf("%v, in %s", s.spent, s.took)
	if s.points() <= smallBudget || !waited {
		t.Errorf("%d points in %s: the budget of %d was not exhausted", s.points(), s.took, smallBudget)
	}
	if most, all := s.refusedMost(); most > maxRefusedEach {
		t.Errorf("%d requests were refused, some of them again, want each once at most", all)
	}
}

// tokens adds what is asked of several identities, of none, and of one that
// has little left.
func (out *table) tokens() {
	quiet := quietHour(out.t)
	out.told("a quiet hour, REST", float64(quiet.core()), "requests", "must be 0: %d conditional requests were answered with 304", quiet.Statuses[304])
	s, _ := exhaustion(out.t)
	most, all := s.refusedMost()
	out.limited("exhausted budget, refusals", maxRefusedEach, float64(most), "a request", "%d in all; %s points with a budget of %d, done after the reset, in %s s",
		all, grouped(s.points()), smallBudget, number(s.took.Seconds()))
	out.sharing()
}

// lockedLog is a log that may be read while it is written.
type lockedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// benchEnv is the environment of the program in this process.
func benchEnv(name string) (string, bool) {
	return strings.ToLower(strings.ReplaceAll(name, "_", "-")), slices.Contains([]string{"BENCH", "BENCH_0"}, name)
}
