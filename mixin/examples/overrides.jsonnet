// Without some alerts, and with others changed.
local overrides = import '../overrides.libsonnet';

(import '../mixin.libsonnet')
+ overrides.dropAlerts(['GitHubDevPullRequestsOld', 'GitHubDevMergeQueueStuck'])
// No page for workflows: the warning remains.
+ overrides.dropAlerts(['GitHubDevWorkflowFailing'], severity='critical')
+ overrides.patchAlert('GitHubDevLeadTimeHigh', {
  'for': '1d',
  annotations+: { dashboard: 'https://grafana.example.com/d/github-dev-dora' },
})
