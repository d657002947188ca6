package mirror

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
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
		if !isExt(f.Name(), ".mem", ".vlog") {
			continue
		}
		data, err := in.read(f.Name())
		if err != nil {
			return err
		}
		if f.Size() == 0 {
			continue // see removeUnborn
		}
		if len(data) < logHeader {
			in.found(f.Name(), "is cut to %d bytes", len(data))
			continue
		}
		if end := logEnd(data); in.damaged(f.Name(), bytes.TrimRight(data[end:], "\x00")) {
			in.found(f.Name(), "is damaged at byte %d", end)
		}
	}
	return nil
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

// logEnd gives where the last whole transaction ends.
func logEnd(data []byte) int {
	end, open := logHeader, false
	for at := logHeader; ; {
		n, flags := logEntry(data[at:])
		if n == 0 {
			return end
		}
		at += n
		open = flags&flagTxn != 0
		if !open {
			end = at
		}
	}
}

// logEntry gives the length and flags of a whole entry that data begins with;
// 0 if it does not.
func logEntry(data []byte) (length int, flags byte) {
	if len(data) < 2 {
		return 0, 0
	}
	at := 2
	var lengths [3]uint64
	for i := range lengths {
		v, n := binary.Uvarint(data[at:])
		if n <= 0 {
			return 0, 0
		}
		lengths[i], at = v, at+n
	}
	if lengths[0] == 0 || lengths[0] > maxKey || lengths[1] > uint64(len(data)) {
		return 0, 0
	}
	end := at + int(lengths[0]+lengths[1])
	if end+crc32.Size > len(data) {
		return 0, 0
	}
	if crc32.Checksum(data[:end], y.CastagnoliCrcTable) != binary.BigEndian.Uint32(data[end:]) {
		return 0, 0
	}
	return end + crc32.Size, data[0]
}

// commitsIn counts the commits, or values, behind a broken entry, by trying
// every byte as the begin of a whole entry. Two are enough to know.
func commitsIn(data []byte, values bool) (n int) {
	for at := 0; at < len(data) && n < 2; {
		length, flags := logEntry(data[at:])
		if length == 0 {
			at++
			continue
		}
		if values || flags&flagCommit != 0 {
			n++
		}
		at += length
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
