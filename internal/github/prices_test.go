package github

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// clientOf makes a client of a simulated GitHub.
func clientOf(t *testing.T, opts githubtest.Options, change ...func(*Options)) (*Client, *githubtest.Server) {
	t.Helper()
	server := githubtest.New(opts)
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	client := newTestClient(t, nil, append(change, func(o *Options) {
		o.APIURL, o.GraphQLURL = server.APIURL(), server.GraphQLURL()
	})...)
	return client, server
}

func TestPricesOfFullPages(t *testing.T) {
	client, server := clientOf(t, githubtest.Options{})
	got, err := client.Prices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"Drain": 1, "IssueIDs": 1, "IssuesPage": 1, "ItemByNumber": 1, "ItemsByID": 1, "OwnerRepositories": 1, "Probe": 1,
		"BranchHistory": 1, "DeploymentsByID": 1, "DeploymentsPage": 1, "ReleasesPage": 1, "RunJobs": 1, "TagsPage": 1, "MilestonesPage": 1,
		"PullIDs": 1, "PullsPage": 1, "Repository": 1, "RepositoryLabels": 1, "SweepIssues": 1, "SweepPulls": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	points := 0
	for _, r := range server.Requests() {
		if r.Operation != "Identity" {
			points += r.Points
		}
	}
	for _, p := range client.Stats().Points {
		if p.Query != "Identity" {
			points += p.Points
		}
	}
	if points != 0 {
		t.Errorf("asking cost %d points", points)
	}
}

// The prices are those of GitHub, not ours.
func TestPricesAreGitHubs(t *testing.T) {
	fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
		if !strings.Contains(s.Query, "rateLimit(dryRun: true) { cost") {
			t.Errorf("%s is not a dry run: %s", s.Operation, s.Query)
		}
		if s.Operation == "Probe" {
			return response(http.StatusOK, `{"data":null,"errors":[{"message":"Not today."}]}`), nil
		}
		cost := map[string]string{"PullsPage": "3", "IssuesPage": "2"}[s.Operation]
		if cost == "" {
			cost = "1"
		}
		return response(http.StatusOK, `{"data":{"node":null,"rateLimit":`+strings.Replace(limits(7), `"cost":1`, `"cost":`+cost, 1)+`}}`), nil
	}}
	client := newTestClient(t, fake)
	got, err := client.Prices(t.Context())
	if err == nil || !strings.Contains(err.Error(), "price of Probe: rejected (status 200): Not today.") {
		t.Errorf("got %v", err)
	}
	if _, known := got["Probe"]; known || got["PullsPage"] != 3 || got["IssuesPage"] != 2 || got["Drain"] != 1 || len(got) != 19 {
		t.Errorf("got %v", got)
	}
	if points := client.Stats().Points; len(points) != 0 {
		t.Errorf("counted %v", points)
	}
}

func TestPricesWithoutLimits(t *testing.T) {
	for _, opts := range []githubtest.Options{
		{Enterprise: true}, {Enterprise: true, Missing: githubtest.EnterpriseMissing("2.21")}, {Enterprise: true, Missing: []string{"Query.rateLimit"}},
	} {
		client, _ := clientOf(t, opts)
		got, err := client.Prices(t.Context())
		if err != nil || len(got) != 20 {
			t.Fatalf("%v, %v", got, err)
		}
		for operation, points := range got {
			if points != 0 {
				t.Errorf("%s costs %d points", operation, points)
			}
		}
	}
}

// What costs nothing is asked for even where nothing is left to spend.
func TestPricesOfThePoor(t *testing.T) {
	client, _ := clientOf(t, githubtest.Options{GraphQLLimit: 1}, func(o *Options) { o.MaxWait = -1 })
	for range 2 {
		_, _ = client.Repository(t.Context(), "octo", "demo")
	}
	if _, err := client.Repository(t.Context(), "octo", "demo"); !errors.Is(err, ErrRateLimited) {
		t.Fatalf("got %v", err)
	}
	if got, err := client.Prices(t.Context()); err != nil || len(got) != 20 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestPricesFailWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := newTestClient(t, answers(answer(http.StatusOK, `{}`))).Prices(ctx)
	if len(got) != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", got, err)
	}
}

