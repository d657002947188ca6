package githubtest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// at gives the sample's main repository as it looks at an instant.
func viewAt(t testing.TB, d *Dataset, now Time) *repoView {
	t.Helper()
	v := newWorld([]*Dataset{d}).view(now)
	t.Cleanup(v.close)
	rv := v.repoByID(d.Repos[0].ID)
	if rv == nil {
		t.Fatalf("no repository at %s", now)
	}
	return rv
}

// story is one pull request and one issue, in which everything happens at its own hour.
func story() *Dataset {
	pull := &Item{
		Number: 1, ID: 1, Author: "alice", CreatedAt: hour(1), Title: "First", Labels: []string{"bug"}, PR: &PR{
			BaseRef: "main", HeadRef: "x", HeadOID: oidOf(3), HeadRepo: "acme/rocket", MergeOID: oidOf(9), Draft: true,
			Additions: 30, Deletions: 3, ChangedFiles: 2,
			Commits: []PRCommit{
				{OID: oidOf(1), PushedAt: hour(1), RemovedAt: hour(4)}, {OID: oidOf(2), PushedAt: hour(4)}, {OID: oidOf(3), PushedAt: hour(6)},
			},
			Reviews: []Review{{ID: 91, Author: "bob", State: "APPROVED", SubmittedAt: hour(8), DismissedAt: hour(10), Comments: []ReviewComment{
				{ID: 92, CreatedAt: hour(7), ResolvedAt: hour(9)}, {ID: 93, ReplyTo: 92, CreatedAt: hour(7), DeletedAt: hour(9)},
			}}},
		},
		Comments: []Comment{{ID: 81, Author: "bob", CreatedAt: hour(3), DeletedAt: hour(5), Body: "a", Edits: []Edit{{At: hour(4), Body: "b"}}}},
		Events: []Event{
			{ID: 1, Kind: ReadyForReview, At: hour(2)},
			{ID: 2, Kind: Labeled, Label: "docs", At: hour(3)},
			{ID: 3, Kind: HeadRefForcePushed, At: hour(4), Before: oidOf(1), OID: oidOf(2)},
			{ID: 4, Kind: CommentDeleted, At: hour(5)},
			{ID: 5, Kind: ConvertToDraft, At: hour(6)},
			{ID: 6, Kind: ReadyForReview, At: hour(7)},
			{ID: 7, Kind: Unlabeled, Label: "bug", At: hour(9)},
			{ID: 8, Kind: ReviewDismissed, Review: 91, At: hour(10)},
			{ID: 9, Kind: Closed, At: hour(11)},
			{ID: 10, Kind: Reopened, At: hour(12)},
			{ID: 11, Kind: Merged, At: hour(13), Actor: "bob"},
			{ID: 12, Kind: Closed, At: hour(13)},
			{ID: 13, Kind: Mentioned, At: hour(14)},
			{ID: 14, Kind: Renamed, From: "First", To: "Second", At: hour(15)},
		},
		Touched: []Time{hour(20)},
	}
	issue := &Item{Number: 2, ID: 2, Author: "bob", CreatedAt: hour(2), DeletedAt: hour(6), Events: []Event{
		{ID: 30, Kind: Closed, At: hour(3), Reason: "not_planned"}, {ID: 31, Kind: Closed, At: hour(4)}, {ID: 32, Kind: Reopened, At: hour(5)},
	}}
	commits := []*Commit{{OID: oidOf(1), Additions: 5, ChangedFiles: 1}, {OID: oidOf(2), Additions: 7, Deletions: 1, ChangedFiles: 1}, {OID: oidOf(3)}, {OID: oidOf(9)}}
	r := &Repo{
		ID: 5, Owner: "acme", Name: "rocket", DefaultBranch: "main", CreatedAt: sampleStart, Items: []*Item{pull, issue}, Commits: commits,
		Users:  []*User{{ID: 1, Login: "alice", Type: "User", DeletedAt: hour(16)}, {ID: 2, Login: "bob", Type: "User"}},
		Labels: []*Label{{ID: 1, Name: "bug"}, {ID: 2, Name: "docs", Renames: []LabelRename{{At: hour(8), Name: "kind/docs"}}, DeletedAt: hour(17)}},
	}
	r.Index()
	return &Dataset{Repos: []*Repo{r}}
}

