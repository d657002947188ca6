package exporter

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/ingest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// engine is one configuration at work: a client that reads GitHub and an
// ingest that writes the mirror. A reload makes another one.
type engine struct {
	settings *settings
	client   *github.Client
	ingest   *ingest.Ingest
	tokens   *tokenLog

	mu       sync.Mutex
	projects map[int64]string // by repository, as the status last had it
}

func newEngine(s *settings, client *github.Client, m *mirror.Mirror, shard Shard, log *slog.Logger, now func() time.Time) *engine {
	return &engine{
		settings: s, client: client, tokens: &tokenLog{log: log}, projects: map[int64]string{},
		ingest: ingest.New(ingest.Options{
			Client: client, Mirror: m, Projects: s.projects, Intervals: s.intervals(), Mine: shard.Has,
			Logger: log.With("component", "ingest"), Now: now,
		}),
	}
}

// newClient makes a client of what the configuration names; previous, which may
// be nil, is the one that it replaces.
func newClient(valid Valid, log *slog.Logger, now func() time.Time, previous *github.Client) (*github.Client, error) {
	cfg := valid.config
	client, err := github.New(github.Options{
		APIURL: cfg.GitHub.APIURL, GraphQLURL: cfg.GitHub.GraphQLURL, HTTP: cfg.GitHub.HTTP.Client,
		Tokens: valid.tokenSources(), CommentBodies: cfg.Mirror.CommentBodies,
		UserAgent: programName + "/" + programVersion(),
		Logger:    log.With("component", "github"), Now: now, Previous: previous,
	})
	if err != nil {
		return nil, fmt.Errorf("making a client of %s: %w", cfg.GitHub.APIURL, err)
	}
	return client, nil
}

// status is how far every repository of the projects is.
func (e *engine) status() []model.RepositoryStatus {
	status := e.ingest.Status()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range status {
		e.projects[r.ID] = r.Project
	}
	return status
}

// projectOf tells to which project a stored repository belongs; "" for none.
func (e *engine) projectOf(repo int64) string {
	e.mu.Lock()
	project, known := e.projects[repo]
	e.mu.Unlock()
	if known {
		return project
	}
	for _, r := range e.status() {
		if r.ID == repo {
			return r.Project
		}
	}
	return ""
}

// run reads GitHub until ctx ends, and returns an error only where it cannot
// go on.
func (e *engine) run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wg.Go(func() { e.watchTokens(ctx) })
	if err := e.ingest.Run(ctx); ctx.Err() == nil {
		return fmt.Errorf("keeping the mirror up to date: %w", err)
	}
	return nil
}
