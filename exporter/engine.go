package exporter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
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
	var tokens []github.TokenSource
	for _, t := range cfg.GitHub.Tokens {
		if t.App == nil {
			tokens = append(tokens, github.TokenSource{Name: t.Name, Read: valid.tokenReader(t), MonitorOnly: t.MonitorOnly})
		}
	}
	client, err := github.New(github.Options{
		APIURL: cfg.GitHub.APIURL, GraphQLURL: cfg.GitHub.GraphQLURL, HTTP: cfg.GitHub.HTTP.Client,
		Tokens: tokens, CommentBodies: cfg.Mirror.CommentBodies,
		UserAgent: programName + "/" + programVersion(),
		Logger:    log.With("component", "github"), Now: now, Previous: previous,
	})
	if err != nil {
		return nil, fmt.Errorf("making a client of %s: %w", cfg.GitHub.APIURL, err)
	}
	return client, nil
}

var errNoToken = errors.New("holds no token")

// tokenReader gives the function that reads a token from where it is now.
func (v Valid) tokenReader(t TokenConfig) func() (string, error) {
	if t.TokenEnv != "" {
		return func() (string, error) {
			secret, _ := v.getenv(t.TokenEnv)
			if secret = strings.TrimSpace(secret); secret == "" {
				return "", fmt.Errorf("environment variable %s %w", t.TokenEnv, errNoToken)
			}
			return secret, nil
		}
	}
	return func() (string, error) {
		text, err := os.ReadFile(t.TokenFile)
		if err != nil {
			return "", fmt.Errorf("reading the token %s: %w", t.Name, err)
		}
		secret := strings.TrimSpace(string(text))
		if secret == "" {
			return "", fmt.Errorf("file %s %w", t.TokenFile, errNoToken)
		}
		return secret, nil
	}
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
