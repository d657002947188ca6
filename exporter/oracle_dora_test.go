package exporter

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// The files oracle_deploy_test.go, oracle_incident_test.go and this one state
// stages, lead times and the DORA figures a second time, as the other oracle_*
// files do the figures of items.

// doraConfig is what the configuration of a project says, in plain words.
type doraConfig struct {
	sources        []oracleSource
	incidentLabels []string
	severity       string // a prefix of labels
	reverts        bool
	incidentWindow githubtest.Time // seconds
}

type oracleSource struct{ source, workflow, environment, match, branch string }

// oracleEnvironments are configured everywhere: production is production and
// prod-*, staging is staging.
var oracleEnvironments = []string{"production", "staging"}

func (c doraConfig) environmentOf(name string) string {
	switch {
	case name == "production" || strings.HasPrefix(name, "prod-"):
		return "production"
	case name == "staging":
		return "staging"
	}
	return ""
}

// yaml writes a project's configuration.
func (c doraConfig) yaml() string {
	var deployments, incidents []string
	for _, s := range c.sources {
		row := "source: " + s.source
		for _, pair := range [][2]string{{"workflow", s.workflow}, {"environment", s.environment}, {"branch", s.branch}} {
			if pair[1] != "" {
				row += fmt.Sprintf(", %s: %s", pair[0], pair[1])
			}
		}
		if s.match != "" {
			row += fmt.Sprintf(", match: %q", "^"+s.match)
		}
		deployments = append(deployments, "{"+row+"}")
	}
	if len(c.incidentLabels) > 0 {
		incidents = append(incidents, fmt.Sprintf("{source: issues, labels: [%s], severity: %q}", strings.Join(c.incidentLabels, ", "), c.severity+"*"))
	}
	if c.reverts {
		incidents = append(incidents, "{source: reverts}")
	}
	return fmt.Sprintf("environments: {production: [production, \"prod-*\"], staging: [staging]}, deployments: [%s], incidents: [%s], incident_window: %ds",
		strings.Join(deployments, ", "), strings.Join(incidents, ", "), int(c.incidentWindow))
}

// doraOracle is the life of one repository's deployments.
type doraOracle struct {
	*oracle
	conf         doraConfig
	items        []*githubtest.Item // that the first sync found
	merged       []*githubtest.Item
	reached      map[string]map[string]bool
	environments []*oracleEnvironment
	incidents    []*oracleIncident
}

func newDoraOracle(conf doraConfig, seen githubtest.Time, repo *githubtest.Repo) *doraOracle {
	d := &doraOracle{
		oracle: &oracle{repo: repo, seen: seen, conf: testConfig, truth: &truth{at: seen}},
		conf:   conf, reached: map[string]map[string]bool{},
	}
	for _, it := range repo.Items {
		if !d.present(it) {
			continue
		}
		d.items = append(d.items, it)
		if it.PR != nil && d.mergedAt(it) != 0 {
			d.merged = append(d.merged, it)
		}
	}
	for _, name := range oracleEnvironments {
		d.environments = append(d.environments, d.environment(name))
	}
	d.incidents = d.listIncidents()
	d.follow()
	return d
}

func (d *doraOracle) production() *oracleEnvironment { return d.environments[0] }

var (
	oracleStages  = []string{"coding", "draft", "pickup", "review", "merge_wait", "deploy"}
	oracleStarts  = []string{"first_commit", "opened", "merged"}
	oracleLinks   = []string{"explicit", "revert", "fix", "nearest"}
	oracleMissing = map[string][]string{
		"coding": {"no_commits", "negative"}, "draft": {"negative"}, "pickup": {"no_review", "negative"},
		"review": {"no_review", "no_approval", "negative"}, "merge_wait": {"no_approval", "negative"},
		"deploy": {"negative", "first_deployment", "no_tag_time"},
	}
)

// doraTruth is a sheet of figures as of an instant.
type doraTruth struct {
	*truth
	histogramsOf map[string]*oracleHistogram
}

type oracleHistogram struct {
	family string
	labels []string
	bounds []float64
	ended  []oracleDuration
}

// doraSheet gives the figures of one repository, or of several together, as of an instant.
func doraSheet(at githubtest.Time, repos ...*doraOracle) map[string]float64 {
	t := &doraTruth{
		truth:        &truth{at: at, conf: testConfig, series: map[string]float64{}},
		histogramsOf: map[string]*oracleHistogram{},
	}
	t.doraZeros(repos[0].conf)
	for _, d := range repos {
		d.stages(t)
		for _, e := range d.environments {
			d.deployments(t, e)
			d.leadTimes(t, e)
		}
		d.incidentCounts(t)
	}
	t.gauges(repos)
	for _, h := range t.histogramsOf {
		t.distribution(h)
	}
	return t.series
}

