package exporter

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// factHistory is the commits and tags of the dataset, and the merge commits of
// its pull requests.
type factHistory struct {
	parents   map[string][]string
	committed map[string]time.Time
	authored  map[string]time.Time
	tags      []factTag
	released  map[string]time.Time // by tag; empty where releases are not looked at
	head      string
}

type factTag struct {
	Name, OID, TagOID string
	At                time.Time
}

type factCommit struct {
	OID               string
	Parents           []string
	Author, Committer struct{ At time.Time }
	LandedAt          time.Time
	Mainline          bool
}

// readHistory reads the dataset's commits, tags and releases.
func readHistory(t *testing.T) *factHistory {
	t.Helper()
	h := &factHistory{parents: map[string][]string{}, committed: map[string]time.Time{}, authored: map[string]time.Time{}, released: map[string]time.Time{}}
	var landed time.Time
	for _, line := range readLines[struct {
		Commit  *factCommit
		Tag     *factTag
		Release *struct {
			Tag         string
			PublishedAt time.Time
		}
	}](t) {
		switch {
		case line.Commit != nil:
			c := line.Commit
			h.parents[c.OID], h.committed[c.OID], h.authored[c.OID] = c.Parents, c.Committer.At, c.Author.At
			if c.Mainline && !c.LandedAt.Before(landed) {
				h.head, landed = c.OID, c.LandedAt
			}
		case line.Tag != nil:
			h.tags = append(h.tags, *line.Tag)
		case line.Release != nil:
			h.released[line.Release.Tag] = line.Release.PublishedAt
		}
	}
	return h
}

// ancestors adds a commit and all that it descends from.
func (h *factHistory) ancestors(oid string, seen map[string]bool) {
	if _, known := h.committed[oid]; !known || seen[oid] {
		return
	}
	seen[oid] = true
	for _, p := range h.parents[oid] {
		h.ancestors(p, seen)
	}
}

// factDeployment is a tag as a deployment: an annotated one at the tagger's
// date, a lightweight one at its release's, else at its commit's without lead time.
type factDeployment struct {
	at      time.Time
	untimed bool
	oid     string
}

func (h *factHistory) deployments() (list []factDeployment) {
	for _, tag := range h.tags {
		d := factDeployment{at: tag.At, oid: tag.OID}
		if tag.TagOID == "" {
			published, ok := h.released[tag.Name]
			if d.at = published; !ok {
				d.at, d.untimed = h.committed[tag.OID], true
			}
		}
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b factDeployment) int { return cmp.Compare(a.at.Unix(), b.at.Unix()) })
	return list
}

// shippedFacts gives the figures of what tags shipped as of T, keyed as
// shippedNames says.
func shippedFacts(items []factItem, h *factHistory, T time.Time, window time.Duration) map[string]float64 {
	s := map[string]float64{}
	leads := map[string][]float64{}
	before, shipped := map[string]bool{}, map[int]bool{}
	for n, d := range h.deployments() {
		if d.at.After(T) {
			break
		}
		s["deployments"]++
		contains := map[string]bool{}
		h.ancestors(d.oid, contains)
		for i := range items {
			it := &items[i]
			oid := it.mergeOID()
			if !happened(it.at("merged"), T) || !contains[oid] || before[oid] {
				continue
			}
			shipped[it.Number] = true
			switch {
			case n == 0:
				s["left-censored"]++
				continue
			case d.untimed:
				s["no tag time"]++
				continue
			}
			s["shipped"]++
			for start, from := range h.starts(it) {
				if d.at.Before(from) {
					s["negative "+start]++
					continue
				}
				lead := d.at.Sub(from).Seconds()
				s[start+" sum"] += lead
				s[start+" count"]++
				if d.at.After(T.Add(-window)) {
					leads[start] = append(leads[start], lead)
				}
			}
		}
		maps.Copy(before, contains)
	}
	onBranch := map[string]bool{}
	h.ancestors(h.head, onBranch)
	for i := range items {
		if it := &items[i]; happened(it.at("merged"), T) && !shipped[it.Number] && s["deployments"] > 0 {
			s[map[bool]string{true: "waiting", false: "not on branch"}[onBranch[it.mergeOID()]]]++
		}
	}
	for start, values := range leads {
		s[start+" median"] = median(values)
	}
	return s
}

// mergeOID gives the commit that merged a pull request, "" if there is none.
func (it *factItem) mergeOID() string {
	if it.PR == nil {
		return ""
	}
	return it.PR.MergeOID
}

