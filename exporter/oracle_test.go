package exporter

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// The files oracle_*_test.go state every issue and pull-request family of a
// simulated repository a second time: from the plain data of what truly
// happened, item by item and as slowly as it reads, by the words of the
// definitions. Nothing of derive, collector or the mirror is used.
//
// What a first sync cannot know it takes as GitHub shows it then: items,
// comments, labels and commits that are gone are not there, and accounts that
// are gone have no name.

// oracle states the figures of one repository.
type oracle struct {
	repo *githubtest.Repo
	seen githubtest.Time // when the first sync read it
	conf oracleConfig
	*truth
}

// oracleConfig is what the configuration says, in plain words.
type oracleConfig struct {
	bots      []string // logins that are bots besides GitHub's own
	labels    []string // prefixes of the labels that may become series
	windows   []int    // days
	quantiles []float64
}

// truth is a sheet of figures as of an instant.
type truth struct {
	at     githubtest.Time
	conf   oracleConfig
	series map[string]float64          // counters and gauges
	ended  map[string][]oracleDuration // what histograms observe, by family
	ages   map[string][]float64        // of what is open, by family
}

// oracleDuration is one observation, and when it was made.
type oracleDuration struct {
	at    githubtest.Time
	value float64
}

// stateTruth gives the figures of a repository as of an instant, keyed as the
// exposition writes them, without the labels of the repository.
func stateTruth(conf oracleConfig, seen, at githubtest.Time, repos ...*githubtest.Repo) map[string]float64 {
	t := &truth{
		at: at, conf: conf, series: map[string]float64{}, ended: map[string][]oracleDuration{}, ages: map[string][]float64{},
	}
	t.zeros()
	for _, repo := range repos {
		o := &oracle{repo: repo, seen: seen, conf: conf, truth: t}
		for _, it := range repo.Items {
			if o.present(it) && it.CreatedAt <= at {
				o.item(it)
			}
		}
	}
	t.histograms()
	t.quantiles()
	return t.series
}

var (
	oracleKinds       = []string{"human", "bot"}
	oracleIssueStates = []string{"open", "closed"}
	oraclePullStates  = []string{"open", "merged", "closed"}
	oracleAges        = map[string]float64{"1d": 1, "7d": 7, "30d": 30, "90d": 90, "365d": 365}

	oraclePeople = []float64{
		15 * 60, 3600, 4 * 3600, 8 * 3600, 86400, 2 * 86400, 4 * 86400, 7 * 86400, 14 * 86400, 30 * 86400,
		90 * 86400, 180 * 86400, 365 * 86400,
	}
	oracleLines = []float64{10, 30, 100, 500, 1000, 5000}
	oracleFew   = []float64{0, 1, 2, 3, 5, 8, 13, 21}

	oracleHistograms = map[string][]float64{
		"issue_first_response_seconds": oraclePeople, "issue_close_seconds": oraclePeople,
		"pull_request_first_response_seconds": oraclePeople, "pull_request_first_review_seconds": oraclePeople,
		"pull_request_first_approval_seconds": oraclePeople, "pull_request_merge_seconds": oraclePeople,
		"pull_request_close_seconds": oraclePeople, "pull_request_size_lines": oracleLines,
		"pull_request_review_rounds": oracleFew, "pull_request_commits": oracleFew,
	}
)

// zeros are there for every value of an enum, whatever happened.
func (t *truth) zeros() {
	for _, s := range oracleIssueStates {
		t.count("issues", 0, "state", s)
		t.count("issues_labeled", 0, "label", "other", "state", s)
	}
	for _, s := range oraclePullStates {
		t.count("pull_requests", 0, "state", s)
		t.count("pull_requests_labeled", 0, "label", "other", "state", s)
	}
	for _, r := range []string{"completed", "not_planned", "duplicate", "unknown"} {
		t.count("issues_closed_total", 0, "reason", r)
	}
	t.count("pull_requests_draft", 0)
	for age := range oracleAges {
		t.count("issues_open_older_than", 0, "age", age)
		t.count("pull_requests_open_older_than", 0, "age", age)
	}
	for _, kind := range oracleKinds {
		for _, family := range []string{
			"issues_opened_total", "issues_reopened_total", "issue_comments_total", "pull_requests_opened_total",
			"pull_requests_merged_total", "pull_requests_closed_total", "pull_requests_reopened_total",
			"pull_requests_reverted_total", "pull_requests_merged_unreviewed_total",
		} {
			t.count(family, 0, "author_kind", kind)
		}
		for _, s := range []string{"approved", "changes_requested", "commented", "dismissed"} {
			t.count("pull_request_reviews_total", 0, "author_kind", kind, "state", s)
		}
		for _, k := range []string{"conversation", "review"} {
			t.count("pull_request_comments_total", 0, "author_kind", kind, "kind", k)
		}
	}
}

