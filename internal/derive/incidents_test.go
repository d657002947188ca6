package derive

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// deployed writes a history with three deployments: root at 1000, a at 2000,
// which ships #1, and b at 3000, which ships #2.
func deployed(p *past) *past {
	p.line("root", "a", "b", "c", "d").merged(1, 1500, "a").merged(2, 2500, "b")
	return p.deploy(10, "production", "root", "1000 success").deploy(11, "production", "a", "2000 success").
		deploy(12, "production", "b", "3000 success")
}

// heldShown writes the times in which incidents were linked, by deployment.
func heldShown(p *past) []string {
	l := newLedger(p.state(), &p.rules)
	var lines []string
	for _, t := range l.tracks {
		for _, s := range t.successes {
			for _, h := range s.held {
				lines = append(lines, fmt.Sprintf("%s %s: %s %s %s %s", t.name, s.id, h.incident.name, h.kind, offset(seconds32(h.from)), offset(seconds32(h.to))))
			}
		}
	}
	return lines
}

func TestLinks(t *testing.T) {
	cause := func(name string) model.Mention { return model.Mention{Kind: model.RootCause, OID: oid(name)[:10]} }
	by := func(number int) model.Mention {
		return model.Mention{Kind: model.RootCause, Item: model.ItemRef{Number: number}}
	}
	for _, test := range []struct {
		name  string
		write func(p *past)
		held  []string
		want  []string
	}{
		{
			"nearest", func(p *past) { p.opened(5, 3100, incidentAt(3200)) },
			[]string{"production 12: #5 nearest 3200 -"},
			[]string{"3200 deployments_failed_change_total{production,nearest}"},
		},
		{
			"in the second of the deployment", func(p *past) { p.opened(5, 3000, incidentAt(3000)) },
			[]string{"production 12: #5 nearest 3000 -"},
			[]string{"3000 deployments_failed_change_total{production,nearest}"},
		},
		{
			"recognised after a later deployment, which it is not before", func(p *past) { p.opened(5, 2999, incidentAt(3500)) },
			[]string{"production 11: #5 nearest 3500 -"},
			[]string{"3500 deployments_failed_change_total{production,nearest}"},
		},
		{
			"at the end of the window", func(p *past) { p.rules.IncidentWindow = 100 * time.Second; p.opened(5, 3100, incidentAt(3100)) },
			[]string{"production 12: #5 nearest 3100 -"},
			[]string{"3100 deployments_failed_change_total{production,nearest}"},
		},
		{
			"beyond the window", func(p *past) { p.rules.IncidentWindow = 99 * time.Second; p.opened(5, 3100, incidentAt(3100)) },
			nil,
			[]string{"3100 incidents_unlinked_total{issues}"},
		},
		{
			"before any deployment", func(p *past) { p.opened(5, 999, incidentAt(999)) },
			nil,
			[]string{"999 incidents_unlinked_total{issues}"},
		},
		{
			"a fix, beyond the window", func(p *past) {
				p.rules.IncidentWindow = 0
				p.opened(5, 3100, incidentAt(3100)).merged(3, 4000, "c", closes(5)).merged(4, 4500, "d", closes(5))
			},
			[]string{"production 12: #5 fix 4000 -"},
			[]string{"3100 incidents_unlinked_total{issues}", "4000 deployments_failed_change_total{production,fix}"},
		},
		{
			"nearest, then a fix: counted once, as the nearest", func(p *past) { p.opened(5, 3100, incidentAt(3100)).merged(3, 4000, "c", closes(5)) },
			[]string{"production 12: #5 nearest 3100 4000", "production 12: #5 fix 4000 -"},
			[]string{"3100 deployments_failed_change_total{production,nearest}"},
		},
		{
			"what merged before fixes nothing", func(p *past) {
				p.rules.IncidentWindow = 0
				p.opened(5, 3100, incidentAt(3100)).merged(3, 3000, "c", closes(5))
			},
			nil,
			[]string{"3100 incidents_unlinked_total{issues}"},
		},
		{
			"closed by keyword in a text", func(p *past) {
				p.rules.IncidentWindow = 0
				p.opened(5, 3100, incidentAt(3100)).merged(3, 4000, "c", set(func(it *model.Item) {
					it.Mentions = []model.Mention{{Kind: model.Closes, Item: model.ItemRef{Number: 5}}, {Kind: model.Closes, Item: model.ItemRef{Owner: "x", Repo: "y", Number: 6}}}
				}))
			},
			[]string{"production 12: #5 fix 4000 -"},
			[]string{"3100 incidents_unlinked_total{issues}", "4000 deployments_failed_change_total{production,fix}"},
		},
		{
			"the body names a commit", func(p *past) {
				p.opened(5, 3100, incidentAt(3200), set(func(it *model.Item) { it.Mentions = []model.Mention{cause("a")} }))
			},
			[]string{"production 11: #5 explicit 3200 -"},
			[]string{"3200 deployments_failed_change_total{production,explicit}"},
		},
		{
			"a comment names a commit later: both deployments failed, then one", func(p *past) {
				p.opened(5, 3100, incidentAt(3200), says(4000, cause("a"))).merged(3, 3500, "c", closes(5))
			},
			[]string{"production 11: #5 explicit 4000 -", "production 12: #5 nearest 3200 3500", "production 12: #5 fix 3500 4000"},
			[]string{"3200 deployments_failed_change_total{production,nearest}", "4000 deployments_failed_change_total{production,explicit}"},
		},
		{
			"caused by a pull request", func(p *past) { p.opened(5, 3100, incidentAt(3100), says(3100, by(1))) },
			[]string{"production 11: #5 explicit 3100 -"},
			[]string{"3100 deployments_failed_change_total{production,explicit}"},
		},
		{
			"caused by what is not deployed yet, but then is", func(p *past) {
				p.opened(5, 3100, incidentAt(3100), says(3150, by(3))).merged(3, 3120, "c")
				p.deploy(13, "production", "c", "4000 success")
			},
			[]string{"production 12: #5 nearest 3100 4000", "production 13: #5 explicit 4000 -"},
			[]string{"3100 deployments_failed_change_total{production,nearest}", "4000 deployments_failed_change_total{production,explicit}"},
		},
		{
			"names what nobody knows", func(p *past) {
				p.opened(5, 3100, incidentAt(3100), says(3100, by(77)), says(3100, cause("lost")), says(3100, model.Mention{Kind: model.NamesDeployment, Item: model.ItemRef{Number: 99}}))
			},
			[]string{"production 12: #5 nearest 3100 -"},
			[]string{"3100 deployments_failed_change_total{production,nearest}"},
		},
		{
			"names a deployment, of another environment too", func(p *past) {
				p.deploy(20, "staging", "a", "1900 success").deploy(21, "staging", "a", "1950 success")
				p.opened(5, 3100, incidentAt(3100), says(3100, model.Mention{Kind: model.NamesDeployment, Item: model.ItemRef{Number: 21}}))
			},
			[]string{"staging 20: #5 explicit 3100 -"},
			[]string{"3100 deployments_failed_change_total{staging,explicit}"},
		},
		{
			"names a deployed commit", func(p *past) {
				p.opened(5, 3100, incidentAt(3100), says(3100, model.Mention{Kind: model.NamesCommit, OID: oid("a")}))
			},
			[]string{"production 11: #5 explicit 3100 -"},
			[]string{"3100 deployments_failed_change_total{production,explicit}"},
		},
		{
			"a revert blames what shipped its target", func(p *past) {
				p.merged(3, 3500, "c", undoing(1)).deploy(13, "production", "c", "4000 success")
			},
			[]string{"production 11: #3 revert 3500 -"},
			[]string{"3500 deployments_failed_change_total{production,revert}"},
		},
		{
			"a revert that merged before its target shipped", func(p *past) {
				p.merged(3, 1600, "c", undoing(1)).deploy(13, "production", "c", "4000 success")
			},
			[]string{"production 11: #3 revert 2000 -"},
			[]string{"2000 deployments_failed_change_total{production,revert}"},
		},
		{
			"a revert that shipped with its target is none", func(p *past) {
				p.merged(3, 3500, "c").merged(4, 3600, "d", undoing(3)).deploy(13, "production", "d", "4000 success")
			}, nil, nil,
		},
		{
			"a revert of what is not deployed is none", func(p *past) { p.merged(3, 3500, "c").merged(4, 3600, "d", undoing(3)) }, nil, nil,
		},
		{
			"a revert of a revert is a revert", func(p *past) {
				p.merged(3, 3500, "c", undoing(1)).deploy(13, "production", "c", "4000 success").
					merged(4, 4500, "d", undoing(3)).deploy(14, "production", "d", "5000 success")
			},
			[]string{"production 11: #3 revert 3500 -", "production 13: #4 revert 4500 -"},
			[]string{"3500 deployments_failed_change_total{production,revert}", "4500 deployments_failed_change_total{production,revert}"},
		},
		{
			"opted out when recognised", func(p *past) {
				p.opened(5, 3100, labeled(3100, blamesNothing), bears(blamesNothing), incidentAt(3100))
			}, nil, nil,
		},
		{
			"opted out for a while", func(p *past) {
				p.opened(5, 3100, incidentAt(3100), labeled(3300, blamesNothing), unlabeled(3400, blamesNothing))
			},
			[]string{"production 12: #5 nearest 3100 3300", "production 12: #5 nearest 3400 -"},
			[]string{"3100 deployments_failed_change_total{production,nearest}"},
		},
		{
			"opted in later", func(p *past) {
				p.opened(5, 3100, labeled(3100, blamesNothing), incidentAt(3100), unlabeled(3400, blamesNothing))
			},
			[]string{"production 12: #5 nearest 3400 -"},
			[]string{"3400 deployments_failed_change_total{production,nearest}"},
		},
		{
			"the issue is deleted", func(p *past) {
				p.opened(5, 3100, incidentAt(3100), set(func(it *model.Item) { it.GoneAt = t0 + 4000 }))
			},
			[]string{"production 12: #5 nearest 3100 4000"},
			[]string{"3100 deployments_failed_change_total{production,nearest}"},
		},
		{
			"pushed incidents", func(p *past) {
				p.deploy(20, "staging", "root", "900 success")
				p.history.Incidents = []model.Incident{
					{ID: "1", Source: "alertmanager", OpenedAt: t0 + 3100},
					{ID: "2", Source: "events", OpenedAt: t0 + 3200, Deployment: "11"},
					{ID: "3", Source: "events", OpenedAt: t0 + 3300, OID: oid("root")},
					{ID: "4", Source: "events", OpenedAt: t0 + 3400, Environment: "staging"},
					{ID: "5", Source: "events", OpenedAt: t0 + 3500, Environment: "moon"},
					{ID: "6", Source: "events", OpenedAt: t0 + 3600, Environment: "staging", Deployment: "11"},
				}
			},
			[]string{
				"production 10: events/3 explicit 3300 -", "production 11: events/2 explicit 3200 -",
				"production 12: alertmanager/1 nearest 3100 -", "staging 20: events/4 nearest 3400 -", "staging 20: events/6 nearest 3600 -",
			},
			[]string{
				"3100 deployments_failed_change_total{production,nearest}", "3200 deployments_failed_change_total{production,explicit}",
				"3300 deployments_failed_change_total{production,explicit}", "3400 deployments_failed_change_total{staging,nearest}",
				"3500 incidents_unlinked_total{events}",
			},
		},
		{
			"sources that are not configured", func(p *past) {
				p.rules.Incidents = nil
				p.opened(5, 3100, incidentAt(3100)).merged(3, 3500, "c", undoing(1))
				p.history.Incidents = []model.Incident{{ID: "1", Source: "alertmanager", OpenedAt: t0 + 3100}}
			}, nil, nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := deployed(newPast(t))
			test.write(p)
			if diff := cmp.Diff(test.held, heldShown(p)); diff != "" {
				t.Error(diff)
			}
			p.wants(test.want, "failed_change", "unlinked")
		})
	}
}

