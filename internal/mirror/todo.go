package mirror

import (
	"context"
	"io"
)

func inspect(path string, key []byte) error { return nil }

// Export writes everything as JSON Lines: a header, then one record a line.
func (m *Mirror) Export(ctx context.Context, w io.Writer) error { panic("to follow") }

// Import reads what Export wrote into an empty mirror, ErrNotEmpty otherwise.
// An error names the line; nothing is published before the last line was read.
func (m *Mirror) Import(ctx context.Context, r io.Reader) error { panic("to follow") }

// Problem is something that Verify found wrong.
type Problem struct {
	File string // the file's name, where it is known
	Key  string // the record's key, readable, where it is known
	What string
}

// String gives the problem in one line.
func (p Problem) String() string { panic("to follow") }

// Verify reads every file and every record of the mirror in path, which must
// not be open, and tells what is wrong. It changes nothing. Progress, which may
// be nil, is told how many of how many bytes were read.
func Verify(ctx context.Context, path string, opts Options, progress func(done, total int64)) ([]Problem, error) {
	panic("to follow")
}
