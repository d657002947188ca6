package githubtest

import (
	"fmt"
	"slices"
)

// itemView is an issue or a pull request at the instant of its view.
type itemView struct {
	*Item
	repo *repoView

	closedAt Time   // while closed or merged
	reason   string // of the last closing, while closed: completed, not_planned, duplicate
	reopened bool   // it is open and was closed before
	mergedAt Time
	draft    bool
	locked   bool
}

// presence says whether an item can be seen, and if not, why.
type presence uint8

// The presences of an item.
const (
	present presence = iota + 1
	absent           // there never was such an item, or not yet
	deleted
	transferred // see Item.TransferredTo
	converted   // to a discussion
)

// presenceOf says whether an item can be seen now.
func (rv *repoView) presenceOf(item *Item) presence {
	switch now := rv.now(); {
	case item == nil || item.CreatedAt > now:
		return absent
	case item.DeletedAt.By(now):
		return deleted
	case item.TransferredAt.By(now):
		return transferred
	case item.ConvertedAt.By(now):
		return converted
	}
	return present
}

// item gives the item with that number, nil if it cannot be seen now.
func (rv *repoView) item(number int) *itemView {
	item := rv.Item(number)
	if rv.presenceOf(item) != present {
		return nil
	}
	return rv.show(item)
}

// show makes the view of an item that is known to be present.
func (rv *repoView) show(item *Item) *itemView {
	iv := &itemView{Item: item, repo: rv, draft: item.PR != nil && item.PR.Draft}
	for i := range item.Events {
		if item.Events[i].At > rv.now() {
			break
		}
		iv.apply(&item.Events[i])
	}
	return iv
}

// apply takes over what an event changes in the item's state.
func (iv *itemView) apply(e *Event) {
	switch e.Kind {
	case Closed:
		iv.close(e.At)
		iv.reason = e.Reason
	case Merged:
		iv.close(e.At)
		iv.mergedAt = e.At
	case Reopened:
		iv.closedAt, iv.reason, iv.reopened = 0, "", true
	case ReadyForReview:
		iv.draft = false
	case ConvertToDraft:
		iv.draft = true
	case Locked:
		iv.locked = true
	case Unlocked:
		iv.locked = false
	}
}

// close keeps the first of several closings, as GitHub does.
func (iv *itemView) close(at Time) {
	iv.reopened = false
	if iv.closedAt == 0 {
		iv.closedAt = at
	}
}

// isPull tells pull requests from issues.
func (iv *itemView) isPull() bool { return iv.PR != nil }

// state gives OPEN, CLOSED or MERGED.
func (iv *itemView) state() string {
	switch {
	case iv.mergedAt != 0:
		return "MERGED"
	case iv.closedAt != 0:
		return "CLOSED"
	}
	return "OPEN"
}

// stateReason gives why an issue is in its state, in lower case; "" for one that
// was never closed.
func (iv *itemView) stateReason() string {
	switch {
	case iv.closedAt == 0 && iv.reopened:
		return "reopened"
	case iv.closedAt == 0:
		return ""
	case iv.reason == "":
		return "completed"
	}
	return iv.reason
}

// kind gives the word for the item in addresses.
func (iv *itemView) kind() string {
	if iv.isPull() {
		return "pull"
	}
	return "issues"
}

// path gives the address of the item below the host.
func (iv *itemView) path() string {
	return fmt.Sprintf("/%s/%s/%d", iv.repo.fullName(), iv.kind(), iv.Number)
}

// events gives what happened to the item by now, by time.
func (iv *itemView) events() []Event {
	n, _ := slices.BinarySearchFunc(iv.Events, iv.repo.now()+1, func(e Event, t Time) int { return int(e.At - t) })
	return iv.Events[:n]
}

// updatedAt is the last time by now that moved the item's updated_at.
func (iv *itemView) updatedAt() Time {
	last := iv.CreatedAt
	iv.eachMove(func(at Time) {
		if at <= iv.repo.now() {
			last = max(last, at)
		}
	})
	return last
}

