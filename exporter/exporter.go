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
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/exporter-toolkit/web"

	"github.com/github-dev-exporter/github-dev-exporter/collector"
	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
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
	opts       Options
	log        *slog.Logger
	client     *github.Client // of the first engine
	publisher  *publisher
	server     *http.Server
	listeners  []net.Listener // nil where the toolkit listens itself
	started    time.Time
	mirror     atomic.Pointer[mirror.Mirror] // nil until it is open
	engine     atomic.Pointer[engine]        // nil until the mirror is open
	ready      atomic.Bool
	lastFail   atomic.Pointer[string] // why the last reload failed; nil where it did not
	reloads    chan chan error
	receiver   receiver
	deliveries *deliveries

	cancel   context.CancelFunc
	running  sync.WaitGroup
	failed   chan error
	cleanUps cleanUps
}

// New binds the addresses and makes everything that can be wrong at once. It
// sends nothing, opens nothing and serves nothing before Start.
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
		deliveries: newDeliveries(opts.Logger.With("component", "webhook"), opts.Now),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.cleanUps.run())
		}
	}()
	if err := web.Validate(*opts.Web.Flags.WebConfigFile); err != nil {
		return nil, fmt.Errorf("reading --web.config.file: %w", err)
	}
	settings, err := newSettings(opts.Config, opts.Groups)
	if err != nil {
		return nil, err
	}
	if e.client, err = newClient(opts.Config, e.log, opts.Now, nil); err != nil {
		return nil, err
	}
	e.cleanUps.add("ending what is asked of GitHub", func() error {
		e.currentClient().Close()
		return nil
	})
	e.publisher = newPublisher(e, settings, opts.Now, opts.Logger)
	if err := e.listen(); err != nil {
		return nil, err
	}
	e.server = newServer(e)
	e.reloaded(nil)
	return e, nil
}

// Start serves HTTP at once, opens the mirror and keeps it up to date; all of
// it until Stop.
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

// Stop ends everything that Start began, waits for it and undoes what was done.
func (e *Exporter) Stop() error {
	err := e.shutDown()
	if e.cancel != nil {
		e.cancel()
	}
	e.running.Wait()
	return errors.Join(err, e.cleanUps.run())
}

// work opens the mirror, then keeps an engine running until ctx ends,
// exchanging it at each reload.
func (e *Exporter) work(ctx context.Context) {
	if err := e.open(); err != nil {
		e.fail(err)
		return
	}
	unsubscribe := e.mirror.Load().Subscribe(e.publisher.changed)
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
				err = e.exchange(next)
				stop = e.startEngine(ctx)
			}
			e.reloaded(err)
			answer <- err
		}
	}
}

// open opens the mirror, makes the facts of what is in it and the samples of
// those, and the first engine.
func (e *Exporter) open() error {
	began := e.opts.Now()
	s := e.publisher.settings.Load()
	m, err := openMirror(e.opts.MirrorPath, e.opts.Config, e.log, s.digestFor(e.engine.Load))
	if err != nil {
		return err
	}
	e.cleanUps.add("closing the mirror", m.Close)
	e.mirror.Store(m)
	e.engine.Store(newEngine(s, e.client, m, e.opts.Shard, e.log, e.opts.Now))
	e.publisher.buildAll()
	giveBack()
	e.ready.Store(true)
	e.log.Info("ready", "loaded_in", e.opts.Now().Sub(began).String(), "repositories", len(m.Repositories()))
	return nil
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

// exchange puts another engine in the place of the stopped one and makes all
// facts and samples anew by its settings.
func (e *Exporter) exchange(next *engine) error {
	old := e.engine.Load()
	next.tokens = old.tokens // what was told is not told again
	e.engine.Store(next)
	old.client.Close()
	err := e.publisher.adopt(next.settings, func() error {
		return e.mirror.Load().Redigest(next.settings.digest(next.projectOf))
	})
	if err != nil {
		err = fmt.Errorf("loading the mirror anew: %w%s", err, mirrorCure(err))
		e.fail(err)
	}
	giveBack()
	return err
}

// What the publisher and the pages read, also while the mirror is not yet open.

// State gives a repository's published state, nil where it is unknown.
func (e *Exporter) State(repo int64) *model.State {
	if m := e.mirror.Load(); m != nil {
		return m.State(repo)
	}
	return nil
}

// Status tells how far every repository is.
func (e *Exporter) Status() []model.RepositoryStatus {
	if eng := e.engine.Load(); eng != nil {
		return eng.status()
	}
	return nil
}

// Tokens tells what is known of the tokens.
func (e *Exporter) Tokens() []model.TokenStatus { return e.currentClient().Tokens() }

// Stats counts what was asked of GitHub since the start.
func (e *Exporter) Stats() model.APIStats { return e.currentClient().Stats() }

func (e *Exporter) currentClient() *github.Client {
	if eng := e.engine.Load(); eng != nil {
		return eng.client
	}
	return e.client
}

// Store tells how large the mirror is.
func (e *Exporter) Store() collector.Store {
	if m := e.mirror.Load(); m != nil {
		return collector.Store{Sizes: m.Sizes(), GCFailures: m.GCFailures()}
	}
	return collector.Store{}
}
