// Panels of dashboards. Every panel has a title that is a question or names a
// figure, and a description that says what the figure means; its size is in
// columns of 24 and rows, and the dashboard places it.
local datasource = { type: 'prometheus', uid: '${datasource}' };

local defaults(unit) = {
  unit: unit,
  color: { mode: 'palette-classic' },
  mappings: [],
  thresholds: { mode: 'absolute', steps: [{ color: 'text', value: null }] },
};

local base(type, title, description, queries, width, height) = {
  type: type,
  title: title,
  description: description,
  datasource: datasource,
  size:: { w: width, h: height },
  targets: [
    queries[i] { refId: std.char(65 + i), datasource: datasource }
    for i in std.range(0, std.length(queries) - 1)
  ],
  fieldConfig: { defaults: {}, overrides: [] },
  options: {},
};

{
  // A query over the dashboard's time range; legend is a template: {{project}}.
  range(expr, legend):: { expr: expr, legendFormat: legend, range: true, instant: false, editorMode: 'code' },

  // A query of the end of the time range alone.
  instant(expr, legend=''):: { expr: expr, legendFormat: legend, range: false, instant: true, editorMode: 'code' },

  // A query of a column of a table, which shows the labels as columns.
  column(expr):: self.instant(expr) + { format: 'table' },

  // A query of bars for whole days, each at its day's beginning: promql.daily.
  days(expr, legend):: self.range(expr, legend) + { interval: '1d' },

  // The same of seven days: promql.weekly.
  weeks(expr, legend):: self.range(expr, legend) + { interval: '7d' },

  // Lines over time. stacked fills and stacks them; bars draws bars.
  timeseries(title, description, queries, unit='short', width=12, height=8, stacked=false, bars=false)::
    base('timeseries', title, description, queries, width, height) + {
      fieldConfig+: {
        defaults: defaults(unit) + {
          min: 0,
          custom: {
            drawStyle: if bars then 'bars' else 'line',
            // a bar begins where its time does
            barAlignment: if bars then 1 else 0,
            lineWidth: if stacked || bars then 1 else 2,
            fillOpacity: if bars then 80 else if stacked then 40 else 8,
            showPoints: 'never',
            // Where history was filled in there may be one sample in two hours.
            spanNulls: 3 * 60 * 60 * 1000,
            axisPlacement: 'auto',
            axisLabel: '',
            // room for the words of durations
            [if unit == 's' then 'axisWidth']: 76,
            stacking: { mode: if stacked then 'normal' else 'none', group: 'A' },
          },
        },
      },
      options: {
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },

  // One big figure for each series. steps are thresholds: [{ color, value }],
  // the first with value null.
  stat(title, description, queries, unit='short', width=4, height=4, steps=null, decimals=null, noValue='none')::
    base('stat', title, description, queries, width, height) + {
      fieldConfig+: {
        defaults: defaults(unit) + {
          color: { mode: 'thresholds' },
          noValue: noValue,
          [if steps != null then 'thresholds']: { mode: 'absolute', steps: steps },
          [if decimals != null then 'decimals']: decimals,
        },
      },
      options: {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        orientation: 'auto',
        textMode: 'auto',
        colorMode: 'value',
        graphMode: 'area',
        justifyMode: 'auto',
        wideLayout: true,
        showPercentChange: false,
        percentChangeColorMode: 'standard',
      },
    },

  // A bar for each series.
  barGauge(title, description, queries, unit='short', width=6, height=8, steps=null, noValue='none')::
    base('bargauge', title, description, queries, width, height) + {
      fieldConfig+: {
        defaults: defaults(unit) + {
          min: 0,
          noValue: noValue,
          color: { mode: if steps == null then 'palette-classic' else 'thresholds' },
          [if steps != null then 'thresholds']: { mode: 'absolute', steps: steps },
        },
      },
      options: {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        orientation: 'horizontal',
        displayMode: 'basic',
        showUnfilled: true,
        valueMode: 'color',
        namePlacement: 'auto',
        sizing: 'manual',
        minVizHeight: 16,
        minVizWidth: 8,
        maxVizHeight: 40,
        // Letters that fit beside a bar of 33 pixels: 8 bars want a height of 10.
        text: { titleSize: 12, valueSize: 15 },
        legend: { displayMode: 'list', placement: 'bottom', showLegend: false, calcs: [] },
      },
    },

  // Rows of labels and figures. columns are [{ expr, name, unit }]; labels are
  // [[label, title]] in the order of the table, with a third item the least width
  // of its column. A column that is hidden only brings labels.
  table(title, description, labels, columns, width=24, height=8, sortBy=null)::
    base('table', title, description, [self.column(c.expr) for c in columns], width, height) + {
      fieldConfig: {
        // Labels are words, even those that look like a number.
        defaults: defaults('string') + { custom: { align: 'auto', minWidth: 80, inspect: false, cellOptions: { type: 'auto' } } },
        overrides: [
          {
            matcher: { id: 'byName', options: c.name },
            properties: [{ id: 'unit', value: std.get(c, 'unit', 'short') }] + std.get(c, 'properties', []),
          }
          for c in columns
        ] + [
          { matcher: { id: 'byName', options: l[1] }, properties: [{ id: 'custom.minWidth', value: l[2] }] }
          for l in labels
          if std.length(l) > 2
        ],
      },
      options: {
        frameIndex: 0,
        showHeader: true,
        cellHeight: 'sm',
        [if sortBy != null then 'sortBy']: [{ displayName: sortBy, desc: true }],
      },
      transformations: [
        { id: 'merge', options: {} },
        {
          id: 'organize',
          options: {
            excludeByName: { Time: true } + { ['Value #' + std.char(65 + i)]: true for i in std.range(0, std.length(columns) - 1) if std.get(columns[i], 'hidden', false) },
            indexByName: { [labels[i][0]]: i for i in std.range(0, std.length(labels) - 1) } +
                         { ['Value #' + std.char(65 + i)]: std.length(labels) + i for i in std.range(0, std.length(columns) - 1) },
            renameByName: { [l[0]]: l[1] for l in labels } +
                          { ['Value #' + std.char(65 + i)]: columns[i].name for i in std.range(0, std.length(columns) - 1) } +
                          (if std.length(columns) == 1 then { Value: columns[0].name } else {}),
          },
        },
      ],
    },

  // Additions to panels. Fixed colours of series, by their names in the legend:
  colors(byName):: {
    fieldConfig+: {
      overrides+: [
        {
          matcher: { id: 'byName', options: name },
          properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: byName[name] } }],
        }
        for name in std.objectFields(byName)
      ],
    },
  },
  // of its queries in their order, whose names begin with that of a project;
  colorsInOrder(colors):: {
    fieldConfig+: {
      overrides+: [
        {
          matcher: { id: 'byFrameRefID', options: std.char(65 + i) },
          properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: colors[i] } }],
        }
        for i in std.range(0, std.length(colors) - 1)
      ],
    },
  },
  // One colour for all series,
  color(name):: { fieldConfig+: { defaults+: { color: { mode: 'fixed', fixedColor: name } } } },
  // What is written where there is nothing to be shown,
  empty(text):: { fieldConfig+: { defaults+: { noValue: text } } },
  // a dash where a row of a table has no figure,
  dashes:: {
    fieldConfig+: {
      overrides+: [{ matcher: { id: 'byType', options: 'number' }, properties: [{ id: 'noValue', value: '–' }] }],
    },
  },
  // words for figures,
  mapped(mappings):: { fieldConfig+: { defaults+: { mappings: mappings } } },
  // how many decimals,
  decimals(n):: { fieldConfig+: { defaults+: { decimals: n } } },
  // up to where an axis reaches at least, since nothing at all would reach to 100,
  atLeast(n):: { fieldConfig+: { defaults+: { custom+: { axisSoftMax: n } } } },
  // room for long words at an axis,
  room:: { fieldConfig+: { defaults+: { custom+: { axisWidth: 76 } } } },
  // the width of a table's column,
  width(column, pixels):: {
    fieldConfig+: {
      overrides+: [{ matcher: { id: 'byName', options: column }, properties: [{ id: 'custom.width', value: pixels }] }],
    },
  },
  // the most that there can be,
  max(n):: { fieldConfig+: { defaults+: { max: n } } },
  // lines that hold their value through a day,
  steps:: { fieldConfig+: { defaults+: { custom+: { lineInterpolation: 'stepAfter' } } } },
  // bars for one of several series,
  barsFor(name):: {
    fieldConfig+: {
      overrides+: [{
        matcher: { id: 'byName', options: name },
        properties: [
          { id: 'custom.drawStyle', value: 'bars' },
          { id: 'custom.fillOpacity', value: 60 },
          { id: 'custom.barAlignment', value: 1 },
        ],
      }],
    },
  },
  // letters of one size, whatever is written,
  letters(size):: { options+: { text: { titleSize: 14, valueSize: size } } },
  // the names of series even where there is one alone,
  named:: { options+: { textMode: 'value_and_name' } },
  // links of a table's column,
  linked(column, links):: {
    fieldConfig+: {
      overrides+: [{ matcher: { id: 'byName', options: column }, properties: [{ id: 'links', value: links }] }],
    },
  },
  // and a legend at the right that can be scrolled, for many series.
  legendTable(calcs=['lastNotNull']):: { options+: { legend+: { displayMode: 'table', placement: 'right', calcs: calcs } } },

  // Properties of a table's column whose figures are drawn as bars as well.
  bars(color='blue'):: [
    { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
    { id: 'color', value: { mode: 'fixed', fixedColor: color } },
    { id: 'min', value: 0 },
  ],

  // A heading; the panels behind it up to the next row belong to it.
  row(title, panels):: { title: title, panels: panels },
}
