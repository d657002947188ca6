// Alerts about the flow of pull requests. They are a team's own figures, so that
// none of them is critical: nobody is to be woken by one.
local duration = import '../lib/duration.libsonnet';
local rule = import '../lib/rule.libsonnet';

function(config)
  local gauges = (import '../lib/gauges.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local template = (import '../lib/template.libsonnet')(config);
  local t = config.thresholds;
  // The share of what is above a quantile, in percent.
  local beyond(quantile) = 100 * (1 - std.parseJson(quantile));

  local latest(metric, matchers=[]) = gauges.latest(metric, promql.repo, matchers);
  local olderThan(age) = latest('github_dev_pull_requests_open_older_than', ['age="%s"' % age]);
  // gauges.unarchived gives the parentheses.
  local perProject(expr) = 'sum by %s %s' % [promql.list(promql.project), gauges.unarchived(expr)];
  local ages = ['1d', '7d', '30d', '90d', '365d'];
  local checked(key) =
    if std.member(ages, t[key]) then t[key]
    else error 'thresholds.%s is %s, but the exporter counts by the ages %s' % [key, t[key], std.join(', ', ages)];
  local backlog = perProject(olderThan(checked('reviewBacklogAge')));
  local reviewable = perProject('%s\n- %s' % [
    latest('github_dev_pull_requests', ['state="open"']),
    latest('github_dev_pull_requests_draft'),
  ]);

  {
    name: 'github-dev-flow',
    rules: [
      rule.alert(
        config,
        'GitHubDevReviewBacklog',
        'warning',
        '%s >= %g\nand\n%s > %g' % [
          backlog,
          t.reviewBacklog,
          promql.ratio(backlog, reviewable),
          t.reviewBacklogRatio,
        ],
        t.reviewBacklogFor,
        'Pull requests wait for a long time.',
        '%s pull requests of %s have been open for more than %s, more than %g %% of all that could be reviewed. Look at the oldest ones first: review them, or close what nobody will finish.' % [
          template.value,
          template.project,
          duration.words(t.reviewBacklogAge),
          100 * t.reviewBacklogRatio,
        ]
      ),
      rule.alert(
        config,
        'GitHubDevPullRequestsOld',
        'info',
        '%s > %d\nand\n%s >= %g' % [
          gauges.unarchived(latest('github_dev_pull_request_open_age_seconds', ['q="%s"' % t.openAgeQuantile])),
          t.openAge,
          olderThan(checked('openAgeBacklogAge')),
          t.openAgeBacklog,
        ],
        t.openAgeFor,
        'The oldest pull requests of a repository are very old.',
        '%g %% of the open pull requests in %s are older than %s. Go through the oldest ones: finish, close or convert them to drafts.' % [
          beyond(t.openAgeQuantile),
          template.repo,
          template.duration,
        ]
      ),
      rule.alert(
        config,
        'GitHubDevFirstReviewSlow',
        'warning',
        '%s > %d' % [
          gauges.latest(
            'github_dev_project_pull_request_first_review_quantile_seconds',
            promql.project,
            ['window="%s"' % config.window, 'q="%s"' % t.firstReviewQuantile]
          ),
          t.firstReview,
        ],
        t.firstReviewFor,
        'Pull requests wait long for their first review.',
        '%g %% of the pull requests of %s that got their first review in the last %s had waited for it for more than %s. See which repositories they are in, and who is asked to review there.' % [
          beyond(t.firstReviewQuantile),
          template.project,
          duration.words(config.window),
          template.duration,
        ]
      ),
      rule.alert(
        config,
        'GitHubDevMergeQueueStuck',
        'warning',
        '%s > 0\nand\n%s == 0' % [
          latest('github_dev_merge_queue_entries'),
          promql.increase('github_dev_pull_requests_merged_total', t.mergeQueueQuiet, promql.repo, promql.repo + ['author_kind']),
        ],
        t.mergeQueueFor,
        'A merge queue has entries, and nothing is merged.',
        'The merge queue of %s has not been empty for %s, with %s in it now, and nothing at all is merged there. Open the queue on GitHub and see what its first entry waits for.' % [
          template.repo,
          duration.words(t.mergeQueueFor),
          template.value,
        ]
      ),
    ],
  }
