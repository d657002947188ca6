local rule = import '../lib/rule.libsonnet';

function(config)
  rule.group('github-dev-ci', config.ruleInterval, [])
