// What the figures of the other dashboards rest on, and what to do about gaps.
local duration = import '../lib/duration.libsonnet';
local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local variables = dashboard.variables;
  local t = config.thresholds;

  local here = dashboard.matchRepo;
  local inEnvironment = here + ['environment="$environment"'];
  local whole = panel.decimals(0);
  local counts = whole + panel.atLeast(3);
  local attention = [{ color: 'text', value: null }, { color: 'orange', value: 1 }];

  local grown(metric, by, extra, matchers=here) = promql.growthSeen('github_dev_' + metric, '$window', by, promql.repo + extra, matchers);
  local weekly(metric, by, extra) = promql.increase('github_dev_' + metric, '7d', by, promql.repo + extra, here);
  local daily(metric, by, extra, matchers=here) = promql.daily('github_dev_' + metric, by, promql.repo + extra, matchers);

  local merged(by) = grown('pull_requests_merged_total', by, ['author_kind']);
  local unreviewed(by) = grown('pull_requests_merged_unreviewed_total', by, ['author_kind']);
  // Repositories whose deployments could be read, and those that have been deployed.
  local environments = 'group by %s (%s)' % [promql.list(promql.repo), promql.series('github_dev_deployments_total', inEnvironment)];
  local deployed = promql.once(promql.series('github_dev_deployment_last_success_timestamp_seconds', inEnvironment), promql.repo);
  local links(by, matchers=[]) = grown('deployments_failed_change_total', by, ['environment', 'link'], inEnvironment + matchers);
  local unlinked(by) = grown('incidents_unlinked_total', by, ['source']);
  local incidents(by) = grown('incidents_total', by, ['source', 'severity']);
  local undeployed(reason, by) = promql.total('github_dev_changes_undeployed', by, promql.repo + ['environment', 'reason'], inEnvironment + ['reason="%s"' % reason]);
  local missing(by) = grown('change_stage_missing_total', by, ['stage', 'reason']);
  local repairs(by) = weekly('sync_repairs_total', by, ['kind']);
  local dropped(by) = weekly('mirror_records_dropped_total', by, ['reason']);
  local gaps(by) = promql.total('github_dev_sync_gaps', by, promql.repo, here);

  // Seconds since a stream was last read. Archived repositories are asked about
  // once a day, so they are left out.
  local archived = promql.once(promql.series('github_dev_repository_info', here + ['archived="true"']), promql.repo);
  local age(by, matchers) = 'max by %s (time() - (%s > 0) unless on %s %s)' % [
    promql.list(by),
    promql.once(promql.series('github_dev_sync_last_success_timestamp_seconds', here + matchers), promql.repo + ['stream']),
    promql.list(promql.repo),
    archived,
  ];
  local stale = duration.seconds(t.syncStale);

  local count = [{ id: 'decimals', value: 0 }];
  local percentage = [{ id: 'decimals', value: 0 }];
  local ofRepo = [['project', 'Project'], ['owner', 'Owner'], ['repo', 'Repository']];

  dashboard.new(
    'data-quality',
    'Data quality',
    'What the figures of the other dashboards rest on: whether everything was read, and what could not be measured, linked or found. Each panel says what to do about it.',
    [variables.project, variables.owner, variables.repo, variables.environment, variables.window],
    [
      panel.row('Has everything been read?', [
        panel.stat(
          'First syncs under way',
          'Repositories that are being read for the first time. Their figures appear once all is read, and all at once, so sums over repositories are too small until then. What to do: wait; where it takes for days, see the token budgets in Tokens and exporter.',
          [panel.instant('sum(%s == bool 0)' % promql.once(promql.series('github_dev_sync_complete', here), promql.repo))],
          steps=[{ color: 'text', value: null }, { color: 'blue', value: 1 }],
          noValue='no repositories',
        ),
        panel.stat(
          'Oldest data',
          'How long ago GitHub was last asked about the repository that has waited longest; archived ones are left out. Some minutes are usual. What to do: see the errors below and the status page of the exporter, which says what a repository is waiting for.',
          [panel.instant(age([], ['stream="probe"']))],
          unit='s',
          decimals=0,
          steps=[{ color: 'text', value: null }, { color: 'orange', value: stale / 2 }, { color: 'red', value: stale }],
          noValue='never read',
        ),
        panel.stat(
          'Gaps',
          'Issues and pull requests that GitHub lists but does not give. They are tried again and are in no figure until then. What to do: nothing at first; if they stay, the status page names them, and the token may lack a permission.',
          [panel.instant(gaps([]))],
          steps=attention,
          noValue='no repositories',
        ),
        panel.stat(
          'Errors, 1 day',
          'Attempts to read from GitHub that failed within the last day. Each is tried again, so a few do no harm. What to do: if a stream is old as well, see its reasons below.',
          [panel.instant(promql.increase('github_dev_sync_errors_total', '1d', [], promql.repo + ['stream', 'reason'], here))],
          noValue='no repositories',
        ) + whole,
        panel.stat(
          'Repairs, 7 days',
          'Records that the daily sweep found to differ from GitHub within the last seven days, and repaired. A few are usual, since GitHub does not tell of every change. What to do: nothing; if they are many, turn on webhooks.',
          [panel.instant(repairs([]))],
          noValue='not yet read',
        ) + whole,
        panel.stat(
          'Dropped parts, 7 days',
          "Parts of GitHub's answers within the window that were empty or unknown and were left out: the rest counts. What to do: nothing about a few, which deleted labels and commits leave behind; where the reason is forbidden, give the token the permission.",
          [panel.instant(dropped([]))],
          noValue='not yet read',
        ) + whole,
        panel.table(
          'Age of what was read',
          'How long ago each kind of data was last read of the repository where that is longest. Comments and workflow runs may be an hour old, the sweep a day; a sweep that was never made is left out. What to do about others that are old: see errors by day.',
          [['stream', 'Stream']],
          [{ name: 'Age', expr: age(['stream'], []), unit: 's', properties: count + panel.bars() }],
          width=8,
          height=9,
          sortBy='Age',
        ) + panel.empty('nothing read yet'),
        panel.timeseries(
          'Errors by day',
          'Failed attempts to read, by stream and reason, the ten most frequent of each day. Forbidden and not_found: the token lacks a permission, or the repository is gone. Unauthorized: the token has expired. Ratelimited and secondary: the budget is too small; add a token or lengthen the intervals. Server_error, timeout and network pass by themselves.',
          [panel.days('topk(10, %s > 0)' % daily('sync_errors_total', ['stream', 'reason'], ['stream', 'reason']), '{{stream}}: {{reason}}')],
          width=8,
          height=9,
          bars=true,
          stacked=true,
        ) + counts + panel.empty('no errors'),
        panel.barGauge(
          'First syncs',
          'How far the repositories are that are being read for the first time.',
          [panel.instant(
            '%s and on %s %s == 0' % [
              promql.once(promql.series('github_dev_sync_progress_ratio', here), promql.repo),
              promql.list(promql.repo),
              promql.once(promql.series('github_dev_sync_complete', here), promql.repo),
            ],
            dashboard.repoLegend
          )],
          unit='percentunit',
          width=8,
          height=9,
          steps=[{ color: 'blue', value: null }],
          noValue='all complete',
        ) + panel.max(1) + whole,
        panel.timeseries(
          'Repairs by day',
          'What the daily sweep found to differ from GitHub, by kind. Missing: an item that was not known. Stale, comments, reviews, active and labels: something had changed without a sign. Deleted, transferred and converted: the item is gone.',
          [panel.days('%s > 0' % daily('sync_repairs_total', ['kind'], ['kind']), '{{kind}}')],
          bars=true,
          stacked=true,
        ) + counts + panel.empty('no repairs'),
        panel.timeseries(
          'Dropped parts by day',
          "Parts of GitHub's answers that were left out, by what they were: a label, an event, a commit, its date, what a pull request closes, or something that the token may not see (forbidden).",
          [panel.days('%s > 0' % daily('mirror_records_dropped_total', ['reason'], ['reason']), '{{reason}}')],
          bars=true,
          stacked=true,
        ) + counts + panel.empty('nothing dropped'),
      ]),
      panel.row('Do merged changes have reviews, stages and deployments?', [
        panel.stat(
          'Merged without a review',
          'Share of the pull requests merged within the window that nobody but the author had reviewed. They have no pickup and review stage, so lead time by stages leaves them out. What to do: require reviews by a branch rule, where you want them.',
          [
            panel.instant(
              promql.share(
                grown('pull_requests_merged_unreviewed_total', [], ['author_kind'], here + ['author_kind="%s"' % kind[0]]),
                grown('pull_requests_merged_total', [], ['author_kind'], here + ['author_kind="%s"' % kind[0]])
              ),
              kind[1]
            )
            for kind in [['human', 'by humans'], ['bot', 'by bots']]
          ],
          unit='percentunit',
          decimals=0,
          width=6,
          noValue='none',
        ),
        panel.stat(
          'Merged, not deployed',
          'Merged pull requests, of all times since the first deployment, that no deployment to the environment contains. Waiting: on the default branch, to be deployed next. Elsewhere: the default branch does not contain them, see below.',
          [panel.instant(undeployed('waiting', []), 'waiting'), panel.instant(undeployed('not_on_branch', []), 'elsewhere')],
          width=6,
          noValue='never deployed',
        ),
        panel.stat(
          'Repositories never deployed',
          'Repositories without a successful deployment to the environment: they have no deployment frequency and no lead time. What to do: see whether `deployments` in the configuration names where their deployments can be read from, and `environments` what they are called.',
          [panel.instant('sum(\n%s\nunless on %s\n%s\nor\n0 * %s\n)' % [environments, promql.list(promql.repo), deployed, environments])],
          width=6,
          noValue='no environment',
        ),
        panel.stat(
          'Stages that cannot be measured',
          'Stages of pull requests merged or deployed within the window that have no duration, as a missing review or approval. They are left out of the quantiles, not taken for 0. What to do: see the reasons below.',
          [panel.instant(missing([]))],
          width=6,
          noValue='none',
        ) + whole,
        panel.timeseries(
          'Stages that cannot be measured, by day',
          'By stage and reason. No_review and no_approval: merged without, require them by a branch rule. No_commits: GitHub no longer has the commits. Negative: a commit dated after what it led to, by a wrong clock or a rewritten history. First_deployment: merged before the first known deployment, so it passes. No_tag_time: a lightweight tag does not say when; annotate tags or publish releases.',
          [panel.days('%s > 0' % daily('change_stage_missing_total', ['stage', 'reason'], ['stage', 'reason']), '{{stage}}: {{reason}}')],
          bars=true,
          stacked=true,
        ) + counts + panel.legendTable(['sum']) + panel.empty('every stage is known'),
        panel.timeseries(
          'Merged changes without a deployment',
          "Merged pull requests that no deployment to the environment contains. Waiting should come and go. Not_on_branch only grows: they were merged to another branch, or into another pull request; or what was deployed is not the default branch's history, for example since it was force-pushed.",
          [
            panel.range(undeployed('waiting', []), 'waiting'),
            panel.range(undeployed('not_on_branch', []), 'not on the default branch'),
          ],
          stacked=true,
        ) + counts + panel.empty('never deployed'),
      ]),
      panel.row('Are incidents linked to deployments?', [
        panel.table(
          'How failures were linked',
          'Deployments to the environment that an incident was linked to within the window, by how. Explicit links are facts, reverts and fixes nearly so; nearest is a guess: the last deployment before the incident. What to do: name the deployment, the commit or the pull request in the incident (`caused by #N`, `root cause: SHA`).',
          [['link', 'Link']],
          [{ name: 'Failures', expr: links(['link']), unit: 'short', properties: count + panel.bars() }],
          width=8,
          sortBy='Failures',
        ) + panel.empty('none'),
        panel.stat(
          'Links that are a guess',
          "Share of the window's failures that are linked only because the deployment was the last one before the incident. The higher it is, the less the change failure ratio says.",
          [panel.instant(promql.share(links([], ['link="nearest"']), links([])))],
          unit='percentunit',
          decimals=0,
          height=8,
          noValue='no failures',
        ),
        panel.stat(
          'Unlinked incidents',
          "Share of the window's incidents that no deployment could be blamed for: nothing was deployed within `incident_window` before, and they name nothing. They do not raise the change failure ratio. What to do: name the cause in the incident, or label it `not-caused-by-change`.",
          [panel.instant(promql.share(unlinked([]), incidents([])))],
          unit='percentunit',
          decimals=0,
          height=8,
          noValue='no incidents',
        ),
        panel.timeseries(
          'Unlinked incidents by day',
          'Incidents that no deployment could be blamed for when they were recognised, by source.',
          [panel.days('%s > 0' % daily('incidents_unlinked_total', ['source'], ['source']), '{{source}}')],
          width=8,
          bars=true,
          stacked=true,
        ) + counts + panel.empty('none unlinked'),
      ]),
      panel.row('Where: repositories', [
        panel.table(
          'Repositories',
          'The same by repository: what was counted within the window, what is undeployed now, and how old the data is. Unmeasured are stages without a duration. A dash means that there was nothing of the kind.',
          dashboard.repoColumns,
          [
            { name: 'Merged', expr: merged(promql.repo), unit: 'short', properties: count },
            { name: 'Unreviewed', expr: promql.share(unreviewed(promql.repo), merged(promql.repo)), unit: 'percentunit', properties: percentage },
            { name: 'Not deployed', expr: undeployed('waiting', promql.repo), unit: 'short' },
            { name: 'Not on branch', expr: undeployed('not_on_branch', promql.repo), unit: 'short' },
            { name: 'Unmeasured', expr: missing(promql.repo), unit: 'short', properties: count },
            { name: 'Incidents', expr: incidents(promql.repo), unit: 'short', properties: count },
            { name: 'Unlinked', expr: unlinked(promql.repo), unit: 'short', properties: count },
            { name: 'Gaps', expr: gaps(promql.repo), unit: 'short' },
            { name: 'Repairs', expr: repairs(promql.repo), unit: 'short', properties: count },
            { name: 'Data age', expr: age(promql.repo, ['stream="probe"']), unit: 's', properties: count },
          ],
          height=9,
          sortBy='Unmeasured',
        ) + panel.dashes + panel.empty('no repositories') + panel.linked('Repository', [
          dashboard.link('Deployments of this repository', 'deployments', ofRepo),
          dashboard.link('Pull requests of this repository', 'pull-requests', ofRepo),
        ]),
      ]),
    ]
  )
