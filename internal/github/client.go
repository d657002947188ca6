package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v92/github"
	"github.com/prometheus/common/config"
	"github.com/shurcooL/githubv4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Options configures a Client. APIURL, UserAgent and one token are required.
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
	// returned as an *Error with RetryAt. 0 stands for one minute, a negative
	// one for no wait at all.
	MaxWait time.Duration
	Logger  *slog.Logger     // nil discards
	Now     func() time.Time // nil is time.Now
	// Previous is the client that this one replaces: its counters go on, and
	// what is known of a token that stays the same still holds.
	Previous *Client

	transport http.RoundTripper // of tests, in place of the network
}

// TokenSource is a configured token: a personal one, which Read gives, or an App.
type TokenSource struct {
	Name string
	// Read gives the secret; it is called for every request, so that a file
	// that changes is noticed.
	Read func() (string, error)
	App  *AppSource
	// MonitorOnly tokens have their limits read, and once their login, and are
	// used for nothing else.
	MonitorOnly bool
}

// Client reads GitHub. Its methods may be called concurrently.
type Client struct {
	api, graphQL *url.URL
	base         http.RoundTripper // makes the connections of all tokens
	proxies      proxies
	userAgent    string
	sources      []TokenSource
	pool         *pool
	apps         []*app
	flights      *flights
	skew         skew
	stats        *stats
	dialects     *dialects
	naming       naming
	comments     commentPolicy
	webHost      string // of the links in texts
	maxWait      time.Duration
	log          *slog.Logger
	now          func() time.Time
}

// New makes a Client, or says all that is wrong with its options. It sends nothing.
func New(opts Options) (*Client, error) {
	c := &Client{
		stats: newStats(), maxWait: cmp.Or(opts.MaxWait, time.Minute),
		log: opts.Logger, now: opts.Now, base: opts.transport,
		userAgent: opts.UserAgent, sources: opts.Tokens, flights: newFlights(), dialects: newDialects(),
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	problems := []error{c.setURLs(opts.APIURL, opts.GraphQLURL), c.setComments(opts.CommentBodies), checkTokens(opts)}
	if c.base == nil {
		base, err := baseTransport(opts.HTTP)
		if err == nil {
			c.proxies.watch(opts.HTTP, base)
		}
		c.base = base
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("github client: %w", err)
	}
	c.pool = newPool(len(opts.Tokens), c.now)
	for i, source := range opts.Tokens {
		if source.App != nil { // its installations are asked for
			app, err := c.newApp(i, source)
			if err != nil {
				return nil, fmt.Errorf("github client: %w", err)
			}
			c.apps = append(c.apps, app)
			continue
		}
		tok, err := c.newToken(personal(source))
		if err != nil {
			return nil, fmt.Errorf("github client: %w", err)
		}
		c.enter(i, []*token{tok})
	}
	if opts.Previous != nil {
		c.inherit(opts.Previous)
	}
	return c, nil
}

// personal gives the credential of a personal token.
func personal(source TokenSource) credential {
	return credential{
		name: source.Name, kind: kindPAT, monitorOnly: source.MonitorOnly,
		give: func(context.Context) (string, error) { return source.Read() },
	}
}

// enter makes tokens those of a source, in place of the ones it had.
func (c *Client) enter(source int, tokens []*token) {
	for _, tok := range tokens {
		c.stats.know(tok.name)
	}
	c.pool.set(source, tokens)
}

// inherit takes over what another client has learned, as far as both ask the
// same server.
func (c *Client) inherit(old *Client) {
	c.stats = old.stats
	for _, tok := range c.pool.tokens() {
		c.stats.know(tok.name)
	}
	if c.api.String() == old.api.String() {
		c.inheritApps(old)
		c.dialects = old.dialects
		c.pool.inherit(old.pool)
	}
}

func (c *Client) setComments(word string) (err error) {
	c.comments, err = parseCommentPolicy(word)
	return err
}

func checkTokens(opts Options) error {
	if opts.UserAgent == "" {
		return errors.New("no user agent: GitHub refuses requests without one")
	}
	if len(opts.Tokens) == 0 {
		return errors.New("no token")
	}
	seen := map[string]bool{}
	for _, t := range opts.Tokens {
		if t.Name == "" || (t.Read == nil) == (t.App == nil) || seen[t.Name] {
			return fmt.Errorf("token %q needs a name of its own and a source", t.Name)
		}
		if t.App != nil && (t.App.ID == "" || t.App.Key == nil) {
			return fmt.Errorf("token %q is an App that needs an id and a key", t.Name)
		}
		seen[t.Name] = true
	}
	return nil
}

// setURLs sets the addresses of the two APIs. GitHub Enterprise Server has
// them at https://HOST/api/v3/ and https://HOST/api/graphql:
// https://docs.github.com/enterprise-server/graphql/guides/forming-calls-with-graphql
func (c *Client) setURLs(api, graphQL string) error {
	var err error
	if c.api, err = parseURL(api); err != nil {
		return fmt.Errorf("api_url: %w", err)
	}
	if !strings.HasSuffix(c.api.Path, "/") {
		c.api.Path += "/"
	}
	c.webHost = webHost(c.api)
	if graphQL == "" {
		graphQL = c.api.ResolveReference(&url.URL{Path: "graphql"}).String()
		if strings.HasSuffix(c.api.Path, "/api/v3/") {
			graphQL = c.api.ResolveReference(&url.URL{Path: "../graphql"}).String()
		}
	}
	if c.graphQL, err = parseURL(graphQL); err != nil {
		return fmt.Errorf("graphql_url: %w", err)
	}
	return nil
}

func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("not a URL") // the parser's error would repeat what may hold a password
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.User != nil, u.RawQuery != "", u.Fragment != "":
		return nil, errors.New("want http(s)://HOST/PATH without user, query or fragment")
	}
	return u, nil
}

