package bench

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	maxReload = 1.0 // seconds
	reloads   = 7
)

// kubernetes gives the states and events of the example, to be added to the project.
func kubernetes(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../docs/examples/kubernetes.yml")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n    states:\n")
	configured, _, ends := strings.Cut(rest, "\n# ")
	if !found || !ends {
		t.Fatal("the example has no states")
	}
	return "    states:\n" + configured
}

// reload gives the program another configuration and tells how long it took
// until the states' series were served, or no longer were.
func (b *sandbox) reload(p *process, config string) time.Duration {
	b.t.Helper()
	if err := os.WriteFile(b.config(), []byte(config), 0o600); err != nil {
		b.t.Fatal(err)
	}
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		b.t.Fatal(err)
	}
	for want := strings.Contains(config, "states:"); time.Since(began) < patience; time.Sleep(5 * time.Millisecond) {
		if s := p.scrape(); strings.Contains(s.text, "\ngithub_dev_state_items{") == want {
			return time.Since(began)
		}
	}
	b.t.Fatalf("the configuration is not taken up:\n%s", p.log.text())
	return 0
}

// withStates gives the sandbox's configuration without states and with them.
func (b *sandbox) withStates() (without, with string) {
	b.t.Helper()
	text, err := os.ReadFile(b.config())
	if err != nil {
		b.t.Fatal(err)
	}
	head, project, _ := strings.Cut(string(text), "projects: {bench: {")
	project, rest, _ := strings.Cut(project, "}}\n")
	repositories, labels, _ := strings.Cut(project, ", labels: ")
	project = "projects:\n  bench:\n    " + repositories + "\n    labels: " + labels + "\n"
	return head + project + rest, head + project + kubernetes(b.t) + rest
}

// What a configuration says of states is made of the mirror: only what any
// start asks for is asked.
func TestAReloadReadsNoListAgain(t *testing.T) {
	t.Parallel()
	box := newSandbox(t, setup{data: current(1000)})
	box.upToDate()
	p, _, _ := box.restart(1)
	_, with := box.withStates()
	box.github.ResetLog()
	box.reload(p, with)
	if s := box.quiet(); s.lists() != 0 {
		t.Errorf("asked for %v, want no list of items or comments", s)
	}
}

// reloads adds how long the program takes to make all figures anew, and what
// the states and events take in memory. It leaves the sandbox without them.
func (out *table) reloads(box *sandbox, p *process) {
	without, with := box.withStates()
	var times sample
	for i := range reloads {
		if i%2 == 0 {
			times = append(times, box.reload(p, with).Seconds())
		} else {
			box.reload(p, without)
		}
	}
	out.limited("reload at "+grouped(manyItems)+" items", maxReload, times.median(), "s", "with the states and events of Kubernetes, to the first scrape that has them; %s", times.spread())
	p.stop()
	p, _, _ = box.restart(1)
	out.memory(manyItems, maxResident, p, "with these states and events, after a restart")
	box.reload(p, without)
	p.stop()
}
