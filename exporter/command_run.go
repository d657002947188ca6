package exporter

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/version"
	"github.com/prometheus/exporter-toolkit/web/kingpinflag"
)

const defaultAddress = ":10472"

// servingFlags are the flags of the commands that serve HTTP.
type servingFlags struct {
	web    WebOptions
	shard  Shard
	groups func() map[string]bool
}

func addServingFlags(cmd *kingpin.CmdClause) *servingFlags {
	f := &servingFlags{}
	f.web.Flags = kingpinflag.AddFlags(cmd, defaultAddress)
	cmd.Flag("web.telemetry-path", "Path of the metrics.").Default("/metrics").StringVar(&f.web.TelemetryPath)
	cmd.Flag("web.enable-lifecycle", "Reload the configuration on a POST to /-/reload.").BoolVar(&f.web.EnableLifecycle)
	cmd.Flag("web.enable-pprof", "Serve Go's profiles below /debug/pprof/.").BoolVar(&f.web.EnablePprof)
	cmd.Flag("web.max-requests", "How many scrapes are answered at the same time; 0 for no limit.").Default("40").IntVar(&f.web.MaxRequests)
	cmd.Flag("web.disable-exporter-metrics", "Leave out the metrics of the process itself: go_, process_, promhttp_.").BoolVar(&f.web.DisableExporterMetrics)
	cmd.Flag("shard", "Take care of one of N parts of the repositories, I from 0 to N-1; each part needs a mirror of its own.").PlaceHolder("I/N").SetValue(&f.shard)
	f.groups = addGroupFlags(cmd)
	return f
}

func (p *program) registerRun(app *kingpin.Application) map[string]func(context.Context) error {
	cmd := app.Command("run", "Keep the mirror up to date and serve the figures. This is what runs without a command.").Default()
	flags := addServingFlags(cmd)
	return map[string]func(context.Context) error{
		cmd.FullCommand(): func(ctx context.Context) error { return p.run(ctx, flags) },
	}
}

func (p *program) run(ctx context.Context, flags *servingFlags) error {
	valid, err := p.load(false)
	if err != nil {
		return err
	}
	p.log.Info("starting "+programName, "version", version.Info(), "build", version.BuildContext())
	logWarnings(p.log, valid)
	p.keepSmall()
	e, err := New(Options{
		Config: valid, MirrorPath: p.mirrorPath, Groups: flags.groups(), Shard: flags.shard, Web: flags.web,
		Load:   func() (Valid, error) { return p.load(false) },
		Logger: p.log, Now: p.now,
	})
	if err != nil {
		return err
	}
	e.Start()
	return p.serve(ctx, e)
}

// serve lets the exporter run until ctx ends or it fails, reloads the
// configuration on SIGHUP, and stops it.
func (p *program) serve(ctx context.Context, e *Exporter) error {
	hangUp := make(chan os.Signal, 1)
	signal.Notify(hangUp, syscall.SIGHUP)
	defer signal.Stop(hangUp)
	for {
		select {
		case <-ctx.Done():
			p.log.Info("stopping")
			return e.Stop()
		case err := <-e.Failed():
			return errors.Join(err, e.Stop())
		case <-hangUp:
			_ = e.Reload(ctx) // logged and counted where it fails
		}
	}
}
