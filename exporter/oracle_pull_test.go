package exporter

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// reviews gives those that are submitted when the first sync reads.
func (o *oracle) reviews(it *githubtest.Item) []githubtest.Review {
	var there []githubtest.Review
	if it.PR != nil {
		for _, r := range it.PR.Reviews {
			if r.SubmittedAt <= o.seen {
				there = append(there, r)
			}
		}
	}
	return there
}

// lines gives the comments of a review that are there when the first sync reads.
func (o *oracle) lines(r githubtest.Review) []githubtest.ReviewComment {
	var there []githubtest.ReviewComment
	for _, c := range r.Comments {
		if c.CreatedAt <= o.seen && !c.DeletedAt.By(o.seen) {
			there = append(there, c)
		}
	}
	return there
}

// draftEvents gives the pull request's changes between draft and ready.
func (o *oracle) draftEvents(it *githubtest.Item) []githubtest.Event {
	var events []githubtest.Event
	for _, e := range it.Events {
		if e.At <= o.seen && (e.Kind == githubtest.ReadyForReview || e.Kind == githubtest.ConvertToDraft) {
			events = append(events, e)
		}
	}
	return events
}

// reviewable gives r: when reviewers could start. 0: they never could.
func (o *oracle) reviewable(it *githubtest.Item) githubtest.Time {
	if !it.PR.Draft {
		return it.CreatedAt
	}
	for _, e := range o.draftEvents(it) {
		if e.Kind == githubtest.ReadyForReview {
			return e.At
		}
	}
	return 0
}

// draft tells whether the pull request is a draft at the instant.
func (o *oracle) draft(it *githubtest.Item) bool {
	draft := it.PR.Draft
	for _, e := range o.draftEvents(it) {
		if e.At <= o.at {
			draft = e.Kind == githubtest.ConvertToDraft
		}
	}
	return draft
}

// counting gives the reviews that f, a1 and aL choose from: by a human who is
// not the author, at or after r.
func (o *oracle) counting(it *githubtest.Item) []githubtest.Review {
	r := o.reviewable(it)
	var counting []githubtest.Review
	for _, review := range o.reviews(it) {
		if r != 0 && review.SubmittedAt >= r && o.outsider(it, review.Author) {
			counting = append(counting, review)
		}
	}
	return counting
}

// firstReview gives f, or a1 if it must approve; 0: there is none.
func (o *oracle) firstReview(it *githubtest.Item, approving bool) githubtest.Time {
	m := o.mergedAt(it)
	var first githubtest.Time
	for _, review := range o.counting(it) {
		at := review.SubmittedAt
		if (m == 0 || at <= m) && (!approving || review.State == "APPROVED") && (first == 0 || at < first) {
			first = at
		}
	}
	return first
}

// lastApproval gives aL of a merged pull request; 0: there is none.
func (o *oracle) lastApproval(it *githubtest.Item) githubtest.Time {
	m := o.mergedAt(it)
	var last githubtest.Time
	for _, review := range o.counting(it) {
		dismissed := review.DismissedAt != 0 && review.DismissedAt < m
		if review.State == "APPROVED" && review.SubmittedAt < m && !dismissed {
			last = max(last, review.SubmittedAt)
		}
	}
	return last
}

func (o *oracle) pull(it *githubtest.Item) {
	kind := o.kind(it.Author)
	o.count("pull_requests", 1, "state", o.state(it))
	if o.state(it) == "open" && o.draft(it) {
		o.count("pull_requests_draft", 1)
	}
	o.happened(it.CreatedAt, "pull_requests_opened_total", "author_kind", kind)
	for _, turn := range o.turns(it) {
		family := map[githubtest.EventKind]string{
			githubtest.Closed: "closed", githubtest.Reopened: "reopened", githubtest.Merged: "merged",
		}[turn.to]
		o.happened(turn.at, "pull_requests_"+family+"_total", "author_kind", kind)
	}
	o.happened(o.revertedAt(it), "pull_requests_reverted_total", "author_kind", kind)
	if !o.reviewedBeforeMerge(it) {
		o.happened(o.mergedAt(it), "pull_requests_merged_unreviewed_total", "author_kind", kind)
	}
	o.said(it)
	if kind == "human" {
		o.pullDurations(it)
		o.pullSizes(it)
	}
}

func (o *oracle) reviewedBeforeMerge(it *githubtest.Item) bool {
	return slices.ContainsFunc(o.reviews(it), func(r githubtest.Review) bool {
		return r.SubmittedAt <= o.mergedAt(it) && o.outsider(it, r.Author)
	})
}

// said counts reviews, dismissals and comments by the kind of who wrote them.
func (o *oracle) said(it *githubtest.Item) {
	for _, c := range o.comments(it) {
		o.happened(c.CreatedAt, "pull_request_comments_total", "author_kind", o.kind(c.Author), "kind", "conversation")
	}
	for _, r := range o.reviews(it) {
		kind := o.kind(r.Author)
		o.happened(r.SubmittedAt, "pull_request_reviews_total", "author_kind", kind, "state", strings.ToLower(r.State))
		if r.DismissedAt <= o.seen {
			o.happened(r.DismissedAt, "pull_request_reviews_total", "author_kind", kind, "state", "dismissed")
		}
		for _, c := range o.lines(r) {
			visible := max(c.CreatedAt, r.SubmittedAt)
			o.happened(visible, "pull_request_comments_total", "author_kind", kind, "kind", "review")
		}
	}
}

