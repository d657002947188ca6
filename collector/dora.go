package collector

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
)

func doraFamilies() []Family {
	return slices.Concat(
		[]Family{
			counter(derive.DeploymentsFinished, "Deployments to the environment, by where they were read from and how they ended"+unsynced),
			lastSuccess(),
			counter(derive.FailedChanges, "Successful deployments that turned out to be failures, each once, by how the first incident was linked to it"+unsynced),
			counter(derive.Rework, "Successful deployments that rework an earlier one: reverts, fixes of incidents, hotfixes and rollbacks"+unsynced),
		},
		duration(derive.Recovery, "Time from a failed deployment's success to the end of its incidents or to its rollback", "nothing recovered"),
		incidents(),
		[]Family{
			counter(derive.IncidentsUnlinked, "Incidents that no deployment could be blamed for when they were recognised; absent where no incidents are configured."),
		},
		duration(derive.IncidentResolve, "Time from an incident's opening to its resolution", "no incident was resolved"),
		dora(),
	)
}

func lastSuccess() Family {
	return Family{
		Name: "github_dev_deployment_last_success_timestamp_seconds", Labels: []string{"environment"}, History: true,
		Help: "When a deployment to the environment last succeeded; absent until one has.",
		Emit: func(in *Input, out *Sink) {
			for _, e := range in.Figures.Environments() {
				if e.LastSuccess != 0 {
					out.Value(float64(e.LastSuccess), e.Environment)
				}
			}
		},
	}
}

// incidents makes the rows of the incidents by source and severity.
func incidents() []Family {
	return []Family{
		{
			Name: "github_dev_incidents_total", Kind: Counter, Labels: []string{"source", "severity"}, History: true,
			Help: "Incidents by source and by severity when they were recognised; absent where no incidents are configured, and for a severity that none had yet.",
			Emit: func(in *Input, out *Sink) {
				for _, i := range in.Figures.Incidents() {
					out.Value(float64(i.Count), i.Source, i.Severity)
				}
			},
		},
		{
			Name: "github_dev_incidents_open", Labels: []string{"source", "severity"}, History: true,
			Help: "Incidents that are open, by source and severity; absent where no incidents are configured, and for a severity that none had yet.",
			Emit: func(in *Input, out *Sink) {
				for _, i := range in.Figures.Incidents() {
					out.Value(float64(i.Open), i.Source, i.Severity)
				}
			},
		},
	}
}

// dora makes the rows of the windowed figures of deployments.
func dora() []Family {
	row := func(name, help string, value func(derive.DoraFigures) (float64, bool)) Family {
		return Family{
			Name: "github_dev_dora_" + name, Help: help, Labels: []string{"environment", "window"}, History: true,
			Emit: func(in *Input, out *Sink) {
				for _, e := range in.Figures.Environments() {
					for _, w := range e.Windows {
						if v, ok := value(w); ok {
							out.Value(v, e.Environment, w.Window)
						}
					}
				}
			},
		}
	}
	return []Family{
		row("deployments_per_day", "Successful deployments within the window, by its days; absent until one has ever succeeded.",
			func(d derive.DoraFigures) (float64, bool) { return d.PerDay, true }),
		row("active_day_ratio", "Share of the window's 24-hour slots, counted back from now, with a successful deployment; absent until one has ever succeeded.",
			func(d derive.DoraFigures) (float64, bool) { return d.ActiveDayRatio, true }),
		row("change_failure_ratio", "Share of the window's successful deployments that an incident is linked to; absent while none succeeded in it.", derive.DoraFigures.FailureRatio),
		row("rework_ratio", "Share of the window's successful deployments that rework an earlier one; absent while none succeeded in it.", derive.DoraFigures.ReworkRatio),
	}
}
