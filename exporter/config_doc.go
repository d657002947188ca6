package exporter

import (
	"encoding"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// DocumentConfig writes the reference of the configuration file, made from
// the types, as Markdown.
func DocumentConfig(w io.Writer) error {
	var c Config
	c.setDefaults()
	var project ProjectConfig
	project.setDefaults()
	doc := &reference{defaults: map[reflect.Type]reflect.Value{
		reflect.TypeFor[ProjectConfig](): reflect.ValueOf(project),
		reflect.TypeFor[TokenConfig]():   reflect.ValueOf(TokenConfig{Name: defaultName}),
	}}
	doc.text.WriteString(configIntro)
	doc.section("", reflect.ValueOf(c))
	_, err := io.WriteString(w, doc.text.String())
	return err
}

const configIntro = `# Configuration

<!-- Generated from exporter/config_types.go by ` + "`make generate`" + `. -->

The configuration is one YAML file, given with ` + "`--config`" + `. The least that works, with a token in the environment
variable GITHUB_TOKEN:

    projects:
      mine:
        repositories: [my-org/my-repo, "my-org/service-*"]

- A key that is not listed here is an error. ` + "`check-config`" + ` tells everything that is wrong at once, with line and column, and
  prints the configuration with its defaults filled in.
- Names of files are relative to the configuration file, but for ` + "`mirror.path`" + `, which is relative to the working directory.
- Durations are numbers with units: 90s, 5m, 72h, 30d. Globs have * (anything but a slash), ? and [a-z].
- After SIGHUP, or a POST to ` + "`/-/reload`" + ` with ` + "`--web.enable-lifecycle`" + `, the file is read again. A bad one leaves the old one
  running. ` + "`mirror.path`" + ` and ` + "`mirror.encryption_key_file`" + ` need a restart.
- Tokens, the keys of Apps and the webhook's secrets are read again when their files change; nothing has to be reloaded for that.
- Figures are made anew from the mirror, without asking GitHub, when bots, labels, states or events change. Totals may then
  count less than before. examples/kubernetes.yml shows states and events at work. A change of
  ` + "`mirror.comment_bodies`" + ` holds for what is read from then on.
- Keys marked *later* are read and checked, but this version does not act on them; ` + "`check-config`" + ` and the log say so.
`

// reference is the reference while it is written.
type reference struct {
	text     strings.Builder
	defaults map[reflect.Type]reflect.Value // of the elements of lists
}

// section writes a table of a struct's keys, then one for each struct below it.
func (r *reference) section(path string, v reflect.Value) {
	title := "The file"
	if path != "" {
		title = "`" + path + "`"
	}
	fmt.Fprintf(&r.text, "\n## %s\n\n| key | value | default | |\n|---|---|---|---|\n", title)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key, _ := yamlKey(f)
		if key == "-" {
			continue
		}
		help := f.Tag.Get("help")
		if f.Tag.Get("soon") != "" {
			help += " *Later.*"
		}
		fmt.Fprintf(&r.text, "| `%s` | %s | %s | %s |\n", key, valueKind(f), defaultOf(f, v.Field(i)), cell(help))
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key, _ := yamlKey(f)
		if below, suffix, ok := r.below(f, v.Field(i)); ok {
			r.section(join(path, key)+suffix, below)
		}
	}
}

// below gives the struct that a field holds, by itself, behind a pointer or as
// the elements of a list, and how the path goes on.
func (r *reference) below(f reflect.StructField, v reflect.Value) (reflect.Value, string, bool) {
	t, suffix := f.Type, ""
	switch {
	case f.Tag.Get("keyed") != "":
		t, suffix = t.Elem(), ".NAME"
	case t.Kind() == reflect.Slice:
		t, suffix = t.Elem(), "[]"
	case t.Kind() == reflect.Pointer:
		t = t.Elem()
	case t.Kind() == reflect.Struct:
		return v, "", !isText(t) && t != reflect.TypeFor[HTTPConfig]()
	}
	if t.Kind() != reflect.Struct {
		return reflect.Value{}, "", false
	}
	if value, ok := r.defaults[t]; ok {
		return value, suffix, true
	}
	return reflect.Zero(t), suffix, true
}

func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// valueKind tells what a key's value looks like.
func valueKind(f reflect.StructField) string {
	switch t := f.Type; {
	case f.Tag.Get("enum") != "":
		return strings.ReplaceAll(f.Tag.Get("enum"), ",", ", ")
	case f.Tag.Get("keyed") != "":
		return "mapping from " + f.Tag.Get("keyed")
	case t == reflect.TypeFor[Duration]():
		return "duration"
	case t == reflect.TypeFor[Condition]():
		return "list of parts"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return "list of mappings"
	case t.Kind() == reflect.Slice && t.Elem() == reflect.TypeFor[Duration]():
		return "list of durations"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Float64:
		return "list of numbers"
	case t.Kind() == reflect.Slice:
		return "list of texts"
	case t.Kind() == reflect.Map:
		return "mapping to lists"
	case t.Kind() == reflect.Bool:
		return "true, false"
	case t.Kind() == reflect.Int:
		return "number"
	case t.Kind() == reflect.String:
		return "text"
	}
	return "mapping"
}

// defaultOf gives the tag's words, else the value as YAML on one line.
func defaultOf(f reflect.StructField, v reflect.Value) string {
	if words := f.Tag.Get("default"); words != "" {
		return words
	}
	if k := f.Type.Kind(); k == reflect.Struct || (k == reflect.Slice && v.Len() == 0) {
		return ""
	}
	var n yaml.Node
	if err := n.Encode(v.Interface()); err != nil {
		return ""
	}
	n.Style = yaml.FlowStyle
	for _, below := range n.Content {
		below.Style = yaml.FlowStyle
	}
	text, err := yaml.Marshal(&n)
	if err != nil {
		return ""
	}
	return "`" + cell(strings.TrimSpace(string(text))) + "`"
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
