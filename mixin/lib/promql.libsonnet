// Builds PromQL from one list of labels, so that rules, alerts and dashboards
// agree on what is aggregated. A function of _config.
function(config) {
  local promql = self,

  // What identifies the cluster, a project, a repository and a budget.
  cluster: if config.multiCluster then [config.clusterLabel] else [],
  project: self.cluster + [config.projectLabel],
  repo: self.project + [config.ownerLabel, config.repoLabel],
  identity: self.cluster + ['identity', 'resource'],

  // A label list as PromQL has it: (project, environment).
  list(labels):: '(%s)' % std.join(', ', labels),

  // A selector of one of the exporter's metrics, or of all with metric=''.
  series(metric, matchers=[]):: metric + promql.braces(promql.parts(config.selector) + matchers),

  // A selector of a recording rule's series, which carry no label of a target.
  recorded(record, matchers=[]):: record + promql.braces(matchers),

  // `up` of the exporter's targets.
  up:: 'up' + promql.braces(promql.parts(config.upSelector)),

  parts(selector):: if selector == '' then [] else [selector],
  braces(matchers):: if std.length(matchers) == 0 then '' else '{%s}' % std.join(',', matchers),

  // The labels of a repository's series joined with those that a metric adds.
  labels(scope, extra=[]):: scope + extra,

  // Two replicas of the exporter export the same series: take each once.
  // Nothing may be summed up before that. labels are all that tell the
  // metric's series apart, or those that are to be kept of them.
  once(expr, labels):: 'max by %s (%s)' % [promql.list(labels), expr],

  // The growth of a counter over a window of Prometheus's history, summed up to
  // labels; series are all labels of the counter.
  increase(metric, window, labels, series, matchers=[])::
    'sum by %s (%s)' % [
      promql.list(labels),
      promql.once('increase(%s[%s])' % [promql.series(metric, matchers), window], series),
    ],

  // The same without looking at every sample, for windows of weeks: totals never
  // fall, since they are made from the mirror. It is absent until Prometheus's
  // history reaches back so far, where an increase() would be too small.
  growth(metric, window, labels, series, matchers=[])::
    local selector = promql.series(metric, matchers);
    'sum by %s (clamp_min(%s - %s, 0))' % [
      promql.list(labels),
      promql.once(selector, series),
      promql.once('%s offset %s' % [selector, window], series),
    ],

  // numerator / denominator, and nothing while the denominator is 0.
  ratio(numerator, denominator):: '%s\n/\n(%s > 0)' % [numerator, denominator],
}
