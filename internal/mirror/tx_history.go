package mirror

import (
	"bytes"
	"fmt"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// PutHead stores the name of the default branch's head.
func (tx *Tx) PutHead(oid string) (changed bool, err error) {
	if _, err := parseCommitID(oid); err != nil {
		return false, fmt.Errorf("head of repository %d %w", tx.repo.id, err)
	}
	n, err := putRecords(tx, heads, []model.BranchCommit{{OID: oid}})
	return n > 0, err
}

// PutCommits stores commits and counts those that are new.
func (tx *Tx) PutCommits(read []model.BranchCommit) (changed int, err error) {
	return putRecords(tx, commits, read)
}

// PutTags merges tags into the stored ones and counts those of which anything
// but the time of the read changed. So do PutReleases, PutDeployments, PutRuns
// PutIncidents and PutMilestones.
func (tx *Tx) PutTags(read []model.Tag) (changed int, err error) { return putRecords(tx, tags, read) }

// PutReleases merges releases into the stored ones, as PutTags does tags.
func (tx *Tx) PutReleases(read []model.Release) (changed int, err error) {
	return putRecords(tx, releases, read)
}

// PutDeployments merges deployments into the stored ones, as PutTags does tags.
func (tx *Tx) PutDeployments(read []model.Deployment) (changed int, err error) {
	return putRecords(tx, deployments, read)
}

// PutRuns merges attempts of runs into the stored ones, as PutTags does tags.
func (tx *Tx) PutRuns(read []model.Run) (changed int, err error) { return putRecords(tx, runs, read) }

// PutIncidents merges incidents into the stored ones, as PutTags does tags.
func (tx *Tx) PutIncidents(read []model.Incident) (changed int, err error) {
	return putRecords(tx, incidents, read)
}

// PutMilestones merges open milestones into the stored ones, as PutTags does tags.
func (tx *Tx) PutMilestones(read []model.Milestone) (changed int, err error) {
	return putRecords(tx, milestones, read)
}

// MarkTagsGone records that stored tags with these names were found absent at
// an instant. What is not stored is passed over; a later read takes it back.
func (tx *Tx) MarkTagsGone(at model.Instant, names []string) (changed int, err error) {
	return markGone(tx, tags, names, func(name string) model.Tag { return model.Tag{Name: name, GoneAt: at} })
}

// MarkReleasesGone does for releases what MarkTagsGone does for tags.
func (tx *Tx) MarkReleasesGone(at model.Instant, numbers []int64) (changed int, err error) {
	return markGone(tx, releases, numbers, func(id int64) model.Release { return model.Release{ID: id, GoneAt: at} })
}

// MarkDeploymentsGone does for deployments what MarkTagsGone does for tags.
func (tx *Tx) MarkDeploymentsGone(at model.Instant, numbers []int64) (changed int, err error) {
	return markGone(tx, deployments, numbers, func(id int64) model.Deployment { return model.Deployment{ID: id, GoneAt: at} })
}

// MarkMilestonesGone does for milestones what MarkTagsGone does for tags: those
// that are not among the open ones any more.
func (tx *Tx) MarkMilestonesGone(at model.Instant, numbers []int) (changed int, err error) {
	return markGone(tx, milestones, numbers, func(n int) model.Milestone { return model.Milestone{Number: n, GoneAt: at} })
}

// HasCommit reports whether a commit is stored, as this transaction left it.
func (tx *Tx) HasCommit(oid string) (bool, error) {
	id, err := parseCommitID(oid)
	if err != nil {
		return false, nil //nolint:nilerr // what is no name is not stored
	}
	raw, err := tx.read(historyKey(prefixHistory, tx.repo.id, kindCommit, id))
	return raw != nil, err
}

// SetHistoryComplete records that what the repository's history is read from
// was read once to its end: the next Publish makes it visible. 0 hides it from
// then on, as where another source is to be read. SetComplete implies it.
func (tx *Tx) SetHistoryComplete(at model.Instant) {
	tx.head.History = at
	tx.putHead()
}

// markGone merges findings of absence into what is stored.
func markGone[T any, P message[T], K any](tx *Tx, f family[T, P], keys []K, finding func(K) T) (int, error) {
	var found []T
	for _, k := range keys {
		t := finding(k)
		id, err := f.id(&t)
		if err != nil {
			continue // it is not stored
		}
		raw, err := tx.read(historyKey(prefixHistory, tx.repo.id, f.kind, id))
		if err != nil {
			return 0, err
		}
		if raw != nil {
			found = append(found, t)
		}
	}
	return putRecords(tx, f, found)
}

// putRecords merges reads into what is stored, and counts what changed.
func putRecords[T any, P message[T]](tx *Tx, f family[T, P], read []T) (changed int, err error) {
	for i := range read {
		differs, err := putRecord(tx, f, &read[i])
		if err != nil {
			return changed, fmt.Errorf("%s of repository %d %w", f.name, tx.repo.id, err)
		}
		if differs {
			changed++
		}
	}
	return changed, nil
}

// putRecord merges a read into what is stored, and reports whether anything but
// the time of the read changed.
func putRecord[T any, P message[T]](tx *Tx, f family[T, P], read *T) (changed bool, err error) {
	id, err := f.id(read)
	if err != nil {
		return false, err
	}
	k := historyKey(prefixHistory, tx.repo.id, f.kind, id)
	before, err := tx.read(k)
	if err != nil {
		return false, err
	}
	next := f.merge(*read, *read)
	changed = true
	if before != nil {
		old, err := f.decode(before)
		if err != nil {
			return false, fmt.Errorf("%w: %x cannot be decoded: %w", ErrCorrupt, k, err)
		}
		next = f.merge(old, next)
		changed = !sameFacts(f, old, next)
	}
	value, err := P(&next).MarshalMsg(nil)
	if err != nil || bytes.Equal(before, value) {
		return false, err
	}
	tx.putHistory(f.kind, k, before, value, changed)
	return changed, nil
}

func sameFacts[T any, P message[T]](f family[T, P], a, b T) bool {
	a, b = f.facts(a), f.facts(b)
	x, errA := P(&a).MarshalMsg(nil)
	y, errB := P(&b).MarshalMsg(nil)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

// putHistory stores a record. What was published of it stays beside it until
// the next publish, as with items.
func (tx *Tx) putHistory(kind byte, k, before, value []byte, changed bool) {
	if before == nil {
		tx.fresh[string(k)] = struct{}{}
		tx.head.Records++
		tx.putHead()
	}
	if changed {
		tx.shieldHistory(k, before)
	}
	_, fresh := tx.fresh[string(k)]
	shown := tx.repo.showsHistory()
	tx.put(write{k, value, func(r *repository) {
		if fresh {
			r.counts.addKind(kind)
		}
		r.unshielded = r.unshielded || !shown
	}})
}

// shieldHistory keeps a record as it was published.
func (tx *Tx) shieldHistory(k, published []byte) {
	past := append([]byte{prefixPast}, k[1:]...)
	_, stale := tx.repo.stale[string(past)]
	_, shielded := tx.writes[string(past)]
	if !tx.repo.showsHistory() || stale || shielded {
		return
	}
	if published == nil {
		published = noRecord
	}
	tx.put(write{past, published, func(r *repository) { r.stale[string(past)] = struct{}{} }})
}
