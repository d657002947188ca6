package mirror

import (
	"errors"
	"fmt"
	"iter"

	"github.com/dgraph-io/badger/v4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// errStop ends a scan early without an error.
var errStop = errors.New("stop")

// view runs a read-only transaction unless the mirror is closed.
func (m *Mirror) view(read func(*badger.Txn) error) error {
	if err := m.gate.enter(); err != nil {
		return err
	}
	defer m.gate.leave()
	return m.db.View(read)
}

// value gives a copy of a key's value, nil where there is none.
func value(txn *badger.Txn, k []byte) ([]byte, error) {
	entry, err := txn.Get(k)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v, err := entry.ValueCopy(nil)
	if err == nil && len(v) == 0 {
		err = unreadable(k)
	}
	return v, err
}

// unreadable is the error for a value that cannot be read: Badger reports it
// in its log only, and gives an empty value.
func unreadable(k []byte) error {
	parsed, _ := parseKey(k)
	return fmt.Errorf("%w: the value of %s cannot be read; run mirror verify", ErrCorrupt, parsed)
}

// scan calls f for every key with a prefix, in order, with its value where
// values is set. Both are valid only until f returns.
func (m *Mirror) scan(prefix []byte, values bool, f func(key, []byte) error) error {
	return m.view(func(txn *badger.Txn) error { return scan(txn, prefix, values, f) })
}

func scan(txn *badger.Txn, prefix []byte, values bool, f func(key, []byte) error) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := visit(it.Item(), values, f); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return nil
}

// visit hands one entry to f.
func visit(entry *badger.Item, values bool, f func(key, []byte) error) error {
	k, err := parseKey(entry.Key())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if !values {
		return f(k, nil)
	}
	return entry.Value(func(v []byte) error {
		if len(v) == 0 {
			return unreadable(entry.Key())
		}
		return f(k, v)
	})
}

// item gives a stored item and its record, nil where it is absent.
func item(txn *badger.Txn, repo int64, number int) (*model.Item, []byte, error) {
	raw, err := value(txn, itemKey(repo, number))
	if err != nil || raw == nil {
		return nil, nil, err
	}
	var d decoder
	it, err := d.decode(key{prefix: prefixItem, repo: repo, number: number}, raw)
	return it, raw, err
}

// Item gives a stored item, or nil where it is absent.
func (m *Mirror) Item(repo int64, number int) (it *model.Item, err error) {
	err = m.view(func(txn *badger.Txn) error {
		it, _, err = item(txn, repo, number)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read item %d of repository %d: %w", number, repo, err)
	}
	return it, nil
}

// Items yields a repository's items by number, each valid only until the next
// is asked for. Where the walk ends early, the last pair is a nil item and the error.
func (m *Mirror) Items(repo int64) iter.Seq2[*model.Item, error] {
	return func(yield func(*model.Item, error) bool) {
		var d decoder
		err := m.scan(repoKey(prefixItem, repo), true, func(k key, v []byte) error {
			it, err := d.decode(k, v)
			if err != nil {
				return err
			}
			if !yield(it, nil) {
				return errStop
			}
			return nil
		})
		if err != nil {
			yield(nil, fmt.Errorf("read items of repository %d: %w", repo, err))
		}
	}
}
