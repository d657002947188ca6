local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  dashboard.new('deployments', 'Releases and deployments', '', [dashboard.variables.project], [])
