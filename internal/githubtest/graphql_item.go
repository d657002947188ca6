package githubtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// itemNode shows an item as an issue or a pull request.
func itemNode(iv *itemView) node {
	if iv.isPull() {
		return node{"PullRequest", iv}
	}
	return node{"Issue", iv}
}

func repositoryIssues(c *call, rv *repoView) any {
	if rv.issuesOff {
		return c.connect("items:off", &shortList{})
	}
	return c.items(rv, false, "", nil)
}

func repositoryPulls(c *call, rv *repoView) any { return c.items(rv, true, "", nil) }

// items makes a connection of issues or of pull requests. keep narrows it further, and
// key names it.
func (c *call) items(rv *repoView, pulls bool, key string, keep func(*itemView) bool) any {
	field, descending := c.orderBy("CREATED_AT")
	if field == "COMMENTS" {
		return fmt.Errorf("simulated GitHub does not order by %s", field)
	}
	q := listing{issues: !pulls, pulls: pulls, byUpdate: field == "UPDATED_AT", descending: descending}
	f := itemFilter{key: key}
	if keep != nil {
		f.keep = append(f.keep, keep)
	}
	if err := c.addFilters(&f, &q, pulls); err != nil {
		return err
	}
	if len(f.keep) > 0 {
		q.keep, q.key = f.wants, f.key
	}
	order := fmt.Sprintf("items:%s:%t:%t", field, descending, pulls)
	return c.connect(order, &itemList{repo: rv, query: q, wrap: itemNode})
}

// itemFilter is several conditions that all must hold, and a name for them.
type itemFilter struct {
	keep []func(*itemView) bool
	key  string
}

func (f *itemFilter) add(key string, keep func(*itemView) bool) {
	f.key += "|" + key
	f.keep = append(f.keep, keep)
}

func (f *itemFilter) wants(iv *itemView) bool {
	for _, keep := range f.keep {
		if !keep(iv) {
			return false
		}
	}
	return true
}

// addFilters reads the arguments that narrow a list of items.
func (c *call) addFilters(f *itemFilter, q *listing, pulls bool) error {
	f.addStates(texts(c.args["states"]))
	f.addLabels(texts(c.args["labels"]))
	if pulls {
		f.addText("base", c.args["baseRefName"], func(iv *itemView) string { return iv.baseRef() })
		f.addText("head", c.args["headRefName"], func(iv *itemView) string { return iv.PR.HeadRef })
		return nil
	}
	by, _ := c.args["filterBy"].(map[string]any)
	f.addStates(texts(by["states"]))
	f.addLabels(texts(by["labels"]))
	f.addText("author", by["createdBy"], func(iv *itemView) string { return iv.Author })
	if err := unknownFilter(by); err != nil {
		return err
	}
	since, ok := by["since"].(string)
	if !ok {
		return nil
	}
	at, err := time.Parse(time.RFC3339, since)
	if err != nil {
		return &queryError{Message: fmt.Sprintf("Could not coerce value %q to DateTime", since)}
	}
	q.since = max(1, TimeOf(at))
	return nil
}

// unknownFilter refuses filters that would be ignored without a word.
func unknownFilter(by map[string]any) error {
	for _, name := range []string{"assignee", "mentioned", "milestone", "milestoneNumber", "viewerSubscribed"} {
		if value := by[name]; value != nil && value != false {
			return fmt.Errorf("simulated GitHub does not know the filter %s of issues", name)
		}
	}
	return nil
}

func (f *itemFilter) addStates(states []string) {
	if states != nil {
		f.add("states:"+strings.Join(states, ","), func(iv *itemView) bool { return slices.Contains(states, iv.state()) })
	}
}

func (f *itemFilter) addLabels(labels []string) {
	if len(labels) == 0 {
		return
	}
	f.add("labels:"+strings.Join(labels, ","), func(iv *itemView) bool {
		return slices.ContainsFunc(iv.labels(), func(l *labelView) bool {
			return slices.ContainsFunc(labels, func(name string) bool { return strings.EqualFold(l.name, name) })
		})
	})
}

func (f *itemFilter) addText(key string, wanted any, actual func(*itemView) string) {
	if text, ok := wanted.(string); ok {
		f.add(key+":"+text, func(iv *itemView) bool { return actual(iv) == text })
	}
}

// itemTypes resolves issues.
func itemTypes() map[string]resolvers {
	return map[string]resolvers{
		"Issue": join(itemFields(), resolvers{
			"databaseId": of(func(_ *call, iv *itemView) any { return iv.ID }),
			"state": of(func(_ *call, iv *itemView) any {
				return map[bool]string{true: "OPEN", false: "CLOSED"}[iv.closedAt == 0]
			}),
			"stateReason":    of(issueStateReason),
			"bodyUrl":        of(func(_ *call, iv *itemView) any { return webURL(iv.path()) + fmt.Sprintf("#issue-%d", iv.ID) }),
			"trackedIssues":  empty("tracked"),
			"subIssues":      empty("sub"),
			"linkedBranches": empty("branches"),
			"closedByPullRequestsReferences": of(func(c *call, iv *itemView) any {
				return c.references(iv.closers(c.args["includeClosedPrs"] == true))
			}),
		}, fixed(nil, "isPinned parent"), fixed(false, "viewerCanDelete")),
	}
}

