package githubtest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// typeView is a type of the schema for introspection.
type typeView struct {
	schema *ast.Schema
	typ    *ast.Type
}

// typeNode shows a type, nil for none.
func typeNode(schema *ast.Schema, t *ast.Type) any {
	if t == nil {
		return nil
	}
	return node{"__Type", typeView{schema, t}}
}

func namedType(schema *ast.Schema, d *ast.Definition) any {
	if d == nil {
		return nil
	}
	return typeNode(schema, ast.NamedType(d.Name, nil))
}

// definition gives what a named type is, nil for lists and non-null types.
func (t typeView) definition() *ast.Definition {
	if t.typ.NonNull || t.typ.Elem != nil {
		return nil
	}
	return t.schema.Types[t.typ.NamedType]
}

func (t typeView) kind() any {
	switch d := t.definition(); {
	case t.typ.NonNull:
		return "NON_NULL"
	case t.typ.Elem != nil:
		return "LIST"
	case d == nil:
		return nil
	default:
		return string(d.Kind)
	}
}

// ofType gives what a list or a non-null type is made of.
func (t typeView) ofType() any {
	switch {
	case t.typ.NonNull:
		inner := *t.typ
		inner.NonNull = false
		return typeNode(t.schema, &inner)
	case t.typ.Elem != nil:
		return typeNode(t.schema, t.typ.Elem)
	}
	return nil
}

// ofDefinition makes a resolver of a function on the definition of a named type; other
// types give nil.
func ofDefinition(f func(*call, *ast.Schema, *ast.Definition) any) resolver {
	return of(func(c *call, t typeView) any {
		if d := t.definition(); d != nil {
			return f(c, t.schema, d)
		}
		return nil
	})
}

// introspectionTypes resolves the types that describe the schema.
func introspectionTypes() map[string]resolvers {
	return map[string]resolvers{
		"__Schema":     schemaFields(),
		"__Type":       typeFields(),
		"__Field":      fieldFields(),
		"__InputValue": inputFields(),
		"__EnumValue": join(describedAs(func(v *ast.EnumValueDefinition) string { return v.Description }), resolvers{
			"name": of(func(_ *call, v *ast.EnumValueDefinition) any { return v.Name }),
		}, deprecation(func(v *ast.EnumValueDefinition) ast.DirectiveList { return v.Directives })),
		"__Directive": join(describedAs(func(d *ast.DirectiveDefinition) string { return d.Description }), resolvers{
			"name":         of(func(_ *call, d *ast.DirectiveDefinition) any { return d.Name }),
			"isRepeatable": of(func(_ *call, d *ast.DirectiveDefinition) any { return d.IsRepeatable }),
			"args":         of(func(c *call, d *ast.DirectiveDefinition) any { return inputNodes(c.engine.schema, d.Arguments) }),
			"locations": of(func(_ *call, d *ast.DirectiveDefinition) any {
				out := []string{}
				for _, l := range d.Locations {
					out = append(out, string(l))
				}
				return out
			}),
		}),
	}
}

func describedAs[T any](text func(T) string) resolvers {
	return resolvers{"description": of(func(_ *call, t T) any { return orNil(text(t)) })}
}

func deprecation[T any](directives func(T) ast.DirectiveList) resolvers {
	return resolvers{
		"isDeprecated": of(func(_ *call, t T) any { return directives(t).ForName("deprecated") != nil }),
		"deprecationReason": of(func(_ *call, t T) any {
			d := directives(t).ForName("deprecated")
			if d == nil {
				return nil
			}
			if reason := d.Arguments.ForName("reason"); reason != nil {
				return reason.Value.Raw
			}
			return "No longer supported"
		}),
	}
}

func schemaFields() resolvers {
	return join(fixed(nil, "description"), resolvers{
		"queryType":        of(func(_ *call, s *ast.Schema) any { return namedType(s, s.Query) }),
		"mutationType":     of(func(_ *call, s *ast.Schema) any { return namedType(s, s.Mutation) }),
		"subscriptionType": of(func(_ *call, s *ast.Schema) any { return namedType(s, s.Subscription) }),
		"types": of(func(_ *call, s *ast.Schema) any {
			out := []any{}
			for _, d := range sortedTypes(s) {
				out = append(out, namedType(s, d))
			}
			return out
		}),
		"directives": of(func(_ *call, s *ast.Schema) any {
			out := []any{}
			for _, d := range s.Directives {
				out = append(out, node{"__Directive", d})
			}
			slices.SortFunc(out, func(a, b any) int {
				return strings.Compare(a.(node).value.(*ast.DirectiveDefinition).Name, b.(node).value.(*ast.DirectiveDefinition).Name)
			})
			return out
		}),
	})
}

