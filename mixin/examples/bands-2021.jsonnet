// The levels of the report of 2021, and a quarter instead of a month, which has to be
// among the exporter's `windows`.
(import '../mixin.libsonnet') + {
  _config+:: {
    window: '90d',
    dora+: { year: '2021' },
  },
}
