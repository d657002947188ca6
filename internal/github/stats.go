package github

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// durationBounds are the buckets of the request durations, in seconds.
var durationBounds = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}

// stats counts what was asked of GitHub.
type stats struct {
	mu        sync.Mutex
	requests  map[model.RequestCount]int // keyed with Count 0
	points    map[model.PointCount]int   // keyed with Points 0
	durations map[string]*durations      // by api
	waits     map[string]time.Duration   // by token
	putOff    map[string]stretch         // by token: the last time in which work was put off
	secondary map[string]int             // by token
}

// stretch is a time from one instant to another, which may be still to come.
type stretch struct{ from, to time.Time }

// by gives how much of the stretch is over.
func (s stretch) by(now time.Time) time.Duration {
	if now.After(s.to) {
		now = s.to
	}
	return max(0, now.Sub(s.from))
}

// durations is a histogram; the last bucket has no bound.
type durations struct {
	buckets []uint64
	sum     float64
}

func newStats() *stats {
	s := &stats{
		requests: map[model.RequestCount]int{}, points: map[model.PointCount]int{},
		durations: map[string]*durations{}, waits: map[string]time.Duration{}, putOff: map[string]stretch{}, secondary: map[string]int{},
	}
	for _, api := range []string{apiREST, apiGraphQL} {
		s.durations[api] = &durations{buckets: make([]uint64, len(durationBounds)+1)}
	}
	return s
}

// know makes a token's counters appear before anything was counted.
func (s *stats) know(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits[token] += 0
	s.secondary[token] += 0
}

// record counts a call: each of its round trips, and the points it cost.
func (s *stats) record(token string, c *call, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, h := range c.hops {
		outcome := statusOutcome(h.status)
		if i == len(c.hops)-1 {
			outcome = c.outcome(err)
		}
		s.requests[model.RequestCount{Token: token, API: c.api, Endpoint: c.endpoint, Outcome: outcome}]++
		s.durations[c.api].add(h.duration.Seconds())
	}
	if c.envelope != nil && c.envelope.limit != nil {
		s.points[model.PointCount{Token: token, Query: c.query}] += c.envelope.limit.Cost
	}
}

func (d *durations) add(seconds float64) {
	i, _ := slices.BinarySearch(durationBounds, seconds)
	d.buckets[i]++
	d.sum += seconds
}

// snapshot makes the buckets cumulative.
func (d *durations) snapshot() model.Durations {
	out := model.Durations{Bounds: slices.Clone(durationBounds), Sum: d.sum}
	for i, n := range d.buckets {
		out.Count += n
		if i < len(durationBounds) {
			out.Counts = append(out.Counts, out.Count)
		}
	}
	return out
}

func (s *stats) waited(token string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits[token] += d
}

// deferred counts the time until work is to be taken up again that a limit
// keeps from being done. Of calls that are put off side by side it counts once.
func (s *stats) deferred(token string, now, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.putOff[token]
	if now.Before(last.to) {
		s.putOff[token] = stretch{last.from, later(last.to, until)}
		return
	}
	s.waits[token] += last.by(now)
	s.putOff[token] = stretch{now, until}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (s *stats) struck(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secondary[token]++
}

func (s *stats) snapshot(now time.Time) model.APIStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := model.APIStats{
		Durations: map[string]model.Durations{}, WaitSeconds: map[string]float64{}, Secondary: maps.Clone(s.secondary),
	}
	for key, n := range s.requests {
		key.Count = n
		out.Requests = append(out.Requests, key)
	}
	slices.SortFunc(out.Requests, func(a, b model.RequestCount) int {
		return cmp.Or(cmp.Compare(a.Token, b.Token), cmp.Compare(a.API, b.API),
			cmp.Compare(a.Endpoint, b.Endpoint), cmp.Compare(a.Outcome, b.Outcome))
	})
	for key, n := range s.points {
		key.Points = n
		out.Points = append(out.Points, key)
	}
	slices.SortFunc(out.Points, func(a, b model.PointCount) int {
		return cmp.Or(cmp.Compare(a.Token, b.Token), cmp.Compare(a.Query, b.Query))
	})
	for api, d := range s.durations {
		out.Durations[api] = d.snapshot()
	}
	for token, d := range s.waits {
		out.WaitSeconds[token] = (d + s.putOff[token].by(now)).Seconds()
	}
	return out
}
