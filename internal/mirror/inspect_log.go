package mirror

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/y"
)

// A log, of the table being filled (.mem) or of values (.vlog), begins with 20
// bytes and holds entries: two bytes of flags, the lengths of key and value,
// the expiry, key, value, checksum. Zeros follow where it is not full yet.
const (
	logHeader  = 20
	flagTxn    = 1 << 6 // part of a transaction
	flagCommit = 1 << 7 // ends a transaction
	maxKey     = 1 << 16
	maxValue   = 1 << 31
)

// tornSpan is how much of a value log the disk may not have taken, in any
// order, when the machine lost power: the pages of the repositories that were
// stored at that moment.
const tornSpan = 1 << 20

// checkLogs checks the logs' entries. An entry that is not whole is no damage
// at the end of what was being written when the process was killed; Badger
// cuts it off, since nobody was told that it is stored.
func (in *inspection) checkLogs() error {
	for _, f := range in.files {
		if !isExt(f.Name(), ".mem", ".vlog") || f.Size() == 0 { // see removeUnborn
			continue
		}
		if f.Size() < logHeader {
			in.found(f.Name(), "is cut to %d bytes", f.Size())
			continue
		}
		if err := errors.Join(in.checkLog(f.Name()), in.ctx.Err()); err != nil {
			return err
		}
		in.progress(f.Size())
	}
	return nil
}

func (in *inspection) checkLog(name string) error {
	f, err := os.Open(filepath.Join(in.path, name))
	if err != nil {
		return err
	}
	defer f.Close()
	end, err := logEnd(f)
	if err != nil {
		return err
	}
	rest, err := remains(f, end)
	if err == nil && in.damaged(name, rest) {
		in.found(name, "is damaged at byte %d", end)
	}
	return err
}

// damaged reports whether what follows a log's whole entries is more than the
// end of what was being written when the process ended.
func (in *inspection) damaged(name string, rest []byte) bool {
	switch {
	case len(rest) == 0:
		return false
	case in.clean:
		return true
	case isExt(name, ".vlog"):
		return name != in.newest || len(rest) > tornSpan && commitsIn(rest, true) > 0
	}
	return commitsIn(rest, false) > 1 // one may be the last, unconfirmed one
}

// remains gives what a log holds behind its whole entries: nothing where only
// zeros follow, as in a log that is not full.
func remains(f *os.File, end int64) ([]byte, error) {
	var rest []byte
	window := make([]byte, 1<<16)
	for at := end; ; {
		n, err := f.ReadAt(window, at)
		if len(rest) > 0 || bytes.Count(window[:n], []byte{0}) < n {
			if len(rest) == 0 {
				rest = make([]byte, at-end)
			}
			rest = append(rest, window[:n]...)
		}
		at += int64(n)
		if errors.Is(err, io.EOF) {
			return bytes.TrimRight(rest, "\x00"), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// logEnd gives where the last whole transaction of a log ends.
func logEnd(f io.ReadSeeker) (end int64, err error) {
	if _, err := f.Seek(logHeader, io.SeekStart); err != nil {
		return 0, err
	}
	r := bufio.NewReaderSize(f, 1<<16)
	at := int64(logHeader)
	for end = at; ; {
		n, flags, err := logEntry(r)
		if n == 0 || err != nil {
			return end, err
		}
		at += n
		if flags&flagTxn == 0 {
			end = at
		}
	}
}

// logEntry reads an entry, and gives its length and flags; the length is 0
// where it is not whole.
func logEntry(r *bufio.Reader) (length int64, flags byte, err error) {
	const longest = 22 // two bytes and the lengths
	begin, err := r.Peek(longest)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, 0, err
	}
	size, content := entrySize(begin)
	if size == 0 {
		return 0, 0, nil
	}
	flags = begin[0]
	sum, err := sumNext(r, size+content)
	if err == nil {
		begin, err = r.Peek(crc32.Size)
	}
	switch {
	case errors.Is(err, io.EOF):
		return 0, 0, nil
	case err != nil:
		return 0, 0, err
	case sum != binary.BigEndian.Uint32(begin):
		return 0, 0, nil
	}
	_, err = r.Discard(crc32.Size)
	return size + content + crc32.Size, flags, err
}

// sumNext gives the checksum of the next n bytes.
func sumNext(r *bufio.Reader, n int64) (sum uint32, err error) {
	for n > 0 {
		part, err := r.Peek(int(min(n, int64(r.Size()))))
		if err != nil {
			return 0, err
		}
		sum = crc32.Update(sum, y.CastagnoliCrcTable, part)
		n -= int64(len(part))
		if _, err := r.Discard(len(part)); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// entrySize gives the length of an entry's begin and that of its key and value.
func entrySize(begin []byte) (size, content int64) {
	if len(begin) < 2 {
		return 0, 0
	}
	at := 2
	var lengths [3]uint64
	for i := range lengths {
		v, n := binary.Uvarint(begin[at:])
		if n <= 0 {
			return 0, 0
		}
		lengths[i], at = v, at+n
	}
	if lengths[0] == 0 || lengths[0] > maxKey || lengths[1] > maxValue {
		return 0, 0
	}
	return int64(at), int64(lengths[0] + lengths[1])
}

// commitsIn counts the commits, or values, behind a broken entry, by trying
// every byte as the begin of a whole entry. Two are enough to know.
func commitsIn(data []byte, values bool) (n int) {
	r := bufio.NewReader(nil)
	for at := 0; at < len(data) && n < 2; {
		r.Reset(bytes.NewReader(data[at:]))
		length, flags, _ := logEntry(r)
		if length == 0 {
			at++
			continue
		}
		if values || flags&flagCommit != 0 {
			n++
		}
		at += int(length)
	}
	return n
}

// removeUnborn removes logs of no bytes, which a kill between a file's creation
// and its first byte leaves, and on which Badger refuses to open.
func (in *inspection) removeUnborn() error {
	for _, f := range in.files {
		if f.Size() == 0 && isExt(f.Name(), ".mem", ".vlog") {
			if err := os.Remove(filepath.Join(in.path, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
