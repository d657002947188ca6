// Labels for routing: what is wrong with the exporter goes to those who run it, what
// is about the team's own flow to the team.
local overrides = import '../overrides.libsonnet';

(import '../mixin.libsonnet')
+ { _config+:: { alertLabels: { team: 'platform' } } }
+ overrides.patchGroup('github-dev-flow', { labels+: { team: 'shop' } })
+ overrides.patchGroup('github-dev-ci', { labels+: { team: 'shop' } })
+ overrides.patchGroup('github-dev-delivery', { labels+: { team: 'shop' } })
