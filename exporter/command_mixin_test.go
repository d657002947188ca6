package exporter

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestMixin: what is written where, and that a failure leaves everything as it was.
func TestMixin(t *testing.T) {
	t.Parallel()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	whole := fstest.MapFS{
		"rules/recording.yaml": file("record: github_dev_a"), "rules/alerts.yaml": file("alert: github_dev_b"),
		"dashboards/one.json": file(`{"expr": "github_dev_c"}`), "dashboards/two.json": file(`{"expr": "github_dev_d"}`),
	}
	for _, c := range []struct {
		name    string
		mixin   fs.FS
		command string
		dir     string
		have    map[string]string
		want    map[string]string // of all that is there in the end
		stdout  string
		problem string
	}{
		{name: "rules", mixin: whole, command: "rules", want: map[string]string{"recording.yaml": "record: github_dev_a"}, stdout: "recording.yaml\n"},
		{name: "alerts into a directory that is missing", mixin: whole, command: "alerts", dir: "a/b", want: map[string]string{"a/b/alerts.yaml": "alert: github_dev_b"}, stdout: "a/b/alerts.yaml\n"},
		{
			name: "dashboards", mixin: whole, command: "dashboards", stdout: "one.json\ntwo.json\n",
			want: map[string]string{"one.json": `{"expr": "github_dev_c"}`, "two.json": `{"expr": "github_dev_d"}`},
		},
		{
			name: "an earlier version is replaced", mixin: whole, command: "rules", have: map[string]string{"recording.yaml": "record: github_dev_old"},
			want: map[string]string{"recording.yaml": "record: github_dev_a"}, stdout: "recording.yaml\n",
		},
		{
			name: "a file of somebody else is not", mixin: whole, command: "rules", have: map[string]string{"recording.yaml": "record: mine"},
			want: map[string]string{"recording.yaml": "record: mine"}, problem: "recording.yaml: there is a file of that name",
		},
		{
			name: "a directory of that name", mixin: whole, command: "alerts", have: map[string]string{"alerts.yaml/x": "y"},
			want: map[string]string{"alerts.yaml/x": "y"}, problem: "is a directory; move it away, or give another directory with -o",
		},
		{
			name: "a file in the way of the directory", mixin: whole, command: "rules", dir: "a/b", have: map[string]string{"a": "x"},
			want: map[string]string{"a": "x"}, problem: "not a directory; give another one with -o",
		},
		{name: "nothing embedded", command: "rules", problem: "built without rules/recording.yaml; build it"},
		{name: "no dashboards embedded", mixin: fstest.MapFS{}, command: "dashboards", dir: "d", problem: "built without dashboards/*.json; build it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range c.have {
				writeInto(t, filepath.Join(dir, name), text)
			}
			var out, problems bytes.Buffer
			code := Main(context.Background(), []string{"mixin", c.command, "-o", filepath.Join(dir, c.dir)}, Process{
				Stdout: &out, Stderr: &problems, Mixin: c.mixin, Getenv: func(string) (string, bool) { return "", false },
			})
			if failed := code != exitOK; failed != (c.problem != "") || !strings.Contains(problems.String(), c.problem) {
				t.Errorf("it ends with %d and %q, want %q", code, problems.String(), c.problem)
			}
			if diff := cmp.Diff(c.stdout, strings.ReplaceAll(out.String(), dir+"/", "")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want, filesIn(t, dir)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMixinFilesCanBeRead by whom Prometheus or Grafana runs as.
func TestMixinFilesCanBeRead(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.yaml")
	if err := replaceFile(file, []byte("github_dev_x")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o644 {
		t.Errorf("its mode is %o, want 644", got)
	}
}

func writeInto(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// filesIn reads every file below a directory; nil where there is none.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	var files map[string]string
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		if files == nil {
			files = map[string]string{}
		}
		files[strings.TrimPrefix(file, dir+"/")] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
