// What the budgets of GitHub's tokens are used for.
local rule = import '../lib/rule.libsonnet';

function(config)
  local promql = (import '../lib/promql.libsonnet')(config);
  local histogram = (import '../lib/histogram.libsonnet')(config);
  local budget(metric) = promql.once(promql.series('github_dev_ratelimit_' + metric), promql.identity);
  local requests(labels, matchers=[]) =
    'sum by %s (rate(%s[5m]))' % [promql.list(labels), promql.series('github_dev_api_requests_total', matchers)];
  local token = promql.cluster + ['token'], api = promql.cluster + ['api'];

  rule.group(
    'github-dev-tokens',
    config.ruleInterval,
    [
      rule.record(
        'identity_resource:github_dev_ratelimit_used_ratio:max',
        promql.identity,
        'Share of the budget that an identity has used in the current window, from 0 to 1. Tokens of one user share one budget, so the figure is taken once for each identity. Absent on servers without rate limits.',
        promql.ratio(budget('used'), budget('limit'))
      ),
      rule.record(
        'identity_resource:github_dev_ratelimit_predicted_used_ratio:max',
        promql.identity,
        'Share of the budget that an identity will have used when the window ends, if it goes on as in the last quarter of an hour: above 1 the budget will not last. After the start of a window it only has what is used already, until the old window has left that quarter of an hour.',
        promql.ratio(
          '(%s + clamp_min(%s, 0) * clamp_min(%s - time(), 0))' % [
            budget('used'),
            promql.once('deriv(%s[15m])' % promql.series('github_dev_ratelimit_used'), promql.identity),
            budget('reset_timestamp_seconds'),
          ],
          budget('limit')
        )
      ),
      rule.record(
        'token_api:github_dev_api_requests:rate5m',
        token + ['api'],
        'Requests a second that are sent to GitHub with a token, by REST and GraphQL. Each replica sends its own: they add up.',
        requests(token + ['api'])
      ),
      rule.record(
        'token_api:github_dev_api_requests_failed_ratio:rate5m',
        token + ['api'],
        'Share of the requests that brought nothing or not all that was asked for, from 0 to 1: all but those whose outcome is 2xx, 3xx or 304. Refusals for a rate limit are among them. Absent while nothing is asked.',
        promql.share(
          requests(token + ['api'], ['outcome!~"2xx|3xx|304"']),
          promql.recorded('token_api:github_dev_api_requests:rate5m')
        )
      ),
      rule.record(
        'token:github_dev_api_points:rate1h',
        token,
        "Points of GitHub's GraphQL budget that the exporter spends with a token, per second over the last hour; 3600 times as much is an hour's. What others spend with the same identity is not in it.",
        'sum by %s (rate(%s[1h]))' % [promql.list(token), promql.series('github_dev_api_points_total')]
      ),
      rule.record(
        'api:github_dev_api_request_duration_seconds:quantile5m',
        api + ['q'],
        "How long GitHub takes to answer, as quantiles `q` of the last five minutes' requests in seconds, over all tokens and replicas. Made from a histogram, so that it is as exact as its buckets. Absent while nothing is asked.",
        histogram.rateQuantiles('github_dev_api_request_duration_seconds', '5m', api)
      ),
    ],
    'Tokens, rate limits and requests',
    'Budgets belong to identities (a user, or an App on an account), requests to tokens. What an exporter counts of its own requests starts anew with it.'
  )
