// Package collector names the figures: every metric is a row of a group, with
// its help, its labels and a pure function that turns figures into samples. It
// does no I/O and reads no clock.
//
// A Builder makes the samples of one scope – a repository, or a project that
// is shown as one – whenever its figures change. A Published holds what was
// built last and is what a scrape reads: it only copies.
package collector

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Scope is what a set of samples is about. Owner and Repo are "" for a project
// as a whole, all three for what belongs to no project.
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

// histogramStyle says which buckets histograms have.
type histogramStyle struct{ classic, native bool }

// Builder makes samples of figures. It is safe for concurrent use.
type Builder struct {
	style    histogramStyle
	families [Exporter + 1][]*compiled // by subject
	pairs    labelPairs
}

// NewBuilder makes a Builder.
func NewBuilder(opts Options) *Builder {
	b := &Builder{style: histogramStyle{classic: opts.Histograms != "native", native: opts.Histograms == "native" || opts.Histograms == "both"}}
	for _, g := range Groups() {
		if !opts.exports(g) {
			continue
		}
		for _, f := range g.Families {
			if f.History || !opts.HistoryOnly {
				b.families[g.Subject] = append(b.families[g.Subject], compile(f, g.Subject))
			}
		}
	}
	return b
}

// Exports reports whether the samples have a family.
func (b *Builder) Exports(family string) bool {
	for _, families := range b.families {
		if slices.ContainsFunc(families, func(c *compiled) bool { return c.Name == family }) {
			return true
		}
	}
	return false
}

func (o *Options) exports(g Group) bool {
	if chosen, ok := o.Groups[g.Flag]; ok && g.Flag != "" {
		return chosen
	}
	return g.Default
}

// Repository makes the samples of a repository or, with an empty owner and
// repo, of a project. There are none for an instant before it was created.
func (b *Builder) Repository(scope Scope, figures *derive.Figures) []prometheus.Metric {
	if figures.At < figures.Created {
		return nil
	}
	sink := &Sink{scope: []string{scope.Project, scope.Owner, scope.Repo}}
	if figures.Created != 0 {
		sink.created = timestamppb.New(figures.Created.Time())
	}
	return b.build(Repositories, sink, &Input{Scope: scope, Figures: figures})
}

// Project makes the samples that a project has beside those of its
// repositories: what is exact over all of them. There are none for an instant
// before the first of them was created.
func (b *Builder) Project(project string, figures *derive.Figures) []prometheus.Metric {
	if figures.At < figures.Created {
		return nil
	}
	return b.build(Projects, &Sink{scope: []string{project}}, &Input{Scope: Scope{Project: project}, Figures: figures})
}

// Tokens makes the samples of tokens, their budgets and the requests made with them.
func (b *Builder) Tokens(tokens []model.TokenStatus, api model.APIStats) []prometheus.Metric {
	return b.build(Tokens, &Sink{}, &Input{Tokens: tokens, API: api})
}

// Sync makes the samples of how far the mirror is. Of several repositories
// that have one name, since it was used again, the one that is still there counts.
func (b *Builder) Sync(repositories []model.RepositoryStatus, store Store) []prometheus.Metric {
	return b.build(Sync, &Sink{}, &Input{Status: distinct(repositories), Store: store})
}

// distinct gives one status for each name, by name.
func distinct(repositories []model.RepositoryStatus) []model.RepositoryStatus {
	sorted := slices.SortedStableFunc(slices.Values(repositories), func(a, b model.RepositoryStatus) int {
		return cmp.Or(compareNames(&a, &b), compareBools(a.Gone != "", b.Gone != ""), cmp.Compare(b.ID, a.ID))
	})
	return slices.CompactFunc(sorted, func(a, b model.RepositoryStatus) bool { return compareNames(&a, &b) == 0 })
}

func compareNames(a, b *model.RepositoryStatus) int {
	return cmp.Or(strings.Compare(a.Project, b.Project), strings.Compare(a.Owner, b.Owner), strings.Compare(a.Name, b.Name))
}

// compareBools sorts false before true.
func compareBools(a, b bool) int { return cmp.Compare(truth(a), truth(b)) }

// Process makes the samples of the exporter itself.
func (b *Builder) Process(process Process) []prometheus.Metric {
	return b.build(Exporter, &Sink{}, &Input{Process: process})
}

// build lets every family of a subject emit its samples.
func (b *Builder) build(subject Subject, sink *Sink, in *Input) []prometheus.Metric {
	sink.pairs, sink.style = &b.pairs, b.style
	for _, f := range b.families[subject] {
		sink.family = f
		f.Emit(in, sink)
	}
	return sink.samples
}
