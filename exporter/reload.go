package exporter

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/prometheus/common/version"

	"github.com/github-dev-exporter/github-dev-exporter/collector"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

var (
	errNoReload     = errors.New("this process has no configuration file to reload")
	errNeedsRestart = errors.New("cannot change while running; undo the change, or restart")
)

// Reload reads the configuration again and works by it. On an error the old
// configuration stays at work.
func (e *Exporter) Reload(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case e.reloads <- answer:
	case <-ctx.Done():
		return fmt.Errorf("reloading the configuration: %w", ctx.Err())
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("reloading the configuration: %w", ctx.Err())
	}
}

// nextEngine makes an engine of the configuration as it is now.
func (e *Exporter) nextEngine() (*engine, error) {
	if e.opts.Load == nil {
		return nil, errNoReload
	}
	valid, err := e.opts.Load()
	if err != nil {
		return nil, err
	}
	was, is := e.engine.Load().settings.config.Mirror, valid.config.Mirror
	if e.opts.MirrorPath == was.Path && is.Path != was.Path {
		return nil, fmt.Errorf("mirror.path %w", errNeedsRestart)
	}
	if is.EncryptionKeyFile != was.EncryptionKeyFile {
		return nil, fmt.Errorf("mirror.encryption_key_file %w", errNeedsRestart)
	}
	settings, err := newSettings(valid, e.opts.Groups)
	if err != nil {
		return nil, err
	}
	client, err := newClient(valid, e.log, e.opts.Now, e.engine.Load().client)
	if err != nil {
		return nil, err
	}
	logWarnings(e.log, valid)
	return newEngine(settings, client, e.mirror.Load(), e.opts.Shard, e.log, e.opts.Now), nil
}

// reloaded notes how a reload, or the first load, went.
func (e *Exporter) reloaded(err error) {
	process := processInfo()
	if old := e.publisher.process.Load(); old != nil {
		process = *old
	}
	process.ReloadOK = err == nil
	if err == nil {
		process.ReloadedAt = model.At(e.opts.Now())
		e.lastFail.Store(nil)
		e.log.Info("configuration loaded")
	} else {
		text := err.Error()
		e.lastFail.Store(&text)
		e.log.Error("configuration not reloaded; the old one stays at work", "err", err)
	}
	e.publisher.process.Store(&process)
	e.publisher.buildStatus()
}

// processInfo is what is exported of the process itself.
func processInfo() collector.Process {
	return collector.Process{
		Version: programVersion(), Revision: version.GetRevision(), Branch: version.Branch, GoVersion: runtime.Version(),
	}
}
