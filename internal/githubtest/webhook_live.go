package githubtest

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// happening is something that GitHub tells webhooks of.
type happening struct {
	at Time
	HookEvent
}

// Follow tells a webhook of what happens from now on, until ctx ends. As with
// GitHub, a delivery that fails is not repeated.
func (s *Server) Follow(ctx context.Context, hook Hook) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for _, h := range s.happenings(TimeOf(s.clock())) {
		timer.Reset(h.at.Time().Sub(s.clock()))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			_, _ = s.Deliver(ctx, hook, h.HookEvent) // the receiver tells what it takes
		}
	}
}

// happenings are those after an instant, in their order.
func (s *Server) happenings(from Time) []happening {
	var out []happening
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	for _, r := range s.world.repos {
		tell := func(at Time, event, action string, item int, payload fields) {
			if at > from {
				out = append(out, happening{at, HookEvent{Event: event, Action: action, Repository: r.ID, Item: item, Fields: payload}})
			}
		}
		for _, it := range r.Items {
			it.happenings(tell)
		}
		r.deliveries(tell)
	}
	slices.SortStableFunc(out, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
	return out
}

// told are the actions of issues and pull_request that GitHub's webhooks know,
// where they are not called as the timeline's events are.
var told = map[EventKind]string{
	Merged: "closed", ConvertToDraft: "converted_to_draft", AddedToMergeQueue: "enqueued", RemovedFromMergeQueue: "dequeued",
	HeadRefForcePushed: "synchronize", Renamed: "edited", BaseRefChanged: "edited",
}

// untold are events of the timeline that no webhook tells of.
var untold = []EventKind{Referenced, CrossReferenced, Mentioned, Subscribed, CommentDeleted, ReviewDismissed, HeadRefDeleted, HeadRefRestored}

func (it *Item) happenings(tell func(at Time, event, action string, item int, payload fields)) {
	event := "issues"
	if it.PR != nil {
		event = "pull_request"
		for _, review := range it.PR.Reviews {
			tell(review.SubmittedAt, "pull_request_review", "submitted", it.Number, nil)
			tell(review.DismissedAt, "pull_request_review", "dismissed", it.Number, nil)
		}
	}
	tell(it.CreatedAt, event, "opened", it.Number, nil)
	for _, c := range it.Comments {
		tell(c.CreatedAt, "issue_comment", "created", it.Number, nil)
	}
	for _, e := range it.Events {
		if !slices.Contains(untold, e.Kind) {
			tell(e.At, event, cmp.Or(told[e.Kind], string(e.Kind)), it.Number, nil)
		}
	}
}

// deliveries are what happens to a repository's deployments, releases and runs.
func (r *repository) deliveries(tell func(at Time, event, action string, item int, payload fields)) {
	for _, d := range r.Deployments {
		for _, status := range d.Statuses {
			tell(status.At, "deployment_status", "created", 0, fields{"deployment_status": fields{"state": status.State}})
		}
	}
	for _, release := range r.Releases {
		tell(release.PublishedAt, "release", "published", 0, fields{"release": fields{"tag_name": release.Tag}})
	}
	for _, run := range r.Runs {
		for i, attempt := range run.Attempts {
			payload := fields{"workflow_run": fields{"id": run.ID, "head_branch": run.Branch, "event": run.Event, "run_attempt": i + 1}}
			tell(attempt.CompletedAt, "workflow_run", "completed", 0, payload)
		}
	}
}
