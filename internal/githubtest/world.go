package githubtest

import (
	"strings"
	"sync"
)

// world is everything that exists, in one place that REST and GraphQL read. Requests
// read it through a view; what changes a dataset goes through change.
type world struct {
	mu    sync.RWMutex
	repos []*repository
	byID  map[int64]*repository
}

// repository is a Repo with the lookups that a view needs. They are made when they
// are first asked for, so that small tests do not pay for them.
type repository struct {
	*Repo
	lazy *lazyIndex
	bar  *bar // why nobody may read it, though it exists; nil for all others

	issuesOff bool // it has no issues
}

// newWorld makes a world of the repositories of all datasets.
func newWorld(datasets []*Dataset) *world {
	w := &world{byID: map[int64]*repository{}}
	for _, dataset := range datasets {
		for _, repo := range dataset.Repos {
			r := &repository{Repo: repo, lazy: &lazyIndex{}}
			w.repos = append(w.repos, r)
			w.byID[repo.ID] = r
		}
	}
	return w
}

// change runs f, which may change any dataset of the world in place, while no
// request is answered, and makes the lookups anew.
func (w *world) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	for _, r := range w.repos {
		r.Index()
		r.lazy = &lazyIndex{}
	}
}

// view shows the world as it looks at an instant. The world does not change until
// the view is closed: close it when the answer is written.
func (w *world) view(now Time) *view {
	w.mu.RLock()
	return &view{world: w, now: now}
}

// view is the world at an instant.
type view struct {
	world *world
	now   Time
	// newIDs gives everything a node id of the newer form, as the header
	// X-Github-Next-Global-ID: 1 asks for.
	newIDs bool
	// allow says which repositories the caller may read; nil: all.
	allow func(*repoView) bool
	// guard keeps the caller from parts of what it may read; nil: from nothing.
	guard *guard
}

// close lets the world change again. A view must not be used afterwards.
func (v *view) close() { v.world.mu.RUnlock() }

// repos gives the repositories that exist, in the order of the datasets.
func (v *view) repos() []*repoView {
	var out []*repoView
	for _, r := range v.world.repos {
		if rv := v.repo(r); rv != nil {
			out = append(out, rv)
		}
	}
	return out
}

// repoByID gives the repository with that id, nil if there is none now.
func (v *view) repoByID(id int64) *repoView {
	if r := v.world.byID[id]; r != nil {
		return v.repo(r)
	}
	return nil
}

// repoByName gives the repository that has that name now, else the one that last
// had it; moved tells the second case, in which REST redirects. nil: there is none.
func (v *view) repoByName(owner, name string) (rv *repoView, moved bool) {
	var old *repoView
	var oldAt Time
	for _, r := range v.world.repos {
		candidate := v.repo(r)
		if candidate == nil {
			continue
		}
		if strings.EqualFold(candidate.owner, owner) && strings.EqualFold(candidate.name, name) {
			return candidate, false
		}
		if at, had := r.hadName(owner, name, v.now); had && (old == nil || at > oldAt) {
			old, oldAt = candidate, at
		}
	}
	return old, old != nil
}

// reposOf gives the repositories of an owner that exist.
func (v *view) reposOf(owner string) []*repoView {
	var out []*repoView
	for _, rv := range v.repos() {
		if strings.EqualFold(rv.owner, owner) {
			out = append(out, rv)
		}
	}
	return out
}

// repo shows one repository, nil if it does not exist now or is hidden from the caller.
func (v *view) repo(r *repository) *repoView {
	if r.CreatedAt > v.now || r.DeletedAt.By(v.now) {
		return nil
	}
	rv := &repoView{view: v, repository: r}
	rv.owner, rv.name = r.NameAt(v.now)
	if v.allow != nil && !v.allow(rv) {
		return nil
	}
	return rv
}

// hadName reports whether the repository had that name at or before now, and since when.
func (r *repository) hadName(owner, name string, now Time) (Time, bool) {
	same := func(o, n string) bool { return strings.EqualFold(o, owner) && strings.EqualFold(n, name) }
	at, had := r.CreatedAt, same(r.Owner, r.Name)
	for _, rename := range r.Renames {
		if rename.At.By(now) && same(rename.Owner, rename.Name) {
			at, had = rename.At, true
		}
	}
	return at, had
}
