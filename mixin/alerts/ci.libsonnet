// Alerts about workflows on the default branch.
local duration = import '../lib/duration.libsonnet';
local rule = import '../lib/rule.libsonnet';

function(config)
  local gauges = (import '../lib/gauges.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local template = (import '../lib/template.libsonnet')(config);
  local t = config.thresholds;
  local labels = promql.repo + ['workflow'];

  // A workflow that was removed or switched off keeps the failures that it had
  // last: what has not failed once more in workflowIdle is left out. Where
  // Prometheus's history doesn't reach back so far, nothing is.
  local failing(matchers, threshold) = '%s >= %g\nunless\n%s == 0' % [
    gauges.latest('github_dev_workflow_consecutive_failures', labels, matchers),
    threshold,
    promql.growth(
      'github_dev_workflow_runs_total',
      t.workflowIdle,
      labels,
      labels + ['conclusion'],
      ['conclusion=~"failure|timed_out|startup_failure"']
    ),
  ];
  local description(advice) = 'Workflow %s of %s has failed %s times in a row on the default branch, the last time within %s. %s' % [
    template.label('workflow'),
    template.repo,
    template.value,
    duration.words(t.workflowIdle),
    advice,
  ];

  {
    name: 'github-dev-ci',
    rules: [
      rule.alert(
        config,
        'GitHubDevWorkflowFailing',
        'warning',
        failing([], t.workflowFailures),
        t.workflowFor,
        'A workflow fails again and again.',
        description('Open its last run on GitHub and see which step failed first after the last success.')
      ),
      rule.alert(
        config,
        'GitHubDevWorkflowFailing',
        'critical',
        failing(['workflow=~"%s"' % t.workflowCritical], t.workflowFailuresCritical),
        t.workflowFor,
        'A workflow that deploys fails again and again.',
        description('A fix could not be deployed now: open its last run on GitHub and fix or work around the step that fails.')
      ),
    ],
  }