// webHost is the host whose pages the texts of a server link to.
func webHost(api *url.URL) string {
	if strings.HasSuffix(api.Path, "/api/v3/") {
		return api.Host
	}
	if host, ok := strings.CutPrefix(api.Host, "api."); ok {
		return host
	}
	return "github.com"
}

// newToken builds a token's chain and the libraries' clients on it.
func (c *Client) newToken(cred credential) (*token, error) {
	tok := &token{credential: cred, identity: cred.identity, limits: newLimiter()}
	chain := authorize(tok, c.userAgent, watchClock(&c.skew, c.now, c.base))
	chain = limit(tok, c.now, chain)
	chain = guard(chain)
	chain = allowHosts([]*url.URL{c.api, c.graphQL}, chain)
	chain = meter(c.now, chain)
	tok.http = &http.Client{Transport: chain, CheckRedirect: checkRedirect}
	var err error
	tok.rest, err = github.NewClient(github.WithHTTPClient(tok.http), github.WithUserAgent(c.userAgent),
		github.WithDisableRateLimitCheck(), github.WithURLs(new(c.api.String()), nil))
	tok.typed = githubv4.NewEnterpriseClient(c.graphQL.String(), tok.http)
	return tok, err
}

// Close ends what nobody waits for any more and gives up the connections that
// are kept for the next request.
func (c *Client) Close() {
	c.flights.close()
	(&http.Client{Transport: c.base}).CloseIdleConnections()
}

// Tokens gives what is known of every token, in the order of the configuration.
func (c *Client) Tokens() []model.TokenStatus {
	out := []model.TokenStatus{}
	for i := range c.sources {
		if app := c.app(i); app != nil {
			out = append(out, app.status()...)
			continue
		}
		for _, tok := range c.pool.of(i) {
			out = append(out, tok.status())
		}
	}
	for i := range out {
		if out[i].PausedUntil <= model.At(c.now()) {
			out[i].PausedUntil = 0
		}
	}
	return out
}

// Stats gives the counters of what was asked so far.
func (c *Client) Stats() model.APIStats { return c.stats.snapshot(c.now()) }

// eachToken does something with every token that is worth a request, side by
// side, and joins the errors.
func (c *Client) eachToken(do func(*token) error) error {
	tokens := c.pool.tokens()
	errs := make([]error, len(tokens))
	var wg sync.WaitGroup
	for i, tok := range tokens {
		if tok.usable(c.now()) {
			wg.Go(func() { errs[i] = do(tok) })
		}
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			errs[i] = fmt.Errorf("token %s: %w", tokens[i].name, err)
		}
	}
	return errors.Join(errs...)
}
