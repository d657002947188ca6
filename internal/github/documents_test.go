package github

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// schema reads GitHub's published schema. It defines two fields of
// EnterpriseOwnerInfo twice, which strict parsers refuse.
func schema(t *testing.T) *ast.Schema {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "githubtest", "schema.graphql.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zipped)
	if err != nil {
		t.Fatal(err)
	}
	document, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: "schema.graphql", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	for _, definition := range document.Definitions {
		seen := map[string]bool{}
		definition.Fields = slices.DeleteFunc(definition.Fields, func(f *ast.FieldDefinition) bool {
			twice := seen[f.Name]
			seen[f.Name] = true
			return twice
		})
	}
	schema, err := validator.ValidateSchemaDocument(document)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// price adds up a document's requests and nodes by GitHub's formula:
// https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
type price struct {
	variables       map[string]any
	requests, nodes int
}

func (p *price) add(set ast.SelectionSet, parents int) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			p.add(s.SelectionSet, parents)
		case *ast.FragmentSpread:
			p.add(s.Definition.SelectionSet, parents)
		case *ast.Field:
			p.field(s, parents)
		}
	}
}

func (p *price) field(f *ast.Field, parents int) {
	switch {
	case strings.HasSuffix(f.Definition.Type.Name(), "Connection"):
		p.requests += parents
		first := f.Arguments.ForName("first")
		if first == nil { // the total only
			parents = 0
			break
		}
		value, _ := first.Value.Value(p.variables)
		parents *= number(value)
		p.nodes += parents
	case f.Name == "nodes" && f.ObjectDefinition.Name == "Query":
		value, _ := f.Arguments.ForName("ids").Value.Value(p.variables)
		parents *= len(value.([]any))
	}
	p.add(f.SelectionSet, parents)
}

func number(v any) int {
	switch n := v.(type) {
	case int64:
		return int(n)
	case json.Number:
		i, _ := n.Int64()
		return int(i)
	case float64:
		return int(n)
	}
	panic(fmt.Sprintf("%T is no number", v))
}

func (p *price) points() int { return max(1, int(math.Round(float64(p.requests)/100))) }

// overflows makes as many lists as fit into one document, of every kind.
func overflows(n int) []Overflow {
	kinds := []Overflow{
		{Kind: model.Issue, Connection: Timeline, After: "A"},
		{Kind: model.Issue, Connection: Labels},
		{Kind: model.PullRequest, Connection: Timeline, After: "A"},
		{Kind: model.PullRequest, Connection: Labels},
		{Kind: model.PullRequest, Connection: Commits, After: "A"},
		{Kind: model.PullRequest, Connection: Closing},
	}
	var out []Overflow
	for i := range n {
		list := kinds[i%len(kinds)]
		list.Number, list.NodeID = i+1, fmt.Sprintf("N%d", i)
		out = append(out, list)
	}
	return out
}

func ids(n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf("R_%d", i))
	}
	return out
}

func itemIDs(n int) (out []ItemID) {
	for i := range n {
		out = append(out, ItemID{NodeID: fmt.Sprintf("I_%d", i), Number: i + 1})
	}
	return out
}

