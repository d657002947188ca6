package exporter

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

var (
	oracleMachine     = []float64{10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600}
	oracleConclusions = []string{
		"success", "failure", "cancelled", "skipped", "timed_out", "action_required", "neutral", "stale", "startup_failure", "other",
	}
	oracleRemovals = []string{
		"failed_checks", "ci_failure", "ci_timeout", "merge_conflict", "manual", "queue_cleared", "roll_back", "branch_invalidated",
		"branch_protections", "git_tree_invalid", "invalid_merge_commit", "other",
	}
)

// oracleAttempt is an attempt of a run on the default branch.
type oracleAttempt struct {
	run        int64
	oid        string
	conclusion string
	start, end githubtest.Time // end 0 while it goes on
	job        githubtest.Time // of its first job; 0 where nobody asks for it
}

// attempts lists the attempts of runs by workflow. When jobs began is asked for
// of the last attempt alone, once it is completed.
func (o *oracle) attempts() map[string][]oracleAttempt {
	files := map[int64]string{}
	for _, w := range o.repo.Workflows {
		files[w.ID] = path.Base(w.Path)
	}
	all := map[string][]oracleAttempt{}
	for _, r := range o.repo.Runs {
		if r.Branch != o.repo.DefaultBranch || strings.HasPrefix(r.Event, "pull_request") || r.CreatedAt > o.seen {
			continue
		}
		for i, a := range r.Attempts {
			if a.StartedAt > o.seen {
				break
			}
			x := oracleAttempt{run: r.ID, oid: r.OID, start: a.StartedAt}
			if a.CompletedAt.By(o.seen) {
				x.end, x.conclusion = a.CompletedAt, a.Conclusion
			}
			last := i+1 == len(r.Attempts) || r.Attempts[i+1].StartedAt > o.seen
			for _, j := range a.Jobs {
				if last && x.end != 0 && j.StartedAt != 0 && (x.job == 0 || j.StartedAt < x.job) {
					x.job = j.StartedAt
				}
			}
			all[files[r.Workflow]] = append(all[files[r.Workflow]], x)
		}
	}
	return all
}

// machine states a histogram of a machine's times and its quantiles.
func (t *truth) machine(family string, observed []oracleDuration, labels ...string) {
	with := func(more ...string) []string {
		pairs := append(slices.Clone(labels), more...)
		var sorted []string
		for _, name := range slices.Sorted(maps.Keys(pairsOf(pairs))) {
			sorted = append(sorted, name, pairsOf(pairs)[name])
		}
		return sorted
	}
	t.count(family+"_sum", 0, with()...)
	t.count(family+"_count", 0, with()...)
	for _, bound := range append(slices.Clone(oracleMachine), math.Inf(1)) {
		// The exposition has le behind the other labels.
		t.count(family+"_bucket", 0, append(with(), "le", oracleNumber(bound))...)
	}
	windows := make([][]float64, len(t.conf.windows))
	for _, d := range observed {
		if d.at > t.at {
			continue
		}
		t.count(family+"_sum", d.value, with()...)
		t.count(family+"_count", 1, with()...)
		for _, bound := range append(slices.Clone(oracleMachine), math.Inf(1)) {
			if d.value <= bound {
				t.count(family+"_bucket", 1, append(with(), "le", oracleNumber(bound))...)
			}
		}
		for i, days := range t.conf.windows {
			if d.at > t.at-githubtest.Time(days)*86400 {
				windows[i] = append(windows[i], d.value)
			}
		}
	}
	name := strings.TrimSuffix(family, "_seconds") + "_quantile_seconds"
	for i, values := range windows {
		for _, q := range t.conf.quantiles {
			if len(values) > 0 {
				t.count(name, numpyQuantile(values, q), with("q", oracleNumber(q), "window", fmt.Sprintf("%dd", t.conf.windows[i]))...)
			}
		}
	}
}

func pairsOf(labels []string) map[string]string {
	pairs := map[string]string{}
	for i := 0; i < len(labels); i += 2 {
		pairs[labels[i]] = labels[i+1]
	}
	return pairs
}

