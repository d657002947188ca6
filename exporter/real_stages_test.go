package exporter

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// lastApproval gives aL of a merged pull request: the dataset knows no dismissals.
func (it *factItem) lastApproval() time.Time {
	var last time.Time
	for _, r := range it.PR.Reviews {
		if it.other(r.Author) && r.State == "APPROVED" && !r.SubmittedAt.Before(it.CreatedAt) &&
			r.SubmittedAt.Before(it.at("merged")) && r.SubmittedAt.After(last) {
			last = r.SubmittedAt
		}
	}
	return last
}

// stageFacts gives the ends of the stages of a change that shipped, the way that
// the definitions draw it: k→c, r→f, f→aL, aL→m, m→d. Nothing was a draft.
func (h *factHistory) stageFacts(it *factItem, d time.Time) map[string][2]time.Time {
	c, m, f, last := it.CreatedAt, it.at("merged"), it.firstReview(false), it.lastApproval()
	stages := map[string][2]time.Time{"pickup": {c, f}, "review": {f, last}, "merge_wait": {last, m}, "deploy": {m, d}}
	if len(it.PR.Commits) > 0 {
		k := h.authored[it.PR.Commits[0].OID]
		for _, commit := range it.PR.Commits {
			if at := h.authored[commit.OID]; at.Before(k) {
				k = at
			}
		}
		stages["coding"] = [2]time.Time{k, c}
	}
	for name, ends := range stages {
		if ends[0].IsZero() || ends[1].IsZero() || ends[1].Before(ends[0]) {
			delete(stages, name)
		}
	}
	return stages
}

// firstShipments gives the tag that first contained each pull request after the first tag.
func (h *factHistory) firstShipments(items []factItem) map[int]time.Time {
	shipped, before := map[int]time.Time{}, map[string]bool{}
	for n, d := range h.deployments() {
		contains := map[string]bool{}
		h.ancestors(d.oid, contains)
		for i := range items {
			if oid := items[i].mergeOID(); n > 0 && oid != "" && contains[oid] && !before[oid] {
				shipped[items[i].Number] = d.at
			}
		}
		for oid := range contains {
			before[oid] = true
		}
	}
	return shipped
}

// TestRealStages holds the stages of every pull request that shipped against
// arithmetic on the dataset alone, and that they sum exactly to d − min(k, c) wherever
// pickup to deploy all exist.
func TestRealStages(t *testing.T) {
	t.Parallel()
	facts, history := readFacts(t), readHistory(t)
	dataset, err := githubtest.Load(realDataset)
	if err != nil {
		t.Fatal(err)
	}
	s := newSandbox(t, time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC), "", dataset)
	s.configure("deployments: [{source: tags, environment: production}]")
	s.command("mirror", "sync")
	o := s.offline("mirror")
	whole, shipments := 0, history.firstShipments(facts)
	for i := range facts {
		it := &facts[i]
		d, shipped := shipments[it.Number]
		if !shipped {
			continue
		}
		told, err := explain(o.mirror, o.settings, o.projectOf, fmt.Sprintf("%s#%d", s.names[0], it.Number))
		if err != nil {
			t.Fatal(err)
		}
		if sameStages(t, history, it, d, told.(*derive.Explanation)) {
			whole++
		}
	}
	if err := o.mirror.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("of %d pull requests that shipped, %d have every stage from pickup to deploy", len(shipments), whole)
	if len(shipments) != 458 || whole < 50 {
		t.Errorf("%d pull requests shipped, %d of them with every stage", len(shipments), whole)
	}
	s.sameStageSums(t, facts, history, shipments)
}

// sameStages compares the stages of one change, and reports whether they are whole.
func sameStages(t *testing.T, h *factHistory, it *factItem, d time.Time, told *derive.Explanation) (whole bool) {
	t.Helper()
	got, sum := map[string]float64{}, 0.0
	for _, stage := range told.Stages {
		if stage.Seconds != nil {
			got[stage.Name] = float64(*stage.Seconds)
			sum += float64(*stage.Seconds)
		}
	}
	stages := h.stageFacts(it, d)
	for name := range got {
		if _, there := stages[name]; !there {
			t.Errorf("#%d has a stage %s, the dataset says none", it.Number, name)
		}
	}
	for name, ends := range stages {
		if want := ends[1].Sub(ends[0]).Seconds(); got[name] != want {
			t.Errorf("#%d: %s is %v, the dataset says %v", it.Number, name, got[name], want)
		}
	}
	for _, name := range []string{"pickup", "review", "merge_wait", "deploy"} {
		if _, there := got[name]; !there {
			return false
		}
	}
	if want := d.Sub(h.starts(it)["first_commit"]).Seconds(); sum != want {
		t.Errorf("#%d: the stages sum to %v of %v", it.Number, sum, want)
	}
	return true
}

// sameStageSums compares the histograms of the stages.
func (s *sandbox) sameStageSums(t *testing.T, facts []factItem, h *factHistory, shipments map[int]time.Time) {
	t.Helper()
	count, sum := map[string]float64{}, map[string]float64{}
	for i := range facts {
		if it := &facts[i]; it.mergeOID() != "" {
			for name, ends := range h.stageFacts(it, shipments[it.Number]) {
				count[name]++
				sum[name] += ends[1].Sub(ends[0]).Seconds()
			}
		}
	}
	got := parseFigures(t, s.command("mirror", "metrics"))
	for _, name := range []string{"coding", "draft", "pickup", "review", "merge_wait", "deploy"} {
		n, total := got.sum("github_dev_change_stage_seconds", "count", "stage="+name), got.sum("github_dev_change_stage_seconds", "sum", "stage="+name)
		if n != count[name] || math.Abs(total-sum[name]) > 1e-3 {
			t.Errorf("stage %s: %v observations of %v seconds, the dataset says %v of %v", name, n, total, count[name], sum[name])
		}
	}
}
