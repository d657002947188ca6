package derive

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// WriteText writes the explanation for people to read.
func (e *Explanation) WriteText(w io.Writer) error {
	out := &report{tabs: newTabs(w)}
	out.line("%s", e.title())
	out.head("Timeline")
	for _, entry := range e.Timeline {
		out.line("  %s\t%s", entry.At, entry.text())
	}
	out.head("Symbols")
	for _, s := range e.Symbols {
		out.line("  %s\t%s\t%s", s.Symbol, instant(s.At), s.Meaning)
	}
	out.head("Durations")
	for _, d := range e.Durations {
		out.line("  %s\t%s", d.Name, d.text())
	}
	if len(e.Stages) > 0 {
		out.head("Stages")
	}
	for _, d := range e.Stages {
		out.line("  %s\t%s", d.Name, d.text())
	}
	e.writeStates(out)
	e.writeHistory(out)
	if len(e.Sizes) > 0 {
		out.head("Sizes")
	}
	for _, s := range e.Sizes {
		out.line("  %s\t%s", s.Name, s.text())
	}
	out.head("Counted")
	for _, c := range e.Counted {
		out.line("  %s\t%s", c.At, c.text())
	}
	return cmp.Or(out.err, out.tabs.Flush())
}

// report writes lines in columns and keeps the first error.
type report struct {
	tabs *tabwriter.Writer
	err  error
}

func newTabs(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

func (r *report) line(format string, args ...any) {
	if r.err == nil {
		_, r.err = fmt.Fprintf(r.tabs, format+"\n", args...)
	}
}

// head writes a heading; the empty line before it ends the columns above.
func (r *report) head(title string) { r.line("\n%s", title) }

func (e Entry) text() string {
	words := []string{strings.ReplaceAll(e.What, "_", " ")}
	if e.About != "" {
		words = append(words, e.About)
	}
	if e.By != "" {
		words = append(words, "by "+e.By)
	}
	if e.Bot {
		words = append(words, "(bot)")
	}
	if len(e.Notes) > 0 {
		words = append(words, "– "+strings.Join(e.Notes, ", "))
	}
	return strings.Join(words, " ")
}

func (d Duration) text() string {
	if d.Missing != Observed {
		return "not observed: " + string(d.Missing)
	}
	return fmt.Sprintf("%s (%d s)\t%s – %s", span(*d.Seconds), *d.Seconds, d.From, d.To)
}

func (s Size) text() string {
	if s.Missing != Observed {
		return "not observed: " + string(s.Missing)
	}
	return fmt.Sprint(*s.Value)
}

func (c Counted) text() string {
	var labels []string
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		labels = append(labels, fmt.Sprintf("%s=%q", name, c.Labels[name]))
	}
	text := c.Metric
	if len(labels) > 0 {
		text += "{" + strings.Join(labels, ",") + "}"
	}
	if strings.HasSuffix(c.Metric, "_total") {
		return text + " 1"
	}
	return fmt.Sprintf("%s %d", text, c.Value)
}

// instant writes an instant, and a dash for none.
func instant(at model.Instant) string {
	if at == 0 {
		return "–"
	}
	return at.String()
}

// span writes seconds in days, hours, minutes and seconds.
func span(seconds int64) string {
	rest := time.Duration(seconds%day) * time.Second
	if seconds < day {
		return rest.String()
	}
	return fmt.Sprintf("%dd%s", seconds/day, rest)
}
