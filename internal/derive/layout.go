package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// block is what a series is there for: once, or once for each thing of a kind.
type block uint8

// The blocks of series. How many there are of those below depends on the
// rules; workflows are found in the data and counted by name.
const (
	once block = iota
	perEnvironment
	perWorkflow
	perState
	perEvent
	perPullEvent // an event of pull requests
)

// labels gives the labels that tell a series' blocks apart.
func (b block) labels() []string {
	return [...][]string{
		once: nil, perEnvironment: {"environment"}, perWorkflow: {"workflow"},
		perState: {"kind", "state"}, perEvent: {"kind", "event"}, perPullEvent: {"event"},
	}[b]
}

// configured reports whether the block is one of the states or events of the
// rules, whose number an item's observation has in place of a sub.
func (b block) configured() bool { return b >= perState }

// blocks gives how many blocks there are.
func (r *Rules) blocks(b block) int {
	switch b {
	case perEnvironment:
		return len(r.Environments)
	case perWorkflow:
		return 0
	case perState:
		return len(r.States)
	case perEvent, perPullEvent:
		return len(r.Events)
	}
	return 1
}

// blockValues gives the values of a block's labels; false where it has no series.
func (r *Rules) blockValues(b block, n int) (values []string, exists bool) {
	switch b {
	case perEnvironment:
		return []string{r.Environments[n].Name}, true
	case perState:
		return []string{r.States[n].Kind.String(), r.States[n].Name}, true
	case perEvent:
		return []string{r.Events[n].Kind.String(), r.Events[n].Name}, true
	case perPullEvent:
		return []string{r.Events[n].Name}, r.Events[n].Kind == model.PullRequest
	}
	return nil, true
}

// layout numbers the slots of all series: by series, block and sub.
type layout struct {
	first  [seriesCount]int // the first slot of each series
	blocks [seriesCount]int
	size   int
}

func newLayout(rules *Rules) *layout {
	y := &layout{}
	for s := range seriesCount {
		y.first[s], y.blocks[s] = y.size, rules.blocks(seriesRows[s].per)
		y.size += y.blocks[s] * subs(s)
	}
	return y
}

// slot numbers a series, block and sub; the block is 0 where there is one only.
func (y *layout) slot(s model.Series, block int, sub uint8) int {
	return y.first[s] + block*subCounts[s] + int(sub)
}

// of numbers the slot of an item's observation, -1 if the rules know none.
func (y *layout) of(s model.Series, sub uint8) int {
	if seriesRows[s].per.configured() && int(sub) >= y.blocks[s] {
		return -1
	}
	return y.first[s] + int(sub)
}

// slots makes the slots, with native buckets where they are asked for.
func (y *layout) slots(native bool) []slot {
	slots := make([]slot, y.size)
	for s := range seriesCount {
		if !native || seriesRows[s].buckets == nil {
			continue
		}
		for n := range y.blocks[s] * subs(s) {
			slots[y.first[s]+n].native = &sparse{}
		}
	}
	return slots
}

// subCounts is the number of label sets of each series' blocks.
var subCounts = func() (counts [seriesCount]int) {
	for s := range seriesCount {
		counts[s] = subs(s)
	}
	return counts
}()
