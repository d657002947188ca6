package github

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// How often a request is tried, and how long it rests in between at most.
const (
	maxAttempts       = 5
	malformedAttempts = 4
	heavyAttempts     = 2 // a query that ran out of time costs points each time
	glitchAttempts    = 2
	firstBackoff      = time.Second
	maxBackoff        = time.Minute
	// unknownReset is how long a budget rests when GitHub does not say until when.
	unknownReset = time.Minute
)

// sender makes one attempt at a call with a token.
type sender func(ctx context.Context, tok *token, call *call) error

// retry makes a call with whichever token is to spend for it.
func (c *Client) retry(ctx context.Context, what *call, send sender) error {
	if err := c.prepared(ctx, what); err != nil {
		return err
	}
	return c.retryWith(ctx, want{within: what.at}, what, send)
}

// only is the want of a call that one token alone can make.
func only(tok *token) want { return want{only: tok} }

// retryWith makes a call until it succeeds, fails for good, was tried often
// enough, or would have to wait longer for a limit than Options.MaxWait.
func (c *Client) retryWith(ctx context.Context, w want, what *call, send sender) error {
	what.permission = permissions[cmp.Or(what.query, what.endpoint)]
	w.call, w.priority = what, PriorityOf(ctx)
	if what.vital {
		w.priority = vital
	}
	t := &try{c: c, want: w}
	for {
		err := t.once(ctx, send)
		var e *Error
		if !errors.As(err, &e) {
			return err
		}
		if again, err := t.next(ctx, e); !again {
			return err
		}
	}
}

// pause says how long to rest before the next attempt, and whether there is one.
func (c *Client) pause(e *Error, what *call, attempt int, waited time.Duration) (time.Duration, bool) {
	if !e.Temporary || attempt >= attemptsFor(e, what) {
		return 0, false
	}
	if e.RetryAt.IsZero() {
		return e.retryAfter + backoff(attempt), true
	}
	pause := max(0, e.RetryAt.Sub(c.now()))
	return pause, waited+pause <= c.maxWait
}

func attemptsFor(e *Error, what *call) int {
	switch {
	case what.divisible && (e.heavy || e.Reason == reasonServer):
		return heavyAttempts
	case e.Reason == reasonUnauthorized:
		return glitchAttempts
	case e.Reason == reasonMalformed, e.Reason == reasonPartial:
		return malformedAttempts
	}
	return maxAttempts
}

// backoff is exponential with full jitter.
func backoff(attempt int) time.Duration {
	return rand.N(min(maxBackoff, firstBackoff<<min(max(0, attempt-1), 10)))
}

// sleep waits, unless the context ends first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// spent names the budget that a refusal is about.
func (c *call) spent() string {
	if resource := c.header.Get("X-Ratelimit-Resource"); resource != "" {
		return resource
	}
	return c.resource()
}

// resetAt is when the budget that a refusal is about is whole again, by the
// local clock: as the server says, else at the end of the window that is known.
func (c *call) resetAt(l *limiter, now time.Time) time.Time {
	reset, err := strconv.ParseInt(c.header.Get("X-Ratelimit-Reset"), 10, 64)
	if err != nil && c.envelope != nil && c.envelope.limit != nil {
		reset, err = int64(c.envelope.limit.ResetAt), nil
	}
	if err == nil {
		return now.Add(untilEnd(model.Instant(reset), serverClock(c.header, now)))
	}
	if end := l.windowEnd(c.spent()); now.Before(end) {
		return end
	}
	return now.Add(unknownReset)
}

// outcome is a call's last answer as metrics name it.
func (c *call) outcome(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return statusOutcome(c.status)
	}
	switch e.Reason {
	case reasonRateLimited:
		return "ratelimited"
	case reasonSecondary:
		return "secondary"
	case reasonTimeout, reasonNetwork:
		return "timeout"
	}
	switch {
	case c.status >= 300:
		return statusOutcome(c.status)
	case e.Temporary:
		return "partial" // 2xx, yet not a whole answer
	}
	return "4xx" // as GraphQL says it, with status 200
}

func statusOutcome(status int) string {
	if status == http.StatusNotModified {
		return "304"
	}
	return strconv.Itoa(status/100) + "xx"
}
