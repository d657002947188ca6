package github_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// lacking makes a simulated server's schema lack something.
func lacking(missing ...string) func(*githubtest.Options) {
	return func(o *githubtest.Options) { o.Missing = missing }
}

// young makes the ids of comments and reviews as small as those of a server that
// is not github.com: databaseId cannot show greater ones than 2³¹.
func young(o *githubtest.Options) {
	const less = 2_000_000_000
	for _, item := range o.Datasets[0].Repos[0].Items {
		for i := range item.Comments {
			item.Comments[i].ID -= less
		}
		for i := range item.Events {
			if item.Events[i].Review != 0 {
				item.Events[i].Review -= less
			}
		}
		if item.PR == nil {
			continue
		}
		for i := range item.PR.Reviews {
			item.PR.Reviews[i].ID -= less
		}
	}
}

// everything is what a first sync reads.
type everything struct {
	Repository model.Repository
	Probe      github.Probe
	Items      map[int]*model.Item
	Again      map[int]model.Item
	Rows       map[int]github.SweepRow
	Labels     []model.Label
}

// readEverything reads a repository in all ways that there are.
func readEverything(t *testing.T, client *github.Client, data *githubtest.Repo) everything {
	t.Helper()
	repos, err := client.Repositories(t.Context(), data.Owner)
	if err != nil || len(repos) != 1 {
		t.Fatalf("%+v, %v", repos, err)
	}
	all := everything{
		Repository: repos[0], Probe: client.Probe(t.Context(), repos)[0],
		Items: readAll(t, client, repos[0], model.Issue), Again: map[int]model.Item{}, Rows: map[int]github.SweepRow{},
	}
	if all.Probe.Err != nil {
		t.Fatal(all.Probe.Err)
	}
	for number, item := range readAll(t, client, repos[0], model.PullRequest) {
		all.Items[number] = item
	}
	for _, item := range all.Items {
		if item.Number%7 == 0 {
			all.readAgain(t, client, item)
		}
	}
	for _, kind := range []model.Kind{model.Issue, model.PullRequest} {
		for page, err := client.Sweep(t.Context(), repos[0], kind, ""); ; page, err = client.Sweep(t.Context(), repos[0], kind, page.EndCursor) {
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range page.Rows {
				all.Rows[row.Number] = row
			}
			if !page.HasNext {
				break
			}
		}
	}
	labels, err := client.Labels(t.Context(), repos[0], "")
	if err != nil {
		t.Fatal(err)
	}
	all.Labels = labels.Labels
	return all
}

// readAgain reads an item by its node and by its number.
func (all *everything) readAgain(t *testing.T, client *github.Client, item *model.Item) {
	t.Helper()
	byNode, err := client.Items(t.Context(), all.Repository, []github.ItemID{{NodeID: item.NodeID, Number: item.Number}})
	if err != nil || byNode[0].Err != nil {
		t.Fatalf("%+v, %v", byNode, err)
	}
	byNumber, err := client.Item(t.Context(), all.Repository, item.Number)
	if diff := gocmp.Diff(byNode[0].Item, byNumber.Item); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	all.Again[item.Number] = byNumber.Item
}

