package derive

import (
	"cmp"
	"io"
	"strings"
)

// WriteText writes the explanation for people to read.
func (e *DeploymentExplanation) WriteText(w io.Writer) error {
	out := &report{tabs: newTabs(w)}
	out.line("%s", e.title())
	for _, n := range e.Notes {
		out.line("  %s", n)
	}
	out.head("Deployment")
	out.line("  commit\t%s", cmp.Or(e.OID, "–"))
	out.line("  success\t%s", instant(e.Success))
	out.line("  failure\t%s", instant(e.Failure))
	out.line("  predecessor\t%s", e.Predecessor.text())
	if e.Redeploy != nil {
		out.line("  redeploys\t%s", e.Redeploy.text())
	}
	if e.RolledBackBy != nil {
		out.line("  rolled back by\t%s", e.RolledBackBy.text())
	}
	for _, why := range e.Rework {
		out.line("  rework\t%s", why)
	}
	e.writeShipped(out)
	e.writeFailures(out)
	return cmp.Or(out.err, out.tabs.Flush())
}

func (e *DeploymentExplanation) title() string {
	title := "deployment " + e.ID
	if e.Name != "" && e.Name != e.ID {
		title += ", " + e.Name
	}
	title += " (" + e.Source + ") to " + e.Environment
	if e.Rollback {
		title += ", a rollback"
	}
	if !e.Counts {
		title += ", not counted as a success"
	}
	return title
}

// text names a deployment, and a dash for none.
func (d *DeploymentRef) text() string {
	if d == nil {
		return "–"
	}
	text := d.Source + " " + d.ID
	if d.Name != "" && d.Name != d.ID {
		text += " (" + d.Name + ")"
	}
	return text + ", " + d.At.String()
}

func (e *DeploymentExplanation) writeShipped(out *report) {
	if !e.Counts {
		return
	}
	out.head("Shipped")
	if len(e.Shipped) == 0 {
		out.line("  nothing")
	}
	for _, c := range e.Shipped {
		out.line("  #%d\tmerged %s\t%s", c.Number, c.Merged, leadTexts(c.LeadTimes))
	}
	if e.LeftCensored > 0 {
		out.line("  and %d that may have been there before", e.LeftCensored)
	}
}

// leadTexts writes lead times in one line.
func leadTexts(leads []Duration) string {
	var texts []string
	for _, d := range leads {
		if d.Missing == Observed {
			texts = append(texts, d.Name+" "+span(*d.Seconds))
		} else {
			texts = append(texts, d.Name+" not observed: "+string(d.Missing))
		}
	}
	return strings.Join(texts, ", ")
}

func (e *DeploymentExplanation) writeFailures(out *report) {
	if len(e.Failures) == 0 {
		return
	}
	out.head("Failures")
	for _, f := range e.Failures {
		out.line("  %s", f.text())
		for _, k := range f.Links {
			out.line("    %s", k.text())
		}
	}
	out.line("  recovery\t%s", e.Recovery.text())
}

// text says what the incident is and how long it was open.
func (i IncidentExplanation) text() string {
	text := i.Incident + " (" + i.Source + ", severity " + i.Severity + "), opened " + i.Opened.String()
	if i.Recognised != i.Opened {
		text += ", recognised " + i.Recognised.String()
	}
	if i.Resolved != 0 {
		text += ", resolved " + i.Resolved.String()
	}
	if i.Unlinked {
		text += ", unlinked"
	}
	return text
}

// text says how and when the incident was linked.
func (k LinkExplanation) text() string {
	text := k.Link + ": " + k.Why + ", from " + k.From.String()
	if k.To != 0 {
		text += " to " + k.To.String()
	}
	if k.Deployment != nil {
		text += ", to " + k.Deployment.text()
	}
	return text
}

// text says how far a pull request came in an environment.
func (s Shipment) text() string {
	text := strings.ReplaceAll(string(s.Status), "_", " ")
	if s.Deployment != nil {
		text += " in " + s.Deployment.text()
	}
	if s.Note != "" {
		text += ": " + s.Note
	}
	return text
}

// writeHistory writes where an item shipped, and what it is as an incident.
func (e *Explanation) writeHistory(out *report) {
	if len(e.Shipments) > 0 {
		out.head("Deployments")
	}
	for _, s := range e.Shipments {
		out.line("  %s\t%s", s.Environment, s.text())
		if len(s.LeadTimes) > 0 {
			out.line("  \t%s", leadTexts(s.LeadTimes))
		}
	}
	if len(e.Incidents) > 0 {
		out.head("Incidents")
	}
	for _, i := range e.Incidents {
		out.line("  %s\t%s", cmp.Or(i.Environment, "no environment"), i.text())
		for _, k := range i.Links {
			out.line("  \t%s", k.text())
		}
	}
}
