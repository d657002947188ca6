package derive

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func TestShipping(t *testing.T) {
	for _, test := range []struct {
		name  string
		write func(p *past)
		want  []string
	}{
		{"a squash ships in the first success that contains it", func(p *past) {
			p.line("root", "a", "b", "c").merged(1, 100, "b")
			p.deploy(1, "production", "a", "50 success").deploy(2, "production", "b", "300 success").deploy(3, "production", "c", "400 success")
		}, []string{
			"300 change_stage_seconds{deploy} 200", "300 change_lead_time_seconds{production,first_commit} 360",
			"300 change_lead_time_seconds{production,opened} 300", "300 change_lead_time_seconds{production,merged} 200",
		}},
		{"a merge commit, whose branch left before", func(p *past) {
			p.line("root", "a", "m+x", "b").line("root", "x").merged(1, 100, "m")
			p.deploy(1, "production", "a", "50 success").deploy(2, "production", "b", "300 success")
		}, []string{
			"300 change_stage_seconds{deploy} 200", "300 change_lead_time_seconds{production,first_commit} 360",
			"300 change_lead_time_seconds{production,opened} 300", "300 change_lead_time_seconds{production,merged} 200",
		}},
		{"a branch's head does not contain its merge", func(p *past) {
			p.line("root", "a", "m+x").line("root", "x").merged(1, 100, "m")
			p.deploy(1, "production", "a", "50 success").deploy(2, "production", "x", "300 success")
		}, nil},
		{"a rebase ships with its tip", func(p *past) {
			p.line("root", "r1", "r2").merged(1, 100, "r2")
			p.deploy(1, "production", "root", "50 success").deploy(2, "production", "r1", "200 success").deploy(3, "production", "r2", "300 success")
		}, []string{
			"300 change_stage_seconds{deploy} 200", "300 change_lead_time_seconds{production,first_commit} 360",
			"300 change_lead_time_seconds{production,opened} 300", "300 change_lead_time_seconds{production,merged} 200",
		}},
		{"each environment by itself", func(p *past) {
			p.line("root", "a").merged(1, 100, "a")
			p.deploy(1, "production", "root", "50 success").deploy(2, "staging", "root", "50 success")
			p.deploy(3, "staging", "a", "200 success").deploy(4, "production", "a", "300 success")
		}, []string{
			"200 change_lead_time_seconds{staging,first_commit} 260", "200 change_lead_time_seconds{staging,opened} 200",
			"200 change_lead_time_seconds{staging,merged} 100",
			"300 change_stage_seconds{deploy} 200", "300 change_lead_time_seconds{production,first_commit} 360",
			"300 change_lead_time_seconds{production,opened} 300", "300 change_lead_time_seconds{production,merged} 200",
		}},
		{"the first deployment observes nothing", func(p *past) {
			p.line("root", "a", "b").merged(1, 100, "a").merged(2, 150, "b")
			p.deploy(1, "staging", "b", "200 success").deploy(2, "production", "b", "300 success").deploy(3, "production", "b", "3000 success")
		}, []string{"300 change_stage_missing_total{deploy,first_deployment}", "300 change_stage_missing_total{deploy,first_deployment}"}},
		{"a failed deployment is no predecessor and ships nothing", func(p *past) {
			p.line("root", "a", "b").merged(1, 100, "a")
			p.deploy(1, "production", "root", "50 success").deploy(2, "production", "a", "150 failure").deploy(3, "production", "b", "300 success")
		}, []string{
			"300 change_stage_seconds{deploy} 200", "300 change_lead_time_seconds{production,first_commit} 360",
			"300 change_lead_time_seconds{production,opened} 300", "300 change_lead_time_seconds{production,merged} 200",
		}},
		{"a rollback ships nothing, what follows does not ship again", func(p *past) {
			p.line("root", "a", "b").merged(1, 100, "a")
			p.deploy(1, "production", "root", "50 success").deploy(2, "production", "a", "300 success")
			p.deploy(3, "production", "root", "3000 success").deploy(4, "production", "b", "6000 success")
		}, []string{
			"300 change_stage_seconds{deploy} 200", "300 change_lead_time_seconds{production,first_commit} 360",
			"300 change_lead_time_seconds{production,opened} 300", "300 change_lead_time_seconds{production,merged} 200",
		}},
		{"its own commit is unknown: nothing ships, and then what was merged since", func(p *past) {
			p.line("root", "a", "b", "c").merged(1, 100, "a").merged(2, 250, "b").merged(3, 300, "c")
			p.deploy(1, "production", "root", "50 success").deploy(2, "production", "lost", "250 success").deploy(3, "production", "c", "400 success")
		}, []string{
			"400 change_stage_seconds{deploy} 100",
			"400 change_stage_missing_total{deploy,first_deployment}", "400 change_stage_missing_total{deploy,first_deployment}",
			"400 change_lead_time_seconds{production,first_commit} 460",
			"400 change_lead_time_seconds{production,opened} 400", "400 change_lead_time_seconds{production,merged} 100",
		}},
		{"the first one's commit is unknown", func(p *past) {
			p.line("root", "a", "b").merged(1, 100, "a").merged(2, 250, "b")
			p.deploy(1, "staging", "lost", "200 success").deploy(2, "staging", "b", "300 success")
		}, []string{
			"300 change_lead_time_seconds{staging,first_commit} 360", "300 change_lead_time_seconds{staging,opened} 300",
			"300 change_lead_time_seconds{staging,merged} 50",
		}},
		{"deployed before it was merged", func(p *past) {
			p.line("root", "a").merged(1, 100, "a")
			p.deploy(1, "production", "root", "50 success").deploy(2, "production", "a", "90 success")
		}, []string{
			"100 change_stage_missing_total{deploy,negative}", "100 change_lead_time_seconds{production,first_commit} 150",
			"100 change_lead_time_seconds{production,opened} 90",
		}},
		{"deployed when it was merged", func(p *past) {
			p.line("root", "a").merged(1, 100, "a")
			p.deploy(1, "production", "root", "50 success").deploy(2, "production", "a", "100 success")
		}, []string{
			"100 change_stage_seconds{deploy} 0", "100 change_lead_time_seconds{production,first_commit} 160",
			"100 change_lead_time_seconds{production,opened} 100", "100 change_lead_time_seconds{production,merged} 0",
		}},
		{"a bot's", func(p *past) {
			p.line("root", "a").merged(1, 100, "a", as(renovate))
			p.deploy(1, "production", "root", "50 success").deploy(2, "production", "a", "300 success")
		}, nil},
		{"its commits are not known, or younger than it", func(p *past) {
			p.line("root", "a", "b")
			p.merged(1, 100, "a", set(func(it *model.Item) { it.Commits = nil }))
			p.merged(2, 100, "b", set(func(it *model.Item) { it.Commits[0].AuthoredAt = t0 + 5 }))
			p.deploy(1, "staging", "root", "50 success").deploy(2, "staging", "b", "300 success")
		}, []string{
			"300 change_lead_time_seconds{staging,first_commit} 300",
			"300 change_lead_time_seconds{staging,opened} 300", "300 change_lead_time_seconds{staging,opened} 300",
			"300 change_lead_time_seconds{staging,merged} 200", "300 change_lead_time_seconds{staging,merged} 200",
		}},
		{"tags: a lightweight one ships without lead time", func(p *past) {
			p.rules.Deployments = []DeploymentSource{{Source: "tags", Match: regexp.MustCompile("^v")}}
			p.line("root", "a", "b").merged(1, 100, "a").merged(2, 200, "b")
			p.history.Tags = []model.Tag{
				{Name: "v0", OID: oid("root"), TaggedAt: t0 + 50},
				{Name: "v1", OID: oid("a"), CommittedAt: t0 + 100},
				{Name: "v2", OID: oid("b"), TaggedAt: t0 + 300, CommittedAt: t0 + 200},
			}
		}, []string{
			"100 change_stage_missing_total{deploy,no_tag_time}",
			"300 change_stage_seconds{deploy} 100", "300 change_lead_time_seconds{production,first_commit} 360",
			"300 change_lead_time_seconds{production,opened} 300", "300 change_lead_time_seconds{production,merged} 100",
		}},
		{"what another branch shipped does not ship again", func(p *past) {
			p.line("root", "a", "b", "c").line("a", "fix").merged(1, 100, "a").merged(2, 150, "b").merged(3, 250, "fix")
			p.deploy(1, "staging", "root", "50 success").deploy(2, "staging", "b", "200 success")
			p.deploy(3, "staging", "fix", "300 success").deploy(4, "staging", "c", "400 success")
		}, []string{
			"200 change_lead_time_seconds{staging,first_commit} 260", "200 change_lead_time_seconds{staging,first_commit} 260",
			"200 change_lead_time_seconds{staging,opened} 200", "200 change_lead_time_seconds{staging,opened} 200",
			"200 change_lead_time_seconds{staging,merged} 50", "200 change_lead_time_seconds{staging,merged} 100",
			"300 change_lead_time_seconds{staging,first_commit} 360", "300 change_lead_time_seconds{staging,opened} 300",
			"300 change_lead_time_seconds{staging,merged} 50",
		}},
		{"several merged at once, the later number first", func(p *past) {
			p.rules.Deployments = []DeploymentSource{{Source: "merges"}}
			p.line("root", "a", "b").merged(1, 100, "b").merged(2, 100, "a").merged(3, 50, "root")
		}, []string{
			"50 change_stage_missing_total{deploy,first_deployment}",
			"100 change_stage_seconds{deploy} 0", "100 change_stage_seconds{deploy} 0",
			"100 change_lead_time_seconds{production,first_commit} 160", "100 change_lead_time_seconds{production,first_commit} 160",
			"100 change_lead_time_seconds{production,opened} 100", "100 change_lead_time_seconds{production,opened} 100",
			"100 change_lead_time_seconds{production,merged} 0", "100 change_lead_time_seconds{production,merged} 0",
		}},
		{"the merge commit is unknown", func(p *past) {
			p.line("root", "a").merged(1, 100, "lost").merged(2, 100, "")
			p.deploy(1, "production", "root", "50 success").deploy(2, "production", "a", "300 success")
		}, nil},
		{"no graph", func(p *past) {
			p.merged(1, 100, "a").deploy(1, "production", "a", "50 success")
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPast(t)
			test.write(p)
			p.wants(test.want, "stage_seconds{deploy", "missing_total{deploy", "lead_time")
		})
	}
}