// doraZeros are there whatever happened.
func (t *doraTruth) doraZeros(conf doraConfig) {
	for _, stage := range oracleStages {
		t.histogram("change_stage_seconds", oraclePeople, "stage", stage)
		for _, reason := range oracleMissing[stage] {
			t.count("change_stage_missing_total", 0, "reason", reason, "stage", stage)
		}
	}
	for _, env := range oracleEnvironments {
		for _, start := range oracleStarts {
			t.histogram("change_lead_time_seconds", oraclePeople, "environment", env, "start", start)
		}
		for _, s := range conf.sources {
			if s.source == "deployments" || s.environment == env || s.environment == "" && env == "production" {
				t.count("deployments_total", 0, "environment", env, "result", "success", "source", s.source)
				t.count("deployments_total", 0, "environment", env, "result", "failure", "source", s.source)
			}
		}
		for _, link := range oracleLinks {
			t.count("deployments_failed_change_total", 0, "environment", env, "link", link)
		}
		t.count("deployments_rework_total", 0, "environment", env)
		t.histogram("deployment_recovery_seconds", append([]float64{300}, oraclePeople...), "environment", env)
	}
	for _, source := range conf.incidentSources() {
		t.count("incidents_total", 0, "severity", "none", "source", source)
		t.count("incidents_open", 0, "severity", "none", "source", source)
		t.count("incidents_unlinked_total", 0, "source", source)
		t.histogram("incident_resolve_seconds", append([]float64{300}, oraclePeople...), "source", source)
	}
}

func (c doraConfig) incidentSources() (sources []string) {
	if len(c.incidentLabels) > 0 {
		sources = append(sources, "issues")
	}
	if c.reverts {
		sources = append(sources, "reverts")
	}
	return sources
}

// histogram gives the histogram of a family and labels.
func (t *doraTruth) histogram(family string, bounds []float64, labels ...string) *oracleHistogram {
	key := oracleKey(family, labels...)
	if t.histogramsOf[key] == nil {
		t.histogramsOf[key] = &oracleHistogram{family: family, labels: labels, bounds: bounds}
	}
	return t.histogramsOf[key]
}

// ends observes a duration that ended at an instant and was fixed then.
func (t *doraTruth) ends(at, from, to githubtest.Time, family string, labels ...string) {
	if at <= t.at && to >= from {
		h := t.histogram(family, nil, labels...)
		h.ended = append(h.ended, oracleDuration{at, float64(to - from)})
	}
}

// distribution writes a histogram and the quantiles of its windows.
func (t *doraTruth) distribution(h *oracleHistogram) {
	t.count(h.family+"_count", float64(len(h.ended)), h.labels...)
	t.count(h.family+"_sum", 0, h.labels...)
	for _, bound := range append(slices.Clone(h.bounds), math.Inf(1)) {
		n := 0.0
		for _, o := range h.ended {
			if o.value <= bound {
				n++
			}
		}
		t.count(h.family+"_bucket", n, append(slices.Clone(h.labels), "le", oracleNumber(bound))...)
	}
	for _, o := range h.ended {
		t.count(h.family+"_sum", o.value, h.labels...)
	}
	for _, days := range t.conf.windows {
		var values []float64
		for _, o := range h.ended {
			if o.at > t.at-githubtest.Time(days)*86400 {
				values = append(values, o.value)
			}
		}
		if len(values) == 0 {
			continue
		}
		for _, q := range t.conf.quantiles {
			pairs := [][2]string{{"q", oracleNumber(q)}, {"window", fmt.Sprintf("%dd", days)}}
			for i := 0; i < len(h.labels); i += 2 {
				pairs = append(pairs, [2]string{h.labels[i], h.labels[i+1]})
			}
			slices.SortFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
			var labels []string
			for _, p := range pairs {
				labels = append(labels, p[0], p[1])
			}
			name := strings.TrimSuffix(h.family, "_seconds") + "_quantile_seconds"
			t.series[oracleKey(name, labels...)] = numpyQuantile(values, q)
		}
	}
}

// firstCommit gives k, and whether there is one.
func (d *doraOracle) firstCommit(it *githubtest.Item) (k githubtest.Time, known bool) {
	for _, c := range d.commits(it) {
		if !known || c.Author.At < k {
			k, known = c.Author.At, true
		}
	}
	return k, known
}

