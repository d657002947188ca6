package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// try is a call on its way to an answer.
type try struct {
	c *Client
	want
	attempts int
	waited   time.Duration // for limits
	tok      *token        // of the last attempt
	refused  []*token      // that GitHub did not take
	denied   *Error        // the most telling of what tokens failed with that turned the call down
	renewed  bool          // a refused secret was replaced
	limited  bool          // a budget turned out to be used up
	again    bool          // what went wrong was put right: the call is to be made again at once
	nobody   bool          // there is no token left to ask with
}

// once makes one attempt, when there is a token and a place for it.
func (t *try) once(ctx context.Context, send sender) error {
	start := time.Now()
	g, err := t.c.pool.take(ctx, t.want)
	if err != nil {
		return t.untaken(ctx, err)
	}
	defer t.c.pool.release(g)
	t.tok = g.tok
	err = sleep(ctx, g.tok.limiter().pace(t.call.api, time.Now()))
	t.c.stats.waited(g.tok.name, time.Since(start))
	if err != nil {
		return fmt.Errorf("github: %s: %w", t.call.op, err)
	}
	call := t.call.fresh()
	err = t.c.judge(ctx, g.tok, call, t.send(ctx, call, send))
	if ctx.Err() != nil {
		return err
	}
	t.settle(call, err)
	t.c.stats.record(g.tok.name, call, err)
	return err
}

// send sends the request. What it takes to get a secret first is no part of it.
func (t *try) send(ctx context.Context, call *call, send sender) error {
	if t.tok.renew != nil {
		if _, err := t.tok.read(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(withCall(ctx, call), requestTimeout)
	defer cancel()
	return send(ctx, t.tok, call)
}

// untaken completes why there is no token for an attempt.
func (t *try) untaken(ctx context.Context, err error) error {
	var e *Error
	if ctx.Err() != nil || !errors.As(err, &e) {
		return fmt.Errorf("github: %s: %w", t.call.op, err)
	}
	if e.Op = t.call.op; e.RetryAt.IsZero() {
		t.nobody = true
		t.c.nobody(e)
	}
	return e
}

// nobody completes why there is no token for a call: what is wrong with each.
func (c *Client) nobody(e *Error) {
	if e.Reason != reasonUnauthorized {
		return
	}
	var why []string
	for _, s := range c.Tokens() {
		if !s.Up && !s.MonitorOnly {
			why = append(why, s.Token+": "+s.Reason)
		}
	}
	if len(why) > 0 {
		e.Message += ": " + strings.Join(why, "; ")
	}
}

// settle tells the token, its limiter and the pool how an attempt went, and
// completes the error with when to retry.
func (t *try) settle(call *call, err error) {
	now, limits := t.c.now(), t.tok.limiter()
	if call.envelope != nil && call.envelope.limit != nil {
		l := call.envelope.limit
		r := reading{l.Limit, l.Remaining, l.Used, l.ResetAt}
		limits.see(resourceGraphQL, r, serverClock(call.header, now), now)
	}
	var e *Error
	if !errors.As(err, &e) {
		t.attempts++
		t.tok.accepted()
		limits.succeeded(now)
		if call.about {
			t.c.pool.learn(t.tok, call, nil)
		}
		return
	}
	if !e.unsent || e.RetryAt.IsZero() {
		t.attempts++
	}
	switch {
	case e.Reason == reasonUnauthorized && !e.Temporary:
		t.refuse(call, e, now)
	case e.unsent: // somebody else was faster: others may have something left
		t.again, t.limited = !t.limited && !e.RetryAt.IsZero() && t.only == nil, true
	case e.Reason == reasonRateLimited:
		until := call.resetAt(limits, now)
		e.RetryAt = until.Add(afterReset())
		limits.exhausted(call.spent(), until)
		t.again, t.limited = !t.limited && t.within == nil && t.only == nil, true
	case e.Reason == reasonSecondary:
		e.RetryAt = limits.strike(e.retryAfter, now)
		t.within = t.tok // with another token the request would be no other
		t.c.stats.struck(t.tok.name)
		t.c.log.Warn("secondary rate limit", "token", t.tok.name, "until", e.RetryAt, "error", e)
	case call.about && e.denial():
		t.deny(call, e)
	}
}

// afterReset is how long to wait behind the end of a window, so that GitHub's
// servers agree that it has ended.
func afterReset() time.Duration { return time.Second + rand.N(time.Second) }

// refuse gives up a secret that GitHub does not take. There may be a better one.
func (t *try) refuse(call *call, e *Error, now time.Time) {
	replaced := call.secret != "" && call.secret != t.tok.current()
	if !replaced && t.tok.renew != nil && !t.renewed && call.secret != "" {
		replaced, t.renewed = t.tok.renew(call.secret), true
	}
	if !replaced {
		t.tok.refuse(e.Message, now)
		t.c.log.Warn("token refused", "token", t.tok.name, "error", e)
	}
	if t.only != nil && !replaced || slices.Contains(t.refused, t.tok) {
		return
	}
	t.again = true
	if !replaced || t.tok.renew == nil {
		t.refused = append(t.refused, t.tok)
		t.denied = moreTelling(t.denied, e)
	}
}

// deny notes that the identity may not read the repository; others may.
func (t *try) deny(call *call, e *Error) {
	call.lacking(e).advise(e, t.tok)
	t.c.pool.learn(t.tok, call, e)
	t.without = append(t.without, t.tok.owner())
	t.denied = moreTelling(t.denied, e)
	t.within, t.again = nil, t.only == nil
}

// next decides how to go on after an error: at once, after a pause, or not at all.
func (t *try) next(ctx context.Context, e *Error) (again bool, err error) {
	switch {
	case t.nobody:
		return false, t.giveUp(moreTelling(t.denied, e))
	case t.again:
		t.again = false
		return true, nil
	}
	pause, again := t.c.pause(e, t.call, t.attempts, t.waited)
	if !again {
		if !e.RetryAt.IsZero() {
			t.c.stats.deferred(cmp.Or(e.tok, t.tok).name, t.c.now(), e.RetryAt)
		}
		return false, t.giveUp(e)
	}
	if !e.RetryAt.IsZero() {
		t.waited += pause
		t.c.stats.deferred(cmp.Or(e.tok, t.tok).name, t.c.now(), e.RetryAt)
	}
	if err := sleep(ctx, pause); err != nil {
		return false, fmt.Errorf("github: %s: %w", t.call.op, err)
	}
	return true, nil
}

// giveUp marks what a smaller page may overcome after all.
func (t *try) giveUp(e *Error) error {
	if t.call.api == apiGraphQL && (e.Reason == reasonMalformed || e.Reason == reasonPartial) {
		e.heavy = true
	}
	return e
}
