package githubtest

import (
	"fmt"
	"slices"
	"strings"
)

// pullTypes resolves pull requests, their commits and their requests for review.
func pullTypes() map[string]resolvers {
	return map[string]resolvers{
		"PullRequest":       join(itemFields(), pullUnknown(), pullFacts(), pullLists()),
		"PullRequestCommit": prCommitFields(),
		"ReviewRequest": {
			"id":                of(func(_ *call, r reviewRequest) any { return r.nodeID() }),
			"databaseId":        of(func(_ *call, r reviewRequest) any { return accountID(r.who) }),
			"requestedReviewer": of(func(_ *call, r reviewRequest) any { return r.item.repo.reviewer(r.who) }),
			"pullRequest":       of(func(_ *call, r reviewRequest) any { return itemNode(r.item) }),
			"asCodeOwner":       always(false),
		},
	}
}

func pullFacts() resolvers {
	pull := func(f func(*itemView) any) resolver { return of(func(_ *call, iv *itemView) any { return f(iv) }) }
	return resolvers{
		"databaseId":          pull(func(iv *itemView) any { return iv.ID }),
		"permalink":           pull(func(iv *itemView) any { return webURL(iv.path()) }),
		"checksUrl":           pull(func(iv *itemView) any { return webURL(iv.path() + "/checks") }),
		"checksResourcePath":  pull(func(iv *itemView) any { return iv.path() + "/checks" }),
		"state":               pull(func(iv *itemView) any { return iv.state() }),
		"isDraft":             pull(func(iv *itemView) any { return iv.draft }),
		"merged":              pull(func(iv *itemView) any { return iv.mergedAt != 0 }),
		"mergedAt":            pull(func(iv *itemView) any { return iv.mergedAt }),
		"mergedBy":            pull(func(iv *itemView) any { return iv.repo.actor(iv.mergedBy()) }),
		"mergeCommit":         pull(func(iv *itemView) any { return iv.repo.commitNode(iv.mergeOID()) }),
		"mergeable":           pull(func(iv *itemView) any { return map[bool]string{true: "MERGEABLE", false: "UNKNOWN"}[iv.closedAt == 0] }),
		"mergeStateStatus":    pull(func(iv *itemView) any { return map[bool]string{true: "CLEAN", false: "UNKNOWN"}[iv.closedAt == 0] }),
		"baseRefName":         pull(func(iv *itemView) any { return iv.baseRef() }),
		"baseRefOid":          pull(func(iv *itemView) any { return orString(iv.PR.BaseOID, strings.Repeat("0", 40)) }),
		"baseRef":             pull(func(iv *itemView) any { return iv.repo.ref("refs/heads/" + iv.baseRef()) }),
		"baseRepository":      pull(func(iv *itemView) any { return node{"Repository", iv.repo} }),
		"headRefName":         pull(func(iv *itemView) any { return iv.PR.HeadRef }),
		"headRefOid":          pull(func(iv *itemView) any { return iv.headOID() }),
		"headRepository":      pull(func(iv *itemView) any { return iv.headRepository() }),
		"headRepositoryOwner": pull(func(iv *itemView) any { return iv.headOwner() }),
		"isCrossRepository":   pull(func(iv *itemView) any { return !iv.sameRepository() }),
		"additions":           pull(func(iv *itemView) any { return iv.stats().additions }),
		"deletions":           pull(func(iv *itemView) any { return iv.stats().deletions }),
		"changedFiles":        pull(func(iv *itemView) any { return iv.stats().files }),
		"totalCommentsCount":  pull(func(iv *itemView) any { return len(iv.comments()) + len(iv.reviewComments()) }),
		"reviewDecision":      pull(func(iv *itemView) any { return orNil(iv.decision()) }),
		"isInMergeQueue":      pull(func(iv *itemView) any { return iv.queued() }),
	}
}

// pullUnknown resolves what datasets do not know.
func pullUnknown() resolvers {
	return join(
		fixed(nil, "autoMergeRequest headRef mergeQueue mergeQueueEntry potentialMergeCommit statusCheckRollup "+
			"viewerLatestReview viewerLatestReviewRequest"),
		fixed(false, "canBeRebased isMergeQueueEnabled maintainerCanModify viewerCanApplySuggestion viewerCanDeleteHeadRef "+
			"viewerCanDisableAutoMerge viewerCanEditFiles viewerCanEnableAutoMerge viewerCanMergeAsAdmin viewerCanUpdateBranch"),
		fixed([]string{}, "suggestedReviewers"),
	)
}

