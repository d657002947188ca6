package bench

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

var (
	benchmark = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)
	measure   = regexp.MustCompile(`([\d.e+]+) (\S+)`)
)

// packages adds the Go benchmarks of the packages.
func (out *table) packages() {
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", ".", "-benchmem", "-benchtime", "1s",
		program+"/...")
	text, err := cmd.CombinedOutput()
	if err != nil {
		out.t.Errorf("go test -bench: %v\n%s", err, text)
	}
	pkg := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "pkg: "+program+"/"); ok {
			pkg = strings.TrimPrefix(name, "internal/")
		}
		if m := benchmark.FindStringSubmatch(line); m != nil {
			out.benchmark(pkg+" "+m[1], m[2])
		}
	}
}

// benchmark adds one benchmark's line: its time, and all else as a note.
func (out *table) benchmark(name, measures string) {
	var took float64
	var rest []string
	for _, m := range measure.FindAllStringSubmatch(measures, -1) {
		value, err := strconv.ParseFloat(m[1], 64)
		switch {
		case err != nil:
		case m[2] == "ns/op":
			took = value / 1000
		default:
			rest = append(rest, number(value)+" "+m[2])
		}
	}
	if commits, found := strings.CutPrefix(name, "derive Changes/commits="); found {
		n, _ := strconv.Atoi(commits)
		out.limited(fmt.Sprintf("what shipped of %s commits", grouped(n)), maxReachability, took/1e6, "s", "with 2,000 deployments; %s", strings.Join(rest, ", "))
		return
	}
	out.told(name, took, "µs/op", "%s", strings.Join(rest, ", "))
}
