package githubtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// onePage is a page of any connection.
type onePage struct {
	TotalCount int
	PageInfo   struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       *string
	}
	Edges []struct {
		Cursor string
		Node   map[string]any
	}
}

// names gives what tells the page's elements apart.
func (p onePage) names() []string {
	var out []string
	for _, e := range p.Edges {
		out = append(out, fmt.Sprint(e.Node["key"]))
	}
	return out
}

// lists are connections of the sample, as what is written before the arguments of the
// page, and what tells their elements apart.
var pagedLists = []struct{ name, before, key string }{
	{"issues by creation", `issues(`, "number"},
	{"issues by creation, newest first", `issues(orderBy: {field: CREATED_AT, direction: DESC}, `, "number"},
	{"issues by update", `issues(orderBy: {field: UPDATED_AT, direction: ASC}, `, "number"},
	{"issues by update, newest first", `issues(orderBy: {field: UPDATED_AT, direction: DESC}, `, "number"},
	{"open issues", `issues(states: OPEN, orderBy: {field: UPDATED_AT, direction: DESC}, `, "number"},
	{"issues since", `issues(filterBy: {since: "2024-01-02T00:00:00Z"}, `, "number"},
	{"pull requests", `pullRequests(orderBy: {field: UPDATED_AT, direction: DESC}, `, "number"},
	{"merged pull requests", `pullRequests(states: [MERGED], `, "number"},
	{"labels", `labels(`, "name"},
	{"labels by name", `labels(orderBy: {field: NAME, direction: DESC}, `, "name"},
	{"milestones", `milestones(`, "title"},
	{"releases", `releases(`, "tagName"},
	{"tags", `refs(refPrefix: "refs/tags/", `, "name"},
	{"tags by date", `refs(refPrefix: "refs/tags/", orderBy: {field: TAG_COMMIT_DATE, direction: DESC}, `, "name"},
	{"deployments", `deployments(`, "id"},
	{"none", `milestones(states: [CLOSED], query: "", orderBy: {field: NUMBER, direction: ASC}, `, "title"},
}

func (a *asker) page(before, key, arguments string) onePage {
	a.t.Helper()
	var got struct{ Repository struct{ List onePage } }
	a.into(&got, rocket(`list: `+before+arguments+`) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
		edges { cursor node { key: `+key+` } } }`), nil)
	return got.Repository.List
}

// TestPaging reads every list in pages of several sizes, forwards and backwards, and
// compares with the whole list.
func TestPaging(t *testing.T) {
	a := sampleAsker(t)
	for _, list := range pagedLists {
		t.Run(list.name, func(t *testing.T) {
			a.t = t
			whole := a.whole(list.before, list.key)
			for _, size := range []int{1, 2, 7, 100} {
				if size == 1 && len(whole) > 20 {
					continue
				}
				if diff := cmp.Diff(whole, a.forwards(list.before, list.key, size)); diff != "" {
					t.Errorf("forwards by %d: %s", size, diff)
				}
				if diff := cmp.Diff(whole, a.backwards(list.before, list.key, size)); diff != "" {
					t.Errorf("backwards by %d: %s", size, diff)
				}
			}
		})
	}
}

// whole reads a list by pages of a hundred, and holds its length against totalCount.
func (a *asker) whole(before, key string) []string {
	a.t.Helper()
	whole := a.forwards(before, key, 100)
	if p := a.page(before, key, "first: 1"); p.TotalCount != len(whole) || p.PageInfo.HasPreviousPage {
		a.t.Errorf("totalCount %d, read %d; hasPreviousPage of the first page is %t", p.TotalCount, len(whole), p.PageInfo.HasPreviousPage)
	}
	sorted := slices.Sorted(slices.Values(whole))
	if len(slices.Compact(sorted)) != len(whole) {
		a.t.Errorf("%v has something twice", whole)
	}
	return whole
}

func (a *asker) forwards(before, key string, size int) []string {
	a.t.Helper()
	var all []string
	after := ""
	for {
		p := a.page(before, key, fmt.Sprintf("first: %d%s", size, after))
		all = append(all, p.names()...)
		if p.PageInfo.HasPreviousPage != (after != "") && len(p.Edges) > 0 {
			a.t.Errorf("hasPreviousPage %t after %q", p.PageInfo.HasPreviousPage, after)
		}
		if !p.PageInfo.HasNextPage {
			return all
		}
		if last := p.Edges[len(p.Edges)-1].Cursor; len(p.Edges) != size || *p.PageInfo.EndCursor != last {
			a.t.Fatalf("page of %d has %d elements and ends at %s, not %s", size, len(p.Edges), *p.PageInfo.EndCursor, last)
		}
		after = fmt.Sprintf(", after: %q", *p.PageInfo.EndCursor)
	}
}

func (a *asker) backwards(before, key string, size int) []string {
	a.t.Helper()
	var all []string
	until := ""
	for {
		p := a.page(before, key, fmt.Sprintf("last: %d%s", size, until))
		all = append(p.names(), all...)
		if p.PageInfo.HasNextPage != (until != "") && len(p.Edges) > 0 {
			a.t.Errorf("hasNextPage %t before %q", p.PageInfo.HasNextPage, until)
		}
		if !p.PageInfo.HasPreviousPage {
			return all
		}
		if first := p.Edges[0].Cursor; len(p.Edges) != size || *p.PageInfo.StartCursor != first {
			a.t.Fatalf("page of %d has %d elements and begins at %s, not %s", size, len(p.Edges), *p.PageInfo.StartCursor, first)
		}
		until = fmt.Sprintf(", before: %q", *p.PageInfo.StartCursor)
	}
}

