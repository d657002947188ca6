// Helpers for those who use the mixin: add them behind it.
//
//   local overrides = import 'overrides.libsonnet';
//   (import 'mixin.libsonnet')
//   + overrides.dropAlerts(['GitHubDevReviewBacklog'])
//   + overrides.patchAlert('GitHubDevSyncStale', { 'for': '2h' })
local mapAlerts(f) = {
  prometheusAlerts+:: {
    groups: [
      group { rules: std.flatMap(f, group.rules) }
      for group in super.groups
    ],
  },
};
local known(mixin, name) = std.member([rule.alert for group in mixin.prometheusAlerts.groups for rule in group.rules], name);

{
  // Leaves alerts out, of every severity. An unknown name is an error.
  dropAlerts(names):: {
    assert std.all([known(super, name) for name in names]) : 'dropAlerts: unknown alert among ' + std.join(', ', names),
  } + mapAlerts(function(rule) if std.member(names, rule.alert) then [] else [rule]),

  // Changes an alert by a patch: its fields replace the alert's, fields ending
  // in + are added to it. severity limits the change to one of several.
  patchAlert(name, patch, severity=null)::
    mapAlerts(function(rule)
      if rule.alert == name && (severity == null || rule.labels.severity == severity) then [rule + patch] else [rule]),
}
