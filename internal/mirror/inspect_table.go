package mirror

import (
	"crypto/aes"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"google.golang.org/protobuf/proto"
)

// checkTables checks that the tables are those of the MANIFEST, and whole.
func (in *inspection) checkTables() error {
	var there []uint64
	for _, f := range in.files {
		id, ok := table.ParseFileID(f.Name())
		if !ok {
			continue
		}
		there = append(there, id)
		entry, known := in.manifest.Tables[id]
		if !known {
			in.strayTable(f.Name())
			continue
		}
		if err := in.checkTable(f.Name(), entry); err != nil {
			return err
		}
	}
	for id := range in.manifest.Tables {
		if !slices.Contains(there, id) {
			in.found(table.IDToFilename(id), "is missing")
		}
	}
	return nil
}

// strayTable decides on a table that the MANIFEST does not name. A crash while
// tables are written leaves such, and Badger deletes them rightly; after a
// clean end there are none.
func (in *inspection) strayTable(name string) {
	if in.clean && len(in.problems) == 0 {
		in.found(badger.ManifestFilename, "does not name %s: it has lost its end", name)
	}
}

func (in *inspection) checkTable(name string, entry badger.TableManifest) error {
	data, err := in.read(name)
	if err != nil {
		return err
	}
	var dataKey *pb.DataKey
	if in.registry != nil {
		if dataKey, err = in.registry.DataKey(entry.KeyID); err != nil {
			in.found(name, "has a key that %s lacks", badger.KeyRegistryFileName)
			return nil
		}
	}
	if err := verifyTable(data, dataKey, entry.Compression == options.None); err != nil {
		in.found(name, "is damaged: %v", err)
	}
	return nil
}

// errCut says that a file is shorter than it says.
var errCut = errors.New("it is cut")

// verifyTable checks the index and every block of a table against their
// checksums. Layout: blocks, index, its length, its checksum, its length.
func verifyTable(data []byte, dataKey *pb.DataKey, blocks bool) (err error) {
	defer func() {
		// Only what has passed its checksum is taken apart, but a checksum is short.
		if r := recover(); r != nil {
			err = fmt.Errorf("it cannot be taken apart: %v", r)
		}
	}()
	rest, sum, err := cutLast(data)
	if err != nil {
		return err
	}
	_, index, err := cutLast(rest)
	if err != nil {
		return err
	}
	if err := verifySum(index, sum); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	if index, err = decrypt(index, dataKey); err != nil || !blocks {
		return err
	}
	return verifyBlocks(data, fb.GetRootAsTableIndex(index, 0), dataKey)
}

func verifyBlocks(data []byte, index *fb.TableIndex, dataKey *pb.DataKey) error {
	var at fb.BlockOffset
	for i := range index.OffsetsLength() {
		index.Offsets(&at, i)
		from, to := int(at.Offset()), int(at.Offset())+int(at.Len())
		if to > len(data) {
			return errCut
		}
		block, err := decrypt(data[from:to], dataKey)
		if err != nil {
			return err
		}
		content, sum, err := cutLast(block)
		if err == nil {
			err = verifySum(content, sum)
		}
		if err != nil {
			return fmt.Errorf("block at %d: %w", from, err)
		}
	}
	return nil
}

// cutLast takes the last part off, which is followed by its length.
func cutLast(data []byte) (rest, last []byte, err error) {
	if len(data) < 4 {
		return nil, nil, errCut
	}
	end := len(data) - 4
	n := int(binary.BigEndian.Uint32(data[end:]))
	if n <= 0 || n > end {
		return nil, nil, errors.New("its end is not that of a table")
	}
	return data[:end-n], data[end-n : end], nil
}

// verifySum checks data against an encoded checksum.
func verifySum(data, encoded []byte) error {
	var sum pb.Checksum
	if err := proto.Unmarshal(encoded, &sum); err != nil {
		return fmt.Errorf("checksum: %w", err)
	}
	return y.VerifyChecksum(data, &sum)
}

// decrypt gives encrypted data in plain; its last 16 bytes are the vector.
func decrypt(data []byte, key *pb.DataKey) ([]byte, error) {
	if key == nil {
		return data, nil
	}
	if len(data) < aes.BlockSize {
		return nil, errCut
	}
	end := len(data) - aes.BlockSize
	return y.XORBlockAllocate(data[:end], key.Data, data[end:])
}

// isExt reports whether a file has one of the extensions.
func isExt(name string, exts ...string) bool { return slices.Contains(exts, filepath.Ext(name)) }
