package mirror

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// discardRatio is how much of a value-log file must be stale before the file
// is rewritten.
const discardRatio = 0.5

// defaultGCInterval is often enough: a day's stale values are a few files.
const defaultGCInterval = 10 * time.Minute

// collector collects the garbage of the value log from time to time.
type collector struct {
	failures atomic.Int64
	collect  func(context.Context, *badger.DB) error
	cancel   context.CancelFunc
	done     sync.WaitGroup
}

func (c *collector) start(m *Mirror, every time.Duration) {
	if every <= 0 {
		every = defaultGCInterval
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	if c.collect == nil {
		c.collect = collect
	}
	c.done.Go(func() { c.run(ctx, m, every) })
}

// stop ends the goroutine and waits for it.
func (c *collector) stop() {
	if c.cancel != nil {
		c.cancel()
	}
	c.done.Wait()
}

func (c *collector) run(ctx context.Context, m *Mirror, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := c.collect(ctx, m.db); err != nil && ctx.Err() == nil {
				c.failures.Add(1)
				m.log.Warn("collection of value-log garbage failed", "err", err)
			}
			release(m.path)
		}
	}
}

// collect rewrites value-log files until none is worth it.
func collect(ctx context.Context, db *badger.DB) error {
	for ctx.Err() == nil {
		err := db.RunValueLogGC(discardRatio)
		switch {
		case errors.Is(err, badger.ErrNoRewrite):
			return nil
		case errors.Is(err, badger.ErrRejected):
			return nil // another collection runs: Compact's, or the timer's
		case err != nil:
			return err
		}
	}
	return ctx.Err()
}

// What is read and written is counted, and the files' pages are given back
// when it is this much.
const releaseAfter = 8 << 20

// readAround is what the kernel maps to read one value.
const readAround = 64 << 10

// touched gives back the pages of the files from time to time.
func (m *Mirror) touched(bytes int64) {
	if m.resident.Add(bytes) > releaseAfter {
		m.resident.Store(0)
		release(m.path)
	}
}

// GCFailures counts the value-log collections that failed.
func (m *Mirror) GCFailures() int64 { return m.gc.failures.Load() }

// Sizes gives the bytes on disk by component: lsm and value_log.
func (m *Mirror) Sizes() map[string]int64 {
	lsm, vlog, err := diskSizes(m.path)
	if err != nil {
		m.log.Debug("size of the mirror is unknown", "err", err)
	}
	return map[string]int64{"lsm": lsm, "value_log": vlog}
}

// Compact merges the tables, collects the value log until nothing is left to
// do, and gives the bytes that were freed on disk. What was replaced since the
// mirror was opened may stay until the next time.
func (m *Mirror) Compact(ctx context.Context) (freed int64, err error) {
	if err := m.gate.enter(); err != nil {
		return 0, err
	}
	defer m.gate.leave()
	before, err := diskSize(m.path)
	if err != nil {
		return 0, fmt.Errorf("compact mirror: %w", err)
	}
	if err := m.db.Flatten(compactors); err != nil {
		return 0, fmt.Errorf("merge tables: %w", err)
	}
	if err := collect(ctx, m.db); err != nil {
		return 0, fmt.Errorf("collect value log: %w", err)
	}
	after, err := diskSize(m.path)
	return before - after, err
}
