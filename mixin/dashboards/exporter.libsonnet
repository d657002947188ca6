local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  dashboard.new('exporter', 'Tokens and exporter', '', [dashboard.variables.project], [])