func TestIncidents(t *testing.T) {
	for _, test := range []struct {
		name  string
		item  *model.Item
		spans []string // `from to severity`, * for the first
		want  []string
	}{
		{
			"labelled while open", issue(labeled(10, "incident"), bears("incident"), closed(100, "completed")),
			[]string{"* 10 100 none"},
			[]string{"100 incident_resolve_seconds{issues} 100"},
		},
		{"never", issue(labeled(10, "bug"), bears("bug")), nil, nil},
		{"labelled when it was closed", issue(closed(5, ""), labeled(10, "incident"), bears("incident")), nil, nil},
		{
			"labelled when it was closed, and reopened", issue(closed(5, ""), labeled(10, "incident"), bears("incident"), reopened(20)),
			[]string{"* 20 - none"},
			nil,
		},
		{
			"reopened: resolved once", issue(labeled(10, "incident"), bears("incident"), closed(100, ""), reopened(200), closed(300, "")),
			[]string{"* 10 100 none", "200 300 none"},
			[]string{"100 incident_resolve_seconds{issues} 100"},
		},
		{
			"the label is taken off", issue(labeled(10, "incident"), unlabeled(50, "incident"), closed(100, "")),
			[]string{"* 10 50 none"},
			[]string{"100 incident_resolve_seconds{issues} 100"},
		},
		{
			"severities", issue(labeled(10, "incident"), bears("incident"), labeled(10, "severity/low"), labeled(20, "severity/high"), bears("severity/high"), unlabeled(30, "severity/low")),
			[]string{"* 10 20 low", "20 - high"},
			nil,
		},
		{
			"a severity that comes later", issue(labeled(10, "incident"), bears("incident"), labeled(20, "severity/1"), bears("severity/1")),
			[]string{"* 10 20 none", "20 - 1"},
			nil,
		},
		{
			"transferred", issue(labeled(10, "incident"), bears("incident"), event(90, model.Transferred, bob), closed(91, "")),
			[]string{"* 10 91 none"},
			nil,
		},
		{
			"opened by a bot", issue(as(renovate), labeled(10, "incident"), bears("incident"), closed(100, "")),
			[]string{"* 10 100 none"},
			[]string{"100 incident_resolve_seconds{issues} 100"},
		},
		{
			"gone", issue(labeled(10, "incident"), bears("incident"), set(func(it *model.Item) { it.GoneAt = t0 + 50 })),
			[]string{"* 10 50 none"},
			nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPast(t)
			p.items = append(p.items, test.item)
			var spans []string
			for _, s := range p.state().Changes.Incidents {
				line := fmt.Sprintf("%s %s %s", offset(s.From), offset(s.To), s.Severity.Value())
				if s.First {
					line = "* " + line
				}
				spans = append(spans, line)
			}
			if diff := cmp.Diff(test.spans, spans); diff != "" {
				t.Error(diff)
			}
			p.wants(test.want, "incident_resolve")
		})
	}
}

