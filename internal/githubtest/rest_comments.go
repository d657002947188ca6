package githubtest

import (
	"cmp"
	"slices"
)

// comment shows a comment of a conversation.
func (x *exchange) comment(c *commentView) fields {
	rv := c.item.repo
	api := x.apiURL(rv, "/issues/comments/"+itoa(c.ID))
	return fields{
		"id": c.ID, "node_id": c.nodeID(), "url": api,
		"html_url":  webURL(c.item.path()) + "#issuecomment-" + itoa(c.ID),
		"issue_url": x.apiURL(rv, "/issues/"+itoa(c.item.Number)),
		"user":      x.simpleUser(rv, c.Author), "author_association": "NONE", "body": c.body(),
		"created_at": c.CreatedAt, "updated_at": c.updatedAt(), "reactions": reactions(api),
		"performed_via_github_app": nil,
	}
}

func (x *exchange) listIssueComments() (any, *apiError) {
	if err := x.issuesOn(); err != nil {
		return nil, err
	}
	rows, err := x.stream("IssueComment", "comments", commentEntries)
	if err != nil {
		return nil, err
	}
	return mapped(rows, x.commentEntry), nil
}

func (x *exchange) commentEntry(e entry) fields {
	return x.comment(&commentView{Comment: e.comment, item: x.repo.show(e.item)})
}

// getIssueComment finds one comment of the repository.
func (x *exchange) getIssueComment() (any, *apiError) {
	return x.oneOf("comments", commentEntries, x.commentEntry)
}

// oneOf shows the entry whose id the route names.
func (x *exchange) oneOf(kind string, collect func(*repoView) []entry, show func(entry) fields) (any, *apiError) {
	rows := x.server.lists.get(x.repo, kind, false, collect)
	id := x.number("comment_id")
	i := slices.IndexFunc(rows, func(e entry) bool { return e.id == id })
	if i < 0 {
		return nil, notFound()
	}
	return show(rows[i]), nil
}

func (x *exchange) listCommentsOfIssue() (any, *apiError) {
	if err := x.issuesOn(); err != nil {
		return nil, err
	}
	iv, err := x.findItem("issue_number")
	if err != nil {
		return nil, err
	}
	since, err := x.since("IssueComment")
	if err != nil {
		return nil, err
	}
	rows := filter(iv.comments(), func(c *commentView) bool { return c.updatedAt() >= since })
	return mapped(paged(x, rows), x.comment), nil
}

// reviewComment shows a comment on a line.
func (x *exchange) reviewComment(c *reviewCommentView) fields {
	iv := c.review.item
	rv := iv.repo
	api, pull := x.apiURL(rv, "/pulls/comments/"+itoa(c.ID)), x.apiURL(rv, "/pulls/"+itoa(iv.Number))
	page := webURL(c.path())
	line, commit := max(1, c.Position), orZeroOID(c.review.commitOID())
	o := fields{
		"id": c.ID, "node_id": c.nodeID(), "url": api, "html_url": page,
		"pull_request_url": pull, "pull_request_review_id": c.review.ID,
		"path": c.file(), "diff_hunk": "@@ -1 +1 @@", "commit_id": commit, "original_commit_id": commit,
		"position": line, "original_position": line, "line": line, "original_line": line, "start_line": nil,
		"original_start_line": nil, "start_side": nil, "side": "RIGHT", "subject_type": "line",
		"user": x.simpleUser(rv, c.review.Author), "author_association": "NONE", "body": c.Body,
		"created_at": c.CreatedAt, "updated_at": c.updatedAt(), "reactions": reactions(api),
		"_links": fields{"self": href(api), "html": href(page), "pull_request": href(pull)},
	}
	if c.ReplyTo != 0 {
		o["in_reply_to_id"] = c.ReplyTo
	}
	return o
}

func href(address string) fields { return fields{"href": address} }

// orZeroOID gives a commit's id, git's null id where none is known.
func orZeroOID(oid string) string { return cmp.Or(oid, "0000000000000000000000000000000000000000") }

func (x *exchange) lineEntry(e entry) fields {
	review := &reviewView{Review: e.review, item: x.repo.show(e.item)}
	return x.reviewComment(&reviewCommentView{ReviewComment: e.line, review: review})
}

func (x *exchange) listReviewComments() (any, *apiError) {
	rows, err := x.stream("PullRequestReviewComment", "lines", lineEntries)
	if err != nil {
		return nil, err
	}
	return mapped(rows, x.lineEntry), nil
}

func (x *exchange) getReviewComment() (any, *apiError) {
	return x.oneOf("lines", lineEntries, x.lineEntry)
}

func (x *exchange) listCommentsOfPull() (any, *apiError) {
	iv, err := x.findPull()
	if err != nil {
		return nil, err
	}
	since, err := x.since("PullRequestReviewComment")
	if err != nil {
		return nil, err
	}
	rows := filter(iv.reviewComments(), func(c *reviewCommentView) bool { return c.updatedAt() >= since })
	return mapped(paged(x, rows), x.reviewComment), nil
}
