package exporter

import (
	"encoding"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v3"
)

// decoder reads a YAML tree into Go values and goes on after a problem, so
// that all of them are found at once. The YAML library's own decoder stops
// telling where a value stood and which key it belonged to.
type decoder struct {
	file     string
	problems Problems
	places   positions
	soon     []soonKey
	visited  int
}

// soonKey is a key that is set but that this version does not act on.
type soonKey struct{ path, what string }

// maxNodes bounds what aliases may blow a file up to.
const maxNodes = 100_000

// defaulter is a value that has defaults to set before it is read.
type defaulter interface{ setDefaults() }

// nodeDecoder is a value that reads itself from the tree.
type nodeDecoder interface {
	decodeNode(d *decoder, n *yaml.Node, path string)
}

func (d *decoder) problem(n *yaml.Node, path, text string) {
	d.problems = append(d.problems, Problem{d.file, n.Line, n.Column, path, text})
}

func (d *decoder) problemsUnder(path string) Problems {
	var out Problems
	for _, p := range d.problems {
		if strings.HasPrefix(p.Key, path) {
			out = append(out, p)
		}
	}
	return out
}

func (d *decoder) wrongType(n *yaml.Node, path, want string) {
	d.problem(n, path, fmt.Sprintf("is %s where %s is wanted", kindOf(n), want))
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "true or false"
	case "!!null":
		return "empty"
	case "!!timestamp":
		return "a date"
	}
	return "text"
}

// into reads the node into what target points to.
func (d *decoder) into(n *yaml.Node, target any, path string) {
	d.value(n, reflect.ValueOf(target).Elem(), path)
}

func (d *decoder) value(n *yaml.Node, v reflect.Value, path string) {
	if d.visited++; d.visited > maxNodes {
		if d.visited == maxNodes+1 {
			d.problem(n, path, "the file is too large once its aliases are followed; write less of it with aliases")
		}
		return
	}
	if _, known := d.places[path]; !known {
		d.places[path] = position{n.Line, n.Column}
	}
	if n.Kind == yaml.AliasNode {
		d.value(n.Alias, v, path)
		return
	}
	if n.Tag == "!!null" { // as if the key were not there
		return
	}
	switch target := v.Addr().Interface().(type) {
	case nodeDecoder:
		target.decodeNode(d, n, path)
	case encoding.TextUnmarshaler:
		d.text(n, target, path)
	default:
		d.plain(n, v, path)
	}
}

func (d *decoder) plain(n *yaml.Node, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), path)
	case reflect.Struct:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	case reflect.Map:
		d.table(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) text(n *yaml.Node, target encoding.TextUnmarshaler, path string) {
	if n.Kind != yaml.ScalarNode {
		d.wrongType(n, path, "a single value")
		return
	}
	if err := target.UnmarshalText([]byte(n.Value)); err != nil {
		d.problem(n, path, err.Error())
	}
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value, path string) {
	want := scalars[v.Kind()]
	if n.Kind != yaml.ScalarNode || !slices.Contains(want.tags, n.Tag) || n.Decode(v.Addr().Interface()) != nil {
		d.wrongType(n, path, want.words)
	}
}

// scalars are the YAML tags that each kind of value is read from: numbers are
// not taken for text, nor text for numbers.
var scalars = map[reflect.Kind]struct {
	words string
	tags  []string
}{
	reflect.String:  {"text (in quotes)", []string{"!!str"}},
	reflect.Bool:    {"true or false", []string{"!!bool"}},
	reflect.Int:     {"a whole number", []string{"!!int"}},
	reflect.Float64: {"a number", []string{"!!int", "!!float"}},
}

// pairs yields a mapping's keys and values; a key that is no text, is given
// twice or merges another mapping is a problem and left out.
func (d *decoder) pairs(n *yaml.Node, path string) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		first := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			switch line, twice := first[key.Value]; {
			case key.Tag == "!!merge":
				d.problem(key, path, "merging with << is not supported; write the keys out")
			case key.Kind != yaml.ScalarNode || key.Tag == "!!null":
				d.problem(key, path, "has a key that is no text; write KEY: VALUE")
			case twice:
				d.problem(key, join(path, key.Value), fmt.Sprintf("is given twice, first in line %d; remove one", line))
			default:
				first[key.Value] = key.Line
				if !yield(key, n.Content[i+1]) {
					return
				}
			}
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, path string) {
	if t, ok := v.Addr().Interface().(defaulter); ok {
		t.setDefaults()
	}
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, path, "a mapping of "+strings.Join(keysOf(v.Type()), ", "))
		return
	}
	for key, value := range d.pairs(n, path) {
		keyPath := join(path, key.Value)
		field, ok := fieldOf(v.Type(), key.Value)
		if !ok {
			d.unknown(key, keyPath, keysOf(v.Type()))
			continue
		}
		d.places[keyPath] = position{key.Line, key.Column}
		before := len(d.problems)
		d.field(value, v.FieldByIndex(field.Index), field, keyPath)
		if what := field.Tag.Get("soon"); what != "" && value.Tag != "!!null" && len(d.problems) == before {
			d.soon = append(d.soon, soonKey{keyPath, what})
		}
	}
}

func (d *decoder) field(n *yaml.Node, v reflect.Value, field reflect.StructField, path string) {
	if field.Tag.Get("keyed") != "" {
		d.keyed(n, v, path)
		return
	}
	d.value(n, v, path)
	words := field.Tag.Get("enum")
	if words == "" || v.Kind() != reflect.String || n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		return
	}
	if list := strings.Split(words, ","); !slices.Contains(list, n.Value) {
		d.problem(n, path, fmt.Sprintf("%q is none of %s; write one of them", n.Value, strings.Join(list, ", ")))
	}
}

// keyed reads a mapping into a slice of structs with a field Name, in the file's order.
func (d *decoder) keyed(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, path, "a mapping from names")
		return
	}
	for key, value := range d.pairs(n, path) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.places[join(path, key.Value)] = position{key.Line, key.Column}
		if value.Tag == "!!null" {
			d.problem(key, join(path, key.Value), "is empty; give it keys or remove it")
			continue
		}
		d.value(value, element, join(path, key.Value))
		element.FieldByName("Name").SetString(key.Value)
		v.Set(reflect.Append(v, element))
	}
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		d.wrongType(n, path, "a list ([a, b], or one - a line each)")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, element := range n.Content {
		elementPath := fmt.Sprintf("%s[%d]", path, i)
		if element.Tag == "!!null" {
			d.problem(element, elementPath, "is empty; give it a value or remove it")
			continue
		}
		d.value(element, v.Index(i), elementPath)
	}
}

func (d *decoder) table(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, path, "a mapping")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for key, value := range d.pairs(n, path) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.places[join(path, key.Value)] = position{key.Line, key.Column}
		d.value(value, element, join(path, key.Value))
		v.SetMapIndex(reflect.ValueOf(key.Value), element)
	}
}

func (d *decoder) unknown(key *yaml.Node, path string, known []string) {
	for _, k := range known {
		if levenshtein.ComputeDistance(k, key.Value) <= 2 {
			d.problem(key, path, fmt.Sprintf("is no key; did you mean %s?", k))
			return
		}
	}
	d.problem(key, path, "is no key; use one of "+strings.Join(known, ", "))
}
