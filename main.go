// github-dev-exporter mirrors the history of GitHub's issues and pull requests
// and serves figures about it to Prometheus.
package main

import (
	"context"
	"embed"
	"os"
	"os/signal"
	"syscall"

	"github.com/github-dev-exporter/github-dev-exporter/exporter"
)

// mixin is what mixin/ is rendered to, for the command of that name.
//
//go:embed rules/*.yaml dashboards/*.json
var mixin embed.FS

func main() {
	os.Exit(run())
}

// run ends in good order at the first signal, and at once at the second.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return exporter.Main(ctx, os.Args[1:], exporter.Process{Stdout: os.Stdout, Stderr: os.Stderr, Mixin: mixin})
}
