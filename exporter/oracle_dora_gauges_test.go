package exporter

import (
	"fmt"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// The gauges of the oracle of lead time and DORA.

// gauges states what holds at the instant, of all repositories together.
func (t *doraTruth) gauges(repos []*doraOracle) {
	for n, env := range oracleEnvironments {
		var ended []oracleOutcome
		for _, d := range repos {
			ended = append(ended, d.outcomes(t.at, d.environments[n])...)
			d.undeployed(t, d.environments[n])
		}
		if len(ended) == 0 {
			continue
		}
		last := slices.MaxFunc(ended, func(a, b oracleOutcome) int { return int(a.at - b.at) })
		t.series[oracleKey("deployment_last_success_timestamp_seconds", "environment", env)] = float64(last.at)
		for _, days := range t.conf.windows {
			t.dora(env, days, ended)
		}
	}
}

// oracleOutcome is a success, and what is known of it at the instant.
type oracleOutcome struct {
	at             githubtest.Time
	failed, rework bool
}

func (d *doraOracle) outcomes(at githubtest.Time, e *oracleEnvironment) (ended []oracleOutcome) {
	failed := map[*oracleDeployment]bool{}
	for _, i := range d.incidents {
		to, _ := d.linkedTo(i, at)
		for _, s := range to {
			failed[s] = true
		}
	}
	for _, s := range e.successes {
		if s.success <= at {
			ended = append(ended, oracleOutcome{s.success, failed[s], s.rework})
		}
	}
	return ended
}

// dora states the ratios and frequencies of a window.
func (t *doraTruth) dora(env string, days int, ended []oracleOutcome) {
	window := fmt.Sprintf("%dd", days)
	successes, failed, rework := 0.0, 0.0, 0.0
	slots := map[githubtest.Time]bool{}
	for _, s := range ended {
		if s.at <= t.at-githubtest.Time(days)*86400 {
			continue
		}
		successes++
		slots[(t.at-s.at)/86400] = true
		if s.failed {
			failed++
		}
		if s.rework {
			rework++
		}
	}
	t.count("dora_deployments_per_day", successes/float64(days), "environment", env, "window", window)
	t.count("dora_active_day_ratio", float64(len(slots))/float64(days), "environment", env, "window", window)
	if successes > 0 {
		t.count("dora_change_failure_ratio", failed/successes, "environment", env, "window", window)
		t.count("dora_rework_ratio", rework/successes, "environment", env, "window", window)
	}
}

// undeployed states what is merged and not deployed, from the first success on
// whose commit is known.
func (d *doraOracle) undeployed(t *doraTruth, e *oracleEnvironment) {
	known := slices.ContainsFunc(e.successes, func(s *oracleDeployment) bool { return s.success <= t.at && d.reach(s.oid) != nil })
	if !known {
		return
	}
	counts := map[string]float64{"waiting": 0, "not_on_branch": 0}
	for _, it := range d.merged {
		if in := e.shippedIn(it); d.mergedAt(it) > t.at || in != nil && in.success <= t.at {
			continue
		}
		if d.reach(d.head())[it.PR.MergeOID] {
			counts["waiting"]++
		} else {
			counts["not_on_branch"]++
		}
	}
	for reason, n := range counts {
		t.count("changes_undeployed", n, "environment", e.name, "reason", reason)
	}
}

// head gives the default branch's tip: what landed last.
func (d *doraOracle) head() string {
	var head *githubtest.Commit
	for _, c := range d.repo.Commits {
		if c.Mainline && c.LandedAt.By(d.seen) && (head == nil || c.LandedAt > head.LandedAt || c.LandedAt == head.LandedAt && slices.Contains(c.Parents, head.OID)) {
			head = c
		}
	}
	if head == nil {
		return ""
	}
	return head.OID
}
