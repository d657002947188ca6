// Alerts about the exporter's process and its mirror.
local duration = import '../lib/duration.libsonnet';
local rule = import '../lib/rule.libsonnet';

function(config)
  local gauges = (import '../lib/gauges.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local template = (import '../lib/template.libsonnet')(config);
  local t = config.thresholds;
  local cluster = promql.list(promql.cluster);

  local latest = gauges.recent;
  // The mirror of each process: replicas and shards have one each, the largest counts.
  local largest(size) = gauges.over('max', promql.cluster, 'sum without (component) (%s)' % size);
  local size = largest(latest('github_dev_mirror_size_bytes'));
  local sizeAgo(ago) = largest(latest('github_dev_mirror_size_bytes', [], 'offset ' + ago));

  // While repositories are read for the first time the mirror grows as it should: all
  // that are complete now were so before, and none is being read.
  local synced(offset) = gauges.over('sum', promql.cluster, gauges.latest('github_dev_sync_complete', promql.repo, [], offset));
  local firstSyncs(offset) = gauges.over('sum', promql.cluster, '%s and ignoring (kind) %s == 0' % [
    latest('github_dev_mirror_records', [], offset),
    latest('github_dev_sync_complete'),
  ]);
  local settledFor(ago) = '%s == %s\nunless on %s\n%s != %s' % [
    synced(''),
    synced('offset ' + ago),
    cluster,
    firstSyncs(''),
    firstSyncs('offset ' + ago),
  ];

  {
    name: 'github-dev-exporter',
    rules: [
      rule.alert(
        config,
        'GitHubDevExporterDown',
        'warning',
        '%s == 0' % promql.up,
        t.exporterDownFor,
        'A target of github-dev-exporter cannot be scraped.',
        'Prometheus has not been able to scrape {{ $labels.instance }}%s for %s. With a second replica the figures go on; those of a shard stand still. See whether the process runs and what its log says last.' % [
          template.where,
          duration.words(t.exporterDownFor),
        ]
      ),
      rule.alert(
        config,
        'GitHubDevExporterDown',
        'critical',
        'max by %s (%s) == 0' % [promql.list(promql.cluster + ['job']), promql.up],
        t.exporterDownFor,
        'No target of github-dev-exporter can be scraped.',
        'Prometheus has not been able to scrape any target of job {{ $labels.job }}%s for %s: all figures stand still, and no other alert of the exporter can fire. See whether the process runs and what its log says last.' % [
          template.where,
          duration.words(t.exporterDownFor),
        ]
      ),
      rule.alert(
        config,
        'GitHubDevExporterAbsent',
        'critical',
        'absent(%s)' % promql.up,
        t.exporterAbsentFor,
        'Prometheus knows no target of github-dev-exporter.',
        'No target matches %s for %s, so that no alert of the exporter can fire{{ with $labels.job }} (job {{ . }}){{ end }}. See whether the scrape configuration or the ServiceMonitor still selects it, and whether it has this job.' % [
          promql.braces([config.upSelector]),
          duration.words(t.exporterAbsentFor),
        ]
      ),
      rule.alert(
        config,
        'GitHubDevConfigReloadFailed',
        'warning',
        gauges.over('count', promql.cluster, latest('github_dev_exporter_config_last_reload_successful') + ' == 0') + ' > 0',
        t.reloadFailedFor,
        'The configuration of github-dev-exporter was not reloaded.',
        'Exporters%s that go on with their old configuration because the new one is wrong: {{ $value }}. They would not start with it. Run check-config on the file: it names each problem with its line.' % template.where
      ),
      rule.alert(
        config,
        'GitHubDevMirrorGrowing',
        'info',
        '%s - %s > %d\nand\n%s > %g * %s\nand on %s\n(%s)' % [
          size,
          sizeAgo('7d'),
          t.mirrorGrowthLeast,
          size,
          t.mirrorGrowth,
          sizeAgo('7d'),
          cluster,
          settledFor('7d'),
        ],
        '1h',
        'The mirror grows faster than what it holds.',
        'The largest mirror%s has grown by {{ $value | humanize1024 }}B within a week, to more than %g times its size, although no repository was read for the first time. Compare its components with the records that it holds, and see whether its garbage is collected.' % [template.where, t.mirrorGrowth]
      ),
      rule.alert(
        config,
        'GitHubDevMirrorGrowing',
        'warning',
        '%s > %d\nand on %s\n(%s)' % [
          largest('predict_linear(%s[1d], %d)' % [promql.series('github_dev_mirror_size_bytes'), duration.seconds(t.mirrorSizeAhead)]),
          t.mirrorSize,
          cluster,
          settledFor('1d'),
        ],
        '1h',
        'The mirror will outgrow its disk.',
        'At the growth of the last day, the largest mirror%s will take {{ $value | humanize1024 }}B in %s. Give it a larger disk, or keep fewer repositories or less of the comments in it.' % [template.where, duration.words(t.mirrorSizeAhead)]
      ),
      rule.alert(
        config,
        'GitHubDevMirrorGCFailing',
        'warning',
        '%s >= %g' % [
          gauges.over('max', promql.cluster, 'increase(%s[1h])' % promql.series('github_dev_mirror_gc_failures_total')),
          t.mirrorGCFailures,
        ],
        '15m',
        'The garbage of the mirror is not collected.',
        'Collecting the garbage of the mirror%s has failed {{ $value | printf "%%.0f" }} times within an hour, so that it only grows. See what the log says; most often the disk is full or no longer writable.' % template.where
      ),
      rule.alert(
        config,
        'GitHubDevRecordsDropped',
        'info',
        '%s > %g\nand on %s\n%s == 1' % [
          promql.growth('github_dev_mirror_records_dropped_total', '1d', promql.repo + ['reason'], promql.repo + ['reason']),
          t.recordsDropped,
          promql.list(promql.repo),
          gauges.latest('github_dev_sync_complete', promql.repo, [], 'offset 1d'),
        ],
        '1h',
        "Many parts of GitHub's answers are left out.",
        "{{ $value | humanize }} parts of GitHub's answers about %s were left out within a day, because of %s. Figures that are made of them may be too low. See the runbook for what each reason means." % [template.repo, template.label('reason')]
      ),
    ],
  }
