package ingest

import (
	"errors"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// batch is one transaction on one repository: what was read and how far the
// reading came are durable together, or neither is. What it changes of the
// copy that the process keeps is applied once it is durable.
type batch struct {
	tx    *mirror.Tx
	p     *pass
	r     *repository
	apply []func(*repository) // under the repository's lock
	whole bool                // timelines were read to their ends: none is to be read again
}

// write runs one transaction.
func (p *pass) write(f func(*batch) error) error {
	var b *batch
	err := p.in.mirror.Update(p.r.id, func(tx *mirror.Tx) error {
		b = &batch{tx: tx, p: p, r: p.r}
		return f(b)
	})
	if err != nil {
		return err
	}
	p.dirty = true
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	for _, change := range b.apply {
		change(p.r)
	}
	return nil
}

func (b *batch) putCursor(stream string, c mirror.Cursor) error {
	b.apply = append(b.apply, func(r *repository) { r.cursors[stream] = c })
	return b.tx.PutCursor(stream, c)
}

func (b *batch) putJob(q mirror.Queue, job mirror.Job) error {
	b.apply = append(b.apply, func(r *repository) { r.queues[q][keyOf(job)] = job })
	return b.tx.PutJob(q, job)
}

// deleteJob removes a job where there is one.
func (b *batch) deleteJob(q mirror.Queue, k jobKey) {
	job, ok := b.r.job(q, k)
	if !ok {
		return
	}
	b.apply = append(b.apply, func(r *repository) { delete(r.queues[q], k) })
	b.tx.DeleteJob(q, job)
}

// count adds to counters that survive restarts, named group/word.
func (b *batch) count(group, word string, n int) {
	if n == 0 {
		return
	}
	name := group + "/" + word
	b.apply = append(b.apply, func(r *repository) { r.counters[name] += n })
	b.tx.Count(name, n)
}

func (b *batch) countAll(group string, words map[string]int) {
	for word, n := range words {
		b.count(group, word, n)
	}
}

// putItem stores an item that was read and queues its lists that go on.
func (b *batch) putItem(item *model.Item, lists []github.Overflow) (changed bool, err error) {
	old, err := b.tx.Item(item.Number)
	if err != nil {
		return false, err
	}
	if old != nil && item.ReadAt <= old.ReadAt {
		// A repository is read by one goroutine, so this is the later read even
		// where the server's clock stands still or goes back.
		item.ReadAt = old.ReadAt + 1
	}
	changed, err = b.tx.UpsertItem(item)
	if err != nil {
		return false, err
	}
	if old == nil && item.Kind == model.PullRequest {
		if err := b.rewind(item.CreatedAt); err != nil {
			return changed, err
		}
	}
	b.deleteJob(mirror.Gaps, jobKey{number: item.Number, node: item.NodeID})
	b.deleteJob(mirror.Suspects, jobKey{number: item.Number})
	for _, list := range lists {
		if err := b.putList(list, item, old); err != nil {
			return false, err
		}
	}
	if !b.whole && lostSomething(item, old) {
		err = b.putJob(mirror.Rereads, b.p.whole(item))
	}
	return changed, err
}

// putList queues a list within an item that goes on behind the page.
//
// A timeline only grows at its end, so that of an item which was read to its
// end before is continued there, however long it is. Commits are all listed
// again after each push, since a push may replace any of them; the same head
// has the same commits.
func (b *batch) putList(list github.Overflow, item, old *model.Item) error {
	job := mirror.Job{
		Number: list.Number, Kind: list.Kind, NodeID: list.NodeID,
		Connection: string(list.Connection), After: list.After, Since: item.ReadAt,
	}
	switch list.Connection {
	case github.Timeline:
		if _, waiting := b.r.job(mirror.Overflow, keyOf(job)); waiting {
			return nil // it is further than this page
		}
		if old != nil && old.TimelineEnd != "" {
			job.After = old.TimelineEnd
		}
	case github.Commits:
		if old != nil && old.HeadOID == item.HeadOID && listed(old) >= item.CommitCount {
			return nil
		}
	}
	return b.putJob(mirror.Overflow, job)
}

// listed counts the item's commits that belong to its present head.
func listed(it *model.Item) (n int) {
	for _, c := range it.Commits {
		if c.Head == it.HeadOID {
			n++
		}
	}
	return n
}

// known turns an addition to an item that the mirror lacks into nothing: it is
// read with the item.
func known(changed bool, err error) (bool, error) {
	if errors.Is(err, mirror.ErrUnknownItem) {
		return false, nil
	}
	return changed, err
}
