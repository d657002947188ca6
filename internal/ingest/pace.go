package ingest

import (
	"errors"
	"hash/fnv"
	"strconv"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
)

// maxTries is how often Sync tries what fails before it gives it up.
const maxTries = 3

// pace is when a piece of work is next due, and how often in a row it failed.
type pace struct {
	next     time.Time // zero: not at all
	failures int
	err      error // of the last try
	tried    bool
}

func (p *pace) due(now time.Time) bool { return !p.next.IsZero() && !p.next.After(now) }

// want makes the work due, unless it pauses because it failed.
func (p *pace) want(at time.Time) {
	if p.err == nil && (p.next.IsZero() || at.Before(p.next)) {
		p.next = at
	}
}

// hint makes the work due that a webhook hints at: also what GitHub did not
// show before, since it may have come to be.
func (p *pace) hint(at time.Time) {
	if _, absent := absence(p.err); absent {
		p.next = earliest(p.next, at)
	}
	p.want(at)
}

// ended notes how a try ended and when the next one is due after a success.
// That a limit is reached is no failure of the work.
func (p *pace) ended(err error, now, next time.Time) {
	p.tried, p.err = true, err
	switch {
	case err == nil:
		p.failures, p.next = 0, next
	default:
		if !errors.Is(err, github.ErrRateLimited) {
			p.failures++
		}
		p.next = retryAt(err, p.failures, now)
	}
}

// wake makes the work due that failed because the token was refused.
func (p *pace) wake(now time.Time) {
	if errors.Is(p.err, github.ErrUnauthorized) {
		p.failures, p.next = 0, now
	}
}

// hopeless reports whether Sync is to give up.
func (p *pace) hopeless() bool {
	_, absent := absence(p.err)
	return p.err != nil && (absent || p.failures >= maxTries || errors.Is(p.err, github.ErrUnauthorized))
}

// slot gives the first instant after another at which a repository's turn
// comes, if it comes once in every: turns are spread by the repository's id,
// and stay the same over restarts.
func slot(id int64, every time.Duration, after time.Time) time.Time {
	h := fnv.New64a()
	h.Write(strconv.AppendInt(nil, id, 10))
	offset := time.Duration(h.Sum64() % uint64(every))
	return after.Add(-offset).Truncate(every).Add(every + offset)
}

// round gives the next instant that all repositories share, so that one
// request asks for many.
func round(every time.Duration, now time.Time) time.Time {
	return now.Truncate(every).Add(every)
}

// earliest gives the earlier of two times that are set.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
