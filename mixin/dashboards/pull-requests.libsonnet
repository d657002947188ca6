// How do pull requests flow: how many, how long, where do they wait?
local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local exact = (import '../lib/exact.libsonnet')(config);
  local histogram = (import '../lib/histogram.libsonnet')(config);
  local variables = dashboard.variables;

  local here = dashboard.matchRepo, all = promql.cluster;
  local cluster = dashboard.clusterLegend;
  local humans = ['author_kind="human"'], bots = ['author_kind="bot"'];

  // Gauges and counters of pull requests, each repository once, summed up to labels.
  local prs(state, labels) = promql.total('github_dev_pull_requests', labels, promql.repo + ['state'], here + ['state="%s"' % state]);
  local drafts(labels) = promql.total('github_dev_pull_requests_draft', labels, promql.repo, here);
  local older(age, labels) = promql.total('github_dev_pull_requests_open_older_than', labels, promql.repo + ['age'], here + ['age="%s"' % age]);
  // Of the chosen projects the one with the most merged ones at the end of the time range.
  local busiest = 'topk(1, sum by %s (%s))' % [
    promql.list(promql.project),
    promql.once(promql.series('github_dev_pull_requests', here + ['state="merged"']) + ' @ end()', promql.repo),
  ];
  local grown(what, labels, matchers=[]) =
    promql.growthSeen('github_dev_pull_requests_%s_total' % what, '$window', labels, promql.repo + ['author_kind'], here + matchers);
  local daily(metric, labels, own, matchers) =
    promql.daily('github_dev_pull_%s_total' % metric, labels, promql.repo + own, here + matchers);
  local weekly(what, matchers) =
    promql.weekly('github_dev_pull_requests_%s_total' % what, all, promql.repo + ['author_kind'], here + matchers);
  local mean(metric, labels) = histogram.mean('github_dev_pull_request_' + metric, '$window', labels, promql.repo, here);

  local history = 'Made from the history in Prometheus: where that is shorter than the window, it covers what was seen since it began.';
  local labeled(state, labels) =
    promql.total('github_dev_pull_requests_labeled', labels, promql.repo + ['state', 'label'], here + ['state="%s"' % state]);
  local means(title, about, metric) = panel.timeseries(
    title,
    about + ' Mean over the pull requests by humans that were merged within the window before each point. ' + history,
    [panel.range(mean(metric, promql.project), dashboard.projectLegend)],
    width=8
  ) + panel.empty('none');

  local grey = '#8f8f8f', authors = panel.colors({ 'by humans': 'blue', 'by bots': grey });
  local only = [dashboard.link('Only this repository', 'pull-requests', [['project', 'Project'], ['owner', 'Owner'], ['repo', 'Repository']])];
  local stages = [
    ['coding', 'Coding', 'light-blue'],
    ['draft', 'Draft', 'super-light-purple'],
    ['pickup', 'Waiting for review', 'orange'],
    ['review', 'Review', 'green'],
    ['merge_wait', 'Waiting for merge', 'yellow'],
    ['deploy', 'Waiting for deployment', 'purple'],
  ];
  local ages = [['1d', '1 day'], ['7d', '7 days'], ['30d', '30 days'], ['90d', '90 days'], ['365d', '1 year']];

  local overTime(title, description, metric) =
    panel.timeseries(title, description + ' ' + exact.about, exact.projectLines(metric), unit='s', width=8)
    + panel.empty('none within the window');
  local each(name, expr, unit='locale', decimals=0) =
    { name: name, expr: expr, unit: unit, properties: [{ id: 'decimals', value: decimals }] };
  local whole = panel.decimals(0) + panel.atLeast(4);
  local wholeProject = 'It shows whole projects: the choice of owner and repository has no effect here.';

  dashboard.new(
    'pull-requests',
    'Pull-request flow',
    'How many pull requests come and go, how long they take, and where they wait.',
    [variables.project, variables.owner, variables.repo, variables.window],
    [
      panel.row('Now', [
        panel.stat(
          'Open',
          'Pull requests that are open now, drafts and those of bots included.',
          [panel.instant(prs('open', all), cluster)]
        ),
        panel.stat('Drafts', 'Open pull requests that are drafts: nobody has been asked to review them yet.', [panel.instant(drafts(all), cluster)]),
        panel.stat(
          'Open for more than 7 days',
          'Open pull requests by humans for which reviewers could have started more than seven days ago. Drafts are left out.',
          [panel.instant(older('7d', all), cluster)]
        ),
        panel.stat(
          'Merged within the window',
          'Pull requests that were merged within the window, those of bots included. ' + history,
          [panel.instant(grown('merged', all), cluster)],
          noValue='none'
        ),
        panel.stat(
          'Merged without a review',
          'Share of the pull requests by humans merged within the window that no human but the author had reviewed. ' + history,
          [panel.instant(promql.share(grown('merged_unreviewed', all, humans), grown('merged', all, humans)), cluster)],
          unit='percentunit',
          decimals=1,
          noValue='none merged'
        ),
        panel.stat(
          'Reverted',
          'Pull requests reverted within the window, as a share of those merged within it: a merged pull request counts as reverted when another one that reverts it is merged. ' + history,
          [panel.instant(promql.share(grown('reverted', all), grown('merged', all)), cluster)],
          unit='percentunit',
          decimals=1,
          noValue='none merged'
        ),
      ]),

      panel.row('How long pull requests take, by project', [
        panel.table(
          'Durations by project',
          'Times from when reviewers could start (the opening, or the first time that a draft was made ready) to the first answer by a human who is not the author, the first review, the first approval, the merge, and the closing without a merge. Pull requests by bots are left out. %s %s A dash means that nothing ended within the window.' % [exact.about, wholeProject],
          dashboard.projectColumns,
          std.flatMap(
            function(d) exact.columns(d[1], function(q) exact.project('pull_request_' + d[0], q)),
            [
              ['first_response', 'First response'],
              ['first_review', 'First review'],
              ['first_approval', 'First approval'],
              ['merge', 'Merge'],
              ['close', 'Close'],
            ]
          ),
          height=5
        ) + panel.dashes + panel.empty('no projects'),
        overTime('Time to the first response', 'From when reviewers could start to the first comment or review by a human who is not the author.', 'pull_request_first_response'),
        overTime('Time to the first review', 'From when reviewers could start to the first review by a human who is not the author.', 'pull_request_first_review'),
        overTime('Time to the first approval', 'From when reviewers could start to the first approval by a human who is not the author.', 'pull_request_first_approval'),
        overTime('Time to the merge', 'From when reviewers could start to the merge.', 'pull_request_merge'),
        overTime('Time to a closing without a merge', 'From when reviewers could start to each closing without a merge: how long work took that was given up.', 'pull_request_close'),
        panel.timeseries(
          'Time to the first review, slowest repositories',
          'Median wait for the first review by a human who is not the author, of the ten repositories where it is longest at the end of the time range.',
          exact.slowest('pull_request_first_review'),
          unit='s',
          width=8
        ) + panel.empty('none within the window'),
      ]),

      panel.row('Where the time goes', [
        panel.timeseries(
          'Time in each stage',
          'Median time that merged pull requests by humans spent in each stage, stacked. Coding: from the first commit to the opening. Draft: until ready for review, only of those opened as drafts. Then until the first review, from there to the last approval, to the merge, and to the deployment to production. Medians do not sum exactly: the top edge is not the median of the whole time. Of the project with the most merged pull requests among those chosen, since medians of several cannot be put together.',
          [
            panel.range(
              '%s\nand on %s\n%s' % [
                exact.project('change_stage', '0.5', matchers=['stage="%s"' % s[0]]),
                promql.list(promql.project),
                busiest,
              ],
              dashboard.projectLegend + ': ' + s[1]
            )
            for s in stages
          ],
          unit='s',
          width=24,
          height=9,
          stacked=true
        ) + panel.colorsInOrder([s[2] for s in stages]) + panel.empty('nothing merged within the window'),
        panel.table(
          'Median time in each stage, by repository',
          'Median time that merged pull requests by humans spent in each stage within the window. A dash means that none did: no drafts, no reviews, or no deployments.',
          dashboard.repoColumns,
          [
            { name: s[1], expr: exact.repo('change_stage', '0.5', matchers=['stage="%s"' % s[0]]), unit: 's', properties: [{ id: 'decimals', value: 1 }] }
            for s in stages
          ],
          sortBy='Waiting for review'
        ) + panel.dashes + panel.empty('nothing merged within the window') + panel.linked('Repository', only),
      ]),

      panel.row('Coming and going', [
        panel.timeseries(
          'Opened each day',
          'Pull requests opened, by who opened them. Each bar is a day; that of today still grows.',
          [
            panel.days(daily('requests_opened', all, ['author_kind'], humans), cluster + 'by humans'),
            panel.days(daily('requests_opened', all, ['author_kind'], bots), cluster + 'by bots'),
          ],
          width=8,
          stacked=true,
          bars=true
        ) + authors + whole + panel.empty('no repositories'),
        panel.timeseries(
          'Merged or closed each day',
          'Pull requests merged, by who had opened them, and closed without a merge. Each bar is a day; that of today still grows.',
          [
            panel.days(daily('requests_merged', all, ['author_kind'], humans), cluster + 'merged, by humans'),
            panel.days(daily('requests_merged', all, ['author_kind'], bots), cluster + 'merged, by bots'),
            panel.days(daily('requests_closed', all, ['author_kind'], []), cluster + 'closed without a merge'),
          ],
          width=8,
          stacked=true,
          bars=true
        ) + panel.colors({ 'merged, by humans': 'purple', 'merged, by bots': grey, 'closed without a merge': 'orange' }) + whole + panel.empty('no repositories'),
        panel.timeseries(
          'Open over time',
          'Pull requests that are open, those of bots included: drafts, and those that are ready for review.',
          [
            panel.range('%s - %s' % [prs('open', all), drafts(all)], cluster + 'ready for review'),
            panel.range(drafts(all), cluster + 'drafts'),
          ],
          width=8,
          stacked=true
        ) + whole + panel.empty('no repositories'),
      ]),

      panel.row('How long open ones have been waiting', [
        panel.barGauge(
          'Open for longer than …',
          'Open pull requests by humans, drafts left out, for which reviewers could have started longer ago than that. Each bar includes those below it: what is older than 7 days is older than 1 day too.',
          [panel.instant(older(a[0], all), cluster + '> ' + a[1]) for a in ages],
          width=8
        ) + panel.color('blue') + whole + panel.empty('no repositories'),
        panel.timeseries(
          'Open for a long time',
          'Open pull requests by humans, drafts left out, that have been waiting for longer than that. The lines include one another.',
          [panel.range(older(a[0], all), cluster + '> ' + a[1]) for a in ages[1:4]],
          width=8
        ) + whole + panel.empty('no repositories'),
        panel.timeseries(
          'Median age, oldest repositories',
          "Half of the repository's open pull requests by humans have been ready for review for longer than this. Drafts are left out. The ten repositories where it is longest at the end of the time range.",
          [panel.range(promql.top(10, 'github_dev_pull_request_open_age_seconds', promql.repo, here + ['q="0.5"']), dashboard.repoLegend)],
          unit='s',
          width=8
        ) + panel.empty('none open'),
      ]),

      panel.row('Reviews and size', [
        panel.timeseries(
          'Reviews each day',
          "Reviews submitted, by the state in which they were, and dismissals. Those by humans, the author's own too, and all of bots together.",
          [
            panel.days(daily('request_reviews', all, ['state', 'author_kind'], humans + ['state="%s"' % s]), cluster + std.strReplace(s, '_', ' '))
            for s in ['approved', 'changes_requested', 'commented', 'dismissed']
          ] + [panel.days(daily('request_reviews', all, ['state', 'author_kind'], bots), cluster + 'by bots')],
          width=8,
          stacked=true,
          bars=true
        ) + panel.colors({ approved: 'green', 'changes requested': 'orange', commented: 'blue', dismissed: 'purple', 'by bots': grey }) + whole + panel.empty('no repositories'),
        panel.timeseries(
          'Comments each day',
          "Comments on pull requests: in the conversation, and on lines in reviews. Those by humans, the author's own too, and all of bots together.",
          [
            panel.days(daily('request_comments', all, ['kind', 'author_kind'], humans + ['kind="%s"' % k]), '%s%s by humans' % [cluster, k])
            for k in ['conversation', 'review']
          ] + [panel.days(daily('request_comments', all, ['kind', 'author_kind'], bots), cluster + 'by bots')],
          width=8,
          stacked=true,
          bars=true
        ) + panel.colors({ 'conversation by humans': 'blue', 'review by humans': 'green', 'by bots': grey }) + whole + panel.empty('no repositories'),
        panel.barGauge(
          'Share of merged ones up to a size',
          'Share of the pull requests by humans merged within the window that added and deleted no more lines than this. Bounds within which all stayed are left out. ' + history,
          [
            panel.instant(share[0], '%sup to %s lines' % [cluster, share[1]])
            for share in histogram.shares('github_dev_pull_request_size_lines', '$window', all, promql.repo, [10, 30, 100, 500, 1000, 5000], here)
          ],
          unit='percentunit',
          width=8,
          noValue='none'
        ) + panel.max(1) + panel.color('blue'),
        means('Mean size', 'Lines added and deleted.', 'size_lines'),
        means('Mean number of commits', 'Commits of a pull request at its merge.', 'commits'),
        means('Mean number of review rounds', 'How often a review that asked for something was followed by a push, between the first review and the last approval. Only of those that were approved.', 'review_rounds'),
      ]),

      panel.row('Labels', [
        panel.barGauge(
          'Open ones by label',
          "Open pull requests that have a label: the ten labels with most of them. A pull request with two labels counts under both. Labels that the exporter's configuration does not list are together called other.",
          [panel.instant('topk(10, %s > 0)' % labeled('open', promql.cluster + ['label']), cluster + '{{label}}')],
          width=12,
          height=12,
          noValue='no labels'
        ) + panel.color('blue'),
        panel.table(
          'Pull requests by label',
          'How many pull requests have a label now, by their state. Closed means closed without a merge.',
          dashboard.clusterColumns + [['label', 'Label']],
          [
            { name: s[1], expr: labeled(s[0], promql.cluster + ['label']), unit: 'locale' }
            for s in [['open', 'Open'], ['merged', 'Merged'], ['closed', 'Closed']]
          ],
          width=12,
          height=12,
          sortBy='Open'
        ) + panel.dashes + panel.empty('no labels'),
      ]),

      panel.row('What went around the review', [
        panel.timeseries(
          'Merged without a review, each week',
          'Pull requests that no human but their author had reviewed when they were merged, by who opened them. Each bar is seven days; the last one still grows.',
          [
            panel.weeks(weekly('merged_unreviewed', humans), cluster + 'by humans'),
            panel.weeks(weekly('merged_unreviewed', bots), cluster + 'by bots'),
          ],
          stacked=true,
          bars=true
        ) + authors + whole + panel.empty('no repositories'),
        panel.timeseries(
          'Reverted, each week',
          'Merged pull requests that a later one reverted, by who had opened the reverted ones. They count in the week of the revert. Each bar is seven days; the last one still grows.',
          [
            panel.weeks(weekly('reverted', humans), cluster + 'by humans'),
            panel.weeks(weekly('reverted', bots), cluster + 'by bots'),
          ],
          stacked=true,
          bars=true
        ) + authors + whole + panel.empty('no repositories'),
      ]),

      panel.row('By repository', [
        panel.table(
          'Repositories',
          'Each repository at the end of the time range. More than 7 and 30 days: open by humans, drafts left out, and ready for longer than that. Review: the time to the first review. Merged, unreviewed and size are of the window, as far as the history in Prometheus reaches back; durations are exact. A dash means that there was nothing of the kind.',
          dashboard.repoColumns,
          [
            each('Open', prs('open', promql.repo)),
            each('Drafts', drafts(promql.repo)),
            each('> 7 days', older('7d', promql.repo)),
            each('> 30 days', older('30d', promql.repo)),
            each('Merged', grown('merged', promql.repo)),
            each('Unreviewed', promql.share(grown('merged_unreviewed', promql.repo, humans), grown('merged', promql.repo, humans)), 'percentunit', 1),
            each('Mean lines', mean('size_lines', promql.repo)),
          ]
          + exact.columns('Review', function(q) exact.repo('pull_request_first_review', q))
          + exact.columns('Merge', function(q) exact.repo('pull_request_merge', q)),
          height=10,
          sortBy='Open'
        ) + panel.dashes + panel.empty('no repositories') + panel.linked('Repository', only),
      ]),
    ]
  )