// workflows states the families of workflows of a repository.
func (o *oracle) workflows() {
	for file, attempts := range o.attempts() {
		attempts = slices.DeleteFunc(attempts, func(a oracleAttempt) bool { return a.start > o.at })
		if len(attempts) == 0 {
			continue
		}
		for _, c := range oracleConclusions {
			o.count("workflow_runs_total", 0, "conclusion", c, "workflow", file)
		}
		o.count("workflow_flaky_commits_total", 0, "workflow", file)
		o.count("workflow_consecutive_failures", 0, "workflow", file)
		var durations, queues []oracleDuration
		for _, a := range attempts {
			if a.end.By(o.at) {
				o.count("workflow_runs_total", 1, "conclusion", a.conclusion, "workflow", file)
				durations = append(durations, oracleDuration{a.end, float64(a.end - a.start)})
			}
			if a.job >= a.start {
				queues = append(queues, oracleDuration{a.job, float64(a.job - a.start)})
			}
		}
		o.machine("workflow_run_duration_seconds", durations, "workflow", file)
		o.machine("workflow_run_queue_seconds", queues, "workflow", file)
		o.verdicts(file, attempts)
	}
}

// verdicts states what the attempts say of commits and of the branch.
func (o *oracle) verdicts(file string, attempts []oracleAttempt) {
	ended := slices.DeleteFunc(slices.Clone(attempts), func(a oracleAttempt) bool { return !a.end.By(o.at) })
	slices.SortStableFunc(ended, func(a, b oracleAttempt) int { return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.run, b.run)) })
	bad := func(a oracleAttempt) bool {
		return slices.Contains([]string{"failure", "timed_out", "startup_failure"}, a.conclusion)
	}
	commits := map[string]bool{}
	for _, a := range ended {
		commits[a.oid] = true
	}
	for oid := range commits {
		of := func(a oracleAttempt) bool { return a.oid == oid && a.conclusion == "success" }
		if slices.ContainsFunc(ended, of) && slices.ContainsFunc(ended, func(a oracleAttempt) bool { return a.oid == oid && bad(a) }) {
			o.count("workflow_flaky_commits_total", 1, "workflow", file)
		}
	}
	for _, a := range slices.Backward(ended) {
		if a.conclusion == "success" {
			o.count("workflow_last_success_timestamp_seconds", float64(a.end), "workflow", file)
			return
		}
		if bad(a) {
			o.count("workflow_consecutive_failures", 1, "workflow", file)
		}
	}
}

// mergeQueue states the families of the merge queue.
func (o *oracle) mergeQueue() {
	o.count("merge_queue_entries", 0)
	for _, reason := range oracleRemovals {
		o.count("merge_queue_removed_total", 0, "reason", reason)
	}
	var waits []oracleDuration
	for _, it := range o.repo.Items {
		if it.PR == nil || !o.present(it) || it.CreatedAt > o.at {
			continue
		}
		since := githubtest.Time(0)
		for _, e := range it.Events {
			if e.At > o.at || e.At > o.seen {
				break
			}
			left := since != 0 && (e.Kind == githubtest.RemovedFromMergeQueue || e.Kind == githubtest.Merged)
			switch {
			case e.Kind == githubtest.AddedToMergeQueue:
				since = e.At
			case e.Kind == githubtest.RemovedFromMergeQueue:
				o.count("merge_queue_removed_total", 1, "reason", strings.ToLower(e.Reason))
			}
			if left {
				if o.kind(it.Author) == "human" {
					waits = append(waits, oracleDuration{e.At, float64(e.At - since)})
				}
				since = 0
			}
		}
		if since != 0 {
			o.count("merge_queue_entries", 1)
		}
	}
	o.machine("merge_queue_wait_seconds", waits)
}