// title gives the title, one that looks like a title where the dataset has none.
func (iv *itemView) title() string {
	title := iv.Title
	for _, e := range iv.events() {
		if e.Kind == Renamed {
			title = e.To
		}
	}
	if title == "" {
		return fmt.Sprintf("%s number %d", map[bool]string{true: "Change", false: "Report"}[iv.isPull()], iv.Number)
	}
	return title
}

// body gives the text and the time of its last edit, 0 if it was never edited.
func (iv *itemView) body() (string, Time) { return edited(iv.Body, iv.Edits, iv.repo.now()) }

// edited gives a text after those edits that were made by now.
func edited(body string, edits []Edit, now Time) (string, Time) {
	var at Time
	for _, e := range edits {
		if e.At.By(now) {
			body, at = e.Body, e.At
		}
	}
	return body, at
}

// labels gives the item's labels, by their creation.
func (iv *itemView) labels() []*labelView {
	names := slices.Clone(iv.Labels)
	for _, e := range iv.events() {
		switch e.Kind {
		case Labeled:
			names = with(names, e.Label)
		case Unlabeled:
			names = without(names, e.Label)
		}
	}
	var out []*labelView
	for _, name := range names {
		if lv := iv.repo.label(name); lv != nil {
			out = append(out, lv)
		}
	}
	sortLabels(out)
	return out
}

// assignees gives the accounts that the item is assigned to, in the order of their
// assignment.
func (iv *itemView) assignees() []*User {
	names := slices.Clone(iv.Assignees)
	for _, e := range iv.events() {
		switch e.Kind {
		case Assigned:
			names = with(names, e.Who)
		case Unassigned:
			names = without(names, e.Who)
		}
	}
	var out []*User
	for _, name := range names {
		if user := iv.repo.user(name); user != nil {
			out = append(out, user)
		}
	}
	return out
}

// milestone gives the item's milestone, nil if it has none.
func (iv *itemView) milestone() *Milestone {
	title := iv.Milestone
	for _, e := range iv.events() {
		switch e.Kind {
		case Milestoned:
			title = e.Milestone
		case Demilestoned:
			title = ""
		}
	}
	if title == "" {
		return nil
	}
	return iv.repo.milestone(title)
}

func with(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(names, func(n string) bool { return n == name })
}

// commentView is a comment of a conversation at the instant of a view.
type commentView struct {
	*Comment
	item *itemView
}

// comments gives the comments that exist, by creation.
func (iv *itemView) comments() []*commentView {
	var out []*commentView
	for i := range iv.Comments {
		if cv := iv.comment(&iv.Comments[i]); cv != nil {
			out = append(out, cv)
		}
	}
	slices.SortStableFunc(out, func(a, b *commentView) int { return int(a.CreatedAt - b.CreatedAt) })
	return out
}

// comment shows one comment of the item, nil if it does not exist now.
func (iv *itemView) comment(c *Comment) *commentView {
	if c.CreatedAt > iv.repo.now() || c.DeletedAt.By(iv.repo.now()) {
		return nil
	}
	return &commentView{Comment: c, item: iv}
}

// body gives the comment's text.
func (cv *commentView) body() string {
	body, _ := edited(cv.Body, cv.Edits, cv.item.repo.now())
	return body
}

// updatedAt is the last change of the comment by now.
func (cv *commentView) updatedAt() Time {
	_, at := edited(cv.Body, cv.Edits, cv.item.repo.now())
	if cv.UpdatedAt.By(cv.item.repo.now()) {
		at = max(at, cv.UpdatedAt)
	}
	return max(at, cv.CreatedAt)
}

// commentCount is the number of comments that exist.
func (iv *itemView) commentCount() int {
	n := 0
	for i := range iv.Comments {
		if c := &iv.Comments[i]; c.CreatedAt <= iv.repo.now() && !c.DeletedAt.By(iv.repo.now()) {
			n++
		}
	}
	return n
}
