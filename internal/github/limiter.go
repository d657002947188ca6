package github

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// How many requests of one identity are under way at once. GitHub advises
// serial ones and limits the CPU time of GraphQL, so more would gain nothing:
// https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
const (
	graphQLSlots = 2
	restSlots    = 4
)

// How many REST requests an identity sends: half of what GitHub's secondary
// limit allows in a minute, and no more at first than keeps within it. GraphQL
// needs no such bound: two at a time cannot reach its 2,000 points a minute.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
const (
	restPerMinute = 450
	restBurst     = 300
)

// The pause after a secondary limit that does not say how long.
const (
	secondaryPause    = time.Minute
	maxSecondaryPause = 15 * time.Minute
)

// limiter keeps one identity within its limits: every token of a user shares
// it. It never sleeps but for a free slot.
type limiter struct {
	slots map[string]chan struct{} // by api

	mu          sync.Mutex
	budgets     map[string]*budget // by resource
	pausedUntil time.Time          // after a secondary limit, by the local clock
	strikes     int                // secondary limits since the last success
	unlimited   bool               // the server limits nothing
	pacedUntil  time.Time          // when the REST requests sent so far will have had their time
}

func newLimiter() *limiter {
	return &limiter{
		slots: map[string]chan struct{}{
			apiREST: make(chan struct{}, restSlots), apiGraphQL: make(chan struct{}, graphQLSlots),
		},
		budgets: map[string]*budget{},
	}
}

// acquire waits for a free slot of an api. What it returns gives the slot back.
func (l *limiter) acquire(ctx context.Context, api string) (release func(), err error) {
	slots := l.slots[api]
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pace says how long a REST request has to wait so that requests keep to their
// rate. The caller has to send it then.
func (l *limiter) pace(api string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if api != apiREST || l.unlimited {
		return 0
	}
	const each = time.Minute / restPerMinute
	if l.pacedUntil.Before(now) {
		l.pacedUntil = now
	}
	l.pacedUntil = l.pacedUntil.Add(each)
	return max(0, l.pacedUntil.Sub(now)-restBurst*each)
}

// admit refuses a request that a limit forbids now, and says until when.
func (l *limiter) admit(resource string, now time.Time) *Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.pausedUntil) {
		return refusal(reasonSecondary, "the identity is paused", l.pausedUntil)
	}
	if b := l.budgets[resource]; b != nil && !l.unlimited {
		if until := b.blockedUntil(); now.Before(until) {
			return refusal(reasonRateLimited, fmt.Sprintf("the %s budget is used up", resource), until)
		}
	}
	return nil
}

func refusal(reason, message string, until time.Time) *Error {
	e := failure(reason, message)
	e.RetryAt, e.unsent = until, true
	return e
}

// observe takes a budget from the headers of an answer. GitHub names the
// resource in them, which is not always the one that was asked for; an older
// server does not. Answers without headers change nothing.
func (l *limiter) observe(header http.Header, asked string, now time.Time) {
	limit, err := strconv.Atoi(header.Get("X-Ratelimit-Limit"))
	remaining, err2 := strconv.Atoi(header.Get("X-Ratelimit-Remaining"))
	reset, err3 := strconv.ParseInt(header.Get("X-Ratelimit-Reset"), 10, 64)
	resource := cmp.Or(header.Get("X-Ratelimit-Resource"), asked)
	if err != nil || err2 != nil || err3 != nil {
		return
	}
	used, err := strconv.Atoi(header.Get("X-Ratelimit-Used"))
	if err != nil {
		used = limit - remaining
	}
	l.see(resource, reading{limit, remaining, used, model.Instant(reset)}, serverClock(header, now), now)
}

// serverClock is the server's time of an answer, the local time without one.
func serverClock(header http.Header, now time.Time) time.Time {
	if t, err := http.ParseTime(header.Get("Date")); err == nil {
		return t
	}
	return now
}

// see takes a reading of a budget. A limit of zero is none at all: GitHub
// Enterprise Server without rate limits, never an exhausted budget.
func (l *limiter) see(resource string, r reading, server, now time.Time) {
	if r.limit <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unlimited = false
	b := l.budgets[resource]
	if b == nil {
		b = &budget{usedAtReset: -1}
		l.budgets[resource] = b
	}
	b.see(r, server, now)
}

// exhausted pauses a resource after GitHub refused a request for it, even
// where the remaining points it last named were not zero.
func (l *limiter) exhausted(resource string, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.budgets[resource]
	if b == nil {
		b = &budget{usedAtReset: -1}
		l.budgets[resource] = b
	}
	b.refusedUntil = until
}

// strike pauses the identity after a secondary limit: for as long as GitHub
// asks, else for a minute that doubles with every further strike. Requests
// that were under way together count once.
func (l *limiter) strike(retryAfter time.Duration, now time.Time) (until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	paused := now.Before(l.pausedUntil)
	if !paused {
		l.strikes++
	}
	pause := retryAfter
	if pause <= 0 {
		pause = min(maxSecondaryPause, secondaryPause<<min(l.strikes-1, 10))
		pause += time.Duration((rand.Float64()*0.4 - 0.2) * float64(pause))
	}
	if until = now.Add(pause); !paused || retryAfter > 0 && until.After(l.pausedUntil) {
		l.pausedUntil = until
	}
	return l.pausedUntil
}

// succeeded ends a series of secondary limits.
func (l *limiter) succeeded(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !now.Before(l.pausedUntil) {
		l.strikes = 0
	}
}

// setUnlimited switches the limiter off for a server that has no limits.
func (l *limiter) setUnlimited() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unlimited, l.budgets = true, map[string]*budget{}
}

// status gives the budgets, by resource.
func (l *limiter) status() []model.Budget {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []model.Budget
	for _, resource := range slices.Sorted(maps.Keys(l.budgets)) {
		if b := l.budgets[resource]; b.limit > 0 {
			out = append(out, b.status(resource))
		}
	}
	return out
}

// allowance gives what is left of a budget.
func (l *limiter) allowance(resource string) Allowance {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.budgets[resource]
	if b == nil || l.unlimited {
		return Allowance{Unlimited: l.unlimited}
	}
	return Allowance{
		Limit: b.limit, Remaining: max(0, b.limit-b.used), Floor: floor(b.limit, Incremental), Reset: b.reset,
	}
}

// adopt takes over what another limiter knows, when two tokens turn out to
// spend one budget.
func (l *limiter) adopt(other *limiter) {
	other.mu.Lock()
	budgets, paused, strikes := maps.Clone(other.budgets), other.pausedUntil, other.strikes
	other.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	for resource, b := range budgets {
		if own := l.budgets[resource]; own == nil || own.reset < b.reset || own.reset == b.reset && own.used < b.used {
			copied := *b
			l.budgets[resource] = &copied
		}
	}
	if paused.After(l.pausedUntil) {
		l.pausedUntil, l.strikes = paused, strikes
	}
}
