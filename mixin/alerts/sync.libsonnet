// Alerts about how far the mirror is behind GitHub. Each replica of the exporter
// has its own mirror, and any of them may be asked for figures: the one that is
// furthest behind counts.
local duration = import '../lib/duration.libsonnet';
local rule = import '../lib/rule.libsonnet';

function(config)
  local gauges = (import '../lib/gauges.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local template = (import '../lib/template.libsonnet')(config);
  local t = config.thresholds;
  local repo = promql.list(promql.repo), project = promql.list(promql.project), cluster = promql.list(promql.cluster);

  local latest = gauges.recent;
  local complete = latest('github_dev_sync_complete');

  // When streams were last read. The newest instant within the gap, because some
  // streams are at 0 for a moment after each start; those that never were read, and
  // repositories whose first sync goes on, have alerts of their own.
  local lastSuccess(matchers) = 'max_over_time(%s[%s]) > 0\nand ignoring (stream)\n%s == 1' % [
    promql.series('github_dev_sync_last_success_timestamp_seconds', matchers),
    t.gap,
    complete,
  ];
  local lastSweep = 'max_over_time(%s[%s])' % [
    promql.series('github_dev_sync_last_success_timestamp_seconds', ['stream="sweep"']),
    t.gap,
  ];
  local hourly = 'comments|milestones|workflow_runs';
  // Repositories that are asked about all day long. Of projects with detail: project it
  // is not known which are archived.
  local active = gauges.latest('github_dev_repository_info', promql.repo, ['archived="false"']);
  local oldest(matchers) = 'time() - min by %s (\n%s\n)' % [repo, lastSuccess(matchers)];
  local newest(onlyActive) = 'time() - max by %s (\n%s%s\n)' % [
    project,
    lastSuccess(['stream!="sweep"']),
    if onlyActive then '\nand on %s\n%s' % [repo, active] else '',
  ];

  // Records of repositories whose first sync goes on, now or at another time: they
  // grow while any of them is read.
  local firstSyncs(offset) = gauges.over('sum', promql.cluster, '%s and ignoring (kind) %s == 0' % [
    latest('github_dev_mirror_records', [], offset),
    complete,
  ]);
  // What has failed since the start of a process, without the many reasons for which
  // nothing has: an increase() over hours would look at each of them.
  local failures(offset) = 'sum without (reason) (%s > 0)' % latest('github_dev_sync_errors_total', [], offset);

  // Each delivery reaches one replica, so that they are summed up.
  local rejected = 'sum by %s (increase(%s[1h]))' % [
    promql.list(promql.cluster + ['result']),
    promql.series('github_dev_webhook_deliveries_total', ['result=~"invalid|invalid_signature|unavailable"']),
  ];

  local agoSync = 'offset ' + t.firstSyncStuck;

  {
    name: 'github-dev-sync',
    rules: [
      rule.alert(
        config,
        'GitHubDevSyncStale',
        'warning',
        '(\n%s > %d\nor\n%s > %d\n)\nand on %s\n%s\nor\n%s > %d' % [
          oldest(['stream!~"%s|sweep"' % hourly]),
          duration.seconds(t.syncStale),
          oldest(['stream=~"%s"' % hourly]),
          duration.seconds(t.syncStaleHourly),
          repo,
          active,
          oldest(['stream!="sweep"']),
          duration.seconds(t.syncStaleDaily),
        ],
        t.syncStaleFor,
        'The mirror of a repository is out of date.',
        'Something of %s was last read from GitHub {{ $value | humanizeDuration }} ago: its figures stand still. See its row on the status page: it says what fails or what is waited for, by stream.' % template.repo
      ),
      rule.alert(
        config,
        'GitHubDevSyncStale',
        'critical',
        '%s > %d\nor\n%s > %d' % [
          newest(true),
          duration.seconds(t.syncStaleProject),
          newest(false),
          duration.seconds(t.syncStaleDaily),
        ],
        t.syncStaleFor,
        'Nothing of a project is read any more.',
        'Nothing of %s was read from GitHub for {{ $value | humanizeDuration }}: all of its figures stand still. See the first sentence of the status page: it says whether a token, the network or the repositories are at fault.' % template.project
      ),
      rule.alert(
        config,
        'GitHubDevSweepOverdue',
        'warning',
        '%s > %d\nor\nmin by %s (\n(%s == 0) + %d\nand ignoring (stream)\n%s == 1\nand ignoring (stream)\n%s == 1\n)' % [
          oldest(['stream="sweep"']),
          duration.seconds(t.sweepStale),
          repo,
          lastSweep,
          duration.seconds(t.sweepStale),
          complete,
          latest('github_dev_sync_complete', [], 'offset ' + t.sweepStale),
        ],
        t.syncStaleFor,
        'A repository was not compared with GitHub for days.',
        'The last complete comparison of %s with GitHub was at least {{ $value | humanizeDuration }} ago: what was deleted or transferred since still counts. See what the stream sweep waits for on the status page; sweeps stop before a budget is used up.' % template.repo
      ),
      rule.alert(
        config,
        'GitHubDevSyncFailing',
        'warning',
        'count by %s (\nmax by %s (\n%s > %g\nunless\n(%s - %s <= %g and %s >= %s)\nand\n%s > %d\n)\n) > 0' % [
          repo,
          promql.list(promql.repo + ['stream']),
          failures(''),
          t.syncFailingErrors,
          failures(''),
          failures('offset ' + t.syncFailing),
          t.syncFailingErrors,
          failures(''),
          failures('offset ' + t.syncFailing),
          'time() - max_over_time(%s[%s])' % [promql.series('github_dev_sync_last_success_timestamp_seconds'), t.gap],
          duration.seconds(t.syncFailing),
        ],
        t.syncStaleFor,
        'Reading a repository fails again and again.',
        '{{ $value }} of the streams of %s failed each time they were read within %s. The status page has the last error of each, often a permission that the token lacks.' % [
          template.repo,
          duration.words(t.syncFailing),
        ]
      ),
      rule.alert(
        config,
        'GitHubDevFirstSyncStuck',
        'warning',
        'max by %s (\n%s\nand\n%s == 0\nand\n%s == 0\nand\n%s == %s\nunless on %s\n(\n%s\n!=\n%s\n)\n)' % [
          repo,
          latest('github_dev_sync_progress_ratio'),
          complete,
          latest('github_dev_sync_complete', [], agoSync),
          latest('github_dev_sync_progress_ratio'),
          latest('github_dev_sync_progress_ratio', [], agoSync),
          cluster,
          firstSyncs(''),
          firstSyncs(agoSync),
        ],
        t.syncStaleFor,
        'The first sync of a repository has stopped.',
        'The first sync of %s is at {{ $value | humanizePercentage }} for %s, and no other first sync goes on either. See its row on the status page: it says what is waited for, or that it cannot be found.' % [
          template.repo,
          duration.words(t.firstSyncStuck),
        ]
      ),
      rule.alert(
        config,
        'GitHubDevSyncGaps',
        'info',
        '%s > 0' % gauges.latest('github_dev_sync_gaps', promql.repo),
        t.syncGapsFor,
        'Items of a repository cannot be read.',
        "Issues, pull requests or parts of them that are missing from the figures of %s: {{ $value }}. For %s GitHub has listed some, but not returned them. The exporter's log names each; see whether GitHub's own page of it can be opened." % [
          template.repo,
          duration.words(t.syncGapsFor),
        ]
      ),
      rule.alert(
        config,
        'GitHubDevWebhookRejected',
        'warning',
        '%s\n/ on %s group_left\n%s > %g\nand\n%s >= %g' % [
          rejected,
          cluster,
          gauges.over('sum', promql.cluster, 'increase(%s[1h])' % promql.series('github_dev_webhook_deliveries_total')),
          t.webhookRejectedRatio,
          rejected,
          t.webhookRejected,
        ],
        '15m',
        'Most webhook deliveries are turned down.',
        "{{ $value | humanizePercentage }} of the webhook deliveries%s of the last hour were turned down as %s. Nothing is lost, since the exporter asks GitHub anyway, but what is new is seen later. Compare the secret in GitHub's settings with the exporter's secret_files." % [template.where, template.label('result')]
      ),
    ],
  }
