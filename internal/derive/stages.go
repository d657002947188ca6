package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// Numbers of the stages of a change, as byStage lists them.
const (
	codingStage = iota
	draftStage
	pickupStage
	reviewStage
	mergeWaitStage
	deployStage
)

// stage is a part of a change's way: observed where missing is "".
type stage struct {
	number   int // of byStage
	from, to model.Instant
	missing  Missing
}

// explained gives the stage as explanations show it.
func (s stage) explained() Duration {
	return explained(byStage.Values[s.number], s.from, s.to, s.missing)
}

// stages gives the stages of a pull request before the deployment: coding k→c,
// draft c→r where it was opened as one, pickup r→f, review f→aL, and
// merge_wait aL→m.
func (l *life) stages() []stage {
	first, committed := l.firstCommit()
	return []stage{
		l.stage(codingStage, first, l.item.CreatedAt, unlessMissing(committed, NoCommits)),
		l.stage(draftStage, l.item.CreatedAt, l.ready, firstOf(unlessMissing(l.draft, NotDraft), unlessMissing(l.ready != 0, NotReady))),
		l.stage(pickupStage, l.ready, l.firstReview, firstOf(unlessMissing(l.ready != 0, NotReady), unlessMissing(l.firstReview != 0, NoReview))),
		l.stage(reviewStage, l.firstReview, l.lastApproval, firstOf(unlessMissing(l.firstReview != 0, NoReview), l.unapproved())),
		l.stage(mergeWaitStage, l.lastApproval, l.merged, firstOf(unlessMissing(l.merged != 0, NotMerged), l.unapproved())),
	}
}

// stage makes a stage; without says why an end of it is missing.
func (l *life) stage(number int, from, to model.Instant, without Missing) stage {
	switch {
	case l.bot:
		without = BotAuthor
	case without != Observed:
	case to < from:
		without = Negative
	}
	return stage{number, from, to, without}
}

// noteStages adds the stages of a merged pull request, all at its merge, and
// counts those that are missing for good.
func (l *life) noteStages(n *notes) {
	if l.merged == 0 || l.bot {
		return
	}
	for _, s := range l.stages() {
		if s.missing == Observed {
			n.note(l.merged, ChangeStage, uint8(s.number), int64(s.to-s.from))
		} else if reason, counts := s.forGood(); counts {
			n.note(l.merged, ChangeStageMissing, missingSub(s.number, reason), 0)
		}
	}
}

// forGood gives the reason for which the stage of a merged pull request counts
// as missing. One that was not opened as a draft lacks nothing; one that was
// never ready had no review.
func (s stage) forGood() (reason Missing, counts bool) {
	switch {
	case s.missing == NotReady && s.number == pickupStage:
		return NoReview, true
	case s.missing == NotReady || s.missing == NotDraft:
		return "", false
	}
	return s.missing, true
}

// missingReasons are the reasons for which each stage can be missing.
var missingReasons = [...][]Missing{
	codingStage:    {NoCommits, Negative},
	draftStage:     {Negative},
	pickupStage:    {NoReview, Negative},
	reviewStage:    {NoReview, NoApproval, Negative},
	mergeWaitStage: {NoApproval, Negative},
	deployStage:    {Negative, FirstDeployment, NoTagTime},
}

// missingSub numbers a stage and the reason for which it is missing.
func missingSub(stage int, reason Missing) uint8 {
	reasons := byStageMissing[1].Values
	for i, r := range reasons {
		if r == string(reason) {
			return uint8(stage*len(reasons) + i)
		}
	}
	panic("derive: a stage is missing for " + string(reason))
}

// unapproved says why there is no aL.
func (l *life) unapproved() Missing {
	if l.merged == 0 {
		return NotMerged
	}
	return unlessMissing(l.lastApproval != 0, NoApproval)
}

func unlessMissing(there bool, reason Missing) Missing {
	if there {
		return Observed
	}
	return reason
}

func firstOf(reasons ...Missing) Missing {
	for _, r := range reasons {
		if r != Observed {
			return r
		}
	}
	return Observed
}
