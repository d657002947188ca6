package githubtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// tables is what all engines share: the schema and who resolves its fields.
type tables struct {
	schema    *ast.Schema
	fields    map[string]map[string]*ast.FieldDefinition // by object type and name
	possible  map[string]map[string]bool                 // by type: the object types it may be
	enums     map[string]map[string]bool                 // by enum: its values
	resolvers map[string]resolvers                       // by object type
}

// resolvers are those of a type's fields by name.
type resolvers map[string]resolver

var loadedTables = sync.OnceValues(func() (*tables, error) { return loadTables() })

// tablesWithout gives those of a schema that lacks something.
func tablesWithout(missing []string) (*tables, error) {
	if len(missing) == 0 {
		return loadedTables()
	}
	return loadTables(missing...)
}

func loadTables(missing ...string) (*tables, error) {
	schema, err := ReducedSchema(missing...)
	if err != nil {
		return nil, err
	}
	t := &tables{
		schema:    schema,
		fields:    map[string]map[string]*ast.FieldDefinition{},
		possible:  map[string]map[string]bool{},
		enums:     map[string]map[string]bool{},
		resolvers: allResolvers(),
	}
	for name, definition := range schema.Types {
		t.possible[name] = map[string]bool{}
		for _, object := range schema.GetPossibleTypes(definition) {
			t.possible[name][object.Name] = true
		}
		t.fields[name] = map[string]*ast.FieldDefinition{}
		for _, field := range definition.Fields {
			t.fields[name][field.Name] = field
		}
		if definition.Kind == ast.Enum {
			t.enums[name] = map[string]bool{}
			for _, value := range definition.EnumValues {
				t.enums[name][value.Name] = true
			}
		}
	}
	return t, nil
}

// fieldOf gives the definition of an object type's field. Validation has seen to it
// that there is one.
func (t *tables) fieldOf(typ, name string) *ast.FieldDefinition { return t.fields[typ][name] }

// possibleOf gives the object types that a value of a type may have.
func (t *tables) possibleOf(typ string) map[string]bool { return t.possible[typ] }

// applies reports whether a fragment on a type selects of an object type.
func (t *tables) applies(on, typ string) bool { return on == "" || on == typ || t.possible[on][typ] }

// resolver gives who resolves a field, nil if nobody does.
func (t *tables) resolver(typ, name string) resolver {
	switch {
	case t.resolvers[typ] != nil:
		return t.resolvers[typ][name]
	case strings.HasSuffix(typ, "Connection"):
		return t.resolvers["*Connection"][name]
	case strings.HasSuffix(typ, "Edge"):
		return t.resolvers["*Edge"][name]
	}
	return nil
}

// allResolvers gives the resolvers of all types.
func allResolvers() map[string]resolvers {
	all := map[string]resolvers{}
	for _, part := range []map[string]resolvers{
		connectionTypes(), introspectionTypes(), queryTypes(), actorTypes(), repositoryTypes(), itemTypes(),
		pullTypes(), commentTypes(), reviewTypes(), eventTypes(), gitTypes(), releaseTypes(), deploymentTypes(), checkTypes(),
	} {
		maps.Copy(all, part)
	}
	return all
}

// of makes a resolver of a function on the Go type that stands for a type's objects.
func of[T any](f func(*call, T) any) resolver {
	return func(c *call, source any) (any, error) {
		t, ok := source.(T)
		if !ok {
			return nil, fmt.Errorf("simulated GitHub has a %T where %T is meant", source, t)
		}
		value := f(c, t)
		if err, failed := value.(error); failed {
			return nil, err
		}
		return value, nil
	}
}

// always makes a resolver of a constant: what the dataset does not know.
func always(value any) resolver {
	return func(*call, any) (any, error) { return value, nil }
}

// join puts resolvers of a type together; later ones win.
func join(parts ...resolvers) resolvers {
	all := resolvers{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// fixed gives resolvers that always give the same value to fields, named with spaces between.
func fixed(value any, names string) resolvers {
	out := resolvers{}
	for _, name := range strings.Fields(names) {
		out[name] = always(value)
	}
	return out
}

// appendLeaf writes a scalar or an enum's value in the form of its type.
func (t *tables) appendLeaf(out []byte, typ string, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		if values := t.enums[typ]; values != nil && !values[v] {
			return nil, fmt.Errorf("simulated GitHub has %q, which is no %s", v, typ)
		}
		return appendString(out, v), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case Time:
		return appendString(out, v.String()), nil
	case float64:
		return strconv.AppendFloat(out, v, 'g', -1, 64), nil
	case int:
		return appendInt(out, typ, int64(v)), nil
	case int64:
		return appendInt(out, typ, v), nil
	}
	return nil, fmt.Errorf("simulated GitHub cannot write a %T as %s", value, typ)
}

// appendInt writes an integer: BigInt is a string, and what Int cannot hold is null, so
// that nobody relies on databaseId where fullDatabaseId is meant.
func appendInt(out []byte, typ string, n int64) []byte {
	switch {
	case typ == "BigInt":
		return append(strconv.AppendInt(append(out, '"'), n, 10), '"')
	case typ == "Int" && (n > math.MaxInt32 || n < math.MinInt32):
		return append(out, "null"...)
	}
	return strconv.AppendInt(out, n, 10)
}

// appendString writes a JSON string.
func appendString(out []byte, s string) []byte {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
			plain = false
			break
		}
	}
	if plain {
		return append(append(append(out, '"'), s...), '"')
	}
	quoted, err := json.Marshal(s)
	if err != nil {
		return append(out, `""`...) // a string always marshals
	}
	return append(out, quoted...)
}
