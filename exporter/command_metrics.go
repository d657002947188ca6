package exporter

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/github-dev-exporter/github-dev-exporter/collector"
	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func (p *program) registerMetrics(app *kingpin.Application) map[string]func(context.Context) error {
	cmd := app.Command("metrics", "Write the figures as Prometheus reads them, from the mirror alone, and exit.")
	at := cmd.Flag("at", "The instant to look back to (2024-01-31T00:00:00Z); only figures that have a history are written then.").PlaceHolder("RFC3339").String()
	groups := addGroupFlags(cmd)
	return map[string]func(context.Context) error{cmd.FullCommand(): func(context.Context) error {
		return p.metrics(*at, groups())
	}}
}

func (p *program) metrics(at string, groups map[string]bool) (err error) {
	instant, err := parseInstant(at)
	if err != nil {
		return err
	}
	valid, err := p.load(true)
	if err != nil {
		return err
	}
	o, err := p.openOffline(valid, groups)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.mirror.Close()) }()
	if at != "" {
		return o.write(p, o.history(groups, instant))
	}
	return o.write(p, o.now(model.At(p.now())))
}

func parseInstant(text string) (model.Instant, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, fmt.Errorf("--at %q is no instant; write one such as 2024-01-31T00:00:00Z", text)
	}
	return model.At(t), nil
}

// history makes the samples of the families that have one, as of an instant.
func (o *offline) history(groups map[string]bool, at model.Instant) []*collector.Published {
	opts := o.settings.collectorOptions(groups)
	opts.HistoryOnly = true
	return o.figures(collector.NewBuilder(opts), at)
}

// now makes the samples that a scrape has, but for those of the tokens.
func (o *offline) now(at model.Instant) []*collector.Published {
	b := o.settings.builder
	own := collector.NewPublished()
	store := collector.Store{Sizes: o.mirror.Sizes(), GCFailures: o.mirror.GCFailures()}
	own.Set(collector.Scope{}, append(b.Sync(o.status, store), b.Process(processInfo())...))
	return append(o.figures(b, at), own)
}

// figures makes the samples of repositories and of projects.
func (o *offline) figures(b *collector.Builder, at model.Instant) []*collector.Published {
	repositories, projects := collector.NewPublished(), collector.NewPublished()
	for _, g := range groupByScope(o.status, o.settings.scopeOf, o.mirror.State) {
		if len(g.states) > 0 {
			repositories.Set(g.scope, b.Repository(g.scope, derive.Evaluate(g.states, o.settings.rules[g.scope.Project], at)))
		}
	}
	for _, g := range groupByScope(o.status, projectScope, o.mirror.State) {
		if len(g.states) > 0 {
			projects.Set(g.scope, b.Project(g.scope.Project, derive.Evaluate(g.states, o.settings.rules[g.scope.Project], at)))
		}
	}
	return []*collector.Published{repositories, projects}
}

// write writes the samples as text.
func (o *offline) write(p *program, samples []*collector.Published) error {
	registry := prometheus.NewRegistry()
	for _, s := range samples {
		if err := registry.Register(s); err != nil {
			return fmt.Errorf("collecting the figures: %w", err)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		return fmt.Errorf("collecting the figures: %w", err)
	}
	out := bufio.NewWriter(p.stdout)
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(out, f); err != nil {
			return fmt.Errorf("writing the figures: %w", err)
		}
	}
	return out.Flush()
}

func (p *program) registerExplain(app *kingpin.Application) map[string]func(context.Context) error {
	cmd := app.Command("explain", "Show where figures come from: an item's timeline, its stages, the deployment it shipped in and why something is missing; or what a deployment shipped and how its failures were linked to it.")
	subject := cmd.Arg("subject", "OWNER/REPO#NUMBER for an issue or pull request; OWNER/REPO@ID for a deployment, by the id that its source gives it, its tag or its commit.").Required().String()
	asJSON := cmd.Flag("json", "Write it as JSON.").Bool()
	return map[string]func(context.Context) error{cmd.FullCommand(): func(context.Context) error {
		return p.explain(*subject, *asJSON)
	}}
}

func (p *program) explain(subject string, asJSON bool) (err error) {
	valid, err := p.load(true)
	if err != nil {
		return err
	}
	o, err := p.openOffline(valid, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.mirror.Close()) }()
	explanation, err := explain(o.mirror, o.settings, o.projectOf, subject)
	if err != nil {
		return err
	}
	if !asJSON {
		return explanation.WriteText(p.stdout)
	}
	enc := json.NewEncoder(p.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(explanation)
}
