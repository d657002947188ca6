local rule = import '../lib/rule.libsonnet';

function(config)
  rule.group('github-dev-flow', config.ruleInterval, [])
