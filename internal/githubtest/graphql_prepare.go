package githubtest

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// engine answers GraphQL queries on GitHub's schema.
type engine struct {
	*tables
	memo documentMemo
}

// newEngine makes an engine whose schema lacks what is named as in Options.Missing. The
// schema is parsed once in a process.
func newEngine(missing ...string) (*engine, error) {
	t, err := tablesWithout(missing)
	if err != nil {
		return nil, err
	}
	return &engine{tables: t, memo: documentMemo{documents: map[string]*checkedDocument{}}}, nil
}

// maxTokens is the size at which a document is refused, which bounds the work of
// checking it.
const maxTokens = 15_000

// prepare checks and prices a query.
func (e *engine) prepare(q query) *plan {
	p := &plan{engine: e, points: 1}
	checked := e.memo.get(q.Document, e.check)
	if p.errors = checked.errors; len(p.errors) > 0 {
		return p
	}
	p.document, p.size = checked.document, &checked.size
	if p.operation = p.document.Operations.ForName(q.Operation); p.operation == nil {
		return p.fail(&queryError{Message: noOperation(q.Operation)})
	}
	if p.operation.Operation != ast.Query {
		return p.fail(&queryError{Message: "This simulated GitHub answers queries only."})
	}
	variables, problem := coerceVariables(e.schema, p.operation, q.Variables)
	if problem != nil {
		return p.fail(problem)
	}
	p.variables = variables
	return p.price()
}

// price fills in what the query costs, and refuses it if it asks for too much.
func (p *plan) price() *plan {
	pricer := &pricer{document: p.document, variables: p.variables}
	pricer.set([]ast.SelectionSet{p.operation.SelectionSet}, 1)
	p.points, p.nodes = pricer.points(), int(pricer.nodes)
	switch {
	case pricer.tooBig:
		return p.fail(&queryError{Message: "Query is too complex."})
	case p.nodes > maxNodes:
		return p.fail(&queryError{
			Type: "MAX_NODE_LIMIT_EXCEEDED",
			Message: fmt.Sprintf("This query requests up to %s possible nodes which exceeds the maximum limit of 500,000.",
				thousands(p.nodes)),
		})
	}
	p.dryRun = p.asksDryRun(p.operation.SelectionSet)
	return p
}

// asksDryRun looks for rateLimit(dryRun: true) at the root.
func (p *plan) asksDryRun(set ast.SelectionSet) bool {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			argument := s.Arguments.ForName("dryRun")
			if s.Name != "rateLimit" || argument == nil || !included(s.Directives, p.variables) {
				continue
			}
			if value, err := argument.Value.Value(p.variables); err == nil && value == true {
				return true
			}
		case *ast.InlineFragment:
			if p.asksDryRun(s.SelectionSet) {
				return true
			}
		case *ast.FragmentSpread:
			if p.asksDryRun(s.Definition.SelectionSet) {
				return true
			}
		}
	}
	return false
}

func (p *plan) fail(problem *queryError) *plan {
	p.errors = append(p.errors, problem)
	return p
}

func noOperation(name string) string {
	if name == "" {
		return "An operation name is required"
	}
	return fmt.Sprintf("No operation named %q", name)
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// checkedDocument is a document that was parsed and held against the schema.
type checkedDocument struct {
	document *ast.QueryDocument
	errors   []*queryError
	size     atomic.Int64 // of the last answer, in bytes
}

// check parses a document and holds it against the schema.
func (e *engine) check(text string) *checkedDocument {
	if strings.TrimSpace(text) == "" {
		return &checkedDocument{errors: []*queryError{{
			Message: "A query attribute must be specified and must be a string.",
		}}}
	}
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, maxTokens)
	if err != nil {
		return &checkedDocument{errors: []*queryError{parseError(err)}}
	}
	out := &checkedDocument{document: document}
	for _, problem := range validator.ValidateWithRules(e.schema, document, nil) {
		out.errors = append(out.errors, checkError(document, problem))
	}
	return out
}

// parseError gives a syntax error in GitHub's form.
func parseError(err error) *queryError {
	var g *gqlerror.Error
	if !errors.As(err, &g) {
		return &queryError{Message: "Parse error: " + err.Error()}
	}
	return &queryError{Message: "Parse error: " + g.Message, Locations: locations(g)}
}

func locations(g *gqlerror.Error) []queryLocation {
	var out []queryLocation
	for _, l := range g.Locations {
		out = append(out, queryLocation{Line: l.Line, Column: l.Column})
	}
	return out
}

// coerceVariables gives the operation's variables with their defaults, of the types
// that it declares.
func coerceVariables(schema *ast.Schema, op *ast.OperationDefinition, given map[string]any) (map[string]any, *queryError) {
	values, err := validator.VariableValues(schema, op, copyValue(given).(map[string]any))
	if err == nil {
		return plainLists(values), nil
	}
	var g *gqlerror.Error
	if !errors.As(err, &g) {
		return nil, &queryError{Message: err.Error()}
	}
	name, path := "", []any{}
	for i, step := range g.Path {
		switch s, ok := step.(ast.PathName); {
		case i == 1 && ok:
			name = string(s)
		case i > 1 && ok:
			path = append(path, string(s))
		case i > 1:
			path = append(path, step)
		}
	}
	problem := &queryError{Message: fmt.Sprintf("Variable $%s was provided invalid value", name)}
	if definition := op.VariableDefinitions.ForName(name); definition != nil {
		problem.Message = fmt.Sprintf("Variable $%s of type %s was provided invalid value", name, definition.Type)
		problem.Locations = at(definition.Position)
	}
	explanation := explain(schema, op.VariableDefinitions.ForName(name), given[name], path, g.Message)
	if len(path) > 0 {
		problem.Message += fmt.Sprintf(" for %s (%s)", joined(path, "."), explanation)
	}
	problem.Extensions = map[string]any{
		"value": given[name], "problems": []any{map[string]any{"path": path, "explanation": explanation}},
	}
	return nil, problem
}

// plainLists makes every list a []any: a single value that was given for a list has become
// a list of its own type.
func plainLists(values map[string]any) map[string]any {
	for name, value := range values {
		list := reflect.ValueOf(value)
		if _, plain := value.([]any); plain || list.Kind() != reflect.Slice {
			continue
		}
		out := make([]any, list.Len())
		for i := range out {
			out[i] = list.Index(i).Interface()
		}
		values[name] = out
	}
	return values
}

// copyValue copies JSON data: coercing variables writes into lists and objects.
func copyValue(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, x := range v {
			out[name] = copyValue(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = copyValue(x)
		}
		return out
	}
	return value
}

// at gives a place in the document.
func at(position *ast.Position) []queryLocation {
	if position == nil {
		return nil
	}
	return []queryLocation{{Line: position.Line, Column: position.Column}}
}

// documentMemo keeps checked documents: a mirror sends the same few over and over.
type documentMemo struct {
	mu        sync.Mutex
	documents map[string]*checkedDocument
}

// maxDocuments bounds the memo.
const maxDocuments = 200

func (m *documentMemo) get(text string, check func(string) *checkedDocument) *checkedDocument {
	m.mu.Lock()
	checked := m.documents[text]
	m.mu.Unlock()
	if checked != nil {
		return checked
	}
	checked = check(text)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.documents) >= maxDocuments {
		clear(m.documents)
	}
	m.documents[text] = checked
	return checked
}
