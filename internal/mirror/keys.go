package mirror

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// The first byte of a key; see the key layout at the top of the package.
const (
	prefixMeta       = 'm'
	prefixRepository = 'r'
	prefixHead       = 'h'
	prefixItem       = 'i'
	prefixBefore     = 'b'
	prefixCursor     = 'c'
	prefixJob        = 'q'
	prefixCounter    = 'n'
	prefixHistory    = 'd'
	prefixPast       = 'e'
)

// schemaVersion is raised when an older program would misread the store.
const schemaVersion = "2"

// olderSchema is a version that is a part of this one: it lacks history, whose
// records its programs take for damage, and leave out of dumps.
const olderSchema = "1"

var schemaKey = []byte("mschema")

// key is a key of the store taken apart.
type key struct {
	prefix byte
	repo   int64
	number int    // of items, befores and jobs
	name   string // of cursors, counters and meta; of jobs the connection
	queue  Queue
	node   string // of jobs
	kind   byte   // of history
	id     string // of history, as it is stored
}

// repoKey begins every key of a repository.
func repoKey(prefix byte, repo int64) []byte {
	return binary.BigEndian.AppendUint64([]byte{prefix}, uint64(repo))
}

func itemKey(repo int64, number int) []byte {
	return binary.BigEndian.AppendUint32(repoKey(prefixItem, repo), uint32(number))
}

func beforeKey(repo int64, number int) []byte {
	return binary.BigEndian.AppendUint32(repoKey(prefixBefore, repo), uint32(number))
}

func nameKey(prefix byte, repo int64, name string) []byte {
	return append(repoKey(prefix, repo), name...)
}

// queueKey begins every key of a queue.
func queueKey(repo int64, q Queue) []byte {
	return append(nameKey(prefixJob, repo, string(q)), 0)
}

func jobKey(repo int64, q Queue, j Job) []byte {
	k := binary.BigEndian.AppendUint32(queueKey(repo, q), uint32(j.Number))
	return append(append(append(k, j.Connection...), 0), j.NodeID...)
}

func historyKey(prefix byte, repo int64, kind byte, id []byte) []byte {
	return append(append(repoKey(prefix, repo), kind), id...)
}

// bytes is the inverse of parseKey.
func (k key) bytes() []byte {
	switch k.prefix {
	case prefixMeta:
		return append([]byte{prefixMeta}, k.name...)
	case prefixRepository, prefixHead:
		return repoKey(k.prefix, k.repo)
	case prefixItem:
		return itemKey(k.repo, k.number)
	case prefixBefore:
		return beforeKey(k.repo, k.number)
	case prefixJob:
		return jobKey(k.repo, k.queue, Job{Number: k.number, Connection: k.name, NodeID: k.node})
	case prefixHistory, prefixPast:
		return historyKey(k.prefix, k.repo, k.kind, []byte(k.id))
	}
	return nameKey(k.prefix, k.repo, k.name)
}

// String writes the key for messages.
func (k key) String() string {
	switch k.prefix {
	case prefixMeta:
		return "meta " + k.name
	case prefixRepository:
		return fmt.Sprintf("repository %d", k.repo)
	case prefixHead:
		return fmt.Sprintf("head of repository %d", k.repo)
	case prefixItem:
		return fmt.Sprintf("item %d of repository %d", k.number, k.repo)
	case prefixBefore:
		return fmt.Sprintf("published item %d of repository %d", k.number, k.repo)
	case prefixCursor:
		return fmt.Sprintf("cursor %s of repository %d", k.name, k.repo)
	case prefixCounter:
		return fmt.Sprintf("counter %s of repository %d", k.name, k.repo)
	case prefixHistory:
		return fmt.Sprintf("%s of repository %d", historyText(k.kind, k.id), k.repo)
	case prefixPast:
		return fmt.Sprintf("published %s of repository %d", historyText(k.kind, k.id), k.repo)
	}
	job := strings.Join(strings.Fields(fmt.Sprint(k.queue, " ", k.number, " ", k.name, " ", k.node)), " ")
	return fmt.Sprintf("job %s of repository %d", job, k.repo)
}

// parseKey takes a key of the store apart.
func parseKey(b []byte) (key, error) {
	if len(b) < 2 {
		return key{}, unknownKey(b)
	}
	k := key{prefix: b[0]}
	if k.prefix == prefixMeta {
		k.name = string(b[1:])
		return k, nil
	}
	if len(b) < 9 || strings.IndexByte("rhibcqnde", k.prefix) < 0 {
		return key{}, unknownKey(b)
	}
	k.repo = int64(binary.BigEndian.Uint64(b[1:]))
	if !k.parseRest(b[9:]) {
		return key{}, unknownKey(b)
	}
	return k, nil
}

func unknownKey(b []byte) error { return fmt.Errorf("unknown key %q", b) }

// parseRest reads what follows the repository.
func (k *key) parseRest(b []byte) bool {
	switch k.prefix {
	case prefixRepository, prefixHead:
		return len(b) == 0
	case prefixItem, prefixBefore:
		if len(b) != 4 {
			return false
		}
		k.number = int(binary.BigEndian.Uint32(b))
		return k.number > 0
	case prefixJob:
		return k.parseJob(b)
	case prefixHistory, prefixPast:
		return k.parseHistory(b)
	}
	k.name = string(b)
	return k.name != ""
}

func (k *key) parseHistory(b []byte) bool {
	if len(b) < 2 {
		return false
	}
	k.kind, k.id = b[0], string(b[1:])
	f := familyOf(k.kind)
	return f != nil && f.valid(k.id)
}

func (k *key) parseJob(b []byte) bool {
	queue, b, ok := bytes.Cut(b, []byte{0})
	if !ok || len(queue) == 0 || len(b) < 5 {
		return false
	}
	connection, node, ok := bytes.Cut(b[4:], []byte{0})
	k.queue, k.number = Queue(queue), int(binary.BigEndian.Uint32(b))
	k.name, k.node = string(connection), string(node)
	return ok
}
