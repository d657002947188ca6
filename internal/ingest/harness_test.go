package ingest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// clock is what the simulated GitHub and what reads it take for the time.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = at
}

func (c *clock) add(d time.Duration) { c.set(c.Now().Add(d)) }

// end is when the generated repositories are looked at, after all their life.
var end = time.Date(2024, 7, 2, 0, 0, 0, 0, time.UTC)

// hub is a simulated GitHub with the client that reads it.
type hub struct {
	*githubtest.Server
	clock  *clock
	client *github.Client
}

func newHub(t testing.TB, at time.Time, data ...*githubtest.Dataset) *hub {
	t.Helper()
	c := &clock{now: at}
	server := githubtest.New(githubtest.Options{Clock: c.Now, Datasets: data})
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := github.New(github.Options{
		APIURL: server.APIURL(), GraphQLURL: server.GraphQLURL(), UserAgent: "test", Now: c.Now,
		Tokens: []github.TokenSource{{Name: "default", Read: func() (string, error) { return "secret", nil }}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &hub{server, c, client}
}

// dataset generates a repository acme/NAME.
func dataset(opts githubtest.GenerateOptions) *githubtest.Dataset {
	opts.Owner = cmp.Or(opts.Owner, "acme")
	opts.Name = cmp.Or(opts.Name, "widgets")
	opts.Bare = true
	return githubtest.Generate(opts)
}

// openMirror opens a mirror that lasts as long as the test.
func openMirror(t testing.TB) *mirror.Mirror {
	t.Helper()
	m, err := mirror.Open(t.TempDir(), mirror.Options{Digest: countingDigest})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// countingDigest keeps of each item enough to see whether it is published.
func countingDigest(model.Repository) mirror.Digester {
	return mirror.Digester{Items: func(it *model.Item) *model.Facts {
		return &model.Facts{Number: int32(it.Number), Kind: it.Kind, Created: it.CreatedAt, Gone: it.GoneAt, Merged: it.MergedAt}
	}}
}

// reads makes an Ingest of acme/widgets, or of the given repositories, into a mirror.
func (h *hub) reads(t testing.TB, m *mirror.Mirror, repositories ...string) *Ingest {
	t.Helper()
	if len(repositories) == 0 {
		repositories = []string{"acme/widgets"}
	}
	return New(Options{
		Client: h.client, Mirror: m, Now: h.clock.Now, Logger: testLogger(t),
		Projects: []Project{{Name: "test", Repositories: repositories}},
	})
}

func testLogger(t testing.TB) *slog.Logger {
	if !testing.Verbose() {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// sync makes one pass that must succeed.
func (h *hub) sync(t testing.TB, in *Ingest) {
	t.Helper()
	if err := in.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// fresh gives the items that a first sync into an empty mirror finds now.
func (h *hub) fresh(t testing.TB, repositories ...string) map[string]*model.Item {
	t.Helper()
	m := openMirror(t)
	in := h.reads(t, m, repositories...)
	h.sync(t, in)
	return items(t, m)
}

// items gives everything that a mirror holds, without the times of reads and
// what follows from them.
func items(t testing.TB, m *mirror.Mirror) map[string]*model.Item {
	t.Helper()
	out := map[string]*model.Item{}
	for _, repo := range m.Repositories() {
		for it, err := range m.Items(repo.ID) {
			if err != nil {
				t.Fatal(err)
			}
			out[fmt.Sprintf("%s#%d", repo.FullName(), it.Number)] = comparable(it)
		}
	}
	return out
}

// comparable copies an item without what depends on when it was read.
func comparable(it *model.Item) *model.Item {
	c := *model.Merge(nil, it)
	c.ReadAt, c.HeaderAt, c.TimelineEnd = 0, 0, ""
	for i := range c.Events {
		c.Events[i].ReadAt = 0
	}
	for i := range c.Commits {
		c.Commits[i].ReadAt = 0
	}
	for i := range c.ReviewComments {
		c.ReviewComments[i].ReadAt = 0
	}
	return &c
}

// points gives what was spent so far.
func (h *hub) points() (n int) {
	for _, p := range h.Counts().GraphQLPoints {
		n += p
	}
	return n
}

// stopping is a client that ends the session's context as soon as it has
// answered so many calls that read something of a repository. It answers one
// after the other, so that none is under way then.
type stopping struct {
	Client
	left int
	stop context.CancelFunc
	mu   sync.Mutex
}

func answer[T any](ctx context.Context, s *stopping, ask func() (T, error)) (out T, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return out, err
	}
	out, err = ask()
	if s.left--; s.left == 0 {
		s.stop()
	}
	return out, err
}

func (s *stopping) Issues(ctx context.Context, req github.PageRequest) (github.ItemPage, error) {
	return answer(ctx, s, func() (github.ItemPage, error) { return s.Client.Issues(ctx, req) })
}

func (s *stopping) PullRequests(ctx context.Context, req github.PageRequest) (github.ItemPage, error) {
	return answer(ctx, s, func() (github.ItemPage, error) { return s.Client.PullRequests(ctx, req) })
}

func (s *stopping) Drain(ctx context.Context, repo model.Repository, lists []github.Overflow) ([]github.OverflowPage, error) {
	return answer(ctx, s, func() ([]github.OverflowPage, error) { return s.Client.Drain(ctx, repo, lists) })
}

func (s *stopping) ReviewComments(ctx context.Context, req github.CommentsRequest) (github.CommentsPage, error) {
	return answer(ctx, s, func() (github.CommentsPage, error) { return s.Client.ReviewComments(ctx, req) })
}
