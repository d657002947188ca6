package githubtest

import (
	"cmp"
	"slices"
	"strings"
)

// index finds the parts of a repository by what names them.
type index struct {
	items   map[int]*Item
	users   map[string]*User // by lower-case login
	labels  map[string]*Label
	commits map[string]*Commit
}

// Index sorts the repository's lists and makes its lookups. Read and the generators call it.
func (r *Repo) Index() {
	slices.SortFunc(r.Items, func(a, b *Item) int { return a.Number - b.Number })
	r.index = index{
		items:   make(map[int]*Item, len(r.Items)),
		users:   make(map[string]*User, len(r.Users)),
		labels:  make(map[string]*Label, len(r.Labels)),
		commits: make(map[string]*Commit, len(r.Commits)),
	}
	for _, item := range r.Items {
		r.index.items[item.Number] = item
		if item.PR != nil {
			slices.SortStableFunc(item.PR.Reviews, func(a, b Review) int { return cmp.Compare(a.SubmittedAt, b.SubmittedAt) })
		}
	}
	for _, user := range r.Users {
		r.index.users[strings.ToLower(user.Login)] = user
	}
	for _, label := range r.Labels {
		r.index.labels[label.Name] = label
	}
	for _, commit := range r.Commits {
		r.index.commits[commit.OID] = commit
	}
}

// Item gives the item with that number, nil if there is none.
func (r *Repo) Item(number int) *Item { return r.index.items[number] }

// User gives the account with that login, nil if there is none.
func (r *Repo) User(login string) *User { return r.index.users[strings.ToLower(login)] }

// Label gives the label that had that name first, nil if there is none.
func (r *Repo) Label(name string) *Label { return r.index.labels[name] }

// Commit gives the commit with that id, nil if there is none.
func (r *Repo) Commit(oid string) *Commit { return r.index.commits[oid] }

// NameAt gives the owner and name of the repository at an instant.
func (r *Repo) NameAt(at Time) (owner, name string) {
	owner, name = r.Owner, r.Name
	for _, rename := range r.Renames {
		if rename.At.By(at) {
			owner, name = rename.Owner, rename.Name
		}
	}
	return owner, name
}

// Repo gives the repository with that id, nil if there is none.
func (d *Dataset) Repo(id int64) *Repo {
	for _, repo := range d.Repos {
		if repo.ID == id {
			return repo
		}
	}
	return nil
}

// NameAt gives the name of the label at an instant.
func (l *Label) NameAt(at Time) string {
	name := l.Name
	for _, rename := range l.Renames {
		if rename.At.By(at) {
			name = rename.Name
		}
	}
	return name
}

// CountAt gives the number that holds at an instant.
func CountAt(counts []Count, at Time) int {
	n := 0
	for _, count := range counts {
		if count.At <= at {
			n = count.N
		}
	}
	return n
}
