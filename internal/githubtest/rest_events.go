package githubtest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// inEvents tells the events that the lists of events have from those that only the
// timeline shows.
func (e *Event) inEvents() bool { return e.Kind != CrossReferenced }

// event shows an event of an item.
func (x *exchange) event(iv *itemView, e *Event) fields {
	rv := iv.repo
	o := fields{
		"id": e.ID, "node_id": rv.eventNodeID(e), "url": x.apiURL(rv, "/issues/events/"+itoa(e.ID)),
		"actor": x.actorOrNull(rv, e.Actor), "event": e.Kind, "commit_id": orNil(e.OID), "commit_url": nil,
		"created_at": e.At, "performed_via_github_app": nil,
	}
	if e.OID != "" {
		o["commit_url"] = x.apiURL(rv, "/commits/"+e.OID)
	}
	maps.Copy(o, x.eventDetails(rv, e))
	return o
}

// actorOrNull shows who caused an event, null where the account is deleted.
func (x *exchange) actorOrNull(rv *repoView, login string) any {
	if u := rv.user(login); u != nil {
		return x.account(u)
	}
	return nil
}

// eventDetails gives the members that only some events have.
func (x *exchange) eventDetails(rv *repoView, e *Event) fields {
	switch e.Kind {
	case Closed, Reopened:
		return fields{"state_reason": orNil(e.Reason)}
	case Labeled, Unlabeled:
		return fields{"label": labelThen(rv, e)}
	case Assigned, Unassigned:
		return fields{"assignee": x.simpleUser(rv, e.Who), "assigner": x.simpleUser(rv, e.Actor)}
	case Milestoned, Demilestoned:
		return fields{"milestone": fields{"title": e.Milestone}}
	case Renamed:
		return fields{"rename": fields{"from": e.From, "to": e.To}}
	case Locked, Unlocked:
		return fields{"lock_reason": orNil(e.Reason)}
	case ReviewRequested, ReviewRequestRemoved:
		return x.requestDetails(rv, e)
	case ReviewDismissed:
		return fields{"dismissed_review": fields{
			"state": strings.ToLower(e.State), "review_id": e.Review, "dismissal_message": orNil(e.Reason),
		}}
	}
	return nil
}

// labelThen shows an event's label by the name that it had then.
func labelThen(rv *repoView, e *Event) fields {
	name, color := e.Label, "ededed"
	if label := rv.Label(e.Label); label != nil {
		name, color = label.NameAt(e.At), label.Color
	}
	return fields{"name": name, "color": color}
}

func (x *exchange) requestDetails(rv *repoView, e *Event) fields {
	o := fields{"review_requester": x.simpleUser(rv, e.Actor)}
	if slug, ok := strings.CutPrefix(e.Who, "team:"); ok {
		o["requested_team"] = x.team(rv, slug)
	} else {
		o["requested_reviewer"] = x.simpleUser(rv, e.Who)
	}
	return o
}

// team shows a team of the repository's owner.
func (x *exchange) team(rv *repoView, slug string) fields {
	id := accountID(rv.owner + "/" + slug)
	api := x.root + "/organizations/" + itoa(rv.account().ID) + "/team/" + itoa(id)
	return fields{
		"id": id, "node_id": GlobalID("T", rv.account().ID, id), "name": slug, "slug": slug, "description": nil,
		"privacy": "closed", "notification_setting": "notifications_enabled", "permission": "pull", "url": api,
		"html_url": webURL("/orgs/" + rv.owner + "/teams/" + slug), "members_url": api + "/members{/member}",
		"repositories_url": api + "/repos", "parent": nil, "type": "organization", "organization_id": rv.account().ID,
	}
}

// listRepositoryEvents lists the events of all items, newest first, each with its item.
func (x *exchange) listRepositoryEvents() (any, *apiError) {
	if err := x.issuesOn(); err != nil {
		return nil, err
	}
	all := slices.Clone(x.server.lists.get(x.repo, "events", false, eventEntries))
	slices.Reverse(all)
	rows, err := capped(x, all, eventRows)
	if err != nil {
		return nil, err
	}
	return mapped(rows, func(e entry) fields {
		iv := x.repo.show(e.item)
		o := x.event(iv, e.event)
		o["issue"] = x.issue(iv)
		return o
	}), nil
}

func (x *exchange) listEventsOfIssue() (any, *apiError) {
	iv, err := x.findItem("issue_number")
	if err != nil {
		return nil, err
	}
	rows := filter(iv.events(), func(e Event) bool { return e.inEvents() })
	return mapped(paged(x, rows), func(e Event) fields { return x.event(iv, &e) }), nil
}

// moment is an entry of an item's timeline, shown only if its page is asked for.
type moment struct {
	at   Time
	show func() fields
}

// listTimeline lists everything that happened to an item, oldest first.
func (x *exchange) listTimeline() (any, *apiError) {
	if err := x.issuesOn(); err != nil {
		return nil, err
	}
	iv, err := x.findItem("issue_number")
	if err != nil {
		return nil, err
	}
	moments := x.moments(iv)
	slices.SortStableFunc(moments, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	return mapped(paged(x, moments), func(m moment) fields { return m.show() }), nil
}

// moments collects commits, reviews, comments and events.
func (x *exchange) moments(iv *itemView) []moment {
	var out []moment
	for _, c := range iv.commits() {
		out = append(out, moment{c.PushedAt, func() fields { return x.committed(iv.repo, c) }})
	}
	for _, r := range iv.reviews() {
		out = append(out, moment{r.SubmittedAt, func() fields { return x.reviewed(r) }})
	}
	for _, c := range iv.comments() {
		out = append(out, moment{c.CreatedAt, func() fields { return x.commented(c) }})
	}
	events := iv.events()
	for i := range events {
		e := &events[i]
		out = append(out, moment{e.At, func() fields { return x.timelineEvent(iv, e) }})
	}
	return out
}

func (x *exchange) commented(c *commentView) fields {
	o := x.comment(c)
	o["event"], o["actor"] = "commented", o["user"]
	return o
}

func (x *exchange) reviewed(r *reviewView) fields {
	o := x.review(r)
	o["event"], o["state"] = "reviewed", strings.ToLower(r.state())
	o["updated_at"] = r.updatedAt()
	return o
}

// timelineEvent shows an event in a timeline, where a reference to the item has a form of
// its own.
func (x *exchange) timelineEvent(iv *itemView, e *Event) fields {
	if e.Kind != CrossReferenced {
		return x.event(iv, e)
	}
	source := fields{"type": "issue"}
	if e.Source != nil {
		if rv, _ := x.view.repoByName(e.Source.Owner, e.Source.Repo); rv != nil && x.mayRead(rv) {
			if other := rv.item(e.Source.Number); other != nil {
				source["issue"] = x.issue(other)
			}
		}
	}
	return fields{
		"event": e.Kind, "actor": x.actorOrNull(iv.repo, e.Actor), "created_at": e.At, "updated_at": e.At, "source": source,
	}
}
