// How much of the tokens' budgets is left, is the mirror up to date, is the exporter well?
local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local histogram = (import '../lib/histogram.libsonnet')(config);
  local variables = dashboard.variables;

  local everywhere = dashboard.matchCluster, here = dashboard.matchRepo;
  local all = promql.cluster, cluster = dashboard.clusterLegend;
  local instance = promql.cluster + ['instance'], instanceLegend = cluster + '{{instance}}';
  local identityLegend = cluster + '{{identity}} {{resource}}';
  local interval = '$__rate_interval';

  local over(operation, labels, expr) = '%s by %s (%s)' % [operation, promql.list(labels), expr];
  // What Prometheus and the process itself tell of the exporter's targets.
  local process(metric) = metric + promql.braces(promql.parts(config.upSelector) + everywhere);
  local series(metric, matchers=[]) = promql.series('github_dev_' + metric, everywhere + matchers);
  local ofRepos(metric, matchers=[]) = promql.series('github_dev_' + metric, here + matchers);

  // Budgets: each identity's once, though several tokens and replicas tell of it.
  local budget(metric) = promql.once(series('ratelimit_' + metric), promql.identity);
  local used = promql.ratio(budget('used'), budget('limit'));
  local remaining = over('min', promql.identity, series('ratelimit_remaining'));
  local predicted = promql.once(
    promql.recorded('identity_resource:github_dev_ratelimit_predicted_used_ratio:max', everywhere),
    promql.identity
  );

  // Requests: each replica sends its own, so that they add up.
  local requests(labels, matchers=[]) = over('sum', labels, 'rate(%s[%s])' % [series('api_requests_total', matchers), interval]);
  local sum(metric, labels, window) = over('sum', labels, 'increase(%s[%s])' % [metric, window]);

  // Of the sync the replica that is furthest behind counts.
  local complete(labels) = over('min', labels, ofRepos('sync_complete'));
  local age(labels) = over('max', labels, 'time() - (%s > 0)' % ofRepos('sync_last_success_timestamp_seconds'));

  local yesNo(good, bad) = [
    { type: 'value', options: { '1': { text: good, color: 'green', index: 0 }, '0': { text: bad, color: 'red', index: 1 } } },
  ];
  local mapped(mappings) = [{ id: 'mappings', value: mappings }, { id: 'custom.cellOptions', value: { type: 'color-text' } }];
  local each(name, expr, unit='locale', decimals=0, properties=[]) =
    { name: name, expr: expr, unit: unit, properties: [{ id: 'decimals', value: decimals }] + properties };
  local bad(color, from) = [{ color: 'text', value: null }, { color: color, value: from }];
  local share = [{ color: 'text', value: null }, { color: 'orange', value: 0.8 }, { color: 'red', value: 0.95 }];
  local coloured(steps) = [{ id: 'thresholds', value: { mode: 'absolute', steps: steps } }, { id: 'color', value: { mode: 'thresholds' } }, { id: 'custom.cellOptions', value: { type: 'color-text' } }];
  local whole = panel.decimals(0) + panel.atLeast(4);
  local noLimits = panel.empty('no limits: the server has none, or has not told them yet');
  local identity = 'An identity is whose budget it is: a user, or an App on an account. Tokens of one user share one budget.';

  dashboard.new(
    'exporter',
    'Tokens and exporter',
    "How much of the tokens' budgets is left, whether the mirror is up to date, and whether the exporter is well.",
    [variables.project, variables.owner, variables.repo],
    [
      panel.row('Is all well?', [
        panel.stat(
          'Exporter',
          'Whether Prometheus can scrape the exporter: down if it cannot scrape one of several.',
          [panel.instant(over('min', all, process('up')), cluster)],
          noValue='not scraped'
        ) + panel.mapped(yesNo('up', 'down')),
        panel.stat(
          'Tokens refused',
          'Tokens that cannot be used: GitHub refuses them, or their file or variable cannot be read.',
          [panel.instant(over('sum', all, '%s == bool 0' % over('min', promql.cluster + ['token'], series('token_up'))), cluster)],
          steps=bad('red', 1),
          noValue='no tokens'
        ),
        panel.stat(
          'Most used budget',
          'Share of its budget that the busiest identity has used in the current window, over all kinds of requests. At 100 % it has to wait until the budget is reset.',
          [panel.instant(over('max', all, used), cluster)],
          unit='percentunit',
          decimals=0,
          steps=share,
          noValue='no limits'
        ),
        panel.stat(
          'First syncs running',
          'Repositories whose first sync is not complete: they have no figures yet.',
          [panel.instant(over('sum', all, '%s == bool 0' % complete(promql.repo)), cluster)],
          steps=bad('orange', 1),
          noValue='no repositories'
        ),
        panel.stat(
          'Last asked',
          'How long ago GitHub was last asked successfully what is new, of the repository that has waited longest. Some minutes are usual.',
          [panel.instant(over('max', all, 'time() - (%s > 0)' % ofRepos('sync_last_success_timestamp_seconds', ['stream="probe"'])), cluster)],
          unit='s',
          decimals=0,
          steps=[{ color: 'text', value: null }, { color: 'orange', value: 1800 }, { color: 'red', value: 3600 }],
          noValue='never'
        ),
        panel.stat(
          'Configuration',
          'Whether the configuration was good when it was last read. While it is bad, the one before it stays in force.',
          [panel.instant(over('min', all, series('exporter_config_last_reload_successful')), cluster)],
          noValue='unknown'
        ) + panel.mapped(yesNo('good', 'bad')),
      ]),

      panel.row('Budgets', [
        panel.table(
          'Budgets by identity',
          identity + ' At the reset says what share will be used when the window ends if it goes on as in the last quarter of an hour; above 100 % the budget will not last. Last window is the highest use that was seen of the window before; a dash means that none has ended yet.',
          dashboard.clusterColumns + [['identity', 'Identity'], ['resource', 'Resource']],
          [
            each('Limit', budget('limit')),
            each('Used', budget('used')),
            each('Remaining', remaining),
            each('Used share', used, 'percentunit', 1, coloured(share)),
            each('At the reset', predicted, 'percentunit', 1, coloured([{ color: 'text', value: null }, { color: 'orange', value: 0.95 }, { color: 'red', value: 1 }])),
            each('Resets in', 'clamp_min(%s - time(), 0)' % budget('reset_timestamp_seconds'), 's'),
            each('Last window', budget('used_at_reset')),
          ],
          height=10,
          sortBy='Used share'
        ) + panel.dashes + panel.width('Identity', 220),
        panel.timeseries(
          'Used share of each budget',
          'Share of the budget that an identity has used in the current window: the twelve highest. %s It falls to 0 when a window ends.' % identity,
          [panel.range('topk(12, %s)' % used, identityLegend)],
          unit='percentunit'
        ) + panel.max(1) + panel.legendTable() + noLimits,
        panel.timeseries(
          'Share of each budget expected at its reset',
          'What share an identity will have used when its window ends, if it goes on as in the last quarter of an hour: the twelve highest. Above 100 % the budget will not last.',
          [panel.range('topk(12, %s)' % predicted, identityLegend)],
          unit='percentunit'
        ) + panel.atLeast(1) + panel.legendTable() + noLimits,
        panel.table(
          'Tokens',
          'Each token by its name in the configuration, whose budget it spends, whether GitHub takes it, and when it expires. A dash means that it does not expire, that an App renews it, or that GitHub has not told.',
          dashboard.clusterColumns + [['token', 'Token'], ['identity', 'Identity'], ['kind', 'Kind']],
          [
            { name: 'Known', expr: promql.once(series('token_info'), promql.cluster + ['token', 'identity', 'kind']), unit: 'short', hidden: true },
            { name: 'Can be used', expr: over('min', promql.cluster + ['token'], series('token_up')), unit: 'short', properties: mapped(yesNo('yes', 'no')) },
            each('Expires in', over('min', promql.cluster + ['token'], series('token_expiry_timestamp_seconds')) + ' - time()', 's', 1, coloured([{ color: 'text', value: null }, { color: 'red', value: -1e9 }, { color: 'orange', value: 86400 }, { color: 'text', value: 7 * 86400 }])),
          ],
          width=12
        ) + panel.dashes + panel.width('Token', 170) + panel.width('Identity', 190),
        panel.timeseries(
          'Waiting for limits',
          'Seconds that requests waited for a rate limit or a free slot, per second, by token: 2 means that two requests were waiting all the time.',
          [panel.range(over('sum', promql.cluster + ['token'], 'rate(%s[%s])' % [series('ratelimit_wait_seconds_total'), interval]), cluster + '{{token}}')],
          unit='s',
          width=6
        ) + panel.empty('no tokens'),
        panel.timeseries(
          'Secondary limits in the last hour',
          'How often GitHub refused a request since too many came at once, by token, within the hour before each point.',
          [panel.range(sum(series('secondary_limited_total'), promql.cluster + ['token'], '1h'), cluster + '{{token}}')],
          width=6
        ) + panel.empty('no tokens') + whole,
      ]),

      panel.row('Requests to GitHub', [
        panel.timeseries(
          'Requests by outcome',
          'Requests a second that the exporter sends, by API and how they ended. 304 costs nothing: nothing was new. Partial is a GraphQL answer that lacks something; ratelimited and secondary are refusals for a limit.',
          [panel.range(requests(promql.cluster + ['api', 'outcome']) + ' > 0', cluster + '{{api}} {{outcome}}')],
          unit='reqps',
          width=8,
          stacked=true
        ) + panel.room + panel.empty('no requests'),
        panel.timeseries(
          'Requests by endpoint',
          'Requests a second that the exporter sends, by what they ask for.',
          [panel.range(requests(promql.cluster + ['endpoint']) + ' > 0', cluster + '{{endpoint}}')],
          unit='reqps',
          width=16,
          stacked=true
        ) + panel.legendTable() + panel.room + panel.empty('no requests'),
        panel.timeseries(
          'Share of requests that failed',
          "Share of a token's requests that brought nothing or not all that was asked for: all outcomes but 2xx, 3xx and 304. A gap means that nothing was asked.",
          [panel.range(
            promql.share(requests(promql.cluster + ['token'], ['outcome!~"2xx|3xx|304"']), requests(promql.cluster + ['token'])),
            cluster + '{{token}}'
          )],
          unit='percentunit',
          width=8
        ) + panel.atLeast(0.05) + panel.empty('no requests'),
        panel.timeseries(
          'GraphQL points an hour',
          "Points that the exporter's own queries cost, scaled to an hour. What others spend of the same budget is not in it.",
          [panel.range(
            '3600 * ' + over('sum', promql.cluster + ['query'], 'rate(%s[%s])' % [series('api_points_total'), interval]) + ' > 0',
            cluster + '{{query}}'
          )],
          width=8,
          stacked=true
        ) + panel.empty('no points spent'),
        panel.timeseries(
          'How long GitHub takes to answer',
          "Quantiles of the durations of requests, as exact as the histogram's buckets: half took no longer than 0.5, 90 % no longer than 0.9. A gap means that nothing was asked.",
          [panel.range(histogram.rateQuantiles('github_dev_api_request_duration_seconds', interval, promql.cluster + ['api'], everywhere), cluster + '{{api}} {{q}}')],
          unit='s',
          width=8
        ) + panel.room + panel.empty('no requests'),
      ]),

      panel.row('Sync', [
        panel.table(
          'Repositories',
          'How far the exporter has read each repository. Oldest stream is how long ago the stream that waits longest was last read to its end: sweeps, which look at everything anew, come once a day. Errors are of the last day; gaps are items that GitHub lists but does not give. A dash means never.',
          dashboard.repoColumns,
          [
            { name: 'First sync', expr: complete(promql.repo), unit: 'short', properties: mapped([
              { type: 'value', options: { '1': { text: 'complete', color: 'green', index: 0 }, '0': { text: 'goes on', color: 'orange', index: 1 } } },
            ]) },
            each('Progress', over('min', promql.repo, ofRepos('sync_progress_ratio')), 'percentunit'),
            each('Last asked', over('max', promql.repo, 'time() - (%s > 0)' % ofRepos('sync_last_success_timestamp_seconds', ['stream="probe"'])), 's'),
            each('Oldest stream', age(promql.repo), 's'),
            each('Errors', sum(ofRepos('sync_errors_total'), promql.repo, '1d')),
            each('Gaps', over('max', promql.repo, ofRepos('sync_gaps'))),
            each('Records', over('sum', promql.repo, promql.once(ofRepos('mirror_records'), promql.repo + ['kind']))),
          ],
          sortBy='Oldest stream'
        ) + panel.dashes + panel.empty('no repositories'),
        panel.timeseries(
          'Time since each stream was read',
          'How long ago a stream was last read to its end, of the repository where that is longest. Some streams are only read when something is new, the sweep once a day; a line that rises for ever is a stream that fails.',
          [panel.range(age(promql.cluster + ['stream']), cluster + '{{stream}}')],
          unit='s'
        ) + panel.legendTable() + panel.empty('nothing was read yet'),
        panel.timeseries(
          'Errors in the last hour',
          'Failed attempts to read a stream within the hour before each point, by stream and reason. They are tried again.',
          [panel.range(sum(ofRepos('sync_errors_total'), promql.cluster + ['stream', 'reason'], '1h') + ' > 0', cluster + '{{stream}}: {{reason}}')],
          stacked=true
        ) + panel.empty('no errors') + whole,
        panel.timeseries(
          'First syncs',
          'How much of the first sync is done, of the repositories where it is under way: the ten that have the most left to do.',
          [panel.range('bottomk(10, %s < 1)' % over('min', promql.repo, ofRepos('sync_progress_ratio')), dashboard.repoLegend)],
          unit='percentunit',
          width=8,
          height=6
        ) + panel.max(1) + panel.empty('every first sync is complete'),
        panel.timeseries(
          'Gaps',
          'Items that GitHub lists but does not give: they are tried again later. The ten repositories with most of them.',
          [panel.range('topk(10, %s > 0)' % over('max', promql.repo, ofRepos('sync_gaps')), dashboard.repoLegend)],
          width=8,
          height=6
        ) + panel.empty('no gaps') + whole,
        panel.timeseries(
          'Repairs in the last day',
          'Records that a sweep found to differ from GitHub and repaired, by kind, within the day before each point. Few are usual: GitHub does not tell of everything.',
          [panel.range(sum(ofRepos('sync_repairs_total'), promql.cluster + ['kind'], '1d') + ' > 0', cluster + '{{kind}}')],
          width=8,
          height=6
        ) + panel.empty('no repairs') + whole,
      ]),

      panel.row('Mirror and webhooks', [
        panel.timeseries(
          'Size on disk',
          "Size of the mirror's files: the tables with keys and small values (lsm), and the log of larger values.",
          [panel.range(over('sum', instance + ['component'], series('mirror_size_bytes')), instanceLegend + ' {{component}}')],
          unit='bytes',
          width=8,
          stacked=true
        ),
        panel.timeseries(
          'Records',
          'Records in the mirror, by kind.',
          [panel.range(over('sum', promql.cluster + ['kind'], promql.once(ofRepos('mirror_records'), promql.repo + ['kind'])) + ' > 0', cluster + '{{kind}}')],
          width=16,
          stacked=true
        ) + panel.legendTable() + panel.empty('nothing was read yet'),
        panel.timeseries(
          'Left out in the last day',
          "Parts of GitHub's answers that were null or unknown, and so were left out, by reason, within the day before each point.",
          [panel.range(sum(ofRepos('mirror_records_dropped_total'), promql.cluster + ['reason'], '1d') + ' > 0', cluster + '{{reason}}')],
          width=8
        ) + panel.empty('nothing was left out') + whole,
        panel.timeseries(
          'Failed collections in the last day',
          'Garbage collections of the mirror that failed within the day before each point. While they fail, its files grow.',
          [panel.range(sum(series('mirror_gc_failures_total'), instance, '1d'), instanceLegend)],
          width=8
        ) + whole,
        panel.timeseries(
          'Webhook deliveries in the last hour',
          "Deliveries of GitHub's webhooks by what became of them, within the hour before each point. Accepted ones make the exporter look sooner; invalid_signature means that a secret is wrong or that somebody else sends them.",
          [panel.range(sum(series('webhook_deliveries_total'), promql.cluster + ['result'], '1h'), cluster + '{{result}}')],
          width=8,
          stacked=true
        ) + panel.empty('webhooks are off') + whole,
      ]),

      panel.row('Process', [
        panel.timeseries(
          'Memory',
          "Memory that the process holds, and how much of it the program's own data takes.",
          [
            panel.range(over('max', instance, process('process_resident_memory_bytes')), instanceLegend + ' resident'),
            panel.range(over('max', instance, process('go_memstats_heap_alloc_bytes')), instanceLegend + ' heap'),
          ],
          unit='bytes',
          width=6
        ) + panel.empty('not scraped'),
        panel.timeseries(
          'Processors used',
          'Processor time used per second: 1 is one processor all the time.',
          [panel.range(over('max', instance, 'rate(%s[%s])' % [process('process_cpu_seconds_total'), interval]), instanceLegend)],
          width=6
        ) + panel.empty('not scraped'),
        panel.timeseries(
          'Time a scrape takes',
          "How long Prometheus waits for the exporter's figures. It must stay below the scrape timeout.",
          [panel.range(over('max', instance, process('scrape_duration_seconds')), instanceLegend)],
          unit='s',
          width=6
        ) + panel.empty('not scraped'),
        panel.timeseries(
          'Series',
          'Samples that a scrape brings: as many series as Prometheus stores for the exporter.',
          [panel.range(over('max', instance, process('scrape_samples_scraped')), instanceLegend)],
          width=6
        ) + panel.empty('not scraped'),
        panel.table(
          'Versions',
          "What runs where. The version of the definitions rises whenever a figure's meaning changes, so that figures of different ones should not be compared.",
          dashboard.clusterColumns + [['instance', 'Instance'], ['version', 'Version'], ['revision', 'Revision'], ['goversion', 'Go'], ['definitions', 'Definitions']],
          [
            each('Running for', 'time() - ' + over('max', instance, process('process_start_time_seconds')), 's', 1),
            each('Configuration read', 'time() - ' + over('max', instance, series('exporter_config_last_reload_success_timestamp_seconds')), 's', 1),
            { name: 'Info', expr: over('max', instance + ['version', 'revision', 'goversion'], series('exporter_build_info')), unit: 'short', hidden: true },
            {
              name: 'Meaning',
              expr: over('max', instance + ['definitions'], 'label_join(%s, "definitions", "", "version")' % series('exporter_definition_info')),
              unit: 'short',
              hidden: true,
            },
          ],
          width=24,
          height=5
        ),
      ]),
    ]
  ) + { time: { from: 'now-6h', to: 'now' } }
