// How workflows run, by project and workflow file.
local rule = import '../lib/rule.libsonnet';

function(config)
  local promql = (import '../lib/promql.libsonnet')(config);
  local histogram = (import '../lib/histogram.libsonnet')(config);
  local labels = promql.project + ['workflow'];
  local series = promql.repo + ['workflow'];

  local record(metric, operation, keeps, about, expr) =
    rule.record('project_workflow:github_dev_workflow_%s:%s' % [metric, operation], labels + keeps, about, expr);
  local runs(conclusions) = 'sum by %s (%s)' % [
    promql.list(labels),
    promql.recorded('project_workflow:github_dev_workflow_runs:increase7d', ['conclusion' + conclusions]),
  ];

  rule.group(
    'github-dev-ci',
    config.ruleInterval,
    [
      record(
        'runs',
        'increase7d',
        ['conclusion'],
        "Runs of a workflow on default branches that ended within the last week, by conclusion; each attempt counts. The totals now less those of a week ago, summed up over the project's repositories: workflow files of one name are taken together. Where Prometheus's history does not reach back that far, it covers what was seen since it began.",
        promql.growthSeen('github_dev_workflow_runs_total', '7d', labels + ['conclusion'], series + ['conclusion'])
      ),
      record(
        'success_ratio',
        'increase7d',
        [],
        "Share of the last week's runs that succeeded, from 0 to 1, among those that succeeded, failed, timed out or could not start: cancelled and skipped ones are neither. Over all runs of the project, not an average of its repositories' ratios. Absent while there were none.",
        promql.share(runs('="success"'), runs('=~"success|failure|timed_out|startup_failure"'))
      ),
      record(
        'run_duration_seconds',
        'mean7d',
        [],
        "Time from a run's start to its completion: the mean of those that ended within the last week, in seconds. Absent while there were none. Where Prometheus's history does not reach back a week, it is the mean of those seen since it began.",
        histogram.mean('github_dev_workflow_run_duration_seconds', '7d', labels, series)
      ),
      record(
        'run_duration_seconds',
        'quantile' + config.window,
        ['q'],
        "Time from a run's start to its completion: the exporter's exact quantiles `q` of those that ended within the window, in seconds. Absent while there were none, and where the window is not among the exporter's `windows`.",
        promql.once(
          promql.series('github_dev_project_workflow_run_duration_quantile_seconds', ['window="%s"' % config.window]),
          labels + ['q']
        )
      ),
      record(
        'flaky_commits',
        'increase7d',
        [],
        "Commits of the last week on which the same workflow both failed and succeeded, so that chance decided and not the change. Where Prometheus's history does not reach back that far, it covers what was seen since it began.",
        promql.growthSeen('github_dev_workflow_flaky_commits_total', '7d', labels, series)
      ),
    ],
    'Workflows by project and workflow file',
    "Runs of GitHub Actions on default branches, of the workflow files that the exporter's configuration lists."
  )
