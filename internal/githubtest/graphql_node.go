package githubtest

import "maps"

// finder finds what the id of a node id names in a repository; nil: nothing.
type finder func(rv *repoView, prefix string, id int64) any

// finders are those by the prefix of the node id.
var finders = allFinders()

func allFinders() map[string]finder {
	all := map[string]finder{
		"I": findItem, "PR": findItem, "IC": findPart(findComment), "PRR": findPart(findReview),
		"PRRC": findPart(findReviewComment), "PRRT": findPart(findThread),
		"LA": findLabel, "MI": findMilestone, "RE": findRelease, "DE": findDeployment,
		"CS": findSuite, "WFR": findRun, "CR": findJob,
	}
	events := map[string]finder{}
	for _, prefix := range eventPrefixes {
		events[prefix] = findPart(findEvent)
	}
	maps.Copy(all, events)
	return all
}

func findItem(rv *repoView, prefix string, id int64) any {
	if item := rv.ownerOf(prefix, id); rv.presenceOf(item) == present {
		return itemNode(rv.show(item))
	}
	return nil
}

// findPart finds the item that a thing belongs to, and looks for the thing in it.
func findPart(find func(*itemView, int64) any) finder {
	return func(rv *repoView, prefix string, id int64) any {
		if item := rv.ownerOf(prefix, id); rv.presenceOf(item) == present {
			return find(rv.show(item), id)
		}
		return nil
	}
}

func findComment(iv *itemView, id int64) any {
	for _, c := range iv.comments() {
		if c.ID == id {
			return node{"IssueComment", c}
		}
	}
	return nil
}

func findReview(iv *itemView, id int64) any {
	if r := iv.review(id); r != nil {
		return node{"PullRequestReview", r}
	}
	return nil
}

// review gives the review with that id, nil if it cannot be seen now.
func (iv *itemView) review(id int64) *reviewView {
	for _, r := range iv.reviews() {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func findReviewComment(iv *itemView, id int64) any {
	for _, c := range iv.reviewComments() {
		if c.ID == id {
			return node{"PullRequestReviewComment", c}
		}
	}
	return nil
}

func findThread(iv *itemView, id int64) any {
	for _, t := range iv.threads() {
		if t.comments[0].ID == id {
			return node{"PullRequestReviewThread", t}
		}
	}
	return nil
}

func findEvent(iv *itemView, id int64) any {
	events := iv.events()
	for i := range events {
		if events[i].ID == id {
			return eventNode(iv, &events[i])
		}
	}
	return nil
}

func findLabel(rv *repoView, _ string, id int64) any {
	for _, l := range rv.labels() {
		if l.ID == id {
			return node{"Label", l}
		}
	}
	return nil
}

func findMilestone(rv *repoView, _ string, id int64) any {
	for _, m := range rv.milestones() {
		if m.ID == id {
			return milestoneNode(rv, m)
		}
	}
	return nil
}

func findRelease(rv *repoView, _ string, id int64) any {
	for _, r := range rv.releases() {
		if r.ID == id {
			return node{"Release", releaseView{r, rv}}
		}
	}
	return nil
}

func findDeployment(rv *repoView, _ string, id int64) any {
	for _, d := range rv.deployments() {
		if d.ID == id {
			return node{"Deployment", d}
		}
	}
	return nil
}

func findSuite(rv *repoView, _ string, id int64) any {
	if run := rv.runOf(runBySuite, id); run != nil {
		return node{"CheckSuite", run}
	}
	return nil
}

func findRun(rv *repoView, _ string, id int64) any {
	if run := rv.runOf(runByID, id); run != nil {
		return node{"WorkflowRun", run}
	}
	return nil
}

func findJob(rv *repoView, _ string, id int64) any {
	run := rv.runOf(runByJob, id)
	if run == nil {
		return nil
	}
	for attempt := run.attempt; attempt > 0; attempt-- {
		for _, job := range run.jobs(attempt) {
			if job.ID == id {
				return node{"CheckRun", job}
			}
		}
	}
	return nil
}