func TestRevertIncident(t *testing.T) {
	p := deployed(newPast(t)).merged(3, 3500, "c", undoing(1), undoing(2)).deploy(13, "production", "c", "4000 success")
	p.wants([]string{"4000 incident_resolve_seconds{reverts} 500"}, "incident_resolve")
	want := []IncidentFigure{
		{"alertmanager", "none", 0, 0}, {"events", "none", 0, 0}, {"issues", "none", 0, 0}, {"reverts", "none", 1, 1},
	}
	if diff := cmp.Diff(want, p.at(3600).Incidents()); diff != "" {
		t.Error(diff)
	}
	want[3].Open = 0
	if diff := cmp.Diff(want, p.at(4000).Incidents()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"production 11: #3 revert 3500 -", "production 12: #3 revert 3500 -"}, heldShown(p)); diff != "" {
		t.Error(diff)
	}
}

func TestRecovery(t *testing.T) {
	resolvedAt := func(after int) change { return closed(after, "completed") }
	for _, test := range []struct {
		name  string
		write func(p *past)
		want  []string
	}{
		{
			"by the resolution", func(p *past) { p.opened(5, 3100, incidentAt(3200), resolvedAt(5000)) },
			[]string{"5000 deployment_recovery_seconds{production} 2000"},
		},
		{"open", func(p *past) { p.opened(5, 3100, incidentAt(3200)) }, nil},
		{"by the last one's resolution", func(p *past) {
			p.opened(5, 3100, incidentAt(3200), resolvedAt(5000)).opened(6, 3300, incidentAt(3300), resolvedAt(6000))
		}, []string{"6000 deployment_recovery_seconds{production} 3000"}},
		{"what opens after the recovery takes nothing back", func(p *past) {
			p.opened(5, 3100, incidentAt(3200), resolvedAt(5000)).opened(6, 5300, incidentAt(5300), resolvedAt(6000))
		}, []string{"5000 deployment_recovery_seconds{production} 2000"}},
		{"by a rollback", func(p *past) {
			p.opened(5, 3100, incidentAt(3200), resolvedAt(5000)).deploy(13, "production", "c", "4000 success").deploy(14, "production", "a", "4500 success")
		}, []string{"4500 deployment_recovery_seconds{production} 1500"}},
		{"the resolution comes before the rollback", func(p *past) {
			p.opened(5, 3100, incidentAt(3200), resolvedAt(4000)).deploy(14, "production", "a", "4500 success")
		}, []string{"4000 deployment_recovery_seconds{production} 1000"}},
		{"rolled back before anything was linked", func(p *past) {
			p.rules.IncidentWindow = 0
			p.deploy(14, "production", "a", "4500 success").opened(5, 4600, incidentAt(4600), says(4700, model.Mention{Kind: model.RootCause, OID: oid("b")}))
		}, []string{"4700 deployment_recovery_seconds{production} 1500"}},
		{"linked when it was resolved already", func(p *past) {
			p.opened(5, 3100, incidentAt(3200), resolvedAt(3500), says(5000, model.Mention{Kind: model.RootCause, OID: oid("a")}))
		}, []string{"3500 deployment_recovery_seconds{production} 500", "5000 deployment_recovery_seconds{production} 1500"}},
		{"a redeploy is no rollback", func(p *past) {
			p.opened(5, 3100, incidentAt(3200)).deploy(14, "production", "b", "4500 success")
		}, nil},
		{"another branch is no rollback", func(p *past) {
			p.line("a", "x").opened(5, 3100, incidentAt(3200)).deploy(14, "production", "x", "4500 success")
		}, nil},
		{"linked elsewhere since", func(p *past) {
			p.opened(5, 3100, incidentAt(3200), says(4000, model.Mention{Kind: model.RootCause, OID: oid("a")}), resolvedAt(5000))
		}, []string{"5000 deployment_recovery_seconds{production} 3000"}},
		{"a revert's, when it ships", func(p *past) {
			p.merged(3, 3500, "c", undoing(1)).deploy(13, "production", "c", "4000 success")
		}, []string{"4000 deployment_recovery_seconds{production} 2000"}},
		{"resolved before the deployment that is blamed", func(p *past) {
			p.history.Incidents = []model.Incident{{ID: "1", Source: "events", OpenedAt: t0 + 2500, ResolvedAt: t0 + 2600, Deployment: "12"}}
		}, []string{"2600 deployment_recovery_seconds{production} 600"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := deployed(newPast(t))
			test.write(p)
			p.wants(test.want, "recovery")
		})
	}
}

