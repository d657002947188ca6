// The thresholds of the alerts, each with its reason. Durations are in seconds
// unless they are written as Prometheus's (`for`).
{
  _config+:: {
    thresholds: {
    },
  },
}
