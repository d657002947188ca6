package collector

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Published holds the samples last built of every scope. It is a
// prometheus.Collector; a scrape takes no lock and copies what was built.
type Published struct {
	mu      sync.Mutex // held by writers
	entries atomic.Pointer[[]entry]
}

type entry struct {
	scope   Scope
	samples []prometheus.Metric
}

// NewPublished makes an empty Published.
func NewPublished() *Published {
	p := &Published{}
	p.entries.Store(&[]entry{})
	return p
}

// Set replaces the samples of a scope.
func (p *Published) Set(scope Scope, samples []prometheus.Metric) {
	p.change(func(entries []entry) []entry {
		at, found := slices.BinarySearchFunc(entries, scope, compareScope)
		if !found {
			return slices.Insert(entries, at, entry{scope, samples})
		}
		entries[at].samples = samples
		return entries
	})
}

// Remove forgets the samples of a scope.
func (p *Published) Remove(scope Scope) {
	p.change(func(entries []entry) []entry {
		return slices.DeleteFunc(entries, func(e entry) bool { return e.scope == scope })
	})
}

// Scopes lists the scopes that have samples.
func (p *Published) Scopes() []Scope {
	var scopes []Scope
	for _, e := range *p.entries.Load() {
		scopes = append(scopes, e.scope)
	}
	return scopes
}

// change puts a changed copy of the entries in their place.
func (p *Published) change(f func([]entry) []entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed := f(slices.Clone(*p.entries.Load()))
	p.entries.Store(&changed)
}

func compareScope(e entry, s Scope) int {
	if c := strings.Compare(e.scope.Project, s.Project); c != 0 {
		return c
	}
	if c := strings.Compare(e.scope.Owner, s.Owner); c != 0 {
		return c
	}
	return strings.Compare(e.scope.Repo, s.Repo)
}

// Describe sends nothing: which series there are depends on the mirror.
func (p *Published) Describe(chan<- *prometheus.Desc) {}

// Collect sends every sample.
func (p *Published) Collect(ch chan<- prometheus.Metric) {
	for _, e := range *p.entries.Load() {
		send(ch, e.samples)
	}
}

// Project gives a collector of one project's samples.
func (p *Published) Project(name string) prometheus.Collector { return ofProject{p, name} }

type ofProject struct {
	published *Published
	name      string
}

func (ofProject) Describe(chan<- *prometheus.Desc) {}

func (o ofProject) Collect(ch chan<- prometheus.Metric) {
	for _, e := range *o.published.entries.Load() {
		if e.scope.Project == o.name {
			send(ch, e.samples)
		}
	}
}

func send(ch chan<- prometheus.Metric, samples []prometheus.Metric) {
	for _, m := range samples {
		ch <- m
	}
}