// starts gives the instants from which the lead times of a change are counted.
func (h *factHistory) starts(it *factItem) map[string]time.Time {
	first := it.CreatedAt
	for _, c := range it.PR.Commits {
		if at := h.authored[c.OID]; at.Before(first) {
			first = at
		}
	}
	starts := map[string]time.Time{"opened": it.CreatedAt, "merged": it.at("merged")}
	if len(it.PR.Commits) > 0 {
		starts["first_commit"] = first
	}
	return starts
}

// shippedNames says where the exposition has what shippedFacts states.
func shippedNames() map[string][]string {
	names := map[string][]string{
		"deployments":     {"deployments_total", "", "environment=production", "source=tags", "result=success"},
		"failures":        {"deployments_total", "", "result=failure"},
		"left-censored":   {"change_stage_missing_total", "", "stage=deploy", "reason=first_deployment"},
		"no tag time":     {"change_stage_missing_total", "", "stage=deploy", "reason=no_tag_time"},
		"negative merged": {"change_stage_missing_total", "", "stage=deploy", "reason=negative"},
		"merged count":    {"change_stage_seconds", "count", "stage=deploy"},
		"merged sum":      {"change_stage_seconds", "sum", "stage=deploy"},
		"waiting":         {"changes_undeployed", "", "reason=waiting"},
		"not on branch":   {"changes_undeployed", "", "reason=not_on_branch"},
	}
	for _, start := range []string{"first_commit", "opened", "merged"} {
		names[start+" count"] = []string{"change_lead_time_seconds", "count", "environment=production", "start=" + start}
		names[start+" sum"] = []string{"change_lead_time_seconds", "sum", "environment=production", "start=" + start}
		names[start+" median"] = []string{"change_lead_time_quantile_seconds", "", "start=" + start, "q=0.5"}
	}
	return names
}

// TestRealShipping holds what shipped of a real repository's six years – its tags
// are the deployments – against arithmetic on the dataset alone: once with its
// releases, and once as if it had none, so that lightweight tags have no time.
func TestRealShipping(t *testing.T) {
	t.Parallel()
	facts, history := readFacts(t), readHistory(t)
	dataset, err := githubtest.Load(realDataset)
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name                      string
		releases                  bool
		shipped, censored, noTime float64
	}{
		{"with releases", true, 458, 40, 0},
		{"tags alone", false, 202, 40, 256},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo, h := *dataset.Repos[0], *history
			if !c.releases {
				repo.Releases, h.released = nil, nil
			}
			s := newSandbox(t, end, "windows: [1825d]\nquantiles: [0.5]\n", &githubtest.Dataset{Repos: []*githubtest.Repo{&repo}})
			s.configure("deployments: [{source: tags, environment: production}]")
			s.command("mirror", "sync")
			for _, at := range []string{"2018-01-01T00:00:00Z", "2018-09-01T00:00:00Z", "2020-03-06T17:12:51Z", "2022-05-01T12:00:00Z", "2024-04-01T00:00:00Z"} {
				s.sameShipping(t, at, facts, &h)
			}
			if f := shippedFacts(facts, &h, end, 0); f["shipped"] != c.shipped || f["left-censored"] != c.censored || f["no tag time"] != c.noTime {
				t.Errorf("the dataset says %v shipped, %v left-censored, %v without a time", f["shipped"], f["left-censored"], f["no tag time"])
			}
		})
	}
}

func (s *sandbox) sameShipping(t *testing.T, at string, facts []factItem, h *factHistory) {
	t.Helper()
	T, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	got := parseFigures(t, s.command("mirror", "metrics", "--at", at))
	want := shippedFacts(facts, h, T, 1825*24*time.Hour)
	for name, where := range shippedNames() {
		if value := got.sum("github_dev_"+where[0], where[1], where[2:]...); math.Abs(value-want[name]) > 1e-6 {
			t.Errorf("as of %s %s is %v, the dataset says %v", at, name, value, want[name])
		}
	}
	t.Logf("as of %s: %v deployments, %v pull requests shipped with lead time, %v left-censored, %v without a time, %v waiting, %v not on the branch, medians %v %v %v",
		at, want["deployments"], want["shipped"], want["left-censored"], want["no tag time"], want["waiting"], want["not on branch"],
		want["first_commit median"], want["opened median"], want["merged median"])
}