func sortedTypes(s *ast.Schema) []*ast.Definition {
	var out []*ast.Definition
	for _, d := range s.Types {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b *ast.Definition) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func typeFields() resolvers {
	return join(fixed(nil, "specifiedByURL"), resolvers{
		"kind":        of(func(_ *call, t typeView) any { return t.kind() }),
		"ofType":      of(func(_ *call, t typeView) any { return t.ofType() }),
		"name":        ofDefinition(func(_ *call, _ *ast.Schema, d *ast.Definition) any { return d.Name }),
		"description": ofDefinition(func(_ *call, _ *ast.Schema, d *ast.Definition) any { return orNil(d.Description) }),
		"fields":      ofDefinition(typeFieldList),
		"interfaces":  ofDefinition(typeInterfaces),
		"possibleTypes": ofDefinition(func(_ *call, s *ast.Schema, d *ast.Definition) any {
			return ifAny(d.IsAbstractType(), typeNodes(s, s.GetPossibleTypes(d)))
		}),
		"enumValues": ofDefinition(typeEnumValues),
		"inputFields": ofDefinition(func(_ *call, s *ast.Schema, d *ast.Definition) any {
			return ifAny(d.Kind == ast.InputObject, inputFieldNodes(s, d.Fields))
		}),
		"isOneOf": always(false),
	})
}

func typeNodes(s *ast.Schema, definitions []*ast.Definition) []any {
	out := []any{}
	for _, d := range definitions {
		out = append(out, namedType(s, d))
	}
	return out
}

func typeFieldList(c *call, s *ast.Schema, d *ast.Definition) any {
	if d.Kind != ast.Object && d.Kind != ast.Interface {
		return nil
	}
	out := []any{}
	for _, f := range d.Fields {
		deprecated := f.Directives.ForName("deprecated") != nil
		if !strings.HasPrefix(f.Name, "__") && (!deprecated || c.args["includeDeprecated"] == true) {
			out = append(out, node{"__Field", f})
		}
	}
	return out
}

func typeInterfaces(_ *call, s *ast.Schema, d *ast.Definition) any {
	if d.Kind != ast.Object && d.Kind != ast.Interface {
		return nil
	}
	out := []any{}
	for _, name := range d.Interfaces {
		out = append(out, namedType(s, s.Types[name]))
	}
	return out
}

func typeEnumValues(c *call, _ *ast.Schema, d *ast.Definition) any {
	if d.Kind != ast.Enum {
		return nil
	}
	out := []any{}
	for _, v := range d.EnumValues {
		if v.Directives.ForName("deprecated") == nil || c.args["includeDeprecated"] == true {
			out = append(out, node{"__EnumValue", v})
		}
	}
	return out
}

func fieldFields() resolvers {
	return join(describedAs(func(f *ast.FieldDefinition) string { return f.Description }), resolvers{
		"name": of(func(_ *call, f *ast.FieldDefinition) any { return f.Name }),
		"type": of(func(c *call, f *ast.FieldDefinition) any { return typeNode(c.engine.schema, f.Type) }),
		"args": of(func(c *call, f *ast.FieldDefinition) any { return inputNodes(c.engine.schema, f.Arguments) }),
	}, deprecation(func(f *ast.FieldDefinition) ast.DirectiveList { return f.Directives }))
}

// inputView is an argument or a field of an input object.
type inputView struct {
	name, description string
	typ               *ast.Type
	standard          *ast.Value
	directives        ast.DirectiveList
}

func inputNodes(_ *ast.Schema, arguments ast.ArgumentDefinitionList) []any {
	out := []any{}
	for _, a := range arguments {
		out = append(out, node{"__InputValue", inputView{a.Name, a.Description, a.Type, a.DefaultValue, a.Directives}})
	}
	return out
}

func inputFieldNodes(_ *ast.Schema, fields ast.FieldList) []any {
	out := []any{}
	for _, f := range fields {
		out = append(out, node{"__InputValue", inputView{f.Name, f.Description, f.Type, f.DefaultValue, f.Directives}})
	}
	return out
}

func inputFields() resolvers {
	return join(describedAs(func(i inputView) string { return i.description }), resolvers{
		"name": of(func(_ *call, i inputView) any { return i.name }),
		"type": of(func(c *call, i inputView) any { return typeNode(c.engine.schema, i.typ) }),
		"defaultValue": of(func(_ *call, i inputView) any {
			if i.standard == nil {
				return nil
			}
			return i.standard.String()
		}),
	}, deprecation(func(i inputView) ast.DirectiveList { return i.directives }))
}
