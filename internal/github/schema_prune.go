package github

import (
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// pruner takes out of a document what a schema lacks.
type pruner struct {
	schema    *serverSchema
	document  *ast.QueryDocument
	fragments map[string]ast.SelectionSet // what is left of them
	absent    map[string]bool             // what the schema lacks and can be done without
	needed    map[string]bool             // what it lacks and cannot
	visited   map[string]bool             // types that the document leads to
}

// prune gives a document and its variables without what the schema lacks; as
// they were where it lacks nothing.
func (s *serverSchema) prune(text string, variables map[string]any) (string, map[string]any, *pruner, error) {
	p := &pruner{
		schema: s, fragments: map[string]ast.SelectionSet{},
		absent: map[string]bool{}, needed: map[string]bool{}, visited: map[string]bool{},
	}
	var err error
	if p.document, err = parser.ParseQuery(&ast.Source{Input: text}); err != nil {
		return "", nil, nil, err
	}
	operation := p.document.Operations[0]
	if operation.SelectionSet = p.set(s.query, operation.SelectionSet); len(operation.SelectionSet) == 0 {
		p.needed[s.query] = true
	}
	variables = maps.Clone(variables)
	p.values(operation, variables)
	if len(p.absent)+len(p.needed) == 0 {
		return text, variables, p, nil
	}
	p.sweep(operation, variables)
	var b strings.Builder
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatQueryDocument(p.document)
	return b.String(), variables, p, nil
}

// lack notes that the schema lacks something.
func (p *pruner) lack(name string) {
	if p.schema.dispensable(name) {
		p.absent[name] = true
	} else {
		p.needed[name] = true
	}
}

// set gives what is left of the selections on a type.
func (p *pruner) set(on string, set ast.SelectionSet) ast.SelectionSet {
	p.visited[on] = true
	var out ast.SelectionSet
	for _, selection := range set {
		keep := false
		switch s := selection.(type) {
		case *ast.Field:
			keep = p.field(on, s)
		case *ast.InlineFragment:
			keep = p.inline(on, s)
		case *ast.FragmentSpread:
			keep = p.spread(on, s)
		}
		if keep {
			out = append(out, selection)
		}
	}
	return out
}

// field prunes a field, and reports whether anything is left of it.
func (p *pruner) field(on string, f *ast.Field) bool {
	typ := p.schema.types[on]
	if f.Name == "__typename" || typ == nil || typ.fields == nil {
		return true
	}
	definition, ok := typ.fields[f.Name]
	if !ok {
		name := on + "." + f.Name
		p.lack(name)
		instead := substitutes[name]
		if f.Name, f.Alias = instead, instead; instead != "" {
			_, ok = typ.fields[instead]
		}
		return ok
	}
	f.Arguments = slices.DeleteFunc(f.Arguments, func(a *ast.Argument) bool {
		name := on + "." + f.Name + "(" + a.Name + ")"
		if definition.args[a.Name] || !p.schema.dispensable(name) { // the server may know one that it does not show
			return false
		}
		p.lack(name)
		return true
	})
	if len(f.SelectionSet) == 0 {
		return true
	}
	f.SelectionSet = p.set(definition.of, f.SelectionSet)
	return len(f.SelectionSet) > 0
}

// inline prunes a fragment in place.
func (p *pruner) inline(on string, f *ast.InlineFragment) bool {
	if !p.applies(on, f.TypeCondition) {
		return false
	}
	f.SelectionSet = p.set(f.TypeCondition, f.SelectionSet)
	return len(f.SelectionSet) > 0
}

// spread prunes a fragment that is spread, once.
func (p *pruner) spread(on string, s *ast.FragmentSpread) bool {
	definition := p.document.Fragments.ForName(s.Name)
	if !p.applies(on, definition.TypeCondition) {
		return false
	}
	left, done := p.fragments[s.Name]
	if !done {
		left = p.set(definition.TypeCondition, definition.SelectionSet)
		p.fragments[s.Name], definition.SelectionSet = left, left
	}
	return len(left) > 0
}

// applies reports whether a fragment on a type can be spread in another.
func (p *pruner) applies(on, condition string) bool {
	p.visited[on], p.visited[condition] = true, true
	switch {
	case p.schema.types[condition] == nil:
		p.lack(condition)
		return false
	case p.schema.types[on] != nil && !p.schema.overlap(on, condition):
		p.lack(on + "." + condition)
		return false
	}
	return true
}

// values takes out of the variables' values what the enums lack.
func (p *pruner) values(operation *ast.OperationDefinition, variables map[string]any) {
	for _, v := range operation.VariableDefinitions {
		name := v.Type.Name()
		p.visited[name] = true
		typ := p.schema.types[name]
		switch value := variables[v.Variable].(type) {
		case string:
			if typ != nil && typ.values != nil && !typ.values[value] {
				p.lack(name + "." + value)
			}
		case []string:
			variables[v.Variable] = slices.DeleteFunc(slices.Clone(value), func(value string) bool { return typ != nil && p.lacksValue(name, value) })
		}
		if typ == nil {
			p.lack(name)
		}
	}
}

// lacksValue reports whether an enum lacks a value, or the schema the type of
// the events that it asks for.
func (p *pruner) lacksValue(enum, value string) bool {
	values := p.schema.types[enum].values
	switch of := typeOfItem(value); {
	case values == nil:
		return false
	case !values[value]:
		p.lack(enum + "." + value)
	case of != "" && p.schema.types[of] == nil:
		p.lack(of)
	default:
		return false
	}
	return true
}

// sweep takes out variables and fragments that are no longer used.
func (p *pruner) sweep(operation *ast.OperationDefinition, variables map[string]any) {
	u := uses{document: p.document, variables: map[string]bool{}, fragments: map[string]bool{}}
	u.set(operation.SelectionSet)
	operation.VariableDefinitions = slices.DeleteFunc(operation.VariableDefinitions, func(v *ast.VariableDefinition) bool {
		if !u.variables[v.Variable] {
			delete(variables, v.Variable)
		}
		return !u.variables[v.Variable]
	})
	p.document.Fragments = slices.DeleteFunc(p.document.Fragments, func(f *ast.FragmentDefinition) bool { return !u.fragments[f.Name] })
}

// uses are the variables and fragments that selections use.
type uses struct {
	document             *ast.QueryDocument
	variables, fragments map[string]bool
}

func (u *uses) set(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			for _, a := range s.Arguments {
				u.value(a.Value)
			}
			u.set(s.SelectionSet)
		case *ast.InlineFragment:
			u.set(s.SelectionSet)
		case *ast.FragmentSpread:
			if !u.fragments[s.Name] {
				u.fragments[s.Name] = true
				u.set(u.document.Fragments.ForName(s.Name).SelectionSet)
			}
		}
	}
}

func (u *uses) value(v *ast.Value) {
	if v.Kind == ast.Variable {
		u.variables[v.Raw] = true
	}
	for _, child := range v.Children {
		u.value(child.Value)
	}
}
