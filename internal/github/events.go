package github

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// eventType is a kind of timeline item that is read.
type eventType struct {
	kind     model.EventKind
	typeName string
	itemType string // as the argument itemTypes names it
	of       []model.Kind
}

var (
	both  = []model.Kind{model.Issue, model.PullRequest}
	pulls = []model.Kind{model.PullRequest}
)

// eventTypes are the timeline items that are read.
var eventTypes = []eventType{
	{model.Commented, "IssueComment", "ISSUE_COMMENT", both},
	{model.Reviewed, "PullRequestReview", "PULL_REQUEST_REVIEW", pulls},
	{model.Labeled, "LabeledEvent", "LABELED_EVENT", both},
	{model.Unlabeled, "UnlabeledEvent", "UNLABELED_EVENT", both},
	{model.Closed, "ClosedEvent", "CLOSED_EVENT", both},
	{model.Reopened, "ReopenedEvent", "REOPENED_EVENT", both},
	{model.Merged, "MergedEvent", "MERGED_EVENT", pulls},
	{model.ReadyForReview, "ReadyForReviewEvent", "READY_FOR_REVIEW_EVENT", pulls},
	{model.ConvertToDraft, "ConvertToDraftEvent", "CONVERT_TO_DRAFT_EVENT", pulls},
	{model.ReviewRequested, "ReviewRequestedEvent", "REVIEW_REQUESTED_EVENT", pulls},
	{model.ReviewRequestRemoved, "ReviewRequestRemovedEvent", "REVIEW_REQUEST_REMOVED_EVENT", pulls},
	{model.ReviewDismissed, "ReviewDismissedEvent", "REVIEW_DISMISSED_EVENT", pulls},
	{model.HeadRefForcePushed, "HeadRefForcePushedEvent", "HEAD_REF_FORCE_PUSHED_EVENT", pulls},
	{model.AddedToMergeQueue, "AddedToMergeQueueEvent", "ADDED_TO_MERGE_QUEUE_EVENT", pulls},
	{model.RemovedFromMergeQueue, "RemovedFromMergeQueueEvent", "REMOVED_FROM_MERGE_QUEUE_EVENT", pulls},
	{model.Transferred, "TransferredEvent", "TRANSFERRED_EVENT", []model.Kind{model.Issue}},
	{model.ConvertedToDiscussion, "ConvertedToDiscussionEvent", "CONVERTED_TO_DISCUSSION_EVENT", []model.Kind{model.Issue}},
	{model.CommentDeleted, "CommentDeletedEvent", "COMMENT_DELETED_EVENT", both},
	{model.Milestoned, "MilestonedEvent", "MILESTONED_EVENT", both},
	{model.Demilestoned, "DemilestonedEvent", "DEMILESTONED_EVENT", both},
}

// itemTypes gives the argument itemTypes for a kind of item.
func itemTypes(kind model.Kind) []string {
	var types []string
	for _, t := range eventTypes {
		if slices.Contains(t.of, kind) {
			types = append(types, t.itemType)
		}
	}
	return types
}

// eventKinds gives the kinds of events by GraphQL's type.
var eventKinds = func() map[string]model.EventKind {
	kinds := map[string]model.EventKind{}
	for _, t := range eventTypes {
		kinds[t.typeName] = t.kind
	}
	return kinds
}()

// rawActor is an account in an answer; nil where it was deleted.
type rawActor struct {
	TypeName string `json:"__typename"`
	Login    string `json:"login"`
}

// actor normalises an account. REST and webhooks call a bot "dependabot[bot]"
// where GraphQL calls it "dependabot", and a deleted account "ghost".
func actor(raw *rawActor) model.Actor {
	if raw == nil || raw.Login == "" || raw.Login == "ghost" {
		return model.Actor{}
	}
	login, suffixed := strings.CutSuffix(raw.Login, "[bot]")
	return model.Actor{Login: login, Bot: suffixed || raw.TypeName == "Bot"}
}

// rawEvent is a timeline item in an answer, with the fields of all types.
type rawEvent struct {
	rawID
	TypeName          string        `json:"__typename"`
	ID                string        `json:"id"`
	CreatedAt         model.Instant `json:"createdAt"`
	UpdatedAt         model.Instant `json:"updatedAt"`
	SubmittedAt       model.Instant `json:"submittedAt"`
	Author            *rawActor     `json:"author"`
	Actor             *rawActor     `json:"actor"`
	Body              string        `json:"body"`
	ReviewState       string        `json:"reviewState"`
	PreviousState     string        `json:"previousReviewState"`
	CloseReason       string        `json:"closeReason"`
	QueueReason       string        `json:"queueReason"`
	MilestoneTitle    string        `json:"milestoneTitle"`
	Label             *rawLabel     `json:"label"`
	Commit            *rawOID       `json:"commit"`
	BeforeCommit      *rawOID       `json:"beforeCommit"`
	RequestedReviewer *struct {
		rawActor
		Slug string `json:"slug"`
	} `json:"requestedReviewer"`
	Review *rawID `json:"review"`
}

