package github

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Prices asks what a full page of each operation costs, in points, by name of
// the operation. Asking costs nothing, and evaluates nothing. A server without
// limits gives 0s. What could be found out is returned with the error.
func (c *Client) Prices(ctx context.Context) (map[string]int, error) {
	asked := fullPages()
	points, errs := make([]int, len(asked)), make([]error, len(asked))
	var wg sync.WaitGroup
	for i, page := range asked {
		wg.Go(func() { points[i], errs[i] = c.price(ctx, page) })
	}
	wg.Wait()
	prices := map[string]int{}
	for i, page := range asked {
		if errs[i] == nil {
			prices[page.operation] = points[i]
		}
	}
	return prices, errors.Join(errs...)
}

// fullPage is the largest request of an operation.
type fullPage struct {
	operation, document string
	variables           map[string]any
}

// fullPages gives those of all operations that read pages or batches. Their ids
// are nobody's: nothing is evaluated.
func fullPages() []fullPage {
	repo := model.Repository{NodeID: "R_0"}
	page := PageRequest{Repo: repo}
	single := map[string]any{"repo": repo.NodeID, "number": 1}
	list := func() map[string]any {
		return map[string]any{"repo": repo.NodeID, "first": SweepPageSize, "after": nil}
	}
	pages := []fullPage{
		{operation: "OwnerRepositories", variables: map[string]any{"owner": "owner", "first": OwnerPageSize, "after": nil}},
		{operation: "Repository", variables: map[string]any{"owner": "owner", "name": "name"}},
		{operation: "Probe", variables: map[string]any{"ids": nobodys(ProbeBatch)}},
		{operation: "IssuesPage", variables: nestedSizes(page.variables(model.Issue, IssuePageSize), false, model.Issue)},
		{operation: "PullsPage", variables: nestedSizes(page.variables(model.PullRequest, PullPageSize), false, model.PullRequest)},
		{operation: "ItemsByID", variables: nestedSizes(map[string]any{"ids": nobodys(ItemsBatch)}, false, model.Issue, model.PullRequest)},
		{operation: "ItemByNumber", variables: nestedSizes(single, false, model.Issue, model.PullRequest)},
		{operation: "IssueIDs", variables: page.variables(model.Issue, SweepPageSize)},
		{operation: "PullIDs", variables: page.variables(model.PullRequest, SweepPageSize)},
		{operation: "SweepIssues", variables: list()},
		{operation: "SweepPulls", variables: list()},
		{operation: "RepositoryLabels", variables: list()},
		{operation: "DeploymentsPage", variables: list()},
		{operation: "DeploymentsByID", variables: map[string]any{"ids": nobodys(DeploymentsBatch)}},
		{operation: "ReleasesPage", variables: list()},
		{operation: "TagsPage", variables: list()},
		{operation: "BranchHistory", variables: list()},
		{operation: "MilestonesPage", variables: map[string]any{"repo": repo.NodeID, "first": MilestonePageSize, "after": nil}},
		{operation: "RunJobs", variables: map[string]any{"ids": nobodys(RunJobsBatch), "first": jobsShown}},
	}
	for i := range pages {
		pages[i].document = document(pages[i].operation)
	}
	lists := make([]Overflow, DrainBatch)
	for i, id := range nobodys(DrainBatch) {
		lists[i] = Overflow{Kind: model.PullRequest, NodeID: id, Connection: Timeline}
	}
	text, variables := drainDocument(lists, drainFirst)
	return append(pages, fullPage{"Drain", text, variables})
}

// nobodys gives ids of nothing.
func nobodys(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("N_%d", i)
	}
	return ids
}

// dryRun makes a document ask for its price and nothing else.
func dryRun(document string) string {
	return strings.Replace(document, "rateLimit {", "rateLimit(dryRun: true) {", 1)
}

// price asks what a page costs.
func (c *Client) price(ctx context.Context, page fullPage) (points int, err error) {
	what := graphQLCall(page.operation, "price of "+page.operation)
	what.free = true
	err = c.query(ctx, what, dryRun(page.document), page.variables, func(r *reply) error {
		if r.limit != nil {
			points, r.limit = r.limit.Cost, nil // it was not spent
		}
		return nil
	})
	return points, err
}
