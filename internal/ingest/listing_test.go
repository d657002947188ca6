package ingest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// many puts items into a repository, a second apart, and lets time go by.
func many(r *fakeRepo, kind model.Kind, from, to int) {
	for n := from; n <= to; n++ {
		r.put(kind, n)
		time.Sleep(time.Second)
	}
}

// only gives the calls of one operation.
func only(calls []string, operation string) (out []string) {
	for _, c := range calls {
		if rest, ok := strings.CutPrefix(c, operation+" acme/a "); ok {
			out = append(out, rest)
		}
	}
	return out
}

func TestWatermarkMovesWithTheLastPage(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) { many(f.add("acme/a")[0], model.Issue, 1, 100) }, func(r *running) {
		r.fail = func(_ context.Context, call string) error {
			if strings.HasPrefix(call, "issues acme/a after=80") {
				return refused("server_error")
			}
			return nil
		}
		r.run()
		r.until(3 * time.Minute)
		cur, err := r.m.Cursor(1, streamIssues)
		if err != nil || cur.Watermark != 0 || cur.After != "80" || cur.StartedAt == 0 || cur.Done {
			t.Errorf("cursor %+v, %v", cur, err)
		}
		if s := r.status("acme/a"); s.Complete || s.Progress <= 0.5 || s.Progress >= 1 {
			t.Errorf("status %+v", s)
		}
		r.locked(func() { r.fail = nil })
		r.take()
		r.until(8 * time.Minute)
		cur, err = r.m.Cursor(1, streamIssues)
		if err != nil || cur.Watermark != cur.Seen || cur.Watermark == 0 || cur.After != "" || cur.StartedAt != 0 || !cur.Done {
			t.Errorf("cursor %+v, %v", cur, err)
		}
		if got := only(r.take(), "issues")[0]; got != "after=80 first=40" {
			t.Errorf("went on at %s", got)
		}
	})
}

func TestIncrementalPassIsResumed(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) { many(f.add("acme/a")[0], model.PullRequest, 1, 30) }, func(r *running) {
		r.run()
		r.until(6 * time.Minute)
		before, _ := r.m.Cursor(1, streamPulls)
		r.locked(func() {
			r.fail = func(_ context.Context, call string) error {
				if strings.HasPrefix(call, "pulls acme/a after=20") {
					return refused("server_error")
				}
				return nil
			}
			for n := 1; n <= 30; n++ {
				r.repos[0].put(model.PullRequest, n, func(it *model.Item) { it.MergedAt = it.UpdatedAt })
			}
		})
		r.until(9 * time.Minute)
		if it, _ := r.m.Item(1, 1); it.MergedAt == 0 || published(r.m, 1, 1).Merged != 0 {
			t.Error("half a pass is shown, or nothing of it is stored")
		}
		cur, _ := r.m.Cursor(1, streamPulls)
		if cur.Watermark != before.Watermark || cur.After != "20" {
			t.Errorf("cursor %+v, want the watermark of %+v", cur, before)
		}
		r.locked(func() { r.fail = nil })
		r.take()
		r.until(15 * time.Minute)
		if got := only(r.take(), "pulls")[0]; got != "after=20 first=10" {
			t.Errorf("went on at %s", got)
		}
		if cur, _ := r.m.Cursor(1, streamPulls); cur.Watermark <= before.Watermark {
			t.Errorf("cursor %+v", cur)
		}
		if published(r.m, 1, 1).Merged == 0 {
			t.Error("the whole pass is not shown")
		}
	})
}

