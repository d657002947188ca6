package exporter

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/github-dev-exporter/github-dev-exporter/collector"
	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const (
	// tick is how often everything is built anew, for what depends on the time alone.
	tick = 15 * time.Second
	// statusTick is how often the few samples of the sync, the tokens and the
	// process are built: they change without a publish.
	statusTick = 5 * time.Second
)

// publisher builds the samples that scrapes copy: a repository's when the
// mirror publishes it, everybody's at each tick.
type publisher struct {
	published *collector.Published // of repositories, and projects that are shown as one
	projects  *collector.Published // of each project's repositories together
	sync      *collector.Published // how far the repositories are mirrored, and the store
	own       *collector.Published // the tokens, and the exporter itself
	sources   sources
	now       func() time.Time
	every     time.Duration // tick

	settings atomic.Pointer[settings]
	process  atomic.Pointer[collector.Process]
	limits   limits

	wake  chan struct{}
	mu    sync.Mutex // guards dirty
	dirty map[int64]bool

	building sync.Mutex      // one build at a time; guards shown
	shown    map[string]bool // projects whose series have appeared
}

// sources is what the publisher reads; none of it waits for a network.
type sources interface {
	State(repo int64) *model.State
	Status() []model.RepositoryStatus
	Tokens() []model.TokenStatus
	Stats() model.APIStats
	Store() collector.Store
	Webhook() *model.WebhookStatus
}

func newPublisher(src sources, s *settings, now func() time.Time, log *slog.Logger) *publisher {
	p := &publisher{
		published: collector.NewPublished(), projects: collector.NewPublished(),
		sync: collector.NewPublished(), own: collector.NewPublished(),
		sources: src, now: now, every: tick,
		wake: make(chan struct{}, 1), dirty: map[int64]bool{}, shown: map[string]bool{}, limits: limits{log: log},
	}
	p.settings.Store(s)
	return p
}

// changed notes that the mirror published a repository.
func (p *publisher) changed(repo int64) {
	p.mu.Lock()
	p.dirty[repo] = true
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// run builds until ctx ends.
func (p *publisher) run(ctx context.Context) {
	all, status := time.NewTicker(p.every), time.NewTicker(min(p.every, statusTick))
	defer all.Stop()
	defer status.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-all.C:
			p.buildAll()
		case <-status.C:
			p.buildStatus()
		case <-p.wake:
			p.buildChanged()
		}
	}
}

func (p *publisher) take() map[int64]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := p.dirty
	p.dirty = map[int64]bool{}
	return taken
}

func (p *publisher) buildChanged() {
	changed := p.take()
	p.build(func(r model.RepositoryStatus) bool { return changed[r.ID] }, false)
}

func (p *publisher) buildAll() {
	p.take()
	p.build(func(model.RepositoryStatus) bool { return true }, true)
}

// buildStatus makes the samples that belong to no scope.
func (p *publisher) buildStatus() {
	p.building.Lock()
	defer p.building.Unlock()
	p.buildOwn(p.settings.Load(), p.sources.Status())
}

// build makes the samples of what was chosen, and removes the scopes that
// nothing belongs to any more. Those of whole projects take all of their
// repositories' items: they are made at ticks, and when they first appear.
func (p *publisher) build(chosen func(model.RepositoryStatus) bool, projects bool) {
	p.building.Lock()
	defer p.building.Unlock()
	s, at := p.settings.Load(), model.At(p.now())
	status := p.sources.Status()
	p.fill(p.published, groupByScope(status, s.scopeOf, p.sources.State), func(g scopeGroup) []prometheus.Metric {
		if !g.any(chosen) {
			return nil
		}
		figures := derive.Evaluate(g.states, s.rules[g.scope.Project], at)
		p.limits.set(g.scope, s.cut(figures), s.config.SeriesLimit)
		return s.builder.Repository(g.scope, figures)
	})
	p.limits.keep(p.published.Scopes())
	known := p.projects.Scopes()
	p.fill(p.projects, groupByScope(status, projectScope, p.sources.State), func(g scopeGroup) []prometheus.Metric {
		if !projects && slices.Contains(known, g.scope) {
			return nil
		}
		return s.builder.Project(g.scope.Project, derive.Evaluate(g.states, s.rules[g.scope.Project], at))
	})
	p.buildOwn(s, status)
}

