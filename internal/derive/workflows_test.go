package derive

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// ran adds an attempt of a run of ci.yml that was pushed to main, from one
// second after t0 to another; further changes make it something else.
func (p *past) ran(id int64, attempt, from, to int, commit, conclusion string, changes ...func(*model.Run)) *past {
	r := model.Run{
		ID: id, Attempt: attempt, Workflow: "ci.yml", Event: "push", Branch: "main", OID: oid(commit),
		Status: "completed", Conclusion: conclusion, CreatedAt: t0 + model.Instant(from), StartedAt: t0 + model.Instant(from), CompletedAt: t0 + model.Instant(to),
	}
	for _, change := range changes {
		change(&r)
	}
	p.history.Runs = append(p.history.Runs, r)
	return p
}

// newRuns begins a history whose workflows are *.yml.
func newRuns(t *testing.T) *past {
	p := newPast(t)
	p.rules.Workflows = matcher(t, "*.yml")
	return p
}

func of(file string) func(*model.Run)      { return func(r *model.Run) { r.Workflow = file } }
func on(branch string) func(*model.Run)    { return func(r *model.Run) { r.Branch = branch } }
func during(event string) func(*model.Run) { return func(r *model.Run) { r.Event = event } }
func jobAt(after int) func(*model.Run) {
	return func(r *model.Run) { r.JobAt = t0 + model.Instant(after) }
}
func going(r *model.Run) { r.Status, r.Conclusion, r.CompletedAt = "in_progress", "", 0 }

// workflowsShown writes what the workflows of figures come to, a line each, without zeros.
func workflowsShown(f *Figures) []string {
	var lines []string
	for i, w := range f.Workflows() {
		words := []string{w.Workflow}
		for n, conclusion := range Conclusions {
			if count := f.Cells(WorkflowRuns)[i*len(Conclusions)+n].Count(); count > 0 {
				words = append(words, fmt.Sprintf("%s %d", conclusion, count))
			}
		}
		if n := f.Cells(WorkflowFlaky)[i].Count(); n > 0 {
			words = append(words, fmt.Sprintf("flaky %d", n))
		}
		if w.Failing > 0 {
			words = append(words, fmt.Sprintf("failing %d", w.Failing))
		}
		if w.LastSuccess != 0 {
			words = append(words, fmt.Sprintf("last %d", w.LastSuccess-t0))
		}
		for _, s := range []model.Series{WorkflowDuration, WorkflowQueue} {
			if d := f.Cells(s)[i].Distribution(); d.Count > 0 {
				words = append(words, fmt.Sprintf("%s %d/%d", strings.Split(Metric(s), "_")[4], d.Sum, d.Count))
			}
		}
		lines = append(lines, strings.Join(words, ", "))
	}
	return lines
}

