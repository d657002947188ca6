package exporter

import (
	"slices"
	"strconv"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// oracleIncident is an incident of an environment.
type oracleIncident struct {
	source                       string
	item                         *githubtest.Item // the issue or the revert
	env                          *oracleEnvironment
	opened, recognised, resolved githubtest.Time
	reverts                      []*githubtest.Item // what a revert undoes
	blames                       []oracleBlame
}

// oracleBlame is what a text names as the cause, since when, and how much of it.
type oracleBlame struct {
	at     githubtest.Time
	number int    // of a pull request
	oid    string // of a commit
	id     string // of a deployment
}

// oracleLink is that an incident is linked to a deployment at an instant.
type oracleLink struct {
	at       githubtest.Time
	kind     string
	incident *oracleIncident
}

// when gives the oracle as of another instant.
func (d *doraOracle) when(at githubtest.Time) *oracle {
	return &oracle{repo: d.repo, seen: d.seen, conf: d.oracle.conf, truth: &truth{at: at}}
}

// labelsAt gives the labels that an item bears at an instant, by their names now.
func (d *doraOracle) labelsAt(it *githubtest.Item, at githubtest.Time) (names []string) {
	o := d.when(at)
	for _, first := range o.labelNames(it) {
		if now, _ := o.bears(it, first); now && it.CreatedAt <= at {
			names = append(names, d.repo.Label(first).NameAt(d.seen))
		}
	}
	return names
}

// incidentAt tells whether an issue is an open incident at an instant, and how severe.
func (d *doraOracle) incidentAt(it *githubtest.Item, at githubtest.Time) (severity string, is bool) {
	if it.PR != nil || it.CreatedAt > at || d.when(at).state(it) != "open" {
		return "", false
	}
	for _, name := range d.labelsAt(it, at) {
		is = is || slices.Contains(d.conf.incidentLabels, name)
		if value, tells := strings.CutPrefix(name, d.conf.severity); tells && (severity == "" || value < severity) {
			severity = value
		}
	}
	if severity == "" {
		severity = "none"
	}
	return severity, is
}

func (d *doraOracle) labelledAt(it *githubtest.Item, label string, at githubtest.Time) bool {
	return slices.ContainsFunc(d.labelsAt(it, at), func(name string) bool { return strings.EqualFold(name, label) })
}

// momentsOf gives the instants at which something of an item changes, in order.
func (d *doraOracle) momentsOf(it *githubtest.Item) []githubtest.Time {
	at := []githubtest.Time{it.CreatedAt, d.updated(it)}
	for _, e := range it.Events {
		if e.At <= d.seen {
			at = append(at, e.At)
		}
	}
	for _, c := range d.comments(it) {
		at = append(at, c.CreatedAt)
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// listIncidents lists the incidents of the configured sources.
func (d *doraOracle) listIncidents() (list []*oracleIncident) {
	for _, it := range d.items {
		if it.PR == nil && len(d.conf.incidentLabels) > 0 {
			if i := d.issueIncident(it); i != nil {
				list = append(list, i)
			}
		}
	}
	if d.conf.reverts {
		for _, e := range d.environments {
			list = append(list, d.revertIncidents(e)...)
		}
	}
	return list
}

func (d *doraOracle) issueIncident(it *githubtest.Item) *oracleIncident {
	for _, at := range d.momentsOf(it) {
		if _, is := d.incidentAt(it, at); !is {
			continue
		}
		i := &oracleIncident{source: "issues", item: it, env: d.production(), opened: it.CreatedAt, recognised: at}
		for _, turn := range d.turns(it) {
			if turn.to == githubtest.Closed && turn.at >= at && i.resolved == 0 && !d.moved(it, turn.at) {
				i.resolved = turn.at
			}
		}
		i.blames = append(i.blames, d.blames(it.CreatedAt, d.bodyOf(it))...)
		for _, c := range d.comments(it) {
			i.blames = append(i.blames, d.blames(c.CreatedAt, commentText(c, d.seen))...)
		}
		return i
	}
	return nil
}

func (d *doraOracle) bodyOf(it *githubtest.Item) string {
	body := it.Body
	for _, e := range it.Edits {
		if e.At <= d.seen {
			body = e.Body
		}
	}
	return body
}

func commentText(c githubtest.Comment, seen githubtest.Time) string {
	body := c.Body
	for _, e := range c.Edits {
		if e.At <= seen {
			body = e.Body
		}
	}
	return body
}

// blames reads "root cause: SHA", "caused by #N", "deployment ID" and whole commit
// ids, each alone in its line.
func (d *doraOracle) blames(at githubtest.Time, text string) (blames []oracleBlame) {
	for line := range strings.Lines(text) {
		line = strings.ToLower(strings.TrimSpace(line))
		if n, ok := strings.CutPrefix(line, "caused by #"); ok {
			number, _ := strconv.Atoi(n)
			blames = append(blames, oracleBlame{at: at, number: number})
			continue
		}
		if id, ok := strings.CutPrefix(line, "deployment "); ok {
			blames = append(blames, oracleBlame{at: at, id: id})
			continue
		}
		oid := strings.TrimPrefix(line, "root cause: ")
		if len(oid) == 40 && strings.Trim(oid, "0123456789abcdef") == "" {
			blames = append(blames, oracleBlame{at: at, oid: oid})
		}
	}
	return blames
}

// revertIncidents lists the merged pull requests that undo what was in an
// earlier deployment to an environment than they are.
func (d *doraOracle) revertIncidents(e *oracleEnvironment) (list []*oracleIncident) {
	for _, revert := range d.merged {
		i := &oracleIncident{source: "reverts", item: revert, env: e, opened: d.mergedAt(revert)}
		own := e.shippedIn(revert)
		for _, target := range d.merged {
			if target == revert || d.mergedAt(target) > d.mergedAt(revert) || !d.reverts(revert, target) {
				continue
			}
			in := e.shippedIn(target)
			if in == nil || own != nil && own.place <= in.place {
				continue
			}
			i.reverts = append(i.reverts, target)
			if known := max(in.success, i.opened); i.recognised == 0 || known < i.recognised {
				i.recognised = known
			}
		}
		if own != nil {
			i.resolved = own.success
		}
		if len(i.reverts) > 0 {
			list = append(list, i)
		}
	}
	return list
}

// optedOut tells whether a label says that no change caused the incident.
func (d *doraOracle) optedOut(i *oracleIncident, at githubtest.Time) bool {
	return i.source == "issues" && d.labelledAt(i.item, "not-caused-by-change", at)
}

// linkedTo gives the deployments that an incident blames by all that is known at
// an instant: explicit, revert, fix, nearest, the first that there is.
func (d *doraOracle) linkedTo(i *oracleIncident, at githubtest.Time) (to []*oracleDeployment, kind string) {
	if at < i.recognised || d.optedOut(i, at) {
		return nil, ""
	}
	known := func(x *oracleDeployment) {
		if x != nil && x.success <= at {
			to = append(to, x)
		}
	}
	for _, b := range i.blames {
		if b.at <= at {
			known(d.blamed(i, b, at))
		}
	}
	if len(to) > 0 {
		return to, "explicit"
	}
	for _, target := range i.reverts {
		known(i.env.shippedIn(target))
	}
	if i.source == "reverts" {
		return to, "revert"
	}
	last := i.env.lastBy(i.opened)
	if last == nil {
		return nil, ""
	}
	for _, it := range d.merged {
		if m := d.mergedAt(it); slices.Contains(it.Closes, i.item.Number) && m >= i.opened && m <= at {
			return []*oracleDeployment{last}, "fix"
		}
	}
	if i.opened-last.success <= d.conf.incidentWindow {
		return []*oracleDeployment{last}, "nearest"
	}
	return nil, ""
}

// blamed gives the deployment that a text names.
func (d *doraOracle) blamed(i *oracleIncident, b oracleBlame, at githubtest.Time) *oracleDeployment {
	switch {
	case b.id != "":
		for _, e := range d.environments {
			for _, x := range e.all {
				if x.source != "deployments" || x.id != b.id {
					continue
				}
				if x.place >= 0 {
					return x
				}
				return e.repeats[x]
			}
		}
	case b.oid != "":
		return i.env.arrived[b.oid]
	default:
		for _, it := range d.merged {
			if it.Number == b.number && d.mergedAt(it) <= at {
				return i.env.shippedIn(it)
			}
		}
	}
	return nil
}

// lastBy gives the last success at or before an instant, nil if there is none.
func (e *oracleEnvironment) lastBy(at githubtest.Time) (last *oracleDeployment) {
	for _, s := range e.successes {
		if s.success <= at {
			last = s
		}
	}
	return last
}

// follow goes through the repository's life, instant by instant, and writes
// down when which incident is linked to which deployment.
func (d *doraOracle) follow() {
	var moments []githubtest.Time
	for _, e := range d.environments {
		for _, s := range e.successes {
			moments = append(moments, s.success)
		}
	}
	for _, i := range d.incidents {
		moments = append(moments, i.recognised, i.resolved)
		moments = append(moments, d.momentsOf(i.item)...)
	}
	for _, it := range d.merged {
		moments = append(moments, d.mergedAt(it))
	}
	slices.Sort(moments)
	for _, at := range slices.Compact(moments) {
		for _, i := range d.incidents {
			to, kind := d.linkedTo(i, at)
			for _, s := range to {
				if n := len(s.links); n == 0 || s.links[n-1].at != at || s.links[n-1].incident != i {
					s.links = append(s.links, oracleLink{at, kind, i})
				}
			}
		}
		for _, e := range d.environments {
			for _, s := range e.successes {
				d.recovers(e, s, at)
			}
		}
	}
	for _, e := range d.environments {
		reverts := d.revertIncidents(e)
		for _, s := range e.successes {
			s.rework = d.reworks(reverts, s)
		}
	}
}

// linksAt gives the links of a deployment at an instant that was followed.
func (s *oracleDeployment) linksAt(at githubtest.Time) (links []oracleLink) {
	for _, l := range s.links {
		if l.at == at {
			links = append(links, l)
		}
	}
	return links
}

// recovers notes the recovery of a failed deployment at the first instant at which
// all its incidents are resolved, or it is rolled back.
func (d *doraOracle) recovers(e *oracleEnvironment, s *oracleDeployment, at githubtest.Time) {
	links := s.linksAt(at)
	if s.recovered.at != 0 || len(links) == 0 {
		return
	}
	var resolved githubtest.Time
	all := true
	for _, l := range links {
		all = all && l.incident.resolved.By(at)
		resolved = max(resolved, l.incident.resolved)
	}
	back := d.rolledBack(e, s)
	switch {
	case back.By(at) && (!all || back < resolved):
		resolved = back
	case !all:
		return
	}
	s.recovered = oracleDuration{at, float64(resolved - s.success)}
}

// rolledBack gives when the next deployment succeeded whose commit is an
// ancestor of the deployment's; 0: none has.
func (d *doraOracle) rolledBack(e *oracleEnvironment, s *oracleDeployment) githubtest.Time {
	for _, later := range e.successes[s.place+1:] {
		if later.oid != s.oid && d.reach(later.oid) != nil && d.reach(s.oid)[later.oid] {
			return later.success
		}
	}
	return 0
}

// reworks tells whether a deployment reworks an earlier one.
func (d *doraOracle) reworks(reverts []*oracleIncident, s *oracleDeployment) bool {
	if s.rollback {
		return true
	}
	for _, it := range s.ships {
		if d.mergedAt(it) > s.success {
			continue
		}
		if slices.ContainsFunc(reverts, func(i *oracleIncident) bool { return i.item == it }) || d.labelledAt(it, "hotfix", s.success) {
			return true
		}
		for _, i := range d.incidents {
			if i.source != "issues" || !slices.Contains(it.Closes, i.item.Number) {
				continue
			}
			if to, _ := d.linkedTo(i, s.success); len(to) > 0 {
				return true
			}
		}
	}
	return false
}
