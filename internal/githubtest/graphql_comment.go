package githubtest

import "fmt"

// commentUnknown resolves what everything that people write has, and datasets do not know.
func commentUnknown() resolvers {
	return join(
		fixed(nil, "editor userContentEdits"),
		fixed("", "bodyHTML"),
		fixed(false, "createdViaEmail includesCreatedEdit viewerDidAuthor viewerCanReact viewerCanUpdate"),
		fixed([]string{}, "reactionGroups viewerCannotUpdateReasons"),
		fixed("NONE", "authorAssociation"),
		resolvers{"reactions": empty("reactions")},
	)
}

// minimizable resolves what comments have and issues and pull requests have not.
func minimizable() resolvers {
	return join(commentUnknown(), fixed(nil, "minimizedReason"), fixed(false, "isMinimized viewerCanDelete viewerCanMinimize"))
}

// commentTypes resolves the comments of conversations.
func commentTypes() map[string]resolvers {
	comment := func(f func(*commentView) any) resolver {
		return of(func(_ *call, cv *commentView) any { return f(cv) })
	}
	path := func(_ *call, cv *commentView) string { return fmt.Sprintf("%s#issuecomment-%d", cv.item.path(), cv.ID) }
	return map[string]resolvers{
		"IssueComment": join(paths(path), minimizable(), resolvers{
			"id":             comment(func(cv *commentView) any { return cv.nodeID() }),
			"databaseId":     comment(func(cv *commentView) any { return cv.ID }),
			"fullDatabaseId": comment(func(cv *commentView) any { return cv.ID }),
			"author":         comment(func(cv *commentView) any { return cv.item.repo.actor(cv.Author) }),
			"body":           comment(func(cv *commentView) any { return cv.body() }),
			"bodyText":       comment(func(cv *commentView) any { return cv.body() }),
			"createdAt":      comment(func(cv *commentView) any { return cv.CreatedAt }),
			"publishedAt":    comment(func(cv *commentView) any { return cv.CreatedAt }),
			"updatedAt":      comment(func(cv *commentView) any { return cv.updatedAt() }),
			"lastEditedAt":   comment(func(cv *commentView) any { return ifAny(cv.updatedAt() > cv.CreatedAt, cv.updatedAt()) }),
			"repository":     comment(func(cv *commentView) any { return node{"Repository", cv.item.repo} }),
			"issue":          comment(func(cv *commentView) any { return commentIssue(cv) }),
			"pullRequest":    comment(func(cv *commentView) any { return ifAny(cv.item.isPull(), itemNode(cv.item)) }),
		}),
	}
}

// commentIssue shows the issue of a comment. Pull requests have an issue too, which the
// schema wants here although nothing leads there.
func commentIssue(cv *commentView) any {
	return node{"Issue", cv.item}
}

func itemComments(c *call, iv *itemView) any {
	field, descending := c.orderBy("CREATED_AT")
	var edges []edge
	for _, cv := range iv.comments() {
		at := cv.CreatedAt
		if field == "UPDATED_AT" {
			at = cv.updatedAt()
		}
		edges = append(edges, edge{place{N: int64(at), ID: cv.ID}, node{"IssueComment", cv}})
	}
	return c.connect("comments:"+field, newList(edges, descending))
}
