// All alerts.
{
  prometheusAlerts+:: {
    groups+: [
      (import 'exporter.libsonnet')($._config),
      (import 'tokens.libsonnet')($._config),
      (import 'sync.libsonnet')($._config),
      (import 'flow.libsonnet')($._config),
      (import 'ci.libsonnet')($._config),
      (import 'delivery.libsonnet')($._config),
    ],
  },
}
