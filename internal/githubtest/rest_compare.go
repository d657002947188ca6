package githubtest

import (
	"net/http"
	"slices"
	"strings"
)

// comparedCommits is how many commits a comparison gives that is not paged.
const comparedCommits = 250

// compare shows what lies between two commits.
func (x *exchange) compare() (any, *apiError) {
	left, right, ok := strings.Cut(x.params["basehead"], "...")
	if !ok {
		return nil, notFound()
	}
	base, head := x.resolve(left), x.resolve(right)
	if base == nil || head == nil {
		return nil, notFound()
	}
	ofBase, ofHead := x.ancestors(base), x.ancestors(head)
	ahead, behind := difference(ofHead, ofBase), difference(ofBase, ofHead)
	merge := x.mergeBase(ofBase, ofHead)
	if merge == nil {
		return nil, refuse(http.StatusNotFound, "No common ancestor between %s and %s.", left, right)
	}
	rows := filter(x.historyOf(head), func(c *Commit) bool { return !ofBase[c.OID] })
	slices.Reverse(rows) // oldest first
	api := x.apiURL(x.repo, "/compare/"+x.params["basehead"])
	page := webURL("/" + x.repo.fullName() + "/compare/" + x.params["basehead"])
	return fields{
		"url": api, "html_url": page, "permalink_url": page, "diff_url": page + ".diff", "patch_url": page + ".patch",
		"base_commit": x.commit(x.repo, base), "merge_base_commit": x.commit(x.repo, merge),
		"status": comparison(ahead, behind), "ahead_by": ahead, "behind_by": behind, "total_commits": len(rows),
		"commits": mapped(x.comparedPage(rows), func(c *Commit) fields { return x.commit(x.repo, c) }),
		"files":   []fields{},
	}, nil
}

// ancestors gives the ids of a commit and everything it descends from.
func (x *exchange) ancestors(c *Commit) map[string]bool {
	ids := map[string]bool{}
	for _, i := range x.repo.history(c.OID) {
		ids[x.repo.Commits[i].OID] = true
	}
	return ids
}

// difference counts what is in a and not in b.
func difference(a, b map[string]bool) int {
	n := 0
	for oid := range a {
		if !b[oid] {
			n++
		}
	}
	return n
}

// comparison is GitHub's word for how head lies to base.
func comparison(ahead, behind int) string {
	switch {
	case ahead > 0 && behind > 0:
		return "diverged"
	case ahead > 0:
		return "ahead"
	case behind > 0:
		return "behind"
	}
	return "identical"
}

// mergeBase gives the newest commit that both have.
func (x *exchange) mergeBase(a, b map[string]bool) *Commit {
	var newest *Commit
	for _, c := range x.repo.Commits {
		if a[c.OID] && b[c.OID] && (newest == nil || c.Committer.At >= newest.Committer.At) {
			newest = c
		}
	}
	return newest
}

// comparedPage gives the page that was asked for, else the last 250 commits.
func (x *exchange) comparedPage(rows []*Commit) []*Commit {
	if x.query.Has("page") || x.query.Has("per_page") {
		return paged(x, rows)
	}
	return rows[max(0, len(rows)-comparedCommits):]
}
