package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/github-dev-exporter/github-dev-exporter"

// allowed says which packages of this module each of them may import. A
// package that is not listed may not exist. Tests may import more.
var allowed = map[string][]string{
	".":                   {"exporter"},
	"exporter":            {"collector", "internal/derive", "internal/github", "internal/githubtest", "internal/ingest", "internal/mirror", "internal/model"},
	"collector":           {"internal/derive", "internal/model"},
	"internal/derive":     {"internal/model"},
	"internal/ingest":     {"internal/github", "internal/mirror", "internal/model"},
	"internal/github":     {"internal/model"},
	"internal/mirror":     {"internal/model"},
	"internal/githubtest": {},
	"internal/model":      {},
	"bench":               {"exporter", "internal/githubtest"},
	"mixin":               {}, // tests alone: the mixin is jsonnet
}

// owners says which package alone may import a library.
var owners = map[string][]string{
	"github.com/google/go-github":    {"internal/github"},
	"github.com/shurcooL/":           {"internal/github"},
	"github.com/dgraph-io/":          {"internal/mirror"},
	"github.com/alecthomas/kingpin/": {"exporter"},
	"testing":                        {},
}

const maxLines = 500

// source is a file as far as the rules look at it.
type source struct {
	path, dir string
	test      bool
	generated bool
	lines     int
	file      *ast.File
	fset      *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "tools" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		out = append(out, source{
			path: path, dir: filepath.ToSlash(filepath.Dir(path)), test: strings.HasSuffix(path, "_test.go"),
			generated: strings.HasSuffix(path, "_gen.go"),
			lines:     strings.Count(string(text), "\n"), file: file, fset: fset,
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 20 {
		t.Fatalf("only %d files were found", len(out))
	}
	return out
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		may, known := allowed[s.dir]
		if !known {
			t.Errorf("%s: package %s is not in the table of packages", s.path, s.dir)
		}
		seen[s.dir] = true
		for _, spec := range s.file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			if own, ours := strings.CutPrefix(path, module+"/"); ours && !s.test && !slices.Contains(may, own) {
				t.Errorf("%s imports %s, which %s may not", s.path, own, s.dir)
			}
			for library, may := range owners {
				if owned(path, library) && !s.test && !slices.Contains(may, s.dir) {
					t.Errorf("%s imports %s, which only %q may", s.path, path, may)
				}
			}
		}
	}
	for dir := range allowed {
		if !seen[dir] && dir != "bench" {
			t.Errorf("package %s is in the table and has no files", dir)
		}
	}
}

func owned(path, library string) bool {
	return path == library || strings.HasPrefix(path, strings.TrimSuffix(library, "/")+"/")
}

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if s.lines > maxLines && !s.generated {
			t.Errorf("%s has %d lines, more than %d: split it by subject", s.path, s.lines, maxLines)
		}
		if s.path == "main.go" && s.lines > 100 {
			t.Errorf("main.go has %d lines, more than 100", s.lines)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.generated {
			continue
		}
		for _, decl := range s.file.Decls {
			for _, name := range undocumented(decl) {
				t.Errorf("%s: %s has no doc comment", s.fset.Position(decl.Pos()), name)
			}
		}
	}
}

// undocumented lists the exported names of a declaration that no comment is about.
func undocumented(decl ast.Decl) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		return undocumentedSpecs(d)
	}
	return nil
}

func undocumentedSpecs(d *ast.GenDecl) (names []string) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
				names = append(names, s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if n.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

// exportedReceiver reports whether a function is no method, or one of an
// exported type that does not merely fulfil a well-known interface.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	if slices.Contains([]string{"Error", "String", "Is", "Unwrap", "Len", "Less", "Swap", "ServeHTTP", "RoundTrip"}, d.Name.Name) {
		return false
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	name, ok := t.(*ast.Ident)
	return ok && name.IsExported()
}
