package githubtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// selectAll writes a selection of every field of a type that is resolved and needs no
// arguments, and of what they lead to, that deep.
func (a *asker) selectAll(typ string, depth int) string {
	if possible := a.engine.possible[typ]; len(possible) > 0 && !possible[typ] {
		var b strings.Builder
		b.WriteString("{ __typename ")
		for _, name := range slices.Sorted(maps.Keys(possible)) {
			if a.engine.resolvers[name] != nil {
				fmt.Fprintf(&b, "... on %s %s ", name, a.selectAll(name, depth))
			}
		}
		return b.String() + "}"
	}
	var b strings.Builder
	b.WriteString("{ __typename ")
	for _, field := range a.engine.schema.Types[typ].Fields {
		if a.engine.resolver(typ, field.Name) == nil || needsArguments(field) {
			continue
		}
		inner := a.engine.schema.Types[field.Type.Name()]
		alias := typ + "_" + field.Name + ": " + field.Name
		switch {
		case inner.IsLeafType():
			b.WriteString(alias + " ")
		case onlyCounted[field.Name]:
			b.WriteString(alias + " { totalCount } ")
		case isConnection(field.Type) && depth > 0:
			fmt.Fprintf(&b, "%s(first: 3) { totalCount pageInfo { endCursor } nodes %s } ", alias, a.selectAll(elementOf(inner), depth-1))
		case depth > 0 && !isConnection(field.Type):
			fmt.Fprintf(&b, "%s %s ", alias, a.selectAll(inner.Name, depth-1))
		}
	}
	return b.String() + "}"
}

// selections gives what everyField asks a type for, in queries that are short enough.
func (a *asker) selections(typ string) []string {
	var out []string
	for _, field := range a.engine.schema.Types[typ].Fields {
		if a.engine.resolver(typ, field.Name) == nil || needsArguments(field) || field.Name == "timelineItems" {
			continue
		}
		inner := a.engine.schema.Types[field.Type.Name()]
		switch {
		case inner.IsLeafType():
			out = append(out, field.Name)
		case isConnection(field.Type):
			nodes := "totalCount edges { cursor node " + a.selectAll(elementOf(inner), 1) + " }"
			if onlyCounted[field.Name] {
				nodes = "totalCount"
			}
			out = append(out, field.Name+"(first: 4) { "+nodes+" }")
		default:
			out = append(out, field.Name+a.selectAll(inner.Name, 1))
		}
	}
	if typ == "Repository" {
		suites := "checkSuites(first: 3) { nodes { ...on CheckSuite " + a.selectAll("CheckSuite", 1) + " workflowRun " + a.selectAll("WorkflowRun", 1) + " } }"
		return append(out, `refs(first: 9, refPrefix: "refs/tags/") { nodes `+a.selectAll("Ref", 1)+" }",
			`object(expression: "v0.1") { ... on Commit { `+suites+" } }")
	}
	for name := range a.engine.enums[typ+"TimelineItemsItemType"] {
		if item := typeOfItem(name); a.engine.resolvers[item] != nil {
			out = append(out, fmt.Sprintf("timelineItems(first: 9, itemTypes: [%s]) { totalCount filteredCount pageCount updatedAt nodes { ... on %s %s } }",
				name, item, a.selectAll(item, 1)))
		}
	}
	return out
}

// onlyCounted are connections of which datasets know only the length.
var onlyCounted = map[string]bool{"stargazers": true, "watchers": true, "forks": true}

func needsArguments(f *ast.FieldDefinition) bool {
	return slices.ContainsFunc(f.Arguments, func(d *ast.ArgumentDefinition) bool { return d.Type.NonNull && d.DefaultValue == nil })
}

// elementOf gives the type of a connection's nodes.
func elementOf(connection *ast.Definition) string {
	return connection.Fields.ForName("nodes").Type.Name()
}

// objects are the objects in an answer, by node id.
func objects(value any, into map[string]string) {
	switch v := value.(type) {
	case []any:
		for _, x := range v {
			objects(x, into)
		}
	case map[string]any:
		typ, _ := v["__typename"].(string)
		if id, ok := v[typ+"_id"].(string); ok {
			into[id] = typ
		}
		for _, x := range v {
			objects(x, into)
		}
	}
}