// workflowTruth gives the figures of workflows and the merge queue.
func workflowTruth(seen, at githubtest.Time, repo *githubtest.Repo) map[string]float64 {
	t := &truth{at: at, conf: testConfig, series: map[string]float64{}}
	o := &oracle{repo: repo, seen: seen, conf: testConfig, truth: t}
	o.workflows()
	o.mergeQueue()
	return t.series
}

// eventful gives instants at which a pull request is in the merge queue, has
// just left it, and at which runs have just failed.
func eventful(repo *githubtest.Repo, seen githubtest.Time) (at []githubtest.Time) {
	for _, it := range repo.Items {
		for _, e := range it.Events {
			queue := e.Kind == githubtest.AddedToMergeQueue || e.Kind == githubtest.RemovedFromMergeQueue
			if queue && e.At < seen && len(at) < 4 {
				at = append(at, e.At)
			}
		}
	}
	for _, r := range repo.Runs {
		for _, a := range r.Attempts {
			if r.Event == "schedule" && a.Conclusion == "failure" && a.CompletedAt.By(seen) && len(at) < 8 {
				at = append(at, a.CompletedAt)
			}
		}
	}
	return at
}

// TestOracleWorkflows holds every series of workflows and of merge queues of
// generated repositories, as of instants of their lives, against the oracle.
func TestOracleWorkflows(t *testing.T) {
	start := time.Date(2024, 9, 2, 6, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 3, 0)
	var datasets []*githubtest.Dataset
	var names []string
	for i, name := range []string{"plain", "queue", "rebase"} {
		d := githubtest.Generate(githubtest.GenerateOptions{
			Seed: uint64(40 + i), Owner: "acme", Name: name, Start: start, End: end, Issues: 20, PullRequests: 120, MergeQueue: i > 0,
		})
		datasets, names = append(datasets, d), append(names, "acme/"+name)
	}
	s := newSandbox(t, end.AddDate(0, 0, -4), "", datasets...)
	s.write(s.config, fmt.Sprintf(`github: {api_url: %q, tokens: [{token_env: T}]}
projects: {p: {repositories: [%s], bots: [tally, "re:^.*-sync-bot$"], workflows: ["*.yml"]}}
windows: [7d, 90d]
quantiles: [0, 0.5, 0.9]
`, s.github.APIURL(), strings.Join(names, ", ")))
	s.command("mirror", "sync")
	seen := githubtest.TimeOf(s.now())
	first, compared, total := githubtest.TimeOf(start), 0, map[string]float64{}
	instants := []githubtest.Time{first + (seen-first)/7, first + (seen-first)/2, seen - 86400, seen}
	for _, at := range append(instants, eventful(datasets[1].Repos[0], seen)...) {
		got := seriesWith(t, s.command("mirror", "metrics", "--at", at.String()), "github_dev_workflow_", "github_dev_merge_queue_")
		for _, d := range datasets {
			repo := d.Repos[0]
			want := workflowTruth(seen, at, repo)
			compared += len(want)
			if wrong := contradictions(got[repo.Name], want); len(wrong) > 0 {
				t.Errorf("%s as of %v: %d of %d series differ:\n%s", repo.Name, at, len(wrong), len(want), strings.Join(wrong[:min(len(wrong), 12)], "\n"))
			}
			for key, value := range want {
				total[key] += value
			}
		}
	}
	t.Logf("%d series were compared", compared)
	for _, key := range []string{
		oracleKey("workflow_runs_total", "conclusion", "cancelled", "workflow", "ci.yml"), oracleKey("workflow_flaky_commits_total", "workflow", "ci.yml"),
		oracleKey("workflow_consecutive_failures", "workflow", "e2e.yml"), oracleKey("workflow_run_queue_seconds_count", "workflow", "deploy.yml"),
		oracleKey("merge_queue_wait_seconds_count"), oracleKey("merge_queue_entries"),
		oracleKey("merge_queue_removed_total", "reason", "ci_failure"), oracleKey("merge_queue_removed_total", "reason", "merge_conflict"),
	} {
		if total[key] == 0 {
			t.Errorf("%s is 0 in all repositories together", key)
		}
	}
}
