package exporter

import (
	"crypto/sha256"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const (
	// remembered is how many deliveries are known again. GitHub delivers again
	// only what it is told to, so that a few hours of a busy organisation do.
	remembered = 8192
	// complainEvery is how often it is logged that deliveries are refused:
	// everybody can send some.
	complainEvery = time.Minute
)

// deliveries counts what webhooks delivered since the start; reloads leave it.
type deliveries struct {
	log *slog.Logger
	now func() time.Time

	mu     sync.Mutex // guards what follows
	counts map[model.WebhookCount]int
	last   model.Instant
	ids    map[[sha256.Size]byte]bool // of the last ones
	order  [][sha256.Size]byte        // of ids, from next on, once it is full
	next   int
	told   time.Time // when a refusal was logged
	untold int       // refusals since
}

func newDeliveries(log *slog.Logger, now func() time.Time) *deliveries {
	return &deliveries{log: log, now: now, counts: map[model.WebhookCount]int{}, ids: map[[sha256.Size]byte]bool{}}
}

// knownEvent gives the value of the label for an event that somebody claims.
func knownEvent(event string) string {
	if slices.Contains(model.WebhookEvents, event) {
		return event
	}
	return model.WebhookOther
}

// taken counts a delivery whose signature is right.
func (d *deliveries) taken(event string, result model.WebhookResult) {
	d.mu.Lock()
	d.counts[model.WebhookCount{Event: event, Result: result}]++
	d.last = model.At(d.now())
	d.mu.Unlock()
	d.log.Debug("webhook delivery", "event", event, "result", result)
}

// refused counts a delivery that was not taken, and tells of it now and then.
func (d *deliveries) refused(event string, why *refusal, from string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counts[model.WebhookCount{Event: event, Result: why.result}]++
	now := d.now()
	if now.Sub(d.told) < complainEvery {
		d.untold++
		return
	}
	d.log.Warn("webhook delivery refused", "event", event, "result", why.result, "err", errors.Join(why, why.more), "from", from, "more_before", d.untold)
	d.told, d.untold = now, 0
}

// again reports whether a delivery was here before, as far as it is remembered.
func (d *deliveries) again(id string) bool {
	sum := sha256.Sum256([]byte(id)) // of one size, whatever is sent
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ids[sum] {
		return true
	}
	d.ids[sum] = true
	if len(d.order) < remembered {
		d.order = append(d.order, sum)
		return false
	}
	delete(d.ids, d.order[d.next])
	d.order[d.next] = sum
	d.next = (d.next + 1) % remembered
	return false
}

// status tells what was delivered.
func (d *deliveries) status() *model.WebhookStatus {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &model.WebhookStatus{LastDelivery: d.last, Results: map[model.WebhookResult]int{}, Counts: maps.Clone(d.counts)}
	for _, result := range model.WebhookResults {
		s.Results[result] = 0
	}
	for count, n := range d.counts {
		s.Results[count.Result] += n
	}
	return s
}

// Webhook tells what webhooks delivered; nil while they are off.
func (e *Exporter) Webhook() *model.WebhookStatus {
	if e.publisher.settings.Load().config.Webhook == nil {
		return nil
	}
	return e.deliveries.status()
}
