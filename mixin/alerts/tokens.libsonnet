// Alerts about tokens and their budgets. A budget is an identity's: two tokens
// of one user, and two replicas of the exporter, have one. A server without rate
// limits has no budgets, so that nothing fires for them.
local duration = import '../lib/duration.libsonnet';
local rule = import '../lib/rule.libsonnet';

function(config)
  local gauges = (import '../lib/gauges.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local template = (import '../lib/template.libsonnet')(config);
  local t = config.thresholds;
  local token = promql.cluster + ['token'];

  // A restart or a missed scrape neither ends an alert nor starts its `for` anew.
  local latest = gauges.recent;
  local resources = ['resource=~"%s"' % t.tokenResources];
  local remaining = latest('github_dev_ratelimit_remaining', resources);
  local limit = latest('github_dev_ratelimit_limit', resources);
  local used = latest('github_dev_ratelimit_used', resources);
  local reset = latest('github_dev_ratelimit_reset_timestamp_seconds', resources);

  // A figure of a budget whose window has ended is of no use any more: it is whole
  // again, only nobody has asked yet. Within a window the use only grows, so that of
  // replicas that know different figures of a budget the highest use is right.
  local ofOpenWindows(expr, aggregation) = '%s by %s (\n%s\nand\n%s > time()\n)' % [
    aggregation,
    promql.list(promql.identity),
    expr,
    reset,
  ];
  // Replicas may have different files: the first that is to be exchanged counts.
  local expiry(offset) = gauges.over('min', token, latest('github_dev_token_expiry_timestamp_seconds', [], offset));
  local budget = 'the %s budget of %s%s' % [template.label('resource'), template.label('identity'), template.where];
  local name = 'token %s%s' % [template.label('token'), template.where];

  {
    name: 'github-dev-tokens',
    rules: [
      rule.alert(
        config,
        'GitHubDevTokenBudgetExhausted',
        'warning',
        ofOpenWindows(
          '(%s <= %g or %s <= %s * %g)\nand\n%s <= %s * %g' % [
            remaining,
            t.tokenReserve,
            remaining,
            limit,
            t.tokenReserveRatio,
            remaining,
            limit,
            t.tokenReserveMost,
          ],
          'min'
        ),
        t.tokenExhaustedFor,
        'The budget of a GitHub token is used up.',
        'Only {{ $value | humanize }} requests or points are left of %s until its window ends. The exporter leaves so many to others: what it reads with this account alone stands still meanwhile. See which other programs spend it; if the exporter does, give it a token of another account too.' % budget
      ) + { keep_firing_for: t.tokenExhaustedKeep },
      rule.alert(
        config,
        'GitHubDevTokenBudgetExhausted',
        'critical',
        ofOpenWindows('%s == 0' % remaining, 'min'),
        t.tokenEmptyFor,
        'Nothing is left of the budget of a GitHub token.',
        '{{ $value | humanize }} requests or points are left of %s, and it has been so for %s: every program that uses this account is refused by GitHub. The exporter stops before that, so look for another program that spends it, and stop it.' % [
          budget,
          duration.words(t.tokenEmptyFor),
        ]
      ),
      rule.alert(
        config,
        'GitHubDevTokenBudgetRunsOut',
        'warning',
        '%s > 1' % ofOpenWindows(
          // used + what is used in the rest of the window, as fast as of late
          '(\n%s\n+ clamp_min(%s - %s, 0) / %d * (%s - time())\n) / %s\nand\n%s > %s * %g\nand\n%s - time() < %d' % [
            used,
            used,
            latest('github_dev_ratelimit_used', resources, 'offset ' + t.tokenPredictedOver),
            duration.seconds(t.tokenPredictedOver),
            reset,
            limit,
            used,
            limit,
            t.tokenPredictedFrom,
            reset,
            // GitHub's windows last an hour.
            3600 - duration.seconds(t.tokenPredictedOver),
          ],
          'max'
        ),
        t.tokenPredictedFor,
        'The budget of a GitHub token will be used up before its window ends.',
        'At the recent rate, {{ $value | humanizePercentage }} of %s will be used when its window ends. See who spends it, the exporter or other programs of this account, and spend less or add a token of another account.' % budget
      ),
      rule.alert(
        config,
        'GitHubDevSecondaryRateLimited',
        'warning',
        'sum by %s (increase(%s[1h])) >= %g' % [
          promql.list(token),
          promql.series('github_dev_secondary_limited_total'),
          t.secondaryLimits,
        ],
        '15m',
        "GitHub's secondary rate limits slow a token down.",
        "GitHub turned down {{ $value | printf \"%%.0f\" }} requests of %s in an hour because they came too fast, and the exporter pauses each time. Look for other programs that use this account at the same time: the exporter's own pace keeps within these limits." % name
      ),
      rule.alert(
        config,
        'GitHubDevTokenRefused',
        'warning',
        'min by %s (%s) == 0' % [promql.list(token), latest('github_dev_token_up')],
        t.tokenRefusedFor,
        'A GitHub token cannot be used.',
        'For %s, %s could not be used: GitHub refuses it, or its file or variable cannot be read. The status page says which. What other tokens may read is read with them; write another token into its file, and it is used without a restart.' % [
          duration.words(t.tokenRefusedFor),
          name,
        ]
      ),
      rule.alert(
        config,
        'GitHubDevTokenRefused',
        'critical',
        '%s > 0\nunless on %s\n%s > 0' % [
          gauges.over('count', promql.cluster, gauges.latest('github_dev_token_up', token)),
          promql.list(promql.cluster),
          gauges.over('max', promql.cluster, latest('github_dev_token_up')),
        ],
        t.tokenRefusedFor,
        'No GitHub token can be used.',
        'None of the tokens%s ({{ $value }}) could be used for %s: nothing is read from GitHub, and all figures stand still. The status page says why for each; write a new token into its file, and it is used without a restart.' % [
          template.where,
          duration.words(t.tokenRefusedFor),
        ]
      ),
    ] + [
      rule.alert(
        config,
        'GitHubDevTokenExpires',
        severity.name,
        // A token that was exchanged since yesterday is left out: it is by tomorrow again.
        '%s - time() < %d\nand\n%s == %s' % [
          expiry(''),
          duration.seconds(severity.expiry),
          expiry(''),
          expiry('offset ' + t.tokenExpirySettled),
        ],
        '1h',
        severity.summary,
        'The %s {{ if gt $value 0.0 }}expires in {{ $value | humanizeDuration }}{{ else }}has expired{{ end }}. Make a new one with the same permissions and write it into its file: it is used at once, without a restart.' % name
      )
      for severity in [
        { name: 'warning', expiry: t.tokenExpiry, summary: 'A GitHub token expires soon.' },
        { name: 'critical', expiry: t.tokenExpiryCritical, summary: 'A GitHub token expires within days.' },
      ]
    ],
  }
