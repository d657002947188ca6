package exporter

import (
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// MarshalYAML writes the projects as a mapping in their order.
func (c Config) MarshalYAML() (any, error) {
	type plain Config
	var root yaml.Node
	if err := root.Encode(plain(c)); err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != "projects" {
			continue
		}
		projects := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for j, p := range c.Projects {
			name := &yaml.Node{}
			name.SetString(p.Name)
			projects.Content = append(projects.Content, name, root.Content[i+1].Content[j])
		}
		root.Content[i+1] = projects
	}
	return &root, nil
}

// Print writes the configuration with its defaults filled in and its secrets
// as <secret>. Tokens are never part of it.
func (v Valid) Print(w io.Writer) error {
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(v.config); err != nil {
		return fmt.Errorf("writing the configuration: %w", err)
	}
	return enc.Close()
}
