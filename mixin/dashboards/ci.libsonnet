local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  dashboard.new('ci', 'CI and merge queue', '', [dashboard.variables.project], [])
