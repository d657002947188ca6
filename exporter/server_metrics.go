package exporter

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
)

// metricsHandler serves what the publisher built last; a scrape copies it.
func (e *Exporter) metricsHandler() http.Handler {
	all := prometheus.NewRegistry()
	all.MustRegister(e.publisher.published, e.publisher.projects, e.publisher.sync, e.publisher.own)
	opts := promhttp.HandlerOpts{
		ErrorLog:                            slog.NewLogLogger(e.log.Handler(), slog.LevelError),
		ErrorHandling:                       promhttp.HTTPErrorOnError,
		MaxRequestsInFlight:                 e.opts.Web.MaxRequests,
		EnableOpenMetrics:                   true,
		EnableOpenMetricsTextCreatedSamples: true,
	}
	if !e.opts.Web.DisableExporterMetrics {
		all.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		opts.Registry = all
	}
	projectOpts := opts
	projectOpts.Registry = nil
	whole := promhttp.HandlerFor(all, opts)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !r.URL.Query().Has("project") {
			whole.ServeHTTP(w, r)
			return
		}
		name := r.URL.Query().Get("project")
		names := e.projectNames()
		if !slices.Contains(names, name) {
			say(w, http.StatusNotFound, fmt.Sprintf("no project %q; there are %q", name, names))
			return
		}
		promhttp.HandlerFor(e.projectGatherer(name), projectOpts).ServeHTTP(w, r)
	})
}

func (e *Exporter) projectNames() []string {
	var names []string
	for _, p := range e.publisher.settings.Load().config.Projects {
		names = append(names, p.Name)
	}
	return names
}

// projectGatherer gathers one project's figures and how far its repositories
// are mirrored.
func (e *Exporter) projectGatherer(name string) prometheus.Gatherer {
	figures, sync := prometheus.NewRegistry(), prometheus.NewRegistry()
	figures.MustRegister(e.publisher.published.Project(name), e.publisher.projects.Project(name))
	sync.MustRegister(e.publisher.sync)
	return prometheus.Gatherers{figures, ofProject(sync, name)}
}

// ofProject leaves only the samples whose label project is name.
func ofProject(g prometheus.Gatherer, name string) prometheus.Gatherer {
	has := func(m *dto.Metric) bool {
		return slices.ContainsFunc(m.Label, func(l *dto.LabelPair) bool {
			return l.GetName() == "project" && l.GetValue() == name
		})
	}
	return prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		families, err := g.Gather()
		for _, f := range families {
			f.Metric = slices.DeleteFunc(f.Metric, func(m *dto.Metric) bool { return !has(m) })
		}
		families = slices.DeleteFunc(families, func(f *dto.MetricFamily) bool { return len(f.Metric) == 0 })
		return families, err
	})
}
