package githubtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options say what a Server shows, to whom, and with which limits. The zero
// value is an empty GitHub with GitHub's limits.
type Options struct {
	// Clock is the instant at which everything is shown, and the Date of every
	// answer. Default: time.Now.
	Clock func() time.Time
	// Datasets are the repositories that exist.
	Datasets []*Dataset
	// Tokens are those that GitHub accepts; all others are answered with 401.
	// With neither these nor Apps, every token is good and belongs to DefaultLogin.
	Tokens []Token
	// Apps are the GitHub Apps that exist, with their installations.
	Apps []App
	// SSO are organizations that enforce single sign-on: classic tokens must name them in
	// Token.SSO to be let in.
	SSO []string
	// Latency is the least real time that an answer takes, from the arrival of the request:
	// what the server itself needs counts.
	Latency time.Duration
	// CoreLimit and GraphQLLimit are the hourly budgets of an identity, SearchLimit
	// that of a minute. Zero means GitHub's 5,000, 5,000 and 30.
	CoreLimit, GraphQLLimit, SearchLimit int
	// AnonymousLimit is the hourly budget of requests without a token. Zero means 60.
	AnonymousLimit int
	// Secondary are the limits on concurrency and on points per minute.
	Secondary SecondaryLimits
	// LimitStatus is the status of a refusal by a limit: 403 (default) or 429.
	LimitStatus int
	// LimitVariant answers an exhausted GraphQL budget with the newer error type
	// RATE_LIMIT and code graphql_rate_limit in place of RATE_LIMITED.
	LimitVariant bool
	// CursorPagingOver is how many rows the REST list of issues may have before it
	// refuses page numbers and gives links with cursors. Zero means 10,000.
	CursorPagingOver int
	// Enterprise makes it a GitHub Enterprise Server: /api/v3/ and /api/graphql in
	// APIURL and GraphQLURL, and no limits of any kind.
	Enterprise bool
	// Missing names what the GraphQL schema lacks, as that of an old GitHub Enterprise
	// Server does: a type ("Mannequin"), a field ("Issue.stateReason"), an argument
	// ("Issue.stateReason(enableDuplicate)"), an enum's value ("IssueOrderField.COMMENTS")
	// or what may be met in a union ("RequestedReviewer.Bot"). Queries that use any of it
	// fail as GitHub's do, and introspection does not show it. The schema's description
	// itself is the field "Query.__schema". See EnterpriseMissing for those of versions.
	Missing []string
	// Seed makes faults with a probability repeatable.
	Seed uint64
}

// DefaultLogin owns every token when no tokens are configured.
const DefaultLogin = "octocat"

// Token is one credential that the server knows.
type Token struct {
	Token  string
	Login  string    // its owner; tokens of one owner share their budgets
	Scopes []string  // of a classic token; "repo" opens private repositories
	Expiry time.Time // zero: never
	// Owner makes it a fine-grained token of that resource owner: it reads the owner's private
	// repositories, of which Repositories may select some, and those of nobody else.
	Owner string
	// Permissions of a fine-grained or an installation token: "issues": "read". Nil: all.
	// As on GitHub, what is public may be read without them.
	Permissions map[string]string
	// SSO are the organizations of Options.SSO for which a classic token is authorized.
	SSO []string
	// Repositories (owner/name) opens these private repositories and no others, as a
	// fine-grained token or an installation on selected repositories does.
	Repositories []string
	// Installation makes it an App's installation token on this account, with a
	// budget of its own and the login "LOGIN[bot]". Without Repositories it reads all of
	// the account's.
	Installation string
	// CoreLimit and GraphQLLimit replace the server's where they are not zero. Of
	// tokens that share a budget that of the first one used counts.
	CoreLimit, GraphQLLimit int
}

// Server is a GitHub in one process. It is an http.Handler that serves github.com's
// paths (/, /graphql) and those of an Enterprise Server (/api/v3/, /api/graphql).
type Server struct {
	opts   Options
	clock  func() time.Time
	auth   *authority
	apps   *appRegistry
	sso    *singleSignOn
	limits *limiter
	faults *faultList
	log    *requestLog
	world  *world
	routes []route
	lastID atomic.Uint64
	lists  entryLists
	engine func() (*engine, error) // made at the first query: its schema is big

	mu       sync.Mutex
	listener net.Listener
	http     *http.Server
	served   chan struct{} // closed when Serve has returned
	closed   chan struct{} // closed by Close: hanging answers end
	once     sync.Once
}

// New makes a server that is not yet listening: use it as a handler, or Start it.
func New(opts Options) *Server {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	s := &Server{
		opts:   opts,
		clock:  func() time.Time { return opts.Clock().UTC().Truncate(time.Second) },
		faults: newFaultList(opts.Seed),
		log:    newRequestLog(),
		closed: make(chan struct{}),
	}
	s.apps = newAppRegistry(opts.Apps, s.clock())
	s.auth = newAuthority(opts.Tokens, len(opts.Apps) > 0)
	s.sso = &singleSignOn{organizations: opts.SSO}
	s.limits = newLimiter(opts)
	s.world = newWorld(opts.Datasets)
	s.routes = restRoutes()
	s.engine = sync.OnceValues(func() (*engine, error) { return newEngine(opts.Missing...) })
	return s
}

// Start listens on a TCP address, "127.0.0.1:0" for any free loopback port, and
// serves until Close.
func (s *Server) Start(addr string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		return errors.New("simulated GitHub is already started")
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("start simulated GitHub: %w", err)
	}
	s.listener, s.served = ln, make(chan struct{})
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       time.Minute,
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(ln) // always ErrServerClosed, after Close
	}()
	return nil
}

// Close ends hanging answers, lets the others finish for at most two seconds, and
// returns when nothing of the server runs any more. It may be called twice.
func (s *Server) Close() error {
	s.once.Do(func() { close(s.closed) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	<-s.served
	s.http = nil
	return err
}

// URL is the address the server listens on, without a trailing slash; "" before Start.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return ""
	}
	return "http://" + s.listener.Addr().String()
}

// APIURL is the base of the REST API, with a trailing slash.
func (s *Server) APIURL() string {
	if s.opts.Enterprise {
		return s.URL() + "/api/v3/"
	}
	return s.URL() + "/"
}

// GraphQLURL is the address of the GraphQL API.
func (s *Server) GraphQLURL() string {
	if s.opts.Enterprise {
		return s.URL() + "/api/graphql"
	}
	return s.URL() + "/graphql"
}

// Now is the instant at which the server shows everything.
func (s *Server) Now() time.Time { return s.clock() }

// SetTokens replaces the accepted tokens, to rotate or revoke some. What was used of
// the budgets stays.
func (s *Server) SetTokens(tokens []Token) { s.auth.set(tokens) }

// apiPath splits the address of a request into the API's root as GitHub writes it
// in links ("" or "/api/v3") and the path below it.
func apiPath(path string) (root, rest string) {
	if after, ok := strings.CutPrefix(path, "/api/v3"); ok && (after == "" || after[0] == '/') {
		return "/api/v3", after
	}
	return "", path
}
