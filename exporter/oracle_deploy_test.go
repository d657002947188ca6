package exporter

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// oracleDeployment is a deployment to an environment, by the definitions: one of
// a source's, or one that counts as a success.
type oracleDeployment struct {
	listed           int // which of the configured sources
	source, id, oid  string
	success, failure githubtest.Time // the first one; a failure only where no success was before
	untimed          bool            // when it was made is not known

	place           int // among the successes; -1: it is none of them
	rollback        bool
	ships, censored []*githubtest.Item
	links           []oracleLink // of incidents, by instant
	rework          bool
	recovered       oracleDuration
}

// oracleEnvironment is what happened to an environment.
type oracleEnvironment struct {
	name      string
	all       []*oracleDeployment
	successes []*oracleDeployment // that count, in order
	failures  []*oracleDeployment // that count
	repeats   map[*oracleDeployment]*oracleDeployment
	arrived   map[string]*oracleDeployment // by commit: the success that first contained it
}

// reach gives a commit and all its ancestors that exist, nil where it is not known.
func (d *doraOracle) reach(oid string) map[string]bool {
	if known, ok := d.reached[oid]; ok {
		return known
	}
	if d.repo.Commit(oid) == nil {
		return nil
	}
	set, queue := map[string]bool{}, []string{oid}
	for len(queue) > 0 {
		c := d.repo.Commit(queue[0])
		queue = queue[1:]
		if c == nil || set[c.OID] {
			continue
		}
		set[c.OID] = true
		queue = append(queue, c.Parents...)
	}
	d.reached[oid] = set
	return set
}

// environment follows the deployments to an environment.
func (d *doraOracle) environment(name string) *oracleEnvironment {
	e := &oracleEnvironment{name: name, repeats: map[*oracleDeployment]*oracleDeployment{}, arrived: map[string]*oracleDeployment{}}
	for i, s := range d.conf.sources {
		e.all = append(e.all, d.listSource(i, s, name)...)
	}
	slices.SortStableFunc(e.all, func(a, b *oracleDeployment) int {
		number := func(x *oracleDeployment) int { n, _ := strconv.Atoi(x.id); return n }
		return cmp.Or(cmp.Compare(a.success, b.success), cmp.Compare(len(d.reach(a.oid)), len(d.reach(b.oid))),
			cmp.Compare(a.listed, b.listed), cmp.Compare(number(a), number(b)), cmp.Compare(a.id, b.id))
	})
	for _, x := range e.all {
		x.place = -1
		if x.failure != 0 && !e.superseded(x, x.failure) {
			e.failures = append(e.failures, x)
		}
		if x.success == 0 || e.superseded(x, x.success) {
			continue
		}
		if first := e.sameAs(x); first != nil {
			e.repeats[x] = first
			continue
		}
		x.place = len(e.successes)
		e.successes = append(e.successes, x)
	}
	d.ship(e)
	return e
}

// listSource lists the deployments of a source to an environment.
func (d *doraOracle) listSource(listed int, s oracleSource, env string) []*oracleDeployment {
	var list []*oracleDeployment
	switch {
	case s.source == "deployments":
		list = d.fromDeployments(env)
	case cmp.Or(s.environment, "production") != env:
	case s.source == "workflow":
		list = d.fromRuns(s.workflow)
	case s.source == "releases":
		list = d.fromReleases()
	case s.source == "tags":
		list = d.fromTags(s.match)
	case s.source == "merges":
		list = d.fromMerges(s.branch)
	}
	for _, x := range list {
		x.listed, x.source = listed, s.source
		if x.failure != 0 && x.success != 0 && x.success < x.failure {
			x.failure = 0
		}
	}
	return list
}

func (x *oracleDeployment) ended(at githubtest.Time, success bool) {
	first := &x.failure
	if success {
		first = &x.success
	}
	if *first == 0 || at < *first {
		*first = at
	}
}

func (d *doraOracle) fromDeployments(env string) (list []*oracleDeployment) {
	for _, g := range d.repo.Deployments {
		if g.CreatedAt > d.seen || d.conf.environmentOf(g.Environment) != env {
			continue
		}
		x := &oracleDeployment{id: strconv.FormatInt(g.ID, 10), oid: g.OID}
		for _, s := range g.Statuses {
			if s.At <= d.seen && (s.State == "success" || s.State == "failure" || s.State == "error") {
				x.ended(s.At, s.State == "success")
			}
		}
		list = append(list, x)
	}
	return list
}

