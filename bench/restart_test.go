package bench

import (
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
)

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
	box := newSandbox(t, setup{data: []githubtest.GenerateOptions{{Seed: 1, Issues: 200, PullRequests: 200, Bare: true}}})
	box.sync()
	box.sync() // what is read again after a first sync is read
	p, _, s := box.restart(1)
	t.Log(s)
	if s.lists() != 0 {
		t.Errorf("asked for %v", s)
	}
	if size := len(p.scrape().text); size > maxScrapeBytes {
		t.Errorf("a scrape has %d bytes, want at most %d", size, maxScrapeBytes)
	}
}
