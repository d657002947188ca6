package derive

import "github.com/github-dev-exporter/github-dev-exporter/internal/model"

// none is the number of no deployment.
const none = -1

// shipment is how a merged pull request came to an environment.
type shipment struct {
	in       int32 // number of the success that first reached it, none if it is not there
	censored bool  // it may have been there before
}

// ship finds what each success of an environment ships: what it reaches and no
// success before it did. As every commit is first reached once, a redeploy
// keeps the first shipment, and all walks together take the graph once.
func (l *ledger) ship(t *track) {
	t.shipments = make([]shipment, len(l.merged))
	for i := range t.shipments {
		t.shipments[i].in = none
	}
	if len(t.successes) == 0 {
		return
	}
	t.reached = nones(l.graph.Len())
	for n, s := range t.successes {
		if s.commit == model.Absent {
			continue
		}
		t.known = earlier(t.known, s.at)
		s.rollback = n > 0 && t.reached[s.commit] != none && l.precedes(s.commit, t.successes[n-1].commit)
		walk(l.graph, s.commit, func(c int32) bool {
			if t.reached[c] != none {
				return false
			}
			t.reached[c] = int32(n)
			for p := l.firstAt[c]; p != none; p = l.nextAt[p] {
				l.arrive(t, n, p)
			}
			return true
		})
		if s.again = int(t.reached[s.commit]); s.again < n {
			t.revisits = append(t.revisits, n)
		}
	}
}

// arrive notes that a merged pull request came with a success. Where nothing
// is known of what was there before, it may have been: the first success has no
// predecessor, and where the predecessor's commit is not known the time says.
func (l *ledger) arrive(t *track, n int, p int32) {
	s := t.successes[n]
	censored := n == 0
	if n > 0 && t.successes[n-1].commit == model.Absent {
		censored = l.merged[p].Merged <= t.successes[n-1].at
	}
	t.shipments[p] = shipment{int32(n), censored}
	if censored {
		s.censored = append(s.censored, p)
	} else {
		s.shipped = append(s.shipped, p)
	}
}

// shippedAt gives when a merged pull request was first in an environment, 0 if it is not.
func (t *track) shippedAt(p int32) model.Instant {
	if n := t.shipments[p].in; n != none {
		return t.successes[n].at
	}
	return 0
}