// Every document that the client can send is taken from the wire, at its
// largest, held against the schema and priced.
func TestDocumentsAreValidAndCostOnePoint(t *testing.T) {
	full := PageRequest{Repo: testRepo, After: "A", Since: 1700000000}
	tests := []struct {
		operation string
		requests  int // by the formula
		nodes     int
		send      func(context.Context, *Client)
	}{
		{"Identity", 0, 0, func(ctx context.Context, c *Client) {
			c.pool.unite(c.pool.tokens()[0], "")
			_ = c.Identity(ctx)
		}},
		{"OwnerRepositories", 1 + 100, 100, func(ctx context.Context, c *Client) { _, _ = c.Repositories(ctx, "octo") }},
		{"Repository", 1, 0, func(ctx context.Context, c *Client) { _, _ = c.Repository(ctx, "octo", "demo") }},
		{"Probe", 37 * 4, 37 * 4, func(ctx context.Context, c *Client) { _ = c.Probe(ctx, repositories(ProbeBatch)) }},
		{"Probe", 29 * 5, 29 * 4, func(ctx context.Context, c *Client) { _ = c.Probe(ctx, repositories(WatchedBatch)) }},
		{"IssuesPage", 1 + 40*3, 40 + 40*(20+50), func(ctx context.Context, c *Client) { _, _ = c.Issues(ctx, full) }},
		{"PullsPage", 1 + 25*5, 25 + 25*(20+5+20+50), func(ctx context.Context, c *Client) { _, _ = c.PullRequests(ctx, full) }},
		{
			"ItemsByID", 18 * 8, 18 * (20 + 50 + 20 + 5 + 20 + 50),
			func(ctx context.Context, c *Client) { _, _ = c.Items(ctx, testRepo, itemIDs(ItemsBatch)) },
		},
		{"ItemByNumber", 8, 165, func(ctx context.Context, c *Client) { _, _ = c.Item(ctx, testRepo, 1) }},
		{"Drain", 20, 2000, func(ctx context.Context, c *Client) { _, _ = c.Drain(ctx, testRepo, overflows(DrainBatch)) }},
		{"IssueIDs", 1, 100, func(ctx context.Context, c *Client) { _, _ = c.IDs(ctx, model.Issue, full) }},
		{"PullIDs", 1, 100, func(ctx context.Context, c *Client) { _, _ = c.IDs(ctx, model.PullRequest, full) }},
		{"SweepIssues", 1 + 100, 100, func(ctx context.Context, c *Client) { _, _ = c.Sweep(ctx, testRepo, model.Issue, "A") }},
		{"SweepPulls", 1 + 100, 100, func(ctx context.Context, c *Client) { _, _ = c.Sweep(ctx, testRepo, model.PullRequest, "A") }},
		{"RepositoryLabels", 1, 100, func(ctx context.Context, c *Client) { _, _ = c.Labels(ctx, testRepo, "A") }},
		{"DeploymentsPage", 1 + 100, 100 + 100*20, func(ctx context.Context, c *Client) { _, _ = c.Deployments(ctx, testRepo, "A") }},
		{"DeploymentsByID", 100, 100 * 20, func(ctx context.Context, c *Client) { _, _ = c.DeploymentsByID(ctx, testRepo, ids(DeploymentsBatch)) }},
		{"DeploymentStatuses", 1, 100, func(ctx context.Context, c *Client) {
			_ = c.restOfStatuses(ctx, testRepo, &readDeployment{after: "A"}, func(string) {})
		}},
		{"ReleasesPage", 1, 100, func(ctx context.Context, c *Client) { _, _ = c.Releases(ctx, testRepo, "A") }},
		{"MilestonesPage", 1 + 50*2, 50, func(ctx context.Context, c *Client) { _, _ = c.Milestones(ctx, testRepo, "A") }},
		{"TagsPage", 1, 100, func(ctx context.Context, c *Client) { _, _ = c.Tags(ctx, testRepo, "A") }},
		{"BranchHistory", 1 + 100, 100 + 100*3, func(ctx context.Context, c *Client) { _, _ = c.History(ctx, testRepo, "", "A") }},
		{"CommitHistory", 1 + 100, 100 + 100*3, func(ctx context.Context, c *Client) { _, _ = c.History(ctx, testRepo, someOID, "A") }},
		{"CommitParents", 1, 100, func(ctx context.Context, c *Client) {
			_ = c.restOfParents(ctx, testRepo, &model.BranchCommit{OID: someOID}, "A")
		}},
		{"RunJobs", 50, 50 * 50, func(ctx context.Context, c *Client) { _, _ = c.RunJobs(ctx, testRepo, ids(RunJobsBatch)) }},
	}
	schema := schema(t)
	used := map[string]bool{}
	for _, test := range tests {
		t.Run(test.operation, func(t *testing.T) {
			fake := answers(answer(http.StatusNotFound, `{"message":"Not Found"}`))
			test.send(t.Context(), newTestClient(t, fake))
			if fake.count() != 1 {
				t.Fatalf("%d requests, want 1", fake.count())
			}
			request := fake.requests[0]
			document, errs := parser.ParseQuery(&ast.Source{Input: request.Query})
			if errs != nil {
				t.Fatal(errs)
			}
			if errs := validator.ValidateWithRules(schema, document, rules.NewDefaultRules()); len(errs) > 0 {
				t.Fatal(errs)
			}
			for _, fragment := range document.Fragments {
				used[fragment.Name] = true
			}
			used[request.Operation] = true
			operation := document.Operations.ForName(request.Operation)
			variables, err := validator.VariableValues(schema, operation, request.Variables)
			if err != nil {
				t.Fatal(err)
			}
			p := &price{variables: variables}
			p.add(operation.SelectionSet, 1)
			if p.requests != test.requests || p.nodes != test.nodes || p.points() != 1 {
				t.Errorf("%d requests, %d nodes, %d points; want %d, %d, 1", p.requests, p.nodes, p.points(), test.requests, test.nodes)
			}
			if !strings.Contains(request.Query, "rateLimit") {
				t.Error("the document does not ask for rateLimit")
			}
			if got := request.Header.Get("X-Github-Next-Global-ID"); got != "1" {
				t.Errorf("X-Github-Next-Global-ID is %q", got)
			}
		})
	}
	for name := range parts {
		if !used[name] {
			t.Errorf("%s is in no document that was sent", name)
		}
	}
}

// The price function of these tests gives what GitHub publishes for its example.
func TestPriceIsGitHubsExample(t *testing.T) {
	// https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#calculating-points
	const example = `query { viewer { login repositories(first: 100) { edges { node { id
		issues(first: 50) { edges { node { id labels(first: 60) { edges { node { id name } } } } } } } } } } }`
	document, errs := parser.ParseQuery(&ast.Source{Input: example})
	if errs != nil {
		t.Fatal(errs)
	}
	if errs := validator.ValidateWithRules(schema(t), document, nil); len(errs) > 0 {
		t.Fatal(errs)
	}
	p := &price{}
	p.add(document.Operations[0].SelectionSet, 1)
	if p.requests != 5101 || p.points() != 51 {
		t.Errorf("%d requests and %d points, want 5101 and 51", p.requests, p.points())
	}
}

func TestQueryHashTellsDocumentsApart(t *testing.T) {
	if QueryHash(model.Issue) == QueryHash(model.PullRequest) || len(QueryHash(model.Issue)) != 16 {
		t.Errorf("%s, %s", QueryHash(model.Issue), QueryHash(model.PullRequest))
	}
}

// Every kind of event is asked for and decoded.
func TestEveryEventKindIsMirrored(t *testing.T) {
	for kind := model.Commented; kind <= model.Demilestoned; kind++ {
		if !slices.ContainsFunc(eventTypes, func(e eventType) bool { return e.kind == kind }) {
			t.Errorf("kind %d is not read", kind)
		}
	}
	for _, e := range eventTypes {
		if !strings.Contains(parts["EventFields"], "... on "+e.typeName+" ") {
			t.Errorf("the fields of %s are not asked for", e.typeName)
		}
	}
}
