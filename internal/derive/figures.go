package derive

import (
	"fmt"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Figures is what one or more repositories come to as of an instant. It is
// never changed after Evaluate returned it.
type Figures struct {
	At           model.Instant
	Created      model.Instant // of the repository, the earliest of several
	Repositories []model.Repository
	Quantiles    []float64 // the quantiles that were asked for

	rules        *Rules
	layout       *layout
	slots        []slot       // by series, block and sub, see layout
	exact        [][]Quantile // by slot
	items        [kinds]itemFigures
	drafts       int
	queued       int
	environments []EnvironmentFigures
	incidents    []IncidentFigure

	workflows       []WorkflowFigure
	workflowCells   map[model.Series][]Cell
	workflowsBeyond int
	milestones      milestoneFigures

	inStates        []StateFigure
	byAuthor        []AuthorFigure
	authorsBeyond   int
	incidentsBeyond int
}

// Quantile is an exact quantile of the durations that ended within a window.
type Quantile struct {
	Window string // as the label `window` has it
	Q      float64
	Value  float64 // seconds
}

// Distribution is what was observed of one series up to the instant.
type Distribution struct {
	Count   uint64
	Sum     uint64
	Bounds  []uint32 // upper bounds of the buckets, without +Inf
	Buckets []uint64 // cumulative, one for each bound
	Native  *Native  // nil unless the rules ask for it
}

// LabelFigure is how many items bear a label, by the state they are in.
type LabelFigure struct {
	Label string
	items [3]int
}

// itemFigures are the gauges of one kind of items.
type itemFigures struct {
	states [3]int // by IssueStates or PullStates
	older  [len(ageSeconds)]int
	ages   []float64
	labels []LabelFigure
	beyond int
}

// Names of metrics with labels of free choice, for which the series limit may
// have no room.
const (
	IssuesLabeledMetric  = "github_dev_issues_labeled"
	PullsLabeledMetric   = "github_dev_pull_requests_labeled"
	MilestonesMetric     = "github_dev_milestone_issues"
	EventsByAuthorMetric = "github_dev_events_by_author"
)

// States gives the names of a kind's states.
func States(k model.Kind) []string {
	if k == model.PullRequest {
		return PullStates
	}
	return IssueStates
}

// Items gives the number of items in a state, by its number in States.
func (f *Figures) Items(k model.Kind, state int) int { return f.items[k].states[state] }

// Drafts gives the number of pull requests that are open and drafts.
func (f *Figures) Drafts() int { return f.drafts }

// Queued gives the number of pull requests in the merge queue.
func (f *Figures) Queued() int { return f.queued }

// OlderThan gives the number of open items above an age, by its number in Ages.
func (f *Figures) OlderThan(k model.Kind, age int) int { return f.items[k].older[age] }

// OpenAges gives the quantiles of the ages of open items in seconds, in the
// order of Figures.Quantiles, and nil if none is open.
func (f *Figures) OpenAges(k model.Kind) []float64 { return f.items[k].ages }

// Labeled gives how many items bear each admitted label, by label, and OtherLabel
// for those that bear any other.
func (f *Figures) Labeled(k model.Kind) []LabelFigure { return f.items[k].labels }

// Items gives the number of items with the label in a state, by its number in States.
func (l LabelFigure) Items(state int) int { return l.items[state] }

// LabelsBeyond tells how many allowed labels are counted as OtherLabel because
// of the series limit.
func (f *Figures) LabelsBeyond(k model.Kind) int { return f.items[k].beyond }

// OtherLabel is the label value of what is not allowed, or beyond the limit.
const OtherLabel = "other"

// WindowLabel writes a window as the label `window` has it: whole days as 30d,
// whole hours as 36h, anything else as Go does.
func WindowLabel(w time.Duration) string {
	switch {
	case w%(day*time.Second) == 0:
		return fmt.Sprintf("%dd", w/(day*time.Second))
	case w%time.Hour == 0:
		return fmt.Sprintf("%dh", w/time.Hour)
	}
	return w.String()
}
