package mirror

import (
	"fmt"

	"github.com/klauspost/compress/s2"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// An item record is the item in msgp, compressed by S2, which halves it. A
// record that is empty when decompressed stands for no item.

// encodeItem gives the record of an item; nil gives that of no item.
func encodeItem(it *model.Item) ([]byte, error) {
	if it == nil {
		return s2.Encode(nil, nil), nil
	}
	raw, err := it.MarshalMsg(nil)
	if err != nil {
		return nil, fmt.Errorf("encode item %d: %w", it.Number, err)
	}
	return s2.Encode(nil, raw), nil
}

// decoder decodes one record after the other into the same memory.
type decoder struct {
	raw  []byte
	item model.Item
}

// decode reads an item record; nil is what a record of no item holds. The item
// is valid until the next call.
func (d *decoder) decode(k key, record []byte) (*model.Item, error) {
	raw, err := s2.Decode(d.raw[:cap(d.raw)], record)
	if err != nil {
		return nil, fmt.Errorf("%w: %s cannot be decompressed: %w", ErrCorrupt, k, err)
	}
	if d.raw = raw; len(raw) == 0 {
		return nil, nil
	}
	empty(&d.item)
	rest, err := d.item.UnmarshalMsg(raw)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %s cannot be decoded: %w", ErrCorrupt, k, err)
	case len(rest) != 0:
		return nil, fmt.Errorf("%w: %s has %d bytes too many", ErrCorrupt, k, len(rest))
	case d.item.Number != k.number:
		return nil, fmt.Errorf("%w: %s holds number %d", ErrCorrupt, k, d.item.Number)
	}
	return &d.item, nil
}

// empty gives the item no value but keeps its lists' memory for the next one.
// What a record leaves out must not stay from the last, so the entries are
// cleared too.
func empty(it *model.Item) {
	clear(it.Events)
	clear(it.Commits)
	clear(it.ReviewComments)
	clear(it.Labels)
	*it = model.Item{
		Events: it.Events[:0], Commits: it.Commits[:0], ReviewComments: it.ReviewComments[:0], Labels: it.Labels[:0],
	}
}