func TestWorkflowRuns(t *testing.T) {
	for _, test := range []struct {
		name string
		past func(*past)
		want []string
	}{
		{"none", func(*past) {}, nil},
		{"one", func(p *past) { p.ran(1, 1, 0, 60, "a", "success") }, []string{"ci.yml, success 1, last 60, duration 60/1"}},
		{"every conclusion, and those that are new", func(p *past) {
			for i, word := range append(slices.Clone(Conclusions), "exploded") {
				p.ran(int64(i+1), 1, 0, 1, fmt.Sprint(i), word)
			}
		}, []string{"ci.yml, success 1, failure 1, timed_out 1, startup_failure 1, cancelled 1, skipped 1, neutral 1, " +
			"action_required 1, stale 1, other 2, failing 3, last 1, duration 11/11"}},
		{"other workflows, and one that is not listed", func(p *past) {
			p.ran(1, 1, 0, 60, "a", "success").ran(2, 1, 0, 70, "a", "failure", of("b.yml")).ran(3, 1, 0, 60, "a", "success", of("c.txt")).ran(4, 1, 0, 1, "a", "success", of(""))
		}, []string{"b.yml, failure 1, failing 1, duration 70/1", "ci.yml, success 1, last 60, duration 60/1"}},
		{"other branches, and pull requests from one of that name", func(p *past) {
			p.ran(1, 1, 0, 60, "a", "failure", on("topic")).ran(2, 1, 0, 60, "a", "failure", on("")).
				ran(3, 1, 0, 60, "a", "failure", during("pull_request")).ran(4, 1, 0, 60, "a", "failure", during("pull_request_target")).
				ran(5, 1, 0, 60, "a", "failure", during("pull_request_review"))
		}, nil},
		{"what is scheduled or started by hand counts", func(p *past) {
			p.ran(1, 1, 0, 60, "a", "success", during("schedule")).ran(2, 1, 0, 60, "a", "success", during("workflow_dispatch"))
		}, []string{"ci.yml, success 2, last 60, duration 120/2"}},
		{"one that goes on", func(p *past) { p.ran(1, 1, 0, 0, "a", "", going) }, []string{"ci.yml"}},
		{"times that make no sense are not imputed", func(p *past) {
			p.ran(1, 1, 10, 5, "a", "success", jobAt(8)).ran(2, 1, 0, 5, "a", "success", func(r *model.Run) { r.StartedAt = 0 }, jobAt(3))
		}, []string{"ci.yml, success 2, last 5"}},
		{"each attempt counts from its own start", func(p *past) {
			p.ran(1, 1, 0, 60, "a", "failure", jobAt(5)).ran(1, 2, 1000, 1100, "a", "success", jobAt(1020))
		}, []string{"ci.yml, success 1, failure 1, flaky 1, last 1100, duration 160/2, queue 25/2"}},
		{"the last attempt alone, where the others are not stored", func(p *past) {
			p.ran(1, 3, 1000, 1100, "a", "success")
		}, []string{"ci.yml, success 1, last 1100, duration 100/1"}},
		{"an attempt whose first job is of an earlier one has no queue time", func(p *past) {
			p.ran(1, 2, 1000, 1100, "a", "success", jobAt(500))
		}, []string{"ci.yml, success 1, last 1100, duration 100/1"}},
		{"a run that goes on has waited", func(p *past) { p.ran(1, 1, 0, 0, "a", "", going, jobAt(7)) }, []string{"ci.yml, queue 7/1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newRuns(t)
			test.past(p)
			if diff := gocmp.Diff(test.want, workflowsShown(p.at(10*day))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFlakyCommits(t *testing.T) {
	type at map[int]int // flaky commits at seconds after t0
	for _, test := range []struct {
		name string
		past func(*past)
		want at
	}{
		{"failed, then succeeded: when it succeeded", func(p *past) {
			p.ran(1, 1, 0, 60, "a", "failure").ran(1, 2, 70, 100, "a", "success")
		}, at{60: 0, 99: 0, 100: 1}},
		{"succeeded, then failed, in another run: when it failed", func(p *past) {
			p.ran(1, 1, 0, 60, "a", "success").ran(2, 1, 50, 90, "a", "timed_out")
		}, at{60: 0, 89: 0, 90: 1}},
		{"back and forth: once", func(p *past) {
			for i, word := range []string{"failure", "success", "failure", "success", "startup_failure"} {
				p.ran(1, i+1, 10*i, 10*i+5, "a", word)
			}
		}, at{14: 0, 15: 1, 100: 1}},
		{"both in one second", func(p *past) {
			p.ran(1, 1, 0, 60, "a", "failure").ran(2, 1, 0, 60, "a", "success")
		}, at{59: 0, 60: 1}},
		{"two commits", func(p *past) {
			p.ran(1, 1, 0, 10, "a", "failure").ran(2, 1, 0, 20, "b", "failure").ran(2, 2, 25, 30, "b", "success").ran(1, 2, 25, 40, "a", "success")
		}, at{20: 0, 30: 1, 40: 2}},
		{"another commit, another workflow and another branch are none", func(p *past) {
			p.ran(1, 1, 0, 10, "a", "failure").ran(2, 1, 0, 20, "b", "success").ran(3, 1, 0, 30, "a", "success", of("b.yml")).ran(4, 1, 0, 40, "a", "success", on("topic"))
		}, at{100: 0}},
		{"cancelled and skipped ones are neither", func(p *past) {
			p.ran(1, 1, 0, 10, "a", "failure").ran(2, 1, 0, 20, "a", "cancelled").ran(3, 1, 0, 30, "a", "skipped").
				ran(4, 1, 0, 10, "b", "success").ran(5, 1, 0, 20, "b", "neutral").ran(6, 1, 0, 30, "b", "action_required")
		}, at{100: 0}},
		{"no commit", func(p *past) { p.ran(1, 1, 0, 10, "", "failure").ran(2, 1, 0, 20, "", "success") }, at{100: 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newRuns(t)
			test.past(p)
			for after, want := range test.want {
				if got := p.at(after).Cells(WorkflowFlaky)[0].Count(); got != uint64(want) {
					t.Errorf("after %d s: %d flaky commits, want %d", after, got, want)
				}
			}
		})
	}
}

func TestConsecutiveFailures(t *testing.T) {
	for _, test := range []struct {
		conclusions string
		want        int
	}{
		{"success", 0},
		{"failure", 1},
		{"failure failure success", 0},
		{"success failure timed_out startup_failure", 3},
		{"failure cancelled failure skipped neutral stale action_required new", 2},
		{"success cancelled", 0},
		{"failure success cancelled failure", 1},
	} {
		p := newRuns(t)
		for i, word := range strings.Fields(test.conclusions) {
			p.ran(int64(i+1), 1, 10*i, 10*i+5, fmt.Sprint(i), word)
		}
		if got := p.at(day).Workflows()[0].Failing; got != test.want {
			t.Errorf("%s: %d, want %d", test.conclusions, got, test.want)
		}
	}
}

// Runs are in the order in which they ended, and those of one second in that
// of their numbers.
func TestFailuresInTheOrderOfTheirEnds(t *testing.T) {
	p := newRuns(t)
	p.ran(1, 1, 0, 100, "a", "failure").ran(2, 1, 10, 50, "b", "success").ran(3, 1, 20, 100, "c", "success").ran(4, 1, 20, 100, "d", "failure")
	for after, want := range map[int]int{49: 0, 50: 0, 99: 0, 100: 1} {
		if got := p.at(after).Workflows()[0].Failing; got != want {
			t.Errorf("after %d s: %d, want %d", after, got, want)
		}
	}
}

func TestWorkflowAppearsWithItsFirstRun(t *testing.T) {
	p := newRuns(t).ran(1, 1, 100, 160, "a", "success").ran(2, 1, 200, 260, "a", "success", of("b.yml"))
	for after, want := range map[int]int{99: 0, 100: 1, 199: 1, 200: 2} {
		f := p.at(after)
		if got := len(f.Workflows()); got != want {
			t.Errorf("after %d s: %d workflows, want %d", after, got, want)
		}
		if got := len(f.Cells(WorkflowRuns)); got != want*len(Conclusions) {
			t.Errorf("after %d s: %d numbers of runs, want all of %d workflows", after, got, want)
		}
	}
}

func TestWindowsOfRuns(t *testing.T) {
	p := newRuns(t)
	p.rules.Windows, p.rules.Quantiles = []time.Duration{time.Hour}, []float64{0.5, 1}
	p.ran(1, 1, 0, 100, "a", "success").ran(2, 1, 1000, 1300, "b", "failure", jobAt(1010)).ran(3, 1, 2000, 2020, "c", "skipped")
	want := []Quantile{{"1h", 0.5, 160}, {"1h", 1, 300}}
	f := p.at(hour + 100) // (100 s, 3700 s]
	if diff := gocmp.Diff(want, f.Cells(WorkflowDuration)[0].Quantiles()); diff != "" {
		t.Error(diff)
	}
	if diff := gocmp.Diff([]Quantile{{"1h", 0.5, 10}, {"1h", 1, 10}}, f.Cells(WorkflowQueue)[0].Quantiles()); diff != "" {
		t.Error(diff)
	}
	if got := p.at(hour + 2020).Cells(WorkflowDuration)[0].Quantiles(); got != nil {
		t.Errorf("%v of an empty window", got)
	}
}

func TestRunsOfSeveralRepositories(t *testing.T) {
	a := newRuns(t).ran(1, 1, 0, 10, "a", "failure").ran(2, 1, 0, 20, "b", "failure")
	b := newRuns(t).ran(1, 1, 0, 15, "a", "success").ran(2, 1, 0, 30, "a", "failure").ran(3, 1, 0, 60, "c", "success", of("b.yml"))
	f := Evaluate([]*model.State{a.state(), b.state()}, a.rules, t0+day)
	want := []string{"b.yml, success 1, last 60, duration 60/1", "ci.yml, success 1, failure 3, flaky 1, failing 2, last 15, duration 75/4"}
	if diff := gocmp.Diff(want, workflowsShown(f)); diff != "" {
		t.Error(diff)
	}
}

// What the limit leaves no room for is other, in the order in which workflows
// were first run, and what was admitted stays.
func TestLimitOfWorkflows(t *testing.T) {
	p := newRuns(t)
	p.rules.Native = true
	p.rules.SeriesLimit = 3*len(Conclusions) + 5
	p.ran(1, 1, 10, 20, "a", "failure", of("z.yml")).ran(2, 1, 20, 90, "a", "success", of("y.yml"), jobAt(25)).
		ran(3, 1, 30, 40, "b", "failure", of("a.yml")).ran(4, 1, 30, 50, "b", "success", of("a.yml")).
		ran(5, 1, 40, 60, "b", "failure", of("b.yml"), jobAt(50))
	for after, want := range map[int][]string{
		29: {"y.yml, queue 5/1", "z.yml, failure 1, failing 1, duration 10/1"},
		day: {
			"other, success 1, failure 2, flaky 1, failing 1, last 50, duration 50/3, queue 10/1",
			"y.yml, success 1, last 90, duration 70/1, queue 5/1", "z.yml, failure 1, failing 1, duration 10/1",
		},
	} {
		f := p.at(after)
		if diff := gocmp.Diff(want, workflowsShown(f)); diff != "" {
			t.Error(diff)
		}
		if beyond := f.workflowsBeyond; (beyond == 2) != (after == day) {
			t.Errorf("after %d s %d are beyond the limit", after, beyond)
		}
	}
	other := p.at(day).Cells(WorkflowDuration)[0]
	native := uint64(0)
	for _, n := range other.Distribution().Native.Counts {
		native += n
	}
	if other.Labels[0] != OtherLabel || native != 3 || len(other.Quantiles()) != 2 || other.Quantiles()[1].Value != 20 {
		t.Errorf("%v: %d in native buckets, %v", other.Labels, native, other.Quantiles())
	}
}

// The order in which runs are stored means nothing but for what ends in one second.
func TestOrderOfRunsMeansNothing(t *testing.T) {
	p := newRuns(t).ran(1, 1, 0, 60, "a", "failure", jobAt(5)).ran(1, 2, 70, 100, "a", "success", jobAt(75)).ran(2, 1, 3, 80, "b", "timed_out", jobAt(9))
	want := p.state().Changes
	slices.Reverse(p.history.Runs)
	if diff := gocmp.Diff(want, p.state().Changes); diff != "" {
		t.Error(diff)
	}
	if !slices.IsSortedFunc(want.Workflows[0].Ends, func(a, b model.RunEnd) int { return cmp.Compare(a.At, b.At) }) {
		t.Errorf("not in order: %v", want.Workflows[0].Ends)
	}
}

// BenchmarkWorkflows takes in 100,000 attempts of runs of ten workflows.
func BenchmarkWorkflows(b *testing.B) {
	p := newPast(b)
	p.rules.Workflows = matcher(b, "*.yml")
	for i := range 100_000 {
		p.ran(int64(i), 1, 60*i, 60*i+300, fmt.Sprint(i/3), Conclusions[i*7%5], of(fmt.Sprintf("w%d.yml", i%10)), jobAt(60*i+9))
	}
	state := p.state()
	b.Run("changes", func(b *testing.B) {
		for b.Loop() {
			Changes(state, p.rules)
		}
	})
	b.Run("evaluate", func(b *testing.B) {
		for b.Loop() {
			Evaluate([]*model.State{state}, p.rules, forever)
		}
	})
}
