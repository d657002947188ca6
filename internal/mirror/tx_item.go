package mirror

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Item gives a stored item as this transaction left it, or nil where it is
// absent. It must not be changed.
func (tx *Tx) Item(number int) (*model.Item, error) {
	if it, ok := tx.items[number]; ok {
		return it, nil
	}
	it, _, err := item(tx.txn, tx.repo.id, number)
	if err != nil {
		return nil, fmt.Errorf("read item %d of repository %d: %w", number, tx.repo.id, err)
	}
	return it, nil
}

// UpsertItem merges a read into the stored item and reports whether anything
// but the time of the read changed. A read whose UpdatedAt is 0 is partial,
// a continuation of the item's lists: ErrUnknownItem where the item is absent.
func (tx *Tx) UpsertItem(read *model.Item) (changed bool, err error) {
	if read.Number <= 0 || read.Number > math.MaxInt32 {
		return false, fmt.Errorf("item of repository %d has the number %d", tx.repo.id, read.Number)
	}
	old, err := tx.Item(read.Number)
	if err != nil {
		return false, err
	}
	if old == nil && read.UpdatedAt == 0 {
		return false, fmt.Errorf("%w: %d of repository %d", ErrUnknownItem, read.Number, tx.repo.id)
	}
	return tx.putItem(old, model.Merge(old, read))
}

// MergeEvents merges events read at an instant into the item; ErrUnknownItem
// where it is absent.
func (tx *Tx) MergeEvents(number int, at model.Instant, events []model.Event) (changed bool, err error) {
	events = slices.Clone(events)
	for i := range events {
		events[i].ReadAt = at
	}
	return tx.UpsertItem(&model.Item{Number: number, Events: events})
}

// MergeReviewComments merges review comments read at an instant into the item;
// ErrUnknownItem where it is absent.
func (tx *Tx) MergeReviewComments(number int, at model.Instant, comments []model.ReviewComment) (changed bool, err error) {
	comments = slices.Clone(comments)
	for i := range comments {
		comments[i].ReadAt = at
	}
	return tx.UpsertItem(&model.Item{Number: number, ReviewComments: comments})
}

// MarkGone records that GitHub was found not to have the item any more: reason
// is deleted, transferred or converted. A later read takes it back.
func (tx *Tx) MarkGone(number int, reason string, at model.Instant) (changed bool, err error) {
	return tx.UpsertItem(&model.Item{Number: number, Gone: reason, GoneAt: at})
}

// MarkEventsGone records that stored events with these ids were found absent
// at an instant. Ids that are not stored are passed over.
func (tx *Tx) MarkEventsGone(number int, at model.Instant, ids []string) (changed bool, err error) {
	old, err := tx.Item(number)
	if err != nil || old == nil {
		return false, orUnknown(err, tx.repo.id, number)
	}
	finding := model.Item{Number: number}
	for _, e := range old.Events {
		if slices.Contains(ids, e.ID) {
			finding.Events = append(finding.Events, model.Event{ID: e.ID, GoneAt: at})
		}
	}
	return tx.UpsertItem(&finding)
}

// MarkReviewCommentsGone does for review comments what MarkEventsGone does for events.
func (tx *Tx) MarkReviewCommentsGone(number int, at model.Instant, ids []int64) (changed bool, err error) {
	old, err := tx.Item(number)
	if err != nil || old == nil {
		return false, orUnknown(err, tx.repo.id, number)
	}
	finding := model.Item{Number: number}
	for _, c := range old.ReviewComments {
		if slices.Contains(ids, c.ID) {
			finding.ReviewComments = append(finding.ReviewComments, model.ReviewComment{ID: c.ID, GoneAt: at})
		}
	}
	return tx.UpsertItem(&finding)
}

// orUnknown gives the error, or that the item is unknown where there is none.
func orUnknown(err error, repo int64, number int) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %d of repository %d", ErrUnknownItem, number, repo)
}

// putItem stores an item in place of old unless they are the same.
func (tx *Tx) putItem(old, next *model.Item) (changed bool, err error) {
	raw, err := encodeItem(next)
	if err != nil {
		return false, err
	}
	k := itemKey(tx.repo.id, next.Number)
	before, err := tx.read(k)
	if err != nil || bytes.Equal(before, raw) {
		return false, err
	}
	if old == nil {
		tx.head.Items++
		tx.putHead()
	}
	if changed = !model.SameFacts(old, next); changed {
		if err := tx.shield(next.Number, before); err != nil {
			return false, err
		}
	}
	if _, ok := tx.before[next.Number]; !ok {
		tx.before[next.Number] = countOf(old)
	}
	delta := countOf(next)
	delta.add(tx.before[next.Number], -1)
	tx.items[next.Number] = next
	tx.put(write{k, raw, func(r *repository) { r.counts.add(delta, 1) }})
	return changed, nil
}

// shield keeps an item of a complete repository as it was published, so that
// neither a reader nor a restart sees half of a pass.
func (tx *Tx) shield(number int, published []byte) (err error) {
	k := beforeKey(tx.repo.id, number)
	_, dirty := tx.repo.dirty[number]
	_, shielded := tx.writes[string(k)]
	if tx.repo.head.Complete == 0 || dirty || shielded {
		return nil
	}
	if published == nil {
		published, err = encodeItem(nil)
	}
	tx.put(write{k, published, func(r *repository) { r.dirty[number] = struct{}{} }})
	return err
}
