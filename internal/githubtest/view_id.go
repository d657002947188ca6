package githubtest

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"sync"
)

// id gives an object's node id: the one that the dataset states, which may be of the
// older form, unless the caller wants new ones.
func (v *view) id(stated, prefix string, ids ...int64) string {
	if stated != "" && !v.newIDs {
		return stated
	}
	return GlobalID(prefix, ids...)
}

// nodeID gives the repository's node id.
func (rv *repoView) nodeID() string { return rv.view.id(rv.NodeID, "R", rv.ID) }

// nodeID gives the item's node id.
func (iv *itemView) nodeID() string {
	prefix := "I"
	if iv.isPull() {
		prefix = "PR"
	}
	return iv.repo.id(iv.NodeID, prefix, iv.ID)
}

// id gives the node id of something within the repository.
func (rv *repoView) id(stated, prefix string, id int64) string {
	return rv.view.id(stated, prefix, rv.ID, id)
}

// nodeIDs of the other views, by the prefixes that GitHub has for their types.
func (l *labelView) nodeID() string          { return l.repo.id(l.NodeID, "LA", l.ID) }
func (cv *commentView) nodeID() string       { return cv.item.repo.id(cv.NodeID, "IC", cv.ID) }
func (rv *reviewView) nodeID() string        { return rv.item.repo.id(rv.NodeID, "PRR", rv.ID) }
func (cv *reviewCommentView) nodeID() string { return cv.review.item.repo.id(cv.NodeID, "PRRC", cv.ID) }
func (d *deploymentView) nodeID() string     { return d.repo.id(d.NodeID, "DE", d.ID) }
func (r *runView) nodeID() string            { return r.repo.id(r.NodeID, "WFR", r.ID) }
func (j *jobView) nodeID() string            { return j.run.repo.id(j.NodeID, "CR", j.ID) }

// suiteID gives the id of the run's check suite, the run's own where the dataset has none.
func (r *runView) suiteID() int64 {
	if r.CheckSuite != 0 {
		return r.CheckSuite
	}
	return r.ID
}

// suiteNodeID gives the node id of the run's check suite, which REST calls check_suite_node_id.
func (r *runView) suiteNodeID() string { return GlobalID("CS", r.repo.ID, r.suiteID()) }

// threadNodeID gives the node id of a review thread, which is that of its first comment
// with another prefix.
func (t *threadView) nodeID() string {
	first := t.comments[0]
	return GlobalID("PRRT", first.review.item.repo.ID, first.ID)
}

// userNodeID gives the node id of an account.
func (v *view) userNodeID(u *User) string {
	prefix := map[string]string{"Bot": "BOT", "Organization": "O", "Mannequin": "M"}[u.Type]
	if prefix == "" {
		prefix = "U"
	}
	return v.id(u.NodeID, prefix, u.ID)
}

// eventPrefixes are those of the node ids of events.
var eventPrefixes = map[EventKind]string{
	Closed: "CE", Reopened: "REE", Merged: "ME", Labeled: "LE", Unlabeled: "UNLE", Assigned: "AE",
	Unassigned: "UNAE", Milestoned: "MIE", Demilestoned: "DEMIE", Renamed: "RTE", Referenced: "REFE",
	CrossReferenced: "CRE", Locked: "LOE", Unlocked: "UNLOE", Mentioned: "MENE", Subscribed: "SE",
	Transferred: "TRE", ConvertedToDiscussion: "CTDE", CommentDeleted: "CDE", ReadyForReview: "RFRE",
	ConvertToDraft: "COTDE", ReviewRequested: "RRE", ReviewRequestRemoved: "RRRE", ReviewDismissed: "RDE",
	HeadRefForcePushed: "HRFPE", HeadRefDeleted: "HRDE", HeadRefRestored: "HRRE", BaseRefChanged: "BRCE",
	AddedToMergeQueue: "ATMQE", RemovedFromMergeQueue: "RFMQE", AutoMergeEnabled: "AMEE", AutoMergeDisabled: "AMDE",
}

// eventNodeID gives the node id of an event of an item.
func (rv *repoView) eventNodeID(e *Event) string { return GlobalID(eventPrefixes[e.Kind], rv.ID, e.ID) }

// nameID gives the node id of something that a repository knows by a name.
func nameID(prefix string, repository int64, name string) string {
	return prefix + strings.TrimPrefix(CommitGlobalID(repository, name), "C")
}

// parsedID is a node id taken apart.
type parsedID struct {
	prefix string  // as new ids have it
	ids    []int64 // of new ids the repository's first, except of accounts and repositories
	name   string  // of commits, tags and refs
	old    bool    // ids has no repository
}

