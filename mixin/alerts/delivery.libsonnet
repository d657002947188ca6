// Alerts about delivery: lead time, failures, incidents and deployments.
local duration = import '../lib/duration.libsonnet';
local rule = import '../lib/rule.libsonnet';

function(config)
  local gauges = (import '../lib/gauges.libsonnet')(config);
  local promql = (import '../lib/promql.libsonnet')(config);
  local template = (import '../lib/template.libsonnet')(config);
  local t = config.thresholds;

  local environment = 'environment="%s"' % config.environment;
  local window = 'window="%s"' % config.window;
  local projectLabels = promql.project + ['environment'];
  local repoLabels = promql.repo + ['environment'];

  // Open incidents. Their label severity would be overwritten by the alert's.
  local incidents(matcher) = 'sum by %s (%s)' % [
    promql.list(promql.repo),
    gauges.latest('github_dev_incidents_open', promql.repo + ['source', 'severity'], [matcher]),
  ];
  local incidentsFor(hold) = 'There has not been a moment without an open incident in %s for %s, and %s open now. ' % [
    template.repo,
    duration.words(hold),
    '{{ if eq $value 1.0 }}1 is{{ else }}{{ $value }} are{{ end }}',
  ];

  {
    name: 'github-dev-delivery',
    rules: [
      rule.alert(
        config,
        'GitHubDevLeadTimeHigh',
        'warning',
        '%s > %d' % [
          gauges.latest(
            'github_dev_project_change_lead_time_quantile_seconds',
            projectLabels,
            [environment, 'start="%s"' % t.leadTimeStart, window, 'q="%s"' % t.leadTimeQuantile]
          ),
          t.leadTime,
        ],
        t.leadTimeFor,
        'Changes take long to be deployed.',
        '%g %% of the changes of %s that were deployed to %s in the last %s had taken more than %s from %s. See which stage takes most of that time.' % [
          100 * (1 - std.parseJson(t.leadTimeQuantile)),
          template.project,
          template.label('environment'),
          duration.words(config.window),
          template.duration,
          { first_commit: 'their first commit', opened: 'the opening of the pull request', merged: 'the merge' }[t.leadTimeStart],
        ]
      ),
      rule.alert(
        config,
        'GitHubDevChangeFailureRatioHigh',
        'warning',
        '%s > %g\nand\n%s * %d >= %g' % [
          gauges.latest('github_dev_project_dora_change_failure_ratio', projectLabels, [environment, window]),
          t.changeFailureRatio,
          gauges.latest('github_dev_project_dora_deployments_per_day', projectLabels, [environment, window]),
          duration.seconds(config.window) / duration.seconds('1d'),
          // The product is not always a whole number of deployments.
          t.changeFailureDeployments - 0.5,
        ],
        t.changeFailureFor,
        'Many deployments cause incidents.',
        '%s of the deployments of %s to %s in the last %s caused an incident. See which they were and what they have in common: their size, a repository, a missing test.' % [
          template.percentage,
          template.project,
          template.label('environment'),
          duration.words(config.window),
        ]
      ),
      rule.alert(
        config,
        'GitHubDevIncidentOpenTooLong',
        'warning',
        '%s > 0' % incidents('severity!~"%s"' % t.incidentCritical),
        t.incidentFor,
        'Incidents are open for a long time.',
        incidentsFor(t.incidentFor) + 'If they are over, close their issues: recovery times count until then. Else see who works on them.'
      ),
      rule.alert(
        config,
        'GitHubDevIncidentOpenTooLong',
        'critical',
        '%s > 0' % incidents('severity=~"%s"' % t.incidentCritical),
        t.incidentCriticalFor,
        'Critical incidents are open for a long time.',
        incidentsFor(t.incidentCriticalFor) + 'They are of a critical severity: make sure that somebody works on them, and roll back the deployment that they blame.'
      ),
      rule.alert(
        config,
        'GitHubDevDeploymentOverdue',
        'warning',
        '%s > %d\nand\n%s > 0' % [
          gauges.unarchived('time() - ' + gauges.latest('github_dev_deployment_last_success_timestamp_seconds', repoLabels, [environment])),
          t.deploymentAge,
          gauges.latest('github_dev_changes_undeployed', repoLabels, [environment, 'reason="waiting"']),
        ],
        t.deploymentFor,
        'Merged changes wait for a deployment that is overdue.',
        'The last successful deployment of %s to %s was %s ago, and merged changes wait for the next one. Deploy them, or find out what holds the deployment up.' % [
          template.repo,
          template.label('environment'),
          template.duration,
        ]
      ),
    ],
  }
