package githubtest

import (
	"cmp"
	"crypto/sha1" //nolint:gosec // git's ids, not a secret
	"encoding/hex"
	"maps"
	"strings"
)

// commitsOfPull is how many commits REST lists of a pull request at most.
const commitsOfPull = 250

// pull shows a pull request as lists have it.
func (x *exchange) pull(iv *itemView) fields {
	rv := iv.repo
	api, page, issue := x.apiURL(rv, "/pulls/"+itoa(iv.Number)), webURL(iv.path()), x.apiURL(rv, "/issues/"+itoa(iv.Number))
	statuses := x.apiURL(rv, "/statuses/"+iv.headOID())
	body, _ := iv.body()
	assignees := mapped(iv.assignees(), x.account)
	reviewers, teams := x.requested(iv)
	o := fields{
		"id": iv.ID, "node_id": iv.nodeID(), "number": iv.Number, "url": api, "html_url": page,
		"diff_url": page + ".diff", "patch_url": page + ".patch", "issue_url": issue, "commits_url": api + "/commits",
		"review_comments_url": api + "/comments", "review_comment_url": x.apiURL(rv, "/pulls/comments{/number}"),
		"comments_url": issue + "/comments", "statuses_url": statuses,
		"state": restState(iv), "locked": iv.locked, "active_lock_reason": nil, "title": iv.title(),
		"body": orNil(body), "user": x.simpleUser(rv, iv.Author),
		"author_association": association(iv.AuthorAssociation), "labels": mapped(iv.labels(), x.label),
		"assignee": firstOrNull(assignees), "assignees": assignees, "milestone": x.milestoneOrNull(iv),
		"requested_reviewers": reviewers, "requested_teams": teams, "draft": iv.draft, "auto_merge": nil,
		"created_at": iv.CreatedAt, "updated_at": iv.updatedAt(), "closed_at": orNull(iv.closedAt),
		"merged_at": orNull(iv.mergedAt), "merge_commit_sha": orNil(mergeCommit(iv)),
		"head": x.headBranch(iv), "base": x.baseBranch(iv),
		"_links": fields{
			"self": href(api), "html": href(page), "issue": href(issue), "comments": href(issue + "/comments"),
			"review_comments": href(api + "/comments"), "commits": href(api + "/commits"), "statuses": href(statuses),
			"review_comment": href(x.apiURL(rv, "/pulls/comments{/number}")),
		},
	}
	return x.drop(o, "assignee", "merge_commit_sha")
}

