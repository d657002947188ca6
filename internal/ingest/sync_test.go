package ingest

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestFirstSync(t *testing.T) {
	data := dataset(githubtest.GenerateOptions{Seed: 1, Issues: 60, PullRequests: 70, Comments: 600, ReviewComments: 250})
	h := newHub(t, end, data)
	m := openMirror(t)
	h.sync(t, h.reads(t, m))
	got := m.Records(data.Repos[0].ID)
	maps.DeleteFunc(got, func(_ string, n int) bool { return n == 0 })
	delete(got, "event")
	delete(got, "commit")
	if diff := cmp.Diff(visible(data.Repos[0], end), got); diff != "" {
		t.Errorf("records (-dataset +mirror):\n%s", diff)
	}
	state := m.State(data.Repos[0].ID)
	if state == nil || state.Complete != model.At(end) || len(state.Items) != got["issue"]+got["pull_request"] {
		t.Errorf("published %+v", state)
	}
}

// visible counts what of a dataset GitHub shows at an instant.
func visible(r *githubtest.Repo, at time.Time) map[string]int {
	now := githubtest.TimeOf(at)
	n := map[string]int{}
	for _, it := range r.Items {
		if !it.CreatedAt.By(now) || it.DeletedAt.By(now) || it.TransferredAt.By(now) || it.ConvertedAt.By(now) {
			continue
		}
		for _, c := range it.Comments {
			if c.CreatedAt.By(now) && !c.DeletedAt.By(now) {
				n["comment"]++
			}
		}
		if it.PR == nil {
			n["issue"]++
			continue
		}
		n["pull_request"]++
		for _, review := range it.PR.Reviews {
			if !review.SubmittedAt.By(now) {
				continue
			}
			n["review"]++
			for _, c := range review.Comments {
				if !c.DeletedAt.By(now) {
					n["review_comment"]++
				}
			}
		}
	}
	return n
}

// TestResume ends the process after every page of a first sync, and counts
// what is asked: nothing that was stored is asked for again.
func TestResume(t *testing.T) {
	h := newHub(t, end, dataset(githubtest.GenerateOptions{
		Seed: 3, Issues: 130, PullRequests: 90, Comments: 12000, ReviewComments: 350,
	}))
	want := h.fresh(t)
	whole := pages(h.Counts())
	h.ResetLog()

	dir := t.TempDir()
	interrupted(t, whole, func() map[string]int { return pages(h.Counts()) }, func() bool { return oneSession(t, h, dir) })
	if diff := cmp.Diff(want, items(t, reopened(t, dir))); diff != "" {
		t.Error(diff)
	}
}

// interrupted runs sessions until one reports that the first sync is complete.
// Together they ask for what one that is never interrupted asks for.
func interrupted(t *testing.T, whole map[string]int, asked func() map[string]int, session func() (complete bool)) {
	t.Helper()
	sessions := 0
	for complete := false; !complete; sessions++ {
		if sessions > 100 {
			t.Fatal("does not come to an end")
		}
		complete = session()
	}
	if diff := cmp.Diff(whole, asked()); diff != "" {
		t.Errorf("requests of %d sessions (-uninterrupted +interrupted):\n%s", sessions, diff)
	}
	if n := total(whole); sessions < n {
		t.Errorf("%d sessions for %d pages: some were not interrupted", sessions, n)
	}
}

// reopened gives what sessions left.
func reopened(t *testing.T, dir string) *mirror.Mirror {
	t.Helper()
	m, err := mirror.Open(dir, mirror.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// oneSession runs a process that ends after one page, and reports whether the
// first sync is complete.
func oneSession(t *testing.T, h *hub, dir string) bool {
	t.Helper()
	return endsEarly(t, h, dir, Needs{}, func(stop context.CancelFunc) Client {
		return &stopping{Client: h.client, left: 1, stop: stop}
	})
}

// endsEarly runs a process whose client stops it, and reports whether the first
// sync is complete.
func endsEarly(t *testing.T, h *hub, dir string, needs Needs, client func(stop context.CancelFunc) Client) bool {
	t.Helper()
	m, err := mirror.Open(dir, mirror.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in := New(Options{
		Client: client(cancel), Mirror: m, Now: h.clock.Now,
		Projects: []Project{{Name: "test", Repositories: []string{"acme/widgets"}, Needs: needs}},
	})
	err = in.Sync(ctx)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return m.Complete(m.Repositories()[0].ID) != 0
}

// pages gives the requests that read pages of a repository, by what they ask.
func pages(c githubtest.Counts) map[string]int {
	out := map[string]int{}
	for _, operation := range []string{"IssuesPage", "PullsPage", "Drain"} {
		out[operation] = c.Operations[operation]
	}
	for route, n := range c.Routes {
		out[route] = n
	}
	return out
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}
