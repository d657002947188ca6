//go:build unix

package mirror

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// lock takes Badger's lock on a directory, and fails with ErrLocked where
// another process has it. A directory that does not exist has no lock.
func lock(path string) (unlock func(), err error) {
	dir, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		dir.Close()
		return nil, fmt.Errorf("%w: another github-dev-exporter has %s open", ErrLocked, path)
	}
	return func() { dir.Close() }, nil
}

// occupied gives the bytes that a file takes on disk: Badger makes files
// longer than what they hold, so that their lengths say little.
func occupied(info fs.FileInfo) int64 {
	const unit = 512 // of Blocks, whatever the file system's is
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * unit
	}
	return info.Size()
}
