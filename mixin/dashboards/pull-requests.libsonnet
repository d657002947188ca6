local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  dashboard.new('pull-requests', 'Pull-request flow', '', [dashboard.variables.project], [])
