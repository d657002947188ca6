package githubtest

import (
	"fmt"
	"slices"
)

// reviewView is a submitted review at the instant of a view.
type reviewView struct {
	*Review
	item *itemView
}

// reviews gives the reviews that were submitted by now, by submission.
func (iv *itemView) reviews() []*reviewView {
	if iv.PR == nil {
		return nil
	}
	var out []*reviewView
	for i := range iv.PR.Reviews {
		if r := &iv.PR.Reviews[i]; r.SubmittedAt <= iv.repo.now() {
			out = append(out, &reviewView{Review: r, item: iv})
		}
	}
	slices.SortStableFunc(out, func(a, b *reviewView) int { return int(a.SubmittedAt - b.SubmittedAt) })
	return out
}

// state gives APPROVED, CHANGES_REQUESTED, COMMENTED, or DISMISSED once it is.
func (rv *reviewView) state() string {
	if rv.DismissedAt.By(rv.item.repo.now()) {
		return "DISMISSED"
	}
	return rv.State
}

// updatedAt is the last change of the review by now.
func (rv *reviewView) updatedAt() Time {
	at := rv.SubmittedAt
	for _, t := range []Time{rv.UpdatedAt, rv.DismissedAt} {
		if t.By(rv.item.repo.now()) {
			at = max(at, t)
		}
	}
	return at
}

// path gives the address of the review below the host.
func (rv *reviewView) path() string {
	return fmt.Sprintf("%s#pullrequestreview-%d", rv.item.path(), rv.ID)
}

// commitOID gives the head that was reviewed: the whole of the abbreviated id if
// the pull request ever had such a commit, else the abbreviated id or "".
func (rv *reviewView) commitOID() string {
	for _, c := range rv.item.PR.Commits {
		if rv.AbbrevOID != "" && len(c.OID) >= len(rv.AbbrevOID) && c.OID[:len(rv.AbbrevOID)] == rv.AbbrevOID {
			return c.OID
		}
	}
	return rv.AbbrevOID
}

// reviewCommentView is a comment on a line at the instant of a view.
type reviewCommentView struct {
	*ReviewComment
	review *reviewView
}

// comments gives the review's comments that exist, by creation. None of them can
// be seen before the review is submitted.
func (rv *reviewView) comments() []*reviewCommentView {
	var out []*reviewCommentView
	for i := range rv.Comments {
		c := &rv.Comments[i]
		if c.CreatedAt <= rv.item.repo.now() && !c.DeletedAt.By(rv.item.repo.now()) {
			out = append(out, &reviewCommentView{ReviewComment: c, review: rv})
		}
	}
	slices.SortStableFunc(out, func(a, b *reviewCommentView) int { return int(a.CreatedAt - b.CreatedAt) })
	return out
}

// updatedAt is the last change of the comment by now.
func (cv *reviewCommentView) updatedAt() Time {
	if cv.UpdatedAt.By(cv.review.item.repo.now()) {
		return max(cv.UpdatedAt, cv.CreatedAt)
	}
	return cv.CreatedAt
}

// path gives the address of the comment below the host.
func (cv *reviewCommentView) path() string {
	return fmt.Sprintf("%s#discussion_r%d", cv.review.item.path(), cv.ID)
}

// file gives the commented file, one that looks like a file where the dataset has none.
func (cv *reviewCommentView) file() string {
	if cv.Path == "" {
		return "README.md"
	}
	return cv.Path
}

// reviewComments gives all comments on lines that exist, by creation.
func (iv *itemView) reviewComments() []*reviewCommentView {
	var out []*reviewCommentView
	for _, review := range iv.reviews() {
		out = append(out, review.comments()...)
	}
	slices.SortStableFunc(out, func(a, b *reviewCommentView) int { return int(a.CreatedAt - b.CreatedAt) })
	return out
}

// threadView is a comment on a line and the answers to it.
type threadView struct {
	comments []*reviewCommentView // the first began it
}

// threads gives the review threads, by the creation of their first comment.
func (iv *itemView) threads() []*threadView {
	var out []*threadView
	byID := map[int64]*threadView{}
	for _, c := range iv.reviewComments() {
		if thread := byID[c.ReplyTo]; c.ReplyTo != 0 && thread != nil {
			thread.comments = append(thread.comments, c)
			byID[c.ID] = thread
			continue
		}
		thread := &threadView{comments: []*reviewCommentView{c}}
		byID[c.ID] = thread
		out = append(out, thread)
	}
	return out
}

// resolved reports whether the thread is resolved now.
func (t *threadView) resolved() bool {
	first := t.comments[0]
	return first.ResolvedAt.By(first.review.item.repo.now())
}

// commits gives the commits of the pull request now: without those that a
// force-push removed.
func (iv *itemView) commits() []PRCommit {
	if iv.PR == nil {
		return nil
	}
	return filter(iv.PR.Commits, func(c PRCommit) bool {
		return c.PushedAt <= iv.repo.now() && !c.RemovedAt.By(iv.repo.now())
	})
}

// final reports whether no commit comes or goes any more.
func (iv *itemView) final() bool {
	return !slices.ContainsFunc(iv.PR.Commits, func(c PRCommit) bool {
		return c.PushedAt > iv.repo.now() || c.RemovedAt > iv.repo.now()
	})
}

// headOID gives the head of the pull request now.
func (iv *itemView) headOID() string {
	commits := iv.commits()
	if iv.final() || len(commits) == 0 {
		return iv.PR.HeadOID
	}
	head := commits[0]
	for _, c := range commits {
		if c.PushedAt >= head.PushedAt { // the last of several: the list is in the branch's order
			head = c
		}
	}
	return head.OID
}

// mergeOID gives the commit that merging made, "" before.
func (iv *itemView) mergeOID() string {
	if iv.mergedAt == 0 {
		return ""
	}
	return iv.PR.MergeOID
}

// baseRef gives the branch that the pull request is for now.
func (iv *itemView) baseRef() string {
	ref := iv.PR.BaseRef
	for _, e := range iv.events() {
		if e.Kind == BaseRefChanged {
			ref = e.To
		}
	}
	return ref
}

// mergedBy gives the login of who merged, "" before and where it is unknown.
func (iv *itemView) mergedBy() string {
	for _, e := range iv.events() {
		if e.Kind == Merged {
			return e.Actor
		}
	}
	return ""
}

// stats are the size of a pull request's change.
type stats struct{ additions, deletions, files int }

// stats gives the size of the change now. The dataset knows it for the end only;
// before, the sizes of the commits are added up.
func (iv *itemView) stats() stats {
	pr := iv.PR
	if pr.StatsUnknown {
		return stats{}
	}
	if iv.final() {
		return stats{pr.Additions, pr.Deletions, pr.ChangedFiles}
	}
	var sum stats
	for _, c := range iv.commits() {
		if commit := iv.repo.Commit(c.OID); commit != nil {
			sum.additions += commit.Additions
			sum.deletions += commit.Deletions
			sum.files = max(sum.files, commit.ChangedFiles)
		}
	}
	return sum
}

// requested gives the reviewers who are asked and have not answered: logins, and
// teams as team:SLUG.
func (iv *itemView) requested() []string {
	asked := map[string]Time{}
	var names []string
	for _, e := range iv.events() {
		switch e.Kind {
		case ReviewRequested:
			names, asked[e.Who] = with(names, e.Who), e.At
		case ReviewRequestRemoved:
			names = without(names, e.Who)
		}
	}
	for _, review := range iv.reviews() {
		if at, ok := asked[review.Author]; ok && review.SubmittedAt >= at {
			names = without(names, review.Author)
		}
	}
	return names
}
