package ingest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// limited makes the error of a call that leaves a budget to others until an instant.
func limited(until time.Time) error {
	return &github.Error{Op: "test", Reason: "ratelimited", RetryAt: until, Temporary: true}
}

// ledger is what tokens may spend in an hour, and what was asked for.
type ledger struct {
	mu      sync.Mutex
	start   time.Time
	budget  int // of an hour
	floor   map[github.Priority]int
	spent   int
	hour    int
	refused map[string]int
}

func newLedger(budget int, floor map[github.Priority]int) *ledger {
	return &ledger{
		start: time.Now(), budget: budget, floor: floor,
		refused: map[string]int{},
	}
}

// fail lets a call spend a point, or refuses it until the next hour.
func (l *ledger) fail(ctx context.Context, call string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	priority := github.PriorityOf(ctx)
	if hour := int(time.Since(l.start) / time.Hour); hour > l.hour {
		l.hour, l.spent = hour, 0
	}
	if l.budget-l.spent <= l.floor[priority] {
		l.refused[call]++
		return limited(l.start.Add(time.Duration(l.hour+1) * time.Hour))
	}
	l.spent++
	return nil
}

// refusals counts them by call.
func (l *ledger) refusals() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.refused)
}

// pagesOf counts the calls that read pages of items of a repository.
func pagesOf(calls []string, repo string) map[string]int {
	out := map[string]int{}
	for _, call := range calls {
		if strings.HasPrefix(call, "issues "+repo+" ") || strings.HasPrefix(call, "pulls "+repo+" ") {
			out[call]++
		}
	}
	return out
}

// A first sync leaves the last points of an hour to what moves, and goes on
// where it was when there are new ones.
func TestWhatMovesIsReadWhileAFirstSyncWaits(t *testing.T) {
	var l *ledger
	inBubble(t, project("acme/*"), func(f *fake) {
		repos := f.add("acme/small", "acme/large")
		repos[0].put(model.Issue, 1)
		old := func(it *model.Item) { it.UpdatedAt -= model.Instant(10_000_000 - it.Number) }
		for n := range 1000 { // 25 pages
			repos[1].put(model.Issue, n+1, old)
		}
		for n := range 250 { // 10 pages
			repos[1].put(model.PullRequest, n+2000, old)
		}
		l = newLedger(80, map[github.Priority]int{github.Backfill: 65})
		f.fail = l.fail
	}, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		s := r.status("acme/large")
		if s.Complete || s.Progress == 0 || !strings.HasPrefix(s.Waiting, "Waiting for token budget until 01:00 UTC.") {
			t.Errorf("status %+v", s)
		}
		if st := stream(s, streamIssues); st.LastError != "" || len(st.Errors) != 0 || s.LastError != "" {
			t.Errorf("waiting is taken for an error: %+v", st)
		}
		if s := r.status("acme/small"); !s.Complete || s.Waiting != "" {
			t.Errorf("status %+v", s)
		}
		r.locked(func() { r.repos[0].put(model.Issue, 2) })
		r.until(13 * time.Minute)
		if item, _ := r.m.Item(1, 2); item == nil {
			t.Error("what moved was not read")
		}
		r.until(4 * time.Hour)
		if s := r.status("acme/large"); !s.Complete || s.Waiting != "" {
			t.Errorf("status %+v", s)
		}
		refused := l.refusals()
		for call, n := range pagesOf(r.take(), "acme/large") {
			if again := strings.Contains(call, "after= "); n != 1+refused[call] && !again {
				t.Errorf("%s was asked %d times and refused %d times", call, n, refused[call])
			}
		}
		if len(refused) == 0 {
			t.Error("nothing was refused")
		}
		for call, n := range refused {
			if n > 1 {
				t.Errorf("%s was refused %d times", call, n)
			}
		}
	})
}

