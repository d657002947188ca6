package exporter

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

// Duration is a length of time as Prometheus writes it: 90s, 5m, 72h, 30d.
type Duration time.Duration

var errDuration = errors.New("is no duration; write a number and a unit: 90s, 5m, 72h, 30d")

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := model.ParseDuration(string(text))
	if err != nil {
		return errDuration
	}
	*d = Duration(parsed)
	return nil
}

// String writes whole days above three as days, anything else in hours and below.
func (d Duration) String() string {
	t := time.Duration(d)
	if t > 3*day && t%day == 0 {
		return fmt.Sprintf("%dd", t/day)
	}
	text := ""
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}, {time.Millisecond, "ms"}} {
		if n := t / unit.size; n > 0 {
			text += fmt.Sprintf("%d%s", n, unit.name)
			t %= unit.size
		}
	}
	if text == "" {
		return "0s"
	}
	return text
}

// MarshalText writes the duration as String does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Condition is a list of lists of parts: the parts of a list all hold (AND),
// one of the lists holds (OR).
type Condition [][]string

func (c *Condition) decodeNode(d *decoder, n *yaml.Node, path string) {
	if n.Kind == yaml.SequenceNode && len(n.Content) > 0 && n.Content[0].Kind == yaml.SequenceNode {
		d.into(n, (*[][]string)(c), path)
		return
	}
	var all []string
	d.into(n, &all, path)
	*c = Condition{all}
}

// MarshalYAML writes a single list as one list.
func (c Condition) MarshalYAML() (any, error) {
	if len(c) == 1 {
		return c[0], nil
	}
	return [][]string(c), nil
}

// HTTPConfig is how GitHub's hosts are reached: Prometheus's HTTP client
// configuration without its credentials, which are the tokens', and with
// ca_file for short.
type HTTPConfig struct {
	Client config.HTTPClientConfig
}

func (h *HTTPConfig) setDefaults() { h.Client = config.DefaultHTTPClientConfig }

// MarshalYAML writes what was set, with secrets as <secret>.
func (h HTTPConfig) MarshalYAML() (any, error) {
	var n yaml.Node
	if err := n.Encode(h.Client); err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "proxy_url" { // Prometheus writes its password as xxxxx
			n.Content[i+1].Value = strings.Replace(n.Content[i+1].Value, ":xxxxx@", ":<secret>@", 1)
		}
	}
	return &n, nil
}

// credentialKeys are refused: they would override the tokens.
var credentialKeys = map[string]bool{
	"basic_auth": true, "authorization": true, "oauth2": true,
	"bearer_token": true, "bearer_token_file": true,
}

func (h *HTTPConfig) decodeNode(d *decoder, n *yaml.Node, path string) {
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, path, "a mapping of keys")
		return
	}
	rest := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column}
	caFile := ""
	for key, value := range d.pairs(n, path) {
		keyPath := path + "." + key.Value
		switch {
		case credentialKeys[key.Value]:
			d.problem(key, keyPath, "GitHub's credentials are not set here; list them in github.tokens")
		case key.Value == "ca_file":
			d.into(value, &caFile, keyPath)
		case d.knownYAML(key, value, &h.Client, path):
			rest.Content = append(rest.Content, key, value)
		}
	}
	if len(d.problemsUnder(path)) > 0 {
		return
	}
	if err := rest.Decode(&h.Client); err != nil {
		d.problem(n, path, fmt.Sprintf("%s; see Prometheus's http_config", cleanYAMLError(err)))
		return
	}
	if caFile == "" {
		return
	}
	if h.Client.TLSConfig.CAFile != "" {
		d.problem(n, path+".ca_file", "is given beside tls_config.ca_file; keep one of them")
	}
	h.Client.TLSConfig.CAFile = caFile
}
