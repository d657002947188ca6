package githubtest

import (
	"fmt"
	"testing"
	"time"
)

// bigRepository has items as large ones have: every fourth is a pull request, each
// with a dozen things that happened to it, spread over four years.
func bigRepository(items int) *Dataset {
	r := &Repo{ID: 77, Owner: "acme", Name: "big", DefaultBranch: "main", CreatedAt: sampleStart, Users: []*User{{ID: 1, Login: "alice", Type: "User"}}}
	for n := range items {
		at := sampleStart.Add(time.Duration(n) * 4 * 365 * 24 * time.Hour / time.Duration(items))
		item := &Item{Number: n + 1, ID: int64(n + 1), Author: "alice", CreatedAt: at}
		for i := range 6 {
			later := at.Add(time.Duration(1+i) * time.Duration(1+n%200) * time.Hour)
			item.Comments = append(item.Comments, Comment{ID: int64(10*n + i), Author: "alice", CreatedAt: later})
			item.Events = append(item.Events, Event{ID: int64(10*n + i), Kind: Subscribed, Actor: "alice", At: later})
		}
		item.Events[5].Kind = Closed
		if n%4 == 0 {
			oid := oidOf(n)
			r.Commits = append(r.Commits, &Commit{OID: oid, Author: Signature{"alice", at}, Committer: Signature{"alice", at}})
			item.PR = &PR{BaseRef: "main", HeadRef: "x", HeadOID: oid, Commits: []PRCommit{{OID: oid, PushedAt: at}}}
		}
		r.Items = append(r.Items, item)
	}
	r.Index()
	return &Dataset{Repos: []*Repo{r}}
}

const bigPage = `query($after: String) { repository(owner: "acme", name: "big") { pullRequests(first: 25, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
	totalCount pageInfo { hasNextPage endCursor } nodes { id number state updatedAt isDraft headRefOid author { __typename login }
		labels(first: 20) { nodes { id name } } assignees(first: 10) { nodes { login } } closingIssuesReferences(first: 5) { nodes { number } }
		commits(first: 20) { nodes { commit { oid authoredDate committedDate } } }
		timelineItems(first: 50, itemTypes: [ISSUE_COMMENT, PULL_REQUEST_REVIEW, CLOSED_EVENT, LABELED_EVENT]) { filteredCount
			nodes { __typename ... on Node { id } ... on IssueComment { createdAt author { login } } ... on ClosedEvent { createdAt } } } } } } }`

// BenchmarkPullsPage reads a page of 25 pull requests by update, in the midst of a big
// repository's life, with its clock moving before every page: it must not cost more for
// more items.
func BenchmarkPullsPage(b *testing.B) {
	for _, items := range []int{40_000, 200_000} {
		b.Run(fmt.Sprint(items), func(b *testing.B) {
			a := newAsker(b, sampleStart.Add(3*365*24*time.Hour), bigRepository(items))
			first := a.raw(bigPage, nil)
			if len(first.Errors) > 0 {
				b.Fatal(first.errors())
			}
			b.ResetTimer()
			for b.Loop() {
				a.now++
				a.raw(bigPage, nil)
			}
		})
	}
}

// BenchmarkFirstList builds what lists need, which happens once for a repository.
func BenchmarkFirstList(b *testing.B) {
	d := bigRepository(40_000)
	for b.Loop() {
		v := newWorld([]*Dataset{d}).view(sampleStart.Add(1000 * time.Hour))
		v.repoByID(77).lists()
		v.close()
	}
}
