package exporter

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// Document is a configuration file that was read but not yet validated.
type Document struct {
	Config Config

	file     string
	problems Problems
	places   positions
	soon     []soonKey
}

// ReadConfig reads a configuration file. The error says that the file could
// not be read; what is wrong in it is told by Validate.
func ReadConfig(file string) (*Document, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w; give its path with --config", err)
	}
	return ParseConfig(file, text), nil
}

// ParseConfig parses the text of a configuration file. File names in it are
// relative to the file's directory, but for the mirror's.
func ParseConfig(file string, text []byte) *Document {
	doc := &Document{file: file, places: positions{}}
	doc.Config.setDefaults()
	root, problem := parseYAML(file, text)
	if problem != nil {
		doc.problems = Problems{*problem}
		return doc
	}
	if root == nil { // an empty file: Validate says what it lacks
		return doc
	}
	d := &decoder{file: file, places: doc.places}
	d.into(root, &doc.Config, "")
	doc.problems, doc.soon = d.problems, d.soon
	doc.Config.resolve(filepath.Dir(file))
	return doc
}

// parseYAML gives the root of the only document, nil if there is none.
func parseYAML(file string, text []byte) (*yaml.Node, *Problem) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	switch err := dec.Decode(&first); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		p := syntaxProblem(file, err)
		return nil, &p
	}
	switch err := dec.Decode(&second); {
	case err == nil:
		return nil, &Problem{file, second.Line, second.Column, "", "a second document begins here; keep one configuration in a file"}
	case !errors.Is(err, io.EOF):
		p := syntaxProblem(file, err)
		return nil, &p
	}
	root := first.Content[0]
	if root.Tag == "!!null" {
		return nil, nil
	}
	return root, nil
}

// resolve makes the names of files relative to the configuration's directory.
func (c *Config) resolve(dir string) {
	at := func(name *string) {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(dir, *name)
		}
	}
	for i := range c.GitHub.Tokens {
		t := &c.GitHub.Tokens[i]
		at(&t.TokenFile)
		if t.App != nil {
			at(&t.App.PrivateKeyFile)
		}
	}
	at(&c.Mirror.EncryptionKeyFile)
	c.GitHub.HTTP.Client.SetDirectory(dir)
	if c.Webhook != nil {
		for i := range c.Webhook.SecretFiles {
			at(&c.Webhook.SecretFiles[i])
		}
	}
	if c.Events != nil {
		for i := range c.Events.Tokens {
			at(&c.Events.Tokens[i].TokenFile)
		}
	}
}
