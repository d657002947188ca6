// Package exporter is the running process: its configuration and commands, and
// the wiring of the client, the mirror, the ingest and the families to what is
// served over HTTP.
package exporter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web"

	"github.com/github-dev-exporter/github-dev-exporter/collector"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Options say what an Exporter serves. Config, Web and Logger are required.
type Options struct {
	Config Valid
	// MirrorPath is the directory of the mirror; "" leaves it to the configuration.
	MirrorPath string
	// Load reads the configuration again for a reload; nil refuses reloads.
	Load   func() (Valid, error)
	Groups map[string]bool // which groups of families are exported, by their flags
	Shard  Shard
	Web    WebOptions
	Logger *slog.Logger
	Now    func() time.Time // nil is time.Now
}

// WebOptions are the settings of the HTTP server.
type WebOptions struct {
	Flags                  *web.FlagConfig
	TelemetryPath          string // "" is /metrics
	MaxRequests            int    // scrapes at once; 0 for no limit
	EnableLifecycle        bool   // POST /-/reload
	EnablePprof            bool   // /debug/pprof
	DisableExporterMetrics bool   // no metrics of the Go runtime, the process and the handler
}

// Exporter is a process at work: HTTP in front, a publisher behind it, and an
// engine that keeps the mirror up to date.
type Exporter struct {
	opts      Options
	log       *slog.Logger
	mirror    *mirror.Mirror
	engine    atomic.Pointer[engine]
	publisher *publisher
	server    *http.Server
	listeners []net.Listener // nil where the toolkit listens itself
	started   time.Time
	ready     atomic.Bool
	lastFail  atomic.Pointer[string] // why the last reload failed; nil where it did not
	reloads   chan chan error

	cancel   context.CancelFunc
	running  sync.WaitGroup
	failed   chan error
	cleanUps cleanUps
}

// New opens the mirror and binds the addresses. It sends nothing and serves
// nothing before Start.
func New(opts Options) (_ *Exporter, err error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.MirrorPath == "" {
		opts.MirrorPath = opts.Config.config.Mirror.Path
	}
	e := &Exporter{
		opts: opts, log: opts.Logger, started: opts.Now(),
		reloads: make(chan chan error), failed: make(chan error, 1),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.cleanUps.run())
		}
	}()
	if err := web.Validate(*opts.Web.Flags.WebConfigFile); err != nil {
		return nil, fmt.Errorf("reading --web.config.file: %w", err)
	}
	if e.mirror, err = openMirror(opts.MirrorPath, opts.Config, e.log); err != nil {
		return nil, err
	}
	e.cleanUps.add("closing the mirror", e.mirror.Close)
	settings, err := newSettings(opts.Config, opts.Groups)
	if err != nil {
		return nil, err
	}
	eng, err := newEngine(settings, opts.Config, e.mirror, opts.Shard, e.log, opts.Now)
	if err != nil {
		return nil, err
	}
	e.engine.Store(eng)
	e.publisher = newPublisher(e, settings, opts.Now)
	e.reloaded(nil)
	if err := e.listen(); err != nil {
		return nil, err
	}
	e.server = newServer(e)
	return e, nil
}

// openMirror opens the mirror with what the configuration says of it, without
// digesting what is in it.
func openMirror(path string, valid Valid, log *slog.Logger) (*mirror.Mirror, error) {
	options, err := mirrorOptions(valid, log)
	if err != nil {
		return nil, err
	}
	m, err := mirror.Open(path, options)
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, mirrorCure(err))
	}
	return m, nil
}

func mirrorOptions(valid Valid, log *slog.Logger) (mirror.Options, error) {
	options := mirror.Options{Logger: log.With("component", "mirror")}
	file := valid.config.Mirror.EncryptionKeyFile
	if file == "" {
		return options, nil
	}
	key, err := os.ReadFile(file)
	if err != nil {
		return options, fmt.Errorf("reading the mirror's key: %w", err)
	}
	options.EncryptionKey = trimKey(key)
	return options, nil
}

