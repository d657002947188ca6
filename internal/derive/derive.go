// Package derive calculates what every figure says, from the facts of the
// mirror and as of an instant. It is pure: it reads no clock, no network and
// no disk, so that a scrape, a look back, an explanation and a test of one
// item cannot disagree.
//
// Digest turns an item's timeline into model.Facts: observations, each fixed
// at the instant at which it happened, and spans for what the gauges count.
// Evaluate sums the facts of repositories up to an instant into Figures.
// Explain tells how one item's facts came about.
package derive

import (
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Version numbers the definitions of the figures; a figure that changes its
// meaning raises it.
const Version = 1

// Rules is what a project's configuration says of how its figures are made.
// Bots, Labels, Incidents, States and Events decide what Digest makes of an item, and with all
// that concerns deployments and incidents what Changes makes of a repository:
// both are to be made anew after they changed. The rest concerns Evaluate alone.
type Rules struct {
	Bots        *Matcher        // logins that are bots beside GitHub's own marks; nil for none
	Labels      *Matcher        // label names that may become series; nil for none
	Windows     []time.Duration // of the exact quantiles
	Quantiles   []float64       // from 0 to 1
	Native      bool            // count native histogram buckets too
	SeriesLimit int             // series that a family with labels of free choice may have; 0 for no limit

	Environments   []Environment      // by name; at most MaxEnvironments
	Deployments    []DeploymentSource // in order of preference
	Incidents      []IncidentSource
	IncidentWindow time.Duration // how far back an incident that names nothing may blame a deployment

	Workflows *Matcher // names of workflows' files that may become series; nil for none

	States []State // at most MaxStates
	Events []Event // at most MaxEvents
}

// bot reports whether an actor is a bot by GitHub's marks or the project's list.
func (r *Rules) bot(a model.Actor) bool {
	return a.Bot || !a.Ghost() && r.Bots.Match(a.Login)
}
