package exporter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// Shard is the part of the repositories that this process takes care of: one
// of Of parts, counted from 0. The zero Shard is all of them.
type Shard struct{ Index, Of int }

var errShard = errors.New("is no shard; write INDEX/NUMBER with an index from 0 to below the number, such as 0/3")

// Set reads I/N.
func (s *Shard) Set(text string) error {
	index, of, _ := strings.Cut(text, "/")
	i, errI := strconv.Atoi(index)
	n, errN := strconv.Atoi(of)
	if errI != nil || errN != nil || i < 0 || i >= n {
		return fmt.Errorf("%q %w", text, errShard)
	}
	*s = Shard{i, n}
	return nil
}

// String gives I/N, "" for all.
func (s Shard) String() string {
	if s.Of == 0 {
		return ""
	}
	return strconv.Itoa(s.Index) + "/" + strconv.Itoa(s.Of)
}

// Has reports whether the repository with this id belongs to the shard. The
// hash spreads ids evenly and never changes.
func (s Shard) Has(repo int64) bool {
	if s.Of <= 1 {
		return true
	}
	h := fnv.New64a()
	var id [8]byte
	binary.BigEndian.PutUint64(id[:], uint64(repo))
	_, _ = h.Write(id[:]) // never fails
	return h.Sum64()%uint64(s.Of) == uint64(s.Index)
}
