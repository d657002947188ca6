package githubtest

import (
	"hash/maphash"
	"net/http"
	"time"
)

// Traffic is what the server has seen of one identity since the start or the last ResetLog.
type Traffic struct {
	REST, GraphQL int // requests
	// MaxREST and MaxGraphQL are the most requests that were under way at once. A request
	// counts from its arrival until its answer is about to be sent.
	MaxREST, MaxGraphQL int
	// Refused counts answers that refuse by a limit, primary or secondary, and Repeated those of
	// them that refuse a request which was refused before, to this identity or another, and
	// not answered since.
	Refused, Repeated int
	// BadCredentials counts answers with status 401.
	BadCredentials int
}

// The limits that refuse requests, as Request.Refused names them.
const (
	primaryLimit   = "primary"
	secondaryLimit = "secondary"
)

// underWay counts the requests of an identity that are not answered yet.
type underWay struct{ rest, graphQL, maxREST, maxGraphQL int }

func (u *underWay) add(graphQL bool, n int) {
	if graphQL {
		u.graphQL += n
		u.maxGraphQL = max(u.maxGraphQL, u.graphQL)
		return
	}
	u.rest += n
	u.maxREST = max(u.maxREST, u.rest)
}

// forget begins the high-water marks anew.
func (u *underWay) forget() { u.maxREST, u.maxGraphQL = u.rest, u.graphQL }

// peaks gives the high-water marks of all identities, and forgets them if it shall.
func (l *limiter) peaks(forget bool) map[string]underWay {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make(map[string]underWay, len(l.bursts))
	for identity, b := range l.bursts {
		if out[identity] = b.underWay; forget {
			b.underWay.forget()
		}
	}
	return out
}

// note counts a request for its identity. l.mu is held.
func (l *requestLog) note(r Request, same uint64) {
	t := l.counts.Identities[r.Identity]
	if r.GraphQL {
		t.GraphQL++
	} else {
		t.REST++
	}
	if r.Status == http.StatusUnauthorized {
		t.BadCredentials++
	}
	switch {
	case r.Refused != "":
		t.Refused++
		if l.refused[same] {
			t.Repeated++
		}
		l.refused[same] = true
	case r.Status != 0 && r.Status < http.StatusInternalServerError:
		delete(l.refused, same)
	}
	l.counts.Identities[r.Identity] = t
}

// sameSeed makes the sums of requests comparable within the process.
var sameSeed = maphash.MakeSeed()

// same is a sum of what makes two requests the same: method, address and query.
func (x *exchange) same() uint64 {
	var h maphash.Hash
	h.SetSeed(sameSeed)
	_, _ = h.WriteString(x.request.Method + " " + x.request.URL.RequestURI() + " ")
	if x.graphQL != nil {
		_, _ = h.Write(x.graphQL.body)
	}
	return h.Sum64()
}

// LimitSecondary refuses everything of an identity by a secondary limit for that long by the
// server's clock, as if it had sent too much. Where retryAfter is not set, the answers do not
// say how long that is.
func (s *Server) LimitSecondary(identity string, d time.Duration, retryAfter bool) {
	s.limits.mu.Lock()
	defer s.limits.mu.Unlock()
	b := s.limits.burst(identity)
	b.refusedUntil, b.told = s.clock().Add(d), retryAfter
}

// burst finds what is watched of an identity. l.mu is held.
func (l *limiter) burst(identity string) *burst {
	b := l.bursts[identity]
	if b == nil {
		b = &burst{}
		l.bursts[identity] = b
	}
	return b
}

// arrival is a request that comes in.
type arrival struct {
	identity string
	graphQL  bool
	points   int
	limited  bool // the server has limits
	now      time.Time
}

// enter counts a request in; leave must follow. refused says that a secondary limit does not
// let it in, and retryAfter what it is told.
func (l *limiter) enter(a arrival) (refused bool, retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.burst(a.identity)
	full := over(b.rest+b.graphQL, l.secondary.Concurrent)
	b.add(a.graphQL, 1)
	if since := a.now.Sub(b.minute); since >= time.Minute || since < 0 {
		b.minute, b.restPoints, b.graphQLPoints = a.now, 0, 0
	}
	points, most := &b.restPoints, l.secondary.RESTPerMinute
	if a.graphQL {
		points, most = &b.graphQLPoints, l.secondary.GraphQLPerMinute
	}
	switch {
	case !a.limited:
		return false, 0
	case a.now.Before(b.refusedUntil):
		if b.told {
			retryAfter = b.refusedUntil.Sub(a.now)
		}
		return true, retryAfter
	case full || over(*points, most):
		return true, l.secondary.RetryAfter
	}
	*points += a.points
	return false, 0
}

func over(n, most int) bool { return most >= 0 && n >= most }

// leave counts a request out.
func (l *limiter) leave(a arrival) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.burst(a.identity).add(a.graphQL, -1)
}

// arrival says how a request counts for the secondary limits: what writes counts five times.
func (x *exchange) arrival() arrival {
	points := 1
	if method := x.request.Method; !x.record.GraphQL && method != http.MethodGet && method != http.MethodHead {
		points = 5
	}
	return arrival{
		identity: x.caller.identity(), graphQL: x.record.GraphQL, points: points, limited: x.limited(), now: x.now,
	}
}
