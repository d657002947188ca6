// The performance levels of DORA's yearly reports on the State of DevOps.
// They describe clusters of survey answers of that year, not goals: dashboards
// show them as labels beside the figure, and nothing here is a score.
// A level holds up to its bound (frequency: from its bound on); the last has none.
local minute = 60, hour = 60 * minute, day = 24 * hour, week = 7 * day, month = 30 * day;
{
  _config+:: {
    dora: {
      // 2019, 2021, 2022, 2023 or 2024
      year: '2024',
      bands: {
        '2019': {
          // deployments a day, from the most on
          deploymentFrequency: [['elite', 1], ['high', 1 / 7], ['medium', 1 / 30], ['low', 0]],
          // seconds
          leadTime: [['elite', day], ['high', week], ['medium', month], ['low', null]],
          recoveryTime: [['elite', hour], ['high', day], ['low', null]],
          // share of the deployments; elite, high and medium had the same
          changeFailureRatio: [['elite to medium', 0.15], ['low', null]],
        },
        '2021': {
          deploymentFrequency: [['elite', 1], ['high', 1 / 30], ['medium', 1 / 180], ['low', 0]],
          leadTime: [['elite', hour], ['high', week], ['medium', 6 * month], ['low', null]],
          recoveryTime: [['elite', hour], ['high', day], ['medium', week], ['low', null]],
          // high, medium and low had the same
          changeFailureRatio: [['elite', 0.15], ['high to low', null]],
        },
        // This year had no elite.
        '2022': {
          deploymentFrequency: [['high', 1], ['medium', 1 / 30], ['low', 0]],
          leadTime: [['high', week], ['medium', month], ['low', null]],
          recoveryTime: [['high', day], ['medium', week], ['low', null]],
          changeFailureRatio: [['high', 0.15], ['medium', 0.30], ['low', null]],
        },
        '2023': {
          deploymentFrequency: [['elite', 1], ['high', 1 / 7], ['medium or low', 0]],
          leadTime: [['elite', day], ['high', week], ['medium or low', null]],
          recoveryTime: [['elite', hour], ['high', day], ['medium', week], ['low', null]],
          changeFailureRatio: [['elite', 0.05], ['high', 0.10], ['medium', 0.15], ['low', null]],
        },
        '2024': {
          deploymentFrequency: [['elite', 1], ['high', 1 / 7], ['medium', 1 / 30], ['low', 0]],
          leadTime: [['elite', day], ['high', week], ['medium', month], ['low', null]],
          // high and medium had the same
          recoveryTime: [['elite', hour], ['high or medium', day], ['low', null]],
          // The medium cluster failed less often than the high one that year.
          changeFailureRatio: [['elite', 0.05], ['medium', 0.10], ['high', 0.20], ['low', null]],
        },
      },
    },
  },
}
