package mirror

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/dgraph-io/badger/v4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// dumpVersion is raised when an older program would misread a dump. Dumps of
// version 1 have no history.
const dumpVersion = 2

// line is a line of a dump: one of its members is set. The first line is the
// header, the last one the end, so that a dump that was cut is noticed.
type line struct {
	Mirror     *dumpHeader       `json:"mirror,omitempty"`
	Repository *model.Repository `json:"repository,omitempty"`
	Head       *dumpHead         `json:"head,omitempty"`
	Cursor     *dumpCursor       `json:"cursor,omitempty"`
	Counter    *dumpCounter      `json:"counter,omitempty"`
	Job        *dumpJob          `json:"job,omitempty"`
	Item       *dumpItem         `json:"item,omitempty"`
	Published  *dumpItem         `json:"published,omitempty"`
	History    *dumpRecord       `json:"history,omitempty"`
	Past       *dumpRecord       `json:"publishedHistory,omitempty"`
	End        *dumpEnd          `json:"end,omitempty"`
}

type dumpHeader struct {
	Version int `json:"version"`
}

// dumpHead says that a repository's first sync ended, and that of its history.
type dumpHead struct {
	Repo     int64         `json:"repo"`
	Complete model.Instant `json:"complete"`
	History  model.Instant `json:"history,omitzero"`
}

type dumpCursor struct {
	Repo   int64  `json:"repo"`
	Stream string `json:"stream"`
	Cursor
}

type dumpCounter struct {
	Repo  int64  `json:"repo"`
	Name  string `json:"name"`
	Value int    `json:"value"`
}

type dumpJob struct {
	Repo  int64 `json:"repo"`
	Queue Queue `json:"queue"`
	Job
}

// dumpItem is an item as it is stored, or as it was published before it
// changed; without an item it was not published.
type dumpItem struct {
	Repo   int64       `json:"repo"`
	Number int         `json:"number"`
	Item   *model.Item `json:"item,omitempty"`
}

// dumpRecord is a record of a repository's history as it is stored, or as it was
// published before it changed; without a record it was not published.
type dumpRecord struct {
	Repo   int64           `json:"repo"`
	Kind   string          `json:"kind"`
	ID     string          `json:"id"`
	Record json.RawMessage `json:"record,omitempty"`
}

type dumpEnd struct {
	Records int `json:"records"`
}

// dumpOrder is the order of a dump's records.
var dumpOrder = []byte{
	prefixRepository, prefixHead, prefixCursor, prefixCounter, prefixJob, prefixItem, prefixBefore,
	prefixHistory, prefixPast,
}

// Export writes everything as JSON Lines, as of one instant: a header, one
// record a line, an end with the number of records.
func (m *Mirror) Export(ctx context.Context, w io.Writer) error {
	buffered := bufio.NewWriter(w)
	out := json.NewEncoder(buffered)
	out.SetEscapeHTML(false)
	err := m.view(func(txn *badger.Txn) error { return export(ctx, txn, out) })
	if err == nil {
		err = buffered.Flush()
	}
	release(m.path)
	if err != nil {
		return fmt.Errorf("export mirror: %w", err)
	}
	return nil
}

func export(ctx context.Context, txn *badger.Txn, out *json.Encoder) error {
	if err := out.Encode(line{Mirror: &dumpHeader{Version: dumpVersion}}); err != nil {
		return err
	}
	var d decoder
	n := 0
	for _, prefix := range dumpOrder {
		err := scan(txn, []byte{prefix}, true, func(k key, value []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			l, err := dump(k, value, &d)
			if err != nil {
				return fmt.Errorf("%s: %w", k, err)
			}
			n++
			return out.Encode(l)
		})
		if err != nil {
			return err
		}
	}
	return out.Encode(line{End: &dumpEnd{Records: n}})
}

// dump gives the line of a record.
func dump(k key, value []byte, d *decoder) (l line, err error) {
	switch k.prefix {
	case prefixRepository:
		l.Repository = &model.Repository{}
		_, err = l.Repository.UnmarshalMsg(value)
	case prefixHead:
		var h head
		err = json.Unmarshal(value, &h)
		l.Head = &dumpHead{Repo: k.repo, Complete: h.Complete, History: h.History}
	case prefixCursor:
		l.Cursor = &dumpCursor{Repo: k.repo, Stream: k.name}
		err = json.Unmarshal(value, &l.Cursor.Cursor)
	case prefixCounter:
		l.Counter = &dumpCounter{Repo: k.repo, Name: k.name}
		l.Counter.Value, err = strconv.Atoi(string(value))
	case prefixJob:
		l.Job = &dumpJob{Repo: k.repo, Queue: k.queue}
		err = json.Unmarshal(value, &l.Job.Job)
	case prefixItem:
		l.Item = &dumpItem{Repo: k.repo, Number: k.number}
		l.Item.Item, err = d.decode(k, value)
	case prefixBefore:
		l.Published = &dumpItem{Repo: k.repo, Number: k.number}
		l.Published.Item, err = d.decode(k, value)
	case prefixHistory:
		l.History, err = dumpHistory(k, value)
	case prefixPast:
		l.Past, err = dumpHistory(k, value)
	}
	return l, err
}

func dumpHistory(k key, value []byte) (*dumpRecord, error) {
	f := familyOf(k.kind)
	out := &dumpRecord{Repo: k.repo, Kind: f.word(), ID: f.idText(k.id)}
	if bytes.Equal(value, noRecord) {
		return out, nil
	}
	record, _, err := f.check(value)
	if err == nil {
		out.Record, err = json.Marshal(record)
	}
	return out, err
}
