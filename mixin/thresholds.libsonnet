// The thresholds of the alerts, each with its reason. Durations are in seconds
// unless they are written as Prometheus's (`for`).
{
  _config+:: {
    thresholds: {
      // Flow of pull requests: alerts/flow.libsonnet.

      // For how long a series may be missing without ending an alert or starting its
      // `for` anew: a restart or an upgrade of the exporter takes less.
      gap: '15m',

      // A week holds a weekend and some days off: who waits longer was forgotten. One
      // of 1d, 7d, 30d, 90d, 365d, by which the exporter counts.
      reviewBacklogAge: '7d',
      // So many are more than a team can review in passing within a day or two.
      reviewBacklog: 20,
      // A project with many repositories always has some old ones; when most are,
      // they come in faster than they are reviewed.
      reviewBacklogRatio: 0.5,
      // No sweep of dependency updates or a conference lasts for a day and a night.
      reviewBacklogFor: '1d',

      // Two months is longer than a branch stays mergeable without work.
      openAge: 60 * 86400,
      // The oldest tenth, and not the very oldest one, which may be kept on purpose.
      // One of the exporter's `quantiles`, as it writes them.
      openAgeQuantile: '0.9',
      // A quantile of a handful is one pull request: at least so many are this old.
      openAgeBacklog: 5,
      openAgeBacklogAge: '30d',
      // Ages grow by themselves: nothing is lost by a day.
      openAgeFor: '1d',

      // From Friday afternoon to Tuesday, with a day off: shorter would ask for
      // reviews at the weekend.
      firstReview: 4 * 86400,
      // What nearly everybody gets; the median hides those who wait. One of the
      // exporter's `quantiles`, as it writes them.
      firstReviewQuantile: '0.9',
      // One late review may move the quantile over its threshold and the next one back.
      firstReviewFor: '6h',

      // Longer than the checks of one entry take with most teams: then somebody waits
      // who need not.
      mergeQueueFor: '1h',
      // A queue that is busy merges something in that time.
      mergeQueueQuiet: '1h',

      // Workflows: alerts/ci.libsonnet.

      // Once is a mistake, twice may be its mend that failed; a third failure in a row
      // is nobody's any more.
      workflowFailures: 3,
      // Those that deploy: while they fail, no fix can be shipped.
      workflowCritical: '(?i:.*(deploy|release|publish).*)',
      // Two more than the warning: it was seen, and didn't help.
      workflowFailuresCritical: 5,
      // Runs that end together are read one by one. Not less than gap: what has not
      // failed for long is known only while the exporter can be scraped.
      workflowFor: '15m',
      // What has not failed again for a week was switched off or runs rarely.
      workflowIdle: '7d',

      // Delivery: alerts/delivery.libsonnet.

      // Within a week is what DORA's reports call high, in each of their years.
      leadTime: 7 * 86400,
      // From the first commit on is what the change's author lives through.
      leadTimeStart: 'first_commit',
      // Half of the changes: the slow ones beyond it are often slow on purpose. One of
      // the exporter's `quantiles`, as it writes them.
      leadTimeQuantile: '0.5',
      // One deployment that ships many changes may move it over and the next one back.
      leadTimeFor: '6h',

      // One in five: the worst that DORA's report of 2024 calls high.
      changeFailureRatio: 0.2,
      // With fewer deployments in the window two failures would do.
      changeFailureDeployments: 10,
      // Incidents are linked to another deployment when more is known of them.
      changeFailureFor: '6h',

      // Severities of incidents that may wake somebody, as the exporter writes them; those of
      // others, and without one ('none'), may wait.
      incidentCritical: '(?i:critical|blocker|(sev-?|s|p)?[01])',
      // Within a day is what DORA's reports call high, in each of their years; a critical
      // one that is open after four hours has outlasted its first shift.
      incidentFor: '1d',
      incidentCriticalFor: '4h',

      // Two weeks, a usual iteration: what waits for longer will be a large deployment.
      deploymentAge: 14 * 86400,
      // A change that was merged after a quiet time has a day to be deployed.
      deploymentFor: '1d',

      // The exporter itself: alerts/exporter.libsonnet.

      // A restart with a large mirror takes seconds, the update of a machine some minutes.
      exporterDownFor: '10m',
      // Longer than it takes to replace one target by another.
      exporterAbsentFor: '15m',
      // Somebody who is editing the file reloads it again before that.
      reloadFailedFor: '15m',
      // What the disk gives to the mirror, in bytes: set it to yours. A million items
      // take about a fifth of this.
      mirrorSize: 10 * 1024 * 1024 * 1024,
      // A week is time to find a larger disk.
      mirrorSizeAhead: '7d',
      // A mirror follows what people write: none doubles in a week once everything was
      // read, unless something is stored again and again.
      mirrorGrowth: 2,
      // Small mirrors double without filling a disk: below so many bytes more it is no news.
      mirrorGrowthLeast: 1024 * 1024 * 1024,
      // Garbage is collected every ten minutes: one or two failures in an hour may be a
      // disk that was full for a moment.
      mirrorGCFailures: 3,
      // GitHub's answers have a few holes every day; so many in one repository have a cause.
      recordsDropped: 100,

      // Tokens: alerts/tokens.libsonnet.

      // The budgets that the exporter spends, and that last for an hour. Others, such as
      // search, begin anew each minute: nobody can act on one that is used up.
      tokenResources: 'core|graphql',
      // What the exporter leaves of a budget to others and stops at: so many requests or
      // points, or this share of the limit where that is more, but no more than the last
      // share. Less is left where others spend it.
      tokenReserve: 200,
      tokenReserveRatio: 0.05,
      tokenReserveMost: 0.2,
      // The end of a window that is used up a few minutes early holds nothing up.
      tokenExhaustedFor: '10m',
      // Windows last an hour, so that a budget which is used up too early every time
      // would begin to fire and end every hour.
      tokenExhaustedKeep: '1h',
      // Nothing at all is left: not even for a bot's own work. Shorter than that, what
      // failed is tried again in time by most.
      tokenEmptyFor: '15m',
      // First syncs stop at this share by themselves, as fast as they come there: before
      // that, the exporter's own use foretells nothing.
      tokenPredictedFrom: 0.7,
      // What was used in this time is taken to go on until the window ends. In a window
      // that is younger nothing is foretold.
      tokenPredictedOver: '5m',
      // Longer than tokenPredictedOver, so that the last minutes of a first sync's haste
      // are forgotten by then.
      tokenPredictedFor: '6m',
      // Each makes the exporter pause for at least a minute, with up to six requests under
      // way: from so many on in an hour, it is not one unlucky minute.
      secondaryLimits: 12,
      // GitHub refuses good tokens now and then; each is tried again after 15 seconds, and
      // then every ten minutes.
      tokenRefusedFor: '15m',
      // Two weeks hold a holiday of whoever can make a new one.
      tokenExpiry: '14d',
      // A weekend and one working day.
      tokenExpiryCritical: '3d',
      // A token that is exchanged more often than that, by a vault for example, is always
      // about to expire: whether a token is one of those is known after that time.
      tokenExpirySettled: '1d',

      // How far the mirror is: alerts/sync.libsonnet.

      // The exporter asks every 2 minutes what has moved. A budget that others use up
      // holds it up for as much as an hour, again and again, and has its own alerts.
      syncStale: '2h',
      // What is asked for once an hour: edited comments, milestones, and the runs of
      // workflows where there were none for long.
      syncStaleHourly: '4h',
      // Archived repositories are asked about once a day. That a repository is archived is
      // not known where its project has detail: project.
      syncStaleDaily: '3d',
      // Nothing of a whole project was read: an outage of GitHub is over by then.
      syncStaleProject: '6h',
      // One round that failed is no news.
      syncStaleFor: '15m',
      // Everything is compared with GitHub once a day: twice may be missed.
      sweepStale: '3d',
      // What fails is tried again after at most a quarter of an hour, what the token may
      // not read after an hour: in this time that is at least three times.
      syncFailing: '4h',
      syncFailingErrors: 2,
      // A first sync that waits for budgets goes on at least once an hour.
      firstSyncStuck: '6h',
      // What could not be read is tried again every hour.
      syncGapsFor: '1d',
      // A wrong secret fails all deliveries, a stranger who tries the address only adds some.
      webhookRejectedRatio: 0.5,
      // Fewer in an hour are somebody's test.
      webhookRejected: 5,
    },
  },
}
