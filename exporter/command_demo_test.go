package exporter

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/collector"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// TestDemo: every family of a repository or a project that is on has something to show, and
// what the dashboards are about is such as a team might have.
func TestDemo(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 6, 18, 14, 0, 0, 0, time.UTC)
	dataset := githubtest.Demo(now)
	f := demoFigures(t, now, dataset)
	for _, g := range collector.Groups() {
		for _, family := range g.Families {
			about := g.Default && (g.Subject == collector.Repositories || g.Subject == collector.Projects)
			if about && f.sum(family.Name, "count") <= 0 {
				t.Errorf("%s shows nothing", family.Name)
			}
		}
	}
	const hour = 3600.0
	for _, c := range []struct {
		family   string
		labels   []string
		from, to float64 // of the sum over all repositories
	}{
		{"change_stage_seconds", []string{"stage=draft"}, 100, 1000},
		{"change_stage_seconds", []string{"stage=deploy"}, 1000, 3000},
		{"change_stage_missing_total", []string{"stage=review", "reason=no_review"}, 20, 500},
		{"changes_undeployed", []string{"environment=production", "reason=not_on_branch"}, 5, 200},
		{"deployments_total", []string{"environment=production", "result=success"}, 500, 3000},
		{"deployments_total", []string{"environment=production", "result=failure"}, 20, 300},
		{"deployments_total", []string{"environment=staging", "result=success"}, 500, 5000},
		{"deployments_failed_change_total", []string{"link=explicit"}, 1, 50},
		{"deployments_failed_change_total", []string{"link=revert"}, 5, 100},
		{"deployments_failed_change_total", []string{"link=nearest"}, 10, 100},
		{"deployments_rework_total", []string{"environment=production"}, 10, 200},
		{"deployment_recovery_seconds", []string{"environment=production"}, 20, 200},
		{"incidents_total", []string{"source=issues", "severity=1"}, 5, 50},
		{"incidents_total", []string{"source=reverts"}, 10, 100},
		{"incidents_unlinked_total", []string{"source=issues"}, 1, 30},
		{"project_change_lead_time_quantile_seconds", []string{"project=tallyworks", "environment=production", "start=first_commit", "q=0.5", "window=90d"}, 12 * hour, 240 * hour},
		{"project_deployment_recovery_quantile_seconds", []string{"project=tallyworks", "environment=production", "q=0.5", "window=90d"}, 0.2 * hour, 120 * hour},
		{"project_dora_deployments_per_day", []string{"project=tallyworks", "environment=production", "window=30d"}, 0.5, 10},
		{"project_dora_active_day_ratio", []string{"project=tallyworks", "environment=production", "window=30d"}, 0.4, 1},
		{"project_dora_change_failure_ratio", []string{"project=tallyworks", "environment=production", "window=90d"}, 0.005, 0.3},
		{"incidents_open", []string{"repo=payments", "severity=1"}, 1, 5},
		{"incidents_open", []string{"repo=web-shop", "severity=3"}, 1, 5},
		{"change_stage_missing_total", []string{"stage=deploy", "reason=first_deployment"}, 1, 100},
		{"merge_queue_entries", []string{"repo=web-shop"}, 1, 10},
		{"merge_queue_removed_total", []string{"reason=ci_failure"}, 10, 200},
		{"workflow_consecutive_failures", []string{"repo=payments", "workflow=ci.yml"}, 3, 10},
		{"workflow_consecutive_failures", []string{"repo=web-shop", "workflow=e2e.yml"}, 4, 10},
		{"workflow_runs_total", []string{"workflow=ci.yml", "conclusion=cancelled"}, 1, 50},
		{"workflow_runs_total", []string{"workflow=ci.yml", "conclusion=success"}, 100, 1000},
		{"workflow_flaky_commits_total", []string{"workflow=ci.yml"}, 3, 100},
		{"state_items", []string{"kind=pull_request", "state=needs-review"}, 5, 60},
		{"state_items", []string{"kind=issue", "state=needs-triage"}, 1, 60},
		{"events_total", []string{"event=retest"}, 100, 3000},
		{"project_dora_rework_ratio", []string{"project=tallyworks", "environment=production", "window=90d"}, 0.005, 0.3},
	} {
		if got := f.sum("github_dev_"+c.family, "count", c.labels...); got < c.from || got > c.to {
			t.Errorf("%s%v is %v, want %v to %v", c.family, c.labels, got, c.from, c.to)
		}
	}
}

// demoFigures are those of the demo once its first sync is done, of what
// `metrics` tells.
func demoFigures(t *testing.T, now time.Time, dataset *githubtest.Dataset) figures {
	t.Helper()
	begun := time.Now()
	clock := func() time.Time { return now.Add(time.Since(begun)) }
	w, err := newDemoWorld(t.TempDir(), clock, dataset)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	}()
	text, err := w.yaml(true)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(w.dir, "demo.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, problems bytes.Buffer
	for _, command := range []string{"sync", "metrics"} {
		out.Reset()
		code := Main(context.Background(), []string{"--config", file, "--mirror.path", filepath.Join(w.dir, "mirror"), "--log.level=warn", command}, Process{
			Stdout: &out, Stderr: &problems, Now: clock, Getenv: demoSecret,
		})
		if code != 0 {
			t.Fatalf("%s failed with %d:\n%s", command, code, problems.String())
		}
	}
	return parseFigures(t, out.String())
}
