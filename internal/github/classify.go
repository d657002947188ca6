package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// pendingPause is how long GitHub is given for an answer that it still computes.
const pendingPause = 5 * time.Second

// maxRetryAfter is the longest pause that is believed, in seconds.
const maxRetryAfter = 24 * 60 * 60

// judge says what became of a call: nil, the context's error, or an *Error
// that is complete but for when to retry. It is the only place that turns
// foreign texts into ours, so that no secret can pass.
func (c *Client) judge(ctx context.Context, tok *token, call *call, err error) error {
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("github: %s: %w", call.op, ctx.Err())
	}
	e := call.failure(err)
	if e == nil {
		return nil
	}
	e.Op, e.Status = call.op, call.status
	if e.Reason == reasonSecondary { // with whatever status
		e.retryAfter = call.retryAfter(c.now())
	}
	e.Message = oneLine(c.proxies.redact(redact(tok.redact(e.Message), call.secret)))
	return e
}

// failure finds what failed, from the most certain witness to the least.
func (c *call) failure(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		copied := *e
		return &copied
	case c.status == http.StatusNotModified:
		return nil
	case c.status >= 300 || c.status == http.StatusAccepted:
		return c.classifyStatus()
	case err == nil:
		return nil
	case isTimeout(err):
		return c.heavy(failure(reasonTimeout, "no whole answer in time"))
	case c.status != 0:
		return failure(reasonMalformed, err.Error()) // cut, or not what was asked for
	}
	return c.heavy(failure(reasonNetwork, err.Error()))
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

// heavy marks a failure of GraphQL that a smaller page may overcome.
func (c *call) heavy(e *Error) *Error {
	e.heavy = e.heavy || c.api == apiGraphQL
	return e
}

// refusalBody is the body of GitHub's REST errors.
type refusalBody struct {
	Message string `json:"message"`
	DocsURL string `json:"documentation_url"`
	Block   struct {
		Reason string `json:"reason"`
	} `json:"block"`
}

func parseRefusal(header http.Header, body []byte) refusalBody {
	var r refusalBody
	if !isJSON(header.Get("Content-Type")) || json.Unmarshal(body, &r) != nil {
		return refusalBody{} // a page of HTML says nothing that the status does not
	}
	return r
}

// classifyStatus classifies an answer by its status, headers and text:
// https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
func (c *call) classifyStatus() *Error {
	r := parseRefusal(c.header, c.body)
	switch c.status {
	case http.StatusAccepted:
		e := failure(reasonPending, "still being computed")
		e.retryAfter = pendingPause
		return e
	case http.StatusUnauthorized:
		e := failure(reasonUnauthorized, r.Message)
		e.Temporary = !strings.Contains(r.Message, "Bad credentials") // else an occasional glitch
		return e
	case http.StatusForbidden, http.StatusTooManyRequests:
		return c.classifyForbidden(r)
	case http.StatusNotFound:
		return failure(reasonNotFound, r.Message)
	case http.StatusConflict:
		if has(r.Message, "repository is empty") {
			return failure(reasonEmpty, r.Message)
		}
	case http.StatusGone:
		return failure(reasonGone, r.Message)
	case http.StatusUnprocessableEntity:
		if has(r.Message, "cursor based pagination", "pagination is limited", "only the first", "result window") {
			return failure(reasonWindow, r.Message)
		}
	case http.StatusUnavailableForLegalReasons:
		return failure(reasonBlocked, strings.TrimSpace(r.Message+" "+r.Block.Reason))
	}
	switch {
	case c.status < 400:
		return failure(reasonMoved, "redirected to "+redirectTarget(c.header))
	case c.status >= 500:
		return c.heavy(c.classifyServer(r))
	}
	return failure(reasonRejected, r.Message)
}

// redirectTarget names where an answer points without repeating its query.
func redirectTarget(header http.Header) string {
	target, _, _ := strings.Cut(header.Get("Location"), "?")
	if target == "" {
		return "nowhere"
	}
	return target
}

// How GitHub says that too many requests came at once, and that a budget is used up.
var (
	secondaryTexts = []string{"secondary rate limit", "abuse detection", "submitted too quickly"}
	primaryTexts   = []string{"rate limit exceeded", "rate limit already exceeded"}
)

// retryAfter is how long an answer asks to wait, in seconds or until a date,
// which is by the server's clock; 0 where it does not say.
func (c *call) retryAfter(now time.Time) time.Duration {
	value := c.header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(0, seconds), maxRetryAfter)) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(0, at.Sub(serverClock(c.header, now))), maxRetryAfter*time.Second)
}

// classifyForbidden tells limits from missing permissions: GitHub answers both
// with 403. https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
func (c *call) classifyForbidden(r refusalBody) *Error {
	switch {
	case has(r.Message, secondaryTexts...), has(r.DocsURL, "secondary-rate-limits", "abuse-rate-limits"):
		return failure(reasonSecondary, r.Message)
	case c.header.Get("X-Ratelimit-Remaining") == "0":
		return failure(reasonRateLimited, r.Message)
	case c.header.Get("Retry-After") != "":
		return failure(reasonSecondary, r.Message)
	case has(r.Message, primaryTexts...):
		return failure(reasonRateLimited, r.Message)
	case c.header.Get("X-Github-Sso") != "" || has(r.Message, "SAML"):
		return failure(reasonSSO, r.Message)
	case has(r.Message, "access blocked"):
		return failure(reasonBlocked, strings.TrimSpace(r.Message+" "+r.Block.Reason))
	case has(r.Message, "suspended") && has(r.Message, "installation", "account"):
		return failure(reasonUnauthorized, r.Message) // it is good for nothing, whatever is asked for
	case c.status == http.StatusTooManyRequests:
		return failure(reasonSecondary, r.Message)
	}
	return failure(reasonForbidden, r.Message)
}

// classifyServer tells a query that ran too long from a failing server.
func (c *call) classifyServer(r refusalBody) *Error {
	message := r.Message
	if c.api == apiGraphQL {
		if env, err := parseEnvelope(c.body); err == nil && len(env.Errors) > 0 {
			message = env.Errors[0].Message
		}
		if tooLong(message) {
			return failure(reasonTooHeavy, message)
		}
	}
	return failure(reasonServer, message)
}

// tooLong recognises GitHub's ways to say that a query took too long.
func tooLong(message string) bool {
	return has(message, "timedout", "timed out", "timeout", "something went wrong", "couldn't respond to your request in time")
}

// has reports whether a text contains one of the phrases, whatever their case.
func has(text string, phrases ...string) bool {
	text = strings.ToLower(text)
	for _, phrase := range phrases {
		if strings.Contains(text, strings.ToLower(phrase)) {
			return true
		}
	}
	return false
}
