package collector

import (
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/derive"
)

// unconfigured ends the help of what is there for what the configuration names.
const unconfigured = "; absent where none is configured."

func stateFamilies() []Family {
	return slices.Concat(
		[]Family{
			{
				Name: "github_dev_state_items", Labels: []string{"kind", "state"}, History: true,
				Help: "Items that are in a configured state" + unconfigured,
				Emit: func(in *Input, out *Sink) {
					for _, s := range in.Figures.InStates() {
						out.Value(float64(s.Items), s.Kind, s.State)
					}
				},
			},
			{
				Name: "github_dev_state_age_seconds", Labels: []string{"kind", "state", "q"}, History: true,
				Help: "Time since items by humans came into the configured state that they are in, as exact quantiles, in seconds; absent while none is in it.",
				Emit: func(in *Input, out *Sink) {
					for _, s := range in.Figures.InStates() {
						for i, age := range s.Ages {
							out.Value(age, s.Kind, s.State, number(in.Figures.Quantiles[i]))
						}
					}
				},
			},
		},
		durationOf(derive.StateDwell, "Time that items by humans stayed in a configured state, each time that they left it", unconfigured, "none left the state"),
		[]Family{
			counter(derive.EventsCounted, "Configured events that happened, whoever did them"+unconfigured),
			eventsByAuthor(),
			histogram(derive.PullEvents, "How many of a configured event merged pull requests by humans had, at the merge"+unconfigured),
		},
	)
}

func eventsByAuthor() Family {
	return Family{
		Name: derive.EventsByAuthorMetric, Labels: []string{"kind", "event", "author", "window"}, History: true,
		Help: "Configured events within the window by who did them, the 50 who did most and other for the rest; absent for who did none, and where none is configured by author.",
		Emit: func(in *Input, out *Sink) {
			for _, a := range in.Figures.ByAuthor() {
				out.Value(float64(a.Count), a.Kind, a.Event, a.Author, a.Window)
			}
		},
	}
}