func pullLists() resolvers {
	return resolvers{
		"closingIssuesReferences": of(func(c *call, iv *itemView) any { return c.references(iv.closing()) }),
		"commits":                 of(pullCommits),
		"reviews":                 of(pullReviews),
		"latestReviews":           of(func(c *call, iv *itemView) any { return c.reviewList(iv.latestReviews(false)) }),
		"latestOpinionatedReviews": of(func(c *call, iv *itemView) any {
			return c.reviewList(iv.latestReviews(true))
		}),
		"reviewThreads":  of(pullThreads),
		"reviewRequests": of(pullRequests),
	}
}

// sameRepository reports whether the head is a branch of the repository itself.
func (iv *itemView) sameRepository() bool {
	owner, name, _ := strings.Cut(iv.PR.HeadRepo, "/")
	_, had := iv.repo.hadName(owner, name, iv.repo.now())
	return had
}

// headRepository shows the repository of the head, nil for a deleted fork.
func (iv *itemView) headRepository() any {
	owner, name, ok := strings.Cut(iv.PR.HeadRepo, "/")
	switch {
	case !ok:
		return nil
	case iv.sameRepository():
		return node{"Repository", iv.repo}
	}
	fork := &repository{lazy: &lazyIndex{}, Repo: &Repo{
		ID: accountID(iv.PR.HeadRepo), Owner: owner, OwnerType: "User", Name: name,
		DefaultBranch: iv.repo.DefaultBranch, CreatedAt: iv.CreatedAt, index: index{users: iv.repo.index.users},
	}}
	return node{"Repository", &repoView{repository: fork, view: iv.repo.view, owner: owner, name: name}}
}

func (iv *itemView) headOwner() any {
	owner, _, ok := strings.Cut(iv.PR.HeadRepo, "/")
	if !ok {
		return nil
	}
	if u := iv.repo.user(owner); u != nil {
		return accountNode(u)
	}
	if iv.sameRepository() {
		return accountNode(iv.repo.account())
	}
	return nil
}

// queued reports whether the pull request is in the merge queue.
func (iv *itemView) queued() bool {
	in := false
	for _, e := range iv.events() {
		switch e.Kind {
		case AddedToMergeQueue:
			in = true
		case RemovedFromMergeQueue, Merged, Closed:
			in = false
		}
	}
	return in
}

// latestReviews gives each reviewer's last review, or last opinion.
func (iv *itemView) latestReviews(opinions bool) []*reviewView {
	var out []*reviewView
	for _, r := range iv.reviews() {
		if opinions && r.state() == "COMMENTED" {
			continue
		}
		out = slices.DeleteFunc(out, func(o *reviewView) bool { return r.Author != "" && o.Author == r.Author })
		out = append(out, r)
	}
	return out
}

// decision gives what the reviews amount to, "" without opinions.
func (iv *itemView) decision() string {
	decision := ""
	for _, r := range iv.latestReviews(true) {
		switch {
		case r.state() == "CHANGES_REQUESTED":
			return "CHANGES_REQUESTED"
		case r.state() == "APPROVED":
			decision = "APPROVED"
		}
	}
	return decision
}

// prCommit is a commit in a pull request.
type prCommit struct {
	PRCommit
	item *itemView
}

func prCommitFields() resolvers {
	path := func(_ *call, p prCommit) string { return p.item.path() + "/commits/" + p.OID }
	return join(paths(path), resolvers{
		"id":          of(func(_ *call, p prCommit) any { return nameID("PURC", p.item.ID, p.OID) }),
		"commit":      of(func(_ *call, p prCommit) any { return p.item.repo.commitNode(p.OID) }),
		"pullRequest": of(func(_ *call, p prCommit) any { return itemNode(p.item) }),
	})
}

// pullCommits lists the pull request's commits in the order of the branch.
func pullCommits(c *call, iv *itemView) any {
	var edges []edge
	for i, p := range iv.PR.Commits {
		if p.PushedAt <= iv.repo.now() && !p.RemovedAt.By(iv.repo.now()) {
			edges = append(edges, edge{place{N: int64(i)}, node{"PullRequestCommit", prCommit{p, iv}}})
		}
	}
	return c.connect("commits", &shortList{entries: edges})
}

// reviewRequest is a reviewer who is asked and has not answered.
type reviewRequest struct {
	item *itemView
	who  string
}

func (r reviewRequest) nodeID() string { return nameID("RR", r.item.ID, fmt.Sprint(r.who)) }

func pullRequests(c *call, iv *itemView) any {
	return connectAll(c, "requests", iv.requested(), func(i int, who string) edge {
		return edge{place{N: int64(i)}, node{"ReviewRequest", reviewRequest{iv, who}}}
	})
}
