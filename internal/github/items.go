package github

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// list is a connection in an answer.
type list[T any] struct {
	TotalCount    int `json:"totalCount"`
	FilteredCount int `json:"filteredCount"`
	PageInfo      struct {
		HasNextPage bool   `json:"hasNextPage"`
		EndCursor   string `json:"endCursor"`
	} `json:"pageInfo"`
	Nodes []*T `json:"nodes"`
}

type count struct {
	TotalCount int `json:"totalCount"`
}

type rawCommit struct {
	Commit *struct {
		OID           string `json:"oid"`
		AuthoredDate  string `json:"authoredDate"`
		CommittedDate string `json:"committedDate"`
		Message       string `json:"message"`
	} `json:"commit"`
}

type rawClosing struct {
	Number     int `json:"number"`
	Repository *struct {
		Name  string `json:"name"`
		Owner struct {
			Login string `json:"login"`
		} `json:"owner"`
	} `json:"repository"`
}

// rawItem is an issue or a pull request in an answer. Fields of both that
// differ in their types have different names.
type rawItem struct {
	TypeName   string `json:"__typename"`
	ID         string `json:"id"`
	Number     int    `json:"number"`
	Repository *struct {
		DatabaseID int64 `json:"databaseId"`
	} `json:"repository"`
	CreatedAt model.Instant   `json:"createdAt"`
	UpdatedAt model.Instant   `json:"updatedAt"`
	ClosedAt  model.Instant   `json:"closedAt"`
	Body      string          `json:"body"`
	Author    *rawActor       `json:"author"`
	Labels    *list[rawLabel] `json:"labels"`

	IssueState    string          `json:"issueState"`
	StateReason   string          `json:"stateReason"`
	Comments      *count          `json:"comments"`
	IssueTimeline *list[rawEvent] `json:"issueTimeline"`

	PullState   string        `json:"pullState"`
	MergedAt    model.Instant `json:"mergedAt"`
	IsDraft     bool          `json:"isDraft"`
	MergedBy    *rawActor     `json:"mergedBy"`
	MergeCommit *struct {
		OID     string `json:"oid"`
		Message string `json:"message"`
	} `json:"mergeCommit"`
	BaseRefName   string            `json:"baseRefName"`
	HeadRefOID    string            `json:"headRefOid"`
	Additions     int64             `json:"additions"`
	Deletions     int64             `json:"deletions"`
	TotalComments int               `json:"totalCommentsCount"`
	Reviews       *count            `json:"reviews"`
	Closing       *list[rawClosing] `json:"closingIssuesReferences"`
	Commits       *list[rawCommit]  `json:"commits"`
	PullTimeline  *list[rawEvent]   `json:"pullTimeline"`
}

func (raw *rawItem) kind() model.Kind {
	switch {
	case raw.PullState != "":
		return model.PullRequest
	case raw.IssueState != "":
		return model.Issue
	}
	return 0
}

func (raw *rawItem) timeline() *list[rawEvent] {
	if raw.kind() == model.PullRequest {
		return raw.PullTimeline
	}
	return raw.IssueTimeline
}

// check refuses an item that lacks what every item has: GitHub gives such ones
// when it runs out of time.
func (raw *rawItem) check() *Error {
	timeline, commits := raw.timeline(), raw.Commits
	whole := raw.ID != "" && raw.Number > 0 && raw.CreatedAt != 0 && raw.UpdatedAt != 0 && raw.Labels != nil && timeline != nil
	switch state := raw.IssueState + raw.PullState; {
	case !whole, raw.kind() == model.PullRequest && (commits == nil || raw.Closing == nil || raw.Reviews == nil),
		raw.kind() == model.Issue && raw.Comments == nil,
		state == "MERGED" && raw.MergedAt == 0, state == "CLOSED" && raw.ClosedAt == 0:
		return failure(reasonPartial, "an item without its state, times or lists")
	case state != "OPEN" && state != "CLOSED" && state != "MERGED":
		return failure(reasonMalformed, "an item with the unknown state "+state)
	}
	return nil
}

// supply puts empty lists where the server knows none.
func (rd reader) supply(raw *rawItem) {
	if raw.Closing == nil && rd.dialect.lacks("PullRequest.closingIssuesReferences") {
		raw.Closing = &list[rawClosing]{}
	}
}

// sweepRow reads what a sweep shows of an item.
func (raw *rawItem) sweepRow() (SweepRow, *Error) {
	row := SweepRow{
		ItemID: ItemID{NodeID: raw.ID, Number: raw.Number, UpdatedAt: raw.UpdatedAt},
		State:  strings.ToLower(raw.IssueState + raw.PullState), Comments: raw.TotalComments,
	}
	switch {
	case raw.Number <= 0 || raw.UpdatedAt == 0 || raw.Comments == nil && raw.Reviews == nil:
		return row, failure(reasonPartial, "an item without its number, times or counts")
	case raw.Comments != nil:
		row.Comments = raw.Comments.TotalCount
	default:
		row.Reviews = raw.Reviews.TotalCount
	}
	return row, nil
}

// decoded is an item and what was found in reading it.
type decoded struct {
	item     model.Item
	overflow []Overflow
	dropped  map[string]int
}

func (d *decoded) drop(reason string) { d.dropped = dropOne(d.dropped, reason) }

// dropOne counts something that GitHub gave as null, or that is unknown.
func dropOne(dropped map[string]int, reason string) map[string]int {
	if dropped == nil {
		dropped = map[string]int{}
	}
	dropped[reason]++
	return dropped
}

