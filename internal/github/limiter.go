package github

import (
	"cmp"
	"fmt"
	"maps"
	"math"
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
// A server without limits is spared by this alone.
const (
	graphQLSlots   = 2
	restSlots      = 4
	unlimitedSlots = 4
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
	// halvedFor is how long only half as many requests are under way at once then.
	halvedFor = 10 * time.Minute
)

// limiter keeps one identity within its limits: every token of a user shares
// it. It never sleeps.
type limiter struct {
	mu          sync.Mutex
	budgets     map[string]*budget // by resource
	busy        map[string]int     // requests under way, by api
	pausedUntil time.Time          // after a secondary limit, by the local clock
	halvedUntil time.Time
	strikes     int       // secondary limits since the last success
	unlimited   bool      // the server limits nothing
	pacedUntil  time.Time // when the REST requests sent so far will have had their time
}

func newLimiter() *limiter {
	return &limiter{budgets: map[string]*budget{}, busy: map[string]int{}}
}

// budget gives the budget of a resource. The caller holds mu.
func (l *limiter) budget(resource string) *budget {
	b := l.budgets[resource]
	if b == nil {
		b = &budget{usedAtReset: -1}
		l.budgets[resource] = b
	}
	return b
}

// slots is how many requests to an api may be under way. The caller holds mu.
func (l *limiter) slots(api string, now time.Time) int {
	most := restSlots
	switch {
	case l.unlimited:
		most = unlimitedSlots
	case api == apiGraphQL:
		most = graphQLSlots
	}
	if now.Before(l.halvedUntil) {
		return most / 2
	}
	return most
}

// full reports whether a request has to wait for one that is under way: for
// its place, or to know what it will leave of the budget.
func (l *limiter) full(c *call, p Priority, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[c.api] >= l.slots(c.api, now) {
		return true
	}
	b := l.budgets[c.resource()]
	return !c.free && !l.unlimited && b != nil && b.limit > 0 && b.reserved > 0 && b.left(p, now) <= b.reserved
}

// begin takes a place for a request. What it returns gives it back.
func (l *limiter) begin(c *call) (done func()) {
	cost := 1
	if c.free {
		cost = 0
	}
	add := func(n int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.busy[c.api] += n
		l.budget(c.resource()).reserved += n * cost
	}
	add(1)
	return func() { add(-1) }
}

// rate is how much of a resource the identity may spend each second until its
// window ends; of an unknown budget, as if it were endless.
func (l *limiter) rate(resource string, p Priority, now time.Time) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.budgets[resource]; b != nil && b.limit > 0 && !l.unlimited {
		return b.rate(p, now)
	}
	return math.Inf(1)
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
func (l *limiter) admit(resource string, p Priority, now time.Time) *Error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.pausedUntil) {
		return refusal(reasonSecondary, "the identity is paused", l.pausedUntil)
	}
	if b := l.budgets[resource]; b != nil && !l.unlimited {
		if until := b.blockedUntil(p, now); now.Before(until) {
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
	l.budget(resource).see(r, server, now)
}

// exhausted pauses a resource after GitHub refused a request for it, even
// where the remaining points it last named were not zero.
func (l *limiter) exhausted(resource string, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.budget(resource).refusedUntil = until
}

// windowEnd is when the window of a resource ends that was last heard of, by
// the local clock.
func (l *limiter) windowEnd(resource string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.budget(resource).resetAt
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
	l.halvedUntil = now.Add(halvedFor)
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
	l.unlimited = true
	for _, b := range l.budgets {
		*b = budget{usedAtReset: -1, reserved: b.reserved}
	}
}

// pausing reports whether a secondary limit keeps the identity from asking.
func (l *limiter) pausing(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Before(l.pausedUntil)
}

// state gives until when a secondary limit paused the identity, zero if none
// did, and whether the server has limits at all.
func (l *limiter) state() (pausedUntil model.Instant, unlimited bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return model.At(l.pausedUntil), l.unlimited
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
	budgets := map[string]budget{}
	for resource, b := range other.budgets {
		budgets[resource] = *b
	}
	paused, halved, strikes := other.pausedUntil, other.halvedUntil, other.strikes
	other.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	for resource, b := range budgets {
		own := l.budget(resource)
		if b.refusedUntil.Before(own.refusedUntil) {
			b.refusedUntil = own.refusedUntil
		}
		if b.reset < own.reset || b.reset == own.reset && b.used < own.used {
			own.refusedUntil = b.refusedUntil
			continue
		}
		b.reserved = own.reserved
		*own = b
	}
	if paused.After(l.pausedUntil) {
		l.pausedUntil, l.halvedUntil, l.strikes = paused, halved, strikes
	}
}
