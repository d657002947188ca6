package githubtest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var linkPattern = regexp.MustCompile(`<([^>]*)>; rel="(\w+)"`)

// links reads a Link header: addresses by their relation.
func links(r reply) map[string]string {
	out := map[string]string{}
	for _, match := range linkPattern.FindAllStringSubmatch(r.header.Get("Link"), -1) {
		out[match[2]] = match[1]
	}
	return out
}

// walkPages follows rel=next, or another relation, from a path on, and gives the ids (of runs and
// jobs too) in the order of the pages, and the number of pages.
func walkPages(t *testing.T, s *Server, path, relation string) (ids []int64, pages int) {
	t.Helper()
	for path != "" {
		r := get(t, s, path)
		if r.status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, r.status, r.body)
		}
		type row struct {
			ID     int64
			SHA    string
			Number int64
		}
		var rows []row
		if r.body[0] == '{' {
			wrapped := decode[struct{ Workflow_runs, Jobs []row }](t, r)
			rows = append(wrapped.Workflow_runs, wrapped.Jobs...)
		} else {
			rows = decode[[]row](t, r)
		}
		if pages++; pages > 500 {
			t.Fatal("pages without end")
		}
		for _, row := range rows {
			if row.ID == 0 { // of commits
				_, _ = fmt.Sscanf(row.SHA[20:], "%x", &row.ID)
			}
			ids = append(ids, row.ID)
		}
		path = strings.TrimPrefix(links(r)[relation], s.URL())
	}
	return ids, pages
}