// TestLifeOfAPullRequest holds how a pull request looks after every hour of its life.
func TestLifeOfAPullRequest(t *testing.T) {
	d := story()
	look := func(n int) string {
		iv := viewAt(t, d, hour(n)).item(1)
		labels, comments, reviews := "", "", ""
		for _, l := range iv.labels() {
			labels += " " + l.name
		}
		for _, c := range iv.comments() {
			comments += " " + c.body()
		}
		for _, r := range iv.reviews() {
			reviews += fmt.Sprint(" ", r.state(), " ", len(r.comments()), " ", iv.threads()[0].resolved())
		}
		author := "ghost"
		if u := iv.repo.user(iv.Author); u != nil {
			author = u.Login
		}
		return fmt.Sprintf("%s draft=%t labels=%s comments=%s reviews=%s commits=%d head=%s +%d updated=%d author=%s title=%s",
			iv.state(), iv.draft, labels, comments, reviews, len(iv.commits()), iv.headOID()[34:], iv.stats().additions,
			(iv.updatedAt()-sampleStart)/3600, author, iv.title())
	}
	want := map[int]string{
		1:  "OPEN draft=true labels= bug comments= reviews= commits=1 head=abc001 +5 updated=1 author=alice title=First",
		2:  "OPEN draft=false labels= bug comments= reviews= commits=1 head=abc001 +5 updated=2 author=alice title=First",
		3:  "OPEN draft=false labels= bug docs comments= a reviews= commits=1 head=abc001 +5 updated=3 author=alice title=First",
		4:  "OPEN draft=false labels= bug docs comments= b reviews= commits=1 head=abc002 +7 updated=4 author=alice title=First",
		5:  "OPEN draft=false labels= bug docs comments= reviews= commits=1 head=abc002 +7 updated=4 author=alice title=First",
		6:  "OPEN draft=true labels= bug docs comments= reviews= commits=2 head=abc003 +30 updated=6 author=alice title=First",
		7:  "OPEN draft=false labels= bug docs comments= reviews= commits=2 head=abc003 +30 updated=7 author=alice title=First",
		8:  "OPEN draft=false labels= bug kind/docs comments= reviews= APPROVED 2 false commits=2 head=abc003 +30 updated=8 author=alice title=First",
		9:  "OPEN draft=false labels= kind/docs comments= reviews= APPROVED 1 true commits=2 head=abc003 +30 updated=9 author=alice title=First",
		10: "OPEN draft=false labels= kind/docs comments= reviews= DISMISSED 1 true commits=2 head=abc003 +30 updated=10 author=alice title=First",
		11: "CLOSED draft=false labels= kind/docs comments= reviews= DISMISSED 1 true commits=2 head=abc003 +30 updated=11 author=alice title=First",
		12: "OPEN draft=false labels= kind/docs comments= reviews= DISMISSED 1 true commits=2 head=abc003 +30 updated=12 author=alice title=First",
		13: "MERGED draft=false labels= kind/docs comments= reviews= DISMISSED 1 true commits=2 head=abc003 +30 updated=13 author=alice title=First",
		14: "MERGED draft=false labels= kind/docs comments= reviews= DISMISSED 1 true commits=2 head=abc003 +30 updated=13 author=alice title=First",
		17: "MERGED draft=false labels= comments= reviews= DISMISSED 1 true commits=2 head=abc003 +30 updated=15 author=ghost title=Second",
		20: "MERGED draft=false labels= comments= reviews= DISMISSED 1 true commits=2 head=abc003 +30 updated=20 author=ghost title=Second",
	}
	for n, wanted := range want {
		if diff := gocmp.Diff(wanted, look(n)); diff != "" {
			t.Errorf("after %d hours: %s", n, diff)
		}
	}
}

func TestLifeOfAnIssue(t *testing.T) {
	d := story()
	want := map[int]string{
		1: "absent", 2: "OPEN ''", 3: "CLOSED 'not_planned' 3", 4: "CLOSED 'completed' 3", 5: "OPEN 'reopened'", 6: "deleted",
	}
	words := map[presence]string{absent: "absent", deleted: "deleted"}
	for n, wanted := range want {
		rv := viewAt(t, d, hour(n))
		got := words[rv.presenceOf(rv.Item(2))]
		if iv := rv.item(2); iv != nil {
			got = fmt.Sprintf("%s '%s'", iv.state(), iv.stateReason())
			if iv.closedAt != 0 {
				got += fmt.Sprint(" ", int(iv.closedAt-sampleStart)/3600)
			}
		}
		if got != wanted {
			t.Errorf("after %d hours %q, want %q", n, got, wanted)
		}
	}
}

// numbers gives the numbers of a list's items.
func numbers(rv *repoView, q *listing, from *position, reverse bool) []int {
	var out []int
	for iv := range rv.items(q, from, reverse) {
		out = append(out, iv.Number)
	}
	return out
}

