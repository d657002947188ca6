// Other thresholds: mixin/thresholds.libsonnet has all of them, with their reasons.
(import '../mixin.libsonnet') + {
  _config+:: {
    thresholds+: {
      // A public project: pull requests may wait, and there are always some.
      reviewBacklogAge: '90d',
      reviewBacklog: 40,
      // Reviews within two days.
      firstReview: 2 * 86400,
      // Every incident may wake somebody.
      incidentCritical: '.+',
    },
  },
}
