package githubtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/vektah/gqlparser/v2/ast"
)

// object is a value of an object type of the schema.
type node struct {
	typ   string
	value any
}

// resolver gives the value of a field of an object: nil, a Go scalar, a Time, an
// node, a connection, or a slice of those; or an error, which makes the field null.
type resolver func(c *call, source any) (any, error)

// call is one field that is being resolved.
type call struct {
	*execution
	field *ast.Field
	args  map[string]any
	set   *fieldSet
}

// execution is one query on its way. The answer is written as it is found; where a
// null must not be, what was written since the nearest place that may be null is taken
// back.
type execution struct {
	*plan
	view   *view
	host   host
	damage *spoil
	out    []byte
	path   []step
	errors []*queryError
	given  int // nodes so far
}

// step is one step of a path: a key, or an index where the key is "".
type step struct {
	key   string
	index int
}

func newExecution(p *plan, v *view, h host, damage *spoil) *execution {
	// As long as the last answer, and somewhat more.
	return &execution{plan: p, view: v, host: h, damage: damage, out: make([]byte, 0, p.size.Load()*9/8)}
}

func (x *execution) run() *queryAnswer {
	root := &fieldSet{fields: []*ast.Field{{SelectionSet: x.operation.SelectionSet}}}
	x.out = append(x.out, dataPrefix...)
	if !x.object(node{"Query", queryRoot{}}, root) {
		x.out = append(x.out[:len(dataPrefix)], "null"...)
	}
	x.size.Store(int64(len(x.out)))
	return &queryAnswer{Data: json.RawMessage(x.out[len(dataPrefix):]), Errors: x.errors, whole: x.out}
}

// dataPrefix begins an answer with data.
const dataPrefix = `{"data":`

// fieldSet is all selections of one response key that are merged into one value, of
// objects of one type.
type fieldSet struct {
	key    string
	quoted []byte // the key with a colon
	fields []*ast.Field
	below  map[string][]*fieldSet // by object type: what is selected of the value

	// What is the same for all objects, once it was needed.
	definition *ast.FieldDefinition
	resolve    resolver
	args       map[string]any
	known      bool
	wanted     map[string]bool // see wantedTypes
}

// selected gives what is selected of a value of an object type.
func (x *execution) selected(s *fieldSet, typ string) []*fieldSet {
	if sets, ok := s.below[typ]; ok {
		return sets
	}
	var order []*fieldSet
	byKey := map[string]*fieldSet{}
	for _, field := range s.fields {
		x.collect(field.SelectionSet, typ, byKey, &order)
	}
	if s.below == nil {
		s.below = map[string][]*fieldSet{}
	}
	s.below[typ] = order
	return order
}

// collect spreads the fragments that apply to a type, and merges fields by key.
func (x *execution) collect(set ast.SelectionSet, typ string, byKey map[string]*fieldSet, order *[]*fieldSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if !included(s.Directives, x.variables) {
				continue
			}
			if byKey[s.Alias] == nil {
				byKey[s.Alias] = &fieldSet{key: s.Alias, quoted: append(appendString(nil, s.Alias), ':')}
				*order = append(*order, byKey[s.Alias])
			}
			byKey[s.Alias].fields = append(byKey[s.Alias].fields, s)
		case *ast.InlineFragment:
			if included(s.Directives, x.variables) && x.engine.applies(s.TypeCondition, typ) {
				x.collect(s.SelectionSet, typ, byKey, order)
			}
		case *ast.FragmentSpread:
			if included(s.Directives, x.variables) && x.engine.applies(s.Definition.TypeCondition, typ) {
				x.collect(s.Definition.SelectionSet, typ, byKey, order)
			}
		}
	}
}

// object writes an object; false: it must be null.
func (x *execution) object(o node, s *fieldSet) bool {
	x.out = append(x.out, '{')
	for i, field := range x.selected(s, o.typ) {
		if i > 0 {
			x.out = append(x.out, ',')
		}
		x.out = append(x.out, field.quoted...)
		x.path = append(x.path, step{key: field.key})
		ok := x.field(o, field)
		x.path = x.path[:len(x.path)-1]
		if !ok {
			return false
		}
	}
	x.out = append(x.out, '}')
	return true
}

// field writes the value of one field; false: the object around it must be null.
func (x *execution) field(o node, s *fieldSet) bool {
	field := s.fields[0]
	if field.Name == "__typename" {
		x.out = appendString(x.out, o.typ)
		return true
	}
	if x.dryRun && o.typ == "Query" && field.Name != "rateLimit" {
		x.out = append(x.out, "null"...) // not evaluated, whatever its type
		return true
	}
	err := x.learn(o.typ, s)
	var value any
	if err == nil {
		value, err = x.resolve(o, s)
	}
	if err != nil {
		x.fail(err, field)
		return x.null(s.definition.Type)
	}
	return x.complete(s.definition.Type, value, s)
}

// learn finds what is the same for the field of all objects of a type.
func (x *execution) learn(typ string, s *fieldSet) (err error) {
	if s.known {
		return nil
	}
	field := s.fields[0]
	s.definition, s.resolve = x.engine.fieldOf(typ, field.Name), x.engine.resolver(typ, field.Name)
	if s.resolve == nil {
		return fmt.Errorf("simulated GitHub does not know the field %s of type %s", field.Name, typ)
	}
	s.args, err = x.arguments(s.definition, field)
	s.known = err == nil
	return err
}

