// Package collector names the figures: every metric is a row of a group, with
// its help, its labels and a pure function that turns figures into samples. It
// does no I/O and reads no clock.
//
// A Builder makes the samples of one scope – a repository, or a project that
// is shown as one – whenever its figures change. A Published holds what was
// built last and is what a scrape reads: it only copies.
package collector

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Scope is what a set of samples is about. Owner and Repo are "" for a project
// as a whole, all three for the exporter itself.
type Scope struct{ Project, Owner, Repo string }

// Options chooses what is exported.
type Options struct {
	// Groups tells by Group.Flag which groups are exported; a group that it
	// does not name is exported if Group.Default says so.
	Groups map[string]bool
	// Histograms is classic, native or both; "" is classic. Native buckets
	// must have been counted: derive.Rules.Native.
	Histograms string
	// HistoryOnly leaves out the families that cannot be evaluated as of an
	// instant in the past.
	HistoryOnly bool
}

// Builder makes samples of figures. It is safe for concurrent use.
type Builder struct {
	opts   Options
	groups []Group
}

// NewBuilder makes a Builder.
func NewBuilder(opts Options) *Builder { return &Builder{opts: opts, groups: Groups()} }

// Repository makes the samples of a repository or, with an empty owner and
// repo, of a project. It gives none for an instant before it was created.
func (b *Builder) Repository(scope Scope, figures *derive.Figures) []prometheus.Metric { return nil }

// Tokens makes the samples of tokens, their budgets and the requests made with them.
func (b *Builder) Tokens(tokens []model.TokenStatus) []prometheus.Metric { return nil }

// Sync makes the samples of how far the mirror is.
func (b *Builder) Sync(repositories []model.RepositoryStatus, store Store) []prometheus.Metric {
	return nil
}

// Process makes the samples of the exporter itself.
func (b *Builder) Process(process Process) []prometheus.Metric { return nil }

// Store is the state of the mirror's store.
type Store struct {
	Sizes      map[string]int64 // bytes by component
	GCFailures int64
}

// Process is the state of the exporter's process.
type Process struct {
	Version, Revision, Branch, GoVersion string
	ReloadOK                             bool          // the last reload of the configuration was successful
	ReloadedAt                           model.Instant // of the last successful one, the first load included
}
