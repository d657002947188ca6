package mirror

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/sync/errgroup"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// shardSize is how many numbers a goroutine digests at a time: few enough that
// one large repository occupies every core.
const shardSize = 2048

// shard is a range of a repository's items that is read at once.
type shard struct {
	repo     int64
	from, to int // to is behind the last
	digest   func(*model.Item) *model.Facts
	before   map[int][]byte

	facts  []*model.Facts
	counts counts
	items  int
	bytes  int64
}

// load reads everything into memory once and publishes what was published.
func (m *Mirror) load(digestFor func(*Mirror) (Digest, error)) error {
	if err := m.loadSmall(); err != nil {
		return err
	}
	if digestFor != nil {
		digest, err := digestFor(m)
		if err != nil {
			return err
		}
		m.digest.Store(&digest)
	}
	plans := map[int64]*plan{}
	var all []task
	for _, r := range m.sorted() {
		p, err := m.planLoad(r)
		if err != nil {
			return err
		}
		plans[r.id] = p
		all = append(append(all, p.history), tasks(p.shards)...)
	}
	if err := m.run(all); err != nil {
		return err
	}
	for _, r := range m.sorted() {
		if err := r.adopt(plans[r.id]); err != nil {
			return err
		}
	}
	return nil
}

// plan is what is to be read of a repository at the start.
type plan struct {
	digest  Digester
	shards  []*shard
	history *historyRead
}

// loadSmall reads all that is neither an item nor history.
func (m *Mirror) loadSmall() error {
	for _, prefix := range []byte{prefixRepository, prefixHead, prefixCounter} {
		if err := m.scan([]byte{prefix}, true, m.adoptSmall); err != nil {
			return err
		}
	}
	return m.view(func(txn *badger.Txn) error {
		return errors.Join(m.obtainAll(txn, prefixItem), m.obtainAll(txn, prefixHistory))
	})
}

// obtainAll takes the repositories into memory that have keys with a prefix.
func (m *Mirror) obtainAll(txn *badger.Txn, prefix byte) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{prefix}})
	defer it.Close()
	for it.Rewind(); it.Valid(); {
		k, err := parseKey(it.Item().Key())
		if err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		m.obtain(k.repo)
		it.Seek(repoKey(prefix, k.repo+1))
	}
	return nil
}

// adoptSmall takes one small record into memory.
func (m *Mirror) adoptSmall(k key, v []byte) (err error) {
	r := m.obtain(k.repo)
	switch k.prefix {
	case prefixRepository:
		_, err = r.record.UnmarshalMsg(v)
	case prefixHead:
		err = json.Unmarshal(v, &r.head)
	case prefixCounter:
		r.counters[k.name], err = strconv.Atoi(string(v))
	}
	if err != nil {
		return fmt.Errorf("%w: %s cannot be decoded: %w", ErrCorrupt, k, err)
	}
	return nil
}

// planLoad divides a repository for the load at the start: every item is
// counted, and digested as it was published where the repository is complete.
// So is its history.
func (m *Mirror) planLoad(r *repository) (*plan, error) {
	before, errItems := m.befores(r.id)
	past, errHistory := m.pasts(r.id)
	if err := errors.Join(errItems, errHistory); err != nil {
		return nil, err
	}
	for number := range before {
		r.dirty[number] = struct{}{}
	}
	for k := range past {
		r.stale[k] = struct{}{}
	}
	p := &plan{history: &historyRead{repo: r.id, decode: r.showsHistory(), past: past}}
	if r.head.Complete != 0 {
		p.digest = m.digestOf(r)
	}
	var err error
	p.shards, err = m.shards(r.id, p.digest.Items, before)
	return p, err
}

// adopt takes what a load found into memory and publishes it.
func (r *repository) adopt(p *plan) error {
	items := 0
	for _, s := range p.shards {
		r.counts.add(s.counts, 1)
		items += s.items
	}
	r.counts.add(p.history.counts, 1)
	if records := p.history.records; records < r.head.Records {
		return fmt.Errorf("%w: repository %d has %d records of its history where %d were stored; run mirror verify",
			ErrCorrupt, r.id, records, r.head.Records)
	}
	r.head.Records = p.history.records
	if items < r.head.Items {
		return fmt.Errorf("%w: repository %d has %d items where %d were stored; run mirror verify", ErrCorrupt, r.id, items, r.head.Items)
	}
	r.head.Items = items
	r.show(join(p.shards), p.history.result(), p.digest)
	return nil
}

