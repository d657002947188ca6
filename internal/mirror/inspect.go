package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// Badger deletes, cuts and passes over what it finds damaged: tables that a cut
// MANIFEST no longer names, whatever follows a broken entry of a log, tables
// whose checksum is wrong. Therefore all files are read and checked before
// Badger opens them. That costs a few milliseconds for each 10 MB.

// Problem is something that is wrong with a mirror.
type Problem struct {
	File string // the file's name, where it is known
	Key  string // what the record is of, where it is known
	What string
}

// String gives the problem in one line.
func (p Problem) String() string {
	parts := slices.DeleteFunc([]string{p.File, p.Key, p.What}, func(s string) bool { return s == "" })
	return strings.Join(parts, ": ")
}

// pidFile is there while Badger has the store open, and after a crash.
const pidFile = "LOCK"

// inspection reads the files of a store that nobody has open.
type inspection struct {
	path     string
	key      []byte // encryption key
	ctx      context.Context
	progress func(bytes int64)

	files    []fs.FileInfo
	clean    bool   // Badger was closed: its pid file is gone
	newest   string // value log
	manifest badger.Manifest
	registry *badger.KeyRegistry
	problems []Problem
}

// inspect fails with ErrCorrupt if a file is not what Badger wrote, with
// ErrLocked or ErrKey if the files cannot be read, and changes nothing.
func inspect(path string, key []byte) error {
	unlock, err := lock(path)
	if err != nil {
		return err
	}
	defer unlock()
	in := inspection{path: path, key: key, ctx: context.Background(), progress: func(int64) {}}
	if err := in.run(); err != nil {
		return err
	}
	if len(in.problems) > 0 {
		return fmt.Errorf("%w: %s; nothing was changed: run mirror verify for a list, then restore an export into an empty directory or sync afresh into one",
			ErrCorrupt, in.problems[0])
	}
	return in.removeUnborn()
}

// run checks every file. An error is for what keeps it from looking.
func (in *inspection) run() error {
	if err := in.list(); err != nil {
		return err
	}
	for _, check := range []func() error{in.checkManifest, in.checkRegistry, in.checkTables, in.checkLogs} {
		if err := errors.Join(check(), in.ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}

// list finds the store's files.
func (in *inspection) list() error {
	entries, err := os.ReadDir(in.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	in.clean = true
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return err
		}
		switch name := entry.Name(); {
		case name == pidFile:
			in.clean = false
		case isExt(name, ".sst", ".mem", ".vlog"):
			in.files = append(in.files, info)
		}
		if isExt(entry.Name(), ".vlog") {
			in.newest = entry.Name() // names are in order
		}
	}
	return nil
}

// missing notes that a file is missing that belongs to others; a directory
// without any is a new mirror.
func (in *inspection) missing(name string) {
	if len(in.files) > 0 {
		in.found(name, "is missing")
	}
}

// total gives the size of all files.
func (in *inspection) total() (n int64) {
	for _, f := range in.files {
		n += f.Size()
	}
	return n
}

// found notes a problem.
func (in *inspection) found(file, format string, args ...any) {
	in.problems = append(in.problems, Problem{File: file, What: fmt.Sprintf(format, args...)})
}

// read gives a file's content.
func (in *inspection) read(name string) ([]byte, error) {
	if err := in.ctx.Err(); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(in.path, name))
	in.progress(int64(len(b)))
	return b, err
}

// checkManifest reads the list of tables. Badger writes a change to it in one
// piece and waits for the disk, so a change that is not whole was cut later.
func (in *inspection) checkManifest() error {
	const name = badger.ManifestFilename
	f, err := os.Open(filepath.Join(in.path, name))
	if errors.Is(err, fs.ErrNotExist) {
		in.missing(name)
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	manifest, whole, err := badger.ReplayManifestFile(f, 0, badger.DefaultOptions("").WithLogger(nil))
	switch {
	case err != nil:
		in.found(name, "is damaged: %v", err)
	case whole != info.Size():
		in.found(name, "ends in the middle of a change: %d of its %d bytes are whole", whole, info.Size())
	}
	in.manifest = manifest
	return nil
}

// checkRegistry reads the keys of encrypted files.
func (in *inspection) checkRegistry() error {
	const name = badger.KeyRegistryFileName
	info, err := os.Stat(filepath.Join(in.path, name))
	if errors.Is(err, fs.ErrNotExist) {
		in.missing(name)
		return nil
	}
	if err != nil {
		return err
	}
	const iv, sanity = 16, 12
	if info.Size() < iv+sanity {
		in.found(name, "is cut to %d bytes", info.Size())
		return nil
	}
	registry, err := badger.OpenKeyRegistry(badger.KeyRegistryOptions{
		Dir: in.path, ReadOnly: true, EncryptionKey: in.key,
	})
	if errors.Is(err, badger.ErrEncryptionKeyMismatch) {
		return fmt.Errorf("%w than the one given, or its %s is damaged", ErrKey, name)
	}
	if err != nil {
		in.found(name, "is damaged: %v", err)
	}
	in.registry = registry
	return nil
}
