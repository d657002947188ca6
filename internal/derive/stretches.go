package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// Missing says why a duration or size is not observed. The words that the
// missing stages have are theirs.
type Missing string

// Why something is not observed.
const (
	Observed   Missing = ""
	BotAuthor  Missing = "bot_author"  // rule of the definitions: durations leave out what bots opened
	NotReady   Missing = "not_ready"   // it has never been ready for review
	NoResponse Missing = "no_response" // by a human who is not the author
	NoReview   Missing = "no_review"   // by a human who is not the author
	NoApproval Missing = "no_approval" // by a human who is not the author
	NoCommits  Missing = "no_commits"
	NotMerged  Missing = "not_merged"
	NotClosed  Missing = "not_closed"
	NotDraft   Missing = "not_draft" // it was not opened as a draft
	Moved      Missing = "moved"     // transferred, or converted to a discussion
	Negative   Missing = "negative"  // its end is before its start
	StillHolds Missing = "still_holds"
	WentAway   Missing = "gone" // it ended because the item is no longer there

	FirstDeployment Missing = "first_deployment" // of what is known: when it was deployed is not
	NoTagTime       Missing = "no_tag_time"      // of the deployment, a lightweight tag
	NotDeployed     Missing = "not_deployed"
	NotRecovered    Missing = "not_recovered"
)

// stretch is a duration that the definitions name: observed where Missing is "".
type stretch struct {
	series   model.Series
	from, to model.Instant
	missing  Missing
}

// stretch makes the duration from r to an end. Without says why the
// end is missing. Nothing is imputed: a stretch that lacks an end,
// or ends before it starts, is not observed.
func (l *life) stretch(s model.Series, to model.Instant, without Missing) stretch {
	st := stretch{series: s, from: l.ready, to: to}
	switch {
	case l.bot:
		st.missing = BotAuthor
	case l.ready == 0:
		st.missing = NotReady
	case to == 0:
		st.missing = without
	case to < l.ready:
		st.missing = Negative
	}
	return st
}

// stretches gives every duration of the item, observed or not.
func (l *life) stretches() []stretch {
	if l.item.Kind == model.PullRequest {
		return l.pullStretches()
	}
	return l.issueStretches()
}

// noteStretches adds the durations that are observed, each when it ends.
func (l *life) noteStretches(n *notes) {
	for _, s := range l.stretches() {
		if s.missing == Observed {
			n.note(s.to, s.series, 0, int64(s.to-s.from))
		}
	}
}
