package githubtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// codes are GitHub's words for the rules that a query may break.
var codes = map[string]string{
	"FieldsOnCorrectType":          "undefinedField",
	"KnownArgumentNames":           "argumentNotAccepted",
	"ProvidedRequiredArguments":    "missingRequiredArguments",
	"ValuesOfCorrectType":          "argumentLiteralsIncompatible",
	"KnownTypeNames":               "undefinedType",
	"KnownFragmentNames":           "undefinedFragment",
	"NoUnusedFragments":            "useAndDefineFragment",
	"NoUndefinedVariables":         "variableNotDefined",
	"NoUnusedVariables":            "variableNotUsed",
	"ScalarLeafs":                  "selectionMismatch",
	"OverlappingFieldsCanBeMerged": "fieldConflict",
	"PossibleFragmentSpreads":      "cannotSpreadFragment",
	"NoFragmentCycles":             "infiniteLoop",
	"VariablesInAllowedPosition":   "variableMismatch",
	"KnownDirectives":              "undefinedDirective",
	"LoneAnonymousOperation":       "uniquelyNamedOperations",
}

// wordings put the parser's messages as GitHub puts them: clients look into them for what
// a server does not have. The names in extensions are those of a pattern's groups.
var wordings = []struct {
	code    string
	pattern *regexp.Regexp
	message string // of the pattern's groups
	names   []string
	more    map[string]any
}{
	{
		"undefinedField", regexp.MustCompile(`^Cannot query field "(\w+)" on type "(\w+)"`),
		"Field '$1' doesn't exist on type '$2'",
		[]string{"fieldName", "typeName"},
		nil,
	},
	{
		"argumentNotAccepted", regexp.MustCompile(`^Unknown argument "(\w+)" on field "\w+\.(\w+)"`),
		"Field '$2' doesn't accept argument '$1'",
		[]string{"argumentName", "name"},
		map[string]any{"typeName": "Field"},
	},
	{
		"undefinedType", regexp.MustCompile(`^Unknown type "(\w+)"`),
		"No such type $1, so it can't be a fragment condition",
		[]string{"typeName"},
		nil,
	},
	{
		"cannotSpreadFragment", regexp.MustCompile(`^Fragment cannot be spread here as objects of type "(\w+)" can never be of type "(\w+)"`),
		"Fragment on $2 can't be spread inside $1",
		[]string{"parentName", "typeName"},
		map[string]any{"fragmentName": "unknown"},
	},
	{
		"cannotSpreadFragment",
		regexp.MustCompile(`^Fragment "(\w+)" cannot be spread here as objects of type "(\w+)" can never be of type "(\w+)"`),
		"Fragment $1 on $3 can't be spread inside $2",
		[]string{"fragmentName", "parentName", "typeName"},
		nil,
	},
}

// checkError gives a breach of the schema in GitHub's form.
func checkError(document *ast.QueryDocument, g *gqlerror.Error) *queryError {
	code := codes[g.Rule]
	if code == "" {
		code = g.Rule
	}
	out := &queryError{
		Message: g.Message, Locations: locations(g), Path: pathOf(document, g), Extensions: map[string]any{"code": code},
	}
	for _, w := range wordings {
		found := w.pattern.FindStringSubmatch(g.Message)
		if found == nil || w.code != code {
			continue
		}
		out.Message = w.pattern.ReplaceAllString(found[0], w.message)
		for i, name := range w.names {
			out.Extensions[name] = found[i+1]
		}
		maps.Copy(out.Extensions, w.more)
	}
	switch variable := variableAt(document, g); {
	case code == "argumentNotAccepted" && out.Extensions["argumentName"] != nil:
		out.Path = append(out.Path, out.Extensions["argumentName"])
	case code == "undefinedType" && variable != nil:
		out.Message = fmt.Sprintf("%s isn't a defined input type (on $%s)", out.Extensions["typeName"], variable.Variable)
		out.Extensions["code"], out.Extensions["variableName"] = "variableRequiresValidType", variable.Variable
	}
	return out
}

// variableAt gives the variable whose declaration a breach is at, nil if it is elsewhere.
func variableAt(document *ast.QueryDocument, g *gqlerror.Error) *ast.VariableDefinition {
	for _, operation := range document.Operations {
		for _, variable := range operation.VariableDefinitions {
			if isAt(variable.Position, g) {
				return variable
			}
		}
	}
	return nil
}

func isAt(position *ast.Position, g *gqlerror.Error) bool {
	return position != nil && len(g.Locations) > 0 &&
		position.Line == g.Locations[0].Line && position.Column == g.Locations[0].Column
}

// pathOf gives the way to what a breach is at, as GitHub writes it:
// "query Name", "node", "... on Issue", "title".
func pathOf(document *ast.QueryDocument, g *gqlerror.Error) []any {
	for _, operation := range document.Operations {
		root := strings.TrimSpace(string(operation.Operation) + " " + operation.Name)
		if path := pathIn([]any{root}, operation.SelectionSet, g); path != nil {
			return path
		}
	}
	for _, fragment := range document.Fragments {
		root := []any{"fragment " + fragment.Name}
		if isAt(fragment.Position, g) {
			return root
		}
		if path := pathIn(root, fragment.SelectionSet, g); path != nil {
			return path
		}
	}
	if len(document.Operations) == 0 {
		return []any{"query"}
	}
	return []any{strings.TrimSpace("query " + document.Operations[0].Name)}
}

func pathIn(path []any, set ast.SelectionSet, g *gqlerror.Error) []any {
	for _, selection := range set {
		var step string
		var below ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			step, below = s.Alias, s.SelectionSet
		case *ast.InlineFragment:
			step, below = strings.TrimSuffix("... on "+s.TypeCondition, " on "), s.SelectionSet
		case *ast.FragmentSpread:
			step = "... " + s.Name
		}
		here := append(path[:len(path):len(path)], step)
		if isAt(selection.GetPosition(), g) {
			return here
		}
		if found := pathIn(here, below, g); found != nil {
			return found
		}
	}
	return nil
}

// explain says what is wrong with a variable's value, of an enum's value as GitHub does.
func explain(schema *ast.Schema, variable *ast.VariableDefinition, given any, path []any, otherwise string) string {
	if variable == nil || schema.Types[variable.Type.Name()] == nil || schema.Types[variable.Type.Name()].Kind != ast.Enum {
		return otherwise
	}
	for _, step := range path {
		list, ok := given.([]any)
		i, isIndex := step.(ast.PathIndex)
		if !ok || !isIndex || int(i) >= len(list) {
			return otherwise
		}
		given = list[i]
	}
	var values []string
	for _, value := range schema.Types[variable.Type.Name()].EnumValues {
		values = append(values, value.Name)
	}
	text, _ := json.Marshal(given)
	return fmt.Sprintf("Expected %s to be one of: %s", text, strings.Join(values, ", "))
}

// joined writes a path with a separator.
func joined(path []any, separator string) string {
	words := make([]string, len(path))
	for i, step := range path {
		words[i] = fmt.Sprint(step)
	}
	return strings.Join(words, separator)
}