func TestInvalidCursorGoesBackToWhatIsStored(t *testing.T) {
	for _, kind := range []model.Kind{model.Issue, model.PullRequest} {
		t.Run(kind.String(), func(t *testing.T) {
			stale := map[model.Kind]string{model.Issue: "issues acme/a after=80 ", model.PullRequest: "pulls acme/a after=75 "}[kind]
			inBubble(t, project("acme/a"), func(f *fake) {
				a := f.add("acme/a")[0]
				for n := 1; n <= 100; n++ {
					a.put(kind, n)
					time.Sleep(10 * time.Second)
				}
				once := true
				f.fail = func(_ context.Context, call string) error {
					if strings.HasPrefix(call, stale) && once {
						once = false
						return refused("invalid_cursor")
					}
					return nil
				}
			}, func(r *running) {
				r.run()
				r.until(1000*time.Second + 30*time.Second)
				if s := r.status("acme/a"); !s.Complete || stream(s, "issues").Stored+stream(s, "pulls").Stored != 100 {
					t.Errorf("status %+v", s)
				}
				calls := r.take()
				got := append(only(calls, "issues"), only(calls, "pulls")...)
				want := []string{"after= first=40", "after=40 first=40", "after=80 first=40", // 80 are stored
					"after= first=40", "after=40 first=40"} // 30 of them again
				if kind == model.PullRequest {
					want = []string{"after= first=25", "after=25 first=25", "after=50 first=25", "after=75 first=25", // 75 are stored
						"after= first=25", "after=25 first=25", "after=50 first=25"} // from the other end
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestAnotherQueryBeginsAnew(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) { many(f.add("acme/a")[0], model.Issue, 1, 60) }, func(r *running) {
		err := r.m.Update(1, func(tx *mirror.Tx) error {
			err := tx.PutRepository(r.repos[0].Repository)
			if err == nil {
				err = tx.PutCursor(streamIssues, mirror.Cursor{
					After: "40", Query: "of an older version", StartedAt: 1, Next: 1, Seen: 40, Stored: 40,
				})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		r.in.setProjects(project("acme/a"))
		r.run()
		r.until(2 * time.Minute)
		if s := r.status("acme/a"); stream(s, "issues").Stored != 60 {
			t.Errorf("status %+v", s)
		}
	})
}

// poison makes a fake fail whenever a page holds an item.
func poison(number int, how string) func(context.Context, string) error {
	return func(_ context.Context, call string) error {
		var after, first int
		operation, rest, _ := strings.Cut(call, " acme/a ")
		switch operation {
		case "issues", "pulls":
			rest = strings.Replace(rest, "after= ", "after=0 ", 1)
			if _, err := fmt.Sscanf(rest, "after=%d first=%d", &after, &first); err != nil {
				return err
			}
			if after < number && number <= after+first {
				return refused(how)
			}
		case "items":
			if strings.Contains(rest+",", fmt.Sprintf("#%d,", number)) {
				return refused(how)
			}
		}
		return nil
	}
}

func TestPoisonedItemIsSteppedOver(t *testing.T) {
	for _, how := range []string{"too_heavy", "partial", "malformed"} {
		t.Run(how, func(t *testing.T) {
			inBubble(t, project("acme/a"), func(f *fake) {
				many(f.add("acme/a")[0], model.Issue, 1, 50)
				f.fail = poison(33, how)
			}, func(r *running) {
				r.run()
				r.until(119 * time.Second)
				s := r.status("acme/a")
				if !s.Complete || s.Gaps != 1 || stream(s, "issues").Stored != 49 || stream(s, "issues").Errors[how] == 0 {
					t.Errorf("status %+v", s)
				}
				if it, _ := r.m.Item(1, 33); it != nil {
					t.Errorf("item %+v", it)
				}
				calls := only(r.take(), "issues")
				light := strings.Join(calls, "\n")
				if !strings.Contains(light, "after=32 first=1 light") || strings.Count(light, "first=1 light") != 1 {
					t.Errorf("calls:\n%s", light)
				}
				r.locked(func() { r.fail = nil })
				r.until(time.Hour + 4*time.Minute)
				if it, _ := r.m.Item(1, 33); it == nil || r.status("acme/a").Gaps != 0 || published(r.m, 1, 33) == nil {
					t.Errorf("the gap was not filled: %+v", r.status("acme/a"))
				}
			})
		})
	}
}

func TestAnOutageIsNoGap(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) {
		many(f.add("acme/a")[0], model.Issue, 1, 50)
		f.fail = func(_ context.Context, call string) error {
			if strings.HasPrefix(call, "issues") || strings.HasPrefix(call, "ids") {
				return refused("too_heavy")
			}
			return nil
		}
	}, func(r *running) {
		r.run()
		r.until(5 * time.Minute)
		if s := r.status("acme/a"); s.Gaps != 0 || s.Complete {
			t.Errorf("status %+v", s)
		}
	})
}

func TestManyGapsStopThePass(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) {
		many(f.add("acme/a")[0], model.Issue, 1, 50)
		f.fail = func(_ context.Context, call string) error {
			if strings.HasPrefix(call, "issues") {
				return refused("too_heavy")
			}
			return nil
		}
	}, func(r *running) {
		r.run()
		r.until(143 * time.Second)
		if s := r.status("acme/a"); s.Gaps != maxGaps || s.Complete {
			t.Errorf("%d gaps, want %d: %+v", s.Gaps, maxGaps, s)
		}
	})
}

func TestLongTimelineGoesOnWhereItEnded(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) {
		a := f.add("acme/a")[0]
		a.put(model.Issue, 1)
		a.overflow[1] = []github.Overflow{{Number: 1, Kind: model.Issue, NodeID: "I_1_1", Connection: github.Timeline, After: "50"}}
		f.drain = func(list github.Overflow) github.OverflowPage {
			next := map[string]string{"50": "150", "150": "170", "170": "175", "175": "175", "": "100", "100": "150"}[list.After]
			at := model.At(time.Now())
			return github.OverflowPage{
				EndCursor: next, HasNext: next == "150" || next == "100",
				Events: []model.Event{{ID: "c" + next, Kind: model.Commented, At: at, UpdatedAt: at}},
			}
		}
	}, func(r *running) {
		r.run()
		r.until(time.Minute)
		if diff := cmp.Diff([]string{"#1 timeline after=50", "#1 timeline after=150"}, drains(r.take())); diff != "" {
			t.Errorf("first sync (-want +got):\n%s", diff)
		}
		r.until(5 * time.Minute)
		r.take()
		r.locked(func() { r.repos[0].put(model.Issue, 1) })
		r.until(7 * time.Minute)
		if diff := cmp.Diff([]string{"#1 timeline after=175"}, drains(r.take())); diff != "" {
			t.Errorf("a change (-want +got):\n%s", diff)
		}
		if it, _ := r.m.Item(1, 1); len(it.Events) != 3 || it.TimelineEnd != "175" {
			t.Errorf("item %+v", it)
		}
		r.locked(func() {
			r.repos[0].put(model.Issue, 1)
			answer := r.drain
			r.drain = func(list github.Overflow) github.OverflowPage {
				if list.After == "175" {
					return github.OverflowPage{Err: refused("invalid_cursor")}
				}
				return answer(list)
			}
		})
		r.until(11 * time.Minute)
		want := []string{"#1 timeline after=175", "#1 timeline after=", "#1 timeline after=100", "#1 timeline after=150"}
		if diff := cmp.Diff(want, drains(r.take())[:4]); diff != "" {
			t.Errorf("an invalid cursor (-want +got):\n%s", diff)
		}
	})
}

func drains(calls []string) (out []string) {
	for _, c := range calls {
		if rest, ok := strings.CutPrefix(c, "drain "); ok {
			out = append(out, rest)
		}
	}
	return out
}

func TestListThatCannotBeReadIsAGap(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) {
		a := f.add("acme/a")[0]
		a.put(model.Issue, 1)
		a.overflow[1] = []github.Overflow{{Number: 1, Kind: model.Issue, NodeID: "I_1_1", Connection: github.Timeline, After: "50"}}
		f.drain = func(github.Overflow) github.OverflowPage {
			return github.OverflowPage{Err: refused("malformed")}
		}
	}, func(r *running) {
		r.run()
		r.until(time.Minute)
		if s := r.status("acme/a"); !s.Complete || s.Gaps != 1 {
			t.Errorf("status %+v", s)
		}
		r.locked(func() { r.drain = nil })
		r.until(65 * time.Minute)
		if s := r.status("acme/a"); s.Gaps != 0 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestCommitsOfAnotherHeadAreAllReadAgain(t *testing.T) {
	commits := func(head string, n int) (out []model.Commit) {
		for i := range n {
			out = append(out, model.Commit{OID: fmt.Sprint(head, i), Head: head})
		}
		return out
	}
	inBubble(t, project("acme/a"), func(f *fake) {
		a := f.add("acme/a")[0]
		a.put(model.PullRequest, 1, func(it *model.Item) {
			it.HeadOID, it.Commits, it.CommitCount = "x", commits("x", 2), 4
		})
		a.overflow[1] = []github.Overflow{{Number: 1, Kind: model.PullRequest, NodeID: "I_1_1", Connection: github.Commits, After: "2"}}
		f.drain = func(github.Overflow) github.OverflowPage {
			it := a.items[0]
			return github.OverflowPage{Commits: commits(it.HeadOID, 4)[2:], EndCursor: "4"}
		}
	}, func(r *running) {
		r.run()
		r.until(5 * time.Minute)
		if n := len(drains(r.take())); n != 1 {
			t.Errorf("%d drains, want none for commits that are known", n)
		}
		r.locked(func() {
			r.repos[0].put(model.PullRequest, 1, func(it *model.Item) { it.HeadOID, it.Commits = "y", commits("y", 2) })
		})
		r.until(7 * time.Minute)
		if n := len(drains(r.take())); n != 1 {
			t.Errorf("%d drains after a force-push", n)
		}
		it, _ := r.m.Item(1, 1)
		if listed(it) != 4 || len(it.Commits) != 8 {
			t.Errorf("commits %+v", it.Commits)
		}
	})
}

func TestWhatMovesWhileAPassIsInterruptedIsReadByTheNext(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) { many(f.add("acme/a")[0], model.PullRequest, 1, 30) }, func(r *running) {
		r.run()
		r.until(6 * time.Minute)
		r.locked(func() {
			r.fail = func(_ context.Context, call string) error {
				if strings.HasPrefix(call, "pulls acme/a after=20") {
					return refused("server_error")
				}
				return nil
			}
			for n := 1; n <= 30; n++ {
				r.repos[0].put(model.PullRequest, n)
			}
		})
		r.until(11 * time.Minute) // the first pages are stored, and probes go on
		var want model.Instant
		r.locked(func() {
			r.repos[0].put(model.PullRequest, 25, func(it *model.Item) { want = it.UpdatedAt })
		})
		r.until(13 * time.Minute)
		r.locked(func() { r.fail = nil })
		r.until(30 * time.Minute)
		if it, _ := r.m.Item(1, 25); it.UpdatedAt != want {
			t.Errorf("#25 is of %s, want %s", it.UpdatedAt, want)
		}
	})
}

func TestItemOfTheSameSecondIsRead(t *testing.T) {
	inBubble(t, project("acme/a"), func(f *fake) { f.add("acme/a")[0].put(model.Issue, 1) }, func(r *running) {
		r.run()
		r.until(10 * time.Second)
		r.until(6 * time.Minute)
		r.locked(func() {
			r.repos[0].put(model.Issue, 2, func(it *model.Item) { it.UpdatedAt = r.repos[0].items[0].UpdatedAt })
		})
		r.take()
		r.until(8*time.Minute + 30*time.Second)
		if got := only(r.take(), "issues"); len(got) == 0 {
			t.Error("one more issue, and nothing was read")
		}
	})
}

func TestDroppedCountsHaveTheTimelineReadAgain(t *testing.T) {
	comments := func(ids ...string) func(*model.Item) {
		return func(it *model.Item) {
			it.CommentCount, it.Events = len(ids), nil
			for _, id := range ids {
				it.Events = append(it.Events, model.Event{ID: id, Kind: model.Commented, At: 1, UpdatedAt: 1})
			}
		}
	}
	inBubble(t, project("acme/a"), func(f *fake) {
		f.add("acme/a")[0].put(model.Issue, 1, comments("c1", "c2", "c3"))
	}, func(r *running) {
		r.run()
		r.until(6 * time.Minute)
		r.locked(func() { r.repos[0].put(model.Issue, 1, comments("c1", "c3")) })
		r.until(20 * time.Minute)
		it, _ := r.m.Item(1, 1)
		for _, e := range it.Events {
			if gone := e.GoneAt != 0; gone != (e.ID == "c2") {
				t.Errorf("%s: gone at %q", e.ID, e.GoneAt)
			}
		}
		if n := len(r.times("items acme/a #1", r.start)); n != 1 {
			t.Errorf("read again %d times", n)
		}
		if jobs, _ := r.m.Jobs(1, mirror.Rereads); len(jobs) != 0 {
			t.Errorf("still to be read again: %+v", jobs)
		}
	})
}
