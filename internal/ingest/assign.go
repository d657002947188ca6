package ingest

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Project is a named set of repositories.
type Project struct {
	Name string
	// Repositories are names and globs: "owner/repo", "owner/*", "owner/prefix-*".
	// A name beats a glob, and the first glob wins over all projects in order.
	Repositories []string
	// Exclude are names and globs that the project's globs leave out.
	Exclude []string
	Needs   Needs
}

// entry is one line of a project's repositories, taken apart and in lower case.
type entry struct {
	project string
	owner   string
	pattern string
	glob    bool
	exclude []string
	written string // as it was configured
}

// key is the form in which names are compared: GitHub's are case-insensitive.
func key(fullName string) string { return strings.ToLower(fullName) }

// entries takes the projects' repositories apart, in order.
func entries(projects []Project) []entry {
	var out []entry
	for _, p := range projects {
		exclude := make([]string, len(p.Exclude))
		for i, x := range p.Exclude {
			exclude[i] = key(x)
		}
		for _, written := range p.Repositories {
			owner, pattern, _ := strings.Cut(key(written), "/")
			glob := strings.ContainsAny(pattern, "*?[")
			out = append(out, entry{p.Name, owner, pattern, glob, exclude, written})
		}
	}
	return out
}

// matches reports whether a glob takes a repository of the given key.
func (e entry) matches(full string) bool {
	owner, name, _ := strings.Cut(full, "/")
	if owner != e.owner || !match(e.pattern, name) {
		return false
	}
	return !slices.ContainsFunc(e.exclude, func(x string) bool { return match(x, full) })
}

// match is path.Match with a malformed pattern, which the configuration
// refuses, matching nothing.
func match(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// assign tells to which project each known repository belongs; one that is
// absent belongs to none. Names are the ids that configured names were found
// to have by a direct read, by key: such a name maps to that repository
// whatever it is called today, and to no other.
func assign(projects []Project, known []model.Repository, names map[string]int64) map[int64]string {
	out := map[int64]string{}
	all := entries(projects)
	current := newest(known)
	for _, e := range all {
		if e.glob {
			continue
		}
		full := e.owner + "/" + e.pattern
		id, read := names[full]
		if repo, ok := current[full]; ok && !read {
			id = repo.ID
		}
		if _, taken := out[id]; id != 0 && !taken {
			out[id] = e.project
		}
	}
	assignGlobs(out, all, current, names)
	return out
}

// assignGlobs gives the repositories that no name took to the first glob that
// matches them.
func assignGlobs(out map[int64]string, all []entry, current map[string]model.Repository, names map[string]int64) {
	for full, repo := range current {
		if id, read := names[full]; read && id != repo.ID {
			continue // the name is another repository's now
		}
		if _, taken := out[repo.ID]; taken {
			continue
		}
		for _, e := range all {
			if e.glob && e.matches(full) {
				out[repo.ID] = e.project
				break
			}
		}
	}
}

// newest gives the repositories by key. Of two that bear one name, since the
// first was deleted or renamed and the name used again, the one read last has it.
func newest(known []model.Repository) map[string]model.Repository {
	out := map[string]model.Repository{}
	for _, repo := range known {
		k := key(repo.FullName())
		old, ok := out[k]
		if !ok || cmp.Or(cmp.Compare(repo.ReadAt, old.ReadAt), cmp.Compare(repo.ID, old.ID)) > 0 {
			out[k] = repo
		}
	}
	return out
}
