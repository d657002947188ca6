local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  dashboard.new('issues', 'Issues and label states', '', [dashboard.variables.project], [])
