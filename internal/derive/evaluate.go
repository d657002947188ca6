package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// Evaluate sums up what happened in the repositories of the states up to an
// instant, and what held then.
func Evaluate(states []*model.State, rules Rules, at model.Instant) *Figures {
	panic("to be written")
}
