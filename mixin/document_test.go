package mixin

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const rulesDocument = "../docs/rules.md"

const rulesIntroduction = `# Recording rules and alerts

Generated from ` + "`mixin`; `make generate`" + ` writes it anew.

With the mixin's default configuration, the recording rules are in ` + "[`rules/recording.yaml`](../rules/recording.yaml)" + ` and
the alerts in ` + "[`rules/alerts.yaml`](../rules/alerts.yaml)" + `. Either works without the other.

## Recording rules

A record is named ` + "`level:metric:operations`" + `: the labels that are kept, the exporter's metric that it is made from, and what is
done to that metric. The tables list all labels of each record. With ` + "`multiCluster`" + ` in the
mixin's configuration each has the cluster's label as well.

Series that several replicas export are counted once. The exporter's totals and histograms cover a repository's whole life: a
record takes what they are now, less what they were at the window's start, so that restarts change nothing. Where Prometheus's
history is shorter than the window, counts and means cover what was seen since it began; other records made from it are absent until
it is long enough. The same holds for a repository, a workflow or an environment that was added later. Ratios are made of the
sums over all repositories and are never averages of ratios. Durations are in seconds.

The exporter's exact figures of a project cover the repositories that this exporter reads. Where ` + "`--shard`" + ` divides a project
among exporters, none of them has all, and the highest of their figures is taken: give such a project to one exporter.
`

const alertsIntroduction = `
## Alerts

An alert fires once its expression has been true for the time in the column *after*. Its page says what it means, how to
investigate it and what to do.

| alert | severity | after | what is the matter |
|---|---|---|---|
`

// document gives the text of docs/rules.md.
func document(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(rulesIntroduction)
	for _, s := range sections(t) {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n| record | labels | what it is |\n|---|---|---|\n", s.Title, s.About)
		for _, same := range s.alike() {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", code(same.names, "<br>"), code(same.Keeps, ", "), same.About)
		}
	}
	b.WriteString(alertsIntroduction)
	for _, g := range alerts(t).Groups {
		for _, r := range g.Rules {
			after := r.For
			if after == "" {
				after = "at once"
			}
			fmt.Fprintf(&b, "| [%s](runbooks/%s.md) | %s | %s | %s |\n", r.Alert, r.Alert, r.Labels["severity"], after, r.Annotations["summary"])
		}
	}
	return b.String()
}

// alike are records that differ in nothing but their window.
type alike struct {
	record
	names []string
}

func (s section) alike() (out []alike) {
	for _, r := range s.Rules {
		i := slices.IndexFunc(out, func(a alike) bool { return a.About == r.About && slices.Equal(a.Keeps, r.Keeps) })
		if i < 0 {
			i = len(out)
			out = append(out, alike{record: r})
		}
		out[i].names = append(out[i].names, r.Record)
	}
	return out
}

func code(words []string, separator string) string {
	return "`" + strings.Join(words, "`"+separator+"`") + "`"
}

// alerts gives the alerts of the mixin.
func alerts(t testing.TB) (out rules) {
	t.Helper()
	if err := json.Unmarshal([]byte(evaluate(t, mixin+".prometheusAlerts")), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDocumentedRulesAreCurrent(t *testing.T) {
	current(t, rulesDocument, document(t))
}
