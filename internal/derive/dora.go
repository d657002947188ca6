package derive

import (
	"math"
	"sort"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// EnvironmentFigures is what an environment comes to beside its series.
type EnvironmentFigures struct {
	Environment string
	LastSuccess model.Instant // of a deployment; 0 while none ever succeeded
	// Undeployed is how many merged pull requests are not deployed, by
	// UndeployedReasons. It means nothing unless Known: a deployment whose commit is
	// known has succeeded.
	Undeployed [2]int
	Known      bool
	Windows    []DoraFigures // as the rules list them; none while no deployment ever succeeded
}

// UndeployedReasons are why a merged pull request is not deployed.
var UndeployedReasons = []string{"waiting", "not_on_branch"}

// DoraFigures is what the deployments to an environment within a window come to.
type DoraFigures struct {
	Window         string  // as the label `window` has it
	PerDay         float64 // successes
	ActiveDayRatio float64 // share of the window's 24-hour slots, counted back from now, with a success
	Successes      int
	Failed         int // successes that an incident is linked to
	Reworked       int // successes that reworked an earlier one
}

// FailureRatio gives the share of the successes that failed; false if there was none.
func (d DoraFigures) FailureRatio() (float64, bool) { return ratio(d.Failed, d.Successes) }

// ReworkRatio gives the share of the successes that are rework; false if there was none.
func (d DoraFigures) ReworkRatio() (float64, bool) { return ratio(d.Reworked, d.Successes) }

func ratio(part, whole int) (float64, bool) {
	if whole == 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}

// Environments gives what each environment of the rules comes to.
func (f *Figures) Environments() []EnvironmentFigures { return f.environments }

// deployedTally sums up the deployments of repositories, by environment.
type deployedTally []environmentTally

type environmentTally struct {
	last       uint32
	known      bool
	undeployed [2]int
	windows    []windowTally
}

// windowTally is what happened in a window.
type windowTally struct {
	days                        map[int64]bool // slots of 24 hours, counted back from now, with a success
	successes, failed, reworked int
}

func newDeployedTally(rules *Rules) deployedTally {
	tally := make(deployedTally, len(rules.Environments))
	for i := range tally {
		tally[i].windows = make([]windowTally, len(rules.Windows))
		for w := range tally[i].windows {
			tally[i].windows[w].days = map[int64]bool{}
		}
	}
	return tally
}

// changes adds what a repository's deployments and incidents came to.
func (e *evaluation) changes(c *model.Changes) {
	if c == nil {
		return
	}
	end := sort.Search(len(c.Observed), func(i int) bool { return int64(c.Observed[i].At) > e.at })
	for i := range c.Observed[:end] {
		o := &c.Observed[i]
		if int(o.Environment) < len(e.deployed) || seriesRows[o.Series].per == once {
			e.observe(e.layout.slot(o.Series, int(o.Environment), o.Sub), o.Series, o.At, o.Value)
		}
	}
	for i := range c.Workflows {
		e.workflowRuns(&c.Workflows[i])
	}
	e.successes(c)
	e.undeployed(c)
	for i := range c.Incidents {
		e.incidents.add(&c.Incidents[i], e.at)
	}
}

// successes adds a repository's successful deployments.
func (e *evaluation) successes(c *model.Changes) {
	failed := map[int32]bool{}
	for _, s := range c.Failures {
		if holds(s.From, s.To, e.at) {
			failed[s.Deployment] = true
		}
	}
	for i, d := range c.Deployments {
		if int64(d.At) > e.at {
			break
		}
		if int(d.Environment) >= len(e.deployed) {
			continue
		}
		t := &e.deployed[d.Environment]
		t.last = max(t.last, d.At)
		for w, after := range e.after {
			if int64(d.At) > after {
				t.windows[w].add(e.at, &d, failed[int32(i)])
			}
		}
	}
}

func (t *windowTally) add(now int64, d *model.Deployed, failed bool) {
	t.successes++
	t.days[(now-int64(d.At))/day] = true
	if failed {
		t.failed++
	}
	if d.Rework {
		t.reworked++
	}
}

// undeployed adds what is merged and not deployed.
func (e *evaluation) undeployed(c *model.Changes) {
	for env, known := range c.Known {
		if env < len(e.deployed) && known != 0 && int64(known) <= e.at {
			e.deployed[env].known = true
		}
	}
	for _, s := range c.Undeployed {
		if int(s.Environment) < len(e.deployed) && holds(s.From, s.To, e.at) {
			reason := 0
			if s.OffBranch {
				reason = 1
			}
			e.deployed[s.Environment].undeployed[reason]++
		}
	}
}

func (t deployedTally) figures(e *evaluation) []EnvironmentFigures {
	var out []EnvironmentFigures
	for i := range t {
		f := EnvironmentFigures{
			Environment: e.rules.Environments[i].Name, LastSuccess: model.Instant(t[i].last),
			Known: t[i].known, Undeployed: t[i].undeployed,
		}
		for w := range t[i].windows {
			if t[i].last != 0 {
				f.Windows = append(f.Windows, t[i].windows[w].figures(e.rules.Windows[w].Seconds(), WindowLabel(e.rules.Windows[w])))
			}
		}
		out = append(out, f)
	}
	return out
}

func (t *windowTally) figures(seconds float64, label string) DoraFigures {
	days := seconds / day
	return DoraFigures{
		Window: label, Successes: t.successes, Failed: t.failed, Reworked: t.reworked,
		PerDay: float64(t.successes) / days, ActiveDayRatio: float64(len(t.days)) / math.Ceil(days),
	}
}
