package githubtest

import (
	"encoding/base64"
	"encoding/binary"
	"math"
)

// GlobalID gives a node id as GitHub forms new ones: a prefix that says the type
// and, in base64, the MessagePack array of 0 and the ids, of which the first is
// the repository's for everything within one: GlobalID("PR", repository, id).
func GlobalID(prefix string, ids ...int64) string {
	packed := make([]byte, 0, 32)
	packed = append(packed, 0x90|byte(len(ids)+1), 0)
	for _, id := range ids {
		packed = appendUint(packed, uint64(id))
	}
	return prefix + "_" + base64.RawURLEncoding.EncodeToString(packed)
}

// CommitGlobalID gives the node id of a commit.
func CommitGlobalID(repository int64, oid string) string {
	packed := make([]byte, 0, 64)
	packed = append(packed, 0x93, 0)
	packed = appendUint(packed, uint64(repository))
	packed = append(packed, 0xda)
	packed = binary.BigEndian.AppendUint16(packed, uint16(len(oid)))
	packed = append(packed, oid...)
	return "C_" + base64.RawURLEncoding.EncodeToString(packed)
}

// appendUint appends n as MessagePack has it: in as few bytes as it takes.
func appendUint(b []byte, n uint64) []byte {
	switch {
	case n < 0x80:
		return append(b, byte(n))
	case n <= math.MaxUint8:
		return append(b, 0xcc, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, 0xcd), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, 0xce), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, 0xcf), n)
}