// legacyPrefixes are the prefixes of new ids by the types that old ones name.
var legacyPrefixes = map[string]string{
	"Repository": "R", "Issue": "I", "PullRequest": "PR", "IssueComment": "IC", "PullRequestReview": "PRR",
	"PullRequestReviewComment": "PRRC", "Label": "LA", "Milestone": "MI", "User": "U", "Organization": "O",
	"Bot": "BOT", "Release": "RE", "Deployment": "DE", "CheckSuite": "CS", "CheckRun": "CR", "WorkflowRun": "WFR",
	"Mannequin": "M",
}

// parseID takes a node id of either form apart.
func parseID(id string) (parsedID, bool) {
	if prefix, packed, ok := strings.Cut(id, "_"); ok {
		return parseNewID(prefix, packed)
	}
	data, err := base64.StdEncoding.DecodeString(id)
	if err != nil {
		return parsedID{}, false
	}
	_, rest, ok := strings.Cut(string(data), ":")
	end := strings.IndexAny(rest, "0123456789")
	if !ok || end < 0 {
		return parsedID{}, false
	}
	n, err := strconv.ParseInt(rest[end:], 10, 64)
	prefix := legacyPrefixes[rest[:end]]
	return parsedID{prefix: prefix, ids: []int64{n}, old: true}, err == nil && prefix != ""
}

func parseNewID(prefix, packed string) (parsedID, bool) {
	data, err := base64.RawURLEncoding.DecodeString(packed)
	if err != nil || len(data) < 2 || data[0]&0xf0 != 0x90 || data[1] != 0 {
		return parsedID{}, false
	}
	out, n := parsedID{prefix: prefix}, int(data[0]&0xf)
	data = data[2:]
	for range n - 1 {
		number, text, rest, ok := unpack(data)
		if !ok {
			return parsedID{}, false
		}
		if text != "" {
			out.name = text
		} else {
			out.ids = append(out.ids, number)
		}
		data = rest
	}
	return out, len(data) == 0 && len(out.ids) > 0
}

// unpack takes one MessagePack number or string from data.
func unpack(data []byte) (number int64, text string, rest []byte, ok bool) {
	if len(data) == 0 {
		return 0, "", nil, false
	}
	head, data := data[0], data[1:]
	if head < 0x80 {
		return int64(head), "", data, true
	}
	size := map[byte]int{0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8, 0xda: 2}[head]
	if size == 0 || len(data) < size {
		return 0, "", nil, false
	}
	var wide [8]byte
	copy(wide[8-size:], data[:size])
	n := binary.BigEndian.Uint64(wide[:])
	data = data[size:]
	if head != 0xda {
		return int64(n), "", data, true
	}
	if uint64(len(data)) < n || n == 0 {
		return 0, "", nil, false
	}
	return 0, string(data[:n]), data[n:], true
}

// idIndex finds the items that things with ids belong to. Items themselves are looked up
// far more often than their parts, of which there may be millions.
type idIndex struct {
	itemsOnce, partsOnce sync.Once
	items, parts         map[idKey]*Item
}

// idKey is the prefix of a node id and the id.
type idKey struct {
	prefix string
	id     int64
}

// ownerOf gives the item that a thing belongs to, or that it is; nil if there is none.
func (r *repository) ownerOf(prefix string, id int64) *Item {
	x, key := &r.lists().ids, idKey{prefix, id}
	if prefix == "I" || prefix == "PR" {
		x.itemsOnce.Do(func() { x.items = itemsByID(r.Repo) })
		return x.items[key]
	}
	x.partsOnce.Do(func() { x.parts = ownersByPart(r.Repo) })
	return x.parts[key]
}

func itemsByID(repo *Repo) map[idKey]*Item {
	items := make(map[idKey]*Item, len(repo.Items))
	for _, item := range repo.Items {
		prefix := "I"
		if item.PR != nil {
			prefix = "PR"
		}
		items[idKey{prefix, item.ID}] = item
	}
	return items
}

func ownersByPart(repo *Repo) map[idKey]*Item {
	owners := map[idKey]*Item{}
	for _, item := range repo.Items {
		for i := range item.Comments {
			owners[idKey{"IC", item.Comments[i].ID}] = item
		}
		for i := range item.Events {
			owners[idKey{eventPrefixes[item.Events[i].Kind], item.Events[i].ID}] = item
		}
		if item.PR == nil {
			continue
		}
		for i := range item.PR.Reviews {
			owners[idKey{"PRR", item.PR.Reviews[i].ID}] = item
			for _, c := range item.PR.Reviews[i].Comments {
				owners[idKey{"PRRC", c.ID}], owners[idKey{"PRRT", c.ID}] = item, item
			}
		}
	}
	return owners
}
