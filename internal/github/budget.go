package github

import (
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// resetTolerance is by how much GitHub's servers disagree on one window's reset, in seconds.
const resetTolerance = 2

// longestWindow is GitHub's: budgets are hourly.
const longestWindow = time.Hour

// reading is what one answer says of a budget.
type reading struct {
	limit, remaining, used int
	reset                  model.Instant // by the server's clock
}

// budget is one rate limit of one identity, put together from answers that
// arrive in any order.
type budget struct {
	limit, used  int
	reset        model.Instant // by the server's clock
	resetAt      time.Time     // the same by the local clock
	usedAtReset  int           // of the last window that ended; -1 until one did
	ended        model.Instant // when that was
	refusedUntil time.Time     // by the local clock, after a refusal
	reserved     int           // by requests under way, whose cost is not known yet
}

// see takes a reading. Within a window the highest use counts, because answers
// overtake each other; a later reset begins a new window.
func (b *budget) see(r reading, server, now time.Time) {
	used := max(r.used, r.limit-r.remaining)
	switch {
	case r.reset < b.reset-resetTolerance:
		b.late(r.reset, used)
		return
	case r.reset <= b.reset+resetTolerance:
		b.used = max(b.used, used)
	default:
		b.end(server)
		b.used = used
	}
	b.limit = r.limit
	if r.reset > b.reset {
		b.reset = r.reset
		b.resetAt = now.Add(untilEnd(r.reset, server))
	}
}

// late takes what an answer says of a window that is over: its use may be
// higher than was known.
func (b *budget) late(reset model.Instant, used int) {
	switch {
	case used == 0 || reset < b.ended-resetTolerance:
	case reset <= b.ended+resetTolerance:
		b.usedAtReset = max(b.usedAtReset, used)
	default:
		b.usedAtReset, b.ended = used, reset
	}
}

// untilEnd is how long a window lasts from now on, which is never long: a reset
// that lies further ahead is by a clock that is not the server's.
func untilEnd(reset model.Instant, server time.Time) time.Duration {
	return min(max(0, reset.Time().Sub(server)), longestWindow)
}

// end remembers the use of the window that is replaced. A budget that nobody
// uses has no window: its reset moves ahead with every answer, which ends
// nothing.
func (b *budget) end(server time.Time) {
	if b.limit == 0 {
		return
	}
	over := !server.Before(b.reset.Time().Add(-resetTolerance * time.Second))
	if over || b.used > 0 {
		b.usedAtReset, b.ended = b.used, b.reset
	}
}

// left is what calls of a priority may spend of the window that is open now.
func (b *budget) left(p Priority, now time.Time) int {
	left := b.limit - floor(b.limit, p)
	if now.Before(b.resetAt) {
		left -= b.used
	}
	return left
}

// blockedUntil is when calls of a priority may spend again, by the local clock;
// zero or past: now.
func (b *budget) blockedUntil(p Priority, now time.Time) time.Time {
	if b.limit > 0 && b.left(p, now) <= 0 && b.resetAt.After(b.refusedUntil) {
		return b.resetAt
	}
	return b.refusedUntil
}

// rate is how much may be spent each second until the window ends.
func (b *budget) rate(p Priority, now time.Time) float64 {
	rest := b.resetAt.Sub(now)
	if rest <= 0 {
		rest = longestWindow
	}
	return float64(b.left(p, now)-b.reserved) / max(1, rest.Seconds())
}

func (b *budget) status(resource string) model.Budget {
	return model.Budget{
		Resource: resource, Limit: b.limit, Remaining: max(0, b.limit-b.used), Used: b.used,
		Reset: b.reset, UsedAtReset: b.usedAtReset,
	}
}
