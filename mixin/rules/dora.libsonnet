// The DORA metrics of projects and environments. The exporter has exact figures for
// the windows of its configuration; for others Prometheus's own history serves.
local rule = import '../lib/rule.libsonnet';

function(config)
  local promql = (import '../lib/promql.libsonnet')(config);
  local histogram = (import '../lib/histogram.libsonnet')(config);
  local labels = promql.project + ['environment'];
  local series = promql.repo + ['environment'];

  // The exporter's exact figure over all of a project's repositories.
  local exact(metric, window, labels) = promql.once(
    promql.series('github_dev_project_' + metric, ['window="%s"' % window]),
    labels
  );
  local exactOr(metric, window, labels, other) = exact(metric, window, labels) + '\nor\n' + other;

  local record(metric, operation, keeps, about, expr) =
    rule.record('project_environment:github_dev_%s:%s' % [metric, operation], keeps, about, expr);

  local successes(window) =
    promql.growth('github_dev_deployments_total', window, labels, series + ['source', 'result'], ['result="success"']);

  // A share of the successful deployments, from a counter of some of them.
  local share(metric, window, extra) =
    'clamp_max(%s, 1)' % promql.share(promql.growth(metric, window, labels, series + extra), successes(window));

  local history = "For a window that is not among the exporter's `windows` it is made from Prometheus's own history, and absent until that reaches back far enough.";

  local ofWindow(window) = [
    record(
      'deployments',
      'growth' + window,
      labels + ['result'],
      "Deployments within the window, by how they ended: the values of `github_dev_deployments_total` now, less those of a window ago, summed up over repositories and sources. Where Prometheus's history does not reach back that far, it covers what was seen since it began.",
      promql.growthSeen('github_dev_deployments_total', window, labels + ['result'], series + ['source', 'result'])
    ),
    record(
      'dora_deployments_per_day',
      'avg' + window,
      labels,
      'Deployment frequency: successful deployments within the window, divided by its days. 0 while there were none, absent where none has ever succeeded. ' + history,
      exactOr(
        'dora_deployments_per_day',
        window,
        labels,
        '%s / %d\nand\n%s' % [
          successes(window),
          promql.days(window),
          promql.once(promql.series('github_dev_deployment_last_success_timestamp_seconds'), labels),
        ]
      )
    ),
    record(
      'dora_active_day_ratio',
      'avg' + window,
      labels,
      "Share of the window's days, as 24-hour slots counted back from now, on which a deployment succeeded: it tells a steady flow from many deployments on one day. The exporter's exact figure alone, absent for a window that is not among its `windows`.",
      exact('dora_active_day_ratio', window, labels)
    ),
    record(
      'dora_change_failure_ratio',
      'avg' + window,
      labels,
      "Change failure ratio: of the window's successful deployments the share that an incident is linked to, from 0 to 1; reverts are incidents where the configuration says so. Over all deployments of the project, not an average of its repositories' ratios. Absent while nothing was deployed, and 0 where the configuration names no incidents: that says nothing then. " + history + ' It then counts the failures that were recognised within the window, also those of earlier deployments, and is 1 at most.',
      exactOr(
        'dora_change_failure_ratio',
        window,
        labels,
        share('github_dev_deployments_failed_change_total', window, ['link'])
      )
    ),
    record(
      'dora_rework_ratio',
      'avg' + window,
      labels,
      "Rework ratio: of the window's successful deployments the share that repaired an earlier one by a revert, a fix of an incident, a hotfix or a rollback, from 0 to 1. Absent while nothing was deployed. " + history,
      exactOr(
        'dora_rework_ratio',
        window,
        labels,
        share('github_dev_deployments_rework_total', window, [])
      )
    ),
    record(
      'change_lead_time_seconds',
      'quantile' + window,
      labels + ['start', 'q'],
      "Lead time for changes that were first deployed within the window, as quantiles `q`: from the first commit, the pull request's opening or its merge (`start`) to the deployment. Absent while nothing was deployed. " + history + ' Its buckets are coarse then: take the exact figures where there are some.',
      exactOr(
        'change_lead_time_quantile_seconds',
        window,
        labels + ['start', 'q'],
        histogram.quantiles('github_dev_change_lead_time_seconds', window, labels + ['start'], series + ['start'])
      )
    ),
    record(
      'deployment_recovery_seconds',
      'quantile' + window,
      labels + ['q'],
      "Time to recover from failed deployments, as quantiles `q` of the recoveries within the window: from the deployment's success to the end of its last incident, or to its rollback. A failure that is not over yet is not among them. Absent while nothing recovered. " + history,
      exactOr(
        'deployment_recovery_quantile_seconds',
        window,
        labels + ['q'],
        histogram.quantiles('github_dev_deployment_recovery_seconds', window, labels, series)
      )
    ),
  ];

  rule.group(
    'github-dev-dora',
    config.ruleInterval,
    std.flatMap(ofWindow, config.windows),
    'DORA metrics by project and environment',
    "How often, how fast and how safely changes reach an environment: raw values without grades, for each environment that the exporter's configuration names."
  )