// item turns an answer's item into a record. What is null in its lists is left
// out and counted; the rest counts.
func (rd reader) item(raw *rawItem, readAt model.Instant) (decoded, *Error) {
	rd.supply(raw)
	if e := raw.check(); e != nil {
		return decoded{}, e
	}
	d := decoded{item: model.Item{
		Number: raw.Number, Kind: raw.kind(), NodeID: raw.ID, Author: actor(raw.Author),
		CreatedAt: raw.CreatedAt, UpdatedAt: raw.UpdatedAt, ReadAt: readAt,
	}}
	if raw.kind() == model.PullRequest {
		rd.pull(raw, &d)
	} else {
		rd.issue(raw, &d)
	}
	if raw.IssueState+raw.PullState != "OPEN" {
		d.item.ClosedAt = raw.ClosedAt
	}
	d.item.Labels = d.labels(raw.Labels)
	d.more(Labels, raw.Labels.PageInfo.HasNextPage, "")
	d.timeline(rd, raw.timeline())
	return d, nil
}

func (rd reader) issue(raw *rawItem, d *decoded) {
	if raw.IssueState == "CLOSED" {
		d.item.Reason = strings.ToLower(raw.StateReason)
	}
	d.item.CommentCount = raw.Comments.TotalCount
	d.item.Mentions = rd.mentions(issueBody, raw.Body)
}

func (rd reader) pull(raw *rawItem, d *decoded) {
	it := &d.item
	it.Draft, it.BaseRef, it.HeadOID = raw.IsDraft, raw.BaseRefName, raw.HeadRefOID
	it.Additions, it.Deletions = raw.Additions, raw.Deletions
	it.CommentCount, it.ReviewCount, it.CommitCount = raw.TotalComments, raw.Reviews.TotalCount, raw.Commits.TotalCount
	it.Mentions = rd.mentions(pullBody, raw.Body)
	if raw.PullState == "MERGED" {
		it.MergedAt, it.MergedBy = raw.MergedAt, actor(raw.MergedBy)
		if raw.MergeCommit != nil {
			it.MergeOID = raw.MergeCommit.OID
			it.Mentions = appendMentions(it.Mentions, rd.mentions(commitMessage, raw.MergeCommit.Message))
		}
	}
	it.Closes = rd.closes(raw.Closing, d.drop)
	d.more(Closing, raw.Closing.PageInfo.HasNextPage, "")
	commits, mentions := rd.commits(raw.Commits, raw.HeadRefOID, d.drop)
	it.Commits, it.Mentions = commits, appendMentions(it.Mentions, mentions)
	d.more(Commits, raw.Commits.PageInfo.HasNextPage, raw.Commits.PageInfo.EndCursor)
}

// timeline takes the events of a page of an item's timeline.
func (d *decoded) timeline(rd reader, events *list[rawEvent]) {
	d.item.Events = rd.events(events, d.drop)
	d.item.TimelineCount = events.FilteredCount
	if events.PageInfo.HasNextPage {
		d.item.TimelineEnd = events.PageInfo.EndCursor
		d.more(Timeline, true, events.PageInfo.EndCursor)
	}
}

// more notes that a list goes on behind what was read.
func (d *decoded) more(connection Connection, more bool, after string) {
	if more {
		d.overflow = append(d.overflow, Overflow{
			Number: d.item.Number, Kind: d.item.Kind, NodeID: d.item.NodeID, Connection: connection, After: after,
		})
	}
}

func (d *decoded) labels(labels *list[rawLabel]) []model.Label { return readLabels(labels, d.drop) }

func readLabels(labels *list[rawLabel], drop func(string)) []model.Label {
	var out []model.Label
	for _, label := range labels.Nodes {
		if label == nil || label.ID == "" {
			drop("label")
			continue
		}
		out = append(out, model.Label(*label))
	}
	return out
}

func (rd reader) events(events *list[rawEvent], drop func(string)) []model.Event {
	var out []model.Event
	for _, raw := range events.Nodes {
		event, ok, dropped := rd.event(raw)
		switch {
		case ok:
			out = append(out, event)
		case dropped != "":
			drop(dropped)
		}
	}
	slices.SortStableFunc(out, func(a, b model.Event) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// commits takes a pull request's commits, and the facts that their messages state.
func (rd reader) commits(commits *list[rawCommit], head string, drop func(string)) (out []model.Commit, found []model.Mention) {
	for _, raw := range commits.Nodes {
		if raw == nil || raw.Commit == nil || raw.Commit.OID == "" {
			drop("commit")
			continue
		}
		authored, err := time.Parse(time.RFC3339, raw.Commit.AuthoredDate)
		committed, err2 := time.Parse(time.RFC3339, raw.Commit.CommittedDate)
		if err != nil || err2 != nil { // Git takes dates that no clock shows
			drop("commit_date")
			continue
		}
		out = append(out, model.Commit{
			OID: raw.Commit.OID, AuthoredAt: model.At(authored), CommittedAt: model.At(committed), Head: head,
		})
		found = appendMentions(found, rd.mentions(commitMessage, raw.Commit.Message))
	}
	return out, found
}

func (rd reader) closes(closing *list[rawClosing], drop func(string)) []model.ItemRef {
	var out []model.ItemRef
	for _, raw := range closing.Nodes {
		if raw == nil || raw.Repository == nil || raw.Number <= 0 {
			drop("closing")
			continue
		}
		out = append(out, rd.ref(raw.Repository.Owner.Login, raw.Repository.Name, raw.Number))
	}
	return out
}

func appendMentions(list, more []model.Mention) []model.Mention {
	for _, m := range more {
		list = appendMention(list, m)
	}
	return list
}
