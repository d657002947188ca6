package derive

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// eventful has an example of nearly everything that can be said of deployments.
func eventful(t testing.TB) *past {
	p := newPast(t)
	p.line("root", "a", "b", "c", "d", "e").line("root", "side").merged(1, 1500, "a").merged(2, 2500, "b").merged(3, 3500, "c", undoing(1), closes(5))
	p.merged(4, 3600, "side").merged(6, 900, "root").merged(7, 8000, "e").merged(8, 2000, "lost")
	p.items = append(p.items, build(pull(), []change{func(it *model.Item) { it.Number = 9 }}))
	p.opened(5, 3100, incidentAt(3200), labeled(3250, "severity/high"), bears("severity/high"),
		says(3800, model.Mention{Kind: model.RootCause, Item: model.ItemRef{Number: 1}}), closed(5000, ""))
	p.history.Incidents = []model.Incident{{ID: "web", Source: "alertmanager", Severity: "page", OpenedAt: t0 + 3050, ResolvedAt: t0 + 3060}}
	p.deploy(10, "production", "root", "1000 success").deploy(11, "production", "a", "1900 failure", "2000 success")
	p.deploy(12, "production", "b", "3000 success").deploy(13, "production", "b", "3100 success").deploy(14, "production", "a", "4000 success")
	p.deploy(15, "production", "c", "4500 success").deploy(16, "production", "gone", "6000 success").deploy(17, "production", "d", "7000 success")
	p.deploy(18, "preview", "d", "7000 success").deploy(19, "production", "d", "7500 pending")
	p.history.Releases = []model.Release{{ID: 100, Tag: "v1", OID: oid("d"), PublishedAt: t0 + 7100}}
	return p
}

func TestExplainDeployment(t *testing.T) {
	p := eventful(t)
	s := p.state()
	var text bytes.Buffer
	var all []*DeploymentExplanation
	for _, id := range []string{"10", "11", "12", "13", "14", "15", "16", "17", "19", "v1", "18"} {
		found := ExplainDeployment(s, p.rules, id)
		if len(found) != 1 {
			t.Fatalf("%s means %d deployments", id, len(found))
		}
		all = append(all, found...)
		if err := found[0].WriteText(&text); err != nil {
			t.Fatal(err)
		}
		text.WriteString("\n")
	}
	golden(t, "deployments.txt", text.Bytes())
	encoded, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "deployments.json", append(encoded, '\n'))
}

func TestExplainDeploymentByCommit(t *testing.T) {
	p := eventful(t)
	s := p.state()
	var ids []string
	for _, e := range ExplainDeployment(s, p.rules, oid("b")[:8]) {
		ids = append(ids, e.ID)
	}
	if diff := cmp.Diff([]string{"12", "13"}, ids); diff != "" {
		t.Error(diff)
	}
	for _, nothing := range []string{"", "99", "v9", "abc", "0123456789"} {
		if found := ExplainDeployment(s, p.rules, nothing); found != nil {
			t.Errorf("%q means %+v", nothing, found)
		}
	}
	p.rules.Deployments = []DeploymentSource{{Source: "releases", Environment: "moon"}}
	if found := ExplainDeployment(s, p.rules, "v1"); len(found) != 1 || found[0].Environment != "moon" || found[0].Counts {
		t.Errorf("%+v", found)
	}
}

// Each item says where it shipped.
func TestExplainShipments(t *testing.T) {
	p := eventful(t)
	s := p.state()
	var text bytes.Buffer
	for _, item := range p.items {
		e := Explain(item, p.rules)
		e.Relate(s)
		out := &report{tabs: newTabs(&text)}
		out.line("%s", e.title())
		for _, d := range e.Stages {
			if d.Name == "deploy" {
				out.line("  %s\t%s", d.Name, d.text())
			}
		}
		e.writeHistory(out)
		for _, c := range e.Counted {
			if containsAny(c.Metric, []string{"lead_time", "incident"}) || c.Labels["stage"] == "deploy" {
				out.line("  %s\t%s", c.At, c.text())
			}
		}
		out.line("")
		if err := out.tabs.Flush(); err != nil || out.err != nil {
			t.Fatal(err, out.err)
		}
	}
	golden(t, "shipments.txt", text.Bytes())
}

// What explanations say that counts is what counts.
func TestShipmentsAgree(t *testing.T) {
	p := eventful(t)
	s := p.state()
	want := map[string]int{}
	for _, cell := range p.at(100_000).Cells(ChangeLeadTime) {
		want[cell.Labels[0]+" "+cell.Labels[1]] = int(cell.Distribution().Sum)
	}
	got := map[string]int{}
	for key := range want {
		got[key] = 0
	}
	for _, item := range p.items {
		e := Explain(item, p.rules)
		e.Relate(s)
		for _, c := range e.Counted {
			if c.Metric == Metric(ChangeLeadTime) {
				got[c.Labels["environment"]+" "+c.Labels["start"]] += int(c.Value)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The explanation of what is not deployed agrees with the gauge: what was merged
// to a branch that is not mirrored is not on the default branch.
func TestExplainUndeployed(t *testing.T) {
	p := newPast(t)
	p.line("root", "a", "b").merged(1, 100, "b").merged(2, 100, "elsewhere").merged(3, 100, "")
	p.deploy(10, "production", "a", "1000 success")
	s := p.state()
	status := func() (got []Shipping) {
		for _, item := range p.items {
			e := Explain(item, p.rules)
			e.Relate(s)
			got = append(got, e.Shipments[0].Status)
		}
		return got
	}
	if diff := cmp.Diff([]Shipping{Waiting, OffBranch, CommitUnknown}, status()); diff != "" {
		t.Error(diff)
	}
	s.History.Head = "" // nothing tells what is on the branch
	if diff := cmp.Diff([]Shipping{Waiting, CommitUnknown, CommitUnknown}, status()); diff != "" {
		t.Error(diff)
	}
}
