// The levels of a year's DORA report as words in place of figures. They are
// labels, all of one colour, and no score. A function of _config.
function(config)
  local year = config.dora.year;
  local bands = config.dora.bands[year];
  local hour = 3600, day = 24 * hour, week = 7 * day, month = 30 * day;

  local times(n, unit) = '%s %s%s' % [if std.floor(n) == n then '%d' % n else '%.1f' % n, unit, if n == 1 then '' else 's'];
  local duration(seconds) =
    if seconds >= month then times(seconds / month, 'month')
    else if seconds >= week then times(seconds / week, 'week')
    else if seconds >= day then times(seconds / day, 'day')
    else times(seconds / hour, 'hour');
  local frequency(perDay) =
    local every = duration(std.round(day / perDay));
    if perDay >= 1 then '%d a day' % perDay
    else if std.startsWith(every, '1 ') then 'one a' + every[1:]
    else 'one in ' + every;
  local percentage(ratio) = '%d %%' % std.round(ratio * 100);

  // name is a metric's name in config.dora.bands; rising is whether more is the
  // first band, and words writes a bound.
  local metric(name, rising, words) =
    local levels = bands[name], last = std.length(levels) - 1;
    {
      // Value mappings of a panel whose values are the figures. Grafana takes the
      // first that fits.
      mappings: [
        {
          type: 'range',
          options: {
            from: if rising then levels[i][1] else null,
            to: if rising then null else levels[i][1],
            result: { text: levels[i][0], color: 'text', index: i },
          },
        }
        for i in std.range(0, last)
      ],

      // The bounds in words, for descriptions.
      words: std.join('; ', [
        '%s %s' % [
          levels[i][0],
          if i == last then 'otherwise' else '%s %s' % [if rising then 'from' else 'up to', words(levels[i][1])],
        ]
        for i in std.range(0, last)
      ]),
    };

  {
    // The title of a level.
    title: year + ' level',

    // What to know of every level, for descriptions.
    about(metric):: 'How the %s DORA report would call it: %s. The report sorted answers to a survey, so read it as a word for the size of the figure, and neither as a score nor as a goal.' % [year, metric.words],

    deploymentFrequency: metric('deploymentFrequency', true, frequency),
    leadTime: metric('leadTime', false, duration),
    recoveryTime: metric('recoveryTime', false, duration),
    changeFailureRatio: metric('changeFailureRatio', false, percentage),
  }
