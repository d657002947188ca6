// Prometheus scrapes without honor_labels, and the target has a label `project`
// itself: then the exporter's is stored as `exported_project`. The name of the job
// is another one too.
(import '../mixin.libsonnet') + {
  _config+:: {
    projectLabel: 'exported_project',
    selector: 'job="engineering/github"',
    upSelector: 'job="engineering/github"',
  },
}
