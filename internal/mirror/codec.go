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
	// The lists of the item before, to be used again.
	events   []model.Event
	commits  []model.Commit
	comments []model.ReviewComment
	labels   []model.Label
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
	d.lend()
	rest, err := d.item.UnmarshalMsg(raw)
	d.takeBack()
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

// lend gives the next item the lists of the last. What a record leaves out
// must not stay from the last, so the entries are cleared.
func (d *decoder) lend() {
	clear(d.events)
	clear(d.commits)
	clear(d.comments)
	clear(d.labels)
	d.item = model.Item{
		Events: d.events[:0], Commits: d.commits[:0], ReviewComments: d.comments[:0], Labels: d.labels[:0],
	}
}

// takeBack remembers the item's lists. A list without entries is nil, as in an
// item that was never stored.
func (d *decoder) takeBack() {
	d.item.Events = keep(&d.events, d.item.Events)
	d.item.Commits = keep(&d.commits, d.item.Commits)
	d.item.ReviewComments = keep(&d.comments, d.item.ReviewComments)
	d.item.Labels = keep(&d.labels, d.item.Labels)
}

func keep[T any](memory *[]T, list []T) []T {
	*memory = list
	if len(list) == 0 {
		return nil
	}
	return list
}