// itemFields resolves what issues and pull requests both have.
func itemFields() resolvers {
	item := func(f func(*itemView) any) resolver { return of(func(_ *call, iv *itemView) any { return f(iv) }) }
	return join(paths(func(_ *call, iv *itemView) string { return iv.path() }), commentUnknown(), resolvers{
		"id":                item(func(iv *itemView) any { return iv.nodeID() }),
		"fullDatabaseId":    item(func(iv *itemView) any { return iv.ID }),
		"number":            item(func(iv *itemView) any { return iv.Number }),
		"titleHTML":         item(func(iv *itemView) any { return iv.title() }),
		"title":             item(func(iv *itemView) any { return iv.title() }),
		"body":              item(func(iv *itemView) any { body, _ := iv.body(); return body }),
		"bodyText":          item(func(iv *itemView) any { body, _ := iv.body(); return body }),
		"lastEditedAt":      item(func(iv *itemView) any { _, at := iv.body(); return at }),
		"author":            item(func(iv *itemView) any { return iv.repo.actor(iv.Author) }),
		"authorAssociation": item(func(iv *itemView) any { return orString(iv.AuthorAssociation, "NONE") }),
		"createdAt":         item(func(iv *itemView) any { return iv.CreatedAt }),
		"publishedAt":       item(func(iv *itemView) any { return iv.CreatedAt }),
		"updatedAt":         item(func(iv *itemView) any { return iv.updatedAt() }),
		"closed":            item(func(iv *itemView) any { return iv.closedAt != 0 }),
		"closedAt":          item(func(iv *itemView) any { return iv.closedAt }),
		"locked":            item(func(iv *itemView) any { return iv.locked }),
		"repository":        item(func(iv *itemView) any { return node{"Repository", iv.repo} }),
		"milestone":         item(func(iv *itemView) any { return milestoneNode(iv.repo, iv.milestone()) }),
		"labels":            of(func(c *call, iv *itemView) any { return c.labelList(iv.labels()) }),
		"assignees":         of(itemAssignees),
		"participants":      of(itemParticipants),
		"comments":          of(itemComments),
		"timelineItems":     of(itemTimeline),
	}, fixed(nil, "activeLockReason isReadByViewer viewerSubscription"),
		fixed(false, "viewerCanClose viewerCanReopen viewerCanLabel viewerCanSubscribe"))
}

// issueStateReason gives duplicates as not planned to those who do not know them yet.
func issueStateReason(c *call, iv *itemView) any {
	reason := strings.ToUpper(iv.stateReason())
	if reason == "DUPLICATE" && c.args["enableDuplicate"] != true {
		reason = "NOT_PLANNED"
	}
	return orNil(reason)
}

// userEdge places an account in a list that is in its right order.
func userEdge(i int, u *User) edge { return edge{place{N: int64(i)}, accountNode(u).(node)} }

func itemAssignees(c *call, iv *itemView) any {
	return connectAll(c, "assignees", filter(iv.assignees(), isPerson), userEdge)
}

// isPerson reports whether an account can stand where the schema has User.
func isPerson(u *User) bool { return userNode(u) != nil }

// itemParticipants lists who wrote in the item.
func itemParticipants(c *call, iv *itemView) any {
	logins := []string{iv.Author}
	for _, comment := range iv.comments() {
		logins = with(logins, comment.Author)
	}
	for _, review := range iv.reviews() {
		logins = with(logins, review.Author)
	}
	var users []*User
	for _, login := range logins {
		if u := iv.repo.user(login); isPerson(u) {
			users = append(users, u)
		}
	}
	return connectAll(c, "participants", users, userEdge)
}

// references makes a connection of items that others name.
func (c *call) references(items []*itemView) any {
	field, descending := c.orderBy("CREATED_AT")
	edges := make([]edge, len(items))
	for i, iv := range items {
		at := iv.CreatedAt
		if field == "UPDATED_AT" {
			at = iv.updatedAt()
		}
		edges[i] = edge{place{N: int64(at), ID: int64(iv.Number)}, itemNode(iv)}
	}
	return c.connect("references:"+field, newList(edges, descending))
}

// closing gives the issues that merging the pull request closes.
func (iv *itemView) closing() []*itemView {
	var out []*itemView
	for _, number := range iv.Closes {
		if issue := iv.repo.item(number); issue != nil && !issue.isPull() {
			out = append(out, issue)
		}
	}
	return out
}

// closers gives the pull requests whose merging closes the issue.
func (iv *itemView) closers(closedToo bool) []*itemView {
	var out []*itemView
	for _, item := range iv.repo.Items {
		if !slices.Contains(item.Closes, iv.Number) || iv.repo.presenceOf(item) != present {
			continue
		}
		if pull := iv.repo.show(item); pull.isPull() && (closedToo || pull.state() != "CLOSED") {
			out = append(out, pull)
		}
	}
	return out
}
