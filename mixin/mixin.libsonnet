// The monitoring mixin of github-dev-exporter: alerts, recording rules and
// dashboards, all of them functions of _config. It imports nothing but its own
// files. docs/mixin.md says how to use it.
(import 'config.libsonnet') +
(import 'alerts/alerts.libsonnet') +
(import 'rules/rules.libsonnet') +
(import 'dashboards/dashboards.libsonnet')
