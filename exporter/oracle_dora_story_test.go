package exporter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// doraStory is a story of deployments. Its first commit was there before all else.
type doraStory struct {
	*story
	tip string // of the default branch
}

func newDoraStory(name string, number int) *doraStory {
	s := &doraStory{story: newStory(name, number)}
	s.tip = s.land(h(0)-3600, true).OID
	return s
}

// land adds a commit to the default branch, or beside it.
func (s *doraStory) land(at githubtest.Time, mainline bool, parents ...string) *githubtest.Commit {
	c := &githubtest.Commit{
		OID: s.oid(), Parents: parents, Author: githubtest.Signature{At: at}, Committer: githubtest.Signature{At: at}, LandedAt: at, Mainline: mainline,
	}
	s.Commits = append(s.Commits, c)
	if mainline {
		s.tip = c.OID
	}
	return c
}

// change merges a pull request to the default branch: its commit is two hours
// older, it was opened an hour before and approved half an hour before.
func (s *doraStory) change(at githubtest.Time) *storyItem {
	it := s.opened(at)
	return s.mergedAs(it, at, s.land(at, true, s.tip))
}

func (s *doraStory) opened(at githubtest.Time) *storyItem {
	it := s.pull("ann", at-3600)
	s.Commits[len(s.Commits)-1].Author.At = at - 7200
	return it.review(at-1800, "bob", approved, 0)
}

// aside merges a pull request to another branch.
func (s *doraStory) aside(at githubtest.Time, parent string) *storyItem {
	it := s.opened(at)
	it.PR.BaseRef = "release"
	return s.mergedAs(it, at, s.land(at, false, parent))
}

func (s *doraStory) mergedAs(it *storyItem, at githubtest.Time, c *githubtest.Commit) *storyItem {
	it.PR.MergeOID = c.OID
	return it.happens(at, githubtest.Event{Kind: githubtest.Merged, OID: c.OID}).on(at, githubtest.Closed)
}

// status is a status of a deployment.
func status(at githubtest.Time, state string) githubtest.DeploymentStatus {
	return githubtest.DeploymentStatus{State: state, At: at}
}

func (s *doraStory) deploys(env, oid string, statuses ...githubtest.DeploymentStatus) *githubtest.Deployment {
	created := slices.MinFunc(statuses, func(a, b githubtest.DeploymentStatus) int { return cmp.Compare(a.At, b.At) }).At - 30
	d := &githubtest.Deployment{ID: s.next(), OID: oid, Ref: "main", Environment: env, CreatedAt: created, Statuses: statuses}
	for i := range d.Statuses {
		d.Statuses[i].ID = s.next()
	}
	s.Deployments = append(s.Deployments, d)
	return d
}

// live deploys a commit to production; without a name the default branch's tip.
func (s *doraStory) live(at githubtest.Time, oid ...string) *githubtest.Deployment {
	return s.deploys("production", append(oid, s.tip)[0], status(at, "success"))
}

// incident opens an issue that is one from the beginning.
func (s *doraStory) incident(at githubtest.Time) *storyItem {
	return s.issue("cid", at).labeled(at, "incident")
}

// reverting merges a pull request that undoes another.
func (s *doraStory) reverting(at githubtest.Time, target *storyItem) *storyItem {
	return s.change(at).says(fmt.Sprintf("Reverts acme/%s#%d", s.Name, target.Number))
}

func (it *storyItem) tells(at githubtest.Time, text string) *storyItem {
	it.comment(at, "ann")
	it.Comments[len(it.Comments)-1].Body = text
	return it
}

func (it *storyItem) closes(issue *storyItem) *storyItem {
	it.Closes = append(it.Closes, issue.Number)
	return it
}

// doraStoryCase is a story, under one of storyConfigs, and figures that it must have in the end.
type doraStoryCase struct {
	name, conf string
	tell       func(s *doraStory)
	want       map[string]float64
}

// doraMoments gives the instants at which something happens in a story, those
// right before a deployment's, and those at which it leaves the shorter window.
func (s *doraStory) doraMoments() []githubtest.Time {
	at := s.instants()
	for _, d := range s.Deployments {
		for _, st := range d.Statuses {
			at = append(at, st.At, st.At-1, min(storyEnd, st.At+7*86400))
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// TestOracleDoraStories tells stories of deployments and incidents that are
// unlikely, one in each repository, and holds every series at every second in which
// something happens against the oracle, and some against figures counted by hand.
func TestOracleDoraStories(t *testing.T) {
	t.Parallel()
	byConf := map[string]*doraCase{}
	var order []*doraCase
	var stories []*doraStory
	all := slices.Concat(shippingStories, sourceStories, incidentStories, recoveryStories)
	for i, c := range all {
		s := newDoraStory(c.name, i+1)
		c.tell(s)
		s.Index()
		stories = append(stories, s)
		if byConf[c.conf] == nil {
			byConf[c.conf] = &doraCase{name: c.conf, conf: storyConfigs[c.conf]}
			order = append(order, byConf[c.conf])
		}
		byConf[c.conf].datasets = append(byConf[c.conf].datasets, &githubtest.Dataset{Repos: []*githubtest.Repo{s.Repo}})
	}
	var cases []doraCase
	for _, c := range order {
		cases = append(cases, *c)
	}
	sandbox := newDoraSandbox(t, storyEnd.Time(), cases)
	oracles := sandbox.doraOracles(cases)
	told := map[githubtest.Time]map[string]bool{}
	for _, s := range stories {
		for _, at := range s.doraMoments() {
			if told[at] == nil {
				told[at] = map[string]bool{}
			}
			told[at][s.Name] = true
		}
	}
	t.Logf("%d stories at %d instants", len(stories), len(told))
	o := sandbox.offline("mirror")
	for at, names := range told {
		sandbox.doraAgree(sandbox.asOf(o, at, doraGroups, names), at, cases, oracles, names)
	}
	if err := o.mirror.Close(); err != nil {
		t.Fatal(err)
	}
	got := seriesWith(t, sandbox.command("mirror", "metrics", "--at", storyEnd.String()), doraPrefixes...)
	for _, c := range all {
		checkStory(t, storyCase{name: c.name, want: c.want}, got[c.name])
	}
}

// Names of figures, as checkStory takes them.
const production = "production"

func lead(start, of string) string {
	return fmt.Sprintf("change_lead_time_seconds_%s{environment=%q,start=%q}", of, production, start)
}

func missing(stage, reason string) string {
	return fmt.Sprintf("change_stage_missing_total{reason=%q,stage=%q}", reason, stage)
}

func finished(source, result string) string {
	return fmt.Sprintf("deployments_total{environment=%q,result=%q,source=%q}", production, result, source)
}

func inProduction(family string, labels ...string) string {
	return strings.TrimPrefix(oracleKey(family, append([]string{"environment", production}, labels...)...), "github_dev_")
}

// of names a figure by its family and labels.
func of(family string, labels ...string) string {
	return strings.TrimPrefix(oracleKey(family, labels...), "github_dev_")
}