func (d *doraOracle) fromRuns(file string) (list []*oracleDeployment) {
	files := map[int64]string{}
	for _, w := range d.repo.Workflows {
		files[w.ID] = path.Base(w.Path)
	}
	for _, r := range d.repo.Runs {
		if files[r.Workflow] != file || r.Branch != d.repo.DefaultBranch || strings.HasPrefix(r.Event, "pull_request") || r.CreatedAt > d.seen {
			continue
		}
		x := &oracleDeployment{id: strconv.FormatInt(r.ID, 10), oid: r.OID}
		for _, a := range r.Attempts {
			if !a.CompletedAt.By(d.seen) {
				continue
			}
			switch a.Conclusion {
			case "success":
				x.ended(a.CompletedAt, true)
			case "failure", "timed_out", "startup_failure":
				x.ended(a.CompletedAt, false)
			}
		}
		list = append(list, x)
	}
	return list
}

// releases gives the published ones that are there.
func (d *doraOracle) releases() (there []*githubtest.Release) {
	for _, r := range d.repo.Releases {
		if r.PublishedAt.By(d.seen) && !r.DeletedAt.By(d.seen) {
			there = append(there, r)
		}
	}
	return there
}

func (d *doraOracle) tags() (there []*githubtest.Tag) {
	for _, t := range d.repo.Tags {
		if t.At <= d.seen && !t.DeletedAt.By(d.seen) {
			there = append(there, t)
		}
	}
	return there
}

func (d *doraOracle) fromReleases() (list []*oracleDeployment) {
	for _, r := range d.releases() {
		if r.Prerelease {
			continue
		}
		x := &oracleDeployment{id: strconv.FormatInt(r.ID, 10), success: r.PublishedAt}
		for _, t := range d.tags() {
			if t.Name == r.Tag {
				x.oid = t.OID
			}
		}
		list = append(list, x)
	}
	return list
}

func (d *doraOracle) fromTags(prefix string) (list []*oracleDeployment) {
	for _, t := range d.tags() {
		if !strings.HasPrefix(t.Name, prefix) {
			continue
		}
		x := &oracleDeployment{id: t.Name, oid: t.OID}
		for _, r := range d.releases() {
			if r.Tag == t.Name {
				x.ended(r.PublishedAt, true)
			}
		}
		switch {
		case t.TagOID != "": // annotated
			x.success = t.At
		case x.success == 0:
			x.success, x.untimed = d.repo.Commit(t.OID).Committer.At, true
		}
		list = append(list, x)
	}
	return list
}

func (d *doraOracle) fromMerges(branch string) (list []*oracleDeployment) {
	for _, it := range d.merged {
		if d.base(it) == cmp.Or(branch, d.repo.DefaultBranch) {
			list = append(list, &oracleDeployment{id: strconv.Itoa(it.Number), oid: it.PR.MergeOID, success: d.mergedAt(it)})
		}
	}
	return list
}

// base gives the branch that a pull request was merged to.
func (d *doraOracle) base(it *githubtest.Item) string {
	base := it.PR.BaseRef
	for _, e := range it.Events {
		if e.Kind == githubtest.BaseRefChanged && e.At <= d.seen {
			base = e.To
		}
	}
	return base
}

// superseded tells whether a source that is listed before had yielded anything by then.
func (e *oracleEnvironment) superseded(x *oracleDeployment, at githubtest.Time) bool {
	return slices.ContainsFunc(e.all, func(y *oracleDeployment) bool {
		return y.listed < x.listed && (y.success.By(at) || y.failure.By(at))
	})
}

// sameAs gives the success of the same commit within ten minutes before, nil if there is none.
func (e *oracleEnvironment) sameAs(x *oracleDeployment) *oracleDeployment {
	for _, s := range slices.Backward(e.successes) {
		if x.oid != "" && s.oid == x.oid && x.success-s.success <= 600 {
			return s
		}
	}
	return nil
}

// ship finds the pull requests that each success ships. What an earlier one
// contained keeps that shipment; where nothing is known of what was there before
// it, nothing can be said.
func (d *doraOracle) ship(e *oracleEnvironment) {
	for n, s := range e.successes {
		contains := d.reach(s.oid)
		if n > 0 {
			before := e.successes[n-1].oid
			s.rollback = contains != nil && s.oid != before && d.reach(before)[s.oid]
		}
		for _, it := range d.merged {
			if !contains[it.PR.MergeOID] || e.arrived[it.PR.MergeOID] != nil {
				continue
			}
			if n == 0 || d.reach(e.successes[n-1].oid) == nil && d.mergedAt(it) <= e.successes[n-1].success {
				s.censored = append(s.censored, it)
			} else {
				s.ships = append(s.ships, it)
			}
		}
		for oid := range contains {
			if e.arrived[oid] == nil {
				e.arrived[oid] = s
			}
		}
	}
}

// shippedIn gives the success that first contained a pull request, nil if none does.
func (e *oracleEnvironment) shippedIn(it *githubtest.Item) *oracleDeployment {
	if it.PR.MergeOID == "" {
		return nil
	}
	return e.arrived[it.PR.MergeOID]
}
