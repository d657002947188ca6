package exporter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/alecthomas/kingpin/v2"
)

// mixinPart is some of the files that are rendered from mixin/.
type mixinPart struct {
	name, files string // a glob within Process.Mixin
	help        string
}

var mixinParts = []mixinPart{
	{"rules", "rules/recording.yaml", "Write the recording rules. Name the file under rule_files in prometheus.yml and reload Prometheus."},
	{"alerts", "rules/alerts.yaml", "Write the alerts. Name the file under rule_files in prometheus.yml, beside that of the recording rules, and reload Prometheus."},
	{"dashboards", "dashboards/*.json", "Write the dashboards. Import each file into Grafana (Dashboards, New, Import), or let a provider of Grafana's provisioning read the directory."},
}

func (p *program) registerMixin(app *kingpin.Application) map[string]func(context.Context) error {
	cmd := app.Command("mixin", "Write the Prometheus rules, alerts or Grafana dashboards that belong to this version, and print the names of the files. It needs no configuration.")
	dir := cmd.Flag("output", "The directory to write to, by default the current one; it is made if it is missing. Files of an earlier version are replaced.").
		Short('o').Default(".").PlaceHolder("DIR").String()
	commands := map[string]func(context.Context) error{}
	for _, part := range mixinParts {
		sub := cmd.Command(part.name, part.help)
		commands[sub.FullCommand()] = func(context.Context) error { return p.writeMixin(part, *dir) }
	}
	return commands
}

func (p *program) writeMixin(part mixinPart, dir string) error {
	names, err := mixinFiles(p.mixin, part.files)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // others read them
		return fmt.Errorf("making the directory %s: %w; give another one with -o", dir, err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(p.mixin, name)
		if err != nil {
			return fmt.Errorf("reading %s of this program: %w", name, err)
		}
		file := filepath.Join(dir, path.Base(name))
		if err := replaceFile(file, text); err != nil {
			return fmt.Errorf("writing %s: %w", file, err)
		}
		fmt.Fprintln(p.stdout, file)
	}
	return nil
}

// mixinFiles lists the files of a glob, of which there is at least one.
func mixinFiles(mixin fs.FS, glob string) ([]string, error) {
	var names []string
	if mixin != nil {
		names, _ = fs.Glob(mixin, glob) // its one error is a bad pattern
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("this program was built without %s; build it from a whole checkout with `make build`", glob)
	}
	return names, nil
}

// ours is in every file of the mixin, and in hardly any other.
var ours = [][]byte{[]byte("github_dev_"), []byte("github-dev-exporter")}

var errForeign = errors.New("there is a file of that name which is not one of github-dev-exporter's; move it away, or give another directory with -o")

// replaceFile writes a file that others may read, as a whole or not at all. It
// replaces none that is not of the mixin.
func replaceFile(file string, text []byte) (err error) {
	have, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("%w; move it away, or give another directory with -o", err)
	case !isOurs(have):
		return errForeign
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*.partial")
	if err != nil {
		return fmt.Errorf("%w; give a directory that you may write to with -o", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("%w; give another directory with -o", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

func isOurs(text []byte) bool {
	for _, mark := range ours {
		if bytes.Contains(text, mark) {
			return true
		}
	}
	return len(text) == 0
}
