package mirror

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/dgraph-io/badger/v4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Tx is one transaction on one repository. Its reads see its writes.
type Tx struct {
	repo   *repository
	txn    *badger.Txn // for reads
	writes map[string]write
	items  map[int]*model.Item // as they will be stored
	before map[int]counts      // records of the items before this transaction
	sums   map[string]int      // counters that changed
	fresh  map[string]struct{} // keys of history that were not stored before
	head   head
	err    error // of a write that cannot return one
}

// write is a key's new value, nil for none, and what its commit changes in
// memory, called with the repository's mu held.
type write struct {
	key   []byte
	value []byte
	apply func(*repository)
}

// Update calls f and commits what it puts in one transaction: all of it is
// durable when Update returns nil, none of it is stored when f fails. Updates
// of one repository follow each other, those of several run side by side.
// Repository 0 holds what belongs to none. The Tx must not be used after f
// returned, and f must not call Update or Publish.
//
// What is too much for one transaction of Badger is split: items first, then
// counters and jobs that are done, and the cursors last, so that whatever is
// lost by a crash in between is read again.
func (m *Mirror) Update(repo int64, f func(*Tx) error) error {
	if err := m.gate.enter(); err != nil {
		return err
	}
	defer m.gate.leave()
	r := m.obtain(repo)
	r.write.Lock()
	defer r.write.Unlock()
	txn := m.db.NewTransaction(false)
	defer txn.Discard()
	tx := &Tx{
		repo: r, txn: txn, head: r.head,
		writes: map[string]write{}, items: map[int]*model.Item{}, before: map[int]counts{}, sums: map[string]int{},
		fresh: map[string]struct{}{},
	}
	if err := cmp.Or(f(tx), tx.err); err != nil {
		return err
	}
	writes := tx.ordered()
	if err := m.commit(r, writes); err != nil {
		return fmt.Errorf("store records of repository %d: %w", repo, err)
	}
	m.touched(int64(len(tx.items))*readAround + sizeOf(writes))
	return nil
}

func sizeOf(writes []write) (n int64) {
	for _, w := range writes {
		n += int64(len(w.key) + len(w.value))
	}
	return n
}

func (tx *Tx) put(w write) { tx.writes[string(w.key)] = w }

func (tx *Tx) putJSON(k []byte, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode record: %w", err)
	}
	tx.put(write{key: k, value: raw})
	return nil
}

// read gives the value of a key as this transaction left it.
func (tx *Tx) read(k []byte) ([]byte, error) {
	if w, ok := tx.writes[string(k)]; ok {
		return w.value, nil
	}
	return value(tx.txn, k)
}

// readJSON decodes the value of a key, and leaves v alone where there is none.
func (tx *Tx) readJSON(k []byte, v any) error {
	raw, err := tx.read(k)
	if err != nil || raw == nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

// PutRepository stores the repository; its ID must be the transaction's.
func (tx *Tx) PutRepository(record model.Repository) error {
	if record.ID != tx.repo.id || record.ID == 0 {
		return fmt.Errorf("repository %d does not belong to transaction on %d", record.ID, tx.repo.id)
	}
	raw, err := record.MarshalMsg(nil)
	if err != nil {
		return fmt.Errorf("encode repository %d: %w", record.ID, err)
	}
	tx.put(write{repoKey(prefixRepository, record.ID), raw, func(r *repository) { r.record = record }})
	return nil
}

// SetComplete records that the first sync ended at an instant: the next
// Publish makes the repository's items visible, and its history. 0 makes it
// incomplete again.
func (tx *Tx) SetComplete(at model.Instant) {
	if tx.head.Complete == 0 || at == 0 {
		tx.head.History = at
	}
	tx.head.Complete = at
	tx.putHead()
}

// putHead stores how far the repository is.
func (tx *Tx) putHead() {
	raw, err := json.Marshal(tx.head)
	if err != nil {
		tx.err = fmt.Errorf("encode head: %w", err)
	}
	next := tx.head
	tx.put(write{repoKey(prefixHead, tx.repo.id), raw, func(r *repository) { r.head = next }})
}

// Count adds to a counter that survives restarts. Its name is the caller's:
// words joined by "/".
func (tx *Tx) Count(name string, delta int) {
	if name == "" || delta == 0 {
		return
	}
	if _, ok := tx.sums[name]; !ok {
		tx.sums[name] = tx.repo.counters[name]
	}
	tx.sums[name] += delta
	n := tx.sums[name]
	tx.put(write{
		nameKey(prefixCounter, tx.repo.id, name), strconv.AppendInt(nil, int64(n), 10),
		func(r *repository) { r.counters[name] = n },
	})
}

// ordered gives the writes in the order in which they are committed where one
// transaction does not hold them.
func (tx *Tx) ordered() []write {
	keys := make([]string, 0, len(tx.writes))
	for k := range tx.writes {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if ra, rb := rank(tx.writes[a]), rank(tx.writes[b]); ra != rb {
			return ra - rb
		}
		return compareStrings(a, b)
	})
	out := make([]write, len(keys))
	for i, k := range keys {
		out[i] = tx.writes[k]
	}
	return out
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// rank orders writes by what must not be stored without what.
func rank(w write) int {
	switch w.key[0] {
	case prefixBefore, prefixPast:
		return 0 // before the change that it shields from
	case prefixRepository, prefixItem, prefixHistory:
		return 1
	case prefixJob:
		if w.value != nil {
			return 1
		}
		return 3 // done only when its result is stored
	case prefixHead, prefixCounter:
		return 2
	}
	return 4
}

// commit stores writes in as few transactions as hold them, and makes each
// known in memory once it is durable.
func (m *Mirror) commit(r *repository, writes []write) error {
	for len(writes) > 0 {
		n, err := m.commitSome(writes)
		if err != nil {
			return err
		}
		r.mu.Lock()
		for _, w := range writes[:n] {
			if w.apply != nil {
				w.apply(r)
			}
		}
		r.mu.Unlock()
		writes = writes[n:]
	}
	return nil
}

// commitSome stores as many of the writes as one transaction holds.
func (m *Mirror) commitSome(writes []write) (n int, err error) {
	txn := m.db.NewTransaction(true)
	defer txn.Discard()
	for _, w := range writes {
		if w.value == nil {
			err = txn.Delete(w.key)
		} else {
			err = txn.Set(w.key, w.value)
		}
		if errors.Is(err, badger.ErrTxnTooBig) && n > 0 {
			break
		}
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, txn.Commit()
}
