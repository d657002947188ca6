// All dashboards, by the names of their files.
{
  grafanaDashboards+:: {
    'overview.json': (import 'overview.libsonnet')($._config),
    'pull-requests.json': (import 'pull-requests.libsonnet')($._config),
    'issues.json': (import 'issues.libsonnet')($._config),
    'dora.json': (import 'dora.libsonnet')($._config),
    'ci.json': (import 'ci.libsonnet')($._config),
    'deployments.json': (import 'deployments.libsonnet')($._config),
    'exporter.json': (import 'exporter.libsonnet')($._config),
    'data-quality.json': (import 'data-quality.libsonnet')($._config),
  },
}
