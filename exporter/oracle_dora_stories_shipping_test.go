package exporter

import "github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"

// storyConfigs are the projects of the stories.
var storyConfigs = map[string]doraConfig{
	"deployed": {
		sources: []oracleSource{{source: "deployments"}, {source: "releases"}}, incidentWindow: 24 * 3600,
		incidentLabels: []string{"incident"}, severity: "severity/", reverts: true,
	},
	"tagged": {sources: []oracleSource{{source: "tags", match: "v"}}, incidentWindow: 24 * 3600, reverts: true},
	"run":    {sources: []oracleSource{{source: "workflow", workflow: "deploy.yml"}, {source: "tags", match: "v"}}, incidentWindow: 24 * 3600},
	"merged": {sources: []oracleSource{{source: "merges"}}, incidentWindow: 24 * 3600, incidentLabels: []string{"incident"}, severity: "severity/", reverts: true},
}

// shippingStories are about what a deployment ships.
var shippingStories = []doraStoryCase{
	{"first-deployment", "deployed", func(s *doraStory) {
		s.change(h(1))
		s.change(h(2))
		s.live(h(3))
		s.change(h(4))
		s.live(h(6))
		s.change(h(7))
	}, map[string]float64{
		missing("deploy", "first_deployment"): 2, lead("merged", "count"): 1, lead("merged", "sum"): 2 * hour1, lead("opened", "sum"): 3 * hour1,
		lead("first_commit", "sum"): 4 * hour1, of("change_stage_seconds_sum", "stage", "deploy"): 2 * hour1,
		inProduction("changes_undeployed", "reason", "waiting"): 1, finished("deployments", "success"): 2,
	}},
	{"rollback", "deployed", func(s *doraStory) {
		s.change(h(1))
		a := s.live(h(2)).OID
		s.change(h(3))
		b := s.live(h(4)).OID
		s.live(h(5), a)
		s.change(h(6))
		s.live(h(7), b)
		s.live(h(8))
		s.live(h(9), a)
		s.live(h(10), b) // forward again
	}, map[string]float64{inProduction("deployments_rework_total"): 2, lead("merged", "count"): 2, lead("merged", "sum"): 3 * hour1, finished("deployments", "success"): 7}},
	{"back-from-the-first", "deployed", func(s *doraStory) {
		before := s.tip
		s.change(h(1))
		s.live(h(2))
		s.live(h(3), before)
		s.change(h(4))
		s.live(h(5))
	}, map[string]float64{inProduction("deployments_rework_total"): 1, missing("deploy", "first_deployment"): 1, lead("merged", "count"): 1}},
	{"again", "deployed", func(s *doraStory) {
		s.change(h(1))
		s.live(h(2))
		s.live(h(2) + 600)
		s.live(h(2) + 601)
		s.change(h(3))
		s.live(h(4))
		s.deploys(production, s.tip, status(h(4)+60, "failure"), status(h(4)+120, "success"))
	}, map[string]float64{finished("deployments", "success"): 3, finished("deployments", "failure"): 1, lead("merged", "count"): 1}},
	{"back-at-once", "deployed", func(s *doraStory) {
		s.change(h(1))
		a := s.live(h(2)).OID
		s.change(h(2) + 60)
		s.live(h(2) + 120)
		s.live(h(2)+540, a) // the same commit within ten minutes
		s.live(h(3), a)
	}, map[string]float64{finished("deployments", "success"): 3, inProduction("deployments_rework_total"): 1}},
	{"failures", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.change(h(1))
		s.deploys(production, s.tip, status(h(2), "failure"))
		s.change(h(3))
		s.deploys(production, s.tip, status(h(4), "error"), status(h(5), "success"), status(h(6), "failure"), status(h(7), "inactive"))
		s.deploys(production, s.tip, status(h(8), "success"), status(h(9), "failure"), status(h(10), "success"))
		s.deploys(production, s.tip, status(h(11), "queued"), status(h(12), "in_progress"))
	}, map[string]float64{finished("deployments", "success"): 3, finished("deployments", "failure"): 2, lead("merged", "count"): 2, lead("merged", "sum"): 6 * hour1}},
	{"out-of-order", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.change(h(1))
		s.deploys(production, s.tip, status(h(5), "success"), status(h(3), "success"), status(h(4), "failure"), status(h(2), "failure"))
	}, map[string]float64{finished("deployments", "failure"): 1, lead("merged", "sum"): 2 * hour1}},
	{"unknown-commit", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.change(h(1))
		s.live(h(2), s.oid())
		s.change(h(3))
		s.live(h(4))
		s.live(h(5), s.oid())
		s.change(h(6))
	}, map[string]float64{
		finished("deployments", "success"): 4, missing("deploy", "first_deployment"): 1, lead("merged", "count"): 1, lead("merged", "sum"): hour1,
		inProduction("changes_undeployed", "reason", "waiting"): 1, inProduction("deployments_rework_total"): 0,
	}},
	{"merged-as-an-unknown-deployed", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.change(h(2))
		s.live(h(2), s.oid())
		s.change(h(2) + 1)
		s.live(h(4))
	}, map[string]float64{missing("deploy", "first_deployment"): 1, lead("merged", "count"): 1}},
	{"unknown-first", "deployed", func(s *doraStory) {
		s.change(h(1))
		s.live(h(2), s.oid())
		s.change(h(3))
		s.live(h(4))
	}, map[string]float64{missing("deploy", "first_deployment"): 1, lead("merged", "count"): 1}},
	{"environments", "deployed", func(s *doraStory) {
		s.deploys("staging", s.tip, status(h(0), "success"))
		s.deploys("prod-eu", s.tip, status(h(0), "success"))
		s.change(h(1))
		s.deploys("staging", s.tip, status(h(2), "success"))
		s.deploys("review-app", s.tip, status(h(3), "success"))
		s.deploys("prod-us", s.tip, status(h(5), "success"))
	}, map[string]float64{
		lead("merged", "sum"): 4 * hour1, of("change_lead_time_seconds_sum", "environment", "staging", "start", "merged"): hour1,
		finished("deployments", "success"): 2,
	}},
	{"merge-commits", "deployed", func(s *doraStory) {
		s.live(h(0))
		branch := s.land(h(1), false, s.tip)
		it := s.opened(h(3))
		c := s.land(h(3), true, s.tip, branch.OID)
		s.mergedAs(it, h(3), c)
		s.live(h(4), branch.OID) // has the work, but not the merge
		s.live(h(5))
		it = s.opened(h(6)) // a rebase whose first commit is deployed alone
		first := s.land(h(6), true, s.tip)
		s.mergedAs(it, h(6), s.land(h(6), true, first.OID))
		s.live(h(7), first.OID)
		s.live(h(8))
	}, map[string]float64{lead("merged", "count"): 2, lead("merged", "sum"): 4 * hour1, inProduction("deployments_rework_total"): 0}},
	{"other-branches", "deployed", func(s *doraStory) {
		root := s.tip
		s.live(h(0))
		s.change(h(1))
		hotfix := s.aside(h(2), root)
		s.live(h(3), hotfix.PR.MergeOID) // beside the default branch
		s.aside(h(4), root)
		s.live(h(5))
		s.change(h(6))
	}, map[string]float64{
		lead("merged", "count"): 2, lead("merged", "sum"): 5 * hour1, inProduction("changes_undeployed", "reason", "not_on_branch"): 1,
		inProduction("changes_undeployed", "reason", "waiting"): 1, inProduction("deployments_rework_total"): 0,
	}},
	{"wrong-clocks", "deployed", func(s *doraStory) {
		s.live(h(0))
		for i := range 4 {
			s.change(h(1 + i))
			c := s.Commits[len(s.Commits)-1]
			c.Committer.At -= githubtest.Time(i%2) * 900 * 86400
			c.Author.At += 900 * 86400
		}
		s.live(h(6))
	}, map[string]float64{lead("merged", "count"): 4, lead("merged", "sum"): (5 + 4 + 3 + 2) * hour1}},
	{"deployed-before-merged", "deployed", func(s *doraStory) {
		s.live(h(0))
		it := s.opened(h(4)).labeled(h(3), "hotfix")
		c := s.land(h(2), true, s.tip)
		s.live(h(3)+1800, c.OID)
		s.mergedAs(it, h(4), c)
	}, map[string]float64{
		missing("deploy", "negative"): 1, lead("merged", "count"): 0, lead("opened", "sum"): hour1 / 2, lead("first_commit", "sum"): 1.5 * hour1,
		inProduction("deployments_rework_total"): 0,
	}},
	{"bots", "deployed", func(s *doraStory) {
		s.live(h(0))
		s.change(h(1)).Author = "robo[bot]"
		s.change(h(1)).Author = "tally"
		s.live(h(2))
		s.change(h(3)).Author = "tally"
	}, map[string]float64{
		lead("merged", "count"): 0, missing("deploy", "negative"): 0, missing("coding", "negative"): 0,
		inProduction("changes_undeployed", "reason", "waiting"): 1, of("change_stage_seconds_count", "stage", "coding"): 0,
	}},
	{"stages", "deployed", func(s *doraStory) {
		s.live(h(0))
		it := s.draft("ann", h(2))
		s.Commits[len(s.Commits)-1].Author.At = h(1)
		it.on(h(4), githubtest.ReadyForReview).review(h(7), "bob", blocked, 0).review(h(11), "bob", approved, 0)
		s.mergedAs(it, h(16), s.land(h(16), true, s.tip))
		late := s.pull("ann", h(2)) // its commit was made afterwards, and nobody approved
		s.Commits[len(s.Commits)-1].Author.At = h(3)
		s.mergedAs(late.review(h(4), "bob", commented, 0), h(5), s.land(h(5), true, s.tip))
		s.mergedAs(s.draft("ann", h(5)), h(6), s.land(h(6), true, s.tip))
		s.live(h(22))
	}, map[string]float64{
		of("change_stage_seconds_sum", "stage", "coding"): hour1 + 60, of("change_stage_seconds_sum", "stage", "draft"): 2 * hour1,
		of("change_stage_seconds_sum", "stage", "pickup"): (3 + 2) * hour1, of("change_stage_seconds_sum", "stage", "review"): 4 * hour1,
		of("change_stage_seconds_sum", "stage", "merge_wait"): 5 * hour1, of("change_stage_seconds_sum", "stage", "deploy"): (6 + 17 + 16) * hour1,
		missing("coding", "negative"): 1, missing("review", "no_approval"): 1, missing("merge_wait", "no_approval"): 2,
		missing("pickup", "no_review"): 1, missing("review", "no_review"): 1, missing("draft", "negative"): 0,
		lead("first_commit", "sum"): (21+20+17)*hour1 + 60,
	}},
}

