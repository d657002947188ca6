package github

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/common/config"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Options configures a Client. APIURL and one token are required.
type Options struct {
	APIURL     string                  // https://api.github.com/ or https://HOST/api/v3/
	GraphQLURL string                  // "" derives it from APIURL
	HTTP       config.HTTPClientConfig // its TLS and proxy settings are used
	Tokens     []TokenSource
	// CommentBodies says which text of comments is kept: none, commands (lines
	// that begin with / or @; the default) or full.
	CommentBodies string
	UserAgent     string
	// MaxWait is how long a call may wait for a rate limit; a longer wait is
	// returned as an *Error with RetryAt. 0 stands for one minute.
	MaxWait time.Duration
	Logger  *slog.Logger     // nil discards
	Now     func() time.Time // nil is time.Now
}

// TokenSource is a configured token.
type TokenSource struct {
	Name string
	// Read gives the secret; it is called for every request, so that a file
	// that changes is noticed.
	Read func() (string, error)
	// MonitorOnly tokens have their limits read and are used for nothing else.
	MonitorOnly bool
}

// Client reads GitHub. Its methods may be called concurrently.
type Client struct{ opts Options }

// New makes a Client. It sends nothing.
func New(opts Options) (*Client, error) { return &Client{opts}, nil }

// Identity finds out whose budget each token spends.
func (c *Client) Identity(ctx context.Context) error { return nil }

// RateLimits reads the limits of every token. It costs none of them.
func (c *Client) RateLimits(ctx context.Context) error { return nil }

// Tokens gives what is known of every token, in the order of the configuration.
func (c *Client) Tokens() []model.TokenStatus { return nil }

// Stats gives the counters of what was asked so far.
func (c *Client) Stats() model.APIStats { return model.APIStats{} }

// Repositories lists the repositories of a user or an organisation.
func (c *Client) Repositories(ctx context.Context, owner, after string) (RepositoryPage, error) {
	return RepositoryPage{}, nil
}

// Repository reads a repository by name; a renamed one is found by its old name.
func (c *Client) Repository(ctx context.Context, owner, name string) (model.Repository, error) {
	return model.Repository{}, nil
}

// Probe asks how far each of the repositories has moved, any number of them.
func (c *Client) Probe(ctx context.Context, nodeIDs []string) ([]Probe, error) { return nil, nil }

// Issues reads a page of issues.
func (c *Client) Issues(ctx context.Context, req PageRequest) (ItemPage, error) {
	return ItemPage{}, nil
}

// PullRequests reads a page of pull requests.
func (c *Client) PullRequests(ctx context.Context, req PageRequest) (ItemPage, error) {
	return ItemPage{}, nil
}

// IDs reads the same page as Issues or PullRequests without the items'
// content, to step over one that cannot be read.
func (c *Client) IDs(ctx context.Context, kind model.Kind, req PageRequest) (IDPage, error) {
	return IDPage{}, nil
}

// Drain reads one more page of each list, any number of them.
func (c *Client) Drain(ctx context.Context, repo model.Repository, lists []Overflow) ([]OverflowPage, error) {
	return nil, nil
}

// Items reads items again by node id, any number of them.
func (c *Client) Items(ctx context.Context, repo model.Repository, ids []ItemID) ([]ItemResult, error) {
	return nil, nil
}

// Item reads an item again by its number.
func (c *Client) Item(ctx context.Context, repo model.Repository, number int) (ItemResult, error) {
	return ItemResult{}, nil
}

// Sweep reads a page of what tells whether the mirror has missed something.
func (c *Client) Sweep(ctx context.Context, repo model.Repository, kind model.Kind, after string) (SweepPage, error) {
	return SweepPage{}, nil
}

// ReviewComments reads a page of comments on lines of pull requests.
func (c *Client) ReviewComments(ctx context.Context, req CommentsRequest) (CommentsPage, error) {
	return CommentsPage{}, nil
}

// IssueComments reads a page of comments on issues and pull requests.
func (c *Client) IssueComments(ctx context.Context, req CommentsRequest) (CommentsPage, error) {
	return CommentsPage{}, nil
}

// Exists reads an item directly to find out what became of it.
func (c *Client) Exists(ctx context.Context, repo model.Repository, number int) (Existence, error) {
	return Existence{}, nil
}
