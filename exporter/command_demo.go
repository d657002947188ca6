package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

func (p *program) registerDemo(app *kingpin.Application) map[string]func(context.Context) error {
	cmd := app.Command("demo", "Show the exporter at work on a simulated GitHub with living sample data: no token, no network.")
	data := cmd.Flag("data", "Show this dataset (JSON Lines, may be gzipped) in place of the sample data.").PlaceHolder("FILE").String()
	flags := addServingFlags(cmd)
	return map[string]func(context.Context) error{cmd.FullCommand(): func(ctx context.Context) error {
		return p.demo(ctx, *data, flags)
	}}
}

// demoToken is the one that the simulated GitHub knows; it opens nothing else.
const demoToken = "demo-token"

func (p *program) demo(ctx context.Context, file string, flags *servingFlags) (err error) {
	var undo cleanUps
	defer func() { err = errors.Join(err, undo.run()) }()
	p.keepSmall()
	dataset, err := p.demoData(file)
	if err != nil {
		return err
	}
	github := githubtest.New(githubtest.Options{
		Clock: p.now, Datasets: []*githubtest.Dataset{dataset},
		Tokens: []githubtest.Token{{Token: demoToken, Login: "demo-reader"}},
	})
	if err := github.Start("127.0.0.1:0"); err != nil {
		return err
	}
	undo.add("ending the simulated GitHub", github.Close)
	valid, err := demoConfig(github.APIURL(), dataset)
	if err != nil {
		return fmt.Errorf("configuring the demo: %w", err)
	}
	path := p.mirrorPath
	if path == "" {
		if path, err = os.MkdirTemp("", programName+"-demo-"); err != nil {
			return fmt.Errorf("making a directory for the demo's mirror: %w", err)
		}
		undo.add("removing the demo's mirror", func() error { return os.RemoveAll(path) })
	}
	e, err := New(Options{
		Config: valid, MirrorPath: path, Groups: flags.groups(), Shard: flags.shard, Web: flags.web, Logger: p.log, Now: p.now,
	})
	if err != nil {
		return err
	}
	e.Start()
	describeDemo(p.stdout, dataset, demoURL(e, flags), file == "")
	return p.serve(ctx, e)
}

func (p *program) demoData(file string) (*githubtest.Dataset, error) {
	if file == "" {
		return githubtest.Demo(p.now()), nil
	}
	return githubtest.Load(file)
}

// demoDelivery is what the demo takes for deployments and incidents: what the
// sample data has, and what the tags of another dataset tell.
const demoDelivery = `environments: {production: [production, prod], staging: [staging]}, ` +
	`deployments: [{source: deployments}, {source: releases}, {source: tags}], ` +
	`incidents: [{source: issues, labels: [incident], severity: "severity/*"}, {source: reverts}]`

// demoConfig is the configuration of a demo.
func demoConfig(api string, dataset *githubtest.Dataset) (Valid, error) {
	getenv := func(string) (string, bool) { return demoToken, true }
	return ParseConfig("demo.yml", []byte(demoYAML(api, dataset))).Validate(Environment{Getenv: getenv})
}

// demoYAML writes it: each owner is a project.
func demoYAML(api string, dataset *githubtest.Dataset) string {
	var text strings.Builder
	fmt.Fprintf(&text, "github: {api_url: %q, tokens: [{name: demo, token_env: DEMO_TOKEN}]}\n", api)
	text.WriteString("intervals: {probe: 5s, comments: 2m, sweep: 1h, rate_limits: 15s}\n")
	text.WriteString("windows: [30d, 90d]\nprojects:\n")
	var owners []string
	for _, r := range dataset.Repos {
		if !slices.Contains(owners, r.Owner) {
			owners = append(owners, r.Owner)
			fmt.Fprintf(&text, "  %q: {repositories: [%q], bots: [\"*-bot\"], labels: [\"*\"], %s}\n", r.Owner, r.Owner+"/*", demoDelivery)
		}
	}
	return text.String()
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
func describeDemo(w io.Writer, dataset *githubtest.Dataset, url string, living bool) {
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
    curl -s '%[2]s/api/v1/explain?item=%[3]s/%[4]s%%23%[5]d'
        where the figures of one item come from
`, plural(len(dataset.Repos), "repository"), url, repo.Owner, repo.Name, demoItem(repo))
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
