// Helpers for those who use the mixin: add them behind it.
//
//   local overrides = import 'overrides.libsonnet';
//   (import 'mixin.libsonnet')
//   + overrides.dropAlerts(['GitHubDevPullRequestsOld'])
//   + overrides.patchAlert('GitHubDevSyncStale', { 'for': '2h' }, severity='critical')
//
// Thresholds need none of them: they are in _config. A name that no alert or group
// has is an error, so that nothing is overridden in vain after a change of the mixin.

// Names as a message lists them.
local listed(names) = std.join(', ', std.set(names));

// Fails unless all of names are among those that exist.
local checked(helper, what, names, existing, result) =
  local unknown = [name for name in names if !std.member(existing, name)];
  if unknown == [] then result
  else error '%s: no %s %s; there are %s' % [helper, what, listed(unknown), listed(existing)];

// Changes the groups of alerts. check(groups, result) gives result, or an error; edit
// gives the rules that one rule becomes. A group without rules is left out.
local editAlerts(check, edit) = {
  prometheusAlerts+:: {
    local before = super.groups,
    groups: check(before, [
      group { rules: std.flatMap(function(rule) edit(group.name, rule), group.rules) }
      for group in before
      if std.any([edit(group.name, rule) != [] for rule in group.rules])
    ]),
  },
};

local alertsOf(groups) = std.flatMap(function(group) [rule.alert for rule in group.rules], groups);
local groupsOf(groups) = [group.name for group in groups];
local severitiesOf(groups, name) = [rule.labels.severity for group in groups for rule in group.rules if rule.alert == name];

{
  // Leaves alerts out, in every severity or in one.
  dropAlerts(names, severity=null):: editAlerts(
    function(groups, result)
      checked('dropAlerts', 'alert', names, alertsOf(groups), if severity == null then result else std.foldr(
        function(name, result) checked('dropAlerts', 'severity of ' + name, [severity], severitiesOf(groups, name), result),
        names,
        result
      )),
    function(group, rule)
      if std.member(names, rule.alert) && (severity == null || rule.labels.severity == severity) then [] else [rule]
  ),

  // Leaves whole groups out: 'github-dev-flow'.
  dropGroups(names):: editAlerts(
    function(groups, result) checked('dropGroups', 'group', names, groupsOf(groups), result),
    function(group, rule) if std.member(names, group) then [] else [rule]
  ),

  // Changes an alert by a patch: its fields replace the alert's, fields that end in +
  // are added to it, as in { labels+: { page: 'false' } }. With severity only the
  // alert of that one is changed.
  patchAlert(name, patch, severity=null):: editAlerts(
    function(groups, result)
      checked('patchAlert', 'alert', [name], alertsOf(groups), if severity == null then result else
        checked('patchAlert', 'severity of ' + name, [severity], severitiesOf(groups, name), result)),
    function(group, rule)
      if rule.alert == name && (severity == null || rule.labels.severity == severity) then [rule + patch] else [rule]
  ),

  // Changes every alert of a group by a patch: { labels+: { team: 'delivery' } }.
  patchGroup(name, patch):: editAlerts(
    function(groups, result) checked('patchGroup', 'group', [name], groupsOf(groups), result),
    function(group, rule) if group == name then [rule + patch] else [rule]
  ),
}
