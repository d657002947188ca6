package exporter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kingpin/v2"
	"github.com/dustin/go-humanize"

	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
)

func (p *program) registerMirror(app *kingpin.Application) map[string]func(context.Context) error {
	cmd := app.Command("mirror", "Look after the mirror. No exporter may be running on it.")
	verify := cmd.Command("verify", "Read everything in the mirror and report what is wrong. It changes nothing.")
	export := cmd.Command("export", "Write everything in the mirror as JSON Lines.")
	to := export.Flag("output", "The file to write; - is the standard output.").Short('o').Default("-").PlaceHolder("FILE").String()
	imports := cmd.Command("import", "Read what export wrote into an empty mirror.")
	from := imports.Arg("file", "The file to read; - is the standard input.").Default("-").String()
	compact := cmd.Command("compact", "Free the disk space of what is no longer needed.")
	return map[string]func(context.Context) error{
		verify.FullCommand():  p.mirrorVerify,
		export.FullCommand():  func(ctx context.Context) error { return p.mirrorExport(ctx, *to) },
		imports.FullCommand(): func(ctx context.Context) error { return p.mirrorImport(ctx, *from) },
		compact.FullCommand(): p.mirrorCompact,
	}
}

// loadForMirror reads the configuration for where the mirror is and its key; it
// may be left out where --mirror.path is given.
func (p *program) loadForMirror() (Valid, error) {
	if p.configFile == "" && p.mirrorPath != "" {
		return Valid{}, nil
	}
	return p.load(true)
}

// withMirror opens the mirror for a while.
func (p *program) withMirror(do func(*mirror.Mirror) error) (err error) {
	valid, err := p.loadForMirror()
	if err != nil {
		return err
	}
	m, err := openMirror(p.path(valid), valid, p.quiet(), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	return do(m)
}

// withExisting does so where there is a mirror.
func (p *program) withExisting(do func(*mirror.Mirror) error) error {
	valid, err := p.loadForMirror()
	if err != nil {
		return err
	}
	if err := mirrorExists(p.path(valid)); err != nil {
		return err
	}
	return p.withMirror(do)
}

var errProblems = errors.New("the mirror is not whole; restore a copy, or remove it for a first sync anew")

func (p *program) mirrorVerify(ctx context.Context) error {
	valid, err := p.loadForMirror()
	if err != nil {
		return err
	}
	path := p.path(valid)
	if err := mirrorExists(path); err != nil {
		return err
	}
	options, err := mirrorOptions(valid, p.quiet())
	if err != nil {
		return err
	}
	problems, err := mirror.Verify(ctx, path, options, nil)
	if err != nil {
		return fmt.Errorf("verifying the mirror in %s: %w%s", path, err, mirrorCure(err))
	}
	for _, problem := range problems {
		fmt.Fprintln(p.stdout, problem)
	}
	if len(problems) > 0 {
		return errProblems
	}
	fmt.Fprintf(p.stdout, "%s: everything is as it was written\n", path)
	return nil
}

func (p *program) mirrorExport(ctx context.Context, to string) error {
	return p.withExisting(func(m *mirror.Mirror) error {
		return p.writeTo(to, func(w io.Writer) error { return m.Export(ctx, w) })
	})
}

// writeTo writes a file as a whole or not at all, or to the standard output.
func (p *program) writeTo(file string, write func(io.Writer) error) (err error) {
	if file == "-" {
		out := bufio.NewWriter(p.stdout)
		return errors.Join(write(out), out.Flush())
	}
	temporary := file + ".partial"
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	out := bufio.NewWriter(f)
	if err := errors.Join(write(out), out.Flush(), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return os.Rename(temporary, file)
}

func (p *program) mirrorImport(ctx context.Context, from string) error {
	in := io.Reader(os.Stdin)
	if from != "-" {
		f, err := os.Open(from)
		if err != nil {
			return fmt.Errorf("reading the export: %w", err)
		}
		defer f.Close()
		in = f
	}
	return p.withMirror(func(m *mirror.Mirror) error {
		if err := m.Import(ctx, bufio.NewReader(in)); err != nil {
			return fmt.Errorf("importing: %w%s", err, importCure(err))
		}
		fmt.Fprintf(p.stdout, "%d repositories imported\n", len(m.Repositories()))
		return nil
	})
}

func importCure(err error) string {
	if errors.Is(err, mirror.ErrNotEmpty) {
		return "; give an empty or a new directory with --mirror.path"
	}
	return ""
}

func (p *program) mirrorCompact(ctx context.Context) error {
	return p.withExisting(func(m *mirror.Mirror) error {
		freed, err := m.Compact(ctx)
		if err != nil {
			return fmt.Errorf("compacting the mirror: %w", err)
		}
		fmt.Fprintf(p.stdout, "%s given back\n", humanize.IBytes(uint64(max(0, freed))))
		return nil
	})
}
