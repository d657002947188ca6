package github_test

import (
	"fmt"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// life is what both sides know of an item, in a form that can be compared.
type life struct {
	Kind                      model.Kind
	Author                    model.Actor
	Created, Merged           int64
	Comments, Reviews, Events []string
	Commits                   []string
}

func actorOf(repo *githubtest.Repo, login string) model.Actor {
	for _, u := range repo.Users {
		if u.Login == login {
			name := login
			if u.Type == "Bot" {
				name = login[:len(login)-len("[bot]")]
			}
			return model.Actor{Login: name, Bot: u.Type == "Bot"}
		}
	}
	return model.Actor{}
}

var eventNames = map[githubtest.EventKind]model.EventKind{
	githubtest.Closed: model.Closed, githubtest.Reopened: model.Reopened, githubtest.Merged: model.Merged,
	githubtest.Labeled: model.Labeled, githubtest.Unlabeled: model.Unlabeled, githubtest.Milestoned: model.Milestoned,
	githubtest.Demilestoned: model.Demilestoned, githubtest.ReadyForReview: model.ReadyForReview,
	githubtest.ConvertToDraft: model.ConvertToDraft, githubtest.ReviewRequested: model.ReviewRequested,
	githubtest.ReviewRequestRemoved: model.ReviewRequestRemoved, githubtest.ReviewDismissed: model.ReviewDismissed,
	githubtest.HeadRefForcePushed: model.HeadRefForcePushed, githubtest.AddedToMergeQueue: model.AddedToMergeQueue,
	githubtest.RemovedFromMergeQueue: model.RemovedFromMergeQueue, githubtest.CommentDeleted: model.CommentDeleted,
}

// detail is what an event refers to, in the form of mirrored.
func detail(repo *githubtest.Repo, item *githubtest.Item, e githubtest.Event) string {
	var state model.ReviewState
	ref := ""
	switch e.Kind {
	case githubtest.Closed:
		if item.PR != nil {
			e.Reason = ""
		}
	case githubtest.RemovedFromMergeQueue:
		e.Reason = strings.ToLower(e.Reason)
	case githubtest.Merged:
		ref = item.PR.MergeOID
	case githubtest.HeadRefForcePushed:
		ref = e.Before
	case githubtest.ReviewRequested, githubtest.ReviewRequestRemoved:
		ref = e.Who
	case githubtest.Milestoned, githubtest.Demilestoned:
		ref = e.Milestone
	case githubtest.ReviewDismissed:
		e.Reason, ref = "", fmt.Sprintf("r%d", e.Review)
		state = map[string]model.ReviewState{
			"approved": model.Approved, "changes_requested": model.ChangesRequested,
			"commented": model.ReviewCommented,
		}[strings.ToLower(e.State)]
	}
	return fmt.Sprintf("%s%s%s%d", labelName(repo, e.Label), e.Reason, ref, state)
}

// labelName gives a label's name in the end, by its first one.
func labelName(repo *githubtest.Repo, name string) string {
	for _, label := range repo.Labels {
		if label.Name == name && len(label.Renames) > 0 {
			return label.Renames[len(label.Renames)-1].Name
		}
	}
	return name
}

// truth is an item's life as the dataset has it.
func truth(repo *githubtest.Repo, item *githubtest.Item) life {
	l := life{Kind: model.Issue, Author: actorOf(repo, item.Author), Created: int64(item.CreatedAt)}
	for _, c := range item.Comments {
		if c.DeletedAt == 0 {
			l.Comments = append(l.Comments, fmt.Sprintf("c%d %d %v", c.ID, c.CreatedAt, actorOf(repo, c.Author)))
		}
	}
	for _, e := range item.Events {
		if kind := eventNames[e.Kind]; kind != 0 {
			l.Events = append(l.Events, fmt.Sprintf("%d %d %v %s", kind, e.At, actorOf(repo, e.Actor), detail(repo, item, e)))
		}
		if e.Kind == githubtest.Merged {
			l.Merged = int64(e.At)
		}
	}
	if item.PR == nil {
		return l
	}
	l.Kind = model.PullRequest
	for _, r := range item.PR.Reviews {
		state := r.State
		if r.DismissedAt != 0 {
			state = "DISMISSED"
		}
		l.Reviews = append(l.Reviews, fmt.Sprintf("r%d %d %s", r.ID, r.SubmittedAt, map[string]string{
			"APPROVED": "approved", "CHANGES_REQUESTED": "changes_requested", "COMMENTED": "commented", "DISMISSED": "dismissed",
		}[state]))
	}
	for _, c := range item.PR.Commits {
		if c.RemovedAt == 0 {
			l.Commits = append(l.Commits, c.OID)
		}
	}
	return l
}

// mirrored is an item's life as the client read it.
func mirrored(item *model.Item) life {
	l := life{Kind: item.Kind, Author: item.Author, Created: int64(item.CreatedAt), Merged: int64(item.MergedAt)}
	for _, e := range item.Events {
		switch e.Kind {
		case model.Commented:
			l.Comments = append(l.Comments, fmt.Sprintf("%s %d %v", e.ID, e.At.Time().Unix(), e.Actor))
		case model.Reviewed:
			l.Reviews = append(l.Reviews, fmt.Sprintf("%s %d %s", e.ID, e.At.Time().Unix(), e.State))
		default:
			l.Events = append(l.Events, fmt.Sprintf("%d %d %v %s%s%s%d", e.Kind, e.At.Time().Unix(), e.Actor, e.Label.Name, e.Reason, e.Ref, e.State))
		}
	}
	for _, c := range item.Commits {
		l.Commits = append(l.Commits, c.OID)
	}
	return l
}
