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
  local growth(metric, window, labels, series) =
    local selector = promql.series(metric);
    'sum by %s (avg by %s (%s) - avg by %s (%s))' % [
      promql.list(labels),
      promql.list(series),
      selector,
      promql.list(series),
      promql.past(selector, window),
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

    // Their mean.
    mean(metric, window, labels, series):: either(
      local grown = growth(metric, window, labels, series);
      promql.ratio('histogram_sum(%s)' % grown, 'histogram_count(%s)' % grown),
      promql.ratio(
        promql.growth(metric + '_sum', window, labels, series),
        promql.growth(metric + '_count', window, labels, series)
      )
    ),

    // Quantiles of a histogram that counts what an exporter itself did since its
    // start: replicas add up.
    rateQuantiles(metric, window, labels):: either(
      promql.quantiles(function(q) 'histogram_quantile(%s, sum by %s (rate(%s[%s])))' % [
        q,
        promql.list(labels),
        promql.series(metric),
        window,
      ]),
      promql.quantiles(function(q) 'histogram_quantile(%s, sum by %s (rate(%s[%s])))' % [
        q,
        promql.list(labels + ['le']),
        promql.series(metric + '_bucket'),
        window,
      ])
    ),
  }