func TestWalkingAllPagesGivesEveryRowOnce(t *testing.T) {
	s := start(t, sampleOptions())
	for _, test := range []struct {
		path        string
		rows, pages int
	}{
		{"issues?state=all&per_page=100", sampleFillers + 6, 3},
		{"issues?state=all&per_page=7&sort=updated&direction=asc", sampleFillers + 6, 36},
		{"issues?state=all&per_page=50&sort=comments", sampleFillers + 6, 5},
		{"issues?per_page=100", sampleFillers + 3, 3},
		{"issues?state=closed", 3, 1},
		{"issues?state=all&labels=kind/bug", 2, 1},
		{"issues?state=all&creator=alice&per_page=1", 2, 2},
		{"issues/comments?per_page=1", 2, 2},
		{"pulls?state=all&per_page=1", 4, 4},
		{"pulls/comments?per_page=1", 2, 2},
		{"pulls/9/commits", 250, 9},
		{"pulls/9/commits?per_page=100", 250, 3},
		{"issues/events?per_page=5", 17 - 1 + 8 + 2 + 1, 6},
		{"issues/2/events?per_page=4", 16, 4},
		{"issues/3/timeline?per_page=3", 8 + 1 + 2, 4},
		{"commits?per_page=2", 4, 2},
		{"deployments?per_page=1", 3, 3},
		{"deployments/601/statuses?per_page=2", 3, 2},
		{"actions/runs?per_page=2", 5, 3},
		{"actions/runs/701/jobs?per_page=1&filter=all", 2, 2},
		{"actions/runs/701/jobs", 1, 1},
		{"labels?per_page=1", 2, 2},
		{"milestones?state=all", 2, 1},
		{"releases?per_page=1", 2, 2},
	} {
		t.Run(test.path, func(t *testing.T) {
			ids, pages := walkPages(t, s, repoPath(test.path), "next")
			if len(ids) != test.rows || pages != test.pages {
				t.Errorf("%d rows on %d pages, want %d on %d", len(ids), pages, test.rows, test.pages)
			}
			slices.Sort(ids)
			if once := slices.Compact(slices.Clone(ids)); len(once) != len(ids) {
				t.Errorf("rows that came twice: %v", ids)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	s := start(t, sampleOptions())
	base := s.URL() + "/repositories/101/issues"
	for _, test := range []struct {
		page string
		want map[string]string
	}{
		{"", map[string]string{"next": "2", "last": "3"}},
		{"2", map[string]string{"prev": "1", "next": "3", "last": "3", "first": "1"}},
		{"3", map[string]string{"prev": "2", "first": "1"}},
		{"9", map[string]string{"prev": "3", "last": "3", "first": "1"}},
		{"odd", map[string]string{"next": "2", "last": "3"}},
	} {
		t.Run("page "+test.page, func(t *testing.T) {
			path := repoPath("issues?per_page=100&state=all")
			if test.page != "" {
				path += "&page=" + test.page
			}
			got := links(get(t, s, path))
			for relation, link := range got {
				u, err := url.Parse(link)
				if err != nil || s.URL()+u.Path != base || u.Query().Get("per_page") != "100" || u.Query().Get("state") != "all" {
					t.Errorf("%s leads to %s, %v", relation, link, err)
				}
				got[relation] = u.Query().Get("page")
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if one := get(t, s, repoPath("labels")); one.header.Get("Link") != "" {
		t.Errorf("a single page has a Link: %s", one.header.Get("Link"))
	}
}

func TestPageSizeIsAtMostAHundred(t *testing.T) {
	s := start(t, sampleOptions())
	for size, want := range map[string]int{"1000": 100, "0": 30, "-1": 30, "x": 30, "31": 31} {
		if rows := decode[[]any](t, get(t, s, repoPath("issues?per_page="+size))); len(rows) != want {
			t.Errorf("per_page=%s gives %d rows, want %d", size, len(rows), want)
		}
	}
}

func TestSortAndDirection(t *testing.T) {
	s := start(t, sampleOptions())
	for _, test := range []struct {
		name, path string
		want       []int64
	}{
		{"comments by creation", "issues/comments", []int64{1101, 1102}},
		{"direction alone does nothing", "issues/comments?direction=desc", []int64{1101, 1102}},
		{"direction with sort", "issues/comments?direction=desc&sort=created", []int64{1102, 1101}},
		{"since is by update", "issues/comments?since=" + hour(95).String(), []int64{1102}},
		{"review comments by update", "pulls/comments?sort=updated&direction=desc", []int64{912, 911}},
		{"review comments since", "pulls/comments?since=" + hour(27).String(), []int64{912}},
		{"pulls newest first", "pulls?state=all", []int64{2009, 2005, 2004, 2003}},
		{"pulls by update, oldest first", "pulls?state=all&sort=updated", []int64{2003, 2004, 2005, 2009}},
		{"open pulls", "pulls", []int64{2009, 2004}},
		{"pulls of a branch", "pulls?head=bob:more", []int64{2004}},
		{"pulls to a branch", "pulls?base=other", []int64{}},
		{"runs newest first", "actions/runs", []int64{705, 704, 703, 702, 701}},
		{"statuses newest first", "deployments/601/statuses", []int64{613, 612, 611}},
		{"deployments of one place", "deployments?environment=staging", []int64{603}},
		{"releases newest first", "releases", []int64{402, 401}},
		{"closed milestones", "milestones?state=closed", []int64{302}},
	} {
		t.Run(test.name, func(t *testing.T) {
			ids, _ := walkPages(t, s, repoPath(test.path), "next")
			if diff := cmp.Diff(test.want, ids, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIssuesSince(t *testing.T) {
	s := start(t, sampleOptions())
	at := hour(200)
	ids, _ := walkPages(t, s, repoPath("issues?state=all&per_page=100&since="+at.String()), "next")
	if len(ids) != sampleFillers {
		t.Errorf("%d rows since %s, want %d", len(ids), at, sampleFillers)
	}
	ids, _ = walkPages(t, s, repoPath("issues?state=all&per_page=100&since="+(at+1).String()), "next")
	if len(ids) != sampleFillers-7 {
		t.Errorf("since is not updated_at >= since: %d rows", len(ids))
	}
}

func TestRunsCreated(t *testing.T) {
	s := start(t, sampleOptions())
	first, second, third := hour(8), hour(18), hour(28)
	for _, test := range []struct {
		created string
		want    []int64
	}{
		{second.String() + ".." + third.String(), []int64{703, 702}},
		{"*.." + first.String(), []int64{701}},
		{hour(48).String() + "..*", []int64{705}},
		{">" + hour(38).String(), []int64{705}},
		{">=" + hour(38).String(), []int64{705, 704}},
		{"<" + second.String(), []int64{701}},
		{"<=" + second.String(), []int64{702, 701}},
		{second.String(), []int64{702}},
		{"2024-01-02", []int64{704, 703, 702}},
		{">2024-01-02", []int64{705}},
		{"<2024-01-02", []int64{701}},
		{"2024-01-02..2024-01-03", []int64{705, 704, 703, 702}},
	} {
		t.Run(test.created, func(t *testing.T) {
			ids, _ := walkPages(t, s, repoPath("actions/runs?created="+strings.ReplaceAll(test.created, "+", "%2B")), "next")
			if diff := cmp.Diff(test.want, ids); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFilteredRunsEndAfterAThousand needs more runs than the sample has.
func TestFilteredRunsEndAfterAThousand(t *testing.T) {
	opts := sampleOptions()
	repo := opts.Datasets[0].Repos[0]
	for n := range 1200 {
		repo.Runs = append(repo.Runs, &Run{
			ID: 20_000 + int64(n), Workflow: 501, Number: 10 + n, Event: "push", Branch: "main", OID: oidOf(1), CreatedAt: hour(100),
		})
	}
	repo.Index()
	s := start(t, opts)
	for path, want := range map[string]int{"actions/runs?per_page=100": 1205, "actions/runs?per_page=100&branch=main": 1000} {
		ids, _ := walkPages(t, s, repoPath(path), "next")
		total := decode[struct{ Total_count int }](t, get(t, s, repoPath(path))).Total_count
		if len(ids) != want || total != 1205 {
			t.Errorf("%s: %d rows of %d, want %d of 1205", path, len(ids), total, want)
		}
	}
}

func TestLongListsArePagedByCursor(t *testing.T) {
	opts := sampleOptions()
	opts.CursorPagingOver = 100
	s := start(t, opts)
	for _, path := range []string{
		"issues?state=all&per_page=50", "issues?state=all&per_page=50&sort=updated&direction=asc",
		"issues?state=all&per_page=41&sort=updated",
	} {
		ids, _ := walkPages(t, s, repoPath(path), "next")
		ordered := slices.Clone(ids)
		slices.Sort(ids)
		if len(ids) != sampleFillers+6 || len(slices.Compact(ids)) != sampleFillers+6 {
			t.Errorf("%s: %d rows", path, len(ids))
		}
		whole, _ := walkPages(t, start(t, sampleOptions()), repoPath(path), "next")
		if diff := cmp.Diff(whole, ordered); diff != "" {
			t.Errorf("%s: not the order of numbered pages: %s", path, diff)
		}
	}
	first := get(t, s, repoPath("issues?state=all"))
	if got := links(first); got["last"] != "" || !strings.Contains(got["next"], "after=") {
		t.Errorf("links of the first page: %v", got)
	}
	refused := get(t, s, repoPath("issues?state=all&page=2"))
	if refused.status != http.StatusUnprocessableEntity || !strings.Contains(string(refused.body), "cursor based pagination") {
		t.Errorf("a page number: %d %s", refused.status, refused.body)
	}
	second := get(t, s, strings.TrimPrefix(links(first)["next"], s.URL()))
	back := get(t, s, strings.TrimPrefix(links(second)["prev"], s.URL()))
	if string(back.body) != string(first.body) {
		t.Error("prev of the second page is not the first page")
	}
	if bad := get(t, s, repoPath("issues?state=all&after=nonsense")); bad.status != http.StatusUnprocessableEntity {
		t.Errorf("a bad cursor: %d", bad.status)
	}
	if short := get(t, s, repoPath("issues?state=closed&page=2")); short.status != http.StatusOK {
		t.Errorf("a page number of a short list: %d", short.status)
	}
}
