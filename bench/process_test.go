package bench

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"
)

// patience is how long anything may take that must not fail because the
// machine is slow.
const patience = 2 * time.Minute

// process is the program at work: `run` on the sandbox's mirror.
type process struct {
	t       testing.TB
	cmd     *exec.Cmd
	started time.Time
	address string
	log     *tail
}

// start runs the program, at most until the test ends, and returns as soon as
// it listens.
func (b *sandbox) start() *process {
	b.t.Helper()
	p := &process{
		t: b.t, cmd: b.command("run", "--web.listen-address=127.0.0.1:0"),
		log: &tail{address: make(chan string, 1)},
	}
	p.cmd.Stderr = p.log
	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(p.stop)
	select {
	case p.address = <-p.log.address:
	case <-time.After(patience):
		b.t.Fatalf("the program does not listen:\n%s", p.log.text())
	}
	return p
}

// stop ends the program as a service manager does, and waits for its end.
func (p *process) stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("the program ended with %v:\n%s", err, p.log.text())
	}
}

// tail keeps the end of a log, and finds the address that is listened on.
type tail struct {
	address chan string

	mu    sync.Mutex
	known bool
	kept  []byte
}

var listening = regexp.MustCompile(`msg="Listening on" address=(\S+)\n`)

const keptLog = 4 << 10

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, p...)
	if m := listening.FindSubmatch(l.kept); m != nil && !l.known {
		l.known = true
		l.address <- string(m[1])
	}
	if n := len(l.kept) - keptLog; n > 0 {
		l.kept = slices.Clone(l.kept[n:])
	}
	return len(p), nil
}

func (l *tail) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(bytes.TrimSpace(l.kept))
}
