package githubtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// ReducedSchema gives GitHub's schema without what is named as in Options.Missing.
// It costs little: what stays is shared with the whole one, so do not change it.
func ReducedSchema(missing ...string) (*ast.Schema, error) {
	whole, err := Schema()
	if err != nil || len(missing) == 0 {
		return whole, err
	}
	r := newReduction(whole)
	for _, name := range missing {
		if err := r.remove(name); err != nil {
			return nil, fmt.Errorf("reduce GitHub's GraphQL schema: %w", err)
		}
	}
	return r.schema, nil
}

// EnterpriseMissing lists, as Options.Missing takes it, what the GraphQL schema of a
// GitHub Enterprise Server before a version lacks: about what GitHub added then, of what
// mirrors of issues and pull requests ask for. A version is two numbers, "3.12".
func EnterpriseMissing(version string) []string {
	var out []string
	for _, added := range slices.Backward(enterpriseAdded) { // arguments before their fields
		if olderThan(version, added.version) {
			out = append(out, added.names...)
		}
	}
	return out
}

// enterpriseAdded is what versions added. https://docs.github.com/graphql/overview/changelog
// has the dates; a server has the schema of github.com of some months earlier.
var enterpriseAdded = []struct {
	version string
	names   []string
}{
	{"2.22", []string{
		"PullRequest.isDraft", "ReadyForReviewEvent", "PullRequestTimelineItemsItemType.READY_FOR_REVIEW_EVENT",
		"ConvertToDraftEvent", "PullRequestTimelineItemsItemType.CONVERT_TO_DRAFT_EVENT", "Repository.stargazerCount",
		"ConvertedToDiscussionEvent", "IssueTimelineItemsItemType.CONVERTED_TO_DISCUSSION_EVENT",
		"PullRequestTimelineItemsItemType.CONVERTED_TO_DISCUSSION_EVENT", "Mannequin",
	}},
	{"3.2", []string{"PullRequest.closingIssuesReferences"}},
	{"3.5", []string{"Repository.visibility"}},
	{"3.6", []string{"Issue.stateReason", "ClosedEvent.stateReason"}},
	{"3.7", []string{"PullRequest.totalCommentsCount"}},
	{"3.12", []string{
		"AddedToMergeQueueEvent", "PullRequestTimelineItemsItemType.ADDED_TO_MERGE_QUEUE_EVENT",
		"RemovedFromMergeQueueEvent", "PullRequestTimelineItemsItemType.REMOVED_FROM_MERGE_QUEUE_EVENT",
	}},
	{"3.13", []string{"IssueComment.fullDatabaseId", "PullRequestReview.fullDatabaseId"}},
	{"3.17", []string{"Issue.stateReason(enableDuplicate)", "IssueStateReason.DUPLICATE", "RequestedReviewer.Bot"}},
}

func olderThan(version, other string) bool {
	var a, b [2]int
	_, _ = fmt.Sscanf(version, "%d.%d", &a[0], &a[1])
	_, _ = fmt.Sscanf(other, "%d.%d", &b[0], &b[1])
	return slices.Compare(a[:], b[:]) < 0
}

// reduction takes things out of a copy of a schema.
type reduction struct {
	schema *ast.Schema
}

// newReduction copies a schema as deep as it will be changed: all definitions, but not
// the fields themselves.
func newReduction(whole *ast.Schema) *reduction {
	schema := *whole
	copies := map[*ast.Definition]*ast.Definition{}
	schema.Types = map[string]*ast.Definition{}
	for name, d := range whole.Types {
		copied := *d
		copied.Fields, copied.EnumValues = slices.Clone(d.Fields), slices.Clone(d.EnumValues)
		copied.Types, copied.Interfaces = slices.Clone(d.Types), slices.Clone(d.Interfaces)
		copies[d], schema.Types[name] = &copied, &copied
	}
	schema.Query, schema.Mutation, schema.Subscription = copies[whole.Query], copies[whole.Mutation], copies[whole.Subscription]
	schema.PossibleTypes, schema.Implements = copyLists(whole.PossibleTypes, copies), copyLists(whole.Implements, copies)
	return &reduction{&schema}
}

