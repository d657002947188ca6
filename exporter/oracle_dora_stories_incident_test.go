package exporter

import (
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

func failedBy(link string) string {
	return inProduction("deployments_failed_change_total", "link", link)
}

func incidentsOf(severity, source string) string {
	return of("incidents_total", "severity", severity, "source", source)
}

func openOf(severity, source string) string {
	return of("incidents_open", "severity", severity, "source", source)
}

var (
	failureRatio = inProduction("dora_change_failure_ratio", "window", "90d")
	reworkRatio  = inProduction("dora_rework_ratio", "window", "90d")
	recoveries   = inProduction("deployment_recovery_seconds_count")
	recoverySum  = inProduction("deployment_recovery_seconds_sum")
	unlinked     = of("incidents_unlinked_total", "source", "issues")
	resolved     = of("incident_resolve_seconds_count", "source", "issues")
	resolvedSum  = of("incident_resolve_seconds_sum", "source", "issues")
)

// incidentStories are about what is an incident, and what it blames.
var incidentStories = []doraStoryCase{
	{"nearest", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.change(h(1))
		s.live(h(2))
		s.incident(h(3)).closed(h(5), "completed")
		s.incident(h(26)) // a day after: still within the window
		s.change(h(27))
		s.live(h(28))
		s.incident(h(52) + 1) // a second more than a day after
	}, map[string]float64{
		failedBy("nearest"): 1, unlinked: 1, failureRatio: 1.0 / 3, incidentsOf("none", "issues"): 3, openOf("none", "issues"): 2, resolvedSum: 2 * hour1,
		recoveries: 1, recoverySum: 3 * hour1,
	}},
	{"before-all", "deployed", func(s *doraStory) {
		s.incident(h(1)).closed(h(2), "completed")
		s.live(h(3))
		s.incident(h(3)) // in the very second
	}, map[string]float64{unlinked: 1, failedBy("nearest"): 1, resolved: 1}},
	{"root-cause", "deployed", func(s *doraStory) {
		s.live(h(0))
		bad := s.change(h(1))
		s.live(h(2))
		s.change(h(3))
		s.live(h(4))
		s.incident(h(5)).tells(h(6), "root cause: "+bad.PR.MergeOID).closed(h(7), "completed")
	}, map[string]float64{
		failedBy("nearest"): 1, failedBy("explicit"): 1, failureRatio: 1.0 / 3, recoveries: 1, recoverySum: 5 * hour1, unlinked: 0,
	}},
	{"caused-by", "deployed", func(s *doraStory) {
		s.live(h(0))
		bad := s.change(h(1))
		s.live(h(2))
		s.change(h(3))
		s.live(h(4))
		s.incident(h(5)).says(fmt.Sprintf("caused by #%d", bad.Number)).tells(h(6), "caused by #4711")
		unshipped := s.change(h(6))
		s.incident(h(7)).says(fmt.Sprintf("caused by #%d", unshipped.Number)) // ships only later
		s.live(h(8))
	}, map[string]float64{failedBy("nearest"): 1, failedBy("explicit"): 2, failureRatio: 2.0 / 4, unlinked: 0}},
	{"names-a-commit", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.change(h(1))
		first := s.tip
		s.live(h(2))
		s.change(h(3))
		s.live(h(4))
		s.incident(h(5)).tells(h(5), first)
		s.incident(h(5)).tells(h(5), s.oid()) // nobody knows it
	}, map[string]float64{failedBy("explicit"): 1, failedBy("nearest"): 1, failureRatio: 2.0 / 3}},
	{"names-a-deployment", "deployed", func(s *doraStory) {
		d := s.live(h(0))
		s.change(h(1))
		s.live(h(2))
		again := s.live(h(2) + 300)
		staged := s.deploys("staging", s.tip, status(h(3), "success"))
		s.incident(h(4)).tells(h(4), fmt.Sprintf("deployment %d", d.ID))
		s.incident(h(5)).tells(h(5), fmt.Sprintf("deployment %d", again.ID))
		s.incident(h(6)).tells(h(6), fmt.Sprintf("deployment %d", staged.ID))
	}, map[string]float64{
		failedBy("explicit"): 2, failedBy("nearest"): 0, of("deployments_failed_change_total", "environment", "staging", "link", "explicit"): 1, failureRatio: 1,
	}},
	{"blames-two", "deployed", func(s *doraStory) {
		s.live(h(0))
		a := s.change(h(1))
		s.live(h(2))
		b := s.change(h(3))
		s.live(h(4))
		s.incident(h(5)).says(fmt.Sprintf("caused by #%d\ncaused by #%d", a.Number, b.Number)).closed(h(7), "completed")
	}, map[string]float64{failedBy("explicit"): 2, recoveries: 2, recoverySum: 8 * hour1}},
	{"fix", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.change(h(1))
		s.live(h(2))
		in := s.incident(h(40)) // long after
		s.change(h(44)).closes(in)
		in.closed(h(44), "completed")
		s.live(h(46))
		early := s.change(h(50))
		s.live(h(52))
		in = s.incident(h(90))
		early.closes(in) // merged before it opened: no fix
	}, map[string]float64{failedBy("fix"): 1, unlinked: 2, inProduction("deployments_rework_total"): 1, recoveries: 1, recoverySum: 42 * hour1, failureRatio: 1.0 / 4}},
	{"opted-out", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.incident(h(1)).labeled(h(1), "not-caused-by-change")
		s.live(h(30))
		s.incident(h(31)).labeled(h(32), "not-caused-by-change").closed(h(33), "completed")
		s.change(h(60))
		s.live(h(61))
		s.incident(h(62)).labeled(h(62), "not-caused-by-change").unlabeled(h(64), "not-caused-by-change").closed(h(66), "completed")
	}, map[string]float64{failedBy("nearest"): 2, unlinked: 0, failureRatio: 1.0 / 3, recoveries: 1, recoverySum: 5 * hour1}},
	{"severities", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.issue("cid", h(1)).labeled(h(2), "severity/2").labeled(h(3), "incident").labeled(h(4), "severity/1").unlabeled(h(5), "severity/1").closed(h(6), "completed")
		s.incident(h(7)).labeled(h(8), "severity/1").labeled(h(9), "severity/2")
		s.incident(h(9)).labeled(h(9), "severity/2")
		s.issue("cid", h(10)).closed(h(11), "completed").labeled(h(12), "incident")                                // never while open
		s.issue("cid", h(10)).closed(h(11), "completed").labeled(h(12), "incident").on(h(13), githubtest.Reopened) // from now on
		s.incident(h(14)).unlabeled(h(15), "incident")
		s.incident(h(14)).unlabeled(h(14), "incident")
	}, map[string]float64{
		incidentsOf("none", "issues"): 3, incidentsOf("1", "issues"): 0, incidentsOf("2", "issues"): 2, openOf("1", "issues"): 1, openOf("2", "issues"): 1,
		openOf("none", "issues"): 1, resolved: 1, resolvedSum: 5 * hour1,
	}},
	{"closed-and-reopened", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.incident(h(1)).closed(h(3), "completed").on(h(4), githubtest.Reopened).closed(h(6), "completed")
	}, map[string]float64{resolved: 1, resolvedSum: 2 * hour1, recoveries: 1, recoverySum: 3 * hour1, incidentsOf("none", "issues"): 1}},
	{"opened-by-a-bot", "deployed", func(s *doraStory) {
		s.live(h(0))
		in := s.incident(h(1)).closed(h(3), "completed")
		in.Author = "robo[bot]"
	}, map[string]float64{resolved: 1, failedBy("nearest"): 1, recoveries: 1}},
}

