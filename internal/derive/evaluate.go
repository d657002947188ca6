package derive

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Evaluate sums up what happened in the repositories of the states up to an
// instant, and what held then. It reads the facts of every item once.
func Evaluate(states []*model.State, rules Rules, at model.Instant) *Figures {
	rules.Windows, rules.Quantiles = distinct(rules.Windows), distinct(rules.Quantiles)
	e := newEvaluation(&rules, at)
	for _, state := range states {
		for _, item := range state.Items {
			e.observations(item)
			e.gauges(item)
			e.configured(item)
		}
		e.reverted(state)
		e.changes(state.Changes)
	}
	e.admitLabels(states)
	return e.figures(states)
}

// distinct leaves out what is listed again.
func distinct[T comparable](list []T) []T {
	var out []T
	for _, v := range list {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// evaluation is the work of one Evaluate.
type evaluation struct {
	rules   *Rules
	at      int64
	after   []int64 // the start of each window, which is not in it
	layout  *layout
	slots   []slot
	recent  [][][]uint32 // durations by window and slot
	items   [kinds]gauges
	drafts  int
	queued  int            // pull requests in the merge queue
	reverts []*model.Facts // merged ones that revert something

	deployed  deployedTally
	incidents incidentTally
	workflows workflowTally
	chosen    configuredTally
}

// kinds is the number of values of model.Kind.
const kinds = model.PullRequest + 1

func newEvaluation(rules *Rules, at model.Instant) *evaluation {
	e := &evaluation{rules: rules, at: int64(at), layout: newLayout(rules)}
	e.slots = e.layout.slots(rules.Native)
	for _, w := range rules.Windows {
		e.after = append(e.after, int64(at)-int64(w.Seconds()))
		e.recent = append(e.recent, make([][]uint32, len(e.slots)))
	}
	for kind := range e.items {
		e.items[kind].labels = map[labelName]*labelTally{}
	}
	e.deployed, e.workflows, e.chosen = newDeployedTally(rules), workflowTally{}, newConfiguredTally(rules)
	return e
}

// observations adds what was observed of an item up to the instant.
func (e *evaluation) observations(item *model.Facts) {
	for i := range item.Observed {
		o := &item.Observed[i]
		if n := e.layout.of(o.Series, o.Sub); int64(o.At) <= e.at && n >= 0 {
			e.observe(n, o.Series, o.At, o.Value)
		}
	}
}

// observe adds an observation to a slot, and to the windows that it is in.
func (e *evaluation) observe(n int, s model.Series, at, value uint32) {
	e.observeIn(e.slots, e.recent, n, s, at, value)
}

// observeIn adds it where slots and recent are those of some of the series.
func (e *evaluation) observeIn(slots []slot, recent [][][]uint32, n int, s model.Series, at, value uint32) {
	row := &seriesRows[s]
	slots[n].add(row.buckets, value)
	if !row.seconds {
		return
	}
	for w, after := range e.after {
		if int64(at) > after {
			recent[w][n] = append(recent[w][n], value)
		}
	}
}

// gauges is what held of the items of one kind.
type gauges struct {
	states [3]int // by IssueStates or PullStates
	older  [len(ageSeconds)]int
	ages   []uint32
	labels map[labelName]*labelTally
	beyond int // labels that the series limit left out
}

// gauges adds what held of an item at the instant.
func (e *evaluation) gauges(item *model.Facts) {
	if int64(item.Created) > e.at {
		return
	}
	g := &e.items[item.Kind]
	state, draft := stateAt(item, e.at)
	g.tally(item, state, e.at)
	if len(item.Reverts()) > 0 && int64(item.Merged) <= e.at {
		e.reverts = append(e.reverts, item)
	}
	if state < 0 {
		return
	}
	g.states[state]++
	if queuedAt(item, e.at) {
		e.queued++
	}
	if draft {
		e.drafts++
	}
	if state == openState && !draft && !item.AuthorBot && item.Ready != 0 && int64(item.Ready) <= e.at {
		g.age(seconds32(model.Instant(e.at) - item.Ready))
	}
}

// openState is the index of open in IssueStates and PullStates.
const openState = 0

// stateAt gives the index of the state that an item was in, -1 if it was not
// there, and whether it was a draft.
func stateAt(item *model.Facts, at int64) (state int, draft bool) {
	state = -1
	for _, s := range item.Spans {
		if !holds(s.From, s.To, at) {
			continue
		}
		switch s.State {
		case model.SpanOpen:
			state = openState
		case model.SpanMerged:
			state = 1
		case model.SpanClosed:
			state = 1
			if item.Kind == model.PullRequest {
				state = 2
			}
		case model.SpanDraft:
			draft = true
		}
	}
	return state, draft
}

// holds reports whether an instant is in [from, to), to 0 while it lasts.
func holds(from, to uint32, at int64) bool {
	return int64(from) <= at && (to == 0 || at < int64(to))
}

// age adds the age of an open item.
func (g *gauges) age(seconds uint32) {
	g.ages = append(g.ages, seconds)
	for i, limit := range ageSeconds {
		if seconds > limit {
			g.older[i]++
		}
	}
}

// figures gives what was summed up.
func (e *evaluation) figures(states []*model.State) *Figures {
	f := &Figures{
		At: model.Instant(e.at), Quantiles: e.rules.Quantiles, layout: e.layout, slots: e.slots, drafts: e.drafts, queued: e.queued,
		exact: exactQuantiles(e.rules, e.recent, len(e.slots)), rules: e.rules,
		environments: e.deployed.figures(e),
		milestones:   milestonesOf(states, e.rules.SeriesLimit),
	}
	f.incidents, f.incidentsBeyond = e.incidents.figures(e.rules)
	for _, state := range states {
		f.Repositories = append(f.Repositories, state.Repository)
		f.Created = earlier(f.Created, state.Repository.CreatedAt)
	}
	f.addWorkflows(e.workflows, e.rules)
	f.addConfigured(&e.chosen)
	for kind := range e.items {
		f.items[kind] = e.items[kind].figures(e.rules)
	}
	return f
}

func (g *gauges) figures(rules *Rules) itemFigures {
	slices.Sort(g.ages)
	figures := itemFigures{states: g.states, older: g.older, labels: g.labelFigures(), beyond: g.beyond}
	for _, q := range rules.Quantiles {
		if len(g.ages) > 0 {
			figures.ages = append(figures.ages, quantile(g.ages, q))
		}
	}
	return figures
}