func copyLists(lists map[string][]*ast.Definition, copies map[*ast.Definition]*ast.Definition) map[string][]*ast.Definition {
	out := maps.Clone(lists)
	for name, list := range out {
		out[name] = make([]*ast.Definition, len(list))
		for i, d := range list {
			out[name][i] = copies[d]
		}
	}
	return out
}

// remove takes out what a name names.
func (r *reduction) remove(name string) error {
	typ, member, within := strings.Cut(name, ".")
	d := r.schema.Types[typ]
	if d == nil {
		return fmt.Errorf("it has no type %s", typ)
	}
	member, argument, isArgument := strings.Cut(strings.TrimSuffix(member, ")"), "(")
	found := true
	switch {
	case !within:
		r.removeType(typ)
	case isArgument:
		found = removeArgument(d, member, argument)
	case d.Kind == ast.Enum:
		found = removeValue(d, member)
	case d.Kind == ast.Union:
		found = r.removeMember(d, member)
	default:
		found = r.removeField(d, member)
	}
	if !found {
		return fmt.Errorf("it has no %s", name)
	}
	return nil
}

// removeType takes out a type, and whatever is of it.
func (r *reduction) removeType(name string) {
	delete(r.schema.Types, name)
	delete(r.schema.PossibleTypes, name)
	delete(r.schema.Implements, name)
	is := func(d *ast.Definition) bool { return d.Name == name }
	for of, list := range r.schema.PossibleTypes {
		r.schema.PossibleTypes[of] = slices.DeleteFunc(list, is)
	}
	for of, list := range r.schema.Implements {
		r.schema.Implements[of] = slices.DeleteFunc(list, is)
	}
	named := func(s string) bool { return s == name }
	for _, d := range r.schema.Types {
		d.Types, d.Interfaces = slices.DeleteFunc(d.Types, named), slices.DeleteFunc(d.Interfaces, named)
		d.Fields = slices.DeleteFunc(d.Fields, func(f *ast.FieldDefinition) bool { return f.Type.Name() == name })
		for i, f := range d.Fields {
			if slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.Name() == name }) {
				d.Fields[i] = withoutArguments(f, func(a *ast.ArgumentDefinition) bool { return a.Type.Name() == name })
			}
		}
	}
}

// removeField takes out a field, also of the interfaces that promise it.
func (r *reduction) removeField(d *ast.Definition, name string) bool {
	before := len(d.Fields)
	d.Fields = slices.DeleteFunc(d.Fields, func(f *ast.FieldDefinition) bool { return f.Name == name })
	for _, promise := range d.Interfaces {
		r.removeField(r.schema.Types[promise], name)
	}
	return len(d.Fields) < before
}

func removeArgument(d *ast.Definition, field, argument string) bool {
	for i, f := range d.Fields {
		if f.Name == field && f.Arguments.ForName(argument) != nil {
			d.Fields[i] = withoutArguments(f, func(a *ast.ArgumentDefinition) bool { return a.Name == argument })
			return true
		}
	}
	return false
}

func withoutArguments(f *ast.FieldDefinition, gone func(*ast.ArgumentDefinition) bool) *ast.FieldDefinition {
	copied := *f
	copied.Arguments = slices.DeleteFunc(slices.Clone(f.Arguments), gone)
	return &copied
}

func removeValue(d *ast.Definition, value string) bool {
	before := len(d.EnumValues)
	d.EnumValues = slices.DeleteFunc(d.EnumValues, func(v *ast.EnumValueDefinition) bool { return v.Name == value })
	return len(d.EnumValues) < before
}

func (r *reduction) removeMember(union *ast.Definition, member string) bool {
	before := len(union.Types)
	union.Types = slices.DeleteFunc(union.Types, func(name string) bool { return name == member })
	r.schema.PossibleTypes[union.Name] = slices.DeleteFunc(r.schema.PossibleTypes[union.Name],
		func(d *ast.Definition) bool { return d.Name == member })
	r.schema.Implements[member] = slices.DeleteFunc(r.schema.Implements[member],
		func(d *ast.Definition) bool { return d.Name == union.Name })
	return len(union.Types) < before
}
