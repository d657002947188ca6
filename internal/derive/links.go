package derive

import (
	"cmp"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// linkKind numbers byLink: what an incident was linked to a deployment by, the
// best first.
type linkKind uint8

const (
	explicitLink linkKind = iota
	revertLink
	fixLink
	nearestLink
)

func (k linkKind) String() string { return byLink.Values[k] }

// link is a fact that links an incident to a deployment, from an instant on.
type link struct {
	kind  linkKind
	track *track
	in    int // number in the track's successes
	at    model.Instant
	why   string
}

func (k link) success() *success { return k.track.successes[k.in] }

// held is a time during which an incident was linked to a deployment: from the
// link on until a better one is known, but for when the incident was opted out.
type held struct {
	interval
	link
	incident *incident
}

// link links the incidents, each by the best that is known at an instant.
func (l *ledger) link() {
	closers := l.closers()
	for _, i := range l.incidents {
		if i.source != byRevert && i.track != nil {
			l.linkBefore(i, closers)
		}
		sortLinks(i.links)
		i.hold()
		for _, h := range i.held {
			s := h.success()
			s.held = append(s.held, h)
		}
	}
}

func sortLinks(links []link) {
	slices.SortStableFunc(links, func(a, b link) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind), cmp.Compare(a.in, b.in))
	})
}

// closers gives the merged pull requests that close each issue.
func (l *ledger) closers() map[int32][]int32 {
	closers := map[int32][]int32{}
	for n, p := range l.merged {
		if p.More == nil {
			continue
		}
		for _, issue := range p.More.Closes {
			closers[issue] = append(closers[issue], int32(n))
		}
	}
	return closers
}

// linkBefore links an incident to the deployment before it: by a pull request
// that closes it, when that merges, and as the nearest one within the window.
func (l *ledger) linkBefore(i *incident, closers map[int32][]int32) {
	n := i.track.lastBy(i.opened)
	if n < 0 {
		return
	}
	if i.source == byIssue {
		if fix := l.firstFix(closers[i.item.Number], i.opened); fix != nil {
			i.links = append(i.links, link{
				kind: fixLink, track: i.track, in: n, at: max(i.recognised, fix.Merged), why: "closed by #" + itoa(fix.Number),
			})
		}
	}
	if ago := i.opened - i.track.successes[n].at; int64(ago) <= int64(l.rules.IncidentWindow.Seconds()) {
		i.links = append(i.links, link{
			kind: nearestLink, track: i.track, in: n, at: i.recognised, why: "deployed " + span(int64(ago)) + " before",
		})
	}
}

// firstFix gives the first of some pull requests that merged after an instant.
func (l *ledger) firstFix(closers []int32, opened model.Instant) *mergedPull {
	var first *mergedPull
	for _, n := range closers {
		p := &l.merged[n]
		if p.Merged >= opened && (first == nil || p.Merged < first.Merged) {
			first = p
		}
	}
	return first
}

// explicit gives the links that the texts of an issue make.
func (l *ledger) explicit(i *model.IssueIncident, t *track) []link {
	var links []link
	for _, b := range i.Blames {
		if blamed, to, since, why := l.blamed(&b, t); to != none {
			at := max(i.Recognised, b.At, since, blamed.successes[to].at)
			links = append(links, link{kind: explicitLink, track: blamed, in: to, at: at, why: why})
		}
	}
	return links
}

// blamed finds the deployment that a text blames: one by its id, whatever its
// environment, or the one that first shipped a commit or a pull request, since that merged, to
// the environment; none where there is none.
func (l *ledger) blamed(b *model.Blame, t *track) (blamed *track, in int, since model.Instant, why string) {
	switch {
	case b.Kind == model.NamesDeployment:
		blamed, in = l.deploymentNamed(fromDeployments, itoa(b.Item.Number), nil)
		return blamed, in, 0, "names the deployment " + itoa(b.Item.Number)
	case t == nil:
		return nil, none, 0, ""
	case b.OID != "":
		return t, t.firstWith(l.graph.Find(b.OID)), 0, "names the commit " + b.OID
	case here(l.state, b.Item):
		if n, merged := l.byNumber[int32(b.Item.Number)]; merged {
			return t, int(t.shipments[n].in), l.merged[n].Merged, "names #" + itoa(b.Item.Number)
		}
	}
	return nil, none, 0, ""
}

// recordLinks gives the links that a record of an incident makes.
func (l *ledger) recordLinks(r *model.Incident, t *track) []link {
	var links []link
	add := func(t *track, to int, why string) {
		if to != none {
			links = append(links, link{kind: explicitLink, track: t, in: to, at: max(r.OpenedAt, t.successes[to].at), why: why})
		}
	}
	if r.Deployment != "" {
		blamed, to := l.deploymentNamed(none, r.Deployment, t)
		add(blamed, to, "names the deployment "+r.Deployment)
	}
	if r.OID != "" && t != nil {
		add(t, t.firstWith(l.graph.Find(r.OID)), "names the commit "+r.OID)
	}
	return links
}

// firstWith gives the number of the success that first shipped a commit, none
// where there is none.
func (t *track) firstWith(commit int32) int {
	if commit == model.Absent || len(t.reached) == 0 {
		return none
	}
	return int(t.reached[commit])
}

// deploymentNamed finds a success by its source's kind, none for any, and id, in an
// environment, or in any if that is nil.
func (l *ledger) deploymentNamed(kind int, id string, in *track) (*track, int) {
	if l.byID == nil {
		l.byID = map[string][]*unit{}
		for _, u := range l.units {
			if u.env >= 0 && u.in != none {
				l.byID[u.id] = append(l.byID[u.id], u)
			}
		}
	}
	for _, u := range l.byID[id] {
		if t := l.tracks[u.env]; (in == nil || in == t) && (kind == none || kind == u.kind) {
			return t, u.in
		}
	}
	return nil, none
}

// hold finds when each link of the incident held: a link ends when a better one
// is known, and does not hold while the incident is opted out or gone.
func (i *incident) hold() {
	for _, k := range i.links {
		to := i.gone()
		for _, better := range i.links {
			if better.kind < k.kind {
				to = earlier(to, better.at)
			}
		}
		for _, part := range without(interval{k.at, to}, i.optedOut) {
			i.held = append(i.held, held{part, k, i})
		}
	}
}

// without cuts times out of an interval.
func without(whole interval, times []model.Interval) []interval {
	parts := []interval{whole}
	for _, cut := range times {
		from, to := model.Instant(cut.From), model.Instant(cut.To)
		var left []interval
		for _, p := range parts {
			left = append(left, interval{p.from, earlier(p.to, max(from, p.from))})
			if to != 0 {
				left = append(left, interval{max(p.from, to), p.to})
			}
		}
		parts = left
		parts = slices.DeleteFunc(parts, func(p interval) bool { return p.to != 0 && p.to <= p.from })
	}
	return slices.DeleteFunc(parts, func(p interval) bool { return p.to != 0 && p.to <= p.from })
}

// linkedAt reports whether a link of the incident held at an instant.
func (i *incident) linkedAt(at model.Instant) bool {
	return slices.ContainsFunc(i.held, func(h held) bool { return h.has(at) })
}

// optedOutAt reports whether the incident was opted out at an instant.
func (i *incident) optedOutAt(at model.Instant) bool {
	return slices.ContainsFunc(i.optedOut, func(o model.Interval) bool { return holds(o.From, o.To, int64(at)) })
}

// unlinked reports whether the incident was neither linked nor opted out when
// it was recognised.
func (i *incident) unlinked() bool {
	return !i.linkedAt(i.recognised) && !i.optedOutAt(i.recognised)
}
