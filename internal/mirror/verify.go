package mirror

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/dgraph-io/badger/v4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Verify reads every file and, where those are whole, every record of the
// mirror in path, which must not be open, and tells what is wrong. It changes
// nothing. Progress, which may be nil, is told how many bytes of how many were
// read. It fails with ErrLocked, ErrKey or ErrSchema where it cannot look.
func Verify(ctx context.Context, path string, opts Options, progress func(done, total int64)) ([]Problem, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("verify mirror: %w", err)
	}
	unlock, err := lock(path)
	if err != nil {
		return nil, fmt.Errorf("verify mirror: %w", err)
	}
	defer unlock()
	v := verification{inspection: inspection{path: path, key: opts.EncryptionKey, ctx: ctx}}
	v.inspection.progress = v.count(progress)
	if err := v.run(); err != nil {
		return nil, fmt.Errorf("verify mirror %s: %w", path, err)
	}
	if len(v.problems) > 0 || len(v.files) == 0 {
		return v.problems, nil
	}
	if err := v.records(opts); err != nil {
		return nil, fmt.Errorf("verify records of mirror %s: %w", path, err)
	}
	return v.problems, nil
}

// verification is an inspection that goes on to the records.
type verification struct {
	inspection
	seen map[int64]*seen
}

// seen is what was found of one repository.
type seen struct {
	stored bool // its own record
	head   head
	items  int
	past   int // records of its history
	others int // records but these
	first  key // of the others
}

// count adds up what was read. Files are read once and records once more.
func (v *verification) count(progress func(done, total int64)) func(int64) {
	var done int64
	return func(n int64) {
		done += n
		if total := 2 * v.total(); progress != nil {
			progress(min(done, total), total)
		}
	}
}

// records reads every record of a view of the store that Badger cannot change:
// even a store that is opened for reading only loses the files that Badger
// does not expect.
func (v *verification) records(opts Options) error {
	dir, err := os.MkdirTemp("", "github-dev-exporter-verify-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := v.mount(dir); err != nil {
		return err
	}
	opts.Logger = slog.New(slog.DiscardHandler)
	db, err := badger.Open(badgerOptions(dir, opts).WithReadOnly(true))
	if err != nil {
		return classify(err)
	}
	defer db.Close()
	if err := db.View(v.verify); err != nil {
		return err
	}
	v.verifyWhole()
	return nil
}

