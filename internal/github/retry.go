package github

import (
	"context"
	"errors"
	"fmt"
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
	return c.retryWith(ctx, c.spender, what, send)
}

// retryWith makes a call until it succeeds, fails for good, was tried often
// enough, or would have to wait longer for a limit than Options.MaxWait.
func (c *Client) retryWith(ctx context.Context, pick func() (*token, *Error), what *call, send sender) error {
	var waited time.Duration
	for attempt := 1; ; attempt++ {
		tok, none := pick()
		if none != nil {
			none.Op = what.op
			return none
		}
		err := c.attempt(ctx, tok, what, send)
		var e *Error
		if !errors.As(err, &e) {
			return err
		}
		if e.Reason == reasonUnauthorized && !e.Temporary && tok.why() != "" {
			if next, none := pick(); none == nil && next != tok {
				continue // the next token; each is refused once
			}
		}
		pause, again := c.pause(e, what, attempt, waited)
		if !again {
			return giveUp(e, what)
		}
		if e.unsent {
			attempt--
		}
		if !e.RetryAt.IsZero() {
			waited += pause
			c.stats.waited(tok.name, pause)
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("github: %s: %w", what.op, err)
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
	return rand.N(min(maxBackoff, firstBackoff<<min(attempt-1, 10)))
}

// giveUp marks what a smaller page may overcome after all.
func giveUp(e *Error, what *call) error {
	if what.api == apiGraphQL && (e.Reason == reasonMalformed || e.Reason == reasonPartial) {
		e.heavy = true
	}
	return e
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

// attempt makes a call once: it waits for a free slot, sends, and learns from
// what comes back.
func (c *Client) attempt(ctx context.Context, tok *token, what *call, send sender) error {
	release, err := c.turn(ctx, tok, what.api)
	if err != nil {
		return fmt.Errorf("github: %s: %w", what.op, err)
	}
	defer release()
	call := what.fresh()
	sent, cancel := context.WithTimeout(withCall(ctx, call), requestTimeout)
	defer cancel()
	err = c.judge(ctx, tok, call, send(sent, tok, call))
	if ctx.Err() != nil {
		return err
	}
	c.settle(tok, call, err)
	c.stats.record(tok.name, call, err)
	return err
}

// turn waits until a request is due and there is a free slot for it.
func (c *Client) turn(ctx context.Context, tok *token, api string) (release func(), err error) {
	start, limits := time.Now(), tok.limiter()
	if err := sleep(ctx, limits.pace(api, start)); err != nil {
		return nil, err
	}
	release, err = limits.acquire(ctx, api)
	c.stats.waited(tok.name, time.Since(start))
	return release, err
}

// settle tells the token and its limiter how a call went, and completes the
// error with when to retry.
func (c *Client) settle(tok *token, call *call, err error) {
	now, limits := c.now(), tok.limiter()
	if call.envelope != nil && call.envelope.limit != nil {
		l := call.envelope.limit
		r := reading{l.Limit, l.Remaining, l.Used, l.ResetAt}
		limits.see(resourceGraphQL, r, serverClock(call.header, now), now)
	}
	var e *Error
	if !errors.As(err, &e) {
		tok.accepted()
		limits.succeeded(now)
		return
	}
	switch {
	case e.Reason == reasonUnauthorized && !e.Temporary:
		tok.refuse(e.Message, now)
		c.log.Warn("token refused", "token", tok.name, "error", e)
	case e.unsent:
	case e.Reason == reasonRateLimited:
		e.RetryAt = now.Add(call.untilReset(now) + time.Second + rand.N(time.Second))
		limits.exhausted(call.spent(), e.RetryAt)
	case e.Reason == reasonSecondary:
		e.RetryAt = limits.strike(e.retryAfter, now)
		c.stats.struck(tok.name)
		c.log.Warn("secondary rate limit", "token", tok.name, "until", e.RetryAt, "error", e)
	}
}

// spent names the budget that a refusal is about.
func (c *call) spent() string {
	if resource := c.header.Get("X-Ratelimit-Resource"); resource != "" {
		return resource
	}
	return c.resource()
}

// untilReset is how long the budget that a refusal is about stays used up, by
// the server's clock, or ours where it does not show its own.
func (c *call) untilReset(now time.Time) time.Duration {
	reset, err := strconv.ParseInt(c.header.Get("X-Ratelimit-Reset"), 10, 64)
	if err != nil && c.envelope != nil && c.envelope.limit != nil {
		reset, err = int64(c.envelope.limit.ResetAt), nil
	}
	if err != nil {
		return unknownReset
	}
	return untilEnd(model.Instant(reset), serverClock(c.header, now))
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