// naive gives the same by sorting everything.
func naive(rv *repoView, q *listing) []int {
	var all []*itemView
	for _, item := range rv.Items {
		if iv := rv.listed(q, item); iv != nil && (q.since == 0 || iv.updatedAt() >= q.since) {
			all = append(all, iv)
		}
	}
	slices.SortFunc(all, func(a, b *itemView) int {
		p, o := q.positionOf(a), q.positionOf(b)
		order := cmp.Or(cmp.Compare(p.at, o.at), cmp.Compare(p.number, o.number))
		if q.descending {
			return -order
		}
		return order
	})
	var out []int
	for _, iv := range all {
		out = append(out, iv.Number)
	}
	return out
}

// TestOrders compares lists with a plain sort, at many instants, for every kind of list,
// in both directions and from every place.
func TestOrders(t *testing.T) {
	for name, d := range map[string]*Dataset{"sample": sample(), "story": story()} {
		for n := 0; n < 260; n += 13 {
			rv := viewAt(t, d, hour(n))
			for bits := range 16 {
				q := &listing{issues: bits&1 == 0, pulls: bits&2 == 0, byUpdate: bits&4 != 0, descending: bits&8 != 0}
				if bits%3 == 0 {
					q.since = hour(n - 20)
				}
				what := fmt.Sprintf("%s after %d hours, %+v", name, n, *q)
				want := naive(rv, q)
				if got := numbers(rv, q, nil, false); !slices.Equal(got, want) {
					t.Fatalf("%s: %v, want %v", what, got, want)
				}
				if got := rv.count(q); got != len(want) {
					t.Fatalf("%s: count %d, want %d", what, got, len(want))
				}
				halves(t, what, rv, q, want)
			}
		}
	}
}

// halves checks what lies behind and before places in a list.
func halves(t *testing.T, what string, rv *repoView, q *listing, want []int) {
	t.Helper()
	for i := 0; i < len(want); i += 1 + len(want)/5 {
		from := q.positionOf(rv.item(want[i]))
		if got := numbers(rv, q, &from, false); !slices.Equal(got, want[i+1:]) {
			t.Fatalf("%s: behind %v come %v, want %v", what, from, got, want[i+1:])
		}
		before := slices.Clone(want[:i])
		slices.Reverse(before)
		if got := numbers(rv, q, &from, true); !slices.Equal(got, before) {
			t.Fatalf("%s: before %v come %v, want %v", what, from, got, before)
		}
	}
}

func TestCountsAreCached(t *testing.T) {
	rv := viewAt(t, sample(), TimeOf(sampleNow))
	asked := 0
	q := &listing{issues: true, key: "odd", keep: func(iv *itemView) bool { asked++; return iv.Number%2 == 1 }}
	first, calls := rv.count(q), asked
	if again := rv.count(q); again != first || asked != calls {
		t.Errorf("%d then %d, asked %d then %d times", first, again, calls, asked)
	}
	for n := range 2 * maxCounts {
		q.key = fmt.Sprint(n)
		rv.count(q)
	}
	if size := len(rv.lists().counts.counts); size > maxCounts {
		t.Errorf("%d counts are kept", size)
	}
}

func TestNamesOfRepositories(t *testing.T) {
	w := newWorld([]*Dataset{sample()})
	tests := []struct {
		name        string
		at          Time
		owner, repo string
		want        string
		moved       bool
	}{
		{"before its creation", hour(0) - 1, "acme", "old-rocket", "", false},
		{"first name", hour(9), "acme", "old-rocket", "acme/old-rocket", false},
		{"later name too early", hour(9), "acme", "rocket", "", false},
		{"later name", hour(10), "Acme", "Rocket", "acme/rocket", false},
		{"first name later", hour(10), "acme", "old-rocket", "acme/rocket", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := w.view(test.at)
			defer v.close()
			rv, moved := v.repoByName(test.owner, test.repo)
			got := ""
			if rv != nil {
				got = rv.fullName()
			}
			if got != test.want || moved != test.moved {
				t.Errorf("%q, moved %t; want %q, %t", got, moved, test.want, test.moved)
			}
		})
	}
}

// TestChange shows that lists follow a dataset that is changed while it is served.
func TestChange(t *testing.T) {
	d := story()
	w := newWorld([]*Dataset{d})
	count := func() int {
		v := w.view(hour(30))
		defer v.close()
		return v.repoByID(5).count(&listing{pulls: true, issues: true})
	}
	if n := count(); n != 1 {
		t.Fatalf("%d items, want 1", n)
	}
	w.change(func() { d.Repos[0].Items = append(d.Repos[0].Items, &Item{Number: 3, ID: 3, CreatedAt: hour(29)}) })
	if n := count(); n != 2 {
		t.Errorf("%d items after one was added, want 2", n)
	}
}