// count adds to a series; labels are names and values, sorted by name.
func (t *truth) count(family string, n float64, labels ...string) {
	t.series[oracleKey(family, labels...)] += n
}

// happened counts something once if it has happened by the instant.
func (t *truth) happened(at githubtest.Time, family string, labels ...string) {
	if at != 0 && at <= t.at {
		t.count(family, 1, labels...)
	}
}

// spans observes the time between two ends if both exist, in order, and the
// second has come.
func (t *truth) spans(family string, from, to githubtest.Time) {
	if from != 0 && to != 0 && to >= from {
		t.observes(family, to, float64(to-from))
	}
}

// observes notes a value that was fixed at an instant.
func (t *truth) observes(family string, at githubtest.Time, value float64) {
	if at <= t.at {
		t.ended[family] = append(t.ended[family], oracleDuration{at, value})
	}
}

// opens notes the age of something that is open.
func (t *truth) opens(singular, plural string, since githubtest.Time) {
	age := float64(t.at - since)
	t.ages[singular+"_open_age_seconds"] = append(t.ages[singular+"_open_age_seconds"], age)
	for name, days := range oracleAges {
		if age > days*86400 {
			t.count(plural+"_open_older_than", 1, "age", name)
		}
	}
}

// histograms turns what ended into buckets, counts and sums.
func (t *truth) histograms() {
	for family, bounds := range oracleHistograms {
		t.count(family+"_sum", 0)
		t.count(family+"_count", 0)
		for _, bound := range append(slices.Clone(bounds), math.Inf(1)) {
			t.count(family+"_bucket", 0, "le", oracleNumber(bound))
		}
		for _, o := range t.ended[family] {
			t.count(family+"_sum", o.value)
			t.count(family+"_count", 1)
			for _, bound := range append(slices.Clone(bounds), math.Inf(1)) {
				if o.value <= bound {
					t.count(family+"_bucket", 1, "le", oracleNumber(bound))
				}
			}
		}
	}
}

// quantiles states the windowed gauges of durations, and those of ages.
func (t *truth) quantiles() {
	for family := range oracleHistograms {
		name, isDuration := strings.CutSuffix(family, "_seconds")
		if !isDuration {
			continue
		}
		for _, days := range t.conf.windows {
			var values []float64
			for _, o := range t.ended[family] {
				if o.at > t.at-githubtest.Time(days)*86400 && o.at <= t.at {
					values = append(values, o.value)
				}
			}
			t.quantilesOf(name+"_quantile_seconds", values, "window", fmt.Sprintf("%dd", days))
		}
	}
	for family, values := range t.ages {
		t.quantilesOf(family, values)
	}
}

func (t *truth) quantilesOf(family string, values []float64, labels ...string) {
	if len(values) == 0 {
		return
	}
	for _, q := range t.conf.quantiles {
		t.series[oracleKey(family, append([]string{"q", oracleNumber(q)}, labels...)...)] = numpyQuantile(values, q)
	}
}

// numpyQuantile interpolates between the closest ranks, as NumPy does by default.
func numpyQuantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	rank := q * float64(len(sorted)-1)
	below, above := sorted[int(math.Floor(rank))], sorted[int(math.Ceil(rank))]
	return below + (above-below)*(rank-math.Floor(rank))
}

func oracleNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// oracleKey names a series: github_dev_FAMILY{label="value",…}.
func oracleKey(family string, labels ...string) string {
	var pairs []string
	for i := 0; i < len(labels); i += 2 {
		pairs = append(pairs, fmt.Sprintf("%s=%q", labels[i], labels[i+1]))
	}
	return "github_dev_" + family + "{" + strings.Join(pairs, ",") + "}"
}

// day0 begins the lives that tests write by hand.
var day0 = githubtest.TimeOf(time.Date(2024, 1, 8, 9, 0, 0, 0, time.UTC))
