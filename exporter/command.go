package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/common/version"

	"github.com/github-dev-exporter/github-dev-exporter/collector"
)

const programName = "github-dev-exporter"

const programHelp = `Mirrors the history of GitHub's issues and pull requests and serves figures about it to Prometheus.

Try it without a token and without a network:

    github-dev-exporter demo

Use it:

    export GITHUB_TOKEN=…                                       a token that may read your repositories
    echo 'projects: {mine: {repositories: [owner/repo]}}' > config.yml
    github-dev-exporter --config config.yml check-config        is the configuration right?
    github-dev-exporter --config config.yml sync --dry-run      what will the first sync cost?
    github-dev-exporter --config config.yml                     run: figures on http://localhost:10472/metrics

Ask it:

    github-dev-exporter --config config.yml metrics --at 2024-01-01T00:00:00Z
    github-dev-exporter --config config.yml explain owner/repo#123

It exits with 0 on success, 1 when something failed or is wrong, and 2 when the command line is wrong.`

// Process is what the program has of its surroundings.
type Process struct {
	Stdout, Stderr io.Writer
	Getenv         func(string) (string, bool) // nil is os.LookupEnv
	Now            func() time.Time            // nil is time.Now
	Exit           func(int)                   // after --help and --version; nil is os.Exit
	Mixin          fs.FS                       // rules/*.yaml and dashboards/*.json for the command mixin
}

// The program's exit codes.
const (
	exitOK = iota
	exitFailed
	exitUsage
)

// Main parses the arguments, which are without the program's name, runs the
// command that they name until it ends or ctx does, and gives the exit code.
func Main(ctx context.Context, args []string, process Process) int {
	p := newProgram(process)
	app := kingpin.New(programName, programHelp)
	app.HelpFlag.Short('h')
	app.Version(version.Print(programName))
	app.UsageWriter(p.stdout)
	app.ErrorWriter(p.stderr)
	app.Terminate(p.exit)
	commands := p.register(app)
	name, err := app.Parse(args)
	if err != nil {
		fmt.Fprintf(p.stderr, "%s: %v; %s --help tells what there is\n", programName, err, programName)
		return exitUsage
	}
	p.logConfig.Writer = p.stderr
	p.log = promslog.New(&p.logConfig)
	if err := commands[name](ctx); err != nil {
		p.tell(err)
		return exitFailed
	}
	return exitOK
}

// program is one run of the program: its flags and what they are read into.
type program struct {
	stdout, stderr io.Writer
	getenv         func(string) (string, bool)
	now            func() time.Time
	exit           func(int)
	mixin          fs.FS

	configFile, mirrorPath string
	logConfig              promslog.Config
	log                    *slog.Logger
}

func newProgram(process Process) *program {
	p := &program{
		stdout: process.Stdout, stderr: process.Stderr, getenv: process.Getenv, now: process.Now, exit: process.Exit, mixin: process.Mixin,
	}
	if p.getenv == nil {
		p.getenv = os.LookupEnv
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.exit == nil {
		p.exit = os.Exit
	}
	return p
}

// register adds every flag and command, and gives what runs each of them.
func (p *program) register(app *kingpin.Application) map[string]func(context.Context) error {
	app.Flag("config", "The configuration file.").PlaceHolder("FILE").StringVar(&p.configFile)
	app.Flag("mirror.path", "Directory of the mirror; wins over mirror.path of the configuration.").PlaceHolder("DIR").StringVar(&p.mirrorPath)
	addLogFlags(app, &p.logConfig)
	commands := map[string]func(context.Context) error{}
	for _, register := range []func(*kingpin.Application) map[string]func(context.Context) error{
		p.registerRun, p.registerSync, p.registerCheck, p.registerMetrics, p.registerExplain,
		p.registerMirror, p.registerMixin, p.registerHealthcheck, p.registerDemo,
	} {
		for name, run := range register(app) {
			commands[name] = run
		}
	}
	return commands
}

func addLogFlags(app *kingpin.Application, config *promslog.Config) {
	config.Level, config.Format = promslog.NewLevel(), promslog.NewFormat()
	app.Flag("log.level", "The least severe messages to log: debug, info, warn, error.").Default("info").SetValue(config.Level)
	app.Flag("log.format", "How log lines are written: logfmt, json.").Default("logfmt").SetValue(config.Format)
}

// addGroupFlags adds --[no-]collector.NAME for each group that may be chosen.
func addGroupFlags(cmd *kingpin.CmdClause) func() map[string]bool {
	chosen := map[string]*bool{}
	for _, g := range collector.Groups() {
		if g.Flag != "" && chosen[g.Flag] == nil { // a project's twins go with their group
			value, help := "false", "Export this group of figures, which is off by default: "
			if g.Default {
				value, help = "true", "Export this group of figures: "
			}
			help += strings.ToLower(g.Help[:1]) + g.Help[1:]
			chosen[g.Flag] = cmd.Flag("collector."+g.Flag, help).Default(value).Bool()
		}
	}
	return func() map[string]bool {
		groups := map[string]bool{}
		for name, on := range chosen {
			groups[name] = *on
		}
		return groups
	}
}

// tell writes an error: the problems of a configuration as they are, a line
// each, anything else as a line of the program.
func (p *program) tell(err error) {
	var problems Problems
	if errors.As(err, &problems) {
		fmt.Fprintln(p.stderr, problems)
		return
	}
	fmt.Fprintf(p.stderr, "%s: %v\n", programName, err)
}

var errNoConfig = errors.New("no configuration: give its file with --config FILE; `demo` needs none")

// load reads and validates the configuration; offline commands need no token,
// others one at least.
func (p *program) load(offline bool) (Valid, error) {
	return p.validate(Environment{Offline: offline, Partly: true})
}

func (p *program) validate(env Environment) (Valid, error) {
	if p.configFile == "" {
		return Valid{}, errNoConfig
	}
	doc, err := ReadConfig(p.configFile)
	if err != nil {
		return Valid{}, err
	}
	env.Getenv = p.getenv
	return doc.Validate(env)
}

// path is where the mirror is.
func (p *program) path(valid Valid) string {
	if p.mirrorPath != "" {
		return p.mirrorPath
	}
	return valid.config.Mirror.Path
}

// quiet is the log of commands whose output is their result: it tells what went
// wrong, and all of it with --log.level=debug.
func (p *program) quiet() *slog.Logger {
	config := p.logConfig
	if config.Level.String() != "debug" {
		config.Level = promslog.NewLevel()
		_ = config.Level.Set("warn") // a word it knows
	}
	return promslog.New(&config)
}

func logWarnings(log *slog.Logger, valid Valid) {
	for _, w := range valid.Warnings() {
		log.Warn("part of the configuration has no effect", "key", w.Key, "line", w.Line, "why", w.Text)
	}
}