// What is priced is what is sent: same documents, same sizes.
func TestPricesAreOfWhatIsSent(t *testing.T) {
	full := PageRequest{Repo: testRepo, After: "A"}
	var timelines []Overflow
	for range DrainBatch {
		timelines = append(timelines, Overflow{Kind: model.PullRequest, NodeID: "P_1", Connection: Timeline, After: "A"})
	}
	var probed []model.Repository
	for i := range ProbeBatch {
		probed = append(probed, model.Repository{ID: int64(i + 1), NodeID: "R_1", Owner: "octo", Name: "demo"})
	}
	send := map[string]func(context.Context, *Client){
		"OwnerRepositories": func(ctx context.Context, c *Client) { _, _ = c.Repositories(ctx, "octo") },
		"Repository":        func(ctx context.Context, c *Client) { _, _ = c.Repository(ctx, "octo", "demo") },
		"Probe":             func(ctx context.Context, c *Client) { _ = c.Probe(ctx, probed) },
		"IssuesPage":        func(ctx context.Context, c *Client) { _, _ = c.Issues(ctx, full) },
		"PullsPage":         func(ctx context.Context, c *Client) { _, _ = c.PullRequests(ctx, full) },
		"ItemsByID":         func(ctx context.Context, c *Client) { _, _ = c.Items(ctx, testRepo, itemIDs(ItemsBatch)) },
		"ItemByNumber":      func(ctx context.Context, c *Client) { _, _ = c.Item(ctx, testRepo, 1) },
		"Drain":             func(ctx context.Context, c *Client) { _, _ = c.Drain(ctx, testRepo, timelines) },
		"IssueIDs":          func(ctx context.Context, c *Client) { _, _ = c.IDs(ctx, model.Issue, full) },
		"PullIDs":           func(ctx context.Context, c *Client) { _, _ = c.IDs(ctx, model.PullRequest, full) },
		"SweepIssues":       func(ctx context.Context, c *Client) { _, _ = c.Sweep(ctx, testRepo, model.Issue, "A") },
		"SweepPulls":        func(ctx context.Context, c *Client) { _, _ = c.Sweep(ctx, testRepo, model.PullRequest, "A") },
		"RepositoryLabels":  func(ctx context.Context, c *Client) { _, _ = c.Labels(ctx, testRepo, "A") },
		"DeploymentsPage":   func(ctx context.Context, c *Client) { _, _ = c.Deployments(ctx, testRepo, "A") },
		"DeploymentsByID":   func(ctx context.Context, c *Client) { _, _ = c.DeploymentsByID(ctx, testRepo, ids(DeploymentsBatch)) },
		"ReleasesPage":      func(ctx context.Context, c *Client) { _, _ = c.Releases(ctx, testRepo, "A") },
		"TagsPage":          func(ctx context.Context, c *Client) { _, _ = c.Tags(ctx, testRepo, "A") },
		"BranchHistory":     func(ctx context.Context, c *Client) { _, _ = c.History(ctx, testRepo, "", "A") },
		"MilestonesPage":    func(ctx context.Context, c *Client) { _, _ = c.Milestones(ctx, testRepo, "A") },
		"RunJobs":           func(ctx context.Context, c *Client) { _, _ = c.RunJobs(ctx, testRepo, ids(RunJobsBatch)) },
	}
	pages := fullPages()
	if len(pages) != len(send) {
		t.Errorf("%d operations are priced, %d are sent", len(pages), len(send))
	}
	for _, page := range pages {
		fake := answers(answer(http.StatusNotFound, `{"message":"Not Found"}`))
		send[page.operation](t.Context(), newTestClient(t, fake))
		i := slices.IndexFunc(fake.requests, func(s sent) bool { return s.Operation == page.operation })
		if i < 0 {
			t.Fatalf("%s was not sent", page.operation)
		}
		if diff := cmp.Diff(fake.requests[i].Query, page.document); diff != "" {
			t.Errorf("%s: %s", page.operation, diff)
		}
		if diff := cmp.Diff(shape(t, fake.requests[i].Variables), shape(t, page.variables)); diff != "" {
			t.Errorf("%s: %s", page.operation, diff)
		}
	}
}

// shape is what of variables counts for the price.
func shape(t *testing.T, variables map[string]any) map[string]any {
	t.Helper()
	text, err := json.Marshal(variables)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Collect(maps.Keys(out)) {
		switch v := out[name].(type) {
		case []any:
			out[name] = len(v)
		case string, nil:
			out[name] = "a text"
		}
	}
	return out
}
