// All recording rules.
{
  prometheusRules+:: {
    groups+: [
      (import 'dora.libsonnet')($._config),
      (import 'flow.libsonnet')($._config),
      (import 'tokens.libsonnet')($._config),
      (import 'ci.libsonnet')($._config),
    ],
  },
}
