package githubtest

import (
	"math"
	"slices"
	"sort"
	"testing"
	"time"
)

var demoNow = time.Date(2026, 3, 10, 14, 0, 0, 0, time.UTC)

func TestTheDemosRepositoriesMakeSense(t *testing.T) {
	set := Demo(demoNow)
	owners := map[string]int{}
	for _, repo := range set.Repos {
		owners[repo.Owner]++
		newJudge(t, repo, TimeOf(demoNow.AddDate(-2, 0, 0)), TimeOf(demoNow.AddDate(0, 0, 42))).everything()
	}
	if len(set.Repos) != 3 || len(owners) != 2 {
		t.Errorf("%d repositories of %d owners, want 3 of 2", len(set.Repos), len(owners))
	}
	mustPassTheReader(t, set)
}

// Whoever watches the demo must see something happen, at any time of the day and week.
func TestTheDemoIsAliveFromTheFirstMinute(t *testing.T) {
	for _, now := range []time.Time{demoNow, time.Date(2026, 12, 27, 3, 30, 0, 0, time.UTC)} {
		seen := demoActivity(Demo(now), now, 6*time.Hour)
		longest, last := time.Duration(0), TimeOf(now)
		for _, at := range seen {
			longest = max(longest, at.Sub(last))
			last = at
		}
		mean := 6 * time.Hour / time.Duration(len(seen)+1)
		if mean < 10*time.Second || mean > 30*time.Second {
			t.Errorf("at %s: something happens every %s, want 10s to 30s", now, mean)
		}
		if longest > 80*time.Second || TimeOf(now).Add(6*time.Hour).Sub(last) > 80*time.Second {
			t.Errorf("at %s: it is silent for %s", now, longest)
		}
		later := len(demoActivity(Demo(now), now.AddDate(0, 0, 7), 7*24*time.Hour))
		if perDay := later / 7; perDay < 60 || perDay > 400 {
			t.Errorf("at %s: a week later things happen %d times a day", now, perDay)
		}
	}
}

// demoActivity gives when something happened in a time, the same second once.
func demoActivity(set *Dataset, from time.Time, long time.Duration) []Time {
	var seen []Time
	for _, repo := range set.Repos {
		g := &generator{repo: repo}
		seen = append(seen, g.activity(TimeOf(from), TimeOf(from).Add(long))...)
	}
	slices.Sort(seen)
	return slices.Compact(seen)
}

// What somebody who runs a repository would look at first must be what they are used to.
func TestTheDemosFiguresAreBelievable(t *testing.T) {
	now := TimeOf(demoNow)
	for _, repo := range Demo(demoNow).Repos {
		s := survey(repo, now)
		for _, c := range []struct {
			what           string
			got, low, high float64
		}{
			{"median hours to the first response to an issue", quantile(s.response, 0.5), 1, 12},
			{"90th percentile of the same", quantile(s.response, 0.9), 16, 120},
			{"median hours to the first review", quantile(s.review, 0.5), 1, 12},
			{"median hours to the merge", quantile(s.merge, 0.5), 12, 48},
			{"90th percentile of the same", quantile(s.merge, 0.9), 48, 240},
			{"longest way to a merge in days", quantile(s.merge, 1) / 24, 10, 400},
			{"median days to close an issue", quantile(s.close, 0.5) / 24, 1, 14},
			{"share of open issues", s.openIssues / s.issues, 0.02, 0.2},
			{"share of open pull requests", s.openPulls / s.pulls, 0.003, 0.08},
			{"share of merged pull requests", s.merged / s.pulls, 0.75, 0.95},
			{"share of bots' pull requests", s.botPulls / s.pulls, 0.05, 0.3},
			{"share of what people did on weekends", s.weekend / s.acts, 0.01, 0.14},
			{"most comments on one issue", s.mostComments, 25, 80},
			{"median comments on an issue", quantile(s.comments, 0.5), 1, 4},
			{"share of failed deployments to production", s.failed / s.deployed, 0.01, 0.2},
			{"incidents in two years", s.incidents, 3, 60},
			{"pull requests open for a month", s.old, 1, 30},
		} {
			if !(c.got >= c.low && c.got <= c.high) {
				t.Errorf("%s: %s: %.3g, want %g to %g", repo.Name, c.what, c.got, c.low, c.high)
			}
		}
	}
}

// figures are what a survey counts; durations are in hours.
type figures struct {
	response, review, merge, close, comments      []float64
	issues, pulls, openIssues, openPulls, merged  float64
	botPulls, weekend, acts, mostComments, failed float64
	deployed, incidents, old                      float64
}

// survey looks at a repository at an instant, by ways of its own.
func survey(repo *Repo, now Time) *figures {
	s := &figures{}
	for _, item := range repo.Items {
		if item.CreatedAt > now {
			continue
		}
		s.acted(repo, item.Author, item.CreatedAt)
		if item.PR == nil {
			s.issue(repo, item, now)
		} else {
			s.pull(repo, item, now)
		}
	}
	for _, d := range repo.Deployments {
		if d.Environment != "production" || d.CreatedAt > now {
			continue
		}
		s.deployed++
		if slices.ContainsFunc(d.Statuses, func(st DeploymentStatus) bool { return st.State == "failure" || st.State == "error" }) {
			s.failed++
		}
	}
	return s
}

func human(repo *Repo, login string) bool {
	return repo.User(login).Type == "User" && login != repo.Owner+"-sync-bot"
}

func (s *figures) acted(repo *Repo, login string, at Time) {
	if !human(repo, login) {
		return
	}
	s.acts++
	if day := at.Time().Weekday(); day == time.Saturday || day == time.Sunday {
		s.weekend++
	}
}

func (s *figures) issue(repo *Repo, item *Item, now Time) {
	s.issues++
	if item.isOpen(now) {
		s.openIssues++
	}
	responded := false
	for _, c := range item.Comments {
		s.acted(repo, c.Author, c.CreatedAt)
		if !responded && c.Author != item.Author && human(repo, c.Author) {
			s.response = append(s.response, c.CreatedAt.Sub(item.CreatedAt).Hours())
			responded = true
		}
	}
	s.comments = append(s.comments, float64(len(item.Comments)))
	s.mostComments = max(s.mostComments, float64(len(item.Comments)))
	for _, e := range item.Events {
		if e.Kind == Closed {
			s.close = append(s.close, e.At.Sub(item.CreatedAt).Hours())
		}
		if e.Label == labelIncident {
			s.incidents++
		}
	}
}

func (s *figures) pull(repo *Repo, item *Item, now Time) {
	s.pulls++
	if item.isOpen(now) {
		s.openPulls++
		if now.Sub(item.CreatedAt) > 30*day {
			s.old++
		}
	}
	if !human(repo, item.Author) {
		s.botPulls++
	}
	ready := item.CreatedAt
	if i := slices.IndexFunc(item.Events, func(e Event) bool { return e.Kind == ReadyForReview }); i >= 0 {
		ready = item.Events[i].At
	}
	for _, e := range item.Events {
		if e.Kind == Merged && e.At <= now {
			s.merged++
			s.merge = append(s.merge, e.At.Sub(ready).Hours())
		}
	}
	for _, r := range item.PR.Reviews {
		s.acted(repo, r.Author, r.SubmittedAt)
		if r.Author != item.Author && human(repo, r.Author) && r.SubmittedAt >= ready {
			s.review = append(s.review, r.SubmittedAt.Sub(ready).Hours())
			break
		}
	}
}

// quantile gives the value at a share of a list, NaN of none.
func quantile(list []float64, q float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	sort.Float64s(list)
	return list[int(q*float64(len(list)-1))]
}
