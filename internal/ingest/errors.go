package ingest

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
)

// What a failed piece of work waits before it is tried again.
const (
	firstBackoff = 15 * time.Second
	lastBackoff  = 15 * time.Minute
)

// reason gives the stable word for an error that metrics count it by.
func reason(err error) string {
	var failed *github.Error
	switch {
	case errors.As(err, &failed):
		return failed.Reason
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "canceled"
	}
	return "mirror" // nothing else is written to
}

// retryAt gives when to try again what failed so often in a row: after a time
// that doubles, up to a quarter of an hour and by chance up to a fifth shorter,
// so that those that failed together do not return together. GitHub's word on
// when a limit ends comes first.
func retryAt(err error, failures int, now time.Time) time.Time {
	wait := lastBackoff
	if failures < 8 {
		wait = min(wait, firstBackoff<<max(0, failures-1))
	}
	at := now.Add(wait - rand.N(wait/5))
	if until, limited := limitedUntil(err); limited && until.After(now) {
		return until.Add(rand.N(5 * time.Second))
	}
	return at
}

// limitedUntil tells until when a limit keeps work from being done, where an
// error says so: the work has not failed then, it waits.
func limitedUntil(err error) (until time.Time, ok bool) {
	var e *github.Error
	if !errors.As(err, &e) || !errors.Is(err, github.ErrRateLimited) || e.RetryAt.IsZero() {
		return until, false
	}
	return e.RetryAt, true
}

// waitText says in a sentence what is waited for.
func waitText(err error, until time.Time) string {
	what := "token budget"
	if errors.Is(err, github.ErrSecondary) {
		what = "GitHub, which asked for a pause,"
	}
	return "Waiting for " + what + " until " + until.UTC().Format("15:04 MST") + "."
}

// complain logs why work was not done. That it has to wait is no error.
func (in *Ingest) complain(work string, err error, attrs ...any) {
	log := in.log.With(attrs...).With("work", work, "error", err)
	if _, limited := limitedUntil(err); limited {
		log.Info("work waits for a limit")
		return
	}
	log.Error("work failed")
}

// everybodys reports whether an error is not one stream's or repository's own:
// what is asked next would fail for the same cause. A limit is no such cause:
// REST and GraphQL have budgets of their own, so have other identities, and
// what is more urgent may use more of them.
func everybodys(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, github.ErrUnauthorized)
}

// absence tells whether an error says that something cannot be read by the
// token, whatever else it may read, and why: blocked, forbidden and the like,
// or not_found.
func absence(err error) (why string, ok bool) {
	switch {
	case errors.Is(err, github.ErrBlocked), errors.Is(err, github.ErrForbidden):
		return reason(err), true
	case errors.Is(err, github.ErrNotFound), errors.Is(err, github.ErrGone):
		return "not_found", true
	}
	return "", false
}

func compareJobs(a, b jobKey) int {
	return cmp.Or(cmp.Compare(a.number, b.number), strings.Compare(a.connection, b.connection), strings.Compare(a.node, b.node))
}
