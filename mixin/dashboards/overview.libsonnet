// What is going on in all projects, at a glance?
local duration = import '../lib/duration.libsonnet';
local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local variables = dashboard.variables;

  local here = dashboard.matchProject;
  local inEnvironment = here + ['environment="$environment"'];
  local windowed = here + ['window="$window"', 'q="0.5"'];

  // Gauges and counters, each repository once, summed up to labels.
  local open(kind, labels) = promql.total('github_dev_' + kind, labels, promql.repo + ['state'], here + ['state="open"']);
  local incidents(labels) = promql.total('github_dev_incidents_open', labels, promql.repo + ['source', 'severity'], here);
  local weekly(kind, labels, by, matchers=here) = promql.increase('github_dev_%s_total' % kind, '7d', labels, promql.repo + by, matchers);
  local daily(kind, labels, by, matchers=here) = promql.daily('github_dev_%s_total' % kind, labels, promql.repo + by, matchers);
  local deployments = ['environment', 'source', 'result'];
  local deployed(result) = inEnvironment + ['result="%s"' % result];
  local failing(labels) = 'sum by %s (%s > bool 0)' % [
    promql.list(labels),
    promql.once(promql.series('github_dev_workflow_consecutive_failures', here), promql.repo + ['workflow']),
  ];
  // Seconds since GitHub was last asked about each repository. Archived ones are
  // asked about once a day, so they are left out.
  local age(labels) = 'max by %s (time() - (%s > 0) unless on %s %s)' % [
    promql.list(labels),
    promql.once(promql.series('github_dev_sync_last_success_timestamp_seconds', here + ['stream="probe"']), promql.repo),
    promql.list(promql.repo),
    promql.once(promql.series('github_dev_repository_info', here + ['archived="true"']), promql.repo),
  ];
  local stale = duration.seconds(config.thresholds.syncStale);

  // Exact figures of whole projects and of repositories.
  local project(metric, matchers, labels=[]) = promql.once(promql.series('github_dev_project_' + metric, matchers), promql.project + labels);
  local repo(metric, matchers) = promql.once(promql.series('github_dev_' + metric, matchers), promql.repo);
  local production = ['environment="$environment"'];
  local first = ['start="first_commit"'];
  local dora = here + production + ['window="$window"'];

  // Shares of the budgets, each identity's once.
  local budget(metric) = promql.once(promql.series('github_dev_ratelimit_' + metric, dashboard.matchCluster), promql.identity);
  local used = promql.ratio(budget('used'), budget('limit'));

  local clusterColumn = if config.multiCluster then [[config.clusterLabel, 'Cluster']] else [];
  local projectLinks = [
    dashboard.link('DORA metrics of this project', 'dora', [['project', 'Project']]),
    dashboard.link('Pull requests of this project', 'pull-requests', [['project', 'Project']]),
    dashboard.link('Issues of this project', 'issues', [['project', 'Project']]),
    dashboard.link('Deployments of this project', 'deployments', [['project', 'Project']]),
  ];
  local ofRepo = [['project', 'Project'], ['owner', 'Owner'], ['repo', 'Repository']];
  local repoLinks = [
    dashboard.link('Pull requests of this repository', 'pull-requests', ofRepo),
    dashboard.link('Issues of this repository', 'issues', ofRepo),
    dashboard.link('Deployments of this repository', 'deployments', ofRepo),
    dashboard.link('DORA metrics of this repository', 'dora', ofRepo),
    dashboard.link('Workflows of this repository', 'ci', ofRepo),
    dashboard.link('What the figures of this repository rest on', 'data-quality', ofRepo),
  ];

  // Counts above zero that somebody should look at.
  local attention = [{ color: 'text', value: null }, { color: 'orange', value: 1 }];
  local whole = panel.decimals(0);
  local counts = whole + panel.atLeast(3);
  local kinds(kind) = [
    panel.instant(weekly(kind, [], ['author_kind'], here + ['author_kind="human"']), 'by humans'),
    panel.instant(weekly(kind, [], ['author_kind'], here + ['author_kind="bot"']), 'by bots'),
  ];

  // The columns that both tables have. labels are those of a row.
  local columns(labels, exact) = [
    { name: 'PRs', expr: open('pull_requests', labels), unit: 'short' },
    { name: 'Issues', expr: open('issues', labels), unit: 'short' },
    { name: 'Merged, 7 d', expr: weekly('pull_requests_merged', labels, ['author_kind']), unit: 'short', properties: [{ id: 'decimals', value: 0 }] },
    { name: 'First review', expr: exact('pull_request_first_review_quantile_seconds', windowed), unit: 's', properties: [{ id: 'decimals', value: 1 }] },
    { name: 'Lead time', expr: exact('change_lead_time_quantile_seconds', windowed + production + first), unit: 's', properties: [{ id: 'decimals', value: 1 }] },
    { name: 'Deployments', expr: exact('dora_deployments_per_day', dora), unit: 'suffix: / day', properties: [{ id: 'decimals', value: 2 }] },
    { name: 'Failures', expr: exact('dora_change_failure_ratio', dora), unit: 'percentunit', properties: [{ id: 'decimals', value: 1 }] },
    { name: 'Incidents', expr: incidents(labels), unit: 'short' },
    { name: 'Failing CI', expr: failing(labels), unit: 'short' },
    { name: 'Data age', expr: age(labels), unit: 's', properties: [{ id: 'decimals', value: 0 }] },
  ];
  local about = 'PRs, issues and incidents are those open now, pull requests and issues by bots included. First review: the median wait for a review by a human who is not the author. Lead time: the median from the first commit to the deployment to the environment. Failures: the share of deployments that an incident is linked to. These and deployments are of the window. Failing CI: workflows whose last run failed. Data age: how long ago GitHub was last asked. A dash means that there was nothing of the kind.';

  dashboard.new(
    'overview',
    'Overview',
    'What is going on in all projects, at a glance. The names of projects and repositories link to the details.',
    [variables.project, variables.environment, variables.window],
    [
      panel.row('Now', [
        panel.stat(
          'Open pull requests',
          'Pull requests that are open now, drafts and those of bots included.',
          [panel.instant(open('pull_requests', []))],
        ),
        panel.stat(
          'Open issues',
          'Issues that are open now, those of bots included.',
          [panel.instant(open('issues', []))],
        ),
        panel.stat(
          'Open incidents',
          'Incidents that are not resolved: issues with an incident label, reverts that are not deployed, alerts and events, as the exporter is configured.',
          [panel.instant(incidents([]))],
          steps=attention,
          noValue='none configured',
        ),
        panel.stat(
          'Failing workflows',
          'Workflows whose last run on the default branch failed; cancelled and skipped runs leave it as it was.',
          [panel.instant(failing([]))],
          steps=attention,
          noValue='no workflows',
        ),
        panel.stat(
          'Age of the data',
          'How long ago GitHub was last asked about the repository that has waited longest; archived ones are left out. Some minutes are usual. See Data quality where it is more.',
          [panel.instant(age([]))],
          unit='s',
          decimals=0,
          steps=[{ color: 'text', value: null }, { color: 'orange', value: stale / 2 }, { color: 'red', value: stale }],
          noValue='never',
        ),
        panel.stat(
          'Most used token budget',
          'Share of its hourly budget that the busiest identity has used, over all kinds of requests. At 100 % it has to wait until the budget is reset.',
          [panel.instant('max(%s)' % used)],
          unit='percentunit',
          decimals=0,
          steps=[{ color: 'text', value: null }, { color: 'orange', value: 0.8 }, { color: 'red', value: 0.95 }],
          noValue='no limits',
        ),
      ]),
      panel.row('The last seven days', [
        panel.stat('Pull requests opened', 'Pull requests opened within the last seven days, by who opened them.', kinds('pull_requests_opened')) + whole,
        panel.stat('Pull requests merged', 'Pull requests merged within the last seven days, by who had opened them.', kinds('pull_requests_merged')) + whole,
        panel.stat('Issues opened', 'Issues opened within the last seven days, by who opened them.', kinds('issues_opened')) + whole,
        panel.stat(
          'Issues closed',
          'Closings of issues within the last seven days; an issue that is closed twice counts twice.',
          [
            panel.instant(weekly('issues_closed', [], ['reason'], here + ['reason="completed"']), 'completed'),
            panel.instant(weekly('issues_closed', [], ['reason'], here + ['reason!="completed"']), 'for other reasons'),
          ],
        ) + whole,
        panel.stat(
          'Deployments',
          'Deployments to the environment within the last seven days.',
          [
            panel.instant(weekly('deployments', [], deployments, deployed('success')), 'succeeded'),
            panel.instant(weekly('deployments', [], deployments, deployed('failure')), 'failed'),
          ],
          noValue='no deployments',
        ) + whole,
        panel.stat(
          'Change failures',
          'Successful deployments to the environment that an incident was linked to within the last seven days, each once.',
          [panel.instant(weekly('deployments_failed_change', [], ['environment', 'link'], inEnvironment))],
          noValue='no deployments',
        ) + whole,
      ]),
      panel.row('Where: projects and repositories', [
        panel.table(
          'Projects',
          about + ' Click on a project for its details.',
          dashboard.projectColumns,
          columns(promql.project, project),
          height=7,
          sortBy='PRs',
        ) + panel.dashes + panel.empty('no projects') + panel.linked('Project', projectLinks),
        panel.table(
          'Repositories',
          about + ' Click on a repository for its details.',
          dashboard.repoColumns,
          columns(promql.repo, repo),
          height=9,
          sortBy='PRs',
        ) + panel.dashes + panel.empty('no repositories') + panel.linked('Repository', repoLinks) + panel.linked('Project', projectLinks),
      ]),
      panel.row('Over time', [
        panel.timeseries(
          'Pull requests by day',
          'How many pull requests were opened and merged on each day, those of bots included. Where more are opened than merged for long, work piles up.',
          [
            panel.days(daily('pull_requests_opened', [], ['author_kind']), 'opened'),
            panel.days(daily('pull_requests_merged', [], ['author_kind']), 'merged'),
          ],
          width=8,
        ) + counts + panel.steps + panel.barsFor('merged') + panel.colors({ opened: 'blue', merged: 'purple' }) + panel.empty('no pull requests yet'),
        panel.timeseries(
          'Issues by day',
          'How many issues were opened and closed on each day, those of bots included. Where more are opened than closed for long, work piles up.',
          [
            panel.days(daily('issues_opened', [], ['author_kind']), 'opened'),
            panel.days(daily('issues_closed', [], ['reason']), 'closed'),
          ],
          width=8,
        ) + counts + panel.steps + panel.barsFor('closed') + panel.colors({ opened: 'blue', closed: 'purple' }) + panel.empty('no issues yet'),
        panel.timeseries(
          'Deployments by day',
          'Deployments to the environment on each day, by how they ended.',
          [
            panel.days(daily('deployments', [], deployments, deployed('success')), 'succeeded'),
            panel.days(daily('deployments', [], deployments, deployed('failure')), 'failed'),
          ],
          width=8,
          bars=true,
          stacked=true,
        ) + counts + panel.colors({ succeeded: 'green', failed: 'red' }) + panel.empty('no deployments yet'),
        panel.timeseries(
          'Wait for the first review',
          'Median of the time from when reviewers could start to the first review by a human who is not the author, of the reviews within the window before each point. It is exact over all repositories of a project.',
          [panel.range(project('pull_request_first_review_quantile_seconds', windowed), dashboard.projectLegend)],
          unit='s',
          width=8,
        ) + panel.decimals(1) + panel.empty('no reviews yet'),
        panel.timeseries(
          'Lead time of changes',
          "Median of the time from a pull request's first commit to the first successful deployment to the environment that contains it, of the deployments within the window before each point.",
          [panel.range(project('change_lead_time_quantile_seconds', windowed + production + first), dashboard.projectLegend)],
          unit='s',
          width=8,
        ) + panel.decimals(1) + panel.empty('no deployments yet'),
        panel.timeseries(
          'Change failure ratio',
          'Share of the successful deployments to the environment that an incident was linked to, of those within the window before each point.',
          [panel.range(project('dora_change_failure_ratio', dora), dashboard.projectLegend)],
          unit='percentunit',
          width=8,
        ) + panel.empty('no deployments yet'),
      ]),
      panel.row('Work and budgets', [
        panel.timeseries(
          'Open pull requests by project',
          'Pull requests that are open, drafts and those of bots included.',
          [panel.range(open('pull_requests', promql.project), dashboard.projectLegend)],
          stacked=true,
        ) + panel.empty('no pull requests yet'),
        panel.table(
          'Token budgets used',
          'Share of its hourly budget that each identity has used of the current window. Tokens of one user share one budget; core is the REST API. At 100 % reading waits until the budget is reset.',
          clusterColumn + [['identity', 'Identity'], ['resource', 'Resource']],
          [{
            name: 'Used',
            expr: used,
            unit: 'percentunit',
            properties: panel.bars() + [{ id: 'max', value: 1 }, { id: 'decimals', value: 0 }],
          }],
          width=12,
          sortBy='Used',
        ) + panel.empty('no limits known'),
      ]),
    ]
  )
