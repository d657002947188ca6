package githubtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// timelineList is the timeline of an item: those entries that are wanted, of how many in all.
type timelineList struct {
	*shortList
	item *itemView
	all  int
}

func (l *timelineList) total() int { return l.all }

// The ranks of things that happen in the same second.
const (
	rankCommit = iota
	rankReview
	rankComment
	rankEvent
)

// timeline gives everything that happened to the item by now and is still there.
func (iv *itemView) timeline() []edge {
	var edges []edge
	for i, c := range iv.commits() {
		if iv.repo.Commit(c.OID) != nil {
			edges = append(edges, edge{place{int64(c.PushedAt), rankCommit, int64(i), c.OID}, node{"PullRequestCommit", prCommit{c, iv}}})
		}
	}
	for _, r := range iv.reviews() {
		edges = append(edges, edge{place{int64(r.SubmittedAt), rankReview, r.ID, ""}, node{"PullRequestReview", r}})
	}
	for _, c := range iv.comments() {
		edges = append(edges, edge{place{int64(c.CreatedAt), rankComment, c.ID, ""}, node{"IssueComment", c}})
	}
	events := iv.events()
	for i := range events {
		edges = append(edges, edge{place{int64(events[i].At), rankEvent, events[i].ID, ""}, eventNode(iv, &events[i])})
	}
	return edges
}

func itemTimeline(c *call, iv *itemView) any {
	union := "IssueTimelineItems"
	if iv.isPull() {
		union = "PullRequestTimelineItems"
	}
	types, err := c.wantedTypes()
	if err != nil {
		return err
	}
	since, err := c.since()
	if err != nil {
		return err
	}
	all := 0
	edges := filter(iv.timeline(), func(e edge) bool {
		if !c.engine.possible[union][e.node.typ] {
			return false
		}
		all++
		return (types == nil || types[e.node.typ]) && Time(e.place.N) >= since
	})
	return c.connect("timeline", &timelineList{newList(edges, false), iv, all})
}

// wantedTypes reads the argument itemTypes: the object types that are wanted; nil: all.
func (c *call) wantedTypes() (map[string]bool, error) {
	names := texts(c.args["itemTypes"])
	if names == nil || c.set.wanted != nil {
		return c.set.wanted, nil
	}
	types := map[string]bool{}
	for _, name := range names {
		typ := typeOfItem(name)
		if c.engine.schema.Types[typ] == nil {
			return nil, fmt.Errorf("simulated GitHub does not know the timeline item type %s", name)
		}
		types[typ] = true
	}
	c.set.wanted = types
	return types, nil
}