// sourceStories are about where deployments come from.
var sourceStories = []doraStoryCase{
	{"releases-first", "deployed", func(s *doraStory) {
		s.tagged("v1", h(1), true)
		s.released("v1", h(1))
		s.change(h(2))
		s.tagged("v2", h(3), false)
		s.released("v2", h(3))
		s.change(h(4))
		s.deploys(production, s.tip, status(h(5), "failure")) // from now on deployments count
		s.tagged("v3", h(6), true)
		s.released("v3", h(6))
		s.live(h(7))
		s.deploys("staging", s.tip, status(h(8), "success"))
	}, map[string]float64{
		finished("releases", "success"): 2, finished("deployments", "success"): 1, finished("deployments", "failure"): 1,
		lead("merged", "sum"): (1 + 3) * hour1,
	}},
	{"in-one-second", "deployed", func(s *doraStory) {
		s.tagged("v1", h(1), true)
		s.released("v1", h(1))
		s.tagged("v2", h(3), true)
		s.released("v2", h(3))
		s.change(h(2))
		s.live(h(3)) // what is listed first has yielded something by then
	}, map[string]float64{finished("releases", "success"): 1, finished("deployments", "success"): 1}},
	{"tags", "tagged", func(s *doraStory) {
		s.change(h(1))
		s.tagged("v1", h(2), true)
		s.change(h(3))
		s.tagged("nightly", h(4), true) // does not match
		s.tagged("v2", h(5), false)     // lightweight, of a commit of h(3)
		s.change(h(6))
		s.tagged("v3", h(7), false)
		s.released("v3", h(8))
		s.change(h(9))
		s.tagged("v4", h(10), true)
		s.released("v4", h(20)) // the tagger's date counts
		s.tagged("v4-again", h(10)+60, true)
		s.change(h(11))
		s.tagged("v5", h(12), true).DeletedAt = h(13)
		s.tagged("v6", h(14), true)
	}, map[string]float64{
		finished("tags", "success"): 5, missing("deploy", "first_deployment"): 1, missing("deploy", "no_tag_time"): 1,
		lead("merged", "count"): 3, lead("merged", "sum"): (2 + 1 + 3) * hour1,
	}},
	{"light-tag-first", "tagged", func(s *doraStory) {
		s.change(h(1))
		s.tagged("v1", h(5), false)
		s.change(h(6))
		s.tagged("v2", h(7), true)
	}, map[string]float64{missing("deploy", "first_deployment"): 1, missing("deploy", "no_tag_time"): 0, lead("merged", "count"): 1}},
	{"releases", "deployed", func(s *doraStory) {
		s.tagged("v1", h(1), true)
		s.released("v1", h(2))
		s.change(h(3))
		s.tagged("v2-rc", h(4), true)
		s.released("v2-rc", h(4)).Prerelease = true
		s.released("gone", h(5)) // of a tag that is not there
		s.tagged("v2", h(6), true)
		s.released("v2", h(6)).DeletedAt = h(7)
		s.tagged("v3", h(8), true)
		s.released("v3", h(9))
	}, map[string]float64{finished("releases", "success"): 3, missing("deploy", "first_deployment"): 1}},
	{"runs", "run", func(s *doraStory) {
		s.tagged("v0", h(0), true)
		s.change(h(1))
		s.runs("deploy.yml", "push", "main", attempt(h(2), "failure"), attempt(h(3), "success"))
		s.change(h(4))
		s.runs("ci.yml", "push", "main", attempt(h(5), "success"))
		s.runs("deploy.yml", "pull_request", "main", attempt(h(6), "success"))
		s.runs("deploy.yml", "push", "topic", attempt(h(7), "success"))
		s.runs("deploy.yml", "push", "main", attempt(h(8), "cancelled"), attempt(h(9), "timed_out"))
		s.runs("deploy.yml", "push", "main", attempt(h(10), "success"))
		s.change(h(11))
		s.runs("deploy.yml", "workflow_dispatch", "main", attempt(h(12), "skipped"))
		s.tagged("v1", h(13), true) // superseded
	}, map[string]float64{
		finished("workflow", "success"): 2, finished("workflow", "failure"): 2, finished("tags", "success"): 1,
		lead("merged", "sum"): (2 + 6) * hour1, inProduction("changes_undeployed", "reason", "waiting"): 1,
	}},
	{"merges", "merged", func(s *doraStory) {
		s.change(h(1))
		s.change(h(2))
		s.change(h(2))
		s.aside(h(3), s.tip)
		s.reverting(h(4), s.change(h(3)))
	}, map[string]float64{
		finished("merges", "success"): 5, lead("merged", "count"): 4, lead("merged", "sum"): 0, missing("deploy", "first_deployment"): 1,
		inProduction("changes_undeployed", "reason", "not_on_branch"): 1, inProduction("deployments_rework_total"): 1,
		inProduction("deployments_failed_change_total", "link", "revert"): 1, inProduction("deployment_recovery_seconds_sum"): hour1,
	}},
}

