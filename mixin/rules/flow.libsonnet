// How issues and pull requests of projects flow.
local rule = import '../lib/rule.libsonnet';

function(config)
  local promql = (import '../lib/promql.libsonnet')(config);
  local histogram = (import '../lib/histogram.libsonnet')(config);

  local record(metric, operation, keeps, about, expr) =
    rule.record('project:github_dev_%s:%s' % [metric, operation], promql.project + keeps, about, expr);

  // Counters, the label that is kept, and what they count.
  local counters = [
    ['pull_requests_opened', 'author_kind', 'Pull requests that humans and bots opened'],
    ['pull_requests_merged', 'author_kind', 'Pull requests that were merged, by whether humans or bots had opened them'],
    ['pull_requests_closed', 'author_kind', 'Closings of pull requests without a merge, by whether humans or bots had opened them'],
    ['pull_requests_reverted', 'author_kind', 'Merged pull requests that a later merged one reverted, at the time of the revert'],
    ['pull_requests_merged_unreviewed', 'author_kind', 'Pull requests that were merged without a review by a human who is not the author'],
    ['issues_opened', 'author_kind', 'Issues that humans and bots opened'],
    ['issues_closed', 'reason', 'Closings of issues by reason; an issue that is closed twice counts twice'],
  ];

  // Durations, what they are, and whether there is a mean.
  local durations = [
    ['pull_request_merge', 'Time from when reviewers could start on a pull request to its merge', true],
    ['pull_request_first_review', 'Time from when reviewers could start on a pull request to the first review by a human who is not the author', true],
    ['pull_request_first_response', 'Time from when reviewers could start on a pull request to the first comment or review by a human who is not the author', true],
    ['pull_request_first_approval', 'Time from when reviewers could start on a pull request to the first approval by a human who is not the author', false],
    ['issue_first_response', "Time from an issue's creation to the first comment by a human who is not its author", true],
    ['issue_close', "Time from an issue's creation to each of its closings", true],
  ];

  local increases = [
    record(
      counter[0],
      'increase' + window,
      [counter[1]],
      "%s, within the last day (`1d`) or week (`7d`): the totals now less those of then, summed up over the project's repositories. Where Prometheus's history does not reach back that far, it covers what was seen since it began." % counter[2],
      promql.growthSeen('github_dev_%s_total' % counter[0], window, promql.project + [counter[1]], promql.repo + [counter[1]])
    )
    for counter in counters
    for window in ['1d', '7d']
  ];

  local means = [
    record(
      duration[0] + '_seconds',
      'mean7d',
      [],
      "%s: the mean of those that ended within the last week, in seconds, over all of the project's repositories. A few that took very long raise a mean: the quantiles show what is usual. Without those that bots opened; absent while there were none. Where Prometheus's history does not reach back a week, it is the mean of those seen since it began." % duration[1],
      histogram.mean('github_dev_%s_seconds' % duration[0], '7d', promql.project, promql.repo)
    )
    for duration in durations
    if duration[2]
  ];

  local quantiles = [
    record(
      duration[0] + '_seconds',
      'quantile' + config.window,
      ['q'],
      "%s: the exporter's exact quantiles `q` of those that ended within the window, in seconds, over all of the project's repositories. Without those that bots opened; absent while there were none, and where the window is not among the exporter's `windows`." % duration[1],
      promql.once(
        promql.series('github_dev_project_%s_quantile_seconds' % duration[0], ['window="%s"' % config.window]),
        promql.project + ['q']
      )
    )
    for duration in durations
  ];

  local open = [
    record(
      kind + '_open',
      'sum',
      [],
      "%s that are open now, of humans and bots%s, summed up over the project's repositories." % {
        issues: ['Issues', ''],
        pull_requests: ['Pull requests', ' and with drafts'],
      }[kind],
      'sum by %s (%s)' % [
        promql.list(promql.project),
        promql.once(promql.series('github_dev_' + kind, ['state="open"']), promql.repo),
      ]
    )
    for kind in ['pull_requests', 'issues']
  ];

  rule.group(
    'github-dev-flow',
    config.ruleInterval,
    increases + means + quantiles + open,
    'Flow of issues and pull requests by project',
    'What comes in, what goes out and how long it takes. Counts tell humans and bots apart; durations leave out what bots opened, and bots never count as those who answer or review.'
  )
