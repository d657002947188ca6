package exporter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

func (p *program) registerSync(app *kingpin.Application) map[string]func(context.Context) error {
	cmd := app.Command("sync", "Bring the mirror up to date once and exit: with 0 only if every repository is complete.")
	dryRun := cmd.Flag("dry-run", "Only tell which repositories there are and what their sync would cost.").Bool()
	var shard Shard
	cmd.Flag("shard", "Take care of one of N parts of the repositories, I from 0 to N-1.").PlaceHolder("I/N").SetValue(&shard)
	return map[string]func(context.Context) error{cmd.FullCommand(): func(ctx context.Context) error {
		return p.sync(ctx, *dryRun, shard)
	}}
}

func (p *program) sync(ctx context.Context, dryRun bool, shard Shard) (err error) {
	valid, err := p.load(false)
	if err != nil {
		return err
	}
	settings, err := newSettings(valid, nil)
	if err != nil {
		return err
	}
	show := newProgress(p.stderr, p.log)
	logWarnings(show.log, valid)
	if dryRun {
		return p.plan(ctx, settings, valid, shard)
	}
	client, err := newClient(valid, show.log, p.now, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	m, err := openMirror(p.path(valid), valid, show.log, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	eng := newEngine(settings, client, m, shard, show.log, p.now)
	stop := show.start(eng.ingest.Status)
	err = eng.ingest.Sync(ctx)
	stop()
	if ctx.Err() != nil {
		err = errInterrupted
	}
	return errors.Join(describeSync(p.stdout, eng.ingest.Status()), err)
}

var errInterrupted = errors.New("interrupted; what was read is stored, and the next sync goes on from there")

// describeSync writes a table of what came of a sync.
func describeSync(w io.Writer, status []model.RepositoryStatus) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "REPOSITORY\tSTATE\tRECORDS")
	for _, r := range status {
		state := "incomplete"
		switch {
		case r.Gone != "":
			state = "gone"
		case r.Complete:
			state = "complete"
		}
		fmt.Fprintf(out, "%s/%s\t%s\t%s\n", r.Owner, r.Name, state, recordsText(r.Records))
	}
	return out.Flush()
}

// progress shows how far a sync is: a bar for each repository on a terminal,
// log lines otherwise.
type progress struct {
	bars  *mpb.Progress // nil where there is no terminal
	log   *slog.Logger
	every time.Duration
}

const (
	barInterval = 200 * time.Millisecond
	logInterval = 10 * time.Second
	// manyBars is how many a screen has room for: where there are more, those
	// of complete repositories vanish.
	manyBars = 20
)

func newProgress(w io.Writer, log *slog.Logger) *progress {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return &progress{log: log, every: logInterval}
	}
	bars := mpb.New(mpb.WithOutput(file), mpb.WithWidth(40))
	// Lines are written above the bars.
	return &progress{bars: bars, log: slog.New(slog.NewTextHandler(bars, &slog.HandlerOptions{Level: slog.LevelWarn})), every: barInterval}
}

// start shows the progress until stop is called.
func (pr *progress) start(status func() []model.RepositoryStatus) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(pr.every)
		defer ticker.Stop()
		shown := map[string]*mpb.Bar{}
		for {
			select {
			case <-done:
				pr.show(shown, status())
				pr.end(shown)
				return
			case <-ticker.C:
				pr.show(shown, status())
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

func (pr *progress) show(shown map[string]*mpb.Bar, status []model.RepositoryStatus) {
	for _, r := range status {
		name := r.Owner + "/" + r.Name
		if pr.bars == nil {
			if !r.Complete && r.Gone == "" {
				pr.log.Info("first sync", "repository", name, "percent", int(100*r.Progress),
					"records", recordsText(r.Records), "state", cmp.Or(r.Waiting, "reading"))
			}
			continue
		}
		bar, ok := shown[name]
		if !ok && len(status) > manyBars && (r.Progress == 0 || r.Complete) {
			continue
		}
		if !ok {
			bar = pr.bars.AddBar(100, mpb.BarOptional(mpb.BarRemoveOnComplete(), len(status) > manyBars),
				mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
				mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.OnComplete(decor.Spinner(nil), " complete")))
			shown[name] = bar
		}
		if r.Complete {
			bar.SetCurrent(100)
		} else {
			bar.SetCurrent(min(99, int64(100*r.Progress)))
		}
	}
}

// end leaves the bars as they are and waits until they are drawn.
func (pr *progress) end(shown map[string]*mpb.Bar) {
	if pr.bars == nil {
		return
	}
	for _, bar := range shown {
		bar.Abort(false)
	}
	pr.bars.Wait()
}
