package collector

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Document writes the reference of every metric, in Markdown, from the rows.
func Document(w io.Writer) error {
	out := &document{w: w}
	out.line("# Metrics\n")
	out.line("Generated from the rows in `collector`; `make generate` writes it anew.\n")
	out.line("**R** stands for the labels `project`, `owner` and `repo` (the name without its owner); for a project with")
	out.line("`detail: project` the families exist once, with `owner` and `repo` empty. A repository's series appear once its first")
	out.line("sync is complete, and then all at once. Families marked **H** have a history: `metrics --at` shows them as of any instant.")
	out.line("Counters and histograms marked H cover the repository's whole life and survive restarts; other counters may start over")
	out.line("with the exporter. `author_kind` is `human` or `bot`; durations, ages, sizes and review rounds leave out what bots opened.")
	out.line("Histograms have the buckets that are listed here unless `histograms` in the configuration says `native`, which gives")
	out.line("buckets that are 9 %% apart, or `both`.")
	for _, g := range Groups() {
		out.group(g)
	}
	return out.err
}

// document writes lines and keeps the first error.
type document struct {
	w   io.Writer
	err error
}

func (d *document) line(format string, args ...any) {
	if d.err == nil {
		_, d.err = fmt.Fprintf(d.w, format+"\n", args...)
	}
}

func (d *document) group(g Group) {
	d.line("\n## %s\n", strings.TrimSuffix(g.Help, "."))
	if g.Flag != "" {
		d.line("Exported %s; `--[no-]collector.%s`.\n", map[bool]string{true: "by default", false: "only if asked for"}[g.Default], g.Flag)
	}
	d.line("| metric | type | labels | | what it says |")
	d.line("|---|---|---|---|---|")
	for _, f := range g.Families {
		d.line("| `%s` | %s | %s | %s | %s |", f.Name, f.Kind, documentLabels(f, g.Subject), map[bool]string{true: "H"}[f.History], f.Help+documentBuckets(f))
	}
}

// documentLabels lists a family's labels, the scope's as R.
func documentLabels(f Family, s Subject) string {
	labels, scoped := f.Labels, s == Repositories
	if s == Projects {
		labels = slices.Concat(s.labels(), labels)
	}
	if len(labels) >= len(scopeLabels) && slices.Equal(labels[:len(scopeLabels)], scopeLabels) {
		labels, scoped = labels[len(scopeLabels):], true
	}
	var out []string
	if scoped {
		out = append(out, "R")
	}
	for _, l := range labels {
		out = append(out, "`"+l+"`")
	}
	return strings.Join(out, ", ")
}

func documentBuckets(f Family) string {
	if len(f.Buckets) == 0 {
		return ""
	}
	var bounds []string
	for _, b := range f.Buckets {
		if strings.HasSuffix(f.Name, "_seconds") {
			bounds = append(bounds, shortDuration(b))
		} else {
			bounds = append(bounds, number(b))
		}
	}
	return " Buckets: " + strings.Join(bounds, " ") + "."
}

// shortDuration writes seconds in the largest unit that divides them.
func shortDuration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if d >= unit.size && d%unit.size == 0 {
			return fmt.Sprintf("%d%s", d/unit.size, unit.name)
		}
	}
	return d.String()
}