// mirrorCure tells what to do about a mirror that cannot be opened.
func mirrorCure(err error) string {
	switch {
	case errors.Is(err, mirror.ErrLocked):
		return "; stop it, ask it over HTTP, or give another --mirror.path"
	case errors.Is(err, mirror.ErrSchema):
		return "; it was written by another version: use that one to export it, and import that into a new --mirror.path"
	case errors.Is(err, mirror.ErrCorrupt):
		return "; `mirror verify` tells what is wrong; nothing was deleted: restore a copy, or give another --mirror.path for a first sync anew"
	case errors.Is(err, mirror.ErrKey):
		return "; give the key that it was made with in mirror.encryption_key_file"
	case errors.Is(err, os.ErrPermission):
		return "; give this user the right to write there, or another --mirror.path"
	}
	return ""
}

// Start serves HTTP and begins to keep the mirror up to date; both go on until
// Stop.
func (e *Exporter) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	e.running.Go(e.serve)
	e.running.Go(func() { e.work(ctx) })
}

// Failed yields the error that keeps the exporter from going on; it is then
// to be stopped.
func (e *Exporter) Failed() <-chan error { return e.failed }

func (e *Exporter) fail(err error) {
	select {
	case e.failed <- err:
	default: // the first one is told
	}
}

// Stop ends everything that Start began, waits for it and undoes what New did.
func (e *Exporter) Stop() error {
	err := e.shutDown()
	if e.cancel != nil {
		e.cancel()
	}
	e.running.Wait()
	return errors.Join(err, e.cleanUps.run())
}

// work loads the mirror, then keeps an engine running until ctx ends,
// exchanging it at each reload.
func (e *Exporter) work(ctx context.Context) {
	began := e.opts.Now()
	if err := e.digest(); err != nil {
		e.fail(err)
		return
	}
	e.ready.Store(true)
	e.log.Info("ready", "loaded_in", e.opts.Now().Sub(began).String(), "repositories", len(e.mirror.Repositories()))
	unsubscribe := e.mirror.Subscribe(e.publisher.changed)
	defer unsubscribe()
	var publishing sync.WaitGroup
	defer publishing.Wait()
	publishing.Go(func() { e.publisher.run(ctx) })

	stop := e.startEngine(ctx)
	for {
		select {
		case <-ctx.Done():
			stop()
			return
		case answer := <-e.reloads:
			next, err := e.nextEngine()
			if err == nil {
				stop()
				e.engine.Store(next)
				err = e.digest()
				stop = e.startEngine(ctx)
			}
			e.reloaded(err)
			answer <- err
		}
	}
}

// startEngine runs the engine until stop is called, which waits for its end.
func (e *Exporter) startEngine(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	eng := e.engine.Load()
	go func() {
		defer close(done)
		if err := eng.run(ctx); err != nil {
			e.fail(err)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// digest makes the facts of everything stored by the engine's rules, and
// builds the samples.
func (e *Exporter) digest() error {
	eng := e.engine.Load()
	if err := e.mirror.Redigest(eng.settings.digest(eng.projectOf)); err != nil {
		return fmt.Errorf("loading the mirror: %w%s", err, mirrorCure(err))
	}
	e.publisher.settings.Store(eng.settings)
	e.publisher.buildAll()
	return nil
}

// What the publisher and the pages read.

// State gives a repository's published state, nil where it is unknown.
func (e *Exporter) State(repo int64) *model.State { return e.mirror.State(repo) }

// Status tells how far every repository is.
func (e *Exporter) Status() []model.RepositoryStatus { return e.engine.Load().status() }

// Tokens tells what is known of the tokens.
func (e *Exporter) Tokens() []model.TokenStatus { return e.engine.Load().client.Tokens() }

// Stats counts what was asked of GitHub since the start, or the last reload.
func (e *Exporter) Stats() model.APIStats { return e.engine.Load().client.Stats() }

// Store tells how large the mirror is.
func (e *Exporter) Store() collector.Store {
	return collector.Store{Sizes: e.mirror.Sizes(), GCFailures: e.mirror.GCFailures()}
}

// processInfo is what is exported of the process itself.
func processInfo() collector.Process {
	return collector.Process{
		Version: programVersion(), Revision: version.GetRevision(), Branch: version.Branch, GoVersion: runtime.Version(),
	}
}
