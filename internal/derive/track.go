package derive

import (
	"cmp"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// sameDeployment is how many seconds after a success the same commit
// succeeding again is the same deployment.
const sameDeployment = 10 * minute

// track is what happened to an environment.
type track struct {
	env       int
	name      string
	units     []*unit
	yields    []model.Instant // by Rules.Deployments: the first outcome of each source
	successes []*success      // that count, in order
	failures  []*unit         // that count
	revisits  []int           // numbers of those whose commit an earlier one had reached
	reverts   []*incident     // merged pull requests that undo what an earlier deployment shipped
	known     model.Instant   // the first success whose commit is known; 0 while there is none
	reached   []int32         // by commit: the number of the success that first reached it, or -1
	shipments []shipment      // by number in ledger.merged
}

// success is a successful deployment that counts.
type success struct {
	*unit
	at       model.Instant
	rollback bool // its commit is an ancestor of the previous one's
	again    int  // number of the success that first reached its commit, its own if it did
	shipped  []int32
	censored []int32
	held     []held // links of incidents to it
	recovery recovery
	rework   []string // why it reworks an earlier one; nil if it does not
}

// track orders an environment's deployments and finds what they ship.
func (l *ledger) track(env int) *track {
	t := &track{env: env, name: l.rules.Environments[env].Name, yields: make([]model.Instant, len(l.rules.Deployments))}
	for _, u := range l.units {
		if u.env == env {
			t.units = append(t.units, u)
			t.yields[u.source] = earlier(t.yields[u.source], earlier(u.success, u.failure))
		}
	}
	l.order(t)
	t.choose()
	l.ship(t)
	return t
}

// order sorts an environment's deployments by their success. Of one second's
// the ancestor comes first: several can be merged at once.
func (l *ledger) order(t *track) {
	depth := func(u *unit) int32 {
		if u.commit == model.Absent {
			return 0
		}
		return l.depths[u.commit]
	}
	slices.SortStableFunc(t.units, func(a, b *unit) int {
		return cmp.Or(cmp.Compare(a.success, b.success), cmp.Compare(depth(a), depth(b)),
			cmp.Compare(a.source, b.source), cmp.Compare(a.number, b.number), cmp.Compare(a.id, b.id))
	})
}

// choose takes what counts of an environment's deployments.
func (t *track) choose() {
	last := map[string]int{} // the last success that counts of each commit
	for _, u := range t.units {
		u.in = none
		if u.failure != 0 && t.supersededBy(u.source, u.failure) < 0 {
			t.failures = append(t.failures, u)
		}
		if u.success == 0 || t.supersededBy(u.source, u.success) >= 0 {
			continue
		}
		if n, found := last[u.oid]; found && u.oid != "" && u.success-t.successes[n].at <= sameDeployment {
			u.in, u.repeats = n, true
			continue
		}
		u.in = len(t.successes)
		last[u.oid] = u.in
		t.successes = append(t.successes, &success{unit: u, at: u.success})
	}
}

// supersededBy gives the first source, listed before another, that had yielded
// anything by an instant, so that the other does not count then; -1 if none had.
func (t *track) supersededBy(source int, at model.Instant) int {
	return slices.IndexFunc(t.yields[:source], func(first model.Instant) bool { return first != 0 && first <= at })
}

// lastBy gives the number of the last success at or before an instant, -1 if
// there is none.
func (t *track) lastBy(at model.Instant) int {
	n, _ := slices.BinarySearchFunc(t.successes, at, func(s *success, at model.Instant) int {
		if s.at <= at {
			return -1
		}
		return 1
	})
	return n - 1
}