func TestEmptyPage(t *testing.T) {
	p := sampleAsker(t).page(`issues(labels: ["none"], `, "number", "first: 5")
	if p.PageInfo.EndCursor != nil || p.PageInfo.StartCursor != nil || p.PageInfo.HasNextPage || len(p.Edges) != 0 || p.TotalCount != 0 {
		t.Errorf("%+v", p)
	}
}

// TestBetweenCursors reads what lies between two cursors.
func TestBetweenCursors(t *testing.T) {
	a := sampleAsker(t)
	for _, list := range pagedLists[:4] {
		all := a.page(list.before, list.key, "first: 10")
		between := fmt.Sprintf(", after: %q, before: %q", all.Edges[2].Cursor, all.Edges[7].Cursor)
		for arguments, want := range map[string][]string{
			"first: 100": all.names()[3:7], "first: 2": all.names()[3:5], "last: 100": all.names()[3:7], "last: 2": all.names()[5:7],
		} {
			p := a.page(list.before, list.key, arguments+between)
			if diff := cmp.Diff(want, p.names()); diff != "" || !p.PageInfo.HasNextPage || !p.PageInfo.HasPreviousPage {
				t.Errorf("%s, %s: %s (%+v)", list.name, arguments, diff, p.PageInfo)
			}
		}
	}
}

// TestCursorsOutliveChanges goes on from a cursor whose element has moved, and from one
// whose element is gone.
func TestCursorsOutliveChanges(t *testing.T) {
	d := sample()
	a := newAsker(t, TimeOf(sampleNow), d)
	byUpdate := `issues(orderBy: {field: UPDATED_AT, direction: ASC}, `
	first := a.page(byUpdate, "number", "first: 3")
	after := fmt.Sprintf("first: 2, after: %q", *first.PageInfo.EndCursor)
	want := a.page(byUpdate, "number", after).names()
	r := d.Repos[0]
	a.world.change(func() {
		r.Items[0].Touched = append(r.Items[0].Touched, TimeOf(sampleNow))
		r.Item(100).DeletedAt = hour(300) // the third of the page
		r.Items = append(r.Items, &Item{Number: 5000, ID: 5000, CreatedAt: TimeOf(sampleNow)})
	})
	if got := a.page(byUpdate, "number", after).names(); !slices.Equal(got, want) {
		t.Errorf("after the change %v, want %v", got, want)
	}
}

// TestCursorsAreForOneOrder refuses cursors that another order gave.
func TestCursorsAreForOneOrder(t *testing.T) {
	a := sampleAsker(t)
	p := a.page(pagedLists[0].before, "number", "first: 1")
	for _, list := range pagedLists[1:4] {
		answer := a.raw(rocket(fmt.Sprintf(`%sfirst: 1, after: %q) { totalCount }`, list.before, *p.PageInfo.EndCursor)), nil)
		if got := strings.Join(answer.errors(), ""); !strings.HasPrefix(got, "INVALID_CURSOR_ARGUMENTS [repository issues]") {
			t.Errorf("%s: %s", list.name, got)
		}
	}
}

// TestTimelinePages holds the counts that timelines have beside totalCount, and skip.
func TestTimelinePages(t *testing.T) {
	a := sampleAsker(t)
	type timeline struct {
		TotalCount, FilteredCount, PageCount int
		Nodes                                []struct{ Kind string }
		PageInfo                             struct {
			HasNextPage bool
			EndCursor   string
		}
	}
	ask := func(arguments string) timeline {
		var got struct {
			Repository struct {
				Issue struct{ TimelineItems timeline }
			}
		}
		a.into(&got, rocket(`issue(number: 2) { timelineItems(`+arguments+`) { totalCount filteredCount pageCount
			nodes { kind: __typename } pageInfo { hasNextPage endCursor } } }`), nil)
		return got.Repository.Issue.TimelineItems
	}
	all := ask("first: 100")
	if all.TotalCount != 17 || all.FilteredCount != 17 || all.PageCount != 17 || len(all.Nodes) != 17 {
		t.Errorf("whole timeline: %+v", all)
	}
	labels := ask("first: 2, itemTypes: [LABELED_EVENT, UNLABELED_EVENT]")
	if labels.TotalCount != 17 || labels.FilteredCount != 3 || labels.PageCount != 2 || !labels.PageInfo.HasNextPage {
		t.Errorf("labels: %+v", labels)
	}
	rest := ask(fmt.Sprintf("first: 2, itemTypes: [LABELED_EVENT, UNLABELED_EVENT], after: %q", labels.PageInfo.EndCursor))
	if rest.FilteredCount != 1 || rest.PageCount != 1 || rest.Nodes[0].Kind != "UnlabeledEvent" {
		t.Errorf("rest of labels: %+v", rest)
	}
	if late := ask(fmt.Sprintf("first: 100, since: %q", hour(63))); late.FilteredCount != 4 || late.Nodes[0].Kind != "ClosedEvent" {
		t.Errorf("since: %+v", late)
	}
	if skipped := ask("first: 2, skip: 3"); skipped.Nodes[0].Kind != all.Nodes[3].Kind || skipped.PageCount != 2 {
		t.Errorf("skip: %+v", skipped)
	}
	if last := ask("last: 1"); last.Nodes[0].Kind != "CommentDeletedEvent" {
		t.Errorf("last: %+v", last)
	}
}