// resolve finds the value of a field.
func (x *execution) resolve(o node, s *fieldSet) (any, error) {
	field := s.fields[0]
	if err := x.view.guard.guarded(o, field.Name); err != nil {
		return nil, err
	}
	return s.resolve(&call{execution: x, field: field, args: s.args, set: s}, o.value)
}

// arguments gives the field's arguments with their defaults.
func (x *execution) arguments(definition *ast.FieldDefinition, field *ast.Field) (map[string]any, error) {
	if len(definition.Arguments) == 0 {
		return nil, nil
	}
	args := map[string]any{}
	for _, d := range definition.Arguments {
		given := field.Arguments.ForName(d.Name)
		source := d.DefaultValue
		if given != nil && (given.Value.Kind != ast.Variable || has(x.variables, given.Value.Raw)) {
			source = given.Value
		}
		if source == nil {
			continue
		}
		value, err := source.Value(x.variables)
		if err != nil {
			return nil, fmt.Errorf("argument %s of %s: %w", d.Name, field.Name, err)
		}
		args[d.Name] = value
	}
	return args, nil
}

func has(variables map[string]any, name string) bool { _, ok := variables[name]; return ok }

// null writes null where the type allows it.
func (x *execution) null(t *ast.Type) bool {
	if t.NonNull {
		return false
	}
	x.out = append(x.out, "null"...)
	return true
}

// complete writes a value in the form of its type; false: the object around it must
// be null.
func (x *execution) complete(t *ast.Type, value any, s *fieldSet) bool {
	if value == nil || value == Time(0) {
		if t.NonNull {
			x.fail(&queryError{Message: "Cannot return null for non-nullable field " + s.fields[0].Name}, s.fields[0])
		}
		return x.null(t)
	}
	mark := len(x.out)
	if x.write(t, value, s) {
		return true
	}
	x.out = x.out[:mark]
	return x.null(t)
}

// write writes a value that is not null; false: it must be null.
func (x *execution) write(t *ast.Type, value any, s *fieldSet) bool {
	if t.Elem != nil {
		return x.list(t.Elem, value, s)
	}
	switch v := value.(type) {
	case node:
		if !x.engine.possible[t.Name()][v.typ] {
			return false // the schema lacks the type, or that it may be met here
		}
		return x.object(v, s)
	case *connection:
		return x.object(node{typ: t.Name(), value: v}, s)
	}
	out, err := x.engine.appendLeaf(x.out, t.Name(), value)
	if err != nil {
		x.fail(err, s.fields[0])
		return false
	}
	x.out = out
	return true
}

// list writes the elements of a list. An element may be an error.
func (x *execution) list(t *ast.Type, value any, s *fieldSet) bool {
	elements, err := elementsOf(value)
	if err != nil {
		x.fail(err, s.fields[0])
		return false
	}
	x.out = append(x.out, '[')
	for i, element := range elements {
		if i > 0 {
			x.out = append(x.out, ',')
		}
		x.path = append(x.path, step{index: i})
		ok := x.element(t, element, s)
		x.path = x.path[:len(x.path)-1]
		if !ok {
			return false
		}
	}
	x.out = append(x.out, ']')
	return true
}

func (x *execution) element(t *ast.Type, element any, s *fieldSet) bool {
	err, failed := element.(error)
	if _, is := element.(node); is && !failed {
		err = x.spoiled()
	}
	if err != nil {
		x.fail(err, s.fields[0])
		return x.null(t)
	}
	return x.complete(t, element, s)
}

// spoiled counts a node, and says what is wrong with those that come out badly.
func (x *execution) spoiled() error {
	if x.given++; x.damage == nil || x.given <= x.damage.nodes {
		return nil
	}
	if x.damage.reason == "RESOURCE_LIMITS_EXCEEDED" {
		return &queryError{Type: x.damage.reason, Message: "Resource limits for this query exceeded."}
	}
	return &queryError{Type: x.damage.reason, Message: somethingWrong}
}

// somethingWrong is how GitHub reports a query that failed on its side.
const somethingWrong = "Something went wrong while executing your query. This may be the result of a timeout, or it could be a " +
	"GitHub bug. Please include `C0FE:1A2B:3C4D5E:6F7081:67000000` when reporting this issue."

// fail notes an error at the current path.
func (x *execution) fail(err error, field *ast.Field) {
	var problem queryError
	if q := (*queryError)(nil); errors.As(err, &q) {
		problem = *q
	} else {
		problem.Message = err.Error()
	}
	problem.Path = x.steps()
	problem.Locations = at(field.Position)
	x.errors = append(x.errors, &problem)
}

// steps gives the current path as answers have it.
func (x *execution) steps() []any {
	out := make([]any, len(x.path))
	for i, s := range x.path {
		if out[i] = s.key; s.key == "" {
			out[i] = s.index
		}
	}
	return out
}

// elementsOf gives the elements of a resolved list.
func elementsOf(value any) ([]any, error) {
	switch v := value.(type) {
	case []any:
		return v, nil
	case []node:
		return anys(v), nil
	case []string:
		return anys(v), nil
	}
	return nil, fmt.Errorf("a list is resolved to a %T", value)
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// names gives the fields that are selected of the value being resolved, whatever type
// it will have.
func (c *call) names() map[string]bool {
	names := map[string]bool{}
	for typ := range maps.Keys(c.engine.possibleOf(c.field.Definition.Type.Name())) {
		for _, s := range c.selected(c.set, typ) {
			names[s.fields[0].Name] = true
		}
	}
	return names
}
