package github_test

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

var end = time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)

// simulate starts a GitHub that shows a generated repository at its end.
func simulate(t *testing.T, issues, pulls int, change ...func(*githubtest.Options)) (*githubtest.Server, *githubtest.Repo) {
	t.Helper()
	data := githubtest.Generate(githubtest.GenerateOptions{Seed: 5, Issues: issues, PullRequests: pulls, MergeQueue: true, End: end, Bare: true})
	opts := githubtest.Options{Clock: func() time.Time { return end }, Datasets: []*githubtest.Dataset{data}}
	for _, f := range change {
		f(&opts)
	}
	server := githubtest.New(opts)
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server, data.Repos[0]
}

func connect(t *testing.T, server *githubtest.Server, names ...string) *github.Client {
	t.Helper()
	if len(names) == 0 {
		names = []string{"main"}
	}
	opts := github.Options{APIURL: server.APIURL(), GraphQLURL: server.GraphQLURL(), UserAgent: "github-dev-exporter/test", CommentBodies: "full"}
	for _, name := range names {
		opts.Tokens = append(opts.Tokens, github.TokenSource{Name: name, Read: func() (string, error) { return "token-" + name, nil }})
	}
	client, err := github.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// readAll reads every page of a kind of items, and the rest of their lists.
func readAll(t *testing.T, client *github.Client, repo model.Repository, kind model.Kind) map[int]*model.Item {
	t.Helper()
	read := client.Issues
	if kind == model.PullRequest {
		read = client.PullRequests
	}
	items := map[int]*model.Item{}
	var pending []github.Overflow
	for req := (github.PageRequest{Repo: repo}); ; {
		page, err := read(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Dropped) > 0 {
			t.Errorf("dropped %v", page.Dropped)
		}
		for i := range page.Items {
			items[page.Items[i].Number] = &page.Items[i]
		}
		pending = append(pending, page.Overflow...)
		if !page.HasNext {
			if page.Total != len(items) {
				t.Errorf("%d items of %d", len(items), page.Total)
			}
			break
		}
		req.After = page.EndCursor
	}
	for len(pending) > 0 {
		pages, err := client.Drain(t.Context(), repo, pending)
		if err != nil {
			t.Fatal(err)
		}
		pending = nil
		for _, p := range pages {
			if p.Err != nil {
				t.Fatal(p.Err)
			}
			item := items[p.Number]
			item.Events = append(item.Events, p.Events...)
			item.Commits = append(item.Commits, p.Commits...)
			if p.Connection == github.Labels {
				item.Labels = p.Labels
			}
			if p.HasNext {
				pending = append(pending, p.Next())
			}
		}
	}
	return items
}

func TestReadsAWholeRepository(t *testing.T) {
	server, data := simulate(t, 200, 200)
	client := connect(t, server)
	repos, err := client.Repositories(t.Context(), data.Owner)
	if err != nil || len(repos) != 1 {
		t.Fatalf("%+v, %v", repos, err)
	}
	repo := repos[0]
	byName, err := client.Repository(t.Context(), data.Owner, data.Name)
	if diff := gocmp.Diff(repo, byName); diff != "" || err != nil {
		t.Error(diff, err)
	}
	probes := client.Probe(t.Context(), []model.Repository{repo})
	if probes[0].Err != nil || probes[0].Issues.Count != 200 || probes[0].Pulls.Count != 200 || probes[0].Repository != repo {
		t.Fatalf("%+v", probes)
	}
	read := readAll(t, client, repo, model.Issue)
	for number, item := range readAll(t, client, repo, model.PullRequest) {
		read[number] = item
	}
	sorted := cmpopts.SortSlices(func(a, b string) bool { return a < b })
	for _, item := range data.Items {
		got := read[item.Number]
		if got == nil {
			t.Fatalf("#%d was not read", item.Number)
		}
		if diff := gocmp.Diff(truth(data, item), mirrored(got), sorted, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("#%d: %s", item.Number, diff)
		}
		if got.Kind == model.PullRequest && (got.CommitCount != len(got.Commits) || got.Additions != int64(item.PR.Additions)) {
			t.Errorf("#%d has %d commits of %d, %d additions of %d", item.Number, len(got.Commits), got.CommitCount, got.Additions, item.PR.Additions)
		}
	}
	compareComments(t, client, repo, data, read)
	compareSweeps(t, client, repo, read)
	compareStats(t, client, server)
}

func compareComments(t *testing.T, client *github.Client, repo model.Repository, data *githubtest.Repo, read map[int]*model.Item) {
	t.Helper()
	want, got := map[int64]int{}, map[int64]int{}
	for _, item := range data.Items {
		if item.PR == nil {
			continue
		}
		for _, r := range item.PR.Reviews {
			for _, c := range r.Comments {
				if c.DeletedAt == 0 {
					want[c.ID] = item.Number
				}
			}
		}
	}
	for req := (github.CommentsRequest{Repo: repo}); ; {
		page, err := client.ReviewComments(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Review {
			got[c.ID] = c.Number
		}
		again, err := client.ReviewComments(t.Context(), github.CommentsRequest{Repo: repo, URL: page.URL, ETag: page.ETag})
		if err != nil || !again.NotModified || again.Next != page.Next {
			t.Fatalf("%+v, %v; want nothing new", again, err)
		}
		if page.Next == "" {
			break
		}
		req = github.CommentsRequest{Repo: repo, URL: page.Next, Since: page.LastUpdate}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	page, err := client.IssueComments(t.Context(), github.CommentsRequest{Repo: repo})
	if err != nil || len(page.Issue) == 0 {
		t.Fatalf("%+v, %v", page, err)
	}
	for _, c := range page.Issue {
		i := slices.IndexFunc(read[c.Number].Events, func(e model.Event) bool { return e.ID == c.ID })
		if i < 0 {
			t.Fatalf("%s is not in the timeline of #%d", c.ID, c.Number)
		}
		if diff := gocmp.Diff(read[c.Number].Events[i], c.Event); diff != "" {
			t.Fatalf("REST and GraphQL differ: %s", diff)
		}
	}
}

// compareSweeps finds nothing to repair right after everything was read.
func compareSweeps(t *testing.T, client *github.Client, repo model.Repository, read map[int]*model.Item) {
	t.Helper()
	for _, kind := range []model.Kind{model.Issue, model.PullRequest} {
		rows := 0
		for after, more := "", true; more; {
			page, err := client.Sweep(t.Context(), repo, kind, after)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range page.Rows {
				item := read[row.Number]
				want := github.SweepRow{
					ItemID: github.ItemID{NodeID: item.NodeID, Number: item.Number, UpdatedAt: item.UpdatedAt},
					State:  item.State(), Comments: item.CommentCount, Reviews: item.ReviewCount,
				}
				if diff := gocmp.Diff(want, row); diff != "" {
					t.Fatal(diff)
				}
			}
			rows += len(page.Rows)
			after, more = page.EndCursor, page.HasNext
		}
		if rows != 200 {
			t.Errorf("swept %d of 200", rows)
		}
	}
}

// compareStats holds our counters against the server's.
func compareStats(t *testing.T, client *github.Client, server *githubtest.Server) {
	t.Helper()
	stats, counts := client.Stats(), server.Counts()
	points, rest := 0, 0
	for _, p := range stats.Points {
		points += p.Points
	}
	for _, r := range stats.Requests {
		if r.API == "rest" {
			rest += r.Count
		}
	}
	if want := counts.GraphQLPoints[githubtest.DefaultLogin]; points != want || rest != counts.REST {
		t.Errorf("%d points and %d requests counted, %d and %d spent", points, rest, want, counts.REST)
	}
	budget := server.Budget(githubtest.DefaultLogin, "graphql")
	for _, b := range client.Tokens()[0].Budgets {
		if b.Resource == "graphql" && (b.Used != budget.Used || b.Reset != model.At(budget.Reset)) {
			t.Errorf("%+v, want %+v", b, budget)
		}
	}
}

// After whatever a single answer suffers, the page is the one that it would
// have been.
func TestFaultsChangeNothing(t *testing.T) {
	server, data := simulate(t, 30, 30)
	repo := model.Repository{ID: data.ID, Owner: data.Owner, Name: data.Name}
	repo, err := connect(t, server).Repository(t.Context(), repo.Owner, repo.Name)
	if err != nil {
		t.Fatal(err)
	}
	pulls := func(t *testing.T, client *github.Client) any {
		page, err := client.PullRequests(t.Context(), github.PageRequest{Repo: repo, First: 10})
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	comments := func(t *testing.T, client *github.Client) any {
		page, err := client.ReviewComments(t.Context(), github.CommentsRequest{Repo: repo})
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	graphQL := githubtest.Fault{GraphQL: "PullsPage"}
	rest := githubtest.Fault{REST: "/repos/{owner}/{repo}/pulls/comments"}
	tests := []struct {
		on    githubtest.Fault
		read  func(*testing.T, *github.Client) any
		kinds []githubtest.FaultKind
	}{
		{graphQL, pulls, []githubtest.FaultKind{
			githubtest.FaultStatus, githubtest.FaultReset, githubtest.FaultTruncated, githubtest.FaultCut,
			githubtest.FaultEmpty, githubtest.FaultTrailing, githubtest.FaultHTML, githubtest.FaultPartial, githubtest.FaultDataNull,
			githubtest.FaultTimeout, githubtest.FaultResources, githubtest.FaultSecondary,
		}},
		{rest, comments, []githubtest.FaultKind{
			githubtest.FaultStatus, githubtest.FaultReset, githubtest.FaultTruncated, githubtest.FaultCut,
			githubtest.FaultEmpty, githubtest.FaultTrailing, githubtest.FaultHTML, githubtest.FaultSecondary,
		}},
	}
	for _, test := range tests {
		want := test.read(t, connect(t, server))
		for _, kind := range test.kinds {
			t.Run(cmp.Or(test.on.GraphQL, "rest")+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				server, _ := simulate(t, 30, 30)
				fault := test.on
				fault.Kind, fault.Count, fault.RetryAfter = kind, 1, time.Second
				server.AddFault(fault)
				got := test.read(t, connect(t, server))
				if server.Counts().Faults[string(kind)] != 1 {
					t.Fatal("the fault did not strike")
				}
				address := cmpopts.IgnoreFields(github.CommentsPage{}, "URL", "Next", "ETag")
				if diff := gocmp.Diff(want, got, address); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// What GitHub says of items and repositories that went away.
func TestWhatWentAway(t *testing.T) {
	server, data := simulate(t, 10, 5)
	client := connect(t, server)
	repo, err := client.Repository(t.Context(), data.Owner, data.Name)
	if err != nil {
		t.Fatal(err)
	}
	page, err := client.Issues(t.Context(), github.PageRequest{Repo: repo})
	if err != nil {
		t.Fatal(err)
	}
	kept, deleted, moved := page.Items[0], page.Items[1], page.Items[2]
	change(t, server.RenameRepository(data.ID, data.Owner, "renamed"))
	change(t, server.DeleteItem(data.ID, deleted.Number))
	change(t, server.TransferItem(data.ID, moved.Number, nil))
	for number, want := range map[int]github.Presence{kept.Number: github.Present, deleted.Number: github.Deleted, moved.Number: github.Transferred} {
		if got, err := client.Exists(t.Context(), repo, number); err != nil || got.Presence != want {
			t.Errorf("#%d: %+v, %v; want %d", number, got, err, want)
		}
	}
	results, err := client.Items(t.Context(), repo, []github.ItemID{{NodeID: kept.NodeID, Number: kept.Number}, {NodeID: deleted.NodeID, Number: deleted.Number}})
	if err != nil || results[0].Err != nil || !errors.Is(results[1].Err, github.ErrNotFound) {
		t.Errorf("%+v, %v", results, err)
	}
	if got, err := client.Item(t.Context(), repo, kept.Number); err != nil || got.Item.NodeID != kept.NodeID {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := client.Item(t.Context(), repo, deleted.Number); !errors.Is(err, github.ErrNotFound) {
		t.Errorf("%v, want %v", err, github.ErrNotFound)
	}
	renamed, err := client.Repository(t.Context(), data.Owner, data.Name)
	if err != nil || renamed.ID != repo.ID || renamed.Name != "renamed" {
		t.Errorf("%+v, %v", renamed, err)
	}
	change(t, server.DeleteRepository(data.ID))
	if probes := client.Probe(t.Context(), []model.Repository{repo}); !errors.Is(probes[0].Err, github.ErrNotFound) {
		t.Errorf("%+v", probes)
	}
	if _, err := client.Issues(t.Context(), github.PageRequest{Repo: repo}); !errors.Is(err, github.ErrNotFound) {
		t.Errorf("%v, want %v", err, github.ErrNotFound)
	}
}

func change(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTokensAgainstTheSimulation(t *testing.T) {
	server, _ := simulate(t, 1, 1, func(o *githubtest.Options) {
		o.Tokens = []githubtest.Token{{Token: "token-a", Login: "ann", Expiry: end.Add(48 * time.Hour)}, {Token: "token-b", Login: "ann"}}
	})
	client := connect(t, server, "a", "b", "c")
	if err := client.Identity(t.Context()); !errors.Is(err, github.ErrUnauthorized) {
		t.Errorf("%v, want %v for c", err, github.ErrUnauthorized)
	}
	if err := client.RateLimits(t.Context()); err != nil {
		t.Error(err)
	}
	a, b, c := client.Tokens()[0], client.Tokens()[1], client.Tokens()[2]
	if a.Identity != "ann" || a.Expiry != model.At(end.Add(48*time.Hour)) || b.Identity != "ann" || c.Up || len(a.Budgets) < 3 {
		t.Errorf("%+v", client.Tokens())
	}
	if diff := gocmp.Diff(a.Budgets, b.Budgets); diff != "" {
		t.Error(diff)
	}
}

func TestEnterpriseServerWithoutLimits(t *testing.T) {
	server, data := simulate(t, 3, 1, func(o *githubtest.Options) { o.Enterprise = true })
	client := connect(t, server)
	if err := client.RateLimits(t.Context()); err != nil {
		t.Fatal(err)
	}
	repo, err := client.Repository(t.Context(), data.Owner, data.Name)
	if err != nil {
		t.Fatal(err)
	}
	if page, err := client.Issues(t.Context(), github.PageRequest{Repo: repo}); err != nil || len(page.Items) != 3 {
		t.Errorf("%+v, %v", page, err)
	}
	if page, err := client.ReviewComments(t.Context(), github.CommentsRequest{Repo: repo}); err != nil {
		t.Errorf("%+v, %v", page, err)
	}
	if s := client.Tokens()[0]; !s.Up || len(s.Budgets) != 0 {
		t.Errorf("%+v", s)
	}
}
