package bench

import (
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

// current gives a repository whose life goes on until today, so that the
// windows of the gauges are full.
func current(items int) []githubtest.GenerateOptions {
	end := time.Now().UTC().Truncate(24 * time.Hour)
	return []githubtest.GenerateOptions{{
		Seed: 1, Start: end.AddDate(-5, 0, 0), End: end,
		Issues: items / 2, PullRequests: items - items/2, Bare: true,
	}}
}

// restart starts the program on a mirror that is up to date, and tells when
// it served its figures and what it had asked when it became quiet.
func (b *sandbox) restart(repositories int) (p *process, after time.Duration, s spent) {
	b.t.Helper()
	b.github.ResetLog()
	p = b.start()
	_, after = p.complete(repositories)
	for began := time.Now(); b.spent().Operations["Probe"] == 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > patience {
			b.t.Fatalf("no repository is asked about:\n%s", p.log.text())
		}
	}
	return p, after, b.quiet()
}

func TestARestartReadsNoListAgain(t *testing.T) {
	t.Parallel()
	box := newSandbox(t, setup{data: current(1000)})
	box.upToDate()
	p, _, s := box.restart(1)
	t.Log(s)
	if s.lists() != 0 {
		t.Errorf("asked for %v, want no list of items or comments", s)
	}
	answer := p.scrape()
	items, delivered := answer.sizes()
	t.Logf("%d series: %d bytes of items and the exporter itself, %d of delivery", answer.series(), items, delivered)
	if items > maxScrapeBytes {
		t.Errorf("a scrape has %d bytes without the families of delivery, want at most %d", items, maxScrapeBytes)
	}
	if delivered > maxDeliveryBytes {
		t.Errorf("a scrape has %d bytes of the families of delivery, want at most %d", delivered, maxDeliveryBytes)
	}
}