// recoveryStories are about reverts, recoveries and rework.
var recoveryStories = []doraStoryCase{
	{"revert", "deployed", func(s *doraStory) {
		s.live(h(0))
		bad := s.change(h(1))
		s.live(h(2))
		s.reverting(h(4), bad)
		s.live(h(7))
		s.change(h(8))
		s.live(h(9))
	}, map[string]float64{
		failedBy("revert"): 1, incidentsOf("none", "reverts"): 1, openOf("none", "reverts"): 0, of("incident_resolve_seconds_sum", "source", "reverts"): 3 * hour1,
		recoveries: 1, recoverySum: 5 * hour1, inProduction("deployments_rework_total"): 1, failureRatio: 1.0 / 4, reworkRatio: 1.0 / 4,
	}},
	{"reverted-together", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.reverting(h(3), s.change(h(1)))
		s.live(h(4))
		s.reverting(h(6), s.change(h(5))) // never shipped
		s.Commits = append(s.Commits, &githubtest.Commit{OID: s.oid()})
	}, map[string]float64{failedBy("revert"): 0, incidentsOf("none", "reverts"): 0, inProduction("deployments_rework_total"): 0}},
	{"revert-of-a-revert", "deployed", func(s *doraStory) {
		s.live(h(0))
		bad := s.change(h(1))
		s.live(h(2))
		revert := s.reverting(h(3), bad)
		s.live(h(4))
		s.reverting(h(5), revert)
		s.live(h(6))
	}, map[string]float64{failedBy("revert"): 2, incidentsOf("none", "reverts"): 2, inProduction("deployments_rework_total"): 2, recoveries: 2, recoverySum: 4 * hour1}},
	{"revert-waits", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.deploys("staging", s.tip, status(h(0), "success"))
		bad := s.change(h(1))
		s.live(h(2))
		s.reverting(h(4), bad)
		s.deploys("staging", s.tip, status(h(5), "success")) // both at once
	}, map[string]float64{
		openOf("none", "reverts"): 1, recoveries: 0, failureRatio: 0.5, of("deployments_rework_total", "environment", "staging"): 0,
		of("deployments_failed_change_total", "environment", "staging", "link", "revert"): 0,
	}},
	{"revert-merged-before-the-deployment", "deployed", func(s *doraStory) {
		s.live(h(0))
		bad := s.change(h(1))
		at := s.tip
		s.reverting(h(2), bad)
		s.live(h(3), at) // the revert was merged already
		s.live(h(5))
	}, map[string]float64{failedBy("revert"): 1, recoveries: 1, recoverySum: 2 * hour1, of("incident_resolve_seconds_sum", "source", "reverts"): 3 * hour1}},
	{"rolled-back", "deployed", func(s *doraStory) {
		s.live(h(0))
		good := s.tip
		s.change(h(1))
		s.live(h(2))
		s.incident(h(3)).closed(h(9), "completed")
		s.live(h(4), good)
		s.live(h(10))
	}, map[string]float64{recoveries: 1, recoverySum: 2 * hour1, inProduction("deployments_rework_total"): 1, failureRatio: 1.0 / 4}},
	{"rolled-back-before-it-was-known", "deployed", func(s *doraStory) {
		s.live(h(0))
		good := s.tip
		bad := s.change(h(1))
		s.live(h(2))
		s.live(h(3), good)
		s.change(h(4))
		s.live(h(5))
		s.incident(h(6)).tells(h(8), fmt.Sprintf("caused by #%d", bad.Number)).closed(h(9), "completed")
	}, map[string]float64{recoveries: 1, recoverySum: hour1, failedBy("nearest"): 1, failedBy("explicit"): 1}},
	{"several-incidents", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.change(h(1))
		s.live(h(2))
		s.incident(h(3)).closed(h(6), "completed")
		s.incident(h(4)).closed(h(8), "completed")
		s.incident(h(9)).closed(h(12), "completed") // it had recovered
	}, map[string]float64{recoveries: 1, recoverySum: 6 * hour1, failedBy("nearest"): 1, resolved: 3, failureRatio: 0.5}},
	{"hotfixes", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.change(h(1)).labeled(h(1), "hotfix")
		s.live(h(2))
		s.change(h(3)).labeled(h(3), "hotfix").unlabeled(h(4), "hotfix")
		s.live(h(5))
		s.change(h(6)).labeled(h(8), "hotfix") // only afterwards
		s.live(h(7))
	}, map[string]float64{inProduction("deployments_rework_total"): 1, reworkRatio: 0.25}},
	{"closes-an-incident", "deployed", func(s *doraStory) {
		s.live(h(0))
		in := s.incident(h(1))
		s.change(h(2)).closes(in)
		s.live(h(3))
		harmless := s.issue("cid", h(4))
		s.change(h(5)).closes(harmless)
		s.live(h(6))
		blameless := s.incident(h(7)).labeled(h(7), "not-caused-by-change")
		s.change(h(8)).closes(blameless)
		s.live(h(9))
	}, map[string]float64{inProduction("deployments_rework_total"): 1, failedBy("nearest"): 1}},
	{"first-is-reverted", "deployed", func(s *doraStory) {
		bad := s.change(h(1))
		s.live(h(2)) // left-censored, but it is there
		s.reverting(h(3), bad)
		s.live(h(4))
	}, map[string]float64{failedBy("revert"): 1, recoveries: 1, recoverySum: 2 * hour1, missing("deploy", "first_deployment"): 1}},
}
