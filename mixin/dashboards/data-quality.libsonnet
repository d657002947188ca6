local panel = import '../lib/panel.libsonnet';

function(config)
  local dashboard = (import '../lib/dashboard.libsonnet')(config);
  dashboard.new('data-quality', 'Data quality', '', [dashboard.variables.project], [])
