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

  // The same without looking at every sample, for windows of days: totals never
  // fall, since they are made from the mirror. It is absent until Prometheus's
  // history reaches back so far, where an increase() would be too small.
  growth(metric, window, labels, series, matchers=[])::
    local selector = promql.series(metric, matchers);
    'sum by %s (clamp_min(%s - %s, 0))' % [
      promql.list(labels),
      promql.once(selector, series),
      promql.once(promql.past(selector, window), series),
    ],

  // The same, but where Prometheus's history does not reach back so far, the growth
  // since it began: of a new Prometheus, and of a repository that was added. What
  // never falls was lowest at first; some hundred points of a window are enough to see that.
  growthSeen(metric, window, labels, series, matchers=[])::
    local selector = promql.series(metric, matchers);
    local first = [
      promql.past(selector, window),
      'min_over_time(%s[%s:%s])' % [selector, window, if std.startsWith(window, '$') then '2h' else '%dm' % (8 * promql.days(window))],
      'min_over_time(%s[1h])' % selector,
    ];
    'sum by %s (clamp_min(\n%s\n- (\n%s\n)\n, 0))' % [
      promql.list(labels),
      promql.once(selector, series),
      std.join('\nor\n', [promql.once(values, series) for values in first]),
    ],

  // A metric's values as they were a window ago, even if the exporter was down for
  // some minutes then, or if that time was filled in with a sample every hour.
  past(selector, window):: 'last_over_time(%s[1h] offset %s)' % [selector, window],

  // The days of a window such as 30d.
  days(window)::
    assert std.endsWith(window, 'd') : 'a window is a number of days, such as 30d, and not ' + window;
    std.parseInt(std.substr(window, 0, std.length(window) - 1)),

  // One series for each quantile q of quantile(q), told apart by the label q.
  // What has no observation has no quantile.
  quantiles(quantile):: std.join('\nor\n', [
    'label_replace(%s >= 0, "q", "%s", "", "")' % [quantile(q), q]
    for q in config.quantiles
  ]),

  // A gauge, or anything else that two replicas export alike, summed up to labels;
  // series are all labels that tell its series apart.
  total(metric, labels, series, matchers=[])::
    'sum by %s (%s)' % [promql.list(labels), promql.once(promql.series(metric, matchers), series)],

  // The growth of a counter over each day, for bars with a step of one day: the
  // day that begins where its bar stands, of today what there is of it.
  daily(metric, labels, series, matchers=[])::
    'sum by %s (%s)' % [
      promql.list(labels),
      promql.once('increase(%s[1d] offset -1d)' % promql.series(metric, matchers), series),
    ],
  // The same over seven days, for bars with a step of seven.
  weekly(metric, labels, series, matchers=[])::
    'sum by %s (%s)' % [
      promql.list(labels),
      promql.once('increase(%s[7d] offset -7d)' % promql.series(metric, matchers), series),
    ],

  // The series of a gauge that are highest at the end of the time range, over all of
  // it: a topk alone would choose anew at each point. labels tell its series apart.
  top(n, metric, labels, matchers=[])::
    local selector = promql.series(metric, matchers);
    '%s\nand on %s topk(%d, %s)' % [
      promql.once(selector, labels),
      promql.list(labels),
      n,
      promql.once(selector + ' @ end()', labels),
    ],

  // numerator / denominator, and nothing while the denominator is 0.
  ratio(numerator, denominator):: '%s\n/\n(%s > 0)' % [numerator, denominator],

  // The share of a part in a total, where no series of the part means none of it.
  share(part, total):: promql.ratio('(%s or 0 * %s)' % [part, total], total),
}
