package github

import (
	"cmp"
	"context"
	"encoding/json"
)

// introspection asks for the server's whole schema. Arguments that are
// deprecated are not shown: old servers cannot be asked for them.
const introspection = `query Introspection {
  __schema {
    queryType { name }
    types {
      name
      fields(includeDeprecated: true) { name args { name } type { ...TypeName } }
      enumValues(includeDeprecated: true) { name }
      possibleTypes { name }
    }
  }
}
fragment TypeName on __Type { name ofType { name ofType { name ofType { name } } } }
`

// serverSchema is what a server's GraphQL API has.
type serverSchema struct {
	query string // name of the root type
	types map[string]*schemaType
}

// schemaType is a type. Of one that no document leads to it is known that it
// exists, and nothing more.
type schemaType struct {
	fields   map[string]schemaField
	values   map[string]bool // of an enum
	possible map[string]bool // the object types that a value may have
}

type schemaField struct {
	of   string // its type without lists and non-null
	args map[string]bool
}

// rawType is a type in an introspection.
type rawType struct {
	Name   string `json:"name"`
	Fields []struct {
		rawName
		Args []rawName  `json:"args"`
		Type rawTypeRef `json:"type"`
	} `json:"fields"`
	Values   []rawName `json:"enumValues"`
	Possible []rawName `json:"possibleTypes"`
}

type rawName struct {
	Name string `json:"name"`
}

type rawTypeRef struct {
	Name string      `json:"name"`
	Of   *rawTypeRef `json:"ofType"`
}

// named gives the type that lists and non-null types are made of.
func (t *rawTypeRef) named() string {
	for t != nil && t.Name == "" {
		t = t.Of
	}
	if t == nil {
		return ""
	}
	return t.Name
}

// introspect asks the server for its schema.
func (c *Client) introspect(ctx context.Context) (*serverSchema, error) {
	body, err := queryBody("Introspection", introspection, nil)
	if err != nil {
		return nil, err
	}
	what := graphQLCall("Introspection", "schema of the server")
	what.vital = true
	var found *serverSchema
	err = c.send(ctx, what, body, func(r *reply) error {
		var e *Error
		if found, e = readSchema(r.Data); e != nil {
			return e
		}
		return nil
	})
	return found, err
}

func readSchema(data json.RawMessage) (*serverSchema, *Error) {
	var answer struct {
		Schema *struct {
			Query rawName   `json:"queryType"`
			Types []rawType `json:"types"`
		} `json:"__schema"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, failure(reasonMalformed, err.Error())
	}
	if answer.Schema == nil {
		return nil, failure(reasonForbidden, "no schema is shown")
	}
	s := &serverSchema{query: cmp.Or(answer.Schema.Query.Name, "Query"), types: map[string]*schemaType{}}
	for i := range answer.Schema.Types {
		s.types[answer.Schema.Types[i].Name] = answer.Schema.Types[i].read()
	}
	if root := s.types[s.query]; root == nil || len(root.fields) == 0 {
		return nil, failure(reasonMalformed, "a schema without queries")
	}
	return s, nil
}

func (raw *rawType) read() *schemaType {
	t := &schemaType{values: nameSet(raw.Values), possible: nameSet(raw.Possible)}
	if len(raw.Fields) > 0 {
		t.fields = make(map[string]schemaField, len(raw.Fields))
	}
	for i := range raw.Fields {
		f := &raw.Fields[i]
		t.fields[f.Name] = schemaField{of: f.Type.named(), args: nameSet(f.Args)}
	}
	if len(t.possible) == 0 {
		t.possible = map[string]bool{raw.Name: true}
	}
	return t
}

func nameSet(names []rawName) map[string]bool {
	if len(names) == 0 {
		return nil
	}
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n.Name] = true
	}
	return set
}

// overlap reports whether a value may be of both types.
func (s *serverSchema) overlap(a, b string) bool {
	of, with := s.types[a], s.types[b]
	if of.possible == nil || with.possible == nil {
		return true // not known
	}
	for name := range of.possible {
		if with.possible[name] {
			return true
		}
	}
	return false
}

// has reports whether a type has a field.
func (s *serverSchema) has(typ, field string) bool {
	t := s.types[typ]
	if t == nil {
		return false
	}
	_, ok := t.fields[field]
	return ok
}

// forget keeps of all types but some no more than that they exist.
func (s *serverSchema) forget(but map[string]bool) {
	for name := range s.types {
		if !but[name] {
			s.types[name] = &schemaType{}
		}
	}
}
