// How do issues come and go, and what waits in which state for how long?
local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local exact = (import '../lib/exact.libsonnet')(config);
  local histogram = (import '../lib/histogram.libsonnet')(config);
  local variables = dashboard.variables;

  local here = dashboard.matchRepo, all = promql.cluster;
  local cluster = dashboard.clusterLegend;
  local kind(name) = here + ['kind="%s"' % name];

  // Gauges and counters of issues, each repository once, summed up to labels.
  local issues(state, labels) = promql.total('github_dev_issues', labels, promql.repo + ['state'], here + ['state="%s"' % state]);
  local older(age, labels) = promql.total('github_dev_issues_open_older_than', labels, promql.repo + ['age'], here + ['age="%s"' % age]);
  local grown(what, labels, own) =
    promql.growthSeen('github_dev_issues_%s_total' % what, '$window', labels, promql.repo + [own], here);
  local daily(metric, labels, own, matchers) =
    promql.daily('github_dev_%s_total' % metric, labels, promql.repo + own, matchers);
  local labeled(state, labels) =
    promql.total('github_dev_issues_labeled', labels, promql.repo + ['state', 'label'], here + ['state="%s"' % state]);
  local items(labels, matchers=here) =
    promql.total('github_dev_state_items', labels, promql.repo + ['kind', 'state'], matchers);
  local milestones(state) = promql.once(
    promql.series('github_dev_milestone_issues', here + ['state="%s"' % state]),
    promql.repo + ['milestone']
  );

  local kinds = {
    fieldConfig+: {
      overrides+: [{
        matcher: { id: 'byName', options: 'Kind' },
        properties: [{ id: 'mappings', value: [{ type: 'value', options: { pull_request: { text: 'pull request', index: 0 } } }] }],
      }],
    },
  };
  local only = [dashboard.link('Only this repository', 'issues', [['project', 'Project'], ['owner', 'Owner'], ['repo', 'Repository']])];
  local ages = [['1d', '1 day'], ['7d', '7 days'], ['30d', '30 days'], ['90d', '90 days'], ['365d', '1 year']];
  local reasons = [['completed', 'completed'], ['not_planned', 'not planned'], ['duplicate', 'duplicate'], ['unknown', 'no reason given']];
  local each(name, expr, unit='locale', decimals=0) =
    { name: name, expr: expr, unit: unit, properties: [{ id: 'decimals', value: decimals }] };
  local whole = panel.decimals(0) + panel.atLeast(4);
  local history = 'Made from the history in Prometheus: where that is shorter than the window, it covers what was seen since it began.';
  local wholeProject = 'It shows whole projects: the choice of owner and repository has no effect here.';
  local configured = "States are conditions that the exporter's configuration names.";
  local noStates = panel.empty('no states are configured'), noEvents = panel.empty('no events are configured');

  local overTime(title, description, metric) =
    panel.timeseries(title, '%s %s %s' % [description, exact.about, wholeProject], exact.projectLines(metric), unit='s', width=12)
    + panel.empty('none within the window');
  local inState(title, name, what) = panel.timeseries(
    title,
    '%s that are in each state, those of bots included. %s One that is in two states counts in both.' % [what, configured],
    [panel.range(items(promql.cluster + ['state'], kind(name)), cluster + '{{state}}')]
  ) + noStates + whole;
  local eventsOf(title, name, what) = panel.timeseries(
    title,
    "How often each event happened on %s, whoever did it. Events are what the exporter's configuration names: labels, reviews, comments that match a pattern and the like. Each bar is a day; that of today still grows." % what,
    [panel.days(daily('events', promql.cluster + ['event'], ['kind', 'event'], kind(name)), cluster + '{{event}}')],
    stacked=true,
    bars=true
  ) + noEvents + whole;

  dashboard.new(
    'issues',
    'Issues and label states',
    'How many issues come and go, how soon they are answered, and what waits in which state for how long.',
    [variables.project, variables.owner, variables.repo, variables.window],
    [
      panel.row('Now', [
        panel.stat(
          'Open',
          'Issues that are open now, those of bots included.',
          [panel.instant(issues('open', all), cluster)],
          unit='locale'
        ),
        panel.stat(
          'Opened within the window',
          'Issues that were opened within the window, those of bots included. ' + history,
          [panel.instant(grown('opened', all, 'author_kind'), cluster)],
          unit='locale',
          noValue='none'
        ),
        panel.stat(
          'Closed within the window',
          'Closings of issues within the window, for any reason. An issue that was reopened and closed again counts twice. ' + history,
          [panel.instant(grown('closed', all, 'reason'), cluster)],
          unit='locale',
          noValue='none'
        ),
        panel.stat(
          'Reopened within the window',
          'Reopenings of issues within the window. ' + history,
          [panel.instant(grown('reopened', all, 'author_kind'), cluster)],
          unit='locale',
          noValue='none'
        ),
        panel.stat(
          'Open for more than 30 days',
          'Open issues by humans that were created more than 30 days ago.',
          [panel.instant(older('30d', all), cluster)],
          unit='locale'
        ),
        panel.stat(
          'Open for more than a year',
          'Open issues by humans that were created more than 365 days ago.',
          [panel.instant(older('365d', all), cluster)],
          unit='locale'
        ),
      ]),

      panel.row('Coming and going', [
        panel.timeseries(
          'Opened each day',
          'Issues opened, by who opened them. Each bar is a day; that of today still grows.',
          [
            panel.days(daily('issues_opened', all, ['author_kind'], here + ['author_kind="%s"' % k]), '%sby %ss' % [cluster, k])
            for k in ['human', 'bot']
          ],
          width=8,
          stacked=true,
          bars=true
        ) + panel.colors({ 'by humans': 'blue', 'by bots': '#8f8f8f' }) + whole + panel.empty('no repositories'),
        panel.timeseries(
          'Closed each day',
          'Closings of issues, by the reason that was given. Old closings have none. Each bar is a day; that of today still grows.',
          [
            panel.days(daily('issues_closed', all, ['reason'], here + ['reason="%s"' % r[0]]), cluster + r[1])
            for r in reasons
          ],
          width=8,
          stacked=true,
          bars=true
        ) + panel.colors({ completed: 'green', 'not planned': 'yellow', duplicate: 'purple', 'no reason given': '#8f8f8f' }) + whole + panel.empty('no repositories'),
        panel.timeseries(
          'Open over time',
          'Issues that are open, those of bots included: the ten repositories with most of them at the end of the time range.',
          [panel.range(promql.top(10, 'github_dev_issues', promql.repo, here + ['state="open"']), dashboard.repoLegend)],
          width=8
        ) + whole + panel.empty('no repositories'),
      ]),

      panel.row('How long it takes', [
        panel.table(
          'Durations by project',
          "Times from an issue's creation to the first comment by a human who is not its author, and to each of its closings. Issues by bots are left out. %s %s A dash means that nothing ended within the window." % [exact.about, wholeProject],
          dashboard.projectColumns,
          exact.columns('Response', function(q) exact.project('issue_first_response', q))
          + exact.columns('Closing', function(q) exact.project('issue_close', q)),
          width=24,
          height=6
        ) + panel.dashes + panel.empty('no projects'),
        overTime('Time to the first response', "From an issue's creation to the first comment by a human who is not its author. Issues by bots are left out.", 'issue_first_response'),
        overTime('Time to the closing', "From an issue's creation to each of its closings. Issues by bots are left out.", 'issue_close'),
      ]),

      panel.row('How old open ones are', [
        panel.barGauge(
          'Open for longer than …',
          'Open issues by humans that were created longer ago than that. Each bar includes those below it: what is older than 7 days is older than 1 day too.',
          [panel.instant(older(a[0], all), cluster + '> ' + a[1]) for a in ages],
          width=8
        ) + panel.color('blue') + whole + panel.empty('no repositories'),
        panel.timeseries(
          'Open for a long time',
          'Open issues by humans that were created longer ago than that. The lines include one another.',
          [panel.range(older(a[0], all), cluster + '> ' + a[1]) for a in ages[1:]],
          width=8
        ) + whole + panel.empty('no repositories'),
        panel.timeseries(
          'Median age, oldest repositories',
          "Half of the repository's open issues by humans are older than this: the ten repositories where it is longest at the end of the time range.",
          [panel.range(promql.top(10, 'github_dev_issue_open_age_seconds', promql.repo, here + ['q="0.5"']), dashboard.repoLegend)],
          unit='s',
          width=8
        ) + panel.decimals(1) + panel.empty('none open'),
      ]),

      panel.row('States: what waits where', [
        inState('Pull requests in each state', 'pull_request', 'Pull requests'),
        inState('Issues in each state', 'issue', 'Issues'),
        panel.table(
          'States by project',
          'How many items are in each state now, and how long those by humans stayed in it that left it within the window. %s %s %s A dash means that none left it.' % [configured, exact.about, wholeProject],
          dashboard.projectColumns + [['kind', 'Kind'], ['state', 'State']],
          [each('Items now', items(promql.project + ['kind', 'state'], dashboard.matchProject))]
          + exact.columns('Stay', function(q) exact.project('state_dwell', q, ['kind', 'state'])),
          height=10,
          sortBy='Items now'
        ) + panel.dashes + noStates + kinds,
        panel.table(
          'States by repository',
          'How many items are in each state now, how long those by humans have been in it, and how long those stayed in it that left it within the window. p50: half are below; p90: 90 % are.',
          dashboard.repoColumns + [['kind', 'Kind'], ['state', 'State']],
          [each('Items now', items(promql.repo + ['kind', 'state']))]
          + exact.columns('Waiting for', function(q) promql.once(
            promql.series('github_dev_state_age_seconds', here + ['q="%s"' % q]),
            promql.repo + ['kind', 'state']
          ))
          + exact.columns('Stay', function(q) exact.repo('state_dwell', q, ['kind', 'state'])),
          height=10,
          sortBy='Items now'
        ) + panel.dashes + noStates + kinds + panel.linked('Repository', only),
      ]),

      panel.row('Events: what happens how often', [
        eventsOf('Events on pull requests each day', 'pull_request', 'pull requests'),
        eventsOf('Events on issues each day', 'issue', 'issues'),
        panel.barGauge(
          'How often each merged pull request had them',
          'Mean number of each event that a pull request by a human had, over those that were merged within the window: retests and rebases are time that somebody waited. ' + history,
          [panel.instant(
            'sort_desc(%s)' % histogram.mean('github_dev_pull_request_events', '$window', promql.cluster + ['event'], promql.repo + ['event'], here),
            cluster + '{{event}}'
          )],
          noValue='no events are configured',
          width=8,
          height=10
        ) + panel.color('blue') + panel.decimals(2),
        panel.table(
          'Who did what',
          "How often each account did each event within the window: the hundred highest figures. Only of events for which the configuration says by_author; other stands for all beyond a repository's first fifty.",
          dashboard.clusterColumns + [['author', 'Account'], ['kind', 'Kind'], ['event', 'Event']],
          [each('Times', 'topk(100, %s)' % promql.total(
            'github_dev_events_by_author',
            promql.cluster + ['author', 'kind', 'event'],
            promql.repo + ['kind', 'event', 'author'],
            here + ['window="$window"']
          ))],
          width=16,
          height=10,
          sortBy='Times'
        ) + kinds + panel.empty('no events are configured by author'),
      ]),

      panel.row('Labels and milestones', [
        panel.barGauge(
          'Open ones by label',
          "Open issues that have a label: the ten labels with most of them. An issue with two labels counts under both. Labels that the exporter's configuration does not list are together called other.",
          [panel.instant('topk(10, %s > 0)' % labeled('open', promql.cluster + ['label']), cluster + '{{label}}')],
          width=7,
          height=12,
          noValue='no labels'
        ) + panel.color('blue') + whole + panel.empty('no repositories'),
        panel.table(
          'Issues by label',
          'How many issues have a label now, by their state.',
          dashboard.clusterColumns + [['label', 'Label']],
          [each('Open', labeled('open', promql.cluster + ['label'])), each('Closed', labeled('closed', promql.cluster + ['label']))],
          width=6,
          height=12,
          sortBy='Open'
        ) + panel.dashes + panel.empty('no labels'),
        panel.table(
          'Open milestones',
          'Issues of the milestones that are open, by state. The exporter has figures of milestones only if it is started with --collector.milestones.',
          dashboard.repoColumns + [['milestone', 'Milestone']],
          [each('Open', milestones('open')), each('Closed', milestones('closed'))],
          width=11,
          height=12,
          sortBy='Open'
        ) + panel.empty('no milestones are exported'),
      ]),
    ]
  )
