package ingest

import (
	"context"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// sweepingHourly runs a repository of three issues whose sweeps are an hour
// apart, until just before a sweep is due.
func sweepingHourly(t *testing.T, test func(r *running, next time.Duration)) {
	inBubble(t, project("acme/a"), func(f *fake) {
		many(f.add("acme/a")[0], model.Issue, 1, 3)
	}, func(r *running) {
		r.in.every.Sweep = time.Hour
		r.run()
		r.until(15 * time.Minute)
		next := slot(1, time.Hour, time.Now()).Sub(r.start)
		test(r, next)
	})
}

func TestDeletedItemIsConfirmed(t *testing.T) {
	sweepingHourly(t, func(r *running, next time.Duration) {
		r.locked(func() { r.repos[0].remove(2) })
		r.until(next + time.Minute)
		if it, _ := r.m.Item(1, 2); it.GoneAt != 0 {
			t.Error("gone after it was not found once")
		}
		r.until(next + 9*time.Minute)
		if n := len(r.times("exists acme/a#2", r.start)); n != 1 {
			t.Errorf("looked for %d times within ten minutes", n)
		}
		r.until(next + 13*time.Minute)
		times := r.times("exists acme/a#2", r.start)
		it, _ := r.m.Item(1, 2)
		if len(times) != 2 || times[1]-times[0] < 10*time.Minute {
			t.Fatalf("looked for at %v", times)
		}
		if at := model.At(r.start.Add(times[1])); it.Gone != "deleted" || it.GoneAt < at || it.GoneAt > at+2 {
			t.Errorf("gone %q at %s, found at %s", it.Gone, it.GoneAt, at)
		}
		if f := published(r.m, 1, 2); f.Gone != it.GoneAt {
			t.Errorf("published %+v", f)
		}
		if got := r.status("acme/a").Repairs["deleted"]; got != 1 {
			t.Errorf("%d repairs", got)
		}
		for _, n := range []int{1, 3} {
			if it, _ := r.m.Item(1, n); it.GoneAt != 0 {
				t.Errorf("#%d is gone", n)
			}
		}
		// It comes back.
		r.locked(func() { r.repos[0].put(model.Issue, 2) })
		r.until(next + 17*time.Minute)
		if it, _ := r.m.Item(1, 2); it.GoneAt != 0 || it.Gone != "" {
			t.Errorf("reappeared and still %q", it.Gone)
		}
	})
}

func TestSuspectThatIsThere(t *testing.T) {
	sweepingHourly(t, func(r *running, next time.Duration) {
		var removed model.Item
		r.locked(func() { removed = r.repos[0].items[1]; r.repos[0].remove(2) })
		r.until(next + time.Minute)
		r.locked(func() { r.repos[0].items = append(r.repos[0].items, removed) })
		r.until(next + 30*time.Minute)
		if it, _ := r.m.Item(1, 2); it.GoneAt != 0 {
			t.Error("gone though it was found")
		}
		if jobs, _ := r.m.Jobs(1, mirror.Suspects); len(jobs) != 0 {
			t.Errorf("suspects %+v", jobs)
		}
	})
}

func TestNothingIsGoneWhileTheRepositoryIsOutOfReach(t *testing.T) {
	sweepingHourly(t, func(r *running, next time.Duration) {
		r.locked(func() { r.repos[0].remove(2) })
		r.until(next + time.Minute)
		r.locked(func() {
			r.exists = func(int) github.Existence { return github.Existence{Presence: github.Deleted} }
			r.repos[0].err = refused("not_found")
		})
		r.until(next + 50*time.Minute)
		if it, _ := r.m.Item(1, 2); it.GoneAt != 0 {
			t.Error("gone, though nothing of the repository can be read")
		}
	})
}

func TestNothingIsGoneIfTheRepositoryIsOutOfReachByThen(t *testing.T) {
	sweepingHourly(t, func(r *running, next time.Duration) {
		r.locked(func() { r.repos[0].remove(2) })
		r.until(next + time.Minute)
		r.locked(func() {
			r.exists = func(int) github.Existence {
				r.repos[0].err = refused("not_found")
				return github.Existence{Presence: github.Deleted, Certain: true}
			}
		})
		r.until(next + 50*time.Minute)
		if it, _ := r.m.Item(1, 2); it.GoneAt != 0 {
			t.Error("gone, though the repository cannot be read any more")
		}
	})
}

func TestWhatGitHubSaysIsDeletedNeedsNoSecondLook(t *testing.T) {
	for _, tt := range []struct {
		found  github.Existence
		events []model.Event
		want   string
	}{
		{github.Existence{Presence: github.Deleted, Certain: true}, nil, "deleted"},
		{github.Existence{Presence: github.Transferred}, nil, "transferred"},
		{
			github.Existence{Presence: github.Deleted, Certain: true},
			[]model.Event{{ID: "x", Kind: model.ConvertedToDiscussion, At: 5}},
			"converted",
		},
	} {
		t.Run(tt.want, func(t *testing.T) {
			sweepingHourly(t, func(r *running, next time.Duration) {
				r.locked(func() { r.repos[0].put(model.Issue, 2, func(it *model.Item) { it.Events = tt.events }) })
				r.until(next - time.Minute)
				r.locked(func() {
					r.repos[0].remove(2)
					r.exists = func(int) github.Existence { return tt.found }
				})
				r.until(next + 2*time.Minute)
				if it, _ := r.m.Item(1, 2); it.Gone != tt.want {
					t.Errorf("gone %q, want %q", it.Gone, tt.want)
				}
			})
		})
	}
}

func TestSweepRepairs(t *testing.T) {
	sweepingHourly(t, func(r *running, next time.Duration) {
		r.locked(func() {
			r.repos[0].put(model.Issue, 1, func(it *model.Item) {
				it.CommentCount = 1
				it.Events = []model.Event{{ID: "c1", Kind: model.Commented, At: 1, UpdatedAt: 1}}
			})
		})
		r.until(next - 30*time.Second)
		r.locked(func() { // nothing of this moves an update
			r.repos[0].items[0].CommentCount, r.repos[0].items[0].Events = 0, nil
			r.repos[0].items[1].ClosedAt = 99
		})
		r.until(next - time.Second)
		r.locked(func() { r.repos[0].put(model.Issue, 3) }) // the next round's affair
		r.until(next + 30*time.Minute)
		for _, call := range []string{"items acme/a #1", "items acme/a #2"} {
			if n := len(r.times(call, r.start)); n != 1 {
				t.Errorf("%d times %s", n, call)
			}
		}
		if it, _ := r.m.Item(1, 1); len(it.Events) != 1 || it.Events[0].GoneAt == 0 {
			t.Errorf("item %+v", it)
		}
		got := r.status("acme/a").Repairs
		if got["comments"] != 1 || got["stale"] != 1 || len(got) != 2 {
			t.Errorf("repairs %v", got)
		}
		if it, _ := r.m.Item(1, 2); it.ClosedAt != 99 {
			t.Errorf("item %+v", it)
		}
	})
}

func TestFailingSweepHoldsUpNothing(t *testing.T) {
	sweepingHourly(t, func(r *running, next time.Duration) {
		r.locked(func() {
			r.fail = func(_ context.Context, call string) error {
				if call == "sweep acme/a issue" {
					return refused("forbidden")
				}
				return nil
			}
		})
		r.until(next + 10*time.Minute)
		r.locked(func() { r.repos[0].put(model.Issue, 4) })
		r.until(next + 15*time.Minute)
		if published(r.m, 1, 4) == nil {
			t.Error("what moved is not shown")
		}
		s := r.status("acme/a")
		if stream(s, "sweep").Errors["forbidden"] < 2 || stream(s, "issues").LastError != "" {
			t.Errorf("status %+v", s)
		}
	})
}

func TestSweepLeavesGapsAlone(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) {
		many(f.add("acme/a")[0], model.Issue, 1, 3)
		f.fail = poison(2, "too_heavy")
	}, func(r *running) {
		r.in.every.Sweep = 20 * time.Minute
		r.run()
		r.until(50 * time.Minute)
		if s := r.status("acme/a"); stream(s, "sweep").LastSuccess == 0 || s.Gaps != 1 {
			t.Errorf("status %+v", s)
		}
		if times := r.times("items acme/a #2", r.start); len(times) != 0 {
			t.Errorf("tried at %v", times)
		}
	})
}

