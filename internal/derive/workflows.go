package derive

import (
	"cmp"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Conclusions are how runs of workflows end: GitHub's words, and other for
// those that it may add. Figures number them so.
var Conclusions = []string{
	"success", "failure", "timed_out", "startup_failure", "cancelled", "skipped", "neutral", "action_required", "stale", OtherLabel,
}

// conclusion is the number of one of Conclusions.
type conclusion uint8

// Which of Conclusions say that a run succeeded, and which that it failed. One
// that was cancelled or skipped has done neither.
const (
	firstFailure conclusion = 1
	lastFailure  conclusion = 3
)

func (c conclusion) succeeded() bool { return c < firstFailure }
func (c conclusion) failed() bool    { return c >= firstFailure && c <= lastFailure }

func conclusionOf(word string) conclusion {
	if n := slices.Index(Conclusions, word); n >= 0 {
		return conclusion(n)
	}
	return conclusion(len(Conclusions) - 1)
}

// ofBranch reports whether a run is of a branch itself. What pull requests run
// is not, even where their own branch is called the same.
func ofBranch(r *model.Run, branch string) bool {
	return r.Branch == branch && !strings.HasPrefix(r.Event, "pull_request")
}

// workflows gives what the runs on the default branch came to, by workflow,
// of those that may become series.
func (l *ledger) workflows() []model.WorkflowRuns {
	found := map[string]*workflowLog{}
	for i := range l.history.Runs {
		r := &l.history.Runs[i]
		if r.Workflow == "" || !l.rules.Workflows.Match(r.Workflow) || !ofBranch(r, l.state.Repository.DefaultBranch) {
			continue
		}
		log := found[r.Workflow]
		if log == nil {
			log = &workflowLog{}
			found[r.Workflow] = log
		}
		log.add(r)
	}
	var out []model.WorkflowRuns
	for file, log := range found {
		if runs := log.runs(file); runs.Known != 0 {
			out = append(out, runs)
		}
	}
	slices.SortFunc(out, func(a, b model.WorkflowRuns) int { return cmp.Compare(a.File, b.File) })
	return out
}

// workflowLog collects the attempts of a workflow's runs.
type workflowLog struct {
	known  model.Instant
	ended  []*model.Run
	starts []model.RunStart
}

func (w *workflowLog) add(r *model.Run) {
	for _, at := range []model.Instant{cmp.Or(r.StartedAt, r.CreatedAt), r.CompletedAt} {
		w.known = earlier(w.known, max(at, 0))
	}
	if r.StartedAt > 0 && r.JobAt >= r.StartedAt {
		w.starts = append(w.starts, model.RunStart{At: seconds32(r.JobAt), Queue: seconds32(r.JobAt - r.StartedAt)})
	}
	if r.CompletedAt > 0 && r.Conclusion != "" {
		w.ended = append(w.ended, r)
	}
}

// runs gives what was collected, in the order in which it happened.
func (w *workflowLog) runs(file string) model.WorkflowRuns {
	slices.SortStableFunc(w.ended, func(a, b *model.Run) int { return cmp.Compare(a.CompletedAt, b.CompletedAt) })
	slices.SortFunc(w.starts, func(a, b model.RunStart) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Queue, b.Queue)) })
	out := model.WorkflowRuns{File: file, Known: seconds32(w.known), Starts: slices.Clip(w.starts)}
	commits := map[string]verdicts{}
	for _, r := range w.ended {
		out.Ends = append(out.Ends, runEnd(r, commits))
	}
	out.Ends = slices.Clip(out.Ends)
	return out
}

// verdicts is what was found out of a commit.
type verdicts struct{ succeeded, failed bool }

// runEnd gives how an attempt ended, and notes what it says of its commit.
func runEnd(r *model.Run, commits map[string]verdicts) model.RunEnd {
	how := conclusionOf(r.Conclusion)
	end := model.RunEnd{At: seconds32(r.CompletedAt), Conclusion: uint8(how)}
	if r.StartedAt > 0 && r.CompletedAt >= r.StartedAt {
		end.Duration, end.Timed = seconds32(r.CompletedAt-r.StartedAt), true
	}
	if r.OID == "" {
		return end
	}
	before := commits[r.OID]
	after := verdicts{before.succeeded || how.succeeded(), before.failed || how.failed()}
	end.Flaky = after == verdicts{true, true} && after != before
	commits[r.OID] = after
	return end
}
