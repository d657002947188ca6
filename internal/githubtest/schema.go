package githubtest

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// publishedSchema is GitHub's public GraphQL schema: schema.graphql of the npm package
// @octokit/graphql-schema 15.26.1 as it was published, compressed with gzip -9n. It is
// under the MIT licence, see schema.LICENSE.md.
//
//go:embed schema.graphql.gz
var publishedSchema []byte

// Schema gives GitHub's public GraphQL schema, for instance to validate documents
// against it. It is shared: do not change it.
func Schema() (*ast.Schema, error) { return loadedSchema() }

var loadedSchema = sync.OnceValues(loadSchema)

func loadSchema() (*ast.Schema, error) {
	source, err := unzip(publishedSchema)
	if err != nil {
		return nil, fmt.Errorf("unpack GitHub's GraphQL schema: %w", err)
	}
	document, err := parser.ParseSchemas(validator.Prelude, &ast.Source{Name: "schema.graphql", Input: source})
	if err != nil {
		return nil, fmt.Errorf("parse GitHub's GraphQL schema: %w", err)
	}
	for _, definition := range document.Definitions {
		dropRepeated(definition)
	}
	schema, err := validator.ValidateSchemaDocument(document)
	if err != nil {
		return nil, fmt.Errorf("check GitHub's GraphQL schema: %w", err)
	}
	return schema, nil
}

// dropRepeated removes fields that a type defines twice. The published schema does so
// in EnterpriseOwnerInfo, which strict parsers refuse.
func dropRepeated(definition *ast.Definition) {
	seen := map[string]bool{}
	kept := definition.Fields[:0]
	for _, field := range definition.Fields {
		if !seen[field.Name] {
			seen[field.Name] = true
			kept = append(kept, field)
		}
	}
	definition.Fields = kept
}

func unzip(data []byte) (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}
