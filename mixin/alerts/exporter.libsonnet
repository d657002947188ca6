// Alerts about the exporter's process and its mirror.
local rule = import '../lib/rule.libsonnet';

function(config)
  local promql = (import '../lib/promql.libsonnet')(config);
  {
    name: 'github-dev-exporter',
    rules: [
      rule.alert(
        config,
        'GitHubDevExporterDown',
        'critical',
        '%s == 0' % promql.up,
        '5m',
        'github-dev-exporter cannot be scraped.',
        'Prometheus has not been able to scrape {{ $labels.instance }} for 5 minutes: figures stand still and no other alert of the exporter can fire.'
      ),
    ],
  }