// typeOfItem gives the object type of a timeline item type: LabeledEvent of LABELED_EVENT.
func typeOfItem(name string) string {
	var b strings.Builder
	up := true
	for _, r := range strings.ToLower(name) {
		switch {
		case r == '_':
			up = true
		case up:
			b.WriteRune(unicode.ToUpper(r))
			up = false
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// since reads the argument since.
func (c *call) since() (Time, error) {
	text, ok := c.args["since"].(string)
	if !ok {
		return 0, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, &queryError{Message: fmt.Sprintf("Could not coerce value %q to DateTime", text)}
	}
	return TimeOf(at), nil
}

// timelineFilteredCount is the number of wanted entries between the cursors.
func timelineFilteredCount(_ *call, n *connection) any {
	l, ok := n.list.(*timelineList)
	if !ok {
		return fmt.Errorf("only timelines have a filteredCount")
	}
	low, high := l.between(n.args)
	return high - low
}

func timelineUpdatedAt(_ *call, n *connection) any {
	l, ok := n.list.(*timelineList)
	if !ok {
		return fmt.Errorf("only timelines have an updatedAt")
	}
	return l.item.updatedAt()
}

// eventTypes are the object types of the events.
var eventTypeNames = map[EventKind]string{
	Closed: "ClosedEvent", Reopened: "ReopenedEvent", Merged: "MergedEvent", Labeled: "LabeledEvent",
	Unlabeled: "UnlabeledEvent", Assigned: "AssignedEvent", Unassigned: "UnassignedEvent", Milestoned: "MilestonedEvent",
	Demilestoned: "DemilestonedEvent", Renamed: "RenamedTitleEvent", Referenced: "ReferencedEvent",
	CrossReferenced: "CrossReferencedEvent", Locked: "LockedEvent", Unlocked: "UnlockedEvent", Mentioned: "MentionedEvent",
	Subscribed: "SubscribedEvent", Transferred: "TransferredEvent", ConvertedToDiscussion: "ConvertedToDiscussionEvent",
	CommentDeleted: "CommentDeletedEvent", ReadyForReview: "ReadyForReviewEvent", ConvertToDraft: "ConvertToDraftEvent",
	ReviewRequested: "ReviewRequestedEvent", ReviewRequestRemoved: "ReviewRequestRemovedEvent",
	ReviewDismissed: "ReviewDismissedEvent", HeadRefForcePushed: "HeadRefForcePushedEvent",
	HeadRefDeleted: "HeadRefDeletedEvent", HeadRefRestored: "HeadRefRestoredEvent", BaseRefChanged: "BaseRefChangedEvent",
	AddedToMergeQueue: "AddedToMergeQueueEvent", RemovedFromMergeQueue: "RemovedFromMergeQueueEvent",
	AutoMergeEnabled: "AutoMergeEnabledEvent", AutoMergeDisabled: "AutoMergeDisabledEvent",
}

// eventView is an event of an item.
type eventView struct {
	*Event
	item *itemView
}

func eventNode(iv *itemView, e *Event) node { return node{eventTypeNames[e.Kind], eventView{e, iv}} }

// path is the address of an event below the host.
func (e eventView) path() string { return fmt.Sprintf("%s#event-%d", e.item.path(), e.ID) }

// eventTypes resolves the events. Each type has the fields of all of them; the schema
// says which of them may be asked for.
func eventTypes() map[string]resolvers {
	fields := join(paths(func(_ *call, e eventView) string { return e.path() }), eventFacts(), eventSubjects())
	all := map[string]resolvers{}
	for _, name := range eventTypeNames {
		all[name] = fields
	}
	all["CrossReferencedEvent"] = join(fields, crossReference())
	return all
}

func eventFacts() resolvers {
	event := func(f func(eventView) any) resolver { return of(func(_ *call, e eventView) any { return f(e) }) }
	commit := func(oid func(eventView) string) resolver {
		return event(func(e eventView) any { return e.item.repo.commitNode(oid(e)) })
	}
	return resolvers{
		"id":                  event(func(e eventView) any { return e.item.repo.eventNodeID(e.Event) }),
		"databaseId":          event(func(e eventView) any { return e.ID }),
		"createdAt":           event(func(e eventView) any { return e.At }),
		"actor":               event(func(e eventView) any { return e.item.repo.actor(e.Actor) }),
		"label":               event(eventLabel),
		"stateReason":         of(eventStateReason),
		"closer":              commit(func(e eventView) string { return e.OID }),
		"commit":              commit(func(e eventView) string { return e.OID }),
		"afterCommit":         commit(func(e eventView) string { return e.OID }),
		"beforeCommit":        commit(func(e eventView) string { return e.Before }),
		"mergeRefName":        event(func(e eventView) any { return e.item.baseRef() }),
		"assignee":            event(func(e eventView) any { return e.item.repo.actor(e.Who) }),
		"user":                event(func(e eventView) any { return userNode(e.item.repo.user(e.Who)) }),
		"requestedReviewer":   event(func(e eventView) any { return e.item.repo.reviewer(e.Who) }),
		"milestoneTitle":      event(func(e eventView) any { return e.Milestone }),
		"previousTitle":       event(func(e eventView) any { return e.From }),
		"currentTitle":        event(func(e eventView) any { return e.To }),
		"previousRefName":     event(func(e eventView) any { return e.From }),
		"currentRefName":      event(func(e eventView) any { return e.To }),
		"headRefName":         event(func(e eventView) any { return e.item.PR.HeadRef }),
		"reason":              event(func(e eventView) any { return orNil(e.Reason) }),
		"previousReviewState": event(func(e eventView) any { return e.State }),
		"review":              event(eventReview),
		"dismissalMessage":    event(func(e eventView) any { return orNil(e.Reason) }),
		"lockReason":          event(func(e eventView) any { return orNil(strings.ToUpper(e.Reason)) }),
		"enqueuer":            event(func(e eventView) any { return userNode(e.item.repo.user(e.Actor)) }),
		"enabler":             event(func(e eventView) any { return userNode(e.item.repo.user(e.Actor)) }),
		"disabler":            event(func(e eventView) any { return userNode(e.item.repo.user(e.Actor)) }),
		"fromRepository":      event(func(e eventView) any { return e.source().repository() }),
		"commitRepository":    event(func(e eventView) any { return node{"Repository", e.item.repo} }),
		"isCrossRepository":   always(false),
		"isDirectReference":   always(true),
	}
}

// eventStateReason gives duplicates as not planned where the schema does not know them.
func eventStateReason(c *call, e eventView) any {
	reason := strings.ToUpper(e.Reason)
	if reason == "DUPLICATE" && !c.engine.enums["IssueStateReason"][reason] {
		reason = "NOT_PLANNED"
	}
	return orNil(reason)
}

// eventSubjects resolves the many names for the item of an event, and what is unknown.
func eventSubjects() resolvers {
	all := fixed(nil, "ref mergeRef headRef mergeQueue discussion deletedCommentAuthor pullRequestCommit reasonCode "+
		"dismissalMessageHTML")
	for _, name := range []string{
		"closable", "labelable", "assignable", "subject", "pullRequest", "issue", "lockable", "subscribable",
	} {
		all[name] = of(func(_ *call, e eventView) any { return itemNode(e.item) })
	}
	return all
}

// eventLabel shows an event's label by its present name. A label that was deleted since
// is shown by its last one: the schema does not let it be null.
func eventLabel(e eventView) any {
	rv := e.item.repo
	if label := rv.Label(e.Label); label != nil {
		return node{"Label", &labelView{Label: label, repo: rv, name: label.NameAt(rv.now())}}
	}
	return nil
}

func eventReview(e eventView) any {
	if r := e.item.review(e.Review); r != nil {
		return node{"PullRequestReview", r}
	}
	return nil
}

// sourceView is the item that an event came from.
type sourceView struct {
	repo *repoView // nil: unknown
	item *itemView // nil: unknown or gone
}

func (e eventView) source() sourceView {
	if e.Source == nil {
		return sourceView{}
	}
	rv, _ := e.item.repo.view.repoByName(e.Source.Owner, e.Source.Repo)
	if rv == nil {
		return sourceView{}
	}
	return sourceView{rv, rv.item(e.Source.Number)}
}

func (s sourceView) repository() any {
	if s.repo == nil {
		return nil
	}
	return node{"Repository", s.repo}
}

// crossReference resolves what only a mention by another item has.
func crossReference() resolvers {
	return resolvers{
		"target":       of(func(_ *call, e eventView) any { return itemNode(e.item) }),
		"referencedAt": of(func(_ *call, e eventView) any { return e.At }),
		"source": of(func(_ *call, e eventView) any {
			if s := e.source(); s.item != nil {
				return itemNode(s.item)
			}
			return itemNode(e.item)
		}),
		"isCrossRepository": of(func(_ *call, e eventView) any {
			s := e.source()
			return s.repo != nil && s.repo.ID != e.item.repo.ID
		}),
		"willCloseTarget": of(func(_ *call, e eventView) any {
			s := e.source()
			return s.item != nil && slices.Contains(s.item.Closes, e.item.Number)
		}),
	}
}
