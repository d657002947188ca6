package ingest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// told runs a test with acme/a, which has an issue and a pull request and is
// up to date; its project needs all of its history.
func told(t *testing.T, test func(*running)) {
	t.Helper()
	projects := project("acme/a", "acme/new-*")
	projects[0].Needs = Needs{
		Deployments: true, Releases: true, Tags: true, Milestones: true,
		Workflows: Workflows{Key: "all", Match: func(string) bool { return true }},
	}
	inBubble(t, projects, func(f *fake) {
		r := f.add("acme/a")[0]
		r.DefaultBranch = "main"
		r.put(model.Issue, 1)
		r.put(model.PullRequest, 2)
	}, func(r *running) {
		r.run()
		r.until(5*time.Minute + 30*time.Second)
		r.take()
		test(r)
	})
}

// acme is the repository of told.
func acme(d github.Delivery) github.Delivery {
	d.Repository = github.DeliveredRepository{ID: 1, FullName: "acme/a"}
	return d
}

func TestWebhookEvents(t *testing.T) {
	moved := func(kind model.Kind, number int) func(*fakeRepo) {
		return func(r *fakeRepo) { r.put(kind, number) }
	}
	for _, test := range []struct {
		name     string
		delivery github.Delivery
		change   func(*fakeRepo)
		ignored  bool
		want     []string
	}{
		{name: "an issue", delivery: github.Delivery{Event: "issues", Action: "opened", Number: 3}, change: moved(model.Issue, 3), want: []string{"probe 1", "issues", "milestones"}},
		{name: "an issue, seen already", delivery: github.Delivery{Event: "issues", Action: "edited", Number: 1}, want: []string{"probe 1"}},
		{name: "a deleted issue", delivery: github.Delivery{Event: "issues", Action: "deleted", Number: 1}, change: func(r *fakeRepo) { r.remove(1) }, want: []string{"probe 1", "issues", "exists", "probe 1"}},
		{name: "a pull request", delivery: github.Delivery{Event: "pull_request", Number: 2}, change: moved(model.PullRequest, 2), want: []string{"probe 1", "pulls", "milestones", "review_comments"}},
		{name: "a comment", delivery: github.Delivery{Event: "issue_comment", Action: "created", Number: 1}, change: moved(model.Issue, 1), want: []string{"probe 1", "issues", "milestones"}},
		{name: "an edited comment", delivery: github.Delivery{Event: "issue_comment", Action: "edited", Number: 1}, want: []string{"probe 1", "comments"}},
		{name: "a deleted comment", delivery: github.Delivery{Event: "issue_comment", Action: "deleted", Number: 1}, want: []string{"probe 1", "items"}},
		{name: "a comment on a line", delivery: github.Delivery{Event: "pull_request_review_comment", Number: 2}, want: []string{"probe 1", "review_comments"}},
		{name: "a milestone", delivery: github.Delivery{Event: "milestone"}, want: []string{"milestones"}},
		{name: "a new label", delivery: github.Delivery{Event: "label", Action: "created"}, ignored: true},
		{name: "a push", delivery: github.Delivery{Event: "push", Ref: "refs/heads/main"}, want: []string{"probe 1"}},
		{name: "a push elsewhere", delivery: github.Delivery{Event: "push", Ref: "refs/heads/topic"}, ignored: true},
		{name: "a tag", delivery: github.Delivery{Event: "push", Ref: "refs/tags/v1"}, want: []string{"tags"}},
		{name: "a deleted branch", delivery: github.Delivery{Event: "delete", Ref: "refs/heads/topic"}, ignored: true},
		{name: "a deployment", delivery: github.Delivery{Event: "deployment_status"}, change: func(r *fakeRepo) {
			r.history.deployments = []model.Deployment{{ID: 1, NodeID: "D_1", CreatedAt: model.At(time.Now())}}
		}, want: []string{"probe 1", "deployments"}},
		{name: "a release", delivery: github.Delivery{Event: "release"}, want: []string{"probe 1", "tags"}},
		{name: "a run", delivery: github.Delivery{Event: "workflow_run", Branch: "main"}, want: []string{"runs"}},
		{name: "a run elsewhere", delivery: github.Delivery{Event: "workflow_run", Branch: "topic"}, ignored: true},
		{name: "the repository", delivery: github.Delivery{Event: "repository", Action: "archived"}, want: []string{"probe 1"}},
		{name: "a star", delivery: github.Delivery{Event: "star"}, want: []string{"probe 1"}},
		{name: "a ping", delivery: github.Delivery{Event: "ping"}, ignored: true},
		{name: "something else", delivery: github.Delivery{Event: "gollum"}, ignored: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			told(t, func(r *running) {
				if test.change != nil {
					r.locked(func() { test.change(r.repos[0]) })
				}
				if got := r.in.Hint(acme(test.delivery)); got == test.ignored {
					t.Errorf("ignored: %t", !got)
				}
				r.until(5*time.Minute + 31*time.Second)
				if got := r.take(); len(got) > 0 {
					t.Errorf("asked too early: %q", got)
				}
				r.until(5*time.Minute + 45*time.Second)
				if diff := cmp.Diff(test.want, operations(r.take())); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// operations leaves out of calls what they ask for.
func operations(calls []string) (out []string) {
	for _, call := range calls {
		var operation, rest string
		if _, err := fmt.Sscan(call, &operation, &rest); err == nil && operation == "probe" {
			operation += " " + rest
		}
		out = append(out, operation)
	}
	return out
}

func TestEveryEventOfWebhooksIsKnown(t *testing.T) {
	for _, event := range model.WebhookEvents {
		if _, known := eventDuties[event]; known == (event == "ping") {
			t.Errorf("%s is known: %t", event, known)
		}
	}
	for event := range eventDuties {
		if !slices.Contains(model.WebhookEvents, event) {
			t.Errorf("%s is not told apart", event)
		}
	}
}

// A deleted issue is gone within seconds, not with the next sweep.
func TestWebhookOfDeletedIssue(t *testing.T) {
	told(t, func(r *running) {
		r.locked(func() {
			r.repos[0].remove(1)
			r.exists = func(int) github.Existence {
				return github.Existence{Presence: github.Deleted, Certain: true, At: model.At(time.Now())}
			}
		})
		r.in.Hint(acme(github.Delivery{Event: "issues", Action: "deleted", Number: 1}))
		r.in.Hint(acme(github.Delivery{Event: "issues", Action: "deleted", Number: 99}))
		r.until(6 * time.Minute)
		if item, err := r.m.Item(1, 1); err != nil || item.GoneAt == 0 {
			t.Errorf("%+v, %v", item, err)
		}
	})
}

// A label that was renamed has everything compared, though not each time.
func TestWebhookOfLabels(t *testing.T) {
	told(t, func(r *running) {
		for range 100 {
			r.in.Hint(acme(github.Delivery{Event: "label", Action: "edited"}))
			time.Sleep(time.Minute)
		}
		if n := len(r.times("sweep acme/a issue", r.start)); n < 1 || n > 2 {
			t.Errorf("%d sweeps in 100 minutes", n)
		}
	})
}

// What comes without end is followed once a minute, and the first after a
// quiet time within seconds.
func TestBurstsOfWebhooks(t *testing.T) {
	told(t, func(r *running) {
		for range 60 * 60 {
			r.in.Hint(acme(github.Delivery{Event: "issues", Action: "labeled", Number: 1}))
			time.Sleep(time.Second)
		}
		if n := len(r.times("probe 1", r.start.Add(6*time.Minute))); n > 60+30+5 { // those that come by the clock too
			t.Errorf("%d probes in an hour", n)
		}
		time.Sleep(5 * time.Minute)
		r.take()
		r.in.Hint(acme(github.Delivery{Event: "issues", Action: "labeled", Number: 1}))
		time.Sleep(3 * time.Second)
		if got := r.take(); !slices.Contains(got, "probe 1") {
			t.Errorf("asked for %q within seconds", got)
		}
	})
}

// What is told while a pass or a probe is under way is read after it.
func TestWebhookWhileBusy(t *testing.T) {
	for event, call := range map[string]string{"workflow_run": "runs acme/a runs", "star": "probe 1"} {
		t.Run(event, func(t *testing.T) {
			told(t, func(r *running) {
				r.locked(func() {
					r.fail = func(_ context.Context, what string) error {
						if what == call {
							time.Sleep(20 * time.Second)
						}
						return nil
					}
				})
				told := time.Now()
				r.in.Hint(acme(github.Delivery{Event: event}))
				time.Sleep(3 * time.Second)
				r.in.Hint(acme(github.Delivery{Event: event}))
				time.Sleep(25 * time.Second)
				if diff := cmp.Diff([]time.Duration{2 * time.Second, 23 * time.Second}, r.times(call, told)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", call, diff)
				}
			})
		})
	}
}

// A repository that is new is found by its owner's list, and one that cannot be
// read costs nothing.
func TestWebhookOfUnknownRepository(t *testing.T) {
	told(t, func(r *running) {
		r.locked(func() { r.add("acme/new-b", "acme/other", "other/new-c") })
		for _, d := range []github.Delivery{
			{Event: "issues", Repository: github.DeliveredRepository{ID: 2, FullName: "acme/new-b"}},
			{Event: "repository", Repository: github.DeliveredRepository{ID: 3, FullName: "acme/other"}},
			{Event: "repository", Repository: github.DeliveredRepository{ID: 4, FullName: "other/new-c"}},
			{Event: "repository"},
			{Event: "installation", Account: "other"},
		} {
			if r.in.Hint(d) {
				t.Errorf("%+v is not ignored", d)
			}
		}
		for _, d := range []github.Delivery{
			{Event: "repository", Repository: github.DeliveredRepository{ID: 2, FullName: "Acme/New-B"}},
			{Event: "installation", Account: "Acme"},
		} {
			if !r.in.Hint(d) {
				t.Errorf("%+v is ignored", d)
			}
		}
		r.until(6 * time.Minute)
		if got := r.take(); !slices.Contains(got, "list acme") || slices.Contains(got, "list other") {
			t.Errorf("asked for %q", got)
		}
		if !r.status("acme/new-b").Complete {
			t.Error("it was not read")
		}
	})
}

// A repository that came back is read again at once.
func TestWebhookOfRepositoryThatIsBack(t *testing.T) {
	told(t, func(r *running) {
		r.locked(func() { r.repos[0].err = refused("not_found") })
		r.until(8 * time.Minute)
		r.take()
		r.in.Hint(acme(github.Delivery{Event: "star"}))
		r.until(9 * time.Minute)
		if got := r.take(); len(got) > 0 || r.status("acme/a").Gone != "" {
			t.Errorf("it was not found once, and is gone by %q", got)
		}
		r.until(40 * time.Minute)
		if r.status("acme/a").Gone == "" {
			t.Fatal("it is not gone")
		}
		if r.in.Hint(acme(github.Delivery{Event: "issues", Action: "opened"})) {
			t.Error("what cannot be read is to be read sooner")
		}
		r.locked(func() { r.repos[0].err = nil })
		if !r.in.Hint(github.Delivery{Event: "installation_repositories", Account: "acme"}) {
			t.Error("ignored")
		}
		r.until(40*time.Minute + 10*time.Second)
		if s := r.status("acme/a"); s.Gone != "" {
			t.Errorf("it is gone still: %+v", s)
		}
	})
}