// tagged tags the default branch's tip.
func (s *doraStory) tagged(name string, at githubtest.Time, annotated bool) *githubtest.Tag {
	t := &githubtest.Tag{Name: name, OID: s.tip, At: at}
	if annotated {
		t.TagOID = s.oid()
	}
	s.Tags = append(s.Tags, t)
	return t
}

func (s *doraStory) released(tag string, at githubtest.Time) *githubtest.Release {
	r := &githubtest.Release{ID: s.next(), Tag: tag, Name: tag, CreatedAt: at, PublishedAt: at}
	s.Releases = append(s.Releases, r)
	return r
}

// attempt is one that took five minutes.
func attempt(completed githubtest.Time, conclusion string) githubtest.Attempt {
	return githubtest.Attempt{StartedAt: completed - 300, CompletedAt: completed, Conclusion: conclusion}
}

// runs runs a workflow on the default branch's tip.
func (s *doraStory) runs(file, event, branch string, attempts ...githubtest.Attempt) {
	workflow := int64(0)
	for _, w := range s.Workflows {
		if w.Name == file {
			workflow = w.ID
		}
	}
	if workflow == 0 {
		workflow = s.next()
		s.Workflows = append(s.Workflows, &githubtest.Workflow{ID: workflow, Name: file, Path: ".github/workflows/" + file, CreatedAt: day0})
	}
	s.Runs = append(s.Runs, &githubtest.Run{
		ID: s.next(), CheckSuite: s.next(), Workflow: workflow, Number: len(s.Runs) + 1, Event: event, Branch: branch, OID: s.tip,
		CreatedAt: attempts[0].StartedAt - 10, Attempts: attempts,
	})
}
