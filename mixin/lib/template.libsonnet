// Parts of an alert's description: names as the config calls their labels. A
// function of _config.
function(config)
  local label(name) = '{{ $labels.%s }}' % name;
  local where = if config.multiCluster then ' in cluster ' + label(config.clusterLabel) else '';
  {
    label:: label,

    // Behind what is not a project's or a repository's.
    where: where,

    project: 'project ' + label(config.projectLabel) + where,

    // A repository's name, and that of the project where its figures are only
    // exported as a whole.
    repo: '{{ if $labels.%s }}%s/%s{{ else }}%s{{ end }}%s' % [
      config.repoLabel,
      label(config.ownerLabel),
      label(config.repoLabel),
      'project ' + label(config.projectLabel),
      where,
    ],

    value: '{{ $value }}',
    duration: '{{ $value | humanizeDuration }}',
    percentage: '{{ $value | humanizePercentage }}',
  }
