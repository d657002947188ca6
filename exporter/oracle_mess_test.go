package exporter

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// mess makes a generated repository's life more confused than people do.
type mess struct {
	*rand.Rand
	repo *githubtest.Repo
	end  githubtest.Time
	id   int64
}

func newMess(repo *githubtest.Repo, end githubtest.Time, seed uint64) *mess {
	return &mess{rand.New(rand.NewPCG(seed, seed)), repo, end, 1 << 45}
}

func (m *mess) all() {
	m.accounts()
	m.labels()
	for _, c := range m.repo.Commits {
		m.clocks(c)
	}
	for _, it := range m.repo.Items {
		m.leave(it)
		m.events(it)
		m.comments(it)
		if it.PR != nil {
			m.reviews(it)
			m.dismissals(it)
			m.reverts(it)
		}
	}
	m.repo.Index()
}

func (m *mess) chance(p float64) bool { return m.Float64() < p }

func (m *mess) next() int64 { m.id += 7; return m.id }

// moment gives an instant of the item's life: most often one at which something happened.
func (m *mess) moment(it *githubtest.Item) githubtest.Time {
	switch n := m.IntN(4); {
	case n == 0 && len(it.Comments) > 0:
		return it.Comments[m.IntN(len(it.Comments))].CreatedAt
	case n == 1 && len(it.Events) > 0:
		return it.Events[m.IntN(len(it.Events))].At
	case n == 2 && it.PR != nil && len(it.PR.Reviews) > 0:
		return it.PR.Reviews[m.IntN(len(it.PR.Reviews))].SubmittedAt
	}
	return it.CreatedAt + githubtest.Time(m.Int64N(max(1, min(int64(m.end-it.CreatedAt), 20*86400))))
}

// anybody gives an account, sometimes none.
func (m *mess) anybody() string {
	if m.chance(0.1) {
		return ""
	}
	return m.repo.Users[m.IntN(len(m.repo.Users))].Login
}

// accounts deletes some accounts, of bots too, and makes a person of the list's bots.
func (m *mess) accounts() {
	for _, u := range m.repo.Users {
		if m.chance(0.1) {
			u.DeletedAt = m.end - githubtest.Time(m.IntN(60*86400))
		}
	}
}

func (m *mess) labels() {
	for _, l := range m.repo.Labels {
		switch {
		case m.chance(0.1):
			l.DeletedAt = m.end - githubtest.Time(1+m.IntN(40*86400))
		case m.chance(0.2):
			l.Renames = []githubtest.LabelRename{{At: m.end - githubtest.Time(m.IntN(80*86400)), Name: "kind/new-" + fmt.Sprint(l.ID)}}
		}
	}
}

// clocks makes a few commits of machines whose clock is wrong.
func (m *mess) clocks(c *githubtest.Commit) {
	if m.chance(0.05) {
		c.Author.At = 0
	}
	if m.chance(0.05) {
		c.Author.At += 400 * 86400
		c.Committer.At += githubtest.Time(m.IntN(900 * 86400))
	}
	if m.chance(0.05) {
		c.Committer.At = c.Author.At
	}
}

// leave lets an issue go away, or come from elsewhere.
func (m *mess) leave(it *githubtest.Item) {
	at := m.moment(it)
	switch {
	case it.PR != nil || !m.chance(0.15):
	case m.chance(0.3):
		it.DeletedAt = at
	case m.chance(0.3):
		it.TransferredAt = at
	case m.chance(0.3):
		it.ConvertedAt = at
	default:
		m.happen(it, githubtest.Event{Kind: githubtest.Transferred, At: at})
	}
}

// happen puts an event after all that happened in its second.
func (m *mess) happen(it *githubtest.Item, e githubtest.Event) {
	e.ID, e.Actor = m.next(), m.anybody()
	i, _ := slices.BinarySearchFunc(it.Events, e.At+1, func(e githubtest.Event, at githubtest.Time) int { return cmp.Compare(e.At, at) })
	it.Events = slices.Insert(it.Events, i, e)
}

func (m *mess) events(it *githubtest.Item) {
	for m.chance(0.3) {
		reason := []string{"completed", "not_planned", "duplicate", ""}[m.IntN(4)]
		if it.PR != nil {
			reason = ""
		}
		m.happen(it, githubtest.Event{Kind: githubtest.Closed, At: m.farFromMerge(it), Reason: reason})
	}
	for m.chance(0.3) {
		m.happen(it, githubtest.Event{Kind: githubtest.Reopened, At: m.moment(it)})
	}
	for it.PR != nil && m.chance(0.2) {
		kind := githubtest.ReadyForReview
		if m.chance(0.5) {
			kind = githubtest.ConvertToDraft
		}
		m.happen(it, githubtest.Event{Kind: kind, At: m.moment(it)})
	}
	m.settle(it)
	for m.chance(0.2) {
		m.relabel(it)
	}
}

// farFromMerge gives a moment that is not within seconds of the merge, or exactly at it.
func (m *mess) farFromMerge(it *githubtest.Item) githubtest.Time {
	at := m.moment(it)
	for _, e := range it.Events {
		if d := at - e.At; e.Kind == githubtest.Merged && d != 0 && d > -600 && d < 600 {
			at = e.At + 601
		}
	}
	return at
}