func TestCompare(t *testing.T) {
	const now = 100 * 24 * 60 * 60
	comments := func(n int) (out []model.Event) {
		for range n {
			out = append(out, model.Event{Kind: model.Commented})
		}
		return append(out, model.Event{Kind: model.Commented, GoneAt: 7}, model.Event{Kind: model.Labeled})
	}
	row := func(updated model.Instant, state string, comments, reviews int) github.SweepRow {
		return github.SweepRow{ItemID: github.ItemID{Number: 1, UpdatedAt: updated}, State: state, Comments: comments, Reviews: reviews}
	}
	issue := &model.Item{Kind: model.Issue, UpdatedAt: 50, CommentCount: 2, Events: comments(2)}
	pull := &model.Item{
		Kind: model.PullRequest, UpdatedAt: 50, ClosedAt: 40, CommentCount: 2, ReviewCount: 1,
		Events: []model.Event{{Kind: model.Reviewed}},
	}
	for _, tt := range []struct {
		name  string
		row   github.SweepRow
		item  *model.Item
		why   string
		whole bool
	}{
		{"the same", row(50, "open", 2, 0), issue, "", false},
		{"unknown", row(50, "open", 2, 0), nil, "missing", false},
		{"taken to be gone", row(50, "open", 2, 0), &model.Item{GoneAt: 1}, "reappeared", false},
		{"updated", row(51, "open", 2, 0), issue, "stale", false},
		{"updated, with a comment less", row(51, "open", 1, 0), issue, "stale", true},
		{"closed", row(50, "closed", 2, 0), issue, "stale", false},
		{"a list that lags", row(49, "closed", 1, 0), issue, "", false},
		{"a comment less", row(50, "open", 1, 0), issue, "comments", true},
		{"a comment more", row(50, "open", 3, 0), issue, "comments", true},
		{
			"one was deleted and one written", row(50, "open", 2, 0),
			&model.Item{Kind: model.Issue, UpdatedAt: 50, CommentCount: 2, Events: comments(3)}, "comments", true,
		},
		{"a pull request that is the same", row(50, "closed", 2, 1), pull, "", false},
		{"a review less", row(50, "closed", 2, 0), pull, "reviews", true},
		{"a review more", row(50, "closed", 2, 2), pull, "reviews", true},
		{"an active one", row(now-60, "open", 0, 0), &model.Item{Kind: model.PullRequest, UpdatedAt: now - 60, ReadAt: now - 50}, "active", false},
		{"an active one that was just read", row(now-60, "open", 0, 0), &model.Item{Kind: model.PullRequest, UpdatedAt: now - 60, ReadAt: now}, "", false},
		{"an old open one", row(50, "open", 0, 0), &model.Item{Kind: model.PullRequest, UpdatedAt: 50, ReadAt: 50}, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if why, whole := compare(&tt.row, tt.item, now); why != tt.why || whole != tt.whole {
				t.Errorf("got %q, %v, want %q, %v", why, whole, tt.why, tt.whole)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	var n numbers
	for _, i := range []int{0, 1, 63, 64, 200000} {
		if n.has(i) {
			t.Errorf("%d is there", i)
		}
		n.add(i)
		if !n.has(i) || n.has(i+1) && i != 0 && i != 63 {
			t.Errorf("%d is not there, or its successor is", i)
		}
	}
}
