// What was deployed where, what waits for it, and what went wrong with it.
local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local variables = dashboard.variables;

  local everywhere = dashboard.matchRepo;
  local here = everywhere + ['environment="$environment"'];
  local window = ['window="$window"'];
  local whole = panel.decimals(0);
  local counts = whole + panel.atLeast(3);

  // Deployments, each counter once.
  local labels = ['environment', 'source', 'result'];
  local result(name) = ['result="%s"' % name];
  local weekly(by, matchers) = promql.increase('github_dev_deployments_total', '7d', by, promql.repo + labels, matchers);
  local daily(by, matchers) = promql.daily('github_dev_deployments_total', by, promql.repo + labels, matchers);
  local rework(window, by) = promql.increase('github_dev_deployments_rework_total', window, by, promql.repo + ['environment'], here);
  local undeployed(reason, by, matchers) = promql.total('github_dev_changes_undeployed', by, promql.repo + ['environment', 'reason'], matchers + ['reason="%s"' % reason]);
  local age(by, matchers) = 'time() - max by %s (%s)' % [
    promql.list(by),
    promql.series('github_dev_deployment_last_success_timestamp_seconds', matchers),
  ];
  local repo(metric, matchers, extra=[]) = promql.once(promql.series('github_dev_' + metric, matchers), promql.repo + extra);
  local project(metric, matchers, extra=[]) = promql.once(
    promql.series('github_dev_project_' + metric, dashboard.matchProject + window + matchers),
    promql.project + extra
  );

  local incidents(by) = promql.total('github_dev_incidents_open', by, promql.repo + ['source', 'severity'], everywhere);

  local oneDecimal = [{ id: 'decimals', value: 1 }];
  local count = [{ id: 'decimals', value: 0 }];
  local stage(name) = repo('change_stage_quantile_seconds', everywhere + window + ['q="0.5"', 'stage="%s"' % name]);
  local ofRepo = [['project', 'Project'], ['owner', 'Owner'], ['repo', 'Repository']];

  dashboard.new(
    'deployments',
    'Releases and deployments',
    'Deployments and releases over time, what waits to be deployed, rework and incidents, of the repositories that are chosen.',
    [variables.project, variables.owner, variables.repo, variables.environment, variables.window],
    [
      panel.row('Now', [
        panel.stat(
          'Last deployment',
          'How long ago any of the repositories was last deployed to the environment with success.',
          [panel.instant(age([], here))],
          unit='s',
          decimals=1,
          noValue='never',
        ),
        panel.stat(
          'Deployments, 7 days',
          'Deployments to the environment within the last seven days, by whether the deployment itself succeeded.',
          [
            panel.instant(weekly([], here + result('success')), 'succeeded'),
            panel.instant(weekly([], here + result('failure')), 'failed'),
          ],
          noValue='none yet',
        ) + whole,
        panel.stat(
          'Rework, 7 days',
          'Successful deployments of the last seven days that rework an earlier one: they contain a revert, the fix of an incident or a pull request labelled hotfix, or they are rollbacks.',
          [panel.instant(rework('7d', []))],
          noValue='none yet',
        ) + whole,
        panel.stat(
          'Changes waiting',
          'Merged pull requests on the default branch that no deployment to the environment contains yet.',
          [panel.instant(undeployed('waiting', [], here))],
          noValue='never deployed',
        ),
        panel.stat(
          'Not on the default branch',
          'Merged pull requests that the default branch does not contain, such as those merged to a release branch or into another pull request. They will not be deployed from there, so they are not waiting.',
          [panel.instant(undeployed('not_on_branch', [], here))],
          noValue='never deployed',
        ),
        panel.stat(
          'Open incidents',
          'Incidents that are not resolved, of all environments.',
          [panel.instant(incidents([]))],
          steps=[{ color: 'text', value: null }, { color: 'orange', value: 1 }],
          noValue='none configured',
        ),
      ]),
      panel.row('Deployments to the environment', [
        panel.timeseries(
          'By result',
          'Deployments on each day, by whether the deployment itself succeeded. One that was tried again and succeeded counts as both.',
          [panel.days(daily([], here + result('success')), 'succeeded'), panel.days(daily([], here + result('failure')), 'failed')],
          width=8,
          bars=true,
          stacked=true,
        ) + counts + panel.colors({ succeeded: 'green', failed: 'red' }) + panel.empty('no deployments yet'),
        panel.timeseries(
          'By source',
          "Successful deployments on each day, by where they were read from: GitHub's deployments, runs of a workflow, releases, tags, merges to a branch or events that were sent. The first source of the configuration that yields anything counts.",
          [panel.days('%s > 0' % daily(['source'], here + result('success')), '{{source}}')],
          width=8,
          bars=true,
          stacked=true,
        ) + counts + panel.empty('no deployments in this time'),
        panel.timeseries(
          'By repository',
          'Successful deployments on each day, of the ten repositories that were deployed most within the window.',
          [panel.days(
            '%s > 0\nand on %s\ntopk(10, %s)' % [
              daily(promql.repo, here + result('success')),
              promql.list(promql.repo),
              promql.once(promql.series('github_dev_dora_deployments_per_day', here + window) + ' @ end()', promql.repo),
            ],
            dashboard.repoLegend
          )],
          width=8,
          bars=true,
          stacked=true,
        ) + counts + panel.empty('no deployments in this time'),
      ]),
      panel.row('Where things are', [
        panel.table(
          'Repositories and their environments',
          'Every environment of the repositories, whatever environment is chosen above. Waiting are merged pull requests that are not deployed there yet; merge to live is the median wait for the deployment, over the window. A dash means that there was nothing of the kind.',
          dashboard.repoColumns + [['environment', 'Environment']],
          [
            { name: 'Last success', expr: age(promql.repo + ['environment'], everywhere), unit: 's', properties: oneDecimal },
            { name: 'Succeeded, 7 days', expr: weekly(promql.repo + ['environment'], everywhere + result('success')), unit: 'short', properties: count },
            { name: 'Failed, 7 days', expr: weekly(promql.repo + ['environment'], everywhere + result('failure')), unit: 'short', properties: count },
            { name: 'Waiting', expr: undeployed('waiting', promql.repo + ['environment'], everywhere), unit: 'short' },
            { name: 'Not on branch', expr: undeployed('not_on_branch', promql.repo + ['environment'], everywhere), unit: 'short' },
            {
              name: 'Merge to live',
              expr: repo('change_lead_time_quantile_seconds', everywhere + window + ['q="0.5"', 'start="merged"'], ['environment']),
              unit: 's',
              properties: oneDecimal,
            },
          ],
          height=9,
          sortBy='Last success',
        ) + panel.dashes + panel.empty('no deployments yet') + panel.linked('Repository', [
          dashboard.link('DORA metrics of this repository', 'dora', ofRepo),
          dashboard.link('Pull requests of this repository', 'pull-requests', ofRepo),
        ]),
      ]),
      panel.row('Changes on their way', [
        panel.timeseries(
          'Changes waiting, by repository',
          'Merged pull requests on the default branch that no deployment to the environment contains yet, of the ten repositories with the most at the end of the time range.',
          [panel.range(promql.top(10, 'github_dev_changes_undeployed', promql.repo, here + ['reason="waiting"']), dashboard.repoLegend)],
          stacked=true,
        ) + counts + panel.empty('never deployed'),
        panel.timeseries(
          'From merge to deployment',
          'How long merged pull requests waited for the deployment to the environment that contains them: half of them no longer than p50, nine of ten no longer than p90, of those deployed within the window before each point.',
          [
            panel.range(project('change_lead_time_quantile_seconds', ['environment="$environment"', 'start="merged"', 'q="0.5"']), dashboard.projectLegend + ' p50'),
            panel.range(project('change_lead_time_quantile_seconds', ['environment="$environment"', 'start="merged"', 'q="0.9"']), dashboard.projectLegend + ' p90'),
          ],
          unit='s',
        ) + panel.decimals(1) + panel.empty('nothing deployed'),
        panel.table(
          'Where the time goes on the way to production',
          'Median time that changes spent in each stage, of those that left it within the window. Coding: first commit to the opening of the pull request. Draft: until it was ready. Waiting for review: until the first review. Review: until the last approval. Waiting for merge: until it was merged. Waiting for deployment: until production. Medians of stages do not add up to the median of the whole.',
          dashboard.repoColumns,
          [
            { name: 'Coding', expr: stage('coding'), unit: 's', properties: oneDecimal },
            { name: 'Draft', expr: stage('draft'), unit: 's', properties: oneDecimal },
            { name: 'Waiting for review', expr: stage('pickup'), unit: 's', properties: oneDecimal },
            { name: 'Review', expr: stage('review'), unit: 's', properties: oneDecimal },
            { name: 'Waiting for merge', expr: stage('merge_wait'), unit: 's', properties: oneDecimal },
            { name: 'Waiting for deployment', expr: stage('deploy'), unit: 's', properties: oneDecimal },
          ],
          height=7,
          sortBy='Waiting for deployment',
        ) + panel.dashes + panel.empty('nothing merged'),
      ]),
      panel.row('Rework and recovery', [
        panel.timeseries(
          'Rework by day',
          'Successful deployments that rework an earlier one, on each day: reverts, fixes of incidents, hotfixes and rollbacks.',
          [panel.days(promql.daily('github_dev_deployments_rework_total', [], promql.repo + ['environment'], here), 'rework')],
          width=8,
          bars=true,
        ) + counts + panel.colors({ rework: 'orange' }) + panel.empty('no deployments yet'),
        panel.timeseries(
          'Rework ratio',
          'Share of the successful deployments of the window before each point that rework an earlier one, of the ten repositories where it is highest at the end of the time range.',
          [panel.range(promql.top(10, 'github_dev_dora_rework_ratio', promql.repo, here + window), dashboard.repoLegend)],
          unit='percentunit',
          width=8,
        ) + panel.empty('no deployments yet'),
        panel.timeseries(
          'Recovery from failed deployments',
          'Median time from the success of a deployment that turned out to be a failure until its incidents were resolved or it was rolled back, of the recoveries within the window before each point.',
          [panel.range(project('deployment_recovery_quantile_seconds', ['environment="$environment"', 'q="0.5"']), dashboard.projectLegend)],
          unit='s',
          width=8,
        ) + panel.decimals(1) + panel.empty('none failed'),
      ]),
      panel.row('Incidents', [
        panel.timeseries(
          'Incidents by day',
          'Incidents on the day on which they were recognised, by source: issues with an incident label, reverts of something deployed, alerts and events.',
          [panel.days(promql.daily('github_dev_incidents_total', ['source'], promql.repo + ['source', 'severity'], everywhere), '{{source}}')],
          width=8,
          bars=true,
          stacked=true,
        ) + counts + panel.colors({ issues: 'orange', reverts: 'purple', alertmanager: 'yellow', events: 'blue' }) + panel.empty('no incidents configured'),
        panel.timeseries(
          'Open incidents by severity',
          'Incidents that were not resolved, by severity as the labels or events tell it.',
          [panel.range(incidents(['severity']), 'severity {{severity}}')],
          width=8,
          stacked=true,
        ) + counts + panel.empty('no incidents configured'),
        panel.timeseries(
          'Time to resolve',
          "Median time from an incident's opening to its resolution, of those resolved within the window before each point. Open ones are not in it.",
          [panel.range(project('incident_resolve_quantile_seconds', ['q="0.5"'], ['source']), dashboard.projectLegend + ' {{source}}')],
          unit='s',
          width=8,
        ) + panel.decimals(1) + panel.empty('no incidents resolved'),
      ]),
    ]
  )
