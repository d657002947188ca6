package ingest

import (
	"cmp"
	"errors"
	"fmt"
)

// settled reports whether Sync has nothing left to do.
func (s *scheduler) settled() bool {
	if s.running > 0 {
		return false
	}
	for _, p := range s.lookups {
		if !p.hopeless() && (!p.tried || p.err != nil) {
			return false
		}
	}
	for _, t := range s.tasks {
		if !s.settledTask(t) {
			return false
		}
	}
	return true
}

func (s *scheduler) settledTask(t *task) bool {
	if t.probe.hopeless() {
		return true
	}
	if t.probe.err != nil || !t.probe.tried {
		return false
	}
	for d := range t.duties {
		p := &t.duties[d]
		if !p.hopeless() && (p.err != nil || p.due(s.in.now())) {
			return false
		}
	}
	return true
}

// outcome gives what Sync could not do.
func (s *scheduler) outcome() error {
	var errs []error
	for k, p := range sorted(s.lookups) {
		if p.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w: %w", k, ErrIncomplete, p.err))
		}
	}
	for _, t := range sorted(s.tasks) {
		err := t.probe.err
		for d := range t.duties {
			err = cmp.Or(err, t.duties[d].err)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w: %w", t.r.model().FullName(), ErrIncomplete, err))
		}
	}
	return errors.Join(errs...)
}
