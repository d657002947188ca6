package exporter

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlKey gives a field's key and whether its own fields stand in its place.
func yamlKey(f reflect.StructField) (key string, inline bool) {
	name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name, strings.Contains(options, "inline")
}

// keysOf lists the keys of a struct in the order of its fields.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if key, _ := yamlKey(t.Field(i)); key != "" && key != "-" {
			keys = append(keys, key)
		}
	}
	return keys
}

func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if k, _ := yamlKey(t.Field(i)); k == key && key != "-" && key != "" {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// knownYAML reports whether a library's struct has the key, and looks below
// it; unknown keys are problems.
func (d *decoder) knownYAML(key, value *yaml.Node, target any, path string) bool {
	fields := map[string]reflect.Type{"ca_file": reflect.TypeFor[string]()}
	collectFields(reflect.TypeOf(target).Elem(), fields)
	return d.known(key, value, fields, path)
}

func (d *decoder) known(key, value *yaml.Node, fields map[string]reflect.Type, path string) bool {
	keyPath := join(path, key.Value)
	d.places[keyPath] = position{key.Line, key.Column}
	t, ok := fields[key.Value]
	if !ok {
		d.problem(key, keyPath, "is no key; see Prometheus's http_config")
		return false
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || value.Kind != yaml.MappingNode {
		return true
	}
	below := map[string]reflect.Type{}
	if free := collectFields(t, below); free {
		return true
	}
	ok = true
	for k, v := range d.pairs(value, keyPath) {
		ok = d.known(k, v, below, keyPath) && ok
	}
	return ok
}

// collectFields lists a struct's keys with the types of their values, and
// reports whether it takes any key.
func collectFields(t reflect.Type, into map[string]reflect.Type) (free bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		key, inline := yamlKey(f)
		switch {
		case inline && f.Type.Kind() == reflect.Map:
			free = true
		case inline:
			free = collectFields(f.Type, into) || free
		case key != "" && key != "-":
			into[key] = f.Type
		}
	}
	return free
}