// mount fills a directory with links to the store's files, and with copies of
// those logs that end in what was not confirmed.
func (v *verification) mount(dir string) error {
	names := []string{badger.ManifestFilename, badger.KeyRegistryFileName}
	for _, f := range v.files {
		names = append(names, f.Name())
	}
	absolute, err := filepath.Abs(v.path)
	if err != nil {
		return err
	}
	for _, name := range names {
		from, to := filepath.Join(absolute, name), filepath.Join(dir, name)
		if isExt(name, ".mem") {
			err = copyLog(from, to)
		} else {
			err = os.Symlink(from, to)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copyLog copies the whole transactions of a log, unless there is none.
func copyLog(from, to string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	end, err := logEnd(f)
	if err != nil || end <= logHeader {
		return err
	}
	whole := make([]byte, end)
	if _, err := f.ReadAt(whole, 0); err != nil {
		return err
	}
	return os.WriteFile(to, whole, 0o600)
}

// verify reads every record.
func (v *verification) verify(txn *badger.Txn) error {
	version, err := value(txn, schemaKey)
	if err != nil {
		return err
	}
	if !knownSchema(version) {
		return fmt.Errorf("%w: it has version %q and this program reads %s", ErrSchema, version, schemaVersion)
	}
	v.seen = map[int64]*seen{}
	it := txn.NewIterator(badger.IteratorOptions{})
	defer it.Close()
	var d decoder
	for it.Rewind(); it.Valid() && v.ctx.Err() == nil; it.Next() {
		if err := v.verifyEntry(it.Item(), &d); err != nil {
			return err
		}
	}
	return v.ctx.Err()
}

func (v *verification) verifyEntry(entry *badger.Item, d *decoder) error {
	v.progress(entry.EstimatedSize())
	k, err := parseKey(entry.Key())
	if err != nil {
		v.wrong(key{}, err.Error())
		return nil
	}
	return entry.Value(func(value []byte) error {
		if len(value) == 0 {
			v.wrong(k, "its value cannot be read")
			return nil
		}
		if err := v.verifyRecord(k, value, d); err != nil {
			v.wrong(k, strings.TrimPrefix(err.Error(), fmt.Sprintf("%v: %v ", ErrCorrupt, k)))
		}
		return nil
	})
}

func (v *verification) wrong(k key, what string) {
	p := Problem{What: what}
	if k.prefix != 0 {
		p.Key = k.String()
	}
	v.problems = append(v.problems, p)
}

// verifyRecord decodes a record and compares it with its key.
func (v *verification) verifyRecord(k key, value []byte, d *decoder) error {
	if v.seen[k.repo] == nil {
		v.seen[k.repo] = &seen{stored: k.repo == 0}
	}
	s := v.seen[k.repo]
	switch k.prefix {
	case prefixMeta:
		return nil
	case prefixRepository:
		s.stored = true
		return checkRepository(k, value)
	case prefixHead:
		return json.Unmarshal(value, &s.head)
	case prefixItem:
		s.items++
	case prefixHistory:
		s.past++
	}
	if s.others++; s.others == 1 {
		s.first = k
	}
	return checkRecord(k, value, d)
}

func checkRepository(k key, value []byte) error {
	var r model.Repository
	if _, err := r.UnmarshalMsg(value); err != nil {
		return err
	}
	if r.ID != k.repo {
		return fmt.Errorf("holds repository %d", r.ID)
	}
	return nil
}

// checkRecord decodes a record of a repository.
func checkRecord(k key, value []byte, d *decoder) error {
	switch k.prefix {
	case prefixItem, prefixBefore:
		it, err := d.decode(k, value)
		if err == nil && it == nil && k.prefix == prefixItem {
			err = fmt.Errorf("holds no item")
		}
		return err
	case prefixCursor:
		return json.Unmarshal(value, new(Cursor))
	case prefixCounter:
		_, err := strconv.Atoi(string(value))
		return err
	case prefixHistory, prefixPast:
		return checkHistory(k, value)
	}
	var job Job
	if err := json.Unmarshal(value, &job); err != nil {
		return err
	}
	if job.Number != k.number || job.Connection != k.name || job.NodeID != k.node {
		return fmt.Errorf("holds job %d %s%s", job.Number, job.Connection, job.NodeID)
	}
	return nil
}

// checkHistory decodes a record of a repository's history.
func checkHistory(k key, value []byte) error {
	if k.prefix == prefixPast && bytes.Equal(value, noRecord) {
		return nil
	}
	_, id, err := familyOf(k.kind).check(value)
	switch {
	case err != nil:
		return fmt.Errorf("cannot be decoded: %w", err)
	case string(id) != k.id:
		return fmt.Errorf("holds %s", historyText(k.kind, string(id)))
	}
	return nil
}

// verifyWhole compares the records with each other.
func (v *verification) verifyWhole() {
	for _, repo := range slices.Sorted(maps.Keys(v.seen)) {
		s := v.seen[repo]
		if !s.stored && s.others > 0 {
			v.wrong(s.first, fmt.Sprintf("repository %d is not stored, but %d of its records are", repo, s.others))
		}
		if s.items < s.head.Items {
			v.wrong(key{prefix: prefixHead, repo: repo}, fmt.Sprintf("%d of %d items are missing", s.head.Items-s.items, s.head.Items))
		}
		if s.past < s.head.Records {
			v.wrong(key{prefix: prefixHead, repo: repo},
				fmt.Sprintf("%d of %d records of its history are missing", s.head.Records-s.past, s.head.Records))
		}
	}
}
