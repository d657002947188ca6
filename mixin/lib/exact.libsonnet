// Queries of the exporter's exact quantiles, over the window that the dashboard's
// variable names. A function of _config.
function(config)
  local promql = (import 'promql.libsonnet')(config);
  local dashboard = (import 'dashboard.libsonnet')(config);
  local panel = import 'panel.libsonnet';
  local series(metric, q, matchers) = promql.series(metric, matchers + ['window="$window"', 'q="%s"' % q]);

  local exact = {
    // What descriptions say of quantiles.
    about:: 'Exact figures of what ended within the window: half took no longer than p50, 90 % no longer than p90.',

    // 0.9 → p90
    name(q):: 'p%g' % (100 * std.parseJson(q)),

    // A quantile over all of a project's repositories together, and one of each
    // repository. metric is what the duration is called: pull_request_merge.
    project(metric, q, labels=[], matchers=[])::
      promql.once(
        series('github_dev_project_%s_quantile_seconds' % metric, q, dashboard.matchProject + matchers),
        promql.project + labels
      ),
    repo(metric, q, labels=[], matchers=[])::
      promql.once(
        series('github_dev_%s_quantile_seconds' % metric, q, dashboard.matchRepo + matchers),
        promql.repo + labels
      ),

    // Lines of projects, for each quantile, and those of the repositories where the
    // first quantile is highest at the end of the time range.
    projectLines(metric):: [
      panel.range(exact.project(metric, q), '%s %s' % [dashboard.projectLegend, exact.name(q)])
      for q in config.quantiles
    ],
    slowest(metric, n=10):: [
      panel.range(
        promql.top(
          n,
          'github_dev_%s_quantile_seconds' % metric,
          promql.repo,
          dashboard.matchRepo + ['window="$window"', 'q="%s"' % config.quantiles[0]]
        ),
        dashboard.repoLegend
      ),
    ],

    // Columns of a table, one for each quantile; expr makes its query.
    columns(title, expr):: [
      { name: '%s %s' % [title, exact.name(q)], expr: expr(q), unit: 's', properties: [{ id: 'decimals', value: 1 }] }
      for q in config.quantiles
    ],
  };
  exact
