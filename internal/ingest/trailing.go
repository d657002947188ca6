package ingest

import (
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const (
	// trailPause is after how many seconds an item is read again whose state
	// is ahead of its events.
	trailPause = 60
	// trailLimit is for how many seconds after an update a missing event may
	// still come, by the repository's newest update; some closed issues have
	// none at all.
	trailLimit = 10 * 60
	// trailSlack is by how many seconds an event and the state that it made may differ.
	trailSlack = 5
)

// trail queues the items that this pass read and whose events trail behind
// their state: GitHub writes the two one after the other.
func (p *pass) trail() error {
	var late []mirror.Job
	for number := range sorted(p.fresh) {
		item, err := p.in.mirror.Item(p.r.id, number)
		if err != nil {
			return err
		}
		if item != nil && p.horizon-item.UpdatedAt < trailLimit && trails(item) {
			late = append(late, mirror.Job{
				Number: number, Kind: item.Kind, NodeID: item.NodeID, Reason: "trailing",
				Since: p.server, Next: p.in.wall() + trailPause,
			})
		}
	}
	if len(late) == 0 {
		return nil
	}
	return p.write(func(b *batch) error {
		for _, job := range late {
			if err := b.putJob(mirror.Rereads, job); err != nil {
				return err
			}
		}
		return nil
	})
}

// trails reports whether an item is in a state that no event explains.
func trails(it *model.Item) bool {
	var last [3]model.Event // of those that close and open, merge, make drafts and reviewable
	labels := map[string]model.EventKind{}
	for _, e := range it.Events {
		switch e.Kind {
		case model.Closed, model.Reopened:
			last[0] = e
		case model.Merged:
			last[1] = e
		case model.ReadyForReview, model.ConvertToDraft:
			last[2] = e
		case model.Labeled, model.Unlabeled:
			labels[e.Label.ID] = e.Kind
		}
	}
	switch {
	case it.MergedAt != 0 && last[1].Kind == 0,
		it.ClosedAt != 0 && it.MergedAt == 0 && (last[0].Kind != model.Closed || last[0].At < it.ClosedAt-trailSlack),
		it.ClosedAt == 0 && it.MergedAt == 0 && last[0].Kind == model.Closed,
		it.Draft && last[2].Kind == model.ReadyForReview,
		!it.Draft && last[2].Kind == model.ConvertToDraft:
		return true
	}
	return trailingLabels(it.Labels, labels)
}

// trailingLabels reports whether the labels differ from what their events say.
// A label that has no event at all may have been there from the beginning.
func trailingLabels(now []model.Label, last map[string]model.EventKind) bool {
	has := map[string]bool{}
	for _, l := range now {
		has[l.ID] = true
		if last[l.ID] == model.Unlabeled {
			return true
		}
	}
	for id, kind := range last {
		if kind == model.Labeled && !has[id] {
			return true
		}
	}
	return false
}
