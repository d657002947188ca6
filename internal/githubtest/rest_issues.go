package githubtest

import (
	"cmp"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// issue shows an item as a row among the issues, which pull requests have too.
func (x *exchange) issue(iv *itemView) fields {
	rv := iv.repo
	api := x.apiURL(rv, "/issues/"+itoa(iv.Number))
	body, _ := iv.body()
	assignees := mapped(iv.assignees(), x.account)
	o := fields{
		"id": iv.issueID(), "node_id": iv.nodeID(), "number": iv.Number,
		"url": api, "repository_url": x.apiURL(rv, ""), "labels_url": api + "/labels{/name}",
		"comments_url": api + "/comments", "events_url": api + "/events", "timeline_url": api + "/timeline",
		"html_url": webURL(iv.path()), "title": iv.title(), "body": orNil(body),
		"user": x.simpleUser(rv, iv.Author), "author_association": association(iv.AuthorAssociation),
		"state": restState(iv), "state_reason": nil, "labels": mapped(iv.labels(), x.label),
		"assignee": firstOrNull(assignees), "assignees": assignees, "milestone": x.milestoneOrNull(iv),
		"locked": iv.locked, "active_lock_reason": nil, "comments": iv.commentCount(),
		"created_at": iv.CreatedAt, "updated_at": iv.updatedAt(), "closed_at": orNull(iv.closedAt),
		"reactions": reactions(api), "performed_via_github_app": nil,
	}
	x.drop(o, "assignee")
	if !iv.isPull() {
		o["state_reason"] = orNil(iv.stateReason())
		return o
	}
	page := webURL(iv.path())
	o["draft"] = iv.draft
	o["pull_request"] = fields{
		"url": x.apiURL(rv, "/pulls/"+itoa(iv.Number)), "html_url": page, "diff_url": page + ".diff",
		"patch_url": page + ".patch", "merged_at": orNull(iv.mergedAt),
	}
	return o
}

// issueID is the id of the item's row among the issues.
func (iv *itemView) issueID() int64 {
	if iv.isPull() && iv.PR.IssueID != 0 {
		return iv.PR.IssueID
	}
	return iv.ID
}

func restState(iv *itemView) string {
	if iv.closedAt != 0 {
		return "closed"
	}
	return "open"
}

func association(word string) string { return cmp.Or(word, "NONE") }

func firstOrNull(all []fields) any {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// reactions shows that nobody reacted: datasets hold no reactions.
func reactions(of string) fields {
	o := fields{"url": of + "/reactions", "total_count": 0}
	for _, name := range []string{"+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket"} {
		o[name] = 0
	}
	return o
}

// listIssues lists issues and pull requests. A long list takes no page numbers, as
// GitHub's does not: it is paged by cursors.
func (x *exchange) listIssues() (any, *apiError) {
	if err := x.issuesOn(); err != nil {
		return nil, err
	}
	list, err := x.issueListing()
	if err != nil {
		return nil, err
	}
	total := x.repo.count(list)
	if by := x.query.Get("sort"); by == "comments" {
		rows := slices.Collect(x.repo.items(list, nil, false))
		slices.SortStableFunc(rows, func(a, b *itemView) int {
			order := a.commentCount() - b.commentCount()
			if list.descending {
				return -order
			}
			return order
		})
		return mapped(paged(x, rows), x.issue), nil
	}
	if total > x.server.opts.cursorPaging() {
		return x.cursorPage(list)
	}
	rows := pageOf(x, x.repo.items(list, nil, false), total)
	return mapped(rows, x.issue), nil
}

// issuesOn refuses where the repository has no issues.
func (x *exchange) issuesOn() *apiError {
	if x.repo.issuesOff {
		return gone("Issues has been disabled in this repository.")
	}
	return nil
}

// issueListing reads which issues are asked for, and in which order.
func (x *exchange) issueListing() (*listing, *apiError) {
	const resource = "Issue"
	list := &listing{issues: true, pulls: true}
	state, err1 := x.choice(resource, "state", "open", "closed", "all")
	by, err2 := x.choice(resource, "sort", "created", "updated", "comments")
	direction, err3 := x.choice(resource, "direction", "desc", "asc")
	since, err4 := x.since(resource)
	if err := cmp.Or(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	list.byUpdate, list.descending, list.since = by == "updated", direction == "desc", since
	x.keep(list, state, strings.ToLower(x.query.Get("creator")), x.query.Get("labels"))
	return list, nil
}

// keep restricts a list to what the query's filters leave.
func (x *exchange) keep(list *listing, state, creator, labels string) {
	if state == "all" && creator == "" && labels == "" {
		return
	}
	list.key = "rest " + state + " " + creator + " " + labels
	list.keep = func(iv *itemView) bool {
		return (state == "all" || restState(iv) == state) &&
			(creator == "" || strings.ToLower(iv.Author) == creator) && iv.hasLabels(labels)
	}
}

// hasLabels says whether the item has all labels of a list with commas.
func (iv *itemView) hasLabels(names string) bool {
	if names == "" {
		return true
	}
	have := iv.labels()
	for _, name := range strings.Split(names, ",") {
		if !slices.ContainsFunc(have, func(l *labelView) bool { return strings.EqualFold(l.name, name) }) {
			return false
		}
	}
	return true
}

// pageOf gives the numbered page of a list that is not held in memory.
func pageOf[T any](x *exchange, all iter.Seq[T], total int) []T {
	size, page := perPage(x.query), pageNumber(x.query)
	x.link(page, max(1, (total+size-1)/size))
	var rows []T
	n := 0
	for row := range all {
		if n++; n > (page-1)*size {
			rows = append(rows, row)
		}
		if n == page*size {
			break
		}
	}
	return rows
}

// findItem gives the item that the route names. What is not there any more is
// answered as GitHub does: deleted with 410, transferred with 301.
func (x *exchange) findItem(parameter string) (*itemView, *apiError) {
	item := x.repo.Item(int(x.number(parameter)))
	switch x.repo.presenceOf(item) {
	case present:
		return x.repo.show(item), nil
	case deleted:
		if x.caller.anonymous {
			return nil, notFound()
		}
		return nil, gone("This issue was deleted")
	case transferred:
		return nil, x.transferred(item)
	case converted:
		return nil, gone("This issue was converted to a discussion")
	}
	return nil, notFound()
}

// transferred sends readers of an issue to where it is now. What lies below the issue is
// not found any more, and where GitHub cannot say where it is, Location lacks.
func (x *exchange) transferred(item *Item) *apiError {
	if !strings.HasSuffix(x.route.template, "/issues/{issue_number}") {
		return notFound()
	}
	if item.TransferredTo == nil {
		e := moved("")
		e.header = http.Header{}
		return e
	}
	to := item.TransferredTo
	target, _ := x.view.repoByName(to.Owner, to.Repo)
	if target == nil {
		return moved(x.root + "/repos/" + to.Owner + "/" + to.Repo + "/issues/" + itoa(to.Number))
	}
	return moved(x.root + "/repositories/" + itoa(target.ID) + "/issues/" + itoa(to.Number))
}

func (x *exchange) getIssue() (any, *apiError) {
	if err := x.issuesOn(); err != nil {
		return nil, err
	}
	iv, err := x.findItem("issue_number")
	if err != nil {
		return nil, err
	}
	o := x.issue(iv)
	o["closed_by"] = nil
	if e := iv.lastClosing(); e != nil {
		o["closed_by"] = x.simpleUser(iv.repo, e.Actor)
	}
	return o, nil
}

// lastClosing gives the event that closed the item, nil while it is open.
func (iv *itemView) lastClosing() *Event {
	if iv.closedAt == 0 {
		return nil
	}
	events := iv.events()
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Kind == Closed {
			return &events[i]
		}
	}
	return nil
}

// label shows a label.
func (x *exchange) label(l *labelView) fields {
	return fields{
		"id": l.ID, "node_id": l.nodeID(), "name": l.name, "color": l.Color,
		"default": false, "description": orNil(l.Description),
		"url": x.apiURL(l.repo, "/labels/"+url.PathEscape(l.name)),
	}
}

func (x *exchange) listLabelsOfIssue() (any, *apiError) {
	iv, err := x.findItem("issue_number")
	if err != nil {
		return nil, err
	}
	return mapped(paged(x, iv.labels()), x.label), nil
}

func (x *exchange) listLabels() (any, *apiError) {
	labels := x.repo.labels()
	slices.SortFunc(labels, func(a, b *labelView) int { return strings.Compare(a.name, b.name) })
	return mapped(paged(x, labels), x.label), nil
}

// milestoneOrNull shows the item's milestone.
func (x *exchange) milestoneOrNull(iv *itemView) any {
	if m := iv.milestone(); m != nil {
		return x.milestone(iv.repo, m)
	}
	return nil
}

// milestone shows a milestone with its counts of issues and pull requests.
func (x *exchange) milestone(rv *repoView, m *Milestone) fields {
	api, page := x.apiURL(rv, "/milestones/"+itoa(m.Number)), webURL("/"+rv.fullName()+"/milestone/"+itoa(m.Number))
	o := fields{
		"id": m.ID, "node_id": rv.id(m.NodeID, "MI", m.ID), "number": m.Number, "title": m.Title,
		"url": api, "html_url": page, "labels_url": api + "/labels", "description": orNil(m.Description),
		"creator": x.simpleUser(rv, m.Creator), "state": "open", "created_at": m.CreatedAt, "updated_at": m.CreatedAt,
		"closed_at": nil, "due_on": orNull(m.DueOn),
	}
	if m.ClosedAt.By(rv.now()) {
		maps.Copy(o, fields{"state": "closed", "closed_at": m.ClosedAt, "updated_at": m.ClosedAt})
	}
	o["open_issues"], o["closed_issues"] = x.milestoneCounts(rv, m)
	return o
}

// milestoneCounts counts a milestone's items.
func (x *exchange) milestoneCounts(rv *repoView, m *Milestone) (open, closed int) {
	within := func(state string) int {
		return rv.count(&listing{
			issues: true, pulls: true, key: "milestone " + itoa(m.Number) + " " + state,
			keep: func(iv *itemView) bool { return restState(iv) == state && iv.milestone() == m },
		})
	}
	return within("open"), within("closed")
}

func (x *exchange) listMilestones() (any, *apiError) {
	state, err := x.choice("Milestone", "state", "open", "closed", "all")
	if err != nil {
		return nil, err
	}
	rows := filter(x.repo.milestones(), func(m *Milestone) bool {
		return state == "all" || m.ClosedAt.By(x.repo.now()) == (state == "closed")
	})
	return mapped(paged(x, rows), func(m *Milestone) fields { return x.milestone(x.repo, m) }), nil
}