// everyField asks for all that is resolved of some objects, and gives the answer's
// objects by node id. Nothing may be wrong: a value that its type cannot hold, a null
// that may not be, a word that is none of its enum's.
func everyField(t *testing.T, a *asker, ids []string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, id := range ids {
		for _, typ := range []string{"Repository", "Issue", "PullRequest"} {
			for _, selection := range a.selections(typ) {
				answer := a.raw(`query($id: ID!) { node(id: $id) { ... on `+typ+" { "+selection+" } } }", map[string]any{"id": id})
				for _, problem := range answer.errors() {
					t.Errorf("%s of %s: %s", typ, id, problem)
				}
				var data any
				if err := json.Unmarshal(answer.Data, &data); err != nil {
					t.Fatal(err)
				}
				objects(data, found)
			}
		}
	}
	return found
}

// wholeSample is the sample without what is left out of it on purpose: the commits of a
// long branch.
func wholeSample() *Dataset {
	d := sample()
	r := d.Repos[0]
	for _, item := range r.Items {
		if item.PR == nil {
			continue
		}
		for _, c := range item.PR.Commits {
			if r.Commit(c.OID) == nil {
				r.Commits = append(r.Commits, &Commit{OID: c.OID, Author: Signature{"bob", c.PushedAt}, Committer: Signature{"bob", c.PushedAt}})
			}
		}
	}
	r.Index()
	return d
}

func TestEveryField(t *testing.T) {
	a := newAsker(t, TimeOf(sampleNow), wholeSample())
	var ids []string
	for _, prefix := range []string{"I", "PR"} {
		for n := range 10 {
			if id := GlobalID(prefix, sampleRepo, map[string]int64{"I": 1000, "PR": 2000}[prefix]+int64(n)); a.exists(id) {
				ids = append(ids, id)
			}
		}
	}
	found := everyField(t, a, append(ids, GlobalID("R", sampleRepo)))
	types := map[string]int{}
	for id, typ := range found {
		types[typ]++
		a.sameObject(id, typ)
	}
	for _, want := range []string{
		"Repository", "Issue", "PullRequest", "IssueComment", "PullRequestReview", "Label", "Milestone", "Release", "Deployment",
		"DeploymentStatus", "Commit", "PullRequestCommit", "Ref", "Tag", "User", "Bot", "Organization", "Team", "ReviewRequest",
		"PullRequestReviewThread", "PullRequestReviewComment", "MergedEvent", "ClosedEvent", "LabeledEvent", "HeadRefForcePushedEvent",
		"ReviewDismissedEvent", "CheckSuite", "CheckRun", "WorkflowRun", "Workflow",
	} {
		if types[want] == 0 {
			t.Errorf("the sample shows no %s", want)
		}
	}
}

// exists reports whether a node id leads anywhere.
func (a *asker) exists(id string) bool {
	return len(a.raw(`query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": id}).Errors) == 0
}

// sameObject checks that a node id leads back to the object that has it.
func (a *asker) sameObject(id, typ string) {
	a.t.Helper()
	fork := GlobalID("R", accountID("bob/rocket"))
	if deleted := GlobalID("LA", sampleRepo, 203); id == deleted || id == fork {
		return // shown by others, but gone or not simulated
	}
	switch typ { // found within others only
	case "Workflow", "Team", "DeploymentStatus", "PullRequestCommit", "ReviewRequest", "App", "Language":
		return
	}
	var got struct{ Node struct{ Typename, ID string } }
	a.into(&got, `query($id: ID!) { node(id: $id) { typename: __typename id } }`, map[string]any{"id": id})
	if got.Node.Typename != typ || got.Node.ID != id {
		a.t.Errorf("%s leads to %+v, want a %s", id, got.Node, typ)
	}
}

// TestResolversHaveFields finds resolvers of fields that no type has.
func TestResolversHaveFields(t *testing.T) {
	a := sampleAsker(t)
	used := map[string]bool{}
	for typ, all := range a.engine.resolvers {
		for name := range all {
			if a.engine.fieldOf(typ, name) != nil {
				used[name] = true
			}
			_, event := a.engine.possible["PullRequestTimelineItems"][typ]
			shared := event || a.engine.possible["IssueTimelineItems"][typ] || strings.HasPrefix(typ, "*") || name == "__schema" || name == "__type"
			if !shared && a.engine.fieldOf(typ, name) == nil {
				t.Errorf("%s has no field %s", typ, name)
			}
		}
	}
	for name := range eventFacts() {
		if !used[name] {
			t.Errorf("no event has a field %s", name)
		}
	}
}

func TestTimelineItemTypes(t *testing.T) {
	a := sampleAsker(t)
	for _, enum := range []string{"IssueTimelineItemsItemType", "PullRequestTimelineItemsItemType"} {
		union := strings.TrimSuffix(enum, "ItemType")
		for name := range a.engine.enums[enum] {
			typ := typeOfItem(name)
			if !a.engine.possible[union][typ] {
				t.Errorf("%s of %s is taken for %s", name, enum, typ)
			}
		}
	}
}
