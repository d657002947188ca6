package mixin

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/formatter"
	"github.com/google/go-jsonnet/linter"
)

// sources gives the files of jsonnet, by their paths, with their text.
func sources(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "sonnet") {
			return err
		}
		text, err := os.ReadFile(path)
		out[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestJsonnetIsFormatted(t *testing.T) {
	for path, text := range sources(t) {
		formatted, err := formatter.Format(path, text, formatter.DefaultOptions())
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if *update {
			write(t, path, formatted)
		} else if diff := cmp.Diff(strings.Split(text, "\n"), strings.Split(formatted, "\n")); diff != "" {
			t.Errorf("%s is not as jsonnetfmt has it; run `make generate` (-is +should):\n%s", path, diff)
		}
	}
}

func TestJsonnetPassesTheLinter(t *testing.T) {
	vm := jsonnet.MakeVM()
	vm.Importer(&jsonnet.FileImporter{JPaths: []string{"."}})
	for path, text := range sources(t) {
		var found strings.Builder
		if linter.LintSnippet(vm, &found, []linter.Snippet{{FileName: path, Code: text}}) {
			t.Errorf("%s: %s", path, found.String())
		}
	}
}

// maxLines is the length of a file beyond which it has more than one subject.
const maxLines = 500

func TestJsonnetFilesAreShort(t *testing.T) {
	for path, text := range sources(t) {
		if n := strings.Count(text, "\n"); n > maxLines {
			t.Errorf("%s has %d lines, more than %d: split it", path, n, maxLines)
		}
	}
}