func TestRework(t *testing.T) {
	for _, test := range []struct {
		name  string
		write func(p *past)
		want  []string
	}{
		{"none", func(*past) {}, nil},
		{"a rollback", func(p *past) { p.deploy(13, "production", "a", "4000 success") }, []string{"4000 deployments_rework_total{production}"}},
		{"a redeploy is none", func(p *past) { p.deploy(13, "production", "b", "4000 success") }, nil},
		{
			"a revert", func(p *past) {
				p.rules.Incidents = nil
				p.merged(3, 3500, "c", undoing(1)).deploy(13, "production", "c", "4000 success")
			},
			[]string{"4000 deployments_rework_total{production}"},
		},
		{"a revert beside its target is none", func(p *past) {
			p.merged(3, 3500, "c").merged(4, 3600, "d", undoing(3)).deploy(13, "production", "d", "4000 success")
		}, nil},
		{"closes a linked incident", func(p *past) {
			p.opened(5, 3100, incidentAt(3200)).merged(3, 3500, "c", closes(5)).deploy(13, "production", "c", "4000 success")
		}, []string{"4000 deployments_rework_total{production}"}},
		{"closes an incident that is not linked by then", func(p *past) {
			p.rules.IncidentWindow = 0
			p.opened(5, 500, incidentAt(600), says(4100, model.Mention{Kind: model.RootCause, OID: oid("a")})).
				merged(3, 3500, "c", closes(5)).deploy(13, "production", "c", "4000 success")
		}, nil},
		{"closes an issue that is no incident", func(p *past) {
			p.opened(5, 3100).merged(3, 3500, "c", closes(5)).deploy(13, "production", "c", "4000 success")
		}, nil},
		{"a hotfix", func(p *past) {
			p.merged(3, 3500, "c", labeled(3400, "Hotfix"), bears("Hotfix")).deploy(13, "production", "c", "4000 success")
		}, []string{"4000 deployments_rework_total{production}"}},
		{"a hotfix no more, and not yet", func(p *past) {
			p.merged(3, 3500, "c", labeled(3400, "hotfix"), unlabeled(3900, "hotfix"), labeled(4001, "hotfix"), bears("hotfix")).deploy(13, "production", "c", "4000 success")
		}, nil},
		{"a hotfix in the first deployment is left-censored", func(p *past) {
			p.merged(3, 100, "root", labeled(50, "hotfix"), bears("hotfix"))
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := deployed(newPast(t))
			test.write(p)
			p.wants(test.want, "rework")
		})
	}
}
