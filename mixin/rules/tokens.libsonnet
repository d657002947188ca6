// What the budgets of GitHub's tokens are used for.
local rule = import '../lib/rule.libsonnet';

function(config)
  local promql = (import '../lib/promql.libsonnet')(config);
  rule.group('github-dev-tokens', config.ruleInterval, [
    rule.record(
      'identity_resource:github_dev_ratelimit_used_ratio:max',
      'Share of the budget that an identity has used in the current window, from 0 to 1. Tokens of one user share one budget, so the figure is taken once for each identity.',
      promql.ratio(
        promql.once(promql.series('github_dev_ratelimit_used'), promql.identity),
        promql.once(promql.series('github_dev_ratelimit_limit'), promql.identity)
      )
    ),
  ])