// cut gives the exported families that the series limit cut.
func (s *settings) cut(figures *derive.Figures) []derive.Beyond {
	return slices.DeleteFunc(figures.Beyond(), func(b derive.Beyond) bool { return !s.builder.Exports(b.Family) })
}

// adopt takes other settings and makes all facts and samples anew by them;
// nothing is built of facts by one and rules by the other.
func (p *publisher) adopt(s *settings, redigest func() error) error {
	p.building.Lock()
	err := redigest()
	p.settings.Store(s)
	p.building.Unlock()
	p.buildAll()
	return err
}

// fill puts what is made of the groups whose series appear into a Published,
// where it is anything, and removes all other scopes from it.
func (p *publisher) fill(published *collector.Published, groups []scopeGroup, make func(scopeGroup) []prometheus.Metric) {
	keep := map[collector.Scope]bool{}
	for _, g := range groups {
		if !p.appears(g) {
			continue
		}
		keep[g.scope] = true
		if samples := make(g); samples != nil {
			published.Set(g.scope, samples)
		}
	}
	for _, scope := range published.Scopes() {
		if !keep[scope] {
			published.Remove(scope)
		}
	}
}

// appears reports whether a scope's series are shown: a repository's once its
// first sync is complete, a project's once no first sync is under way, and
// from then on.
func (p *publisher) appears(g scopeGroup) bool {
	if len(g.states) == 0 || (g.waiting && !p.shown[g.scope.Project]) {
		return false
	}
	if g.scope.Owner == "" {
		p.shown[g.scope.Project] = true
	}
	return true
}

// buildOwn makes the samples that belong to no scope: of the sync, the tokens
// and the exporter itself.
func (p *publisher) buildOwn(s *settings, status []model.RepositoryStatus) {
	p.sync.Set(collector.Scope{}, s.builder.Sync(status, p.sources.Store()))
	own := s.builder.Tokens(p.sources.Tokens(), p.sources.Stats())
	if process := p.process.Load(); process != nil {
		with := *process
		with.Webhook = p.sources.Webhook()
		own = append(own, s.builder.Process(with)...)
	}
	p.own.Set(collector.Scope{}, own)
}

// scopeGroup is the repositories whose figures become one scope's samples.
type scopeGroup struct {
	scope   collector.Scope
	members []model.RepositoryStatus
	states  []*model.State // of the complete ones
	waiting bool           // a first sync is under way
}

func (g scopeGroup) any(chosen func(model.RepositoryStatus) bool) bool {
	for _, m := range g.members {
		if chosen(m) {
			return true
		}
	}
	return false
}

// scopeOf gives the scope that a repository's figures belong to.
func (s *settings) scopeOf(r *model.RepositoryStatus) collector.Scope {
	if s.perProject(r.Project) {
		return projectScope(r)
	}
	return collector.Scope{Project: r.Project, Owner: r.Owner, Repo: r.Name}
}

// projectScope gives the scope of a repository's project as a whole.
func projectScope(r *model.RepositoryStatus) collector.Scope {
	return collector.Scope{Project: r.Project}
}

// groupByScope sorts repositories into scopes, in the order of the status.
func groupByScope(status []model.RepositoryStatus, scopeOf func(*model.RepositoryStatus) collector.Scope, state func(int64) *model.State) []scopeGroup {
	var groups []scopeGroup
	index := map[collector.Scope]int{}
	for _, r := range status {
		scope := scopeOf(&r)
		i, ok := index[scope]
		if !ok {
			i = len(groups)
			index[scope] = i
			groups = append(groups, scopeGroup{scope: scope})
		}
		groups[i].members = append(groups[i].members, r)
		if st := state(r.ID); st != nil && st.Complete != 0 {
			groups[i].states = append(groups[i].states, st)
		} else if r.Gone == "" && (r.LastError == "" || r.Progress > 0) {
			groups[i].waiting = true
		}
	}
	return groups
}
