package githubtest

import (
	"strings"
	"testing"
)

// page is a list of items with what a first sync reads of each.
const (
	issuesShape = `query($r: ID!, $n: Int!, $items: Int = 50) { node(id: $r) { ... on Repository { issues(first: $n) { totalCount nodes { id
		labels(first: 20) { nodes { id } } assignees(first: 10) { nodes { login } }
		timelineItems(first: $items) { nodes { __typename } } } } } } rateLimit { cost } }`
	pullsShape = `query($r: ID!, $n: Int!, $items: Int = 50, $commits: Int = 20) { node(id: $r) { ... on Repository { pullRequests(first: $n) { nodes { id
		labels(first: 20) { nodes { id } } assignees(first: 10) { nodes { login } } closingIssuesReferences(first: 5) { nodes { id } }
		commits(first: $commits) { nodes { id } } timelineItems(first: $items) { nodes { __typename } } } } } } }`
	refetchShape = `query($ids: [ID!]!) { nodes(ids: $ids) { ...i ...p } }
		fragment i on Issue { labels(first: 20) { totalCount } assignees(first: 10) { totalCount } timelineItems(first: 50) { totalCount } }
		fragment p on PullRequest { labels(first: 20) { totalCount } assignees(first: 10) { totalCount } commits(first: 20) { totalCount }
			closingIssuesReferences(first: 5) { totalCount } timelineItems(first: 50) { totalCount } }`
	probeShape = `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository {
		issues(first: 1) { totalCount } pullRequests(first: 1) { totalCount } releases(first: 1) { totalCount } deployments(first: 1) { totalCount } } } }`
)

func manyIDs(n int) []any {
	ids := make([]any, n)
	for i := range ids {
		ids[i] = "x"
	}
	return ids
}

func TestPrice(t *testing.T) {
	tests := []struct {
		name, document string
		variables      map[string]any
		points, nodes  int
	}{
		{"nothing paged", `{ viewer { login } rateLimit { cost } }`, nil, 1, 0},
		{"issues 40", issuesShape, map[string]any{"r": "x", "n": 40}, 1, 3240},
		{"issues 50", issuesShape, map[string]any{"r": "x", "n": 50}, 2, 4050},
		{"issues 100 with 100 entries", issuesShape, map[string]any{"r": "x", "n": 100, "items": 100}, 3, 13100},
		{"pulls 25", pullsShape, map[string]any{"r": "x", "n": 25}, 1, 2650},
		{"pulls 50", pullsShape, map[string]any{"r": "x", "n": 50}, 3, 5300},
		{"pulls 100 with 100 of all", pullsShape, map[string]any{"r": "x", "n": 100, "items": 100, "commits": 100}, 5, 23600},
		{"10 by id", refetchShape, map[string]any{"ids": manyIDs(10)}, 1, 1850},
		{"20 by id", refetchShape, map[string]any{"ids": manyIDs(20)}, 2, 3700},
		{"deployments", rocket(`deployments(first: 100) { nodes { statuses(first: 20) { nodes { state } } } }`), nil, 1, 2100},
		{
			"history", `{ node(id: "x") { ... on Commit { history(first: 74) { nodes { parents(first: 2) { totalCount } associatedPullRequests(first: 3) { totalCount } } } } } }`,
			nil, 1, 444,
		},
		{
			"jobs", `query($ids: [ID!]!) { nodes(ids: $ids) { ... on CheckSuite { checkRuns(first: 50) { nodes { name } } } } }`,
			map[string]any{"ids": manyIDs(50)},
			1, 2500,
		},
		{"sweep", rocket(`issues(first: 100) { nodes { number comments { totalCount } } }`), nil, 1, 200},
		{"probe of 37", probeShape, map[string]any{"ids": manyIDs(37)}, 1, 148},
		{"probe of 38", probeShape, map[string]any{"ids": manyIDs(38)}, 2, 152},
		{"the same list twice is one", rocket(`labels(first: 9) { totalCount } labels(first: 9) { nodes { id } }`), nil, 1, 9},
		{"under two names it is two", rocket(`a: labels(first: 9) { totalCount } b: labels(first: 9) { totalCount }`), nil, 1, 18},
		{"skipped", rocket(`labels(first: 9) @skip(if: true) { totalCount }`), nil, 1, 0},
		{"last", rocket(`labels(last: 7) { totalCount }`), nil, 1, 7},
		{"edges", rocket(`issues(first: 100) { edges { node { labels(first: 1) { totalCount } comments(first: 1) { totalCount } } } }`), nil, 2, 300},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			points, nodes, err := Price(test.document, test.variables, "")
			if err != nil || points != test.points || nodes != test.nodes {
				t.Errorf("%d points, %d nodes, %v; want %d points, %d nodes", points, nodes, err, test.points, test.nodes)
			}
		})
	}
}

func TestPriceOfTheAbsurd(t *testing.T) {
	deep := strings.Repeat("issues(first: 100) { nodes { repository { ", 20) + "id" + strings.Repeat(" } } }", 20)
	if _, nodes, err := Price(rocket(deep), nil, ""); err == nil || nodes <= maxNodes {
		t.Errorf("%d nodes, %v", nodes, err)
	}
	var bomb strings.Builder
	bomb.WriteString(`{ viewer { ...f0 } }`)
	for i := range 18 {
		n := string(rune('a' + i))
		bomb.WriteString(` fragment f` + itoa(int64(i)) + ` on User { ` + n + `: organization(login: "x") { repository(name: "x") { owner { ...f` + itoa(int64(i+1)) +
			` } } } ` + n + n + `: organization(login: "x") { repository(name: "y") { owner { ...f` + itoa(int64(i+1)) + ` } } } }`)
	}
	bomb.WriteString(` fragment f18 on User { id }`)
	if _, _, err := Price(bomb.String(), nil, ""); err == nil {
		t.Error("no error for a query that grows without end")
	}
}