// The first sync of a server that lacks much gives the records of one that
// lacks nothing, but for what is missing.
func TestFirstSyncOfAnOldServer(t *testing.T) {
	whole, data := simulate(t, 60, 60, young)
	want := readEverything(t, connect(t, whole), data)
	tests := []struct {
		name    string
		missing []string
		without func(*everything)
	}{
		{"nothing", nil, nil},
		{"full ids", []string{"IssueComment.fullDatabaseId", "PullRequestReview.fullDatabaseId"}, nil},
		{"database ids", []string{"IssueComment.databaseId", "PullRequestReview.databaseId"}, nil},
		{"rate limit", []string{"Query.rateLimit"}, nil},
		{"counts of nodes", []string{"RateLimit.nodeCount", "RateLimit.used"}, nil},
		{"filtered count", []string{
			"IssueTimelineItemsConnection.filteredCount", "PullRequestTimelineItemsConnection.filteredCount",
		}, func(all *everything) { all.each(func(it *model.Item) { it.TimelineCount = 0 }) }},
		{"state reason", []string{"Issue.stateReason", "ClosedEvent.stateReason"}, func(all *everything) {
			all.each(func(it *model.Item) { it.Reason = ""; eachEvent(it, func(e *model.Event) { e.Reason = keepReason(e) }) })
		}},
		{"duplicates", []string{"Issue.stateReason(enableDuplicate)", "IssueStateReason.DUPLICATE"}, func(all *everything) {
			all.each(func(it *model.Item) {
				it.Reason = notPlanned(it.Reason)
				eachEvent(it, func(e *model.Event) { e.Reason = notPlanned(e.Reason) })
			})
		}},
		{"drafts", []string{"PullRequest.isDraft"}, func(all *everything) { all.each(func(it *model.Item) { it.Draft = false }) }},
		{"merge queue", []string{
			"AddedToMergeQueueEvent", "PullRequestTimelineItemsItemType.ADDED_TO_MERGE_QUEUE_EVENT",
			"RemovedFromMergeQueueEvent", "PullRequestTimelineItemsItemType.REMOVED_FROM_MERGE_QUEUE_EVENT",
		}, func(all *everything) { all.each(withoutEvents(model.AddedToMergeQueue, model.RemovedFromMergeQueue)) }},
		{"closing references", []string{"PullRequest.closingIssuesReferences"}, func(all *everything) {
			all.each(func(it *model.Item) { it.Closes = nil })
		}},
		{"comments of pull requests", []string{"PullRequest.totalCommentsCount"}, withoutPullComments},
		{"visibility", []string{"Repository.visibility"}, nil},
		{"much", githubtest.EnterpriseMissing("2.21"), func(all *everything) {
			all.Repository.Stars, all.Probe.Repository.Stars = 0, 0
			withoutPullComments(all)
			all.each(func(it *model.Item) {
				it.Reason, it.Draft, it.Closes = "", false, nil
				withoutEvents(model.AddedToMergeQueue, model.RemovedFromMergeQueue, model.ReadyForReview, model.ConvertToDraft,
					model.ConvertedToDiscussion)(it)
				eachEvent(it, func(e *model.Event) { e.Reason = keepReason(e) })
			})
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server, data := simulate(t, 60, 60, young, lacking(test.missing...), func(o *githubtest.Options) { o.Enterprise = true })
			got := readEverything(t, connect(t, server), data)
			want := want.copied()
			if test.without != nil {
				whole := want.copied()
				if test.without(&want); reflect.DeepEqual(whole, want) {
					t.Error("nothing that is missing is in the records")
				}
			}
			for _, all := range []*everything{&want, &got} { // a page holds other events where some are unknown
				all.each(func(it *model.Item) { it.TimelineEnd = "" })
			}
			if !reflect.DeepEqual(want, got) { // mostly they are, and cmp takes a hundred times as long to see it
				if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Error(diff)
				}
			}
			asked := asked(server, "Introspection")
			if expected := min(1, len(test.missing)); asked != expected {
				t.Errorf("the schema was asked for %d times, want %d", asked, expected)
			}
		})
	}
}

// copied makes a copy that can be changed.
func (all everything) copied() everything {
	items, again := all.Items, all.Again
	all.Items, all.Again, all.Rows = map[int]*model.Item{}, map[int]model.Item{}, maps.Clone(all.Rows)
	for number, item := range items {
		it := *item
		it.Events = slices.Clone(it.Events)
		all.Items[number] = &it
	}
	for number, it := range again {
		it.Events = slices.Clone(it.Events)
		all.Again[number] = it
	}
	return all
}

// each changes all items.
func (all *everything) each(change func(*model.Item)) {
	for _, item := range all.Items {
		change(item)
	}
	for number, item := range all.Again {
		change(&item)
		all.Again[number] = item
	}
}

func eachEvent(it *model.Item, change func(*model.Event)) {
	for i := range it.Events {
		change(&it.Events[i])
	}
}

// keepReason gives the reason of an event whose type still has one.
func keepReason(e *model.Event) string {
	if e.Kind == model.Closed {
		return ""
	}
	return e.Reason
}

func notPlanned(reason string) string {
	if reason == "duplicate" {
		return "not_planned"
	}
	return reason
}

func withoutEvents(kinds ...model.EventKind) func(*model.Item) {
	return func(it *model.Item) {
		before := len(it.Events)
		it.Events = slices.DeleteFunc(it.Events, func(e model.Event) bool { return slices.Contains(kinds, e.Kind) })
		it.TimelineCount -= before - len(it.Events)
	}
}

func withoutPullComments(all *everything) {
	all.each(func(it *model.Item) {
		if it.Kind == model.PullRequest {
			it.CommentCount = 0
			row, listed := all.Rows[it.Number]
			row.Comments = 0
			if listed {
				all.Rows[it.Number] = row
			}
		}
	})
}

