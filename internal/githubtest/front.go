package githubtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// exchange is one request on its way through the server.
type exchange struct {
	server      *Server
	request     *http.Request
	now         time.Time
	caller      caller
	root        string // of the API: scheme, host and an Enterprise Server's prefix, no trailing slash
	path        string // below it
	query       url.Values
	params      map[string]string         // from the route's template
	route       *route                    // nil: none matches, or GraphQL
	graphQL     *graphQLCall              // nil for REST
	view        *view                     // while the request is answered
	repo        *repoView                 // of routes below a repository
	header      http.Header               // what a handler adds to the answer: Link
	encoded     map[int64]json.RawMessage // repositories as they are embedded in rows
	created     bool                      // a good answer is 201
	ssoRequired string                    // the header X-GitHub-SSO
	requestID   string
	record      Request
}

// nextRequestID makes an id in GitHub's form, in the order of the requests.
func (s *Server) nextRequestID() string {
	n := s.lastID.Add(1)
	return fmt.Sprintf("%04X:%06X:%06X:%06X:67000000", 0xC000+n%0x1000, n&0xffffff, n*7&0xffffff, n*13&0xffffff)
}

func (x *exchange) timestamp() string { return x.now.Format("2006-01-02 15:04:05 UTC") }

// ServeHTTP answers one request as GitHub would at the clock's instant.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	x := s.newExchange(r)
	fault, delay := s.faults.strike(x.record, x.pageSize())
	x.record.Fault = string(fault.Kind)
	if delay > 0 && x.record.Fault == "" {
		x.record.Fault = string(FaultSlow)
	}
	entering := x.arrival()
	refused, retryAfter := s.limits.enter(entering)
	var a *answer
	if refused {
		a = s.secondaryRefusal(x, Fault{RetryAfter: retryAfter})
	} else {
		a = s.answer(x, fault)
	}
	if a != nil {
		x.addHeaders(a)
		x.record.Status = a.status
	}
	answered := s.wait(r, max(delay, s.opts.Latency)-time.Since(arrived))
	if !answered {
		x.record.Status = 0
	}
	// Before it is sent: who has the answer finds it counted, and not under way.
	s.limits.leave(entering)
	s.log.add(x.record, x.same())
	if answered {
		s.send(w, r, a, fault)
	}
}

// wait passes the time of a slow answer; false: the client has given up.
func (s *Server) wait(r *http.Request, delay time.Duration) bool {
	if delay <= 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-s.closed:
	}
	return false
}

// newExchange finds out what a request asks for and who asks.
func (s *Server) newExchange(r *http.Request) *exchange {
	prefix, path := apiPath(r.URL.Path)
	x := &exchange{
		server: s, request: r, now: s.clock(), path: path, query: r.URL.Query(),
		root: "http://" + r.Host + prefix, header: http.Header{}, requestID: s.nextRequestID(),
	}
	x.caller = s.identify(r, x.now)
	x.record = Request{
		At: x.now, Method: r.Method, Path: path, Query: x.query, Identity: x.caller.identity(),
	}
	if r.URL.Path == "/graphql" || r.URL.Path == "/api/graphql" {
		x.record.GraphQL = true
		x.graphQL = s.readGraphQL(r)
		x.record.Operation = x.graphQL.operation()
		return x
	}
	if x.route, x.params = matchRoute(s.routes, path); x.route != nil {
		x.record.Route = x.route.template
	}
	return x
}

// pageSize is the size of the pages asked for, for faults on big ones.
func (x *exchange) pageSize() int {
	if x.graphQL != nil {
		return x.graphQL.outermostPage()
	}
	return perPage(x.query)
}

// limited says whether the server limits requests at all.
func (x *exchange) limited() bool { return !x.server.opts.Enterprise }

// answer gives the answer to a request, nil where a fault leaves none.
func (s *Server) answer(x *exchange, fault Fault) *answer {
	switch fault.Kind {
	case FaultReset:
		return nil
	case FaultStatus:
		return faultStatus(fault)
	case FaultSecondary:
		return s.secondaryRefusal(x, fault)
	case FaultPrimary:
		s.exhaust(x)
	}
	switch {
	case x.request.UserAgent() == "":
		return refuse(http.StatusForbidden, noUserAgent).answer()
	case x.refused() != nil:
		return x.refused().answer()
	case !x.record.GraphQL && !slices.Contains([]string{oldVersion, newVersion}, x.version()):
		return refuse(http.StatusBadRequest, "Bad Request: %q is not a supported version.", x.version()).answer()
	case x.record.GraphQL:
		return s.answerGraphQL(x, fault)
	}
	return s.answerREST(x)
}

// refused says why the caller gets nothing at all, if so. Apps' own endpoints take JSON web
// tokens alone, and all others everything else.
func (x *exchange) refused() *apiError {
	ownEndpoint := x.route != nil && x.route.app
	switch {
	case ownEndpoint && x.caller.app != nil:
		return nil
	case ownEndpoint && x.caller.problem != nil && x.caller.bad:
		return x.caller.problem
	case ownEndpoint:
		return refuse(http.StatusUnauthorized, jwtUndecodable)
	case x.caller.app != nil && x.route != nil && x.route.template == "/installation/repositories":
		return nil // says what it wants
	case x.caller.bad, x.caller.app != nil:
		return refuse(http.StatusUnauthorized, "Bad credentials")
	}
	return x.caller.problem
}

