package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// write makes a server's answer.
func write(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const htmlPage = "<!DOCTYPE html><html><title>Unicorn!</title></html>"

func message(text string) string {
	return fmt.Sprintf(`{"message":%q,"documentation_url":"https://docs.github.com/rest"}`, text)
}

func html(status int) http.HandlerFunc { return write(status, htmlPage, "Content-Type", "text/html") }

func graphQLErrors(data, fields string) string {
	return fmt.Sprintf(`{"data":%s,"errors":[{%s}]}`, data, fields)
}

// truncated says that the body is longer than it is.
func truncated(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `[{"id":1},`)
}

func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// One case for each row of the table of signals that GitHub, and what lies
// between, give: what it is taken for, and whether it is tried again.
func TestErrorTaxonomy(t *testing.T) {
	in := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
	tests := []struct {
		signal   string
		graphQL  bool
		serve    http.HandlerFunc
		reason   string
		is       error // nil: none of the sentinels
		attempts int   // how often it is tried in all
		heavy    bool  // a smaller page is worth trying
		retryIn  time.Duration
	}{
		{"200 with an empty body", false, write(200, ""), reasonMalformed, ErrMalformed, 4, false, 0},
		{"200 with a blank body", false, write(200, "  \n"), reasonMalformed, ErrMalformed, 4, false, 0},
		{"200 cut", false, truncated, reasonMalformed, ErrMalformed, 4, false, 0},
		{"200 with half of a list", false, write(200, `[{"id":1},`), reasonMalformed, ErrMalformed, 4, false, 0},
		{"200 with data behind the list", false, write(200, `[]garbage`), reasonMalformed, ErrMalformed, 4, false, 0},
		{"200 with null for a list", false, write(200, `null`), reasonMalformed, ErrMalformed, 4, false, 0},
		{"200 with an object for a list", false, write(200, `{}`), reasonMalformed, ErrMalformed, 4, false, 0},
		{"200 with HTML", false, html(200), reasonMalformed, ErrMalformed, 4, false, 0},
		{"502 with HTML", false, html(502), reasonServer, nil, 5, false, 0},
		{"404 with HTML", false, html(404), reasonNotFound, ErrNotFound, 1, false, 0},
		{"202", false, write(202, `{}`), reasonPending, nil, 5, false, 0},
		{"301 without Location", false, write(301, ``), reasonMoved, ErrMoved, 1, false, 0},
		{"302 to another host", false, write(302, ``, "Location", "https://elsewhere.test/steal"), reasonMoved, ErrMoved, 1, false, 0},
		{"307 of a POST", true, write(307, ``, "Location", "/graphql"), reasonMoved, ErrMoved, 1, false, 0},
		{"401 bad credentials", false, write(401, message("Bad credentials")), reasonUnauthorized, ErrUnauthorized, 1, false, 0},
		{"401 other", false, write(401, message("Requires authentication")), reasonUnauthorized, ErrUnauthorized, 2, false, 0},
		{
			"403 remaining 0", false, write(403, message("API rate limit exceeded for user ID 1."), "X-RateLimit-Limit", "5000",
				"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(time.Hour), "X-RateLimit-Resource", "core"),
			reasonRateLimited, ErrRateLimited, 5, false, time.Hour,
		},
		{"429 remaining 0", false, write(429, message("API rate limit exceeded"), "X-RateLimit-Remaining", "0",
			"X-RateLimit-Reset", in(time.Minute)), reasonRateLimited, ErrRateLimited, 5, false, time.Minute},
		{"403 Retry-After", false, write(403, message("Wait."), "Retry-After", "90"), reasonSecondary, ErrSecondary, 5, false, 90 * time.Second},
		{
			"429 Retry-After as a date", false, write(429, message("Wait."), "Retry-After", time.Now().Add(90*time.Minute).UTC().Format(http.TimeFormat)),
			reasonSecondary, ErrSecondary, 5, false, 90 * time.Minute,
		},
		{
			"403 secondary with remaining 0", false, write(403, message("You have exceeded a secondary rate limit."), "Retry-After", "90",
				"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(time.Hour)),
			reasonSecondary, ErrSecondary, 5, false, 90 * time.Second,
		},
		{
			"403 already exceeded", false, write(403, message("API rate limit already exceeded for installation ID 1.")),
			reasonRateLimited, ErrRateLimited, 5, false, time.Minute,
		},
		{"429 Retry-After", false, write(429, "", "Retry-After", "7"), reasonSecondary, ErrSecondary, 5, false, 7 * time.Second},
		{
			"403 secondary without Retry-After", false, write(403, message("You have exceeded a secondary rate limit.")),
			reasonSecondary, ErrRateLimited, 5, false, time.Minute,
		},
		{
			"403 abuse", false, write(403, message("You have triggered an abuse detection mechanism.")),
			reasonSecondary, ErrSecondary, 5, false, time.Minute,
		},
		{
			"403 secondary by its documentation", false,
			write(403, `{"message":"No.","documentation_url":"https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`),
			reasonSecondary, ErrSecondary, 5, false, time.Minute,
		},
		{"429 other", false, html(429), reasonSecondary, ErrSecondary, 5, false, time.Minute},
		{
			"403 SSO header", false, write(403, message("Protected."), "X-GitHub-SSO", "required; url=https://github.com/orgs/o/sso?x=1"),
			reasonSSO, ErrForbidden, 1, false, 0,
		},
		{"403 SAML", false, write(403, message("Resource protected by organization SAML enforcement.")), reasonSSO, ErrForbidden, 1, false, 0},
		{"403 permission", false, write(403, message("Resource not accessible by personal access token")), reasonForbidden, ErrForbidden, 1, false, 0},
		{"403 IP allow list", false, write(403, message("the organization has an IP allow list enabled")), reasonForbidden, ErrForbidden, 1, false, 0},
		{"403 blocked", false, write(403, `{"message":"Repository access blocked","block":{"reason":"tos"}}`), reasonBlocked, ErrBlocked, 1, false, 0},
		{"404", false, write(404, message("Not Found")), reasonNotFound, ErrNotFound, 1, false, 0},
		{"409 empty repository", false, write(409, message("Git Repository is empty.")), reasonEmpty, ErrEmpty, 1, false, 0},
		{"409 other", false, write(409, message("Conflict")), reasonRejected, nil, 1, false, 0},
		{"410", false, write(410, message("This issue was deleted")), reasonGone, ErrGone, 1, false, 0},
		{
			"422 cursor based pagination", false, write(422, message("Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)")),
			reasonWindow, ErrWindow, 1, false, 0,
		},
		{
			"422 window", false, write(422, message("In order to keep the API fast for everyone, pagination is limited for this resource.")),
			reasonWindow, ErrWindow, 1, false, 0,
		},
		{"422 other", false, write(422, message("Validation Failed")), reasonRejected, nil, 1, false, 0},
		{"451", false, write(451, `{"message":"Repository access blocked","block":{"reason":"dmca"}}`), reasonBlocked, ErrBlocked, 1, false, 0},
		{"500", false, write(500, message("Server Error")), reasonServer, nil, 5, false, 0},
		{"503", false, write(503, ""), reasonServer, nil, 5, false, 0},
		{"reset", false, reset, reasonNetwork, nil, 5, false, 0},

		{"GraphQL 200 empty", true, write(200, ""), reasonMalformed, ErrMalformed, 4, false, 0},
		{"GraphQL 200 HTML", true, html(200), reasonMalformed, ErrMalformed, 4, false, 0},
		{"GraphQL 200 text", true, write(200, `{"data":{}}`, "Content-Type", "text/plain"), reasonMalformed, ErrMalformed, 4, false, 0},
		{"GraphQL cut", true, truncated, reasonMalformed, ErrMalformed, 4, false, 0},
		{"GraphQL trailing data", true, write(200, `{"data":{}}{"data":{}}`), reasonMalformed, ErrMalformed, 4, false, 0},
		{"GraphQL neither data nor errors", true, write(200, `{"data":null}`), reasonMalformed, ErrMalformed, 4, false, 0},
		{"GraphQL 401", true, write(401, message("Bad credentials")), reasonUnauthorized, ErrUnauthorized, 1, false, 0},
		{"GraphQL 403 Retry-After", true, write(403, message("Wait."), "Retry-After", "60"), reasonSecondary, ErrSecondary, 5, false, time.Minute},
		{"GraphQL 502", true, html(502), reasonServer, ErrTooHeavy, 2, true, 0},
		{"GraphQL 502 timedout", true, write(502, graphQLErrors("null", `"message":"timedout"`)), reasonTooHeavy, ErrTooHeavy, 2, true, 0},
		{"GraphQL reset", true, reset, reasonNetwork, ErrTooHeavy, 2, true, 0},
		{"GraphQL RATE_LIMITED", true, write(200, graphQLErrors("null", `"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 1."`),
			"X-RateLimit-Remaining", "12", "X-RateLimit-Reset", in(time.Hour)), reasonRateLimited, ErrRateLimited, 5, false, time.Hour},
		{"GraphQL RATE_LIMIT", true, write(200, graphQLErrors("null", `"type":"RATE_LIMIT","code":"graphql_rate_limit","message":"API rate limit already exceeded"`),
			"X-RateLimit-Reset", in(time.Minute)), reasonRateLimited, ErrRateLimited, 5, false, time.Minute},
		{
			"GraphQL graphql_rate_limit", true, write(200, graphQLErrors("null", `"extensions":{"code":"graphql_rate_limit"},"message":"API rate limit already exceeded"`)),
			reasonRateLimited, ErrRateLimited, 5, false, time.Minute,
		},
		{
			"GraphQL secondary", true, write(200, graphQLErrors("null", `"message":"You have exceeded a secondary rate limit."`)),
			reasonSecondary, ErrSecondary, 5, false, time.Minute,
		},
		{
			"GraphQL secondary Retry-After", true,
			write(200, graphQLErrors("null", `"type":"RATE_LIMITED","message":"You have exceeded a secondary rate limit."`), "Retry-After", "600"),
			reasonSecondary, ErrSecondary, 5, false, 10 * time.Minute,
		},
		{
			"GraphQL rate limit without a type", true, write(200, graphQLErrors("null", `"message":"API rate limit already exceeded for user ID 1."`)),
			reasonRateLimited, ErrRateLimited, 5, false, time.Minute,
		},
		{
			"GraphQL submitted too quickly", true, write(200, graphQLErrors("null", `"message":"was submitted too quickly"`)),
			reasonSecondary, ErrSecondary, 5, false, time.Minute,
		},
		{
			"GraphQL NOT_FOUND", true, write(200, graphQLErrors("null", `"type":"NOT_FOUND","path":["node"],"message":"Could not resolve to a node"`)),
			reasonNotFound, ErrNotFound, 1, false, 0,
		},
		{
			"GraphQL FORBIDDEN SAML", true, write(200, graphQLErrors("null", `"type":"FORBIDDEN","extensions":{"saml_failure":true},"message":"Protected"`)),
			reasonSSO, ErrForbidden, 1, false, 0,
		},
		{
			"GraphQL FORBIDDEN without SAML", true, write(200, graphQLErrors("null", `"type":"FORBIDDEN","extensions":{"saml_failure":false},"message":"Resource not accessible"`)),
			reasonForbidden, ErrForbidden, 1, false, 0,
		},
		{
			"GraphQL FORBIDDEN", true, write(200, graphQLErrors("null", `"type":"FORBIDDEN","message":"Resource not accessible by integration"`)),
			reasonForbidden, ErrForbidden, 1, false, 0,
		},
		{
			"GraphQL blocked", true, write(200, graphQLErrors("null", `"type":"FORBIDDEN","message":"Repository access blocked"`)),
			reasonBlocked, ErrBlocked, 1, false, 0,
		},
		{
			"GraphQL MAX_NODE_LIMIT_EXCEEDED", true, write(200, graphQLErrors("null", `"type":"MAX_NODE_LIMIT_EXCEEDED","message":"too many nodes"`)),
			reasonTooHeavy, ErrTooHeavy, 2, true, 0,
		},
		{
			"GraphQL RESOURCE_LIMITS_EXCEEDED", true, write(200, graphQLErrors(`{"node":null}`, `"type":"RESOURCE_LIMITS_EXCEEDED","message":"limits"`)),
			reasonTooHeavy, ErrTooHeavy, 2, true, 0,
		},
		{
			"GraphQL something went wrong", true, write(200, graphQLErrors("null", `"message":"Something went wrong while executing your query."`)),
			reasonTooHeavy, ErrTooHeavy, 2, true, 0,
		},
		{
			"GraphQL invalid cursor", true, write(200, graphQLErrors("null", "\"type\":\"INVALID_CURSOR_ARGUMENTS\",\"message\":\"`x` does not appear to be a valid cursor.\"")),
			reasonCursor, ErrInvalidCursor, 1, false, 0,
		},
		{
			"GraphQL undefinedField", true, write(200, graphQLErrors("null", `"extensions":{"code":"undefinedField"},"message":"Field 'x' doesn't exist"`)),
			reasonSchema, ErrSchema, 1, false, 0,
		},
		{
			"GraphQL argumentNotAccepted", true, write(200, graphQLErrors("null", `"extensions":{"code":"argumentNotAccepted"},"message":"no"`)),
			reasonSchema, ErrSchema, 1, false, 0,
		},
		{
			"GraphQL unknown field without a code", true, write(200, graphQLErrors("null", `"message":"Field 'x' doesn't exist on type 'Issue'"`)),
			reasonSchema, ErrSchema, 1, false, 0,
		},
		{
			"GraphQL unknown argument without a code", true, write(200, graphQLErrors("null", `"message":"Field 'stateReason' doesn't accept argument 'enableDuplicate'"`)),
			reasonSchema, ErrSchema, 1, false, 0,
		},
		{
			"GraphQL unknown type without a code", true, write(200, graphQLErrors("null", `"message":"No such type Mannequin, so it can't be a fragment condition"`)),
			reasonSchema, ErrSchema, 1, false, 0,
		},
		{"GraphQL unknown error", true, write(200, graphQLErrors("null", `"message":"Oops"`)), reasonRejected, nil, 1, false, 0},
		{
			"GraphQL partial data", true, write(200, graphQLErrors(`{"node":{"databaseId":7,"issues":null}}`, `"path":["node","issues"],"message":"Oops"`)),
			reasonPartial, nil, 4, false, 0,
		},
		{"GraphQL node null without error", true, write(200, `{"data":{"node":null}}`), reasonNotFound, ErrNotFound, 1, false, 0},
		{
			"GraphQL null in nodes", true, write(200, `{"data":{"node":{"databaseId":7,"issues":{"pageInfo":{},"nodes":[null]}}}}`),
			reasonPartial, nil, 4, false, 0,
		},
		{"GraphQL another repository", true, write(200, `{"data":{"node":{"databaseId":8,"issues":`+emptyList+`}}}`), reasonMoved, ErrMoved, 1, false, 0},
		{
			"GraphQL page that leads nowhere", true, write(200, `{"data":{"node":{"databaseId":7,"issues":{"pageInfo":{"hasNextPage":true},"nodes":[]}}}}`),
			reasonMalformed, ErrMalformed, 4, false, 0,
		},
		{
			"GraphQL page that leads back", true, write(200, `{"data":{"node":{"databaseId":7,"issues":{"pageInfo":{"hasNextPage":true,"endCursor":"A"},"nodes":[]}}}}`),
			reasonMalformed, ErrMalformed, 4, false, 0,
		},
		{"GraphQL empty page", true, write(200, page("issues", emptyList)), "", nil, 0, false, 0},
		{"GraphQL remaining 0 without errors", true, write(200, page("issues", emptyList), "X-RateLimit-Remaining", "0",
			"X-RateLimit-Limit", "5000", "X-RateLimit-Reset", in(time.Hour), "X-RateLimit-Resource", "graphql"), "", nil, 0, false, 0},
	}
	for _, test := range tests {
		t.Run(test.signal, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(test.serve)
			defer server.Close()
			client := newTestClient(t, nil, func(o *Options) { o.APIURL, o.transport = server.URL+"/", nil })
			what, send := commentsAttempt(client, server.URL)
			if test.graphQL {
				what, send = issuesAttempt(client)
			}
			start := time.Now()
			err := attempt(t.Context(), client, what, send)
			if test.reason == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v is no *Error", err)
			}
			if e.Reason != test.reason || e.heavy != test.heavy {
				t.Errorf("reason %s, heavy %v; want %s, %v (%v)", e.Reason, e.heavy, test.reason, test.heavy, e)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%v is not %v", err, test.is)
			}
			attempts := 1
			if e.Temporary {
				attempts = attemptsFor(e, what)
			}
			if attempts != test.attempts {
				t.Errorf("tried %d times, want %d", attempts, test.attempts)
			}
			if wait := e.RetryAt.Sub(start); test.retryIn != 0 && (wait < test.retryIn*8/10-time.Second || wait > test.retryIn*12/10+4*time.Second) {
				t.Errorf("retry in %s, want %s", wait, test.retryIn)
			}
			if !strings.Contains(err.Error(), what.op) {
				t.Errorf("%q does not name what was attempted", err)
			}
		})
	}
}

