package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/github-dev-exporter/github-dev-exporter/internal/ingest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
)

// plan writes what a sync would cost. It asks GitHub how much there is and
// stores nothing.
func (p *program) plan(ctx context.Context, s *settings, valid Valid, shard Shard) (err error) {
	var m *mirror.Mirror // nil before the first sync
	if mirrorExists(p.path(valid)) == nil {
		if m, err = openMirror(p.path(valid), valid, p.quiet(), nil); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, m.Close()) }()
	}
	client, err := newClient(valid, p.quiet(), p.now, nil)
	if err != nil {
		return err
	}
	plan, err := newEngine(s, client, m, shard, p.quiet(), p.now).ingest.Plan(ctx)
	if err != nil {
		return fmt.Errorf("planning: %w", err)
	}
	return writePlan(p.stdout, plan)
}

func writePlan(w io.Writer, plan ingest.Plan) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "PROJECT\tREPOSITORY\tSTREAM\tCOUNT\tREST REQUESTS\tGRAPHQL POINTS")
	for _, r := range plan.Repositories {
		name := r.Owner + "/" + r.Name
		if r.Problem != "" {
			fmt.Fprintf(out, "%s\t%s\t%s\n", r.Project, name, r.Problem)
		}
		for _, s := range r.Streams {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%d\t%d\n", r.Project, name, s.Name, humanize.Comma(int64(s.Count)), s.Requests, s.Points)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	for _, problem := range plan.Problems {
		fmt.Fprintln(w, problem)
	}
	_, err := fmt.Fprintf(w, "\nIn all about %s REST requests and %s GraphQL points, in about %s. Nothing was stored.\n",
		humanize.Comma(int64(plan.Requests)), humanize.Comma(int64(plan.Points)), roughly(plan.Duration))
	return err
}

// roughly writes how long something takes as people say it.
func roughly(d time.Duration) string {
	switch {
	case d <= time.Minute:
		return "a minute"
	case d < 2*time.Hour:
		return plural(int(d.Round(time.Minute)/time.Minute), "minute")
	}
	return plural(int(d.Round(time.Hour)/time.Hour), "hour")
}
