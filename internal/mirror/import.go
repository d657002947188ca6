package mirror

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// importBatch is how many lines are stored at once.
const importBatch = 200

// importingKey is there while an import runs, so that one that was killed is
// not taken for a mirror.
var importingKey = []byte("mimporting")

// Import reads what Export wrote into an empty mirror, ErrNotEmpty otherwise.
// An error names the line, and leaves the mirror empty. Nothing else may use
// the mirror meanwhile.
func (m *Mirror) Import(ctx context.Context, r io.Reader) error {
	if err := m.gate.enter(); err != nil {
		return err
	}
	defer m.gate.leave()
	if err := m.refuseImport(); err != nil {
		return err
	}
	if err := m.importLines(ctx, r); err != nil {
		return errors.Join(fmt.Errorf("import mirror: %w", err), m.clear())
	}
	if err := m.load(nil); err != nil {
		return fmt.Errorf("load imported mirror: %w", err)
	}
	for _, state := range m.States() {
		m.listeners.tell(state.Repository.ID)
	}
	return nil
}

// refuseImport fails unless the mirror is empty.
func (m *Mirror) refuseImport() error {
	err := m.scan(nil, false, func(k key, _ []byte) error {
		if k.prefix != prefixMeta {
			return fmt.Errorf("%w: it has a %s; import into a new directory", ErrNotEmpty, k)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("import mirror: %w", err)
	}
	return nil
}

// clear removes what an import stored before it failed.
func (m *Mirror) clear() error {
	if err := m.db.DropAll(); err != nil {
		return fmt.Errorf("remove what was imported: %w", err)
	}
	return m.markSchema()
}

func (m *Mirror) importLines(ctx context.Context, r io.Reader) error {
	if err := m.store([]write{{key: importingKey, value: []byte("1")}}); err != nil {
		return err
	}
	in := importer{m: m, heads: map[int64]head{}, last: []byte{0}}
	lines := bufio.NewReaderSize(r, 1<<16)
	for n := 1; !in.ended; n++ {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(bytes.TrimSpace(text)) == 0 {
			err = errors.New("the dump has no end: it was cut")
		} else if err == nil || errors.Is(err, io.EOF) {
			err = errors.Join(in.take(n, text), ctx.Err())
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if rest, err := io.ReadAll(io.LimitReader(lines, 100)); err != nil || len(bytes.TrimSpace(rest)) > 0 {
		return errors.Join(errors.New("the dump goes on behind its end"), err)
	}
	return in.finish()
}

// importer stores the lines of a dump.
type importer struct {
	m       *Mirror
	batch   []write
	heads   map[int64]head
	last    []byte // key of the last record
	records int
	ended   bool
}

// take checks and stores a line.
func (in *importer) take(n int, text []byte) error {
	var l line
	decode := json.NewDecoder(bytes.NewReader(text))
	decode.DisallowUnknownFields()
	if err := decode.Decode(&l); err != nil {
		return err
	}
	if decode.More() {
		return errors.New("goes on behind its record")
	}
	if set := members(l); set != 1 {
		return fmt.Errorf("has %d records, not 1", set)
	}
	switch {
	case (l.Mirror != nil) != (n == 1):
		return errors.New("is no header of a mirror's dump, or one in the midst of it")
	case l.Mirror != nil && (l.Mirror.Version < 1 || l.Mirror.Version > dumpVersion):
		return fmt.Errorf("the dump has version %d and this program reads 1 to %d", l.Mirror.Version, dumpVersion)
	case l.Mirror != nil:
		return nil
	case l.End != nil && l.End.Records != in.records:
		return fmt.Errorf("the dump had %d records and %d were read", l.End.Records, in.records)
	case l.End != nil:
		in.ended = true
		return nil
	}
	return in.record(l)
}

// members counts what a line holds.
func members(l line) (n int) {
	v := reflect.ValueOf(l)
	for i := range v.NumField() {
		if !v.Field(i).IsNil() {
			n++
		}
	}
	return n
}

// record stores a record, of a repository whose heads come last.
func (in *importer) record(l line) error {
	w, err := undump(l)
	if err != nil {
		return err
	}
	k, err := in.place(w.key)
	if err != nil {
		return err
	}
	in.records++
	h := in.heads[k.repo]
	switch {
	case l.Head != nil:
		h.Complete, h.History = l.Head.Complete, l.Head.History
	case l.Item != nil:
		h.Items++
	case l.History != nil:
		h.Records++
	}
	in.heads[k.repo] = h
	if l.Head != nil {
		return nil
	}
	if in.batch = append(in.batch, w); len(in.batch) < importBatch {
		return nil
	}
	return in.flush()
}

// place takes a record's key apart. Records of one kind come in order, so that
// none comes twice.
func (in *importer) place(raw []byte) (key, error) {
	k, err := parseKey(raw)
	if err != nil || k.repo < 0 || k.repo == 0 && k.prefix == prefixRepository || !bytes.Equal(k.bytes(), raw) {
		return k, errors.New("names its record wrongly")
	}
	if in.last[0] == raw[0] && bytes.Compare(raw, in.last) <= 0 {
		return k, fmt.Errorf("%s is out of order, or there twice", k)
	}
	in.last = raw
	return k, nil
}

func (in *importer) flush() error {
	err := in.m.store(in.batch)
	in.batch = in.batch[:0]
	return err
}

// finish stores how far the repositories are, and that the import is whole.
func (in *importer) finish() error {
	for repo, h := range in.heads {
		if h == (head{}) {
			continue
		}
		raw, err := json.Marshal(h)
		if err != nil {
			return err
		}
		in.batch = append(in.batch, write{key: repoKey(prefixHead, repo), value: raw})
	}
	in.batch = append(in.batch, write{key: importingKey})
	return in.flush()
}

// undump gives the record of a line.
func undump(l line) (w write, err error) {
	switch {
	case l.Repository != nil:
		w.key = repoKey(prefixRepository, l.Repository.ID)
		w.value, err = l.Repository.MarshalMsg(nil)
	case l.Head != nil:
		w.key = repoKey(prefixHead, l.Head.Repo)
	case l.Cursor != nil:
		w.key = nameKey(prefixCursor, l.Cursor.Repo, l.Cursor.Stream)
		w.value, err = json.Marshal(l.Cursor.Cursor)
	case l.Counter != nil:
		w.key = nameKey(prefixCounter, l.Counter.Repo, l.Counter.Name)
		w.value = strconv.AppendInt(nil, int64(l.Counter.Value), 10)
	case l.Job != nil:
		if err := l.Job.check(l.Job.Queue); err != nil {
			return w, err
		}
		w.key = jobKey(l.Job.Repo, l.Job.Queue, l.Job.Job)
		w.value, err = json.Marshal(l.Job.Job)
	case l.Item != nil:
		w.key = itemKey(l.Item.Repo, l.Item.Number)
		w.value, err = undumpItem(l.Item, true)
	case l.Published != nil:
		w.key = beforeKey(l.Published.Repo, l.Published.Number)
		w.value, err = undumpItem(l.Published, false)
	case l.History != nil:
		return undumpHistory(prefixHistory, l.History)
	case l.Past != nil:
		return undumpHistory(prefixPast, l.Past)
	}
	return w, err
}

// undumpHistory gives a record of a repository's history, which may be left out
// only where it was not published.
func undumpHistory(prefix byte, d *dumpRecord) (write, error) {
	i := slices.IndexFunc(families, func(f anyFamily) bool { return f.word() == d.Kind })
	if i < 0 {
		return write{}, fmt.Errorf("unknown kind of history %q", d.Kind)
	}
	f := families[i]
	id, err := f.parseID(d.ID)
	if err != nil {
		return write{}, fmt.Errorf("%s %w", d.Kind, err)
	}
	w := write{key: historyKey(prefix, d.Repo, f.letter(), id), value: noRecord}
	if len(d.Record) == 0 {
		if prefix == prefixHistory {
			err = fmt.Errorf("%s %s is missing", d.Kind, d.ID)
		}
		return w, err
	}
	value, own, err := f.encodeJSON(d.Record)
	if err == nil && !bytes.Equal(own, id) {
		err = fmt.Errorf("holds %s", historyText(f.letter(), string(own)))
	}
	if err != nil {
		return write{}, fmt.Errorf("%s %s %w", d.Kind, d.ID, err)
	}
	w.value = value
	return w, nil
}

// undumpItem gives the record of an item, which may be left out only where it
// was not published.
func undumpItem(d *dumpItem, needed bool) ([]byte, error) {
	if d.Number <= 0 || d.Number > math.MaxInt32 {
		return nil, fmt.Errorf("item has the number %d", d.Number)
	}
	if d.Item == nil && needed {
		return nil, fmt.Errorf("item %d is missing", d.Number)
	}
	if d.Item != nil && d.Item.Number != d.Number {
		return nil, fmt.Errorf("item %d holds number %d", d.Number, d.Item.Number)
	}
	if d.Item == nil {
		return encodeItem(nil)
	}
	return encodeItem(model.Merge(nil, d.Item))
}

// store commits writes that belong to no transaction of a repository.
func (m *Mirror) store(writes []write) error {
	for len(writes) > 0 {
		n, err := m.commitSome(writes)
		if err != nil {
			return err
		}
		writes = writes[n:]
	}
	return nil
}
