// The five metrics of DORA, with the level of config.dora.year beside them.
local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local bands = (import '../lib/bands.libsonnet')(config);
  local variables = dashboard.variables;

  local environment = ['environment="$environment"'];
  local window = ['window="$window"'];
  local median = window + ['q="0.5"'];
  local start = ['start="first_commit"'];

  // Exact figures: of whole projects, or of repositories.
  local ofProject(labels=[], matchers=[]) = {
    figure(metric, chosen):: promql.once(promql.series('github_dev_project_' + metric, dashboard.matchProject + matchers + chosen), promql.project + labels),
  };
  local ofRepo = {
    figure(metric, chosen):: promql.once(promql.series('github_dev_' + metric, dashboard.matchRepo + environment + chosen), promql.repo),
  };
  local project = ofProject([], environment);
  local everywhere = ofProject(['environment']);

  local metrics = {
    frequency: {
      name: 'Deployment frequency',
      short: 'frequency',
      trend: 'Deployments a day',
      of(scope):: scope.figure('dora_deployments_per_day', window),
      unit: 'suffix: / day',
      axis: 'short',
      decimals: 2,
      band: bands.deploymentFrequency,
      about: 'Successful deployments to the environment a day: those within the window, divided by its days. A deployment that failed counts in the ratios alone, and the same commit deployed again within ten minutes is one deployment.',
      absent: 'never deployed',
    },
    leadTime: {
      name: 'Change lead time',
      short: 'lead time',
      trend: 'Lead time, p50',
      of(scope):: scope.figure('change_lead_time_quantile_seconds', median + start),
      unit: 's',
      decimals: 1,
      band: bands.leadTime,
      about: 'How long it takes from the first commit of a pull request until the first successful deployment that contains its merge: the median of all that were deployed within the window. Pull requests by bots are left out, and so is what the first deployment of all brought, since nobody knows when that was deployed before.',
      absent: 'nothing deployed',
    },
    failures: {
      name: 'Change failure ratio',
      short: 'failures',
      trend: 'Share of change failures',
      of(scope):: scope.figure('dora_change_failure_ratio', window),
      unit: 'percentunit',
      decimals: 1,
      band: bands.changeFailureRatio,
      about: "Share of the window's successful deployments that turned out to be failures, because an incident or a revert was linked to them. It is as good as the links: see how incidents were linked below.",
      absent: 'none deployed',
    },
    recovery: {
      name: 'Recovery time',
      short: 'recovery',
      trend: 'Recovery time, median',
      of(scope):: scope.figure('deployment_recovery_quantile_seconds', median),
      unit: 's',
      decimals: 1,
      band: bands.recoveryTime,
      about: 'How long a failed deployment took to be recovered from: from its success until the last of its incidents was resolved or it was rolled back, whichever came first. The median of the recoveries within the window.',
      absent: 'none failed',
    },
    rework: {
      name: 'Rework ratio',
      short: 'rework',
      trend: 'Share of rework',
      of(scope):: scope.figure('dora_rework_ratio', window),
      unit: 'percentunit',
      decimals: 1,
      about: "Share of the window's successful deployments that were not planned: they contain a revert, the fix of an incident or a pull request labelled hotfix, or they are rollbacks.",
      absent: 'none deployed',
    },
  };

  // There is room for few projects. Levels are in the order of the figures, so that
  // each stands below its own.
  local most = 'topk(3, %s)' % metrics.frequency.of(project);
  local sorted(expr) = 'sort_desc(\n%s\nand on %s\n%s\n)' % [expr, promql.list(promql.project), most];
  local figure(metric, width) = panel.stat(
    metric.name,
    metric.about,
    [panel.instant(sorted(metric.of(project)), dashboard.projectLegend)],
    unit=metric.unit,
    decimals=metric.decimals,
    width=width,
    height=5,
    noValue=metric.absent,
  ) + panel.named;
  local level(metric, width) = panel.stat(
    '%s of %s' % [bands.title, metric.short],
    '%s: %s' % [metric.name, bands.about(metric.band)],
    [panel.instant(sorted(metric.of(project)), dashboard.projectLegend)],
    width=width,
    height=4,
    noValue='no figure',
  ) + panel.mapped(metric.band.mappings) + panel.named + panel.letters(24);

  local column(metric, scope) = {
    name: metric.name,
    expr: metric.of(scope),
    unit: metric.unit,
    properties: [{ id: 'decimals', value: metric.decimals }],
  };
  local levelColumn(metric, scope, name) = {
    name: name,
    expr: metric.of(scope),
    unit: 'string',
    properties: [{ id: 'mappings', value: metric.band.mappings }],
  };
  local trend(metric) = panel.timeseries(
    metric.trend,
    metric.about + ' Each point looks back over the window before it.',
    [panel.range(metric.of(project), dashboard.projectLegend)],
    unit=std.get(metric, 'axis', metric.unit),
    width=8,
  ) + panel.decimals(metric.decimals) + panel.empty(metric.absent);

  // Counters of the repositories that are chosen.
  local here = dashboard.matchRepo + environment;
  local deployed(result) = promql.daily('github_dev_deployments_total', [], promql.repo + ['environment', 'source', 'result'], here + ['result="%s"' % result]);
  local linked = promql.daily('github_dev_deployments_failed_change_total', ['link'], promql.repo + ['environment', 'link'], here);
  local whole = panel.decimals(0);
  local counts = whole + panel.atLeast(3);

  dashboard.new(
    'dora',
    'DORA',
    'The five DORA metrics of projects and repositories in an environment. Look at one project over time: repositories that work differently cannot be compared by them.',
    [variables.project, variables.owner, variables.repo, variables.environment, variables.window],
    [
      panel.row('The five metrics in the environment: the three projects that deploy most, or those chosen', [
        figure(metrics.frequency, 5),
        figure(metrics.leadTime, 5),
        figure(metrics.failures, 5),
        figure(metrics.recovery, 5),
        figure(metrics.rework, 4),
        level(metrics.frequency, 5),
        level(metrics.leadTime, 5),
        level(metrics.failures, 5),
        level(metrics.recovery, 5),
        panel.stat(
          'Active days',
          "Share of the days of the window with a successful deployment, over all of a project's repositories. The report has no levels of rework.",
          [panel.instant(sorted(project.figure('dora_active_day_ratio', window)), dashboard.projectLegend)],
          unit='percentunit',
          decimals=0,
          width=4,
          height=4,
          noValue='never deployed',
        ) + panel.named + panel.letters(24),
      ]),
      panel.row('All projects and environments', [
        panel.table(
          'Projects and their environments',
          'The metrics of each project in each environment, whatever environment is chosen above. %s: frequency %s. Lead time: %s. Failures: %s. Recovery: %s.' % [
            bands.title,
            metrics.frequency.band.words,
            metrics.leadTime.band.words,
            metrics.failures.band.words,
            metrics.recovery.band.words,
          ],
          dashboard.projectColumns + [['environment', 'Environment']],
          [
            column(metrics.frequency, everywhere) + { name: 'Frequency' },
            levelColumn(metrics.frequency, everywhere, 'Level of frequency'),
            column(metrics.leadTime, everywhere) + { name: 'Lead time' },
            levelColumn(metrics.leadTime, everywhere, 'Level of lead time'),
            column(metrics.failures, everywhere) + { name: 'Change failures' },
            levelColumn(metrics.failures, everywhere, 'Level of failures'),
            column(metrics.recovery, everywhere) + { name: 'Recovery' },
            levelColumn(metrics.recovery, everywhere, 'Level of recovery'),
            column(metrics.rework, everywhere) + { name: 'Rework' },
          ],
          height=7,
          sortBy='Frequency',
        ) + panel.dashes + panel.empty('no deployments yet'),
      ]),
      panel.row('Deployments and their failures', [
        panel.timeseries(
          'Deployments by day',
          'Deployments to the environment on each day, by whether the deployment itself succeeded, of the repositories that are chosen.',
          [panel.days(deployed('success'), 'succeeded'), panel.days(deployed('failure'), 'failed')],
          bars=true,
          stacked=true,
        ) + counts + panel.colors({ succeeded: 'green', failed: 'red' }) + panel.empty('no deployments yet'),
        panel.timeseries(
          'Deployments that turned out to be failures',
          'Successful deployments that an incident was linked to, on the day of the link, by how it was linked. Explicit: the incident names the deployment, its commit or the pull request. Revert: a revert undoes what the deployment brought. Fix: the last deployment before an incident that a pull request closes. Nearest: the last deployment before an incident that names nothing, which is a guess.',
          [panel.days(linked, '{{link}}')],
          bars=true,
          stacked=true,
        ) + counts + panel.colors({ explicit: 'orange', revert: 'purple', fix: 'yellow', nearest: 'blue' }) + panel.empty('no failures yet'),
      ]),
      panel.row('Trends of projects', [
        trend(metrics.frequency),
        trend(metrics.leadTime),
        trend(metrics.failures),
        trend(metrics.recovery),
        trend(metrics.rework),
        panel.timeseries(
          'Lead time, p90',
          'Like change lead time, but the time that 90 % of the changes do not exceed. Where it is far above the median, some changes wait for long.',
          [panel.range(project.figure('change_lead_time_quantile_seconds', window + ['q="0.9"'] + start), dashboard.projectLegend)],
          unit='s',
          width=8,
        ) + panel.decimals(1) + panel.empty('nothing deployed'),
      ]),
      panel.row('Repositories in the environment', [
        panel.table(
          'Repositories',
          'The metrics of each repository, exact as well. Lead time and recovery are medians; a dash means that there was nothing of the kind within the window.',
          dashboard.repoColumns,
          [
            column(metrics.frequency, ofRepo) + { name: 'Frequency' },
            column(metrics.leadTime, ofRepo) + { name: 'Lead time' },
            column(metrics.failures, ofRepo) + { name: 'Change failures' },
            column(metrics.recovery, ofRepo) + { name: 'Recovery' },
            column(metrics.rework, ofRepo) + { name: 'Rework' },
          ],
          height=8,
          sortBy='Frequency',
        ) + panel.dashes + panel.empty('no deployments yet') + panel.linked('Repository', [
          dashboard.link('Deployments of this repository', 'deployments', [['project', 'Project'], ['owner', 'Owner'], ['repo', 'Repository']]),
        ]),
      ]),
      panel.row('Lead time, by what starts it', [
        panel.table(
          'Median lead time',
          'The same deployed changes, measured from their first commit, from the opening of the pull request and from its merge. The last is how long finished work waits for a deployment.',
          dashboard.projectColumns,
          [
            {
              name: title[1],
              expr: project.figure('change_lead_time_quantile_seconds', median + ['start="%s"' % title[0]]),
              unit: 's',
              properties: [{ id: 'decimals', value: 1 }],
            }
            for title in [['first_commit', 'From the first commit'], ['opened', 'From the opening'], ['merged', 'From the merge']]
          ],
          width=12,
          sortBy='From the first commit',
        ) + panel.dashes + panel.empty('no deployments yet'),
        panel.timeseries(
          'Median lead time of repositories',
          'From the first commit to the deployment to the environment, of the ten repositories that are slowest at the end of the time range.',
          [panel.range(
            promql.top(10, 'github_dev_change_lead_time_quantile_seconds', promql.repo, dashboard.matchRepo + environment + median + start),
            dashboard.repoLegend
          )],
          unit='s',
        ) + panel.decimals(1) + panel.legendTable() + panel.empty('nothing deployed'),
      ]),
    ]
  )
