// Quantiles and means of the exporter's histograms, from classic buckets or from
// native histograms as _config.histograms says; with both, from native ones where
// Prometheus has them. A function of _config.
function(config)
  local promql = (import 'promql.libsonnet')(config);
  local classic = config.histograms != 'native', native = config.histograms != 'classic';
  assert std.member(['classic', 'native', 'both'], config.histograms) : 'histograms is classic, native or both, and not ' + config.histograms;

  local either(ofNative, ofClassic) =
    std.join('\nor\n', (if native then [ofNative] else []) + (if classic then [ofClassic] else []));

  // How native histograms grew. Two replicas have the same ones: max does not know
  // histograms, but their average does.
  local growth(metric, window, labels, series, matchers=[]) =
    local selector = promql.series(metric, matchers);
    'sum by %s (avg by %s (%s) - avg by %s (%s))' % [
      promql.list(labels),
      promql.list(series),
      selector,
      promql.list(series),
      promql.past(selector, window),
    ];

  // The same as far as history reaches back: histograms have no lowest one, so that it
  // is looked for at some ages.
  local ages(window) =
    if std.startsWith(window, '$') then ['14d', '7d', '3d', '1d']
    else ['%dd' % (promql.days(window) - d) for d in std.range(1, promql.days(window) - 1)];
  local growthSeen(metric, window, labels, series, matchers) =
    local selector = promql.series(metric, matchers);
    local average(expr) = 'avg by %s (%s)' % [promql.list(series), expr];
    local first = [window] + ages(window) + ['6h', '1h', '10m', '1m'];
    'sum by %s (\n%s\n- (\n%s\n)\n)' % [
      promql.list(labels),
      average(selector),
      std.join('\nor\n', [average(promql.past(selector, age)) for age in first]),
    ];

  {
    // Quantiles, in the label q, of what a histogram that is made from the mirror
    // observed within a window. series are all of its labels, those of labels are kept.
    quantiles(metric, window, labels, series):: either(
      promql.quantiles(function(q) 'histogram_quantile(%s, %s)' % [q, growth(metric, window, labels, series)]),
      promql.quantiles(function(q) 'histogram_quantile(%s, %s)' % [
        q,
        promql.growth(metric + '_bucket', window, labels + ['le'], series + ['le']),
      ])
    ),

    // Their mean, where Prometheus's history does not reach back so far of those
    // since it began.
    mean(metric, window, labels, series, matchers=[]):: either(
      local grown = growthSeen(metric, window, labels, series, matchers);
      promql.ratio('histogram_sum(%s)' % grown, 'histogram_count(%s)' % grown),
      promql.ratio(
        promql.growthSeen(metric + '_sum', window, labels, series, matchers),
        promql.growthSeen(metric + '_count', window, labels, series, matchers)
      )
    ),

    // The shares of them that were no more than each bound, the lowest bound first,
    // as [expression, bound in a legend]. Classic buckets have their own bounds, of
    // which those are left out that nothing exceeded.
    shares(metric, window, labels, series, bounds, matchers=[])::
      if classic then [[
        'sort(%s\n/ on %s group_left ()\n(%s > 0) < 1)' % [
          promql.growthSeen(metric + '_bucket', window, labels + ['le'], series + ['le'], matchers),
          promql.list(labels),
          promql.growthSeen(metric + '_count', window, labels, series, matchers),
        ],
        '{{le}}',
      ]] else [
        ['histogram_fraction(0, %d, %s)' % [bound, growthSeen(metric, window, labels, series, matchers)], '%d' % bound]
        for bound in bounds
      ],

    // How many observations there were each day, for bars with a step of one day:
    // like promql.daily.
    daily(metric, labels, series, matchers=[]):: either(
      'sum by %s (max by %s (histogram_count(increase(%s[1d] offset -1d))))' % [
        promql.list(labels),
        promql.list(series),
        promql.series(metric, matchers),
      ],
      promql.daily(metric + '_count', labels, series, matchers)
    ),

    // Quantiles of a histogram that counts what an exporter itself did since its
    // start: replicas add up.
    rateQuantiles(metric, window, labels, matchers=[]):: either(
      promql.quantiles(function(q) 'histogram_quantile(%s, sum by %s (rate(%s[%s])))' % [
        q,
        promql.list(labels),
        promql.series(metric, matchers),
        window,
      ]),
      promql.quantiles(function(q) 'histogram_quantile(%s, sum by %s (rate(%s[%s])))' % [
        q,
        promql.list(labels + ['le']),
        promql.series(metric + '_bucket', matchers),
        window,
      ])
    ),
  }
