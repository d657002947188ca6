// Recording rules and alerts as the mixin writes them.
{
  // A recording rule of the level and operations that its name says, with the
  // labels that it keeps. about says what the figure is and why it is made this
  // way: labels and about go into docs/rules.md, since a rule has no annotations.
  record(name, keeps, about, expr):: {
    record: name,
    expr: expr,
    keeps:: keeps,
    about:: about,
  },

  // title and about head the group's section of docs/rules.md.
  group(name, interval, rules, title='', about=''):: {
    name: name,
    interval: interval,
    rules: rules,
    title:: title,
    about:: about,
  },

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
