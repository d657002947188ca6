package githubtest

import (
	"fmt"
	"testing"
	"time"
)

// readAll reads all issues or pull requests of the real repository with what a mirror
// wants of them, in pages, and adds up what it finds.
func readAll(a *asker, list string) map[string]int {
	a.t.Helper()
	type counted struct {
		TotalCount, FilteredCount int
		Nodes                     []struct{ Comments struct{ TotalCount int } }
	}
	var page struct {
		Repository struct {
			List struct {
				TotalCount int
				PageInfo   struct {
					HasNextPage bool
					EndCursor   string
				}
				Nodes []struct {
					State                                  string
					Comments, Reviews, Commits, Said, Ends counted
				}
			}
		}
	}
	sums, after := map[string]int{}, "null"
	more := ""
	if list == "pullRequests" {
		more = `reviews(first: 100) { totalCount nodes { comments { totalCount } } } commits { totalCount }
			ends: timelineItems(itemTypes: [MERGED_EVENT]) { filteredCount }`
	}
	for {
		a.into(&page, fmt.Sprintf(`{ repository(owner: "mlswg", name: "mls-protocol") { list: %s(first: 25, after: %s, orderBy: {field: UPDATED_AT, direction: DESC}) {
			totalCount pageInfo { hasNextPage endCursor } nodes { state comments { totalCount } %s said: timelineItems(itemTypes: [ISSUE_COMMENT]) { filteredCount } } } } }`,
			list, after, more), nil)
		for _, n := range page.Repository.List.Nodes {
			sums["items"]++
			sums[n.State]++
			sums["comments"] += n.Comments.TotalCount
			sums["reviews"] += n.Reviews.TotalCount
			sums["commits"] += n.Commits.TotalCount
			for _, review := range n.Reviews.Nodes {
				sums["review comments"] += review.Comments.TotalCount
			}
			sums["said"] += n.Said.FilteredCount
			sums["merges"] += n.Ends.FilteredCount
		}
		if sums["total"] = page.Repository.List.TotalCount; !page.Repository.List.PageInfo.HasNextPage {
			return sums
		}
		after = fmt.Sprintf("%q", page.Repository.List.PageInfo.EndCursor)
	}
}

// TestRealRepository holds the answers on the real repository against the numbers that
// its description states.
func TestRealRepository(t *testing.T) {
	a := newAsker(t, TimeOf(time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)), loadReal(t))
	issues, pulls := readAll(a, "issues"), readAll(a, "pullRequests")
	for what, want := range map[string]int{"items": 303, "total": 303, "CLOSED": 303} {
		if issues[what] != want {
			t.Errorf("issues: %d %s, want %d", issues[what], what, want)
		}
	}
	for what, want := range map[string]int{"items": 582, "total": 582, "MERGED": 505, "reviews": 1370, "merges": 505, "review comments": 1720} {
		if pulls[what] != want {
			t.Errorf("pull requests: %d %s, want %d", pulls[what], what, want)
		}
	}
	if n := issues["comments"] + pulls["comments"]; n != 1435 || n != issues["said"]+pulls["said"] {
		t.Errorf("%d comments, want 1435", n)
	}
}

// TestRealRepositoryInItsYouth asks for every field two years into the repository's life.
func TestRealRepositoryInItsYouth(t *testing.T) {
	d := loadReal(t)
	a := newAsker(t, TimeOf(time.Date(2019, 11, 7, 0, 0, 0, 0, time.UTC)), d)
	r := d.Repos[0]
	ids := []string{GlobalID("R", r.ID)}
	for _, item := range r.Items {
		if item.Number%97 == 0 && item.CreatedAt <= a.now {
			prefix := "I"
			if item.PR != nil {
				prefix = "PR"
			}
			ids = append(ids, GlobalID(prefix, r.ID, item.ID))
		}
	}
	if found := everyField(t, a, ids); len(found) < 100 {
		t.Errorf("%d objects", len(found))
	}
}