func TestUndeployed(t *testing.T) {
	p := newPast(t)
	p.line("root", "a", "b", "c").line("root", "other")
	p.merged(1, 100, "a").merged(2, 150, "b").merged(3, 400, "c").merged(4, 20, "other").merged(5, 30, "root")
	p.merged(6, 160, "lost", set(func(it *model.Item) { it.GoneAt = t0 + 500 }))
	p.deploy(1, "production", "gone", "5 success").deploy(2, "production", "root", "50 success").deploy(3, "production", "b", "300 success")
	want := []string{
		"production 100 300", "production 150 300", "production 400 -", "production 50 - off", "production 160 500 off",
	}
	if diff := cmp.Diff(want, p.undeployedShown()); diff != "" {
		t.Error(diff)
	}
	for _, test := range []struct {
		at   int
		want [2]int
		know bool
	}{{40, [2]int{}, false}, {50, [2]int{0, 1}, true}, {200, [2]int{2, 2}, true}, {300, [2]int{0, 2}, true}, {600, [2]int{1, 1}, true}} {
		production, staging := p.at(test.at).Environments()[0], p.at(test.at).Environments()[1]
		if production.Undeployed != test.want || production.Known != test.know || staging.Known {
			t.Errorf("at %d: %+v %+v, want %v", test.at, production, staging, test.want)
		}
	}
}

