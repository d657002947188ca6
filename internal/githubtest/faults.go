package githubtest

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// FaultKind is what a fault does to an answer.
type FaultKind string

// The kinds of faults. Those of the first group strike in place of an answer and cost
// nothing, like failures of GitHub's front; those of the second spoil the real answer,
// which costs what it costs; those of the third spoil GraphQL answers only.
const (
	// FaultStatus answers with Fault.Status (502 if zero) and an HTML page, or with
	// Fault.Body and Fault.Header where they are set.
	FaultStatus FaultKind = "status"
	// FaultReset resets the connection without an answer.
	FaultReset FaultKind = "reset"
	// FaultSecondary refuses by a secondary limit, with Retry-After where
	// Fault.RetryAfter is not zero, and with Fault.Status where that is not zero: 403,
	// 429, and of GraphQL 200.
	FaultSecondary FaultKind = "secondary"
	// FaultPrimary refuses as if the budget were used up, which it then is.
	FaultPrimary FaultKind = "primary"

	// FaultSlow delays the real answer by Fault.Delay.
	FaultSlow FaultKind = "slow"
	// FaultHang sends half of the real body, then nothing until the client gives up.
	FaultHang FaultKind = "hang"
	// FaultTruncated cuts the real body in half and says that it is whole.
	FaultTruncated FaultKind = "truncated"
	// FaultCut cuts the connection in the midst of the real body.
	FaultCut FaultKind = "cut"
	// FaultEmpty sends the real head with an empty body.
	FaultEmpty FaultKind = "empty"
	// FaultTrailing sends garbage behind the real body.
	FaultTrailing FaultKind = "trailing"
	// FaultHTML sends an HTML page with status 200.
	FaultHTML FaultKind = "html"

	// FaultPartial makes nodes of the answer null, but for the first Fault.Nodes, and says
	// why in errors.
	FaultPartial FaultKind = "partial"
	// FaultDataNull answers with "data": null and an error.
	FaultDataNull FaultKind = "data_null"
	// FaultTimeout answers as a query that ran too long: status 502 and an error
	// "timedout", without data.
	FaultTimeout FaultKind = "timeout"
	// FaultResources does as FaultPartial, with errors of type RESOURCE_LIMITS_EXCEEDED.
	FaultResources FaultKind = "resources"
)

// graphQLFaults never strike requests to REST.
var graphQLFaults = []FaultKind{FaultPartial, FaultDataNull, FaultTimeout, FaultResources}

// Fault is something that goes wrong with the requests it matches. Conditions that are
// zero match everything.
type Fault struct {
	Kind FaultKind

	// REST matches requests to a route by its template, "/repos/{owner}/{repo}/issues".
	REST string
	// GraphQL matches requests to GraphQL by the operation's name; "*" matches all.
	GraphQL string
	// Match is a further condition of any kind.
	Match func(Request) bool
	// PageOver matches requests for pages of more than that many elements: per_page of
	// REST, or first and last of GraphQL's outermost connections.
	PageOver int

	Skip        int     // let that many matching requests pass first
	Count       int     // strike that many times; 0: always
	Probability float64 // strike with that probability; 0: always

	Status     int           // FaultStatus, FaultSecondary
	Header     http.Header   // FaultStatus
	Body       string        // FaultStatus
	RetryAfter time.Duration // FaultSecondary
	Delay      time.Duration // FaultSlow, of real time
	Nodes      int           // FaultPartial, FaultResources
}

// faultList holds the faults in the order in which they were added.
type faultList struct {
	mu     sync.Mutex
	random *rand.Rand
	faults []*activeFault
}

type activeFault struct {
	Fault
	seen, struck int
}

func newFaultList(seed uint64) *faultList {
	return &faultList{random: rand.New(rand.NewPCG(seed, 0x6661756c74))}
}

// AddFault makes something go wrong from now on; remove ends it. Where several faults
// match a request, the one added first strikes, but FaultSlow adds to another.
func (s *Server) AddFault(f Fault) (remove func()) {
	active := &activeFault{Fault: f}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.faults = append(s.faults.faults, active)
	return func() { s.faults.remove(active) }
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.faults = nil
}

func (l *faultList) remove(gone *activeFault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.faults[:0:0]
	for _, f := range l.faults {
		if f != gone {
			kept = append(kept, f)
		}
	}
	l.faults = kept
}

// strike gives the fault that a request meets, with no Kind if none, and how long its
// answer is delayed. page is the size of the page that was asked for.
func (l *faultList) strike(r Request, page int) (fault Fault, delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.faults {
		slow := f.Kind == FaultSlow
		if (slow || fault.Kind == "") && f.matches(r, page) && l.due(f) {
			if slow {
				delay += f.Delay
			} else {
				fault = f.Fault
			}
		}
	}
	return fault, delay
}

func (f *activeFault) matches(r Request, page int) bool {
	switch {
	case !r.GraphQL && slices.Contains(graphQLFaults, f.Kind):
		return false
	case f.REST != "" && (r.GraphQL || f.REST != r.Route):
		return false
	case f.GraphQL != "" && (!r.GraphQL || f.GraphQL != "*" && f.GraphQL != r.Operation):
		return false
	case f.PageOver > 0 && page <= f.PageOver:
		return false
	}
	return f.Match == nil || f.Match(r)
}

// due counts a matching request and decides whether the fault strikes it.
func (l *faultList) due(f *activeFault) bool {
	f.seen++
	if f.seen <= f.Skip || f.Count > 0 && f.struck >= f.Count {
		return false
	}
	if f.Probability > 0 && l.random.Float64() >= f.Probability {
		return false
	}
	f.struck++
	return true
}
