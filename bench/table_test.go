package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// figure is a row of the table. Limit is 0 where there is none.
type figure struct {
	what            string
	unit            string
	limit, measured float64
	note            string
}

// table is what `make bench` prints in the end. It logs each row at once: the
// whole takes minutes.
type table struct {
	t    testing.TB
	rows []figure
}

// limited adds a figure that has a limit.
func (t *table) limited(what string, limit, measured float64, unit, note string, args ...any) {
	t.rows = append(t.rows, figure{what, unit, limit, measured, fmt.Sprintf(note, args...)})
	t.t.Logf("%s: %s %s", what, number(measured), unit)
}

// told adds a figure that is information.
func (t *table) told(what string, measured float64, unit, note string, args ...any) {
	t.limited(what, 0, measured, unit, note, args...)
}

// write writes the table as Markdown that reads as plain text too.
func (t *table) write(w io.Writer) error {
	lines := [][]string{{"figure", "limit", "measured", "ratio", ""}}
	for _, f := range t.rows {
		limit, ratio := "", ""
		if f.limit != 0 {
			limit, ratio = number(f.limit)+" "+f.unit, fmt.Sprintf("%.2f", f.measured/f.limit)
		}
		lines = append(lines, []string{f.what, limit, number(f.measured) + " " + f.unit, ratio, f.note})
	}
	widths := widthsOf(lines)
	rule := make([]string, len(widths))
	for i, n := range widths {
		rule[i] = strings.Repeat("-", n)
	}
	var out strings.Builder
	for _, line := range slices.Insert(lines, 1, rule) {
		for i, cell := range line {
			fmt.Fprintf(&out, "| %s%s ", cell, strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)))
		}
		out.WriteString("|\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func widthsOf(lines [][]string) []int {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	return widths
}

// number writes three digits that matter, and all of what is larger.
func number(v float64) string {
	switch {
	case v >= 100 || v == float64(int(v)):
		return grouped(int(v + 0.5))
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// sample is several runs of the same.
type sample []float64

func (s sample) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// spread tells how far the runs lie apart.
func (s sample) spread() string {
	return fmt.Sprintf("median of %d, %s to %s", len(s), number(slices.Min(s)), number(slices.Max(s)))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
