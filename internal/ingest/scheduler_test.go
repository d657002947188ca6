package ingest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestRoundsReadWhatMoved(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) {
		f.add("acme/a")[0].put(model.Issue, 1)
	}, func(r *running) {
		r.run()
		r.until(time.Minute)
		want := []string{"name acme/a", "probe 1", "issues acme/a after= first=40", "comments acme/a"}
		if diff := cmp.Diff(want, r.take()); diff != "" {
			t.Errorf("first sync (-want +got):\n%s", diff)
		}
		if s := r.status("acme/a"); !s.Complete || s.Progress != 1 {
			t.Errorf("status %+v", s)
		}
		r.until(3 * time.Minute)
		want = []string{"probe 1", "issues acme/a after= first=40"}
		if diff := cmp.Diff(want, r.take()); diff != "" {
			t.Errorf("the round after (-want +got):\n%s", diff)
		}
		r.until(9 * time.Minute)
		want = []string{"probe 1", "probe 1", "probe 1"}
		if diff := cmp.Diff(want, r.take()); diff != "" {
			t.Errorf("rounds without a change (-want +got):\n%s", diff)
		}
		r.locked(func() { r.repos[0].put(model.PullRequest, 2) })
		r.until(11 * time.Minute)
		want = []string{"probe 1", "pulls acme/a after= first=10", "review_comments acme/a"}
		if diff := cmp.Diff(want, r.take()); diff != "" {
			t.Errorf("a change (-want +got):\n%s", diff)
		}
		if item, err := r.m.Item(1, 2); item == nil || err != nil || published(r.m, 1, 2) == nil {
			t.Errorf("item %v, %v, published %v", item, err, published(r.m, 1, 2))
		}
	})
}

func TestOneBrokenRepositoryHoldsUpNoOther(t *testing.T) {
	for _, tt := range []struct {
		name string
		fail func(ctx context.Context) error
	}{
		{"refused", func(context.Context) error { return refused("server_error") }},
		{"hanging", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, project("acme/a", "acme/b"), func(f *fake) {
				for _, r := range f.add("acme/a", "acme/b") {
					r.put(model.Issue, 1)
				}
				f.fail = func(ctx context.Context, call string) error {
					if call == "issues acme/a after= first=40" {
						return tt.fail(ctx)
					}
					return nil
				}
			}, func(r *running) {
				r.run()
				r.until(time.Minute)
				if r.status("acme/a").Complete || !r.status("acme/b").Complete {
					t.Errorf("a %+v\nb %+v", r.status("acme/a"), r.status("acme/b"))
				}
				r.locked(func() { r.repos[1].put(model.Issue, 2) })
				r.until(5 * time.Minute)
				if item, _ := r.m.Item(2, 2); item == nil {
					t.Error("what moved in b was not read")
				}
			})
		})
	}
}

func TestFailuresAreParked(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) {
		f.add("acme/a")[0].put(model.Issue, 1)
		f.fail = func(_ context.Context, call string) error {
			if call == "issues acme/a after= first=40" {
				return refused("server_error")
			}
			return nil
		}
	}, func(r *running) {
		r.run()
		r.until(2 * time.Hour)
		times := r.times("issues acme/a after= first=40", r.start)
		for i := 1; i < len(times); i++ {
			wait := min(firstBackoff<<(i-1), lastBackoff)
			if got := times[i] - times[i-1]; got < wait*4/5 || got > wait+2*time.Second {
				t.Errorf("try %d came after %s, want about %s", i+1, got, wait)
			}
		}
		if len(times) < 10 || len(times) > 18 {
			t.Errorf("%d tries in two hours", len(times))
		}
		s := r.status("acme/a")
		if got := stream(s, "issues").Errors["server_error"]; got != len(times) {
			t.Errorf("%d errors counted of %d", got, len(times))
		}
		if s.LastError == "" || s.LastErrorAt == 0 || s.Complete {
			t.Errorf("status %+v", s)
		}
		r.locked(func() { r.fail = nil })
		r.until(2*time.Hour + 20*time.Minute)
		if s := r.status("acme/a"); !s.Complete || stream(s, "issues").LastError != "" {
			t.Errorf("status %+v", s)
		}
	})
}

