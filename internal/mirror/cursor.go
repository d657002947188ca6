package mirror

import (
	"encoding/json"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Cursor is how far a stream was read. What a field means is the stream's own affair.
type Cursor struct {
	After       string        `json:"after,omitzero"`       // behind the last stored page
	Size        int           `json:"size,omitzero"`        // of the next page
	Query       string        `json:"query,omitzero"`       // hash of the document that After belongs to
	URL         string        `json:"url,omitzero"`         // REST: of the next page, or the sticky one
	ETag        string        `json:"etag,omitzero"`        // of URL
	Identity    string        `json:"identity,omitzero"`    // whose ETag it is: others get other ones
	Watermark   model.Instant `json:"watermark,omitzero"`   // everything updated before is stored
	Next        model.Instant `json:"next,omitzero"`        // Watermark when the running pass ends
	Seen        model.Instant `json:"seen,omitzero"`        // newest update seen
	StartedAt   model.Instant `json:"startedAt,omitzero"`   // of the running pass; 0 between passes
	LastSuccess model.Instant `json:"lastSuccess,omitzero"` // end of the last whole pass
	Total       int           `json:"total,omitzero"`       // as GitHub counted
	Stored      int           `json:"stored,omitzero"`      // by this stream's first sync
	Round       int           `json:"round,omitzero"`       // passes or polls so far
	Done        bool          `json:"done,omitzero"`        // the first sync of this stream ended
	Again       bool          `json:"again,omitzero"`       // one more pass is to follow, whatever moves
}

// Cursor gives a stream's cursor, the zero one where there is none.
func (tx *Tx) Cursor(stream string) (Cursor, error) {
	var c Cursor
	err := tx.readJSON(nameKey(prefixCursor, tx.repo.id, stream), &c)
	return c, err
}

// PutCursor stores a stream's cursor.
func (tx *Tx) PutCursor(stream string, c Cursor) error {
	if stream == "" {
		return fmt.Errorf("cursor of repository %d has no stream", tx.repo.id)
	}
	return tx.putJSON(nameKey(prefixCursor, tx.repo.id, stream), c)
}

// DeleteCursor forgets a stream.
func (tx *Tx) DeleteCursor(stream string) {
	tx.put(write{key: nameKey(prefixCursor, tx.repo.id, stream)})
}

// Cursor gives a stream's cursor, the zero one where there is none.
func (m *Mirror) Cursor(repo int64, stream string) (c Cursor, err error) {
	err = m.view(func(txn *badger.Txn) error {
		raw, err := value(txn, nameKey(prefixCursor, repo, stream))
		if err != nil || raw == nil {
			return err
		}
		return json.Unmarshal(raw, &c)
	})
	if err != nil {
		return Cursor{}, fmt.Errorf("read cursor %s of repository %d: %w", stream, repo, err)
	}
	return c, nil
}

// Cursors gives the cursors of a repository by stream.
func (m *Mirror) Cursors(repo int64) (map[string]Cursor, error) {
	out := map[string]Cursor{}
	err := m.scan(repoKey(prefixCursor, repo), true, func(k key, v []byte) error {
		var c Cursor
		if err := json.Unmarshal(v, &c); err != nil {
			return fmt.Errorf("%w: %s cannot be decoded: %w", ErrCorrupt, k, err)
		}
		out[k.name] = c
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read cursors of repository %d: %w", repo, err)
	}
	return out, nil
}
