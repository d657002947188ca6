// Package ingest is the only writer of the mirror. It finds the repositories
// of the projects, reads each of them once from the beginning, asks in rounds
// what has moved and reads that, and compares everything with GitHub from time
// to time. What it has read it stores page by page together with how far it
// came, so that whatever ends it, it goes on from there.
package ingest

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Client is what is needed of GitHub; *github.Client has it.
type Client interface {
	Repositories(ctx context.Context, owner string) ([]model.Repository, error)
	Repository(ctx context.Context, owner, name string) (model.Repository, error)
	Probe(ctx context.Context, repos []model.Repository) []github.Probe
	Issues(ctx context.Context, req github.PageRequest) (github.ItemPage, error)
	PullRequests(ctx context.Context, req github.PageRequest) (github.ItemPage, error)
	IDs(ctx context.Context, kind model.Kind, req github.PageRequest) (github.IDPage, error)
	Drain(ctx context.Context, repo model.Repository, lists []github.Overflow) ([]github.OverflowPage, error)
	Items(ctx context.Context, repo model.Repository, ids []github.ItemID) ([]github.ItemResult, error)
	Sweep(ctx context.Context, repo model.Repository, kind model.Kind, after string) (github.SweepPage, error)
	Labels(ctx context.Context, repo model.Repository, after string) (github.LabelPage, error)
	ReviewComments(ctx context.Context, req github.CommentsRequest) (github.CommentsPage, error)
	IssueComments(ctx context.Context, req github.CommentsRequest) (github.CommentsPage, error)
	Deployments(ctx context.Context, repo model.Repository, after string) (github.DeploymentPage, error)
	DeploymentsByID(ctx context.Context, repo model.Repository, nodeIDs []string) ([]github.DeploymentResult, error)
	Releases(ctx context.Context, repo model.Repository, after string) (github.ReleasePage, error)
	Tags(ctx context.Context, repo model.Repository, after string) (github.TagPage, error)
	History(ctx context.Context, repo model.Repository, from, after string) (github.HistoryPage, error)
	Runs(ctx context.Context, req github.RunsRequest) (github.RunsPage, error)
	RunAttempt(ctx context.Context, repo model.Repository, id int64, attempt int) (github.Run, error)
	RunJobs(ctx context.Context, repo model.Repository, suites []string) ([]github.RunJobs, error)
	Milestones(ctx context.Context, repo model.Repository, after string) (github.MilestonePage, error)
	Exists(ctx context.Context, repo model.Repository, number int) (github.Existence, error)
	Identities() []github.IdentityStatus
	Home(repo model.Repository) string
	Prices(ctx context.Context) (map[string]int, error)
}

// Intervals say how often things are done. A zero one stands for its default.
type Intervals struct {
	Probe    time.Duration // what has moved in any repository; 2 minutes
	Comments time.Duration // edited comments, and items that could not be read; 1 hour
	Runs     time.Duration // new and changed workflow runs; 5 minutes
	Sweep    time.Duration // everything compared with GitHub; 24 hours
	Discover time.Duration // owners listed, renamed repositories looked up; 24 hours
}

// Options configure an Ingest. Client and Mirror are required; Plan does
// without a Mirror.
type Options struct {
	Client    Client
	Mirror    *mirror.Mirror
	Projects  []Project
	Intervals Intervals
	// Mine tells by id which repositories of the projects are this process's
	// part; nil keeps all.
	Mine   func(repo int64) bool
	Logger *slog.Logger     // nil discards
	Now    func() time.Time // nil is time.Now
}

// Ingest keeps the mirror of the projects' repositories up to date.
type Ingest struct {
	client Client
	mirror *mirror.Mirror
	every  Intervals
	mine   func(repo int64) bool
	log    *slog.Logger
	now    func() time.Time
	woken  chan struct{} // what failed for want of a token may succeed now
	hints  *hintBox      // what webhooks told

	mu       sync.Mutex // guards what follows
	projects []Project
	repos    map[int64]*repository // those of the projects
	names    map[string]int64      // which repositories configured names were found to be
	targets  map[string]*target    // what is looked up for the projects' entries, by key
}

// ErrIncomplete is what Sync returns, wrapped, where a repository is not complete.
var ErrIncomplete = errors.New("not complete")

// New makes an Ingest. It asks nothing of GitHub; what the mirror holds of the
// projects' repositories is in its Status at once.
func New(opts Options) *Ingest {
	in := &Ingest{
		client: opts.Client, mirror: opts.Mirror, every: opts.Intervals.orDefault(),
		mine: opts.Mine, log: opts.Logger, now: opts.Now,
		woken: make(chan struct{}, 1), hints: newHintBox(), repos: map[int64]*repository{}, names: map[string]int64{},
	}
	if in.mine == nil {
		in.mine = func(int64) bool { return true }
	}
	if in.log == nil {
		in.log = slog.New(slog.DiscardHandler)
	}
	if in.now == nil {
		in.now = time.Now
	}
	if in.mirror != nil {
		names, err := aliases(in.mirror)
		if err != nil {
			in.log.Error("names of renamed repositories cannot be read", "error", err)
		}
		maps.Copy(in.names, names)
	}
	in.setProjects(opts.Projects)
	return in
}

func (i Intervals) orDefault() Intervals {
	or := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	or(&i.Probe, 2*time.Minute)
	or(&i.Comments, time.Hour)
	or(&i.Runs, 5*time.Minute)
	or(&i.Sweep, 24*time.Hour)
	or(&i.Discover, 24*time.Hour)
	return i
}

// Run keeps everything up to date until ctx ends, which is what it returns then.
func (in *Ingest) Run(ctx context.Context) error { return newScheduler(in, false).run(ctx) }

// Sync makes one pass: it finds the repositories and completes the first sync
// of those that are not complete; of the others it reads what has moved, their
// edited comments, what waits in queues, and sweeps them where a sweep is due.
// It fails with ErrIncomplete where a repository could not be completed or
// brought up to date, after it has tried every other one.
func (in *Ingest) Sync(ctx context.Context) error { return newScheduler(in, true).run(ctx) }

// Retry has everything tried again at once that failed because GitHub refused
// the token, now that it takes one.
func (in *Ingest) Retry() {
	select {
	case in.woken <- struct{}{}:
	default: // one that is waiting serves
	}
}
