// Do the workflows succeed, how long do they take, and how long is the merge queue?
local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local exact = (import '../lib/exact.libsonnet')(config);
  local histogram = (import '../lib/histogram.libsonnet')(config);
  local variables = dashboard.variables;

  local here = dashboard.matchRepo, all = promql.cluster;
  local cluster = dashboard.clusterLegend;
  local workflow = promql.repo + ['workflow'];
  local workflowLegend = dashboard.repoLegend + ' {{workflow}}';
  local quantiles = config.quantiles, median = quantiles[0], high = quantiles[std.length(quantiles) - 1];

  // Runs within the window; those that could succeed are neither cancelled nor skipped.
  local runs(labels, conclusions, window='$window') = promql.growthSeen(
    'github_dev_workflow_runs_total',
    window,
    labels,
    workflow + ['conclusion'],
    here + (if conclusions == '' then [] else ['conclusion=~"%s"' % conclusions])
  );
  local success(labels, window='$window') =
    promql.share(runs(labels, 'success', window), runs(labels, 'success|failure|timed_out|startup_failure', window));
  local flaky(labels) = promql.growthSeen('github_dev_workflow_flaky_commits_total', '$window', labels, workflow, here);
  local inARow = promql.once(promql.series('github_dev_workflow_consecutive_failures', here), workflow);
  local sinceSuccess = 'time() - %s' % promql.once(promql.series('github_dev_workflow_last_success_timestamp_seconds', here), workflow);
  local removed(labels) = promql.growthSeen('github_dev_merge_queue_removed_total', '$window', labels, promql.repo + ['reason'], here);

  local conclusions = [
    ['success', 'succeeded', 'green'],
    ['failure', 'failed', 'red'],
    ['timed_out', 'timed out', 'orange'],
    ['startup_failure', 'could not start', 'dark-red'],
    ['cancelled', 'cancelled', 'yellow'],
    ['skipped', 'skipped', '#8f8f8f'],
    ['action_required|neutral|stale|other', 'other', 'purple'],
  ];
  local each(name, expr, unit='locale', decimals=0) =
    { name: name, expr: expr, unit: unit, properties: [{ id: 'decimals', value: decimals }] };
  local only = [dashboard.link('Only this repository', 'ci', [['project', 'Project'], ['owner', 'Owner'], ['repo', 'Repository']])];
  local attention = [{ color: 'text', value: null }, { color: 'orange', value: 1 }, { color: 'red', value: 3 }];
  local whole = panel.decimals(0) + panel.atLeast(4);
  local history = 'Made from the history in Prometheus: where that is shorter than the window, it covers what was seen since it began.';
  local counted = "Runs on the default branch of the workflow files that the exporter's configuration lists; each attempt counts.";
  local ratio = 'Cancelled and skipped runs are neither successes nor failures.';
  local wholeProject = 'It shows whole projects: the choice of owner and repository has no effect here.';

  // The ten workflows where a quantile is highest.
  local slowest(title, description, metric, q) = panel.timeseries(
    title,
    "%s Exact figures of the runs that ended within the window before each point, over all of a project's repositories: the ten workflows where it is longest at the end of the time range. %s" % [description, wholeProject],
    [panel.range(
      promql.top(
        10,
        'github_dev_project_%s_quantile_seconds' % metric,
        promql.project + ['workflow'],
        dashboard.matchProject + ['window="$window"', 'q="%s"' % q]
      ),
      dashboard.projectLegend + ' {{workflow}}'
    )],
    unit='s',
    width=8,
    height=9
  ) + panel.empty('no runs within the window');

  dashboard.new(
    'ci',
    'CI and merge queue',
    'Whether workflows succeed, how long they take, what fails again and again, and how long the merge queue is.',
    [variables.project, variables.owner, variables.repo, variables.window],
    [
      panel.row('Now', [
        panel.stat(
          'Failing workflows',
          'Workflows whose last run on the default branch failed; a cancelled or skipped run leaves it as it was.',
          [panel.instant('sum by %s (%s > bool 0)' % [promql.list(all), inARow], cluster)],
          steps=[{ color: 'text', value: null }, { color: 'orange', value: 1 }],
          noValue='no workflows'
        ),
        panel.stat(
          'Runs within the window',
          counted + ' ' + history,
          [panel.instant(runs(all, ''), cluster)],
          unit='locale',
          noValue='none'
        ),
        panel.stat(
          'Success within the window',
          'Share of the runs that succeeded, failed, timed out or could not start. %s %s' % [ratio, history],
          [panel.instant(success(all), cluster)],
          unit='percentunit',
          decimals=1,
          noValue='none'
        ),
        panel.stat(
          'Flaky commits',
          'Commits for which the same workflow both failed and succeeded within the window: chance, and not the change, decided. ' + history,
          [panel.instant(flaky(all), cluster)],
          unit='locale',
          noValue='none'
        ),
        panel.stat(
          'In the merge queue',
          'Pull requests that wait in the merge queue now, those of bots included.',
          [panel.instant(promql.total('github_dev_merge_queue_entries', all, promql.repo, here), cluster)],
          noValue='no queue'
        ),
        panel.stat(
          'Removed from the queue',
          'Removals from the merge queue within the window that were no merges. ' + history,
          [panel.instant(removed(all), cluster)],
          unit='locale',
          noValue='none'
        ),
      ]),

      panel.row('Runs', [
        panel.timeseries(
          'Runs each day',
          counted + ' By how they ended. Each bar is a day; that of today still grows.',
          [
            panel.days(
              promql.daily('github_dev_workflow_runs_total', all, workflow + ['conclusion'], here + ['conclusion=~"%s"' % c[0]]),
              cluster + c[1]
            )
            for c in conclusions
          ],
          stacked=true,
          bars=true
        ) + panel.colors({ [c[1]]: c[2] for c in conclusions }) + panel.empty('no workflows') + whole,
        panel.timeseries(
          'Success over time',
          "Share of the runs within the seven days before each point that succeeded, over all of a project's chosen repositories. %s Made from the history in Prometheus." % ratio,
          [panel.range(success(promql.project, '7d'), dashboard.projectLegend)],
          unit='percentunit'
        ) + panel.max(1) + panel.empty('none'),
        panel.barGauge(
          'Least successful workflows',
          "Share of a workflow's runs within the window that succeeded: the eight lowest that are not 100 %%. %s %s" % [ratio, history],
          [panel.instant('sort(bottomk(8, %s < 1))' % success(workflow), workflowLegend)],
          unit='percentunit',
          width=12,
          height=10,
          noValue='no failures'
        ) + panel.max(1) + panel.color('orange') + panel.decimals(1),
        panel.timeseries(
          'Flaky commits each week',
          'Commits for which the same workflow both failed and succeeded. Each bar is seven days; the last one still grows.',
          [panel.weeks(
            promql.weekly('github_dev_workflow_flaky_commits_total', promql.cluster + ['workflow'], workflow, here),
            cluster + '{{workflow}}'
          )],
          width=12,
          height=10,
          stacked=true,
          bars=true
        ) + panel.empty('no workflows') + whole,
      ]),

      panel.row('What fails now', [
        panel.barGauge(
          'Failures in a row',
          'Failed runs of a workflow since the last one that succeeded: the eight highest. Cancelled and skipped runs are neither.',
          [panel.instant('sort_desc(topk(8, %s > 0))' % inARow, workflowLegend)],
          steps=attention,
          width=12,
          height=10,
          noValue='nothing fails'
        ),
        panel.barGauge(
          'Longest without a success',
          'How long ago a run of the workflow last succeeded on the default branch: the eight longest. A workflow that is seldom run is among them without being broken.',
          [panel.instant('sort_desc(topk(8, %s))' % sinceSuccess, workflowLegend)],
          unit='s',
          width=12,
          height=10,
          noValue='no success yet'
        ) + panel.color('blue') + panel.decimals(1),
      ]),

      panel.row('How long runs take', [
        slowest('Half of the runs take no longer', 'Median time from the start of a run to its completion.', 'workflow_run_duration', median),
        slowest('Slow runs: %s' % exact.name(high), 'Time from the start of a run to its completion that %g of 100 runs do not exceed.' % (100 * std.parseJson(high)), 'workflow_run_duration', high),
        slowest('Waiting for a runner: %s' % exact.name(high), 'Time from the start of a run to the start of its first job that %g of 100 runs do not exceed.' % (100 * std.parseJson(high)), 'workflow_run_queue', high),
        panel.table(
          'Workflows',
          "Each workflow at the end of the time range. Failed last: failed runs since the last one that succeeded; last success: how long ago that was. Runs, success and flaky commits are of the window, as far as the history in Prometheus reaches back; duration (start to completion) and queue (start to the first job's start) are exact: half took no longer than p50, 90 % no longer than p90. A dash means that there was nothing of the kind.",
          dashboard.repoColumns + [['workflow', 'Workflow']],
          [
            each('Runs', runs(workflow, '')),
            each('Success', success(workflow), 'percentunit', 1),
            each('Flaky', flaky(workflow)),
            each('Failed last', inARow),
            each('Last success', sinceSuccess, 's', 1),
          ]
          + exact.columns('Duration', function(q) exact.repo('workflow_run_duration', q, ['workflow']))
          + exact.columns('Queue', function(q) exact.repo('workflow_run_queue', q, ['workflow'])),
          height=11,
          sortBy='Failed last'
        ) + panel.dashes + panel.empty('no workflows') + panel.linked('Repository', only),
      ]),

      panel.row('Merge queue', [
        panel.timeseries(
          'Waiting in the queue',
          'Pull requests in the merge queue, those of bots included: the ten repositories with most of them at the end of the time range.',
          [panel.range(promql.top(10, 'github_dev_merge_queue_entries', promql.repo, here), dashboard.repoLegend)],
          width=8
        ) + panel.empty('no queue') + whole,
        panel.timeseries(
          'Time in the queue',
          'How long pull requests by humans were in the merge queue until they were merged or removed. %s %s' % [exact.about, wholeProject],
          exact.projectLines('merge_queue_wait'),
          unit='s',
          width=8
        ) + panel.empty('nothing was queued within the window'),
        panel.timeseries(
          'Left the queue each day',
          'Pull requests by humans that left the merge queue, merged or removed. Each bar is a day; that of today still grows.',
          [panel.days(
            histogram.daily('github_dev_merge_queue_wait_seconds', promql.project, promql.repo, here),
            dashboard.projectLegend
          )],
          width=8,
          stacked=true,
          bars=true
        ) + whole + panel.empty('no repositories'),
        panel.timeseries(
          'Thrown out each day',
          "Removals from the merge queue that were no merges, by GitHub's reason, those of bots included. Each bar is a day; that of today still grows.",
          [panel.days(
            promql.daily('github_dev_merge_queue_removed_total', promql.cluster + ['reason'], promql.repo + ['reason'], here) + ' > 0',
            cluster + '{{reason}}'
          )],
          stacked=true,
          bars=true
        ) + panel.empty('nothing was thrown out') + whole,
        panel.table(
          'Merge queues',
          'Each repository: pull requests in the queue now, those removed without a merge within the window, and the time that those by humans were in the queue that left it within the window. %s A dash means that none did.' % exact.about,
          dashboard.repoColumns,
          [
            each('Waiting', promql.once(promql.series('github_dev_merge_queue_entries', here), promql.repo)),
            each('Thrown out', removed(promql.repo)),
          ] + exact.columns('Time', function(q) exact.repo('merge_queue_wait', q)),
          width=12,
          sortBy='Waiting'
        ) + panel.dashes + panel.empty('no repositories') + panel.linked('Repository', only),
      ]),
    ]
  )
