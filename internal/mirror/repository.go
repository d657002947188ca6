package mirror

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// repository is what is held in memory of one repository.
type repository struct {
	id    int64
	state atomic.Pointer[model.State]

	write sync.Mutex // held by whoever updates or publishes
	// dirty are the items that changed since the last publish of a complete
	// repository: those that have a "before" record. Guarded by write.
	dirty map[int]struct{}
	// stale is the same for the history: the keys of "past" records. unshielded
	// says that history was stored that has none, since none of it is shown.
	stale      map[string]struct{}
	unshielded bool

	mu       sync.RWMutex // guards the rest; changed with write held too
	record   model.Repository
	head     head
	counts   counts
	counters map[string]int
}

// head says how far a repository is.
type head struct {
	Complete model.Instant `json:"complete,omitzero"` // end of the first sync
	// Items is how many item records there are at least: fewer can only be read
	// when a file lost them.
	Items int `json:"items,omitzero"`
	// History is when the sources of the repository's history were read to their
	// ends; it is not shown before. Records is as Items is.
	History model.Instant `json:"history,omitzero"`
	Records int           `json:"records,omitzero"`
}

func newRepository(id int64) *repository {
	return &repository{id: id, dirty: map[int]struct{}{}, stale: map[string]struct{}{}, counters: map[string]int{}}
}

// showsHistory reports whether history is among what is published.
func (r *repository) showsHistory() bool { return r.head.Complete != 0 && r.head.History != 0 }

// counts are numbers of records by kind: those of items, then the kinds of
// history but the head.
type counts [14]int

var countNames = [len(counts{})]string{
	"issue", "pull_request", "event", "comment", "review", "review_comment", "commit",
	"branch_commit", "tag", "release", "deployment", "workflow_run", "incident", "milestone",
}

// addKind counts a record of a repository's history.
func (c *counts) addKind(kind byte) {
	const history = 7
	for i, f := range families[1:] {
		if f.letter() == kind {
			c[history+i]++
		}
	}
}

// countOf counts an item's records.
func countOf(it *model.Item) counts {
	var c counts
	if it == nil {
		return c
	}
	c[1] = 1
	if it.Kind == model.Issue {
		c[0], c[1] = 1, 0
	}
	for i := range it.Events {
		switch it.Events[i].Kind {
		case model.Commented:
			c[3]++
		case model.Reviewed:
			c[4]++
		default:
			c[2]++
		}
	}
	c[5], c[6] = len(it.ReviewComments), len(it.Commits)
	return c
}

func (c *counts) add(o counts, sign int) {
	for i := range c {
		c[i] += sign * o[i]
	}
}

func (c counts) byName() map[string]int {
	out := make(map[string]int, len(c))
	for i, name := range countNames {
		out[name] = c[i]
	}
	return out
}

// lookup gives the repository in memory, nil where it is unknown. It takes no lock.
func (m *Mirror) lookup(id int64) *repository {
	if r, ok := m.known.Load(id); ok {
		return r.(*repository)
	}
	return nil
}

// obtain gives the repository in memory, a new one where it is unknown.
func (m *Mirror) obtain(id int64) *repository {
	if r := m.lookup(id); r != nil {
		return r
	}
	r, _ := m.known.LoadOrStore(id, newRepository(id))
	return r.(*repository)
}

// sorted gives the repositories in memory by id.
func (m *Mirror) sorted() []*repository {
	var out []*repository
	for _, r := range m.known.Range {
		out = append(out, r.(*repository))
	}
	slices.SortFunc(out, func(a, b *repository) int { return cmp.Compare(a.id, b.id) })
	return out
}

// Repositories gives every stored repository by id.
func (m *Mirror) Repositories() []model.Repository {
	var out []model.Repository
	for _, r := range m.sorted() {
		if record := r.stored(); record.ID != 0 {
			out = append(out, record)
		}
	}
	return out
}

// stored gives the repository's record, the zero one where none is stored.
func (r *repository) stored() model.Repository {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.record
}

// Repository gives a stored repository.
func (m *Mirror) Repository(id int64) (model.Repository, bool) {
	r := m.lookup(id)
	if r == nil {
		return model.Repository{}, false
	}
	record := r.stored()
	return record, record.ID != 0
}

// RepositoryByName gives the repository that bears a name, without regard to
// case; of several, since names are used again, the one that was read last.
func (m *Mirror) RepositoryByName(owner, name string) (model.Repository, bool) {
	var found model.Repository
	for _, record := range m.Repositories() {
		if strings.EqualFold(record.Owner, owner) && strings.EqualFold(record.Name, name) && record.ReadAt >= found.ReadAt {
			found = record
		}
	}
	return found, found.ID != 0
}

// Complete gives when the repository's first sync ended; 0 before.
func (m *Mirror) Complete(repo int64) model.Instant {
	r := m.lookup(repo)
	if r == nil {
		return 0
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.head.Complete
}

// HistoryComplete gives when the sources of the repository's history were read
// to their ends; 0 before.
func (m *Mirror) HistoryComplete(repo int64) model.Instant {
	r := m.lookup(repo)
	if r == nil {
		return 0
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.head.History
}

// Records counts the repository's stored records by kind: issue, pull_request,
// event, comment, review, review_comment, commit, and of its history
// branch_commit, tag, release, deployment, workflow_run, incident, milestone. Comments and
// reviews are no events here. What is gone from GitHub counts as long as it is stored.
func (m *Mirror) Records(repo int64) map[string]int {
	r := m.lookup(repo)
	if r == nil {
		return counts{}.byName()
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.counts.byName()
}

// Counters gives the repository's counters by name.
func (m *Mirror) Counters(repo int64) map[string]int {
	r := m.lookup(repo)
	if r == nil {
		return map[string]int{}
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return maps.Clone(r.counters)
}