// commentsAttempt is one attempt at a REST list, issuesAttempt at a GraphQL page.
func commentsAttempt(c *Client, address string) (*call, sender) {
	what := &call{api: apiREST, endpoint: "/list", op: "list of tests"}
	return what, func(ctx context.Context, tok *token, _ *call) error {
		var rows []*struct{ ID int }
		return getRows(ctx, tok, address+"/list", "", &CommentsPage{}, &rows, func(*struct{ ID int }) error { return nil })
	}
}

func issuesAttempt(c *Client) (*call, sender) {
	what := graphQLCall("IssuesPage", "issues of tests")
	what.divisible = true
	return what, func(ctx context.Context, tok *token, call *call) error {
		if err := c.post(ctx, tok, []byte(`{}`)); err != nil {
			return err
		}
		if call.envelope == nil {
			return nil
		}
		if e := call.envelope.failure(); e != nil {
			return e
		}
		_, err := c.reader(testRepo).page(&reply{call.envelope, c.serverTime(call)}, 1, PageRequest{Repo: testRepo, After: "A"})
		return err
	}
}

func TestTimeoutIsOneAndHangsNobody(t *testing.T) {
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		<-done // the body never comes
	}))
	defer server.Close()
	defer close(done)
	client := newTestClient(t, nil, func(o *Options) { o.APIURL, o.transport = server.URL+"/", nil })
	what, send := issuesAttempt(client)
	short := func(ctx context.Context, tok *token, call *call) error {
		ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		return send(ctx, tok, call)
	}
	err := attempt(t.Context(), client, what, short)
	var e *Error
	if !errors.As(err, &e) || e.Reason != reasonTimeout || !errors.Is(err, ErrTooHeavy) {
		t.Errorf("%v, want a timeout that a smaller page may overcome", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := attempt(cancelled, client, what, send); !errors.Is(err, context.Canceled) || errors.As(err, &e) && e == nil {
		t.Errorf("%v, want the context's error", err)
	}
}

// A body of more than the bound is refused before it fills the memory.
func TestBodyIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for range 65 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	client := newTestClient(t, nil, func(o *Options) { o.APIURL, o.transport = server.URL+"/", nil })
	what, send := commentsAttempt(client, server.URL)
	if err := attempt(t.Context(), client, what, send); !errors.Is(err, ErrTooHeavy) {
		t.Errorf("%v, want %v", err, ErrTooHeavy)
	}
}
