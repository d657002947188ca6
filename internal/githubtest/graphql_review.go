package githubtest

import "slices"

// reviewTypes resolves reviews, their comments and their threads.
func reviewTypes() map[string]resolvers {
	return map[string]resolvers{
		"PullRequestReview":        reviewFields(),
		"PullRequestReviewComment": reviewCommentFields(),
		"PullRequestReviewThread":  threadFields(),
	}
}

func reviewFields() resolvers {
	review := func(f func(*reviewView) any) resolver { return of(func(_ *call, r *reviewView) any { return f(r) }) }
	return join(paths(func(_ *call, r *reviewView) string { return r.path() }), minimizable(), resolvers{
		"id":             review(func(r *reviewView) any { return r.nodeID() }),
		"databaseId":     review(func(r *reviewView) any { return r.ID }),
		"fullDatabaseId": review(func(r *reviewView) any { return r.ID }),
		"author":         review(func(r *reviewView) any { return r.item.repo.actor(r.Author) }),
		"state":          review(func(r *reviewView) any { return r.state() }),
		"body":           review(func(r *reviewView) any { return r.Body }),
		"bodyText":       review(func(r *reviewView) any { return r.Body }),
		"createdAt":      review(func(r *reviewView) any { return r.SubmittedAt }),
		"publishedAt":    review(func(r *reviewView) any { return r.SubmittedAt }),
		"submittedAt":    review(func(r *reviewView) any { return r.SubmittedAt }),
		"updatedAt":      review(func(r *reviewView) any { return r.updatedAt() }),
		"commit":         review(func(r *reviewView) any { return r.item.repo.commitNode(r.commitOID()) }),
		"pullRequest":    review(func(r *reviewView) any { return itemNode(r.item) }),
		"repository":     review(func(r *reviewView) any { return node{"Repository", r.item.repo} }),
		"comments":       of(func(c *call, r *reviewView) any { return c.reviewComments(r.comments()) }),
		"onBehalfOf":     empty("teams"),
	}, fixed(nil, "lastEditedAt"), fixed(false, "authorCanPushToRepository"))
}

func reviewCommentFields() resolvers {
	comment := func(f func(*reviewCommentView) any) resolver {
		return of(func(_ *call, cv *reviewCommentView) any { return f(cv) })
	}
	return join(paths(func(_ *call, cv *reviewCommentView) string { return cv.path() }), minimizable(), resolvers{
		"id":                comment(func(cv *reviewCommentView) any { return cv.nodeID() }),
		"databaseId":        comment(func(cv *reviewCommentView) any { return cv.ID }),
		"fullDatabaseId":    comment(func(cv *reviewCommentView) any { return cv.ID }),
		"author":            comment(func(cv *reviewCommentView) any { return cv.review.item.repo.actor(cv.review.Author) }),
		"body":              comment(func(cv *reviewCommentView) any { return cv.Body }),
		"bodyText":          comment(func(cv *reviewCommentView) any { return cv.Body }),
		"createdAt":         comment(func(cv *reviewCommentView) any { return cv.CreatedAt }),
		"draftedAt":         comment(func(cv *reviewCommentView) any { return cv.CreatedAt }),
		"publishedAt":       comment(func(cv *reviewCommentView) any { return max(cv.CreatedAt, cv.review.SubmittedAt) }),
		"updatedAt":         comment(func(cv *reviewCommentView) any { return cv.updatedAt() }),
		"lastEditedAt":      comment(func(cv *reviewCommentView) any { return ifAny(cv.updatedAt() > cv.CreatedAt, cv.updatedAt()) }),
		"path":              comment(func(cv *reviewCommentView) any { return cv.file() }),
		"position":          comment(func(cv *reviewCommentView) any { return ifAny(cv.Position != 0, cv.Position) }),
		"originalPosition":  comment(func(cv *reviewCommentView) any { return cv.Position }),
		"commit":            comment(func(cv *reviewCommentView) any { return cv.review.item.repo.commitNode(cv.review.commitOID()) }),
		"originalCommit":    comment(func(cv *reviewCommentView) any { return cv.review.item.repo.commitNode(cv.review.commitOID()) }),
		"pullRequest":       comment(func(cv *reviewCommentView) any { return itemNode(cv.review.item) }),
		"pullRequestReview": comment(func(cv *reviewCommentView) any { return node{"PullRequestReview", cv.review} }),
		"repository":        comment(func(cv *reviewCommentView) any { return node{"Repository", cv.review.item.repo} }),
		"replyTo":           comment(func(cv *reviewCommentView) any { return replyTo(cv) }),
	}, fixed(nil, "line originalLine startLine originalStartLine"), fixed(false, "outdated"), fixed("", "diffHunk"),
		fixed("SUBMITTED", "state"), fixed("LINE", "subjectType"))
}

func replyTo(cv *reviewCommentView) any {
	if cv.ReplyTo == 0 {
		return nil
	}
	return findReviewComment(cv.review.item, cv.ReplyTo)
}

func threadFields() resolvers {
	thread := func(f func(*threadView, *reviewCommentView) any) resolver {
		return of(func(_ *call, t *threadView) any { return f(t, t.comments[0]) })
	}
	return join(resolvers{
		"id":          thread(func(t *threadView, _ *reviewCommentView) any { return t.nodeID() }),
		"isResolved":  thread(func(t *threadView, _ *reviewCommentView) any { return t.resolved() }),
		"isCollapsed": thread(func(t *threadView, _ *reviewCommentView) any { return t.resolved() }),
		"path":        thread(func(_ *threadView, first *reviewCommentView) any { return first.file() }),
		"pullRequest": thread(func(_ *threadView, first *reviewCommentView) any { return itemNode(first.review.item) }),
		"repository":  thread(func(_ *threadView, first *reviewCommentView) any { return node{"Repository", first.review.item.repo} }),
		"comments":    of(func(c *call, t *threadView) any { return c.reviewComments(t.comments) }),
	}, fixed(nil, "line originalLine startLine originalStartLine resolvedBy startDiffSide"), fixed("RIGHT", "diffSide"),
		fixed("LINE", "subjectType"), fixed(false, "isOutdated viewerCanReply viewerCanResolve viewerCanUnresolve"))
}

// pullReviews lists the reviews of a pull request by submission.
func pullReviews(c *call, iv *itemView) any {
	states, author := texts(c.args["states"]), c.text("author")
	return c.reviewList(filter(iv.reviews(), func(r *reviewView) bool {
		return (states == nil || slices.Contains(states, r.state())) && (author == "" || author == r.Author)
	}))
}

func (c *call) reviewList(reviews []*reviewView) any {
	edges := make([]edge, len(reviews))
	for i, r := range reviews {
		edges[i] = edge{place{N: int64(r.SubmittedAt), ID: r.ID}, node{"PullRequestReview", r}}
	}
	return c.connect("reviews", newList(edges, false))
}

func (c *call) reviewComments(comments []*reviewCommentView) any {
	edges := make([]edge, len(comments))
	for i, cv := range comments {
		edges[i] = edge{place{N: int64(cv.CreatedAt), ID: cv.ID}, node{"PullRequestReviewComment", cv}}
	}
	return c.connect("reviewComments", newList(edges, false))
}

func pullThreads(c *call, iv *itemView) any {
	var edges []edge
	for _, t := range iv.threads() {
		first := t.comments[0]
		edges = append(edges, edge{place{N: int64(first.CreatedAt), ID: first.ID}, node{"PullRequestReviewThread", t}})
	}
	return c.connect("threads", newList(edges, false))
}
