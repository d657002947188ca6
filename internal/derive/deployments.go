package derive

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// unit is a deployment: distinct by environment and source id.
type unit struct {
	source  int // number in Rules.Deployments
	kind    int // number in DeploymentSources
	env     int
	id      string // within the source
	number  int64  // the id where it is a number
	name    string // of the tag
	oid     string
	commit  int32         // Absent where it is not known
	success model.Instant // 0 if it never succeeded
	failure model.Instant // before any success; 0 if there was none
	untimed bool          // a lightweight tag: when it was made is not known
	in      int           // its number in the track's successes, none if it does not count as one
	repeats bool          // it is the same deployment as the one that in numbers
}

// saw adds an outcome; the order of the calls means nothing.
func (u *unit) saw(at model.Instant, success bool) {
	switch {
	case at <= 0:
	case success:
		u.success = earlier(u.success, at)
	default:
		u.failure = earlier(u.failure, at)
	}
}

// settled leaves out a failure after a success: what succeeded has succeeded.
func (u *unit) settled() {
	if u.success != 0 && u.failure > u.success {
		u.failure = 0
	}
}

// readUnits lists the deployments of every source.
func (l *ledger) readUnits() {
	for n := range l.rules.Deployments {
		source := &l.rules.Deployments[n]
		first := len(l.units)
		kind := slices.Index(DeploymentSources, source.Source)
		switch kind {
		case fromDeployments:
			l.readDeployments()
		case fromWorkflow:
			l.readRuns(source)
		case fromReleases:
			l.readReleases()
		case fromTags:
			l.readTags(source)
		case fromMerges:
			l.readMerges(source)
		}
		for _, u := range l.units[first:] {
			u.source, u.kind, u.commit = n, kind, l.graph.Number(u.oid)
			if kind != fromDeployments {
				u.env = l.rules.environment(source.Environment)
			}
			u.settled()
		}
	}
}

// readDeployments reads GitHub's deployments. One whose environment is not
// configured is counted and ignored; inactive is nothing.
func (l *ledger) readDeployments() {
	environments := map[string]int{}
	for i := range l.history.Deployments {
		d := &l.history.Deployments[i]
		env, known := environments[d.Environment]
		if !known {
			env = l.rules.environmentOf(d.Environment)
			environments[d.Environment] = env
		}
		if env < 0 {
			l.ignored++
			continue
		}
		u := &unit{env: env, id: strconv.FormatInt(d.ID, 10), number: d.ID, oid: d.OID}
		for _, s := range d.Statuses {
			if s.State == "success" || s.State == "failure" || s.State == "error" {
				u.saw(s.At, s.State == "success")
			}
		}
		l.units = append(l.units, u)
	}
}

// readRuns reads the runs of a workflow on the default branch, all attempts of
// a run being one deployment.
func (l *ledger) readRuns(source *DeploymentSource) {
	var last *unit
	for i := range l.history.Runs {
		r := &l.history.Runs[i]
		if r.Workflow != source.Workflow || !ofBranch(r, l.state.Repository.DefaultBranch) {
			continue
		}
		if last == nil || last.number != r.ID {
			last = &unit{id: strconv.FormatInt(r.ID, 10), number: r.ID, oid: r.OID}
			l.units = append(l.units, last)
		}
		if how := conclusionOf(r.Conclusion); how.succeeded() || how.failed() {
			last.saw(r.CompletedAt, how.succeeded())
		}
	}
}

// readReleases reads the published releases without pre-releases.
func (l *ledger) readReleases() {
	for i := range l.history.Releases {
		r := &l.history.Releases[i]
		if r.Prerelease {
			continue
		}
		u := &unit{id: strconv.FormatInt(r.ID, 10), number: r.ID, name: r.Tag, oid: r.OID}
		if tag := l.tag(r.Tag); u.oid == "" && tag != nil {
			u.oid = tag.OID
		}
		u.saw(r.PublishedAt, true)
		l.units = append(l.units, u)
	}
}

func (l *ledger) tag(name string) *model.Tag {
	at, found := slices.BinarySearchFunc(l.history.Tags, name, func(t model.Tag, name string) int { return cmp.Compare(t.Name, name) })
	if !found {
		return nil
	}
	return &l.history.Tags[at]
}

// readTags reads the tags whose name matches. An annotated one deploys at the
// tagger's date, a lightweight one when its release was published, else at its
// commit's date, and then it ships without lead time.
func (l *ledger) readTags(source *DeploymentSource) {
	published := map[string]model.Instant{}
	for i := range l.history.Releases {
		r := &l.history.Releases[i]
		published[r.Tag] = earlier(published[r.Tag], r.PublishedAt)
	}
	for i := range l.history.Tags {
		t := &l.history.Tags[i]
		if source.Match != nil && !source.Match.MatchString(t.Name) {
			continue
		}
		u := &unit{id: t.Name, name: t.Name, oid: t.OID}
		at := cmp.Or(t.TaggedAt, published[t.Name])
		if at == 0 {
			at, u.untimed = t.CommittedAt, true
		}
		u.saw(at, true)
		l.units = append(l.units, u)
	}
}

// readMerges reads the pull requests that were merged to a branch.
func (l *ledger) readMerges(source *DeploymentSource) {
	branch := cmp.Or(source.Branch, l.state.Repository.DefaultBranch)
	for _, p := range l.merged {
		if p.BaseRef() != branch {
			continue
		}
		u := &unit{id: strconv.Itoa(int(p.Number)), number: int64(p.Number), oid: p.MergeOID}
		u.saw(p.Merged, true)
		l.units = append(l.units, u)
	}
}
