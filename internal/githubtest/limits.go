package githubtest

import (
	"sync"
	"time"
)

// The resources whose use GitHub limits.
const (
	coreResource    = "core"
	graphQLResource = "graphql"
	searchResource  = "search"
)

// SecondaryLimits are GitHub's limits against bursts, for each identity. Zero means
// GitHub's value, a negative one no limit.
type SecondaryLimits struct {
	Concurrent       int           // requests at a time: 100
	RESTPerMinute    int           // points of REST: 900
	GraphQLPerMinute int           // points of GraphQL: 2,000
	RetryAfter       time.Duration // sent with a refusal: a minute; negative: not sent
}

func (l SecondaryLimits) withDefaults() SecondaryLimits {
	return SecondaryLimits{
		Concurrent:       orDefault(l.Concurrent, 100),
		RESTPerMinute:    orDefault(l.RESTPerMinute, 900),
		GraphQLPerMinute: orDefault(l.GraphQLPerMinute, 2000),
		RetryAfter:       orDefault(l.RetryAfter, time.Minute),
	}
}

func orDefault[T int | time.Duration](value, standard T) T {
	if value == 0 {
		return standard
	}
	return value
}

// Budget is one rate limit of one identity at an instant.
type Budget struct {
	Limit, Used int
	Reset       time.Time // when Used is 0 again
}

// Remaining is what is left of the budget.
func (b Budget) Remaining() int { return max(0, b.Limit-b.Used) }

// limiter keeps the budgets of all identities.
type limiter struct {
	opts      Options
	secondary SecondaryLimits

	mu      sync.Mutex
	budgets map[budgetKey]*Budget
	bursts  map[string]*burst
}

type budgetKey struct{ identity, resource string }

// burst is what the secondary limits watch of an identity.
type burst struct {
	underWay
	minute                    time.Time // when the counted minute began
	restPoints, graphQLPoints int       // in it
	refusedUntil              time.Time // see LimitSecondary
	told                      bool      // with Retry-After
}

func newLimiter(opts Options) *limiter {
	return &limiter{
		opts: opts, secondary: opts.Secondary.withDefaults(),
		budgets: map[budgetKey]*Budget{}, bursts: map[string]*burst{},
	}
}

// limit is the size of a caller's budget of a resource.
func (l *limiter) limit(c caller, resource string) int {
	switch {
	case c.anonymous && resource == coreResource:
		return orDefault(l.opts.AnonymousLimit, 60)
	case c.anonymous && resource == graphQLResource:
		return 0
	case c.anonymous:
		return 10
	case resource == coreResource:
		return orDefault(c.CoreLimit, orDefault(l.opts.CoreLimit, 5000))
	case resource == graphQLResource:
		return orDefault(c.GraphQLLimit, orDefault(l.opts.GraphQLLimit, 5000))
	}
	return orDefault(l.opts.SearchLimit, 30)
}

// budget finds a caller's budget and begins a new window if the old one is over.
// l.mu is held.
func (l *limiter) budget(c caller, resource string, now time.Time) *Budget {
	key := budgetKey{c.identity(), resource}
	b := l.budgets[key]
	if b == nil {
		b = &Budget{Limit: l.limit(c, resource)}
		l.budgets[key] = b
	}
	window := time.Hour
	if resource == searchResource {
		window = time.Minute
	}
	if !now.Before(b.Reset) || now.Before(b.Reset.Add(-window)) { // also after a clock that was set back
		b.Used, b.Reset = 0, now.Add(window)
	}
	return b
}

// peek gives a budget without spending of it.
func (l *limiter) peek(c caller, resource string, now time.Time) Budget {
	l.mu.Lock()
	defer l.mu.Unlock()
	return *l.budget(c, resource, now)
}

// spend takes points from a budget, and says whether it held them; if not, nothing
// is taken.
func (l *limiter) spend(c caller, resource string, points int, now time.Time) (Budget, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.budget(c, resource, now)
	if b.Remaining() < points {
		return *b, false
	}
	b.Used += points
	return *b, true
}

// refund gives points back that were spent in the same window.
func (l *limiter) refund(c caller, resource string, points int, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.budget(c, resource, now)
	b.Used = max(0, b.Used-points)
}

// callerOf finds a caller by whose budget it spends.
func (s *Server) callerOf(identity string) caller {
	if c, ok := s.apps.callerOf(identity); ok {
		return c
	}
	return s.auth.byIdentity(identity)
}

// SetUsed sets what is used of an identity's budget of a resource (core, graphql or
// search) in the current window, which begins now if there was none.
func (s *Server) SetUsed(identity, resource string, used int) {
	c := s.callerOf(identity)
	s.limits.mu.Lock()
	defer s.limits.mu.Unlock()
	s.limits.budget(c, resource, s.clock()).Used = used
}

// SetWindow sets what is used of an identity's budget in the current window, and
// when that ends, which is within the hour.
func (s *Server) SetWindow(identity, resource string, used int, reset time.Time) {
	c := s.callerOf(identity)
	s.limits.mu.Lock()
	defer s.limits.mu.Unlock()
	b := s.limits.budget(c, resource, s.clock())
	b.Used, b.Reset = used, reset
}

// Spend takes points from an identity's budget, as other programs of its owner do.
// What the budget does not hold is not taken.
func (s *Server) Spend(identity, resource string, points int) {
	s.limits.spend(s.callerOf(identity), resource, points, s.clock())
}

// Budget gives an identity's budget of a resource at the clock's instant.
func (s *Server) Budget(identity, resource string) Budget {
	return s.limits.peek(s.callerOf(identity), resource, s.clock())
}
