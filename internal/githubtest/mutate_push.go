package githubtest

import (
	"fmt"
	"slices"
)

// ForcePush replaces the commits of a pull request by others as of now, with the event
// that GitHub makes of it. Commits that the repository lacks become part of it.
func (s *Server) ForcePush(repo int64, number int, actor string, commits ...*Commit) error {
	if len(commits) == 0 {
		return fmt.Errorf("force-push to #%d: no commits", number)
	}
	return s.changeRepository(repo, func(r *repository, now Time) error {
		item := r.Item(number)
		if item == nil || item.PR == nil {
			return fmt.Errorf("force-push: the repository has no pull request #%d", number)
		}
		item.forcePush(r.nextEventID(), actor, commits, now)
		for _, c := range commits {
			if r.Commit(c.OID) == nil {
				r.Commits = append(r.Commits, c)
			}
		}
		return nil
	})
}

func (item *Item) forcePush(id int64, actor string, commits []*Commit, now Time) {
	pr, before := item.PR, item.PR.HeadOID
	for i := range pr.Commits {
		if c := &pr.Commits[i]; c.RemovedAt == 0 && c.PushedAt <= now {
			c.RemovedAt = now
			before = c.OID
		}
	}
	for _, c := range commits {
		pr.Commits = append(pr.Commits, PRCommit{OID: c.OID, PushedAt: now})
	}
	head := commits[len(commits)-1].OID
	pr.HeadOID = head
	item.addEvent(Event{ID: id, Kind: HeadRefForcePushed, At: now, Actor: actor, Before: before, OID: head})
}

// addEvent puts an event in its place among the others, which may lie in the future.
func (item *Item) addEvent(e Event) {
	i, _ := slices.BinarySearchFunc(item.Events, e.At+1, func(o Event, at Time) int { return int(o.At - at) })
	item.Events = slices.Insert(item.Events, i, e)
}

// nextEventID gives an id that no event of the repository has.
func (r *Repo) nextEventID() int64 {
	next := int64(1)
	for _, item := range r.Items {
		for i := range item.Events {
			next = max(next, item.Events[i].ID+1)
		}
	}
	return next
}