func TestPriorities(t *testing.T) {
	for _, tt := range []struct {
		name string
		run  func(*running)
		want map[string]string // by operation, the most urgent first
	}{
		{"run", func(r *running) {
			r.in = New(Options{Client: r.fake, Mirror: r.m, Projects: project("acme/*"), Intervals: Intervals{Sweep: time.Hour}})
			r.run()
			r.until(10 * time.Minute)
			r.locked(func() { r.repos[0].remove(1) })
			r.until(3 * time.Hour)
		}, map[string]string{
			"list": "1", "probe": "0 1", "issues": "0 2", "pulls": "0 2", "review_comments": "0 2", "comments": "0",
			"sweep": "1", "labels": "1", "items": "1", "exists": "1",
		}},
		{"sync", func(r *running) {
			if err := r.in.Sync(r.t.Context()); err != nil {
				r.t.Error(err)
			}
		}, map[string]string{
			"list": "0", "probe": "0", "issues": "0", "pulls": "0", "review_comments": "0",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]map[string]bool{}
			var mu sync.Mutex
			inBubble(t, project("acme/*"), func(f *fake) {
				repo := f.add("acme/a")[0]
				for n := range 60 {
					repo.put(model.Issue, n+1)
				}
				repo.put(model.PullRequest, 100)
				f.fail = func(ctx context.Context, call string) error {
					mu.Lock()
					defer mu.Unlock()
					operation, _, _ := strings.Cut(call, " ")
					if got[operation] == nil {
						got[operation] = map[string]bool{}
					}
					got[operation][strconv.Itoa(int(github.PriorityOf(ctx)))] = true
					return nil
				}
			}, func(r *running) {
				tt.run(r)
				mu.Lock()
				defer mu.Unlock()
				words := map[string]string{}
				for operation, priorities := range got {
					words[operation] = strings.Join(slices.Sorted(maps.Keys(priorities)), " ")
				}
				if diff := cmp.Diff(tt.want, words); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// However many repositories wait for an identity's budget, those of another
// one are read.
func TestAnExhaustedIdentityHoldsUpNoOther(t *testing.T) {
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("poor/r%02d", i))
	}
	inBubble(t, project("poor/*", "rich/*"), func(f *fake) {
		for _, repo := range f.add(append(names, "rich/a", "rich/b")...) {
			repo.put(model.Issue, 1)
		}
		start := time.Now()
		f.fail = func(_ context.Context, call string) error {
			if strings.Contains(call, "poor/") && time.Since(start) < time.Hour {
				return limited(start.Add(time.Hour))
			}
			return nil
		}
	}, func(r *running) {
		r.run()
		r.until(30 * time.Second)
		for _, s := range r.in.Status() {
			if s.Complete != (s.Owner == "rich") {
				t.Errorf("status %+v", s)
			}
		}
		r.until(time.Hour + time.Minute)
		for _, s := range r.in.Status() {
			if !s.Complete {
				t.Errorf("status %+v", s)
			}
		}
	})
}

// REST has a budget of its own.
func TestCommentsAreReadWhileGraphQLIsExhausted(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) { f.add("acme/a")[0].put(model.PullRequest, 1) }, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		r.locked(func() {
			r.repos[0].put(model.PullRequest, 2)
			end := time.Now().Add(3 * time.Hour)
			r.fail = func(_ context.Context, call string) error {
				if strings.HasPrefix(call, "pulls ") && time.Now().Before(end) {
					return limited(end)
				}
				return nil
			}
		})
		r.until(20 * time.Minute)
		r.take()
		r.until(3 * time.Hour)
		for _, call := range []string{"comments acme/a", "review_comments acme/a"} {
			if n := len(r.times(call, r.start)); n < 2 || n > 3 {
				t.Errorf("%s was asked %d times", call, n)
			}
		}
		if s := r.status("acme/a"); s.Waiting == "" || stream(s, streamPulls).LastError != "" {
			t.Errorf("status %+v", s)
		}
		r.until(3*time.Hour + 12*time.Minute)
		if item, _ := r.m.Item(1, 2); item == nil || r.status("acme/a").Waiting != "" {
			t.Errorf("item %v, status %+v", item, r.status("acme/a"))
		}
	})
}

// Probes that were refused together are made together again.
func TestRefusedProbesStayShared(t *testing.T) {
	var names []string
	for i := range 74 {
		names = append(names, fmt.Sprintf("acme/r%02d", i))
	}
	inBubble(t, project("acme/*"), func(f *fake) { f.add(names...) }, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		r.locked(func() {
			end := time.Now().Add(30 * time.Minute)
			r.fail = func(_ context.Context, call string) error {
				if strings.HasPrefix(call, "probe") && time.Now().Before(end) {
					return limited(end)
				}
				return nil
			}
		})
		r.until(39 * time.Minute)
		if s := r.status("acme/r00"); s.Waiting == "" || s.LastError != "" {
			t.Errorf("status %+v", s)
		}
		r.take()
		r.until(41 * time.Minute)
		calls := r.take()
		if len(calls) < 2 || len(calls) > 4 {
			t.Errorf("asked %v", calls)
		}
		r.until(43 * time.Minute)
		if diff := cmp.Diff([]string{"probe 37", "probe 37"}, r.take()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