// Where the default branch is not known, the branch that was merged to says.
func TestUndeployedWithoutHead(t *testing.T) {
	p := newPast(t)
	p.line("root", "a").merged(1, 100, "a").merged(2, 100, "lost", set(func(it *model.Item) { it.BaseRef = "next" }))
	p.deploy(1, "production", "root", "50 success")
	p.history.Head = ""
	if diff := cmp.Diff([]string{"production 100 -", "production 100 - off"}, p.undeployedShown()); diff != "" {
		t.Error(diff)
	}
}

// What the stages come to is the lead time, wherever they are all there.
func TestStagesSumUp(t *testing.T) {
	p := newPast(t)
	p.line("root", "a").merged(1, 400, "a", draft(false), event(50, model.ReadyForReview, alice),
		reviewed(150, 1, model.ChangesRequested, bob), reviewed(250, 2, model.Approved, bob))
	p.deploy(1, "production", "root", "10 success").deploy(2, "production", "a", "1000 success")
	var stages []string
	for s, cell := range p.at(1000).Cells(ChangeStage) {
		if d := cell.Distribution(); d.Count != 1 || d.Sum != []uint64{60, 50, 100, 100, 150, 600}[s] {
			t.Errorf("%s: %+v", cell.Labels, d)
		}
		stages = append(stages, cell.Labels...)
	}
	if diff := cmp.Diff(byStage.Values, stages); diff != "" {
		t.Error(diff)
	}
	if d := p.at(1000).Cells(ChangeLeadTime)[0].Distribution(); d.Sum != 1060 {
		t.Errorf("lead time %+v", d)
	}
}