func TestLimitsAreWaitedFor(t *testing.T) {
	reset := 40 * time.Minute
	inBubble(t, project("acme/a"), func(f *fake) {
		f.add("acme/a")[0].put(model.Issue, 1)
		start := time.Now()
		f.fail = func(_ context.Context, call string) error {
			if call == "issues acme/a after= first=40" && time.Since(start) < reset {
				return &github.Error{Op: "test", Reason: "ratelimited", RetryAt: start.Add(reset), Temporary: true}
			}
			return nil
		}
	}, func(r *running) {
		r.run()
		r.until(time.Hour)
		times := r.times("issues acme/a after= first=40", r.start)
		if len(times) < 2 || times[1] < reset || times[1] > reset+10*time.Second {
			t.Errorf("tried at %v, want one at once and one when the limit is reset", times)
		}
	})
}

func TestSyncWaitsForLimitsAndGivesUpOnErrors(t *testing.T) {
	inBubble(t, project("acme/a", "acme/b", "acme/missing"), func(f *fake) {
		for _, r := range f.add("acme/a", "acme/b") {
			r.put(model.Issue, 1)
		}
		start := time.Now()
		f.fail = func(_ context.Context, call string) error {
			switch {
			case call == "issues acme/a after= first=40":
				return refused("server_error")
			case call == "issues acme/b after= first=40" && time.Since(start) < 30*time.Minute:
				return &github.Error{Op: "test", Reason: "ratelimited", RetryAt: start.Add(30 * time.Minute), Temporary: true}
			}
			return nil
		}
	}, func(r *running) {
		err := r.in.Sync(r.t.Context())
		if !errors.Is(err, ErrIncomplete) || !errors.Is(err, github.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		if n := len(r.times("issues acme/a after= first=40", r.start)); n != maxTries {
			t.Errorf("%d tries, want %d", n, maxTries)
		}
		if r.status("acme/a").Complete || !r.status("acme/b").Complete {
			t.Errorf("status %+v", r.in.Status())
		}
		if s := r.status("acme/missing"); s.ID != 0 || stream(s, "discovery").Errors["not_found"] != 1 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestSyncStops(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) {
		f.add("acme/a")[0].put(model.Issue, 1)
		f.fail = func(ctx context.Context, call string) error {
			if call == "issues acme/a after= first=40" {
				<-ctx.Done()
			}
			return ctx.Err()
		}
	}, func(r *running) {
		ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
		defer cancel()
		if err := r.in.Sync(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if s := r.status("acme/a"); s.LastError != "" {
			t.Errorf("being stopped is taken for an error: %+v", s)
		}
	})
}

func TestProbesAreShared(t *testing.T) {
	var names []string
	for i := range 80 {
		names = append(names, fmt.Sprintf("acme/r%02d", i))
	}
	inBubble(t, project("acme/*"), func(f *fake) { f.add(names...) }, func(r *running) {
		r.run()
		r.until(110 * time.Second)
		if diff := cmp.Diff([]string{"list acme", "probe 37", "probe 37", "probe 6"}, r.take()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		r.until(3 * time.Minute)
		if diff := cmp.Diff([]string{"probe 37", "probe 37", "probe 6"}, r.take()); diff != "" {
			t.Errorf("next round (-want +got):\n%s", diff)
		}
		for _, s := range r.in.Status() {
			if !s.Complete {
				t.Errorf("%s is empty and not complete", s.Name)
			}
		}
	})
}

func TestArchivedRepositoriesAreAskedAboutDaily(t *testing.T) {
	inBubble(t, project("acme/a", "acme/b"), func(f *fake) { f.add("acme/a", "acme/b")[0].Archived = true }, func(r *running) {
		r.run()
		r.until(30 * time.Minute)
		if a, b := len(r.times("probe 2", r.start)), len(r.times("probe 1", r.start)); a != 2 || b < 13 { // once more before its first sync
			t.Errorf("%d probes of both, %d of one", a, b)
		}
		s := newScheduler(r.in, false)
		if got := s.probeEvery(r.in.repos[1]); got != daily {
			t.Errorf("asked about every %s", got)
		}
	})
}

func TestRestartGoesOn(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) {
		f.add("acme/a")[0].put(model.Issue, 1)
	}, func(r *running) {
		r.run()
		r.until(10 * time.Minute)
		r.stop()
		r.take()
		r.in = New(Options{Client: r.fake, Mirror: r.m, Projects: project("acme/a")})
		if s := r.status("acme/a"); !s.Complete || stream(s, "issues").LastSuccess == 0 {
			t.Errorf("status before anything was asked %+v", s)
		}
		r.run()
		r.until(10*time.Minute + 30*time.Second)
		if diff := cmp.Diff([]string{"probe 1"}, r.take()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestSlotsAreSpreadAndStay(t *testing.T) {
	now := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	quarters := map[int]int{}
	for id := range int64(400) {
		at := slot(id, time.Hour, now)
		if !at.After(now) || at.After(now.Add(time.Hour)) {
			t.Fatalf("slot of %d is %s after %s", id, at, now)
		}
		if again := slot(id, time.Hour, at); !again.Equal(at.Add(time.Hour)) {
			t.Errorf("the next slot of %d is %s after the last", id, again.Sub(at))
		}
		quarters[at.Minute()/15]++
	}
	for q, n := range quarters {
		if n < 60 {
			t.Errorf("%d of 400 in quarter %d", n, q)
		}
	}
}

// A token that GitHub takes again is used at once, however long the passes
// would still have rested.
func TestRetry(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) {
		f.add("acme/a")[0].put(model.Issue, 1)
		f.fail = func(context.Context, string) error { return refused("unauthorized") }
	}, func(r *running) {
		r.run()
		r.until(time.Hour)
		r.locked(func() { r.fail = nil })
		r.until(time.Hour + time.Second)
		if r.status("acme/a").ID != 0 {
			t.Fatal("found already")
		}
		r.in.Retry()
		r.until(time.Hour + time.Minute)
		if s := r.status("acme/a"); !s.Complete {
			t.Errorf("status %+v", s)
		}
	})
}

// Where nothing moves a probe is all that is asked, and all that is needed.
func TestQuietStreamsAreUpToDate(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) {
		f.add("acme/a")[0].put(model.PullRequest, 1)
	}, func(r *running) {
		r.run()
		r.until(50 * time.Minute)
		s := r.status("acme/a")
		for _, name := range []string{streamProbe, streamIssues, streamPulls, streamReviewComments, streamQueues} {
			if age := time.Since(stream(s, name).LastSuccess.Time()); age > 3*time.Minute {
				t.Errorf("%s was read %s ago", name, age)
			}
		}
		r.locked(func() {
			r.repos[0].put(model.PullRequest, 2)
			r.fail = func(_ context.Context, call string) error {
				if call == "review_comments acme/a" {
					return refused("server_error")
				}
				return nil
			}
		})
		before := time.Now()
		r.until(80 * time.Minute)
		s = r.status("acme/a")
		if st := stream(s, streamReviewComments); st.LastError == "" || st.LastSuccess.Time().After(before) {
			t.Errorf("what fails is taken for read: %+v", st)
		}
		if age := time.Since(stream(s, streamPulls).LastSuccess.Time()); age > 3*time.Minute {
			t.Errorf("pulls were read %s ago", age)
		}
	})
}

// What comes due between the start of other work and the sleep after it must
// not wait for the next event: on a busy machine that is a while.
func TestWorkThatComesDueWhileOtherWorkIsStartedIsDone(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) { f.add("acme/a") }, func(r *running) {
		s := newScheduler(r.in, false)
		started := time.Now()
		s.lookups["acme/a"] = &pace{next: started.Add(time.Millisecond)}
		time.Sleep(time.Minute) // starting it took that long
		if next := s.next(started); !next.Equal(started.Add(time.Millisecond)) {
			t.Errorf("sleeps until %s, though something came due at %s", next, started.Add(time.Millisecond))
		}
	})
}