type rawOID struct {
	OID string `json:"oid"`
}

type rawLabel struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// reviewStates are GitHub's states of reviews but PENDING, which only its author sees.
var reviewStates = map[string]model.ReviewState{
	"APPROVED": model.Approved, "CHANGES_REQUESTED": model.ChangesRequested,
	"COMMENTED": model.ReviewCommented, "DISMISSED": model.Dismissed,
}

// event turns a timeline item into an event. It gives why there is none, or
// "" and no event for what does not count.
func (rd reader) event(raw *rawEvent) (event model.Event, ok bool, dropped string) {
	if raw == nil {
		return event, false, "event"
	}
	event = model.Event{ID: raw.ID, Kind: eventKinds[raw.TypeName], At: raw.CreatedAt, Actor: actor(raw.Actor)}
	switch event.Kind {
	case model.Commented:
		event = rd.comment(raw)
	case model.Reviewed:
		if raw.ReviewState == "PENDING" {
			return event, false, ""
		}
		event.ID, event.At, event.Actor = raw.databaseID("r"), raw.SubmittedAt, actor(raw.Author)
		event.State, event.UpdatedAt = reviewStates[raw.ReviewState], raw.UpdatedAt
		if event.State == 0 {
			return event, false, "review_state"
		}
	case model.Labeled, model.Unlabeled:
		if raw.Label == nil || raw.Label.ID == "" {
			return event, false, "label"
		}
		event.Label = model.Label(*raw.Label)
	default:
		raw.detail(&event)
	}
	if event.Kind == 0 || event.ID == "" || event.At == 0 {
		return event, false, "event"
	}
	return event, true, ""
}

// comment turns a comment of a timeline into an event.
func (rd reader) comment(raw *rawEvent) model.Event {
	return model.Event{
		ID: raw.databaseID("c"), Kind: model.Commented, At: raw.CreatedAt, Actor: actor(raw.Author),
		UpdatedAt: raw.UpdatedAt, Text: rd.comments.keep(raw.Body), Mentions: rd.mentions(commentBody, raw.Body),
	}
}

// detail fills in what an event refers to, as far as GitHub still has it.
func (raw *rawEvent) detail(event *model.Event) {
	switch event.Kind {
	case model.Closed:
		event.Reason = strings.ToLower(raw.CloseReason)
	case model.RemovedFromMergeQueue:
		event.Reason = strings.ToLower(raw.QueueReason)
	case model.Merged:
		event.Ref = raw.Commit.oid()
	case model.HeadRefForcePushed:
		event.Ref = raw.BeforeCommit.oid()
	case model.Milestoned, model.Demilestoned:
		event.Ref = raw.MilestoneTitle
	case model.ReviewRequested, model.ReviewRequestRemoved:
		event.Ref = raw.reviewer()
	case model.ReviewDismissed:
		event.State = reviewStates[raw.PreviousState]
		if raw.Review != nil {
			event.Ref = raw.Review.databaseID("r")
		}
	}
}

// reviewer names who was asked for a review; "" where that is not to be seen.
func (raw *rawEvent) reviewer() string {
	switch r := raw.RequestedReviewer; {
	case r == nil:
		return ""
	case r.Slug != "":
		return "team:" + r.Slug
	default:
		return actor(&r.rawActor).Login
	}
}

func (raw *rawOID) oid() string {
	if raw == nil {
		return ""
	}
	return raw.OID
}

// rawID is the database id of what REST knows by one. The full one is a string
// in GraphQL, since it need not fit its integers, and the other is deprecated;
// either may be null: https://docs.github.com/graphql/reference/scalars#bigint
type rawID struct {
	FullDatabaseID json.Number `json:"fullDatabaseId"`
	DatabaseID     json.Number `json:"databaseId"`
}

// databaseID makes an event's id of a database id; "" of none.
func (raw rawID) databaseID(prefix string) string {
	id := cmp.Or(raw.FullDatabaseID, raw.DatabaseID)
	if id == "" {
		return ""
	}
	return prefix + id.String()
}
