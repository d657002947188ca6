// Gauges for alerts, which must outlive a restart of the exporter. A function of
// _config.
function(config)
  local promql = (import 'promql.libsonnet')(config);
  local gap = config.thresholds.gap;
  local latest(metric, matchers=[], offset='') = 'last_over_time(%s[%s]%s)' % [
    promql.series(metric, matchers),
    gap,
    if offset == '' then '' else ' ' + offset,
  ];
  {
    // The newest sample of each series within thresholds.gap, once for all replicas:
    // a missed scrape or a restart neither ends an alert nor starts its `for` anew.
    // labels are all that tell the series apart; offset goes back, 'offset 7d'.
    latest(metric, labels, matchers=[], offset=''):: promql.once(latest(metric, matchers, offset), labels),

    // The same of each replica by itself: recent(metric, matchers, offset).
    recent:: latest,

    // An aggregation over everything but labels, of which there may be none.
    over(operation, labels, expr)::
      operation + (if labels == [] then '' else ' by %s ' % promql.list(labels)) + '(%s)' % expr,

    // Without archived repositories, in which nobody can do anything any more. The
    // series of whole projects stay as they are.
    unarchived(expr):: '(\n  %s\n)' % std.strReplace('%s\nunless on %s\n%s' % [
      expr,
      promql.list(promql.repo),
      self.latest('github_dev_repository_info', promql.repo, ['archived="true"']),
    ], '\n', '\n  '),
  }
