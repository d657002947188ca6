package github

import "strings"

// schemaCodes are GitHub's words for what is wrong with a document that asks
// for what the server does not have:
// https://github.com/rmosolgo/graphql-ruby/tree/master/lib/graphql/static_validation/rules
var schemaCodes = []string{
	"undefinedField", "argumentNotAccepted", "undefinedArgument", "undefinedType", "cannotSpreadFragment",
	"variableRequiresValidType", "argumentLiteralsIncompatible",
}

// schemaTexts say the same where an old server sends no codes.
var schemaTexts = []string{
	"doesn't exist on type", "doesn't accept argument", "no such type", "isn't a defined input type", "can't be spread inside",
}

// What a server's schema may lack. A field of an old GitHub Enterprise Server
// that is not here stops the mirror, with an error that names it: records that
// lack it would be wrong, not poor.

// dispensableFields are fields and arguments whose absence makes a record no
// worse than one of which GitHub does not know them, or says null.
var dispensableFields = nameList(`
	Query.rateLimit
	RateLimit.cost RateLimit.used RateLimit.nodeCount

	Repository.visibility Repository.isArchived Repository.isDisabled
	Repository.stargazerCount Repository.forkCount Repository.diskUsage

	Issue.stateReason Issue.stateReason(enableDuplicate) Issue.body
	ClosedEvent.stateReason

	PullRequest.isDraft PullRequest.body PullRequest.mergedBy PullRequest.mergeCommit
	PullRequest.additions PullRequest.deletions
	PullRequest.totalCommentsCount PullRequest.closingIssuesReferences

	IssueTimelineItemsConnection.filteredCount PullRequestTimelineItemsConnection.filteredCount
	MergedEvent.commit HeadRefForcePushedEvent.beforeCommit RemovedFromMergeQueueEvent.reason
	ReviewDismissedEvent.previousReviewState ReviewDismissedEvent.review
	MilestonedEvent.milestoneTitle DemilestonedEvent.milestoneTitle
	Commit.message

	RequestedReviewer.Bot RequestedReviewer.Mannequin RequestedReviewer.Team Mannequin
`)

// dispensableEvents are the types of events that tell of what a server without
// them does not do either, or that say no more than the item itself.
var dispensableEvents = nameList(`
	ReadyForReviewEvent ConvertToDraftEvent ReviewDismissedEvent HeadRefForcePushedEvent
	AddedToMergeQueueEvent RemovedFromMergeQueueEvent
	TransferredEvent ConvertedToDiscussionEvent CommentDeletedEvent MilestonedEvent DemilestonedEvent
`)

// either gives the field that stands in for another: one of both is enough.
var either = map[string]string{
	"IssueComment.fullDatabaseId":      "IssueComment.databaseId",
	"IssueComment.databaseId":          "IssueComment.fullDatabaseId",
	"PullRequestReview.fullDatabaseId": "PullRequestReview.databaseId",
	"PullRequestReview.databaseId":     "PullRequestReview.fullDatabaseId",
}

// substitutes are asked for in place of what is missing.
var substitutes = map[string]string{"Repository.visibility": "isPrivate"}

func nameList(text string) map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(text) {
		set[name] = true
	}
	return set
}

// dispensable reports whether the mirror can do without something that the
// schema lacks: Type, Type.field, Type.field(argument), Enum.VALUE, Union.Member.
func (s *serverSchema) dispensable(name string) bool {
	if other, ok := either[name]; ok {
		typ, field, _ := strings.Cut(other, ".")
		return s.has(typ, field)
	}
	if dispensableFields[name] || dispensableEvents[name] {
		return true
	}
	typ, member, _ := strings.Cut(name, ".")
	if typ == "Node" { // an event that is no node cannot be told from another
		return dispensableEvents[member]
	}
	for _, e := range eventTypes {
		if dispensableEvents[e.typeName] && e.itemType == member && strings.HasSuffix(typ, "TimelineItemsItemType") {
			return true
		}
	}
	return false
}

// typeOfItem gives the type of the events that a value of itemTypes asks for;
// "" if it is none of ours.
func typeOfItem(itemType string) string {
	for _, e := range eventTypes {
		if e.itemType == itemType {
			return e.typeName
		}
	}
	return ""
}
