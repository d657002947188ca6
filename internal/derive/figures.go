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
	Windows      []string  // the windows as the label `window` has them
	Quantiles    []float64 // the quantiles that were asked for

	slots  []slot       // by series and sub, see slotOf
	exact  [][]Quantile // by slot; nil for slots without quantiles
	items  map[model.Kind]*itemFigures
	drafts int
}

// Quantile is an exact quantile of the durations that ended within a window.
type Quantile struct {
	Window string
	Q      float64
	Value  float64 // seconds
}

// Distribution is what was observed of one series up to the instant.
type Distribution struct {
	Count   uint64
	Sum     uint64
	Bounds  []uint32 // upper bounds of the buckets, without +Inf
	Buckets []uint64 // cumulative, one for each bound
	Native  *Native  // nil unless asked for
}

// LabelFigure is how many items bear a label, by the state they are in.
type LabelFigure struct {
	Label string
	Items []int // by IssueStates or PullStates
}

// slot sums the observations of one series and sub.
type slot struct {
	count   uint64
	sum     uint64
	buckets []uint64
	native  *sparse
}

// itemFigures are the gauges of one kind of items.
type itemFigures struct {
	states []int // by IssueStates or PullStates
	older  []int // by Ages
	ages   []float64
	labels []LabelFigure
	beyond int
}

// Count gives a counter's value.
func (f *Figures) Count(s model.Series, sub uint8) uint64 { return f.slots[slotOf(s, sub)].count }

// Distribution gives a histogram's values.
func (f *Figures) Distribution(s model.Series, sub uint8) Distribution {
	return f.slots[slotOf(s, sub)].distribution(seriesRows[s].buckets)
}

// ExactQuantiles gives the quantiles of the windows in which something was
// observed, by window and quantile as the rules list them.
func (f *Figures) ExactQuantiles(s model.Series, sub uint8) []Quantile {
	return f.exact[slotOf(s, sub)]
}

// Items gives the number of items in each of the kind's states: IssueStates or PullStates.
func (f *Figures) Items(k model.Kind) []int { return f.items[k].states }

// Drafts gives the number of pull requests that are open and drafts.
func (f *Figures) Drafts() int { return f.drafts }

// OlderThan gives the number of open items above each of Ages.
func (f *Figures) OlderThan(k model.Kind) []int { return f.items[k].older }

// OpenAges gives the quantiles of the ages of open items in seconds, in the
// order of Figures.Quantiles, and nil if none is open.
func (f *Figures) OpenAges(k model.Kind) []float64 { return f.items[k].ages }

// Labeled gives how many items bear each admitted label, by label, and OtherLabel
// for those that bear any other.
func (f *Figures) Labeled(k model.Kind) []LabelFigure { return f.items[k].labels }

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