func TestStagesMissing(t *testing.T) {
	for _, test := range []struct {
		name string
		item *model.Item
		want []string
	}{
		{"nothing", pull(merge(100), set(func(it *model.Item) { it.Commits = nil })), []string{
			"100 change_stage_missing_total{coding,no_commits}", "100 change_stage_missing_total{pickup,no_review}",
			"100 change_stage_missing_total{review,no_review}", "100 change_stage_missing_total{merge_wait,no_approval}",
		}},
		{"no approval, a commit from the future", pull(merge(100), reviewed(50, 1, model.ReviewCommented, bob), set(func(it *model.Item) { it.Commits[0].AuthoredAt = t0 + 1 })), []string{
			"100 change_stage_seconds{pickup} 50", "100 change_stage_missing_total{coding,negative}",
			"100 change_stage_missing_total{review,no_approval}", "100 change_stage_missing_total{merge_wait,no_approval}",
		}},
		{"merged as a draft", pull(merge(100), draft(true), reviewed(50, 1, model.Approved, bob)), []string{
			"100 change_stage_seconds{coding} 60", "100 change_stage_missing_total{pickup,no_review}",
			"100 change_stage_missing_total{review,no_review}", "100 change_stage_missing_total{merge_wait,no_approval}",
		}},
		{"ready when it was merged", pull(merge(100), event(100, model.ReadyForReview, alice), reviewed(100, 1, model.Approved, bob)), []string{
			"100 change_stage_seconds{coding} 60", "100 change_stage_seconds{draft} 100", "100 change_stage_seconds{pickup} 0",
			"100 change_stage_missing_total{review,no_approval}", "100 change_stage_missing_total{merge_wait,no_approval}",
		}},
		{"a bot's", pull(merge(100), as(renovate)), nil},
		{"not merged", pull(closed(100, "")), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, shown(Digest(rulesFor(t))(test.item), "change_stage")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
