package mirror

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Publish makes what was stored of the repository visible: it digests what
// changed since the last time and shares the rest. While the first sync lasts
// the state has no items. A restart shows what was published last.
func (m *Mirror) Publish(repo int64) error { return m.publishOf(repo, false) }

// PublishItems is Publish while something of the repository's history is still
// to be read: that stays as it was published last.
func (m *Mirror) PublishItems(repo int64) error { return m.publishOf(repo, true) }

func (m *Mirror) publishOf(repo int64, itemsOnly bool) error {
	if err := m.gate.enter(); err != nil {
		return err
	}
	defer m.gate.leave()
	r := m.lookup(repo)
	if r == nil {
		return nil
	}
	if err := m.publish(r, itemsOnly); err != nil {
		return fmt.Errorf("publish repository %d: %w", repo, err)
	}
	m.listeners.tell(repo)
	return nil
}

func (m *Mirror) publish(r *repository, itemsOnly bool) error {
	r.write.Lock()
	defer r.write.Unlock()
	digest := m.digestOf(r)
	facts, err := m.current(r, digest.Items)
	if err != nil {
		return err
	}
	if shown := r.state.Load(); itemsOnly && shown != nil {
		if err := m.commit(r, unshieldItems(r)); err != nil {
			return err
		}
		r.show(facts, shown.History, digest)
		return nil
	}
	history, err := m.currentHistory(r)
	if err != nil {
		return err
	}
	if err := m.commit(r, slices.Concat(unshieldItems(r), unshieldHistory(r))); err != nil {
		return err
	}
	r.unshielded = false
	r.show(facts, history, digest)
	return nil
}

// current gives the facts of a repository as it is stored.
func (m *Mirror) current(r *repository, digest func(*model.Item) *model.Facts) ([]*model.Facts, error) {
	shown := r.state.Load()
	switch {
	case r.head.Complete == 0 || digest == nil:
		return nil, nil
	case shown == nil || shown.Complete == 0:
		return m.digestAll(r, digest, nil)
	case len(r.dirty) == 0:
		return shown.Items, nil
	}
	changed := map[int]*model.Facts{}
	m.touched(int64(len(r.dirty)) * readAround)
	err := m.db.View(func(txn *badger.Txn) error {
		for number := range r.dirty {
			it, _, err := item(txn, r.id, number)
			if err != nil {
				return err
			}
			if it != nil {
				changed[number] = digest(it)
			}
		}
		return nil
	})
	return replace(shown.Items, changed), err
}

// replace gives facts with some of them exchanged, by number.
func replace(facts []*model.Facts, changed map[int]*model.Facts) []*model.Facts {
	out := make([]*model.Facts, 0, len(facts)+len(changed))
	for _, f := range facts {
		if _, ok := changed[int(f.Number)]; !ok {
			out = append(out, f)
		}
	}
	for _, f := range changed {
		if f != nil {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b *model.Facts) int { return cmp.Compare(a.Number, b.Number) })
	return out
}

// unshieldItems removes the records of how items were published before.
func unshieldItems(r *repository) []write {
	var out []write
	for number := range r.dirty {
		out = append(out, write{key: beforeKey(r.id, number), apply: func(r *repository) { delete(r.dirty, number) }})
	}
	return out
}

// unshieldHistory removes the records of how the history was published before.
func unshieldHistory(r *repository) []write {
	var out []write
	for k := range r.stale {
		out = append(out, write{key: []byte(k), apply: func(r *repository) { delete(r.stale, k) }})
	}
	return out
}

// show swaps the repository's state. A repository without a record has none.
func (r *repository) show(facts []*model.Facts, history *model.History, digest Digester) {
	r.mu.RLock()
	state := &model.State{
		Repository: r.record, Items: facts, Complete: r.head.Complete, Records: r.counts.byName(), History: history,
	}
	r.mu.RUnlock()
	if state.Repository.ID != 0 {
		state.Changes = changesOf(digest, r.state.Load(), state)
		r.state.Store(state)
	}
}

// digestOf gives the digest for a repository, the zero one where there is none.
func (m *Mirror) digestOf(r *repository) Digester {
	digest := *m.digest.Load()
	if digest == nil {
		return Digester{}
	}
	return digest(r.stored())
}

// State gives the repository's published state, nil where it is unknown. It is
// immutable, and reading it takes no lock.
func (m *Mirror) State(repo int64) *model.State {
	r := m.lookup(repo)
	if r == nil {
		return nil
	}
	return r.state.Load()
}

// States gives every published state by repository id.
func (m *Mirror) States() []*model.State {
	var out []*model.State
	for _, r := range m.sorted() {
		if s := r.state.Load(); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// Redigest publishes every repository anew with another digest, as after a
// change of the configuration. What was stored since the last publish stays hidden.
func (m *Mirror) Redigest(d Digest) error {
	if err := m.gate.enter(); err != nil {
		return err
	}
	defer m.gate.leave()
	m.digest.Store(&d)
	var errs []error
	for _, r := range m.sorted() {
		if err := m.redigest(r); err != nil {
			errs = append(errs, fmt.Errorf("digest repository %d: %w", r.id, err))
			continue
		}
		m.listeners.tell(r.id)
	}
	return errors.Join(errs...)
}

func (m *Mirror) redigest(r *repository) error {
	r.write.Lock()
	defer r.write.Unlock()
	shown := r.state.Load()
	if shown == nil || shown.Complete == 0 {
		return nil
	}
	next := *shown
	next.Items = nil
	digest := m.digestOf(r)
	if digest.Items != nil {
		before, err := m.befores(r.id)
		if err != nil {
			return err
		}
		if next.Items, err = m.digestAll(r, digest.Items, before); err != nil {
			return err
		}
	}
	next.Changes = changesOf(digest, nil, &next)
	r.state.Store(&next)
	return nil
}

// listeners are called when a state was published.
type listeners struct {
	mu   sync.Mutex
	next int
	all  map[int]func(int64)
}

// Subscribe has f called after every publish and redigest of a repository, by
// the goroutine that did it and without a lock held. Several calls may run at once.
func (m *Mirror) Subscribe(f func(repo int64)) (cancel func()) {
	l := &m.listeners
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[int]func(int64){}
	}
	n := l.next
	l.next++
	l.all[n] = f
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.all, n)
	}
}

func (l *listeners) tell(repo int64) {
	l.mu.Lock()
	calls := make([]func(int64), 0, len(l.all))
	for _, f := range l.all {
		calls = append(calls, f)
	}
	l.mu.Unlock()
	for _, f := range calls {
		f(repo)
	}
}
