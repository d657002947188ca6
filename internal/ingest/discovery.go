package ingest

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// streamDiscovery is the stream of what could not be looked up.
const streamDiscovery = "discovery"

// aliasPrefix begins the streams of the mirror's repository 0 that hold which
// repository a configured name was found to be, where that bears another name.
const aliasPrefix = "name/"

// target is something that is looked up: an owner, whose repositories are
// listed for the globs, or a repository by a configured name.
type target struct {
	key     string // "owner/name", or "owner/*"
	entries []entry
	needed  bool // false for a name that a known repository bears
	health  streamHealth
}

func (t *target) owner() (name string, is bool) {
	owner, rest, _ := strings.Cut(t.key, "/")
	return owner, rest == "*"
}

// setProjects replaces the projects and everything that follows from them.
func (in *Ingest) setProjects(projects []Project) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.projects = projects
	in.targets = map[string]*target{}
	for _, e := range entries(projects) {
		k := e.owner + "/" + e.pattern
		if e.glob {
			k = e.owner + "/*"
		}
		if in.targets[k] == nil {
			in.targets[k] = &target{key: k, health: streamHealth{errors: map[string]int{}}}
		}
		in.targets[k].entries = append(in.targets[k].entries, e)
	}
	in.reassign()
}

// reassign finds out anew which repositories belong to which project. The
// caller holds mu.
func (in *Ingest) reassign() {
	known := in.known()
	owners := assign(in.projects, known, in.names)
	repos := map[int64]*repository{}
	projects := map[string]Project{}
	for _, p := range in.projects {
		projects[p.Name] = p
	}
	for _, repo := range known {
		project, ok := owners[repo.ID]
		if !ok || !in.mine(repo.ID) {
			continue
		}
		r := in.repos[repo.ID]
		if r == nil {
			r = load(in.mirror, repo)
		}
		r.setProject(projects[project])
		repos[repo.ID] = r
	}
	in.repos = repos
	current := newest(known)
	for k, t := range in.targets {
		_, isOwner := t.owner()
		repo, borne := current[k]
		id, aliased := in.names[k]
		t.needed = isOwner || !borne || aliased && id != repo.ID
	}
}

// known gives every repository of the mirror.
func (in *Ingest) known() []model.Repository {
	if in.mirror == nil {
		return nil
	}
	return in.mirror.Repositories()
}

// Owners tells to which project each repository of the mirror belongs; one
// that is absent belongs to none.
func Owners(m *mirror.Mirror, projects []Project) (map[int64]string, error) {
	names, err := aliases(m)
	if err != nil {
		return nil, err
	}
	return assign(projects, m.Repositories(), names), nil
}

// aliases gives the ids of repositories by configured names that they bear no more.
func aliases(m *mirror.Mirror) (map[string]int64, error) {
	cursors, err := m.Cursors(0)
	if err != nil {
		return nil, err
	}
	names := map[string]int64{}
	for stream, cur := range cursors {
		if name, ok := strings.CutPrefix(stream, aliasPrefix); ok {
			if id, err := strconv.ParseInt(cur.After, 10, 64); err == nil {
				names[name] = id
			}
		}
	}
	return names, nil
}

// setName records which repository a configured name was found to be. The
// caller holds mu.
func (in *Ingest) setName(k string, repo model.Repository) error {
	in.names[k] = repo.ID
	return in.mirror.Update(0, func(tx *mirror.Tx) error {
		if k == key(repo.FullName()) {
			tx.DeleteCursor(aliasPrefix + k)
			return nil
		}
		return tx.PutCursor(aliasPrefix+k, mirror.Cursor{After: strconv.FormatInt(repo.ID, 10)})
	})
}

// lookUp asks GitHub what a target is and takes in the repositories found.
func (in *Ingest) lookUp(ctx context.Context, t *target) error {
	err := in.lookUpNow(ctx, t)
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case err == nil:
		t.health.failure, t.health.waits = failure{}, failure{}
	case ctx.Err() == nil:
		t.health.failed(err, in.now())
		in.complain("lookup", err, "target", t.key)
	}
	return err
}

func (in *Ingest) lookUpNow(ctx context.Context, t *target) error {
	owner, isOwner := t.owner()
	if isOwner {
		repos, err := in.listOwner(ctx, owner, t.entries)
		if err != nil {
			return err
		}
		return in.found(t, repos...)
	}
	_, name, _ := strings.Cut(t.key, "/")
	repo, err := in.client.Repository(ctx, owner, name)
	if err != nil {
		return err
	}
	return in.found(t, repo)
}

// listOwner gives the owner's repositories that one of the globs matches.
func (in *Ingest) listOwner(ctx context.Context, owner string, globs []entry) ([]model.Repository, error) {
	repos, err := in.client.Repositories(ctx, owner)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(repos, func(repo model.Repository) bool {
		full := key(repo.FullName())
		return !slices.ContainsFunc(globs, func(e entry) bool { return e.matches(full) })
	}), nil
}

// found takes in what was looked up.
func (in *Ingest) found(t *target, repos ...model.Repository) error {
	for _, repo := range repos {
		if err := in.keep(repo); err != nil {
			return err
		}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if _, isOwner := t.owner(); !isOwner {
		if err := in.setName(t.key, repos[0]); err != nil {
			return err
		}
	}
	for _, repo := range repos {
		t.health.success = max(t.health.success, repo.ReadAt)
	}
	in.reassign()
	return nil
}

// keep stores a repository as it was just read. That it was taken to be gone
// is for the next probe to take back.
func (in *Ingest) keep(repo model.Repository) error {
	if old, ok := in.mirror.Repository(repo.ID); ok {
		repo.GoneAt = old.GoneAt
	}
	return in.mirror.Update(repo.ID, func(tx *mirror.Tx) error { return tx.PutRepository(repo) })
}

// renamed keeps a configured name that a repository bore until now with it. Its
// target is looked up in time, since the name may be given to another one.
func (in *Ingest) renamed(from string, repo model.Repository) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.targets[key(from)] != nil {
		if err := in.setName(key(from), repo); err != nil {
			return err
		}
	}
	in.reassign()
	return nil
}

// replaced takes in the repository that bears another one's name now.
func (in *Ingest) replaced(repo model.Repository) error {
	if err := in.keep(repo); err != nil {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	k := key(repo.FullName())
	if in.targets[k] != nil {
		if err := in.setName(k, repo); err != nil {
			return err
		}
	}
	in.reassign()
	return nil
}

// wall gives the time for waiting.
func (in *Ingest) wall() model.Instant { return model.At(in.now()) }

// discoverAgain is when what was found is looked up again.
func (in *Ingest) discoverAgain() time.Time { return in.now().Add(in.every.Discover) }
