// Everything that a team may want to be different. Override what you need:
//
//   (import 'mixin.libsonnet') + { _config+:: { thresholds+: { reviewBacklog: 40 } } }
{
  _config+:: {
    // Matchers that select the exporter's own series, for example
    // 'namespace="monitoring"'. The names of the metrics are the exporter's
    // alone, so that nothing need be selected.
    selector: '',
    // What selects the exporter among the targets, for `up`.
    upSelector: 'job="github-dev-exporter"',

    // With several clusters (or exporters of several organisations) in one
    // Prometheus, Thanos or Mimir: their label is kept in every rule and alert, and
    // chosen in every dashboard.
    multiCluster: false,
    clusterLabel: 'cluster',

    // The exporter's labels, as Prometheus stores them: 'exported_project'
    // where a target has a label `project` and honor_labels is not set.
    projectLabel: 'project',
    ownerLabel: 'owner',
    repoLabel: 'repo',

    // 'classic', 'native' or 'both', as `histograms` in the exporter's configuration.
    histograms: 'classic',

    // The windows of the DORA records, and the one that dashboards and alerts show
    // first. The exporter's exact figures are taken for those that its `windows`
    // lists, Prometheus's own history for the others.
    windows: ['7d', '30d', '90d'],
    window: '30d',
    // The quantiles of what is made from Prometheus's own history, as label values:
    // those of `quantiles` in the exporter's configuration.
    quantiles: ['0.5', '0.9'],

    // The environment of the alerts about delivery, and the first one of dashboards.
    environment: 'production',

    // Labels of every alert, for routing: { team: 'platform' }.
    alertLabels: {},
    // Where the runbooks are; %s is the alert's name.
    runbookURL: 'https://github.com/github-dev-exporter/github-dev-exporter/blob/main/docs/runbooks/%s.md',

    // How often recording rules are evaluated. What they sum up moves slowly.
    ruleInterval: '1m',

    dashboards: {
      titlePrefix: 'GitHub Dev / ',
      uidPrefix: 'github-dev-',
      tags: ['github-dev-exporter'],
      timezone: 'browser',
      refresh: '1m',
      from: 'now-30d',
      // The first choice among the data sources: 'default', or a name.
      datasource: 'default',
    },
  },
} +
(import 'thresholds.libsonnet') +
(import 'bands.libsonnet')
