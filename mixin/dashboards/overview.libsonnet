// How are the projects doing, at one glance?
local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local variables = dashboard.variables;
  dashboard.new(
    'overview',
    'Overview',
    'Issues, pull requests and delivery of all projects at one glance.',
    [variables.project],
    [
      panel.row('Now', [
        panel.stat(
          'Open pull requests',
          'Pull requests that are open now, drafts and those of bots included.',
          [panel.range('sum(%s)' % promql.once(promql.series('github_dev_pull_requests', dashboard.matchProject + ['state="open"']), promql.repo), '')],
        ),
      ]),
    ]
  )
