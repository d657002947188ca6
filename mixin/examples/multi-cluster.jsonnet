// Several exporters in one Prometheus, Thanos or Mimir, told apart by a label that
// Prometheus adds (external_labels, or a label of the targets). It is kept in every
// rule and alert, and chosen in every dashboard.
(import '../mixin.libsonnet') + {
  _config+:: {
    multiCluster: true,
    clusterLabel: 'cluster',
  },
}