// mergeCommit is what merge_commit_sha holds: of an open pull request a test merge that
// nobody keeps, of a closed one that was not merged nothing here.
func mergeCommit(iv *itemView) string {
	if iv.state() != "OPEN" {
		return iv.mergeOID()
	}
	sum := sha1.Sum([]byte("test merge of " + iv.headOID())) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// requested shows the accounts and the teams that are asked for a review.
func (x *exchange) requested(iv *itemView) (reviewers, teams []fields) {
	reviewers, teams = []fields{}, []fields{}
	for _, name := range iv.requested() {
		if slug, ok := strings.CutPrefix(name, "team:"); ok {
			teams = append(teams, x.team(iv.repo, slug))
		} else if u := iv.repo.user(name); u != nil {
			reviewers = append(reviewers, x.account(u))
		}
	}
	return reviewers, teams
}

// headBranch shows where the change comes from; the repository and its owner are null
// for a fork that is deleted.
func (x *exchange) headBranch(iv *itemView) fields {
	o := fields{"ref": iv.PR.HeadRef, "label": iv.PR.HeadRef, "sha": orZeroOID(iv.headOID()), "user": nil, "repo": nil}
	if from, ok := iv.headRepository().(node); ok {
		rv := from.value.(*repoView)
		o["label"], o["user"], o["repo"] = rv.owner+":"+iv.PR.HeadRef, x.account(rv.account()), x.embedded(rv)
	}
	return o
}

func (x *exchange) baseBranch(iv *itemView) fields {
	return fields{
		"ref": iv.baseRef(), "label": iv.repo.owner + ":" + iv.baseRef(), "sha": orZeroOID(iv.PR.BaseOID),
		"user": x.account(iv.repo.account()), "repo": x.embedded(iv.repo),
	}
}

// findPull gives the pull request that the route names.
func (x *exchange) findPull() (*itemView, *apiError) {
	iv := x.repo.item(int(x.number("pull_number")))
	if iv == nil || !iv.isPull() {
		return nil, notFound()
	}
	return iv, nil
}

// listPulls lists pull requests, by default the open ones, newest first.
func (x *exchange) listPulls() (any, *apiError) {
	const resource = "PullRequest"
	state, err1 := x.choice(resource, "state", "open", "closed", "all")
	by, err2 := x.choice(resource, "sort", "created", "updated", "popularity", "long-running")
	directions := []string{"asc", "desc"}
	if by == "created" {
		directions = []string{"desc", "asc"}
	}
	direction, err3 := x.choice(resource, "direction", directions...)
	if err := cmp.Or(err1, err2, err3); err != nil {
		return nil, err
	}
	list := &listing{pulls: true, byUpdate: by == "updated", descending: direction == "desc"}
	x.keepPulls(list, state)
	return mapped(pageOf(x, x.repo.items(list, nil, false), x.repo.count(list)), x.pull), nil
}

// keepPulls restricts a list to what the query's filters leave.
func (x *exchange) keepPulls(list *listing, state string) {
	base, head := x.query.Get("base"), x.query.Get("head")
	if state == "all" && base == "" && head == "" {
		return
	}
	list.key = "rest pulls " + state + " " + base + " " + head
	list.keep = func(iv *itemView) bool {
		owner, _, _ := strings.Cut(iv.PR.HeadRepo, "/")
		return (state == "all" || restState(iv) == state) && (base == "" || iv.baseRef() == base) &&
			(head == "" || owner+":"+iv.PR.HeadRef == head)
	}
}

func (x *exchange) getPull() (any, *apiError) {
	iv, err := x.findPull()
	if err != nil {
		return nil, err
	}
	o, size := x.pull(iv), iv.stats()
	maps.Copy(o, fields{
		"merged": iv.mergedAt != 0, "merged_by": nil, "mergeable": nil, "rebaseable": nil, "mergeable_state": "unknown",
		"comments": iv.commentCount(), "review_comments": len(iv.reviewComments()), "maintainer_can_modify": false,
		"commits": len(iv.commits()), "additions": size.additions, "deletions": size.deletions,
		"changed_files": size.files,
	})
	if iv.mergedAt != 0 {
		o["merged_by"] = x.simpleUser(iv.repo, iv.mergedBy())
	}
	if iv.state() == "OPEN" {
		o["mergeable"], o["rebaseable"], o["mergeable_state"] = true, true, "clean"
	}
	return o, nil
}

// review shows a submitted review.
func (x *exchange) review(r *reviewView) fields {
	rv := r.item.repo
	page, pull := webURL(r.path()), x.apiURL(rv, "/pulls/"+itoa(r.item.Number))
	return fields{
		"id": r.ID, "node_id": r.nodeID(), "user": x.simpleUser(rv, r.Author),
		"body": r.Body, "state": r.state(), "html_url": page, "pull_request_url": pull, "submitted_at": r.SubmittedAt,
		"commit_id": orZeroOID(r.commitOID()), "author_association": "NONE",
		"_links": fields{"html": href(page), "pull_request": href(pull)},
	}
}

func (x *exchange) listReviews() (any, *apiError) {
	iv, err := x.findPull()
	if err != nil {
		return nil, err
	}
	return mapped(paged(x, iv.reviews()), x.review), nil
}

// listCommitsOfPull lists the first 250 commits of a pull request.
func (x *exchange) listCommitsOfPull() (any, *apiError) {
	iv, err := x.findPull()
	if err != nil {
		return nil, err
	}
	commits := iv.commits()
	rows := paged(x, commits[:min(len(commits), commitsOfPull)])
	return mapped(rows, func(c PRCommit) fields { return x.commit(iv.repo, known(iv.repo, c)) }), nil
}

// known gives a pull request's commit, one without content if the dataset lacks it.
func known(rv *repoView, c PRCommit) *Commit {
	if commit := rv.Commit(c.OID); commit != nil {
		return commit
	}
	return &Commit{OID: c.OID, Author: Signature{At: c.PushedAt}, Committer: Signature{At: c.PushedAt}}
}

// committed shows a pull request's commit in its timeline.
func (x *exchange) committed(rv *repoView, c PRCommit) fields {
	o := x.gitCommit(rv, known(rv, c))
	o["event"] = "committed"
	parents := x.parents(rv, known(rv, c))
	o["parents"], o["html_url"] = parents, webURL("/"+rv.fullName()+"/commit/"+c.OID)
	o["sha"], o["node_id"] = c.OID, CommitGlobalID(rv.ID, c.OID)
	delete(o, "comment_count")
	return o
}
