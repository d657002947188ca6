package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
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
	_ = client.RateLimits(ctx) // what is wrong with a token is among the problems
	defer client.Close()
	plan, err := newEngine(s, client, m, shard, p.quiet(), p.now).ingest.Plan(ctx)
	if err != nil {
		return fmt.Errorf("planning: %w", err)
	}
	for _, t := range client.Tokens() {
		if !t.Up {
			plan.Problems = append(plan.Problems, fmt.Sprintf("token %s: %s", t.Token, t.Reason))
		}
	}
	return writePlan(p.stdout, plan)
}

func writePlan(w io.Writer, plan ingest.Plan) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "PROJECT\tREPOSITORY\tSTREAM\tCOUNT\tREST REQUESTS\tGRAPHQL POINTS")
	for _, r := range plan.Repositories {
		for _, s := range r.Streams {
			fmt.Fprintf(out, "%s\t%s/%s\t%s\t%s\t%s\t%s\n",
				r.Project, r.Owner, r.Name, s.Name, comma(s.Count), comma(s.Requests), comma(s.Points))
		}
	}
	if len(plan.Problems) > 0 {
		fmt.Fprintln(out, "\n"+strings.Join(plan.Problems, "\n"))
	}
	fmt.Fprintln(out, "\nIDENTITY\tREST REQUESTS\tGRAPHQL POINTS\tTIME")
	for _, who := range plan.Identities {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n",
			who.Name, share(who.Requests, who.Core), share(who.Points, who.GraphQL), roughly(who.Duration))
	}
	fmt.Fprintf(out, "\nIn all about %s REST requests and %s GraphQL points, in about %s. Nothing was stored.\n",
		comma(plan.Requests), comma(plan.Points), roughly(plan.Duration))
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

func comma(n int) string { return humanize.Comma(int64(n)) }

// share writes what is needed of a budget, and what there is of it.
func share(need int, a github.Allowance) string {
	switch {
	case a.Unlimited:
		return comma(need) + " (no limit)"
	case a.Limit == 0: // GitHub has not told yet
		return comma(need)
	}
	return fmt.Sprintf("%s (%s left until %s)", comma(need), comma(ingest.Left(a)), a.Reset.Time().UTC().Format("15:04 MST"))
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