// stages states the stages before the merge.
func (d *doraOracle) stages(t *doraTruth) {
	for _, it := range d.merged {
		m := d.mergedAt(it)
		if d.kind(it.Author) == "bot" || m > t.at {
			continue
		}
		stage := func(name string, from, to githubtest.Time, missing string) {
			switch {
			case missing == "" && to < from:
				missing = "negative"
				fallthrough
			case missing != "":
				t.count("change_stage_missing_total", 1, "reason", missing, "stage", name)
			default:
				t.ends(m, from, to, "change_stage_seconds", "stage", name)
			}
		}
		without := func(there bool, reason string) string {
			if there {
				return ""
			}
			return reason
		}
		k, known := d.firstCommit(it)
		r, f, last := d.reviewable(it), d.firstReview(it, false), d.lastApproval(it)
		stage("coding", k, it.CreatedAt, without(known, "no_commits"))
		if it.PR.Draft && r != 0 {
			stage("draft", it.CreatedAt, r, "")
		}
		stage("pickup", r, f, without(f != 0, "no_review"))
		if f == 0 {
			stage("review", 0, 0, "no_review")
		} else {
			stage("review", f, last, without(last != 0, "no_approval"))
		}
		stage("merge_wait", last, m, without(last != 0, "no_approval"))
	}
}

// leadTimes states lead times, and the stage that ends in production.
func (d *doraOracle) leadTimes(t *doraTruth, e *oracleEnvironment) {
	for _, s := range e.successes {
		for _, it := range slices.Concat(s.ships, s.censored) {
			m, shipped := d.mergedAt(it), s.success
			fixed := max(m, shipped) // what is not merged is no change yet
			if d.kind(it.Author) == "bot" || fixed > t.at {
				continue
			}
			missing := ""
			switch {
			case slices.Contains(s.censored, it):
				missing = "first_deployment"
			case s.untimed:
				missing = "no_tag_time"
			case shipped < m:
				missing = "negative"
			}
			if e.name == "production" {
				if missing != "" {
					t.count("change_stage_missing_total", 1, "reason", missing, "stage", "deploy")
				} else {
					t.ends(fixed, m, shipped, "change_stage_seconds", "stage", "deploy")
				}
			}
			if missing == "first_deployment" || missing == "no_tag_time" {
				continue
			}
			if k, known := d.firstCommit(it); known {
				t.ends(fixed, min(k, it.CreatedAt), shipped, "change_lead_time_seconds", "environment", e.name, "start", "first_commit")
			}
			t.ends(fixed, it.CreatedAt, shipped, "change_lead_time_seconds", "environment", e.name, "start", "opened")
			t.ends(fixed, m, shipped, "change_lead_time_seconds", "environment", e.name, "start", "merged")
		}
	}
}

// deployments states what is counted of the deployments to an environment.
func (d *doraOracle) deployments(t *doraTruth, e *oracleEnvironment) {
	for _, x := range e.failures {
		t.happened(x.failure, "deployments_total", "environment", e.name, "result", "failure", "source", x.source)
	}
	for _, s := range e.successes {
		t.happened(s.success, "deployments_total", "environment", e.name, "result", "success", "source", s.source)
		if s.rework {
			t.happened(s.success, "deployments_rework_total", "environment", e.name)
		}
		if len(s.links) > 0 {
			first := s.links[0]
			for _, l := range s.linksAt(first.at) {
				if slices.Index(oracleLinks, l.kind) < slices.Index(oracleLinks, first.kind) {
					first = l
				}
			}
			t.happened(first.at, "deployments_failed_change_total", "environment", e.name, "link", first.kind)
		}
		if r := s.recovered; r.at != 0 && r.value >= 0 {
			t.ends(r.at, 0, githubtest.Time(r.value), "deployment_recovery_seconds", "environment", e.name)
		}
	}
}

// incidentCounts states what is counted of incidents.
func (d *doraOracle) incidentCounts(t *doraTruth) {
	for _, i := range d.incidents {
		if i.recognised > t.at {
			continue
		}
		severity := "none"
		if i.source == "issues" {
			severity, _ = d.incidentAt(i.item, i.recognised)
		}
		t.count("incidents_total", 1, "severity", severity, "source", i.source)
		if to, _ := d.linkedTo(i, i.recognised); len(to) == 0 && !d.optedOut(i, i.recognised) {
			t.count("incidents_unlinked_total", 1, "source", i.source)
		}
		if i.resolved != 0 {
			t.ends(i.resolved, i.opened, i.resolved, "incident_resolve_seconds", "source", i.source)
		}
		d.openIncident(t, i)
	}
}

// openIncident states the gauge, by the severity at the instant; a severity that
// any incident had by then is there.
func (d *doraOracle) openIncident(t *doraTruth, i *oracleIncident) {
	if i.source == "reverts" {
		t.count("incidents_open", 0, "severity", "none", "source", i.source)
		if i.resolved == 0 || i.resolved > t.at {
			t.count("incidents_open", 1, "severity", "none", "source", i.source)
		}
		return
	}
	for _, at := range d.momentsOf(i.item) {
		if severity, is := d.incidentAt(i.item, at); is && at <= t.at {
			t.count("incidents_total", 0, "severity", severity, "source", i.source)
			t.count("incidents_open", 0, "severity", severity, "source", i.source)
		}
	}
	if severity, is := d.incidentAt(i.item, t.at); is {
		t.count("incidents_open", 1, "severity", severity, "source", i.source)
	}
}
