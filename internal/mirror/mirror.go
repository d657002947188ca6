package mirror

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// The errors that callers tell apart with errors.Is.
var (
	// ErrLocked says that another process has the mirror open.
	ErrLocked = errors.New("mirror is locked")
	// ErrSchema says that the mirror was written by an incompatible version.
	ErrSchema = errors.New("mirror has an unknown schema version")
	// ErrCorrupt says that what is on disk is not what was written.
	ErrCorrupt = errors.New("mirror is corrupt")
	// ErrKey says that the encryption key is not the one the mirror was made with.
	ErrKey = errors.New("mirror has another encryption key")
	// ErrUnknownItem says that something was to be added to an item that is not stored.
	ErrUnknownItem = errors.New("item is not in the mirror")
	// ErrNotEmpty refuses an import into a mirror that holds something.
	ErrNotEmpty = errors.New("mirror is not empty")
	// ErrClosed says that the mirror was closed.
	ErrClosed = errors.New("mirror is closed")
)

// Digest tells how what is stored of a repository is turned into what is held
// in memory of it. It is called once for every load, publish and redigest.
type Digest func(model.Repository) Digester

// Digester is what Digest tells.
type Digester struct {
	// Items gives the facts of an item. It is called by several goroutines at
	// once, must not keep the Item, whose lists are used again, and may return
	// nil to leave an item out. Without it states have no items.
	Items func(*model.Item) *model.Facts
	// Changes gives what a state with history comes to; the state is whole but
	// for its Changes. It is called where the history or the items changed.
	// Without it states have no changes.
	Changes func(*model.State) *model.Changes
}

// Options configure a Mirror.
type Options struct {
	Logger        *slog.Logger // nil discards
	EncryptionKey []byte       // nil, or 16, 24 or 32 bytes
	Digest        Digest       // nil publishes states without items and changes
	// DigestFor gives the Digest where that depends on what is stored. It is
	// called once, when everything but the items can be read; nil for none.
	DigestFor  func(*Mirror) (Digest, error)
	GCInterval time.Duration // of value-log garbage collection; 0: 10 minutes
}

// Mirror is an open store of everything that was read from GitHub. All its
// methods are safe for concurrent use, and fail with ErrClosed after Close.
type Mirror struct {
	path   string
	db     *badger.DB
	log    *slog.Logger
	digest atomic.Pointer[Digest]
	gate   gate

	known sync.Map // repositories in memory, *repository by id

	listeners listeners
	gc        collector
	resident  atomic.Int64 // bytes of the files that may be, since the last release
}

// Open opens the mirror in the directory path, which it creates where it is
// absent, and publishes every repository that is complete. It fails with
// ErrLocked, ErrSchema, ErrCorrupt or ErrKey, and then has changed nothing.
func Open(path string, opts Options) (*Mirror, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	db, err := openStore(path, opts)
	if err != nil {
		return nil, err
	}
	m := &Mirror{path: path, db: db, log: opts.Logger}
	m.digest.Store(&opts.Digest)
	if err := m.start(opts); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return m, nil
}

// start reads what is stored and begins the collection of garbage.
func (m *Mirror) start(opts Options) error {
	if err := m.checkSchema(); err != nil {
		return err
	}
	if err := m.load(opts.DigestFor); err != nil {
		return fmt.Errorf("load mirror %s: %w", m.path, err)
	}
	if err := m.migrate(); err != nil {
		return fmt.Errorf("raise schema version of mirror %s: %w", m.path, err)
	}
	m.gc.start(m, opts.GCInterval)
	return nil
}

// migrate marks a store of the version before, which is a part of this one.
func (m *Mirror) migrate() error {
	return m.db.Update(func(txn *badger.Txn) error {
		version, err := value(txn, schemaKey)
		if err != nil || string(version) == schemaVersion {
			return err
		}
		return txn.Set(schemaKey, []byte(schemaVersion))
	})
}

// openStore opens Badger after the files were found to be whole.
func openStore(path string, opts Options) (*badger.DB, error) {
	if err := checkKeyLength(opts.EncryptionKey); err != nil {
		return nil, fmt.Errorf("open mirror %s: %w", path, err)
	}
	if err := inspect(path, opts.EncryptionKey); err != nil {
		return nil, fmt.Errorf("open mirror %s: %w", path, err)
	}
	db, err := badger.Open(badgerOptions(path, opts))
	if err != nil {
		return nil, fmt.Errorf("open mirror %s: %w", path, classify(err))
	}
	return db, nil
}

// classify gives Badger's errors the words of this package. Badger wraps some
// of its errors as text only.
func classify(err error) error {
	switch {
	case errors.Is(err, badger.ErrEncryptionKeyMismatch):
		return ErrKey
	case strings.Contains(err.Error(), "Cannot acquire directory lock"):
		return ErrLocked // taken since the files were inspected
	}
	return err
}

func checkKeyLength(key []byte) error {
	switch len(key) {
	case 0, 16, 24, 32:
		return nil
	}
	return fmt.Errorf("encryption key has %d bytes, not 16, 24 or 32", len(key))
}

// checkSchema refuses a store of another version and marks a new one.
func (m *Mirror) checkSchema() error {
	var version, importing []byte
	err := m.view(func(txn *badger.Txn) (err error) {
		if importing, err = value(txn, importingKey); err == nil {
			version, err = value(txn, schemaKey)
		}
		return err
	})
	switch {
	case importing != nil:
		return fmt.Errorf("%w: an import into %s was interrupted; remove the directory and import again", ErrCorrupt, m.path)
	case err != nil:
		return fmt.Errorf("read schema version of mirror %s: %w", m.path, err)
	case knownSchema(version):
		return nil
	case version != nil:
		return fmt.Errorf("%w: %s has version %q and this program reads %s; use the program that wrote it, or have that one export it and import it here into an empty directory",
			ErrSchema, m.path, version, schemaVersion)
	}
	return m.markSchema()
}

// knownSchema reports whether this program reads a version of the store.
func knownSchema(version []byte) bool {
	return string(version) == schemaVersion || string(version) == olderSchema
}

func (m *Mirror) markSchema() error {
	empty := true
	if err := m.scan(nil, false, func(key, []byte) error { empty = false; return errStop }); err != nil {
		return fmt.Errorf("%w: %s holds a Badger store that is no mirror: %v", ErrSchema, m.path, err)
	}
	if !empty {
		return fmt.Errorf("%w: %s has records and no version; restore an export into an empty directory", ErrSchema, m.path)
	}
	return m.db.Update(func(txn *badger.Txn) error { return txn.Set(schemaKey, []byte(schemaVersion)) })
}

// Close ends the mirror's goroutines, waits for running calls and closes the
// store. A second Close does nothing.
func (m *Mirror) Close() error {
	if !m.gate.close() {
		return nil
	}
	m.gc.stop()
	if err := m.db.Close(); err != nil {
		return fmt.Errorf("close mirror %s: %w", m.path, err)
	}
	return nil
}

// gate lets calls in until it is closed, and closes when the last one left. A
// call may make another, so it must not be a lock.
type gate struct {
	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
}

// enter lets a call in; leave must follow unless it fails.
func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	g.calls.Add(1)
	return nil
}

func (g *gate) leave() { g.calls.Done() }

// close waits for the calls inside, and reports whether it closed the gate.
func (g *gate) close() bool {
	g.mu.Lock()
	first := !g.closed
	g.closed = true
	g.mu.Unlock()
	g.calls.Wait()
	return first
}
