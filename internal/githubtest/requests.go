package githubtest

import (
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"
)

// keptRequests is how many requests the log holds; its counters forget nothing.
const keptRequests = 20_000

// Request is one request as the server's log has it.
type Request struct {
	At        time.Time  // by the server's clock
	Method    string     // GET, POST
	Path      string     // as it came, without an Enterprise Server's prefix
	Query     url.Values // as it came
	Route     string     // of REST: the template, as "/repos/{owner}/{repo}/issues"; "" where none matches
	Operation string     // of GraphQL: the operation's name; "" where it has none
	GraphQL   bool
	Identity  string // whose budget it is: a login, app/account, the app itself, or "anonymous"
	Status    int    // 0: none was sent
	Points    int    // what it cost of its resource's budget
	Nodes     int    // of GraphQL: nodes as GitHub counts them
	Fault     string // the kind of the fault that struck, "" for none
	Refused   string // the limit that refused it, "primary" or "secondary"; "" for none
}

// Counts are the server's counters: what a client has asked for and what it cost.
type Counts struct {
	REST          int            // requests to REST
	GraphQL       int            // requests to GraphQL
	Routes        map[string]int // REST requests by template
	Operations    map[string]int // GraphQL requests by operation
	Statuses      map[int]int    // answers of both by status
	CorePoints    map[string]int // cost to REST budgets, by identity
	GraphQLPoints map[string]int // cost to GraphQL budgets, by identity
	Faults        map[string]int // faults that struck, by kind
	Identities    map[string]Traffic
}

// requestLog counts all requests and holds the newest.
type requestLog struct {
	mu      sync.Mutex
	ring    []Request
	next    int // where the ring is overwritten once it is full
	counts  Counts
	refused map[uint64]bool // sums of requests that a limit refused last
}

func newRequestLog() *requestLog {
	return &requestLog{counts: newCounts(), refused: map[uint64]bool{}}
}

func newCounts() Counts {
	return Counts{
		Routes: map[string]int{}, Operations: map[string]int{}, Statuses: map[int]int{},
		CorePoints: map[string]int{}, GraphQLPoints: map[string]int{}, Faults: map[string]int{},
		Identities: map[string]Traffic{},
	}
}

// add keeps a request. same is the sum that equal requests share.
func (l *requestLog) add(r Request, same uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(r, same)
	l.counts.add(r)
	if len(l.ring) < keptRequests {
		l.ring = append(l.ring, r)
		return
	}
	l.ring[l.next] = r
	l.next = (l.next + 1) % keptRequests
}

func (c *Counts) add(r Request) {
	points := c.CorePoints
	if r.GraphQL {
		c.GraphQL++
		c.Operations[r.Operation]++
		points = c.GraphQLPoints
	} else {
		c.REST++
		c.Routes[r.Route]++
	}
	c.Statuses[r.Status]++
	if r.Points > 0 {
		points[r.Identity] += r.Points
	}
	if r.Fault != "" {
		c.Faults[r.Fault]++
	}
}

// Counts gives a copy of the counters since the start or the last ResetLog.
func (s *Server) Counts() Counts {
	peaks := s.limits.peaks(false)
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	c := s.log.counts
	c.Routes, c.Operations = maps.Clone(c.Routes), maps.Clone(c.Operations)
	c.Statuses, c.Faults = maps.Clone(c.Statuses), maps.Clone(c.Faults)
	c.CorePoints, c.GraphQLPoints = maps.Clone(c.CorePoints), maps.Clone(c.GraphQLPoints)
	c.Identities = maps.Clone(c.Identities)
	for identity, peak := range peaks {
		if peak == (underWay{}) {
			continue
		}
		t := c.Identities[identity]
		t.MaxREST, t.MaxGraphQL = peak.maxREST, peak.maxGraphQL
		c.Identities[identity] = t
	}
	return c
}

// Requests gives the newest requests (20,000 at most), oldest first.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Concat(s.log.ring[s.log.next:], s.log.ring[:s.log.next])
}

// ResetLog empties the log and its counters; budgets stay as they are.
func (s *Server) ResetLog() {
	s.limits.peaks(true)
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.ring, s.log.next, s.log.counts, s.log.refused = nil, 0, newCounts(), map[uint64]bool{}
}
