local rule = import '../lib/rule.libsonnet';

function(config) { name: 'github-dev-delivery', rules: [] }
