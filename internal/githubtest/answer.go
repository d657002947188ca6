package githubtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// answer is a whole answer before it is sent.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func newAnswer(status int, value any) *answer {
	return &answer{status: status, header: http.Header{}, body: encode(value)}
}

// apiError is a refusal in REST's form. It is an error so that handlers can return it.
type apiError struct {
	status int
	header http.Header
	body   errorBody
}

type errorBody struct {
	Message string      `json:"message"`
	URL     string      `json:"url,omitempty"`
	Block   *block      `json:"block,omitempty"`
	Errors  []fieldFail `json:"errors,omitempty"`
	Docs    string      `json:"documentation_url"`
	Status  string      `json:"status"`
}

// block says why a repository may not be read.
type block struct {
	Reason    string `json:"reason"`
	CreatedAt string `json:"created_at"`
	HTMLURL   string `json:"html_url"`
}

type fieldFail struct {
	Resource string `json:"resource"`
	Field    string `json:"field"`
	Code     string `json:"code"`
	Message  string `json:"message,omitempty"`
}

// Error gives the message, as a client would print it.
func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.body.Message) }

func (e *apiError) answer() *answer {
	a := newAnswer(e.status, e.body)
	if e.header != nil {
		a.header = e.header
	}
	return a
}

const docsURL = "https://docs.github.com/rest"

func refuse(status int, format string, args ...any) *apiError {
	return &apiError{status: status, body: errorBody{
		Message: fmt.Sprintf(format, args...), Docs: docsURL, Status: strconv.Itoa(status),
	}}
}

func notFound() *apiError { return refuse(http.StatusNotFound, "Not Found") }

// invalid refuses a parameter as GitHub's validation does.
func invalid(resource, field string) *apiError {
	e := refuse(http.StatusUnprocessableEntity, "Validation Failed")
	e.body.Errors = []fieldFail{{Resource: resource, Field: field, Code: "invalid"}}
	return e
}

// moved sends the client to another address.
func moved(url string) *apiError {
	e := refuse(http.StatusMovedPermanently, "Moved Permanently")
	e.body.URL = url
	e.body.Docs = "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects"
	e.header = http.Header{"Location": {url}}
	return e
}

// limitRefusal turns what a limit refused into an answer: message and documentation
// are what clients tell the kinds of limits by.
func (s *Server) limitRefusal(message, docs string) *answer {
	e := refuse(orDefault(s.opts.LimitStatus, http.StatusForbidden), "%s", message)
	e.body.Docs = docs
	return e.answer()
}

// primaryRefusal answers a REST request whose budget is used up.
func (s *Server) primaryRefusal(x *exchange) *answer {
	x.record.Refused = primaryLimit
	message := fmt.Sprintf("API rate limit exceeded for user ID %d. If you reach out to GitHub Support for help, "+
		"please include the request ID %s and timestamp %s.", x.callerID(), x.requestID, x.timestamp())
	if x.caller.anonymous {
		message = "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests " +
			"get a higher rate limit. Check out the documentation for more details.)"
	}
	return s.limitRefusal(message, "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api")
}

// secondaryRefusal answers a request that a secondary limit refuses: with the fault's
// status where it has one, of which 200 is GraphQL's own form.
func (s *Server) secondaryRefusal(x *exchange, fault Fault) *answer {
	x.record.Refused = secondaryLimit
	message := "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you " +
		"reach out to GitHub Support for help, please include the request ID " + x.requestID + " and timestamp " +
		x.timestamp() + "."
	a := s.limitRefusal(message, "https://docs.github.com/free-pro-team@latest/rest/overview/"+
		"rate-limits-for-the-rest-api#about-secondary-rate-limits")
	if fault.Status == http.StatusOK {
		a = newAnswer(http.StatusOK, queryAnswer{Errors: []*queryError{{Message: message}}})
	} else if fault.Status != 0 {
		a.status = fault.Status
	}
	if fault.RetryAfter > 0 {
		a.header.Set("Retry-After", strconv.Itoa(int(fault.RetryAfter.Seconds())))
	}
	return a
}

// conditional gives an answer its ETag, which depends on the token as GitHub's does, and
// turns it into a 304 where the client has it. It reports whether it did. A 304 keeps
// the answer's Link.
func (a *answer) conditional(r *http.Request) bool {
	if a.status != http.StatusOK {
		return false
	}
	h := sha256.New()
	for _, name := range []string{"Accept", "Authorization", "Cookie"} {
		fmt.Fprintf(h, "%s\x00", r.Header.Get(name))
	}
	h.Write(a.body)
	tag := `"` + hex.EncodeToString(h.Sum(nil)) + `"`
	a.header.Set("ETag", "W/"+tag)
	for _, have := range strings.Split(r.Header.Get("If-None-Match"), ",") {
		have = strings.TrimSpace(have)
		if have == "*" || strings.TrimPrefix(have, "W/") == tag {
			a.status, a.body = http.StatusNotModified, nil
			return true
		}
	}
	return false
}
