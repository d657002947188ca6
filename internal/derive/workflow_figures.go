package derive

import (
	"cmp"
	"math"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// WorkflowFigure is what the runs of a workflow come to beside its series.
type WorkflowFigure struct {
	Workflow    string
	Failing     int           // failures in a row up to now; of several repositories the most
	LastSuccess model.Instant // 0 while none ever succeeded
}

// Workflows gives what each workflow comes to that has ever been run, by name.
func (f *Figures) Workflows() []WorkflowFigure { return f.workflows }

// workflowSeries are the series that there is one of for each workflow, and
// workflowSlots how many slots they have.
var (
	workflowSeries = []model.Series{WorkflowRuns, WorkflowDuration, WorkflowQueue, WorkflowFlaky}
	workflowSlots  = workflowSlot(seriesCount, 0)
)

// workflowSlot numbers a series and sub among those of a workflow.
func workflowSlot(s model.Series, sub uint8) int {
	n := int(sub)
	for _, before := range workflowSeries {
		if before < s {
			n += subs(before)
		}
	}
	return n
}

// workflowTally sums up the runs of workflows, by name.
type workflowTally map[string]*workflowCount

// workflowCount is what the runs of one workflow come to.
type workflowCount struct {
	known   uint32 // when it was first run
	last    uint32 // success
	failing int
	slots   []slot
	recent  [][][]uint32 // durations by window and slot
}

// of gives the count of a workflow.
func (t workflowTally) of(name string, rules *Rules) *workflowCount {
	if c := t[name]; c != nil {
		return c
	}
	c := &workflowCount{known: math.MaxUint32, slots: make([]slot, workflowSlots)}
	for range rules.Windows {
		c.recent = append(c.recent, make([][]uint32, workflowSlots))
	}
	for _, s := range workflowSeries {
		if rules.Native && seriesRows[s].buckets != nil {
			c.slots[workflowSlot(s, 0)].native = &sparse{}
		}
	}
	t[name] = c
	return c
}

// workflowRuns adds what became of a workflow's runs up to the instant.
func (e *evaluation) workflowRuns(w *model.WorkflowRuns) {
	if int64(w.Known) > e.at {
		return
	}
	c := e.workflows.of(w.File, e.rules)
	c.known = min(c.known, w.Known)
	failing := 0
	for i := range w.Ends {
		end := &w.Ends[i]
		if int64(end.At) > e.at {
			break
		}
		switch how := conclusion(end.Conclusion); {
		case how.succeeded():
			failing, c.last = 0, max(c.last, end.At)
		case how.failed():
			failing++
		}
		e.runEnd(c, end)
	}
	c.failing = max(c.failing, failing)
	for _, start := range w.Starts {
		if int64(start.At) <= e.at {
			e.observeRun(c, WorkflowQueue, 0, start.At, start.Queue)
		}
	}
}

func (e *evaluation) runEnd(c *workflowCount, end *model.RunEnd) {
	e.observeRun(c, WorkflowRuns, end.Conclusion, end.At, 0)
	if end.Timed {
		e.observeRun(c, WorkflowDuration, 0, end.At, end.Duration)
	}
	if end.Flaky {
		e.observeRun(c, WorkflowFlaky, 0, end.At, 0)
	}
}

// observeRun adds an observation of a workflow.
func (e *evaluation) observeRun(c *workflowCount, s model.Series, sub uint8, at, value uint32) {
	e.observeIn(c.slots, c.recent, workflowSlot(s, sub), s, at, value)
}

// add adds what another count has.
func (c *workflowCount) add(o *workflowCount) {
	c.known, c.last, c.failing = min(c.known, o.known), max(c.last, o.last), max(c.failing, o.failing)
	for n := range c.slots {
		c.slots[n].merge(&o.slots[n])
		for w := range c.recent {
			c.recent[w][n] = append(c.recent[w][n], o.recent[w][n]...)
		}
	}
}

// admit counts what the series limit leaves no room for as OtherLabel, in the
// order in which the workflows were first run, so that what was admitted stays.
// It gives how many that are. Every family shows the same ones: there is room for as
// many as the largest takes.
func (t workflowTally) admit(rules *Rules) (beyond int) {
	names := t.inOrder()
	room := max(rules.SeriesLimit/max(len(Conclusions), len(rules.Windows)*len(rules.Quantiles))-1, 0) // one is for OtherLabel
	if rules.SeriesLimit <= 0 || len(names) <= room {
		return 0
	}
	dropped := make([]*workflowCount, 0, len(names)-room)
	for _, name := range names[room:] {
		dropped = append(dropped, t[name])
		delete(t, name)
	}
	other := t.of(OtherLabel, rules)
	for _, c := range dropped {
		other.add(c)
	}
	return len(dropped)
}

// inOrder gives the workflows in the order in which they were first run.
func (t workflowTally) inOrder() []string {
	names := t.names()
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(t[a].known, t[b].known) })
	return names
}

// names gives the workflows by name.
func (t workflowTally) names() []string {
	names := make([]string, 0, len(t))
	for name := range t {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// addWorkflows gives the figures what was summed up of workflows.
func (f *Figures) addWorkflows(t workflowTally, rules *Rules) {
	f.workflowsBeyond = t.admit(rules)
	f.workflowCells = map[model.Series][]Cell{}
	for _, name := range t.names() {
		c := t[name]
		f.workflows = append(f.workflows, WorkflowFigure{Workflow: name, Failing: c.failing, LastSuccess: model.Instant(c.last)})
		exact := exactQuantiles(rules, c.recent, workflowSlots)
		for _, s := range workflowSeries {
			for sub, values := range LabelSets(s) {
				n := workflowSlot(s, uint8(sub))
				f.workflowCells[s] = append(f.workflowCells[s], Cell{
					Labels: append([]string{name}, values...), slot: &c.slots[n], bounds: seriesRows[s].buckets, exact: exact[n],
				})
			}
		}
	}
}
