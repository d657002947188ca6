package mirror

import (
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// currentHistory gives the history of a repository as it is stored: the kinds
// that changed since the last publish are read again, the others are shared.
func (m *Mirror) currentHistory(r *repository) (*model.History, error) {
	if !r.showsHistory() {
		return nil, nil
	}
	read := historyRead{repo: r.id, decode: true}
	if shown := r.state.Load(); shown != nil && shown.History != nil && !r.unshielded {
		if len(r.stale) == 0 {
			return shown.History, nil
		}
		read.history, read.kinds = *shown.History, r.staleKinds()
	}
	defer func() { m.touched(read.bytes) }()
	if err := m.view(read.read); err != nil {
		return nil, err
	}
	return read.result(), nil
}

// staleKinds gives the kinds of history that changed since the last publish.
func (r *repository) staleKinds() []byte {
	const place = 1 + 8 // behind the prefix and the repository
	var out []byte
	for _, f := range families {
		for k := range r.stale {
			if k[place] == f.letter() {
				out = append(out, f.letter())
				break
			}
		}
	}
	return out
}

// changesOf gives what a state comes to. Where nothing differs that it is made
// of, it is what the state shown before has.
func changesOf(digest Digester, shown, next *model.State) *model.Changes {
	if next.History == nil || digest.Changes == nil {
		return nil
	}
	if shown != nil && shown.Changes != nil && shown.History == next.History &&
		sameItems(shown.Items, next.Items) && sameRepository(shown.Repository, next.Repository) {
		return shown.Changes
	}
	return digest.Changes(next)
}

// sameItems reports whether both are one list.
func sameItems(a, b []*model.Facts) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// sameRepository reports whether two reads of a repository differ in nothing
// but its popularity.
func sameRepository(a, b model.Repository) bool {
	b.ReadAt, b.Stars, b.Forks, b.Watchers, b.SizeBytes = a.ReadAt, a.Stars, a.Forks, a.Watchers, a.SizeBytes
	return a == b
}
