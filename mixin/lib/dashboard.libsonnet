// Dashboards: variables, links and the places of panels. A function of _config.
function(config)
  local c = config.dashboards;
  local promql = (import 'promql.libsonnet')(config);
  local datasource = { type: 'prometheus', uid: '${datasource}' };

  local variable(name, label, query, description, multi=true) = {
    name: name,
    label: label,
    description: description,
    type: 'query',
    datasource: datasource,
    query: { query: query, refId: 'variable-' + name },
    definition: query,
    regex: '',
    refresh: 2,
    sort: 1,
    multi: multi,
    includeAll: multi,
    hide: 0,
    options: [],
    skipUrlSync: false,
    current: if multi then { selected: true, text: ['All'], value: ['$__all'] } else {},
  } + (if multi then { allValue: '.*' } else {});

  // Gives rows of panels their places: from left to right, next line when full.
  local place(panels, y0) = std.foldl(
    function(at, panel)
      local size = panel.size;
      local wrap = at.x + size.w > 24;
      local x = if wrap then 0 else at.x, y = if wrap then at.y + at.h else at.y;
      {
        x: x + size.w,
        y: y,
        h: if wrap then size.h else std.max(at.h, size.h),
        out: at.out + [panel { gridPos: { x: x, y: y, w: size.w, h: size.h } }],
      },
    panels,
    { x: 0, y: y0, h: 0, out: [] }
  );
  local layOut(rows) = std.foldl(
    function(at, row)
      local heading = { type: 'row', title: row.title, collapsed: false, panels: [], gridPos: { x: 0, y: at.y, w: 24, h: 1 } };
      local placed = place(row.panels, at.y + 1);
      { y: placed.y + placed.h, out: at.out + [heading] + placed.out },
    rows,
    { y: 0, out: [] }
  ).out;

  {
    // Matchers of what the variables choose.
    matchCluster:: if config.multiCluster then ['%s=~"$cluster"' % config.clusterLabel] else [],
    matchProject:: self.matchCluster + ['%s=~"$project"' % config.projectLabel],
    matchRepo:: self.matchProject + ['%s=~"$owner"' % config.ownerLabel, '%s=~"$repo"' % config.repoLabel],

    // Legends and the first columns of tables, with the cluster where there are several.
    local cluster = if config.multiCluster then '{{%s}} ' % config.clusterLabel else '',
    clusterLegend:: cluster,
    projectLegend:: cluster + '{{%s}}' % config.projectLabel,
    repoLegend:: cluster + '{{%s}}/{{%s}}' % [config.ownerLabel, config.repoLabel],
    clusterColumns:: if config.multiCluster then [[config.clusterLabel, 'Cluster']] else [],
    projectColumns:: self.clusterColumns + [[config.projectLabel, 'Project']],
    repoColumns:: self.projectColumns + [[config.ownerLabel, 'Owner'], [config.repoLabel, 'Repository', 180]],

    // Links of a table's cells to another dashboard, with what the row stands for.
    // variables are [[variable, column's title]].
    link(title, name, variables):: {
      title: title,
      url: '/d/%s%s?${datasource:queryparam}&${__url_time_range}%s%s' % [
        c.uidPrefix,
        name,
        if config.multiCluster then '&var-cluster=${__data.fields["Cluster"]:percentencode}' else '',
        std.join('', ['&var-%s=${__data.fields["%s"]:percentencode}' % v for v in variables]),
      ],
    },

    // Variables, to be chosen from: each dashboard lists those it uses. Those of
    // cluster and data source are in every one.
    variables:: {
      project: variable(
        'project',
        'Project',
        'label_values(%s, %s)' % [promql.series('github_dev_sync_complete', $.matchCluster), config.projectLabel],
        'Projects as the exporter is configured'
      ),
      owner: variable(
        'owner',
        'Owner',
        'label_values(%s, %s)' % [promql.series('github_dev_sync_complete', $.matchProject), config.ownerLabel],
        'Owners of repositories'
      ),
      repo: variable(
        'repo',
        'Repository',
        'label_values(%s, %s)' % [promql.series('github_dev_sync_complete', $.matchProject + ['%s=~"$owner"' % config.ownerLabel]), config.repoLabel],
        'Repositories, without their owner'
      ),
      environment: variable(
        'environment',
        'Environment',
        'label_values(%s, environment)' % promql.series('github_dev_deployments_total', $.matchProject),
        'Environments that are deployed to',
        multi=false
      ) + { current: { selected: true, text: config.environment, value: config.environment } },
      window: variable(
        'window',
        'Window',
        'label_values(%s, window)' % promql.series('github_dev_project_pull_request_merge_quantile_seconds', $.matchCluster),
        'How far quantiles and ratios look back',
        multi=false
      ) + { current: { selected: true, text: config.window, value: config.window } },
    },

    // A dashboard of rows: panel.row(title, panels). name is its file and the end of its uid.
    new(name, title, description, variables, rows):: {
      uid: c.uidPrefix + name,
      title: c.titlePrefix + title,
      description: description,
      tags: c.tags,
      timezone: c.timezone,
      editable: true,
      graphTooltip: 1,
      refresh: c.refresh,
      schemaVersion: 39,
      time: { from: c.from, to: 'now' },
      timepicker: {},
      fiscalYearStartMonth: 0,
      annotations: { list: [] },
      links: [{
        type: 'dashboards',
        title: 'GitHub Dev',
        tags: c.tags,
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
        icon: 'external link',
        tooltip: 'The other dashboards of github-dev-exporter',
        url: '',
      }],
      templating: {
        list: [{
          name: 'datasource',
          label: 'Data source',
          description: 'The Prometheus that scrapes the exporter',
          type: 'datasource',
          query: 'prometheus',
          regex: '',
          refresh: 1,
          multi: false,
          includeAll: false,
          hide: 0,
          options: [],
          skipUrlSync: false,
          current: { selected: true, text: c.datasource, value: c.datasource },
        }] + (
          if config.multiCluster then [variable(
            'cluster',
            'Cluster',
            'label_values(%s, %s)' % [promql.series('github_dev_exporter_build_info'), config.clusterLabel],
            'Clusters that run an exporter'
          )] else []
        ) + variables,
      },
      panels: std.mapWithIndex(function(i, panel) panel { id: i + 1 }, layOut(rows)),
    },
  }
