// Recording rules and alerts as the mixin writes them.
{
  // about says what the figure is and why it is made this way: it goes into
  // docs/rules.md, since a recording rule has no annotations.
  record(name, about, expr, labels={}):: {
    record: name,
    expr: expr,
    about:: about,
  } + (if labels == {} then {} else { labels: labels }),

  group(name, interval, rules):: { name: name, interval: interval, rules: rules },

  // An alert. summary is one fixed sentence, description has the details as a
  // template; the runbook is a page of the alert's name.
  alert(config, name, severity, expr, duration, summary, description):: {
    alert: name,
    expr: expr,
    'for': duration,
    labels: { severity: severity } + config.alertLabels,
    annotations: {
      summary: summary,
      description: description,
      runbook_url: config.runbookURL % name,
    },
  } + (if duration == '0s' then { 'for':: null } else {}),
}