// settle leaves out what cannot happen: reopening what is open or merged, making
// ready what is no draft, closing what is closed in a second that turns it otherwise.
func (m *mess) settle(it *githubtest.Item) {
	closed, merged, draft, known := false, false, false, false
	var kept []githubtest.Event
	for i, e := range it.Events {
		switch e.Kind {
		case githubtest.Reopened:
			if !closed || merged {
				continue
			}
			closed = false
		case githubtest.Closed:
			if closed && !merged && crowded(it.Events, i) {
				continue
			}
			closed = true
		case githubtest.Merged:
			merged, closed = true, true
		case githubtest.ReadyForReview, githubtest.ConvertToDraft:
			toDraft := e.Kind == githubtest.ConvertToDraft
			if known && draft == toDraft {
				continue
			}
			if !known {
				it.PR.Draft = !toDraft
			}
			draft, known = toDraft, true
		}
		kept = append(kept, e)
	}
	it.Events = kept
}

// crowded tells whether there is another closing or reopening in the second of an event.
func crowded(events []githubtest.Event, i int) bool {
	for j, e := range events {
		if j != i && e.At == events[i].At && (e.Kind == githubtest.Reopened || e.Kind == githubtest.Closed) {
			return true
		}
	}
	return false
}

// relabel adds or removes a label, or has it there from the creation on.
func (m *mess) relabel(it *githubtest.Item) {
	label := m.repo.Labels[m.IntN(len(m.repo.Labels))]
	name := label.Name
	for _, e := range it.Events {
		if e.Label == name {
			return
		}
	}
	if label.CreatedAt != 0 || slices.Contains(it.Labels, name) {
		return
	}
	kind := githubtest.Labeled
	if m.chance(0.5) {
		it.Labels = append(it.Labels, name)
		kind = githubtest.Unlabeled
	}
	for m.chance(0.7) {
		at := m.moment(it)
		if n := len(it.Events); n > 0 && m.chance(0.5) {
			at = it.Events[n-1].At
		}
		if last := m.lastLabeling(it, name); at < last || at == last && label.DeletedAt != 0 {
			continue // what is lost tells no order within a second
		}
		m.happen(it, githubtest.Event{Kind: kind, At: at, Label: name})
		kind = map[githubtest.EventKind]githubtest.EventKind{githubtest.Labeled: githubtest.Unlabeled, githubtest.Unlabeled: githubtest.Labeled}[kind]
	}
}

func (m *mess) lastLabeling(it *githubtest.Item, name string) (last githubtest.Time) {
	for _, e := range it.Events {
		if e.Label == name {
			last = e.At
		}
	}
	return last
}

func (m *mess) comments(it *githubtest.Item) {
	for m.chance(0.3) {
		c := githubtest.Comment{ID: m.next(), Author: m.anybody(), CreatedAt: m.moment(it), Body: "hm"}
		if m.chance(0.2) {
			c.UpdatedAt = min(m.end, c.CreatedAt+githubtest.Time(m.IntN(86400)))
		}
		if m.chance(0.2) {
			c.DeletedAt = min(m.end, c.CreatedAt+githubtest.Time(m.IntN(86400)))
		}
		i, _ := slices.BinarySearchFunc(it.Comments, c.CreatedAt+1, func(c githubtest.Comment, at githubtest.Time) int { return cmp.Compare(c.CreatedAt, at) })
		it.Comments = slices.Insert(it.Comments, i, c)
	}
}

func (m *mess) reviews(it *githubtest.Item) {
	for m.chance(0.4) {
		r := githubtest.Review{
			ID: m.next(), Author: m.anybody(), SubmittedAt: m.moment(it),
			State: []string{"APPROVED", "CHANGES_REQUESTED", "COMMENTED"}[m.IntN(3)],
		}
		for m.chance(0.4) {
			c := githubtest.ReviewComment{ID: m.next(), CreatedAt: max(it.CreatedAt, r.SubmittedAt-githubtest.Time(m.IntN(900))), Body: "why?"}
			if m.chance(0.3) && len(it.PR.Reviews) > 0 && len(it.PR.Reviews[0].Comments) > 0 {
				c.ReplyTo = it.PR.Reviews[0].Comments[0].ID
			}
			if m.chance(0.1) {
				c.DeletedAt = min(m.end, c.CreatedAt+githubtest.Time(m.IntN(86400)))
			}
			r.Comments = append(r.Comments, c)
		}
		it.PR.Reviews = append(it.PR.Reviews, r)
	}
	slices.SortStableFunc(it.PR.Reviews, func(a, b githubtest.Review) int { return cmp.Compare(a.SubmittedAt, b.SubmittedAt) })
}

func (m *mess) dismissals(it *githubtest.Item) {
	for i := range it.PR.Reviews {
		r := &it.PR.Reviews[i]
		if r.DismissedAt != 0 || r.State == "COMMENTED" || !m.chance(0.25) {
			continue
		}
		r.DismissedAt = max(r.SubmittedAt, m.moment(it))
		m.happen(it, githubtest.Event{Kind: githubtest.ReviewDismissed, At: r.DismissedAt, Review: r.ID, State: r.State})
	}
}

// reverts makes pull requests say that they revert others, or some that never were.
func (m *mess) reverts(it *githubtest.Item) {
	if !m.chance(0.2) {
		return
	}
	other := m.repo.Items[m.IntN(len(m.repo.Items))]
	switch {
	case m.chance(0.5):
		it.Body += fmt.Sprintf("\n\nReverts %s/%s#%d", m.repo.Owner, m.repo.Name, other.Number)
	case other.PR != nil && other.PR.MergeOID != "" && len(it.PR.Commits) > 0:
		c := m.repo.Commit(it.PR.Commits[0].OID)
		c.Body = "This reverts commit " + other.PR.MergeOID + "."
	}
}