// The versions of the REST API. The newer one lacks some members of the older one.
const (
	oldVersion = "2022-11-28"
	newVersion = "2026-03-10"
)

// version is the version of the REST API that a request asks for.
func (x *exchange) version() string {
	return cmp.Or(x.request.Header.Get("X-Github-Api-Version"), oldVersion)
}

// drop removes members that the newer version of the API has not.
func (x *exchange) drop(o fields, members ...string) fields {
	if x.version() == newVersion {
		for _, name := range members {
			delete(o, name)
		}
	}
	return o
}

const noUserAgent = "Request forbidden by administrative rules. Please make sure your request has a User-Agent " +
	"header (https://docs.github.com/rest/overview/resources-in-the-rest-api#user-agent-required). " +
	"Check https://developer.github.com for other possible causes."

// exhaust uses up the budget that a request would spend of.
func (s *Server) exhaust(x *exchange) {
	s.limits.mu.Lock()
	defer s.limits.mu.Unlock()
	b := s.limits.budget(x.caller, x.resource(), x.now)
	b.Used = max(b.Used, b.Limit)
}

// resource names the budget that a request spends of.
func (x *exchange) resource() string {
	if x.record.GraphQL {
		return graphQLResource
	}
	return coreResource
}

// answerREST serves a REST request and charges for it. A 304 is free for those who
// sent a token.
func (s *Server) answerREST(x *exchange) *answer {
	free := !x.limited() || x.route != nil && x.route.free
	if !free {
		if _, ok := s.limits.spend(x.caller, coreResource, 1, x.now); !ok {
			return s.primaryRefusal(x)
		}
		x.record.Points = 1
	}
	a := s.serveREST(x)
	if a.conditional(x.request) && !free && !x.caller.anonymous {
		s.limits.refund(x.caller, coreResource, 1, x.now)
		x.record.Points = 0
	}
	return a
}

// serveREST runs the route's handler on the world of the clock's instant.
func (s *Server) serveREST(x *exchange) *answer {
	if x.route == nil || !x.route.takes(x.request.Method) {
		return notFound().answer()
	}
	x.openView()
	defer x.view.close()
	if x.route.repository {
		if err := x.findRepository(); err != nil {
			return err.answer()
		}
	}
	value, err := x.route.serve(x)
	if err != nil {
		return err.answer()
	}
	a := newAnswer(http.StatusOK, value)
	a.header = x.header
	if x.created {
		a.status = http.StatusCreated
	}
	return a
}

// openView shows the world of the clock's instant as the caller may see it.
func (x *exchange) openView() {
	x.view = x.server.world.view(TimeOf(x.now))
	x.view.allow = x.mayRead
	x.view.guard = newGuard(x.caller, x.server.sso, &x.ssoRequired)
	x.view.newIDs = x.request.Header.Get("X-Github-Next-Global-Id") == "1"
}

// callerID is the id of the caller's account. No view is open.
func (x *exchange) callerID() int64 {
	x.openView()
	defer x.view.close()
	return x.viewer().ID
}

// addHeaders gives an answer the headers that all of GitHub's answers have. What
// the answer sets itself stays.
func (x *exchange) addHeaders(a *answer) {
	set := func(name, value string) {
		if value != "" && a.header.Get(name) == "" {
			a.header.Set(name, value)
		}
	}
	set("Date", x.now.Format(http.TimeFormat))
	set("Content-Type", "application/json; charset=utf-8")
	set("Server", "github.com")
	set("X-GitHub-Request-Id", x.requestID)
	set("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With")
	if a.status >= http.StatusInternalServerError {
		return // from the front, which knows nothing of limits
	}
	set("X-GitHub-Media-Type", "github.v4; format=json")
	if !x.record.GraphQL {
		a.header.Set("X-GitHub-Media-Type", "github.v3; format=json")
		set("X-GitHub-Api-Version-Selected", x.version())
		set("Cache-Control", x.cacheControl(a.status))
	}
	if !x.caller.anonymous {
		set("X-OAuth-Scopes", strings.Join(x.caller.Scopes, ", "))
		if expiry := x.caller.Expiry; !expiry.IsZero() {
			set("Github-Authentication-Token-Expiration", expiry.UTC().Format("2006-01-02 15:04:05 UTC"))
		}
	}
	set("X-GitHub-SSO", x.ssoRequired)
	if x.route != nil && !x.caller.anonymous && !x.caller.classic() {
		set("X-Accepted-GitHub-Permissions", x.route.accepted())
	}
	x.addLimitHeaders(a)
}

func (x *exchange) cacheControl(status int) string {
	switch {
	case status >= http.StatusBadRequest:
		return "no-cache"
	case x.caller.anonymous:
		return "public, max-age=60, s-maxage=60"
	}
	return "private, max-age=60, s-maxage=60"
}

func (x *exchange) addLimitHeaders(a *answer) {
	if !x.limited() {
		a.header.Set("X-GitHub-Enterprise-Version", enterpriseVersion)
		return
	}
	if x.caller.bad {
		return
	}
	b := x.server.limits.peek(x.caller, x.resource(), x.now)
	for name, value := range map[string]int64{
		"Limit": int64(b.Limit), "Remaining": int64(b.Remaining()), "Used": int64(b.Used), "Reset": b.Reset.Unix(),
	} {
		a.header.Set("X-RateLimit-"+name, strconv.FormatInt(value, 10))
	}
	a.header.Set("X-RateLimit-Resource", x.resource())
}
