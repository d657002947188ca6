package github

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

//go:embed queries/*.graphql
var queryFiles embed.FS

// parts are the operations and fragments of the files, by name.
var parts = readParts()

var (
	definitionPattern = regexp.MustCompile(`(?m)^(?:query|fragment) (\w+)`)
	spreadPattern     = regexp.MustCompile(`\.\.\.(\w+)`)
)

func readParts() map[string]string {
	parts := map[string]string{}
	files, _ := queryFiles.ReadDir("queries")
	for _, file := range files {
		text, _ := queryFiles.ReadFile(path.Join("queries", file.Name()))
		parts[definitionPattern.FindStringSubmatch(string(text))[1]] = string(text)
	}
	return parts
}

// document gives the text of an operation with all fragments that it needs.
func document(operation string) string { return withFragments(parts[operation]) }

// withFragments appends the fragments that a text spreads, and theirs.
func withFragments(text string) string {
	var b strings.Builder
	b.WriteString(text)
	var names []string
	for pending := text; pending != ""; {
		var next strings.Builder
		for _, match := range spreadPattern.FindAllStringSubmatch(pending, -1) {
			if name := match[1]; !slices.Contains(names, name) {
				names = append(names, name)
				next.WriteString(parts[name])
			}
		}
		pending = next.String()
		b.WriteString(pending)
	}
	return b.String()
}

// The operations that read pages of items, by kind.
var (
	pageOperation  = map[model.Kind]string{model.Issue: "IssuesPage", model.PullRequest: "PullsPage"}
	idsOperation   = map[model.Kind]string{model.Issue: "IssueIDs", model.PullRequest: "PullIDs"}
	sweepOperation = map[model.Kind]string{model.Issue: "SweepIssues", model.PullRequest: "SweepPulls"}
)

// QueryHash identifies the document that reads pages of a kind of items. A
// cursor is stored with it: one of another document must not be continued.
func QueryHash(kind model.Kind) string {
	sum := sha256.Sum256([]byte(document(pageOperation[kind])))
	return hex.EncodeToString(sum[:8])
}

// What of nested lists a page shows; the rest is overflow.
const (
	pageEvents  = 50
	pageCommits = 20
	drainFirst  = 100
)

// nestedSizes adds the variables that bound the nested lists of items.
func nestedSizes(variables map[string]any, light bool, kinds ...model.Kind) map[string]any {
	events, commits := pageEvents, pageCommits
	if light {
		events, commits = 1, 1
	}
	variables["events"] = events
	if slices.Contains(kinds, model.Issue) {
		variables["issueEvents"] = itemTypes(model.Issue)
	}
	if slices.Contains(kinds, model.PullRequest) {
		variables["pullEvents"] = itemTypes(model.PullRequest)
		variables["commits"] = commits
	}
	return variables
}

// drainFields are the selections that continue a list of a kind of item. Their
// parents, first and after are filled in by drainDocument.
var drainFields = map[model.Kind]map[Connection]string{
	model.Issue: {
		Timeline: `issueTimeline: timelineItems(first: $first, after: $after%d, itemTypes: $issueEvents) { ...IssueTimelineFields }`,
		Labels:   `labels(first: $first, after: $after%d) { ...LabelFields }`,
	},
	model.PullRequest: {
		Timeline: `pullTimeline: timelineItems(first: $first, after: $after%d, itemTypes: $pullEvents) { ...PullTimelineFields }`,
		Commits:  `headRefOid commits(first: $first, after: $after%d) { ...CommitFields }`,
		Labels:   `labels(first: $first, after: $after%d) { ...LabelFields }`,
		Closing:  `closingIssuesReferences(first: $first, after: $after%d) { ...ClosingFields }`,
	},
}

// typeNames are the kinds of items as GraphQL names them.
var typeNames = map[model.Kind]string{model.Issue: "Issue", model.PullRequest: "PullRequest"}

// drainDocument builds the document that continues lists, each under an alias
// of its place, and its variables.
func drainDocument(lists []Overflow, first int) (text string, variables map[string]any) {
	variables = map[string]any{"first": first}
	declared := []string{"$first: Int!"}
	var body strings.Builder
	for i, list := range lists {
		id, after := fmt.Sprintf("id%d", i), fmt.Sprintf("after%d", i)
		declared = append(declared, fmt.Sprintf("$%s: ID!, $%s: String", id, after))
		variables[id] = list.NodeID
		variables[after] = nullable(list.After)
		fmt.Fprintf(&body, "  p%d: node(id: $%s) { __typename ... on %s { number repository { databaseId } %s } }\n",
			i, id, typeNames[list.Kind], fmt.Sprintf(drainFields[list.Kind][list.Connection], i))
	}
	for _, types := range []struct {
		variable, kind string
		of             model.Kind
	}{{"issueEvents", "IssueTimelineItemsItemType", model.Issue}, {"pullEvents", "PullRequestTimelineItemsItemType", model.PullRequest}} {
		if strings.Contains(body.String(), "$"+types.variable) {
			declared = append(declared, fmt.Sprintf("$%s: [%s!]", types.variable, types.kind))
			variables[types.variable] = itemTypes(types.of)
		}
	}
	text = fmt.Sprintf("query Drain(%s) {\n%s  ...RateLimitFields\n}\n", strings.Join(declared, ", "), body.String())
	return withFragments(text), variables
}

// nullable gives nil for the cursor of a first page.
func nullable(cursor string) any {
	if cursor == "" {
		return nil
	}
	return cursor
}