// join gives the shards' facts in order.
func join(shards []*shard) []*model.Facts {
	var n int
	for _, s := range shards {
		n += len(s.facts)
	}
	out := make([]*model.Facts, 0, n)
	for _, s := range shards {
		out = append(out, s.facts...)
	}
	return slices.Clip(out)
}

// befores gives the repository's items as they were published before they
// changed, by number.
func (m *Mirror) befores(repo int64) (map[int][]byte, error) {
	out := map[int][]byte{}
	err := m.scan(repoKey(prefixBefore, repo), true, func(k key, v []byte) error {
		out[k.number] = slices.Clone(v)
		return nil
	})
	return out, err
}

// pasts gives the records of the repository's history as they were published
// before they changed, by key.
func (m *Mirror) pasts(repo int64) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := m.scan(repoKey(prefixPast, repo), true, func(k key, v []byte) error {
		out[string(k.bytes())] = slices.Clone(v)
		return nil
	})
	return out, err
}

// digestAll digests all of a repository's items, in parallel.
func (m *Mirror) digestAll(r *repository, digest func(*model.Item) *model.Facts, before map[int][]byte) ([]*model.Facts, error) {
	shards, err := m.shards(r.id, digest, before)
	if err != nil {
		return nil, err
	}
	if err := m.run(tasks(shards)); err != nil {
		return nil, err
	}
	return join(shards), nil
}

// shards divides a repository's items by their numbers.
func (m *Mirror) shards(repo int64, digest func(*model.Item) *model.Facts, before map[int][]byte) ([]*shard, error) {
	var out []*shard
	err := m.view(func(txn *badger.Txn) error {
		last := lastNumber(txn, repo)
		for from := 1; from <= last; from += shardSize {
			out = append(out, &shard{repo: repo, from: from, to: min(from+shardSize, last+1), digest: digest, before: before})
		}
		return nil
	})
	return out, err
}

// lastNumber gives the highest number of a repository's items, 0 without any.
func lastNumber(txn *badger.Txn, repo int64) int {
	prefix := repoKey(prefixItem, repo)
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix, Reverse: true})
	defer it.Close()
	it.Seek(binary.BigEndian.AppendUint32(slices.Clone(prefix), 1<<32-1))
	if !it.Valid() {
		return 0
	}
	k, err := parseKey(it.Item().Key())
	if err != nil {
		return 0
	}
	return k.number
}

// task is a part of a load.
type task interface {
	read(*badger.Txn) error
	size() int64 // bytes read
}

func tasks(shards []*shard) []task {
	out := make([]task, len(shards))
	for i, s := range shards {
		out[i] = s
	}
	return out
}

// run does tasks on every core.
func (m *Mirror) run(tasks []task) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, t := range tasks {
		g.Go(func() error {
			defer func() { m.touched(t.size()) }()
			return m.view(t.read)
		})
	}
	err := g.Wait()
	release(m.path)
	return err
}

func (s *shard) size() int64 { return s.bytes }

// read decodes and digests the shard's items.
func (s *shard) read(txn *badger.Txn) error {
	it := txn.NewIterator(badger.IteratorOptions{Prefix: repoKey(prefixItem, s.repo)})
	defer it.Close()
	end := itemKey(s.repo, s.to)
	var d decoder
	for it.Seek(itemKey(s.repo, s.from)); it.Valid() && string(it.Item().Key()) < string(end); it.Next() {
		err := visit(it.Item(), true, func(k key, v []byte) error { return s.add(k, v, &d) })
		if err != nil {
			return err
		}
	}
	return nil
}

// add counts an item and digests it as it was published.
func (s *shard) add(k key, v []byte, d *decoder) error {
	it, err := d.decode(k, v)
	if err != nil {
		return err
	}
	s.items++
	s.bytes += int64(len(v))
	s.counts.add(countOf(it), 1)
	if s.digest == nil {
		return nil
	}
	if published, ok := s.before[k.number]; ok {
		if it, err = d.decode(k, published); it == nil || err != nil {
			return err
		}
	}
	if f := s.digest(it); f != nil {
		s.facts = append(s.facts, f)
	}
	return nil
}
