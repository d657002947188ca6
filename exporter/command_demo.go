package exporter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"

	"github.com/alecthomas/kingpin/v2"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

func (p *program) registerDemo(app *kingpin.Application) map[string]func(context.Context) error {
	cmd := app.Command("demo", "Show the exporter at work on a simulated GitHub whose sample data keeps changing: no token, no network. It has a configuration of its own, prints where that is and what to ask, and removes everything when it ends.")
	data := cmd.Flag("data", "Show this dataset (JSON Lines, may be gzipped) in place of the sample data.").PlaceHolder("FILE").String()
	flags := addServingFlags(cmd)
	return map[string]func(context.Context) error{cmd.FullCommand(): func(ctx context.Context) error {
		return p.demo(ctx, *data, flags)
	}}
}

func (p *program) demo(ctx context.Context, file string, flags *servingFlags) (err error) {
	var undo cleanUps
	defer func() { err = errors.Join(err, undo.run()) }()
	p.keepSmall()
	dataset, err := p.demoData(file)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", programName+"-demo-")
	if err != nil {
		return fmt.Errorf("making a directory for the demo: %w", err)
	}
	undo.add("removing the demo's directory", func() error { return os.RemoveAll(dir) })
	world, err := newDemoWorld(dir, p.now, dataset)
	if err != nil {
		return err
	}
	undo.add("ending the simulated GitHub", world.close)
	valid, err := world.config(file == "")
	if err != nil {
		return fmt.Errorf("configuring the demo: %w", err)
	}
	e, err := New(Options{
		Config: valid, MirrorPath: cmp.Or(p.mirrorPath, filepath.Join(dir, "mirror")),
		Groups: flags.groups(), Shard: flags.shard, Web: flags.web, Logger: p.log, Now: p.now,
	})
	if err != nil {
		return err
	}
	e.Start()
	url := demoURL(e, flags)
	world.live(url)
	describeDemo(p.stdout, dataset, url, world.configFile(), file == "")
	return p.serve(ctx, e)
}

func (p *program) demoData(file string) (*githubtest.Dataset, error) {
	if file == "" {
		return githubtest.Demo(p.now()), nil
	}
	return githubtest.Load(file)
}

// demoURL is where the demo can be opened on this machine.
func demoURL(e *Exporter, flags *servingFlags) string {
	scheme := "http"
	if *flags.web.Flags.WebConfigFile != "" {
		scheme = "https"
	}
	address := "localhost" + defaultAddress
	if addresses := e.Addresses(); len(addresses) > 0 {
		if tcp, ok := addresses[0].(*net.TCPAddr); ok {
			host := "localhost"
			if !tcp.IP.IsUnspecified() && !tcp.IP.IsLoopback() {
				host = tcp.IP.String()
			}
			address = net.JoinHostPort(host, fmt.Sprint(tcp.Port))
		}
	}
	return scheme + "://" + address
}

// describeDemo tells where to look and at what.
func describeDemo(w io.Writer, dataset *githubtest.Dataset, url, config string, living bool) {
	repo := dataset.Repos[0]
	fmt.Fprintf(w, `
A simulated GitHub with %s, and the exporter on it. Open:

    %[2]s/          how far the first sync is: it takes a few seconds
    %[2]s/metrics   the figures; a repository's appear when its first sync is complete

Ask, in another terminal:

    curl -s %[2]s/metrics | grep github_dev_pull_request_first_review_quantile_seconds
        how many seconds pull requests wait for their first review: median (q="0.5") and 90th percentile
    curl -s %[2]s/metrics | grep -E 'github_dev_(issues|pull_requests)\{'
        what is open, merged and closed
    curl -s %[2]s/metrics | grep -E 'github_dev_project_(dora|change_lead_time)'
        how often each team deploys, how often that fails, and how long changes take to get there
    curl -s %[2]s/metrics | grep -E 'github_dev_(workflow_consecutive_failures|incidents_open|state_items)'
        what is broken now, and what pull requests and issues wait for
    curl -s '%[2]s/api/v1/explain?item=%[3]s/%[4]s%%23%[5]d'
        where the figures of one item come from

Its configuration is in %[6]s.
`, plural(len(dataset.Repos), "repository"), url, repo.Owner, repo.Name, demoItem(repo), config)
	if living {
		fmt.Fprint(w, "\nSomething happens there every half minute or so: watch the figures change.\n")
	}
	fmt.Fprint(w, "\nCtrl-C ends it and leaves nothing behind.\n\n")
}

// demoItem is the number of a pull request that was merged, if there is one.
func demoItem(repo *githubtest.Repo) int {
	for _, item := range slices.Backward(repo.Items[:len(repo.Items)/2]) {
		if item.PR != nil {
			return item.Number
		}
	}
	return 1
}
