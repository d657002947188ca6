package collector

import (
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Kind is the type of a metric.
type Kind uint8

// The types of metrics.
const (
	Gauge Kind = iota
	Counter
	Histogram
)

// String gives the type as the exposition has it.
func (k Kind) String() string { return [...]string{"gauge", "counter", "histogram"}[k] }

// Subject is what a group's families are about, and so which part of Input
// they read.
type Subject uint8

// The subjects of groups.
const (
	Repositories Subject = iota // of a scope: Input.Figures; each series has the labels project, owner and repo
	Projects                    // of a project's repositories together: Input.Figures; each series has the label project
	Tokens                      // Input.Tokens and Input.API
	Sync                        // Input.Status and Input.Store
	Exporter                    // Input.Process
)

// Group is a set of families that are exported together.
type Group struct {
	Name     string
	Flag     string // NAME of --[no-]collector.NAME; "" where there is no choice
	Default  bool   // exported unless the flag says otherwise
	Help     string // what the group is about, for the flag and the documentation
	Subject  Subject
	Families []Family
}

// Family is a metric, one row of its group.
type Family struct {
	Name    string
	Help    string // one sentence that says what absence means
	Kind    Kind
	Labels  []string  // beside those of the scope
	History bool      // can be evaluated as of an instant in the past
	Buckets []float64 // upper bounds of a histogram, for the documentation
	Emit    func(in *Input, out *Sink)
}

// Input is what families are made of.
type Input struct {
	Scope   Scope // of Figures
	Figures *derive.Figures
	Tokens  []model.TokenStatus
	API     model.APIStats
	Status  []model.RepositoryStatus
	Store   Store
	Process Process
}

// Store is the state of the mirror's store.
type Store struct {
	Sizes      map[string]int64 // bytes by component
	GCFailures int64            // garbage collections of the value log that failed
}

// Process is the state of the exporter's process.
type Process struct {
	Version, Revision, Branch, GoVersion string
	ReloadOK                             bool                 // the last reload of the configuration was successful
	ReloadedAt                           model.Instant        // of the last successful one, the first load included
	Webhook                              *model.WebhookStatus // nil while webhooks are off
}

// scopeLabels are the labels of a scope, R in the documentation.
var scopeLabels = []string{"project", "owner", "repo"}

// labels are those that every family of the subject has.
func (s Subject) labels() []string {
	switch s {
	case Repositories:
		return scopeLabels
	case Projects:
		return scopeLabels[:1:1]
	}
	return nil
}

// LabelsOf gives the names of all labels that the series of one of the group's
// families have: those of its subject and the family's own.
func (g Group) LabelsOf(f Family) []string { return slices.Concat(g.Subject.labels(), f.Labels) }

// counter makes the row of a counted series.
func counter(s model.Series, help string) Family {
	return Family{
		Name: derive.Metric(s), Help: help, Kind: Counter, Labels: derive.LabelNames(s), History: true,
		Emit: func(in *Input, out *Sink) {
			for _, cell := range in.Figures.Cells(s) {
				out.Value(float64(cell.Count()), cell.Labels...)
			}
		},
	}
}

// histogram makes the row of an observed series.
func histogram(s model.Series, help string) Family {
	return Family{
		Name: derive.Metric(s), Help: help, Kind: Histogram, Labels: derive.LabelNames(s), History: true, Buckets: floats(derive.Buckets(s)),
		Emit: func(in *Input, out *Sink) {
			for _, cell := range in.Figures.Cells(s) {
				out.Distribution(cell.Distribution(), cell.Labels...)
			}
		},
	}
}

// quantiles makes the row of the exact windowed quantiles of an observed series.
func quantiles(s model.Series, help string) Family {
	return Family{
		Name: quantileName(derive.Metric(s)), Help: help, Kind: Gauge, Labels: append(derive.LabelNames(s), "window", "q"), History: true,
		Emit: func(in *Input, out *Sink) {
			for _, cell := range in.Figures.Cells(s) {
				for _, q := range cell.Quantiles() {
					out.Value(q.Value, append(cell.Labels[:len(cell.Labels):len(cell.Labels)], q.Window, number(q.Q))...)
				}
			}
		},
	}
}

// quantileName gives the name of the gauge that goes with a histogram of seconds.
func quantileName(histogram string) string {
	return strings.TrimSuffix(histogram, "_seconds") + "_quantile_seconds"
}

func floats(bounds []uint32) (out []float64) {
	for _, b := range bounds {
		out = append(out, float64(b))
	}
	return out
}

// duration makes both rows of a duration; what says what is measured.
func duration(s model.Series, what, absence string) []Family {
	return durationOf(s, what, unsynced, absence)
}

// durationOf makes them of a duration that is absent also for other reasons.
func durationOf(s model.Series, what, without, absence string) []Family {
	return []Family{
		histogram(s, what+", in seconds"+without),
		quantiles(s, what+", as exact quantiles of those that ended within the window, in seconds; absent while "+absence+" in it."),
	}
}