// asked counts the requests of an operation.
func asked(server *githubtest.Server, operation string) (n int) {
	for _, r := range server.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

// ways are all that callers do at once.
func ways(ctx context.Context, client *github.Client, repo model.Repository) []func() error {
	page := github.PageRequest{Repo: repo, First: 5}
	return []func() error{
		func() error { _, err := client.Issues(ctx, page); return err },
		func() error { _, err := client.PullRequests(ctx, page); return err },
		func() error { return client.Probe(ctx, []model.Repository{repo})[0].Err },
		func() error { _, err := client.Sweep(ctx, repo, model.PullRequest, ""); return err },
		func() error { _, err := client.Repository(ctx, repo.Owner, repo.Name); return err },
		func() error { _, err := client.Item(ctx, repo, 1); return err },
		func() error { _, err := client.Prices(ctx); return err },
	}
}

// all does things side by side, each several times.
func all(do []func() error) []error {
	errs := make([]error, 3*len(do))
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = do[i%len(do)]() })
	}
	wg.Wait()
	return errs
}

// idOf gives a repository by its name, as a client that knows nothing of the schema yet needs it.
func idOf(t *testing.T, data *githubtest.Repo) model.Repository {
	t.Helper()
	whole, _ := simulate(t, 20, 20)
	repo, err := connect(t, whole).Repository(t.Context(), data.Owner, data.Name)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

func TestCallersAskForTheSchemaOnce(t *testing.T) {
	server, data := simulate(t, 20, 20, lacking(githubtest.EnterpriseMissing("2.21")...))
	client := connect(t, server)
	if err := errors.Join(all(ways(t.Context(), client, idOf(t, data)))...); err != nil {
		t.Fatal(err)
	}
	if n := asked(server, "Introspection"); n != 1 {
		t.Errorf("the schema was asked for %d times", n)
	}
	server.ResetLog()
	if err := errors.Join(all(ways(t.Context(), client, idOf(t, data)))...); err != nil {
		t.Fatal(err)
	}
	if n, want := len(server.Requests()), 3*(6+20); n != want {
		t.Errorf("%d requests once the schema is known, want %d", n, want)
	}
}

// logged makes a client that writes its log into a buffer, in place of another.
func logged(t *testing.T, server *githubtest.Server, previous *github.Client) (*github.Client, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	client, err := github.New(github.Options{
		APIURL: server.APIURL(), GraphQLURL: server.GraphQLURL(), UserAgent: "github-dev-exporter/test", Previous: previous,
		Tokens: []github.TokenSource{{Name: "main", Read: func() (string, error) { return "token-main", nil }}},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return client, &log
}

func TestWhatIsLeftOutIsLoggedOnce(t *testing.T) {
	server, data := simulate(t, 20, 20, lacking("PullRequest.isDraft", "Issue.stateReason(enableDuplicate)", "Mannequin"))
	client, log := logged(t, server, nil)
	for range 2 {
		if err := errors.Join(all(ways(t.Context(), client, idOf(t, data)))...); err != nil {
			t.Fatal(err)
		}
	}
	const want = `left_out="Issue.stateReason(enableDuplicate), Mannequin, PullRequest.isDraft" needed=""`
	if lines := strings.Split(strings.TrimSpace(log.String()), "\n"); len(lines) != 1 || !strings.Contains(lines[0], want) {
		t.Errorf("logged %s", log)
	}
	// The client that takes over knows it, too.
	next, log := logged(t, server, client)
	if err := errors.Join(all(ways(t.Context(), next, idOf(t, data)))...); err != nil || log.Len() > 0 {
		t.Errorf("%v, logged %s", err, log)
	}
	if n := asked(server, "Introspection"); n != 1 {
		t.Errorf("the schema was asked for %d times", n)
	}
	// Of another server it knows nothing.
	other, data := simulate(t, 20, 20, lacking("PullRequest.isDraft"))
	moved, log := logged(t, other, client)
	if _, err := moved.PullRequests(t.Context(), github.PageRequest{Repo: idOf(t, data)}); err != nil || !strings.Contains(log.String(), `left_out=PullRequest.isDraft`) {
		t.Errorf("%v, logged %s", err, log)
	}
}

func TestWhatIsNeededIsNamed(t *testing.T) {
	for _, missing := range []string{
		"PullRequest.timelineItems", "PullRequest.updatedAt", "PullRequest.number", "Repository.pullRequests", "MergedEvent",
		"PullRequestTimelineItemsItemType.CLOSED_EVENT", "PullRequestTimelineItemsConnection.pageInfo", "PullRequestCommit.commit",
	} {
		server, data := simulate(t, 20, 20, lacking(missing))
		client, log := logged(t, server, nil)
		for range 2 {
			_, err := client.PullRequests(t.Context(), github.PageRequest{Repo: idOf(t, data)})
			want := "github: pull_requests of " + data.Owner + "/" + data.Name + ": schema: the server's GraphQL schema lacks " + missing +
				", and without it nothing right can be read"
			if !errors.Is(err, github.ErrSchema) || err.Error() != want {
				t.Errorf("got %v", err)
			}
		}
		if !strings.Contains(log.String(), "needed="+missing) {
			t.Errorf("%s: logged %s", missing, log)
		}
		if n := asked(server, "Introspection"); n != 1 {
			t.Errorf("%s: the schema was asked for %d times", missing, n)
		}
		if _, err := client.Labels(t.Context(), idOf(t, data), ""); err != nil {
			t.Errorf("%s: labels cannot be read: %v", missing, err)
		}
	}
}

// An argument that the server does not show may exist: what it says of it counts.
func TestNeededArgumentIsNamedByTheServer(t *testing.T) {
	server, data := simulate(t, 20, 20, lacking("Repository.issues(filterBy)"))
	_, err := connect(t, server).Issues(t.Context(), github.PageRequest{Repo: idOf(t, data)})
	if !errors.Is(err, github.ErrSchema) || !strings.Contains(err.Error(), "Field 'issues' doesn't accept argument 'filterBy'") {
		t.Errorf("got %v", err)
	}
	if n := len(server.Requests()); n != 2 { // the page once, and the schema
		t.Errorf("%d requests", n)
	}
}

func TestSchemaThatIsNotShown(t *testing.T) {
	server, data := simulate(t, 20, 20, lacking("PullRequest.isDraft", "Query.__schema"))
	client, repo := connect(t, server), idOf(t, data)
	for range 3 {
		_, err := client.PullRequests(t.Context(), github.PageRequest{Repo: repo})
		const want = "the server's GraphQL schema lacks something: Field 'isDraft' doesn't exist on type 'PullRequest'; " +
			"what it has cannot be found out: schema: Field '__schema' doesn't exist on type 'Query'"
		if !errors.Is(err, github.ErrSchema) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	}
	if n := len(server.Requests()); n != 3+1 {
		t.Errorf("%d requests, want three of pages and one of the schema", n)
	}
	if _, err := client.Issues(t.Context(), github.PageRequest{Repo: repo}); err != nil {
		t.Errorf("what lacks nothing fails: %v", err)
	}
}

// A server that fails while it shows its schema is asked again.
func TestSchemaIsAskedForAgain(t *testing.T) {
	server, data := simulate(t, 20, 20, lacking("PullRequest.isDraft"))
	repo := idOf(t, data)
	server.AddFault(githubtest.Fault{
		Kind: githubtest.FaultStatus, GraphQL: "Introspection", Status: http.StatusForbidden, Count: 1, Body: `{"message":"No."}`,
		Header: http.Header{"Content-Type": {"application/json"}},
	})
	server.AddFault(githubtest.Fault{Kind: githubtest.FaultTruncated, GraphQL: "Introspection", Count: 1})
	first := connect(t, server)
	if _, err := first.PullRequests(t.Context(), github.PageRequest{Repo: repo}); !errors.Is(err, github.ErrSchema) || !strings.Contains(err.Error(), "forbidden: No.") {
		t.Errorf("got %v", err)
	}
	if _, err := connect(t, server).PullRequests(t.Context(), github.PageRequest{Repo: repo}); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := connect(t, server).PullRequests(ctx, github.PageRequest{Repo: repo}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Whose token it is is found out, whatever the server knows of limits.
func TestIdentityOnAnOldServer(t *testing.T) {
	for _, missing := range []string{"RateLimit.nodeCount", "Query.rateLimit"} {
		server, _ := simulate(t, 1, 1, lacking(missing))
		client := connect(t, server)
		if err := client.Identity(t.Context()); err != nil {
			t.Errorf("%s: %v", missing, err)
		}
		if who := client.Tokens()[0].Identity; who != githubtest.DefaultLogin {
			t.Errorf("%s: the identity is %q", missing, who)
		}
	}
}