func (o *oracle) pullDurations(it *githubtest.Item) {
	r := o.reviewable(it)
	o.spans("pull_request_first_response_seconds", r, o.firstResponse(it, r))
	o.spans("pull_request_first_review_seconds", r, o.firstReview(it, false))
	o.spans("pull_request_first_approval_seconds", r, o.firstReview(it, true))
	o.spans("pull_request_merge_seconds", r, o.mergedAt(it))
	for _, turn := range o.turns(it) {
		if turn.to == githubtest.Closed {
			o.spans("pull_request_close_seconds", r, turn.at)
		}
	}
	if o.state(it) == "open" && !o.draft(it) {
		o.opens("pull_request", "pull_requests", r)
	}
}

// pullSizes states what is observed at the merge.
func (o *oracle) pullSizes(it *githubtest.Item) {
	m := o.mergedAt(it)
	if m == 0 {
		return
	}
	o.observes("pull_request_size_lines", m, float64(it.PR.Additions+it.PR.Deletions))
	if n := len(o.commits(it)); n > 0 {
		o.observes("pull_request_commits", m, float64(n))
	}
	if o.lastApproval(it) != 0 {
		o.observes("pull_request_review_rounds", m, float64(o.rounds(it)))
	}
}

// commits gives the pull request's commits that no force-push removed.
func (o *oracle) commits(it *githubtest.Item) []*githubtest.Commit {
	var there []*githubtest.Commit
	for _, c := range it.PR.Commits {
		if c.PushedAt <= o.seen && !c.RemovedAt.By(o.seen) {
			there = append(there, o.repo.Commit(c.OID))
		}
	}
	return there
}

// rounds counts how often a blocking review was followed by a push, between f and aL.
func (o *oracle) rounds(it *githubtest.Item) int {
	from, to := o.firstReview(it, false), o.lastApproval(it)
	type mark struct {
		at   githubtest.Time
		push bool
	}
	var marks []mark
	add := func(at githubtest.Time, push bool) {
		if at >= from && at <= to {
			marks = append(marks, mark{at, push})
		}
	}
	for _, r := range o.counting(it) {
		if o.blocks(r) {
			add(r.SubmittedAt, false)
		}
	}
	for _, c := range o.commits(it) {
		add(c.Committer.At, true)
	}
	for _, e := range it.Events {
		if e.Kind == githubtest.HeadRefForcePushed {
			add(e.At, true)
		}
	}
	sort.SliceStable(marks, func(i, j int) bool { // what is pushed in a review's second does not follow it
		return marks[i].at < marks[j].at || marks[i].at == marks[j].at && marks[i].push && !marks[j].push
	})
	rounds, blocked := 0, false
	for _, m := range marks {
		if m.push && blocked {
			rounds++
		}
		blocked = !m.push
	}
	return rounds
}

// blocks tells whether a review asks for changes, or begins a thread at least.
func (o *oracle) blocks(r githubtest.Review) bool {
	begins := slices.ContainsFunc(o.lines(r), func(c githubtest.ReviewComment) bool { return c.ReplyTo == 0 })
	return r.State == "CHANGES_REQUESTED" || r.State == "COMMENTED" && begins
}

// revertedAt gives when the first later revert of the pull request merged; 0: none has.
func (o *oracle) revertedAt(it *githubtest.Item) githubtest.Time {
	m := o.mergedAt(it)
	var first githubtest.Time
	for _, other := range o.repo.Items {
		if m == 0 || other == it || other.PR == nil || !o.present(other) {
			continue
		}
		at := o.mergedAt(other)
		if at >= m && o.reverts(other, it) && (first == 0 || at < first) {
			first = at
		}
	}
	return first
}

// reverts tells whether the text of a pull request or a message of its commits
// says that it reverts another.
func (o *oracle) reverts(revert, target *githubtest.Item) bool {
	body := revert.Body
	for _, e := range revert.Edits {
		if e.At <= o.seen {
			body = e.Body
		}
	}
	texts := []string{body}
	for _, c := range o.commits(revert) {
		texts = append(texts, c.Body)
	}
	if c := o.repo.Commit(revert.PR.MergeOID); c != nil {
		texts = append(texts, c.Body)
	}
	for _, text := range texts {
		if target.PR.MergeOID != "" && strings.Contains(text, "This reverts commit "+target.PR.MergeOID) ||
			namesPull(text, fmt.Sprintf("Reverts %s/%s#%d", o.repo.Owner, o.repo.Name, target.Number)) {
			return true
		}
	}
	return false
}

// namesPull tells whether the text holds the words with no digit after them.
func namesPull(text, words string) bool {
	for _, after := range strings.Split(text, words)[1:] {
		if after == "" || after[0] < '0' || after[0] > '9' {
			return true
		}
	}
	return false
}
