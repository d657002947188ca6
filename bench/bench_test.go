// Package bench measures the program as its users run it: the built binary
// against a simulated GitHub. What can be counted exactly – points, requests,
// bytes – is asserted by tests that always run. Times and memory depend on the
// machine: `make bench` prints them beside their limits and asserts nothing.
package bench

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

const program = "github.com/github-dev-exporter/github-dev-exporter"

// figures is off in `make test`: what it adds takes minutes and asserts nothing.
var figures = flag.Bool("figures", false, "measure large repositories and print the table of figures")

// binary builds the program, once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	file := filepath.Join(workspace, "github-dev-exporter")
	// As `make build` does; the race detector would distort every figure.
	out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", file, program).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return file, nil
})

// workspace is a directory that lasts as long as the test binary.
var workspace string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	workspace = dir
	return m.Run()
}
