package github

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// Answers arrive in any order; what they say of a budget does not depend on it.
func TestBudgetFromReadings(t *testing.T) {
	const w = 10_000 // reset of the first window
	tests := []struct {
		name     string
		readings []reading
		server   int64 // when the last one is taken; the others before w
		want     model.Budget
	}{
		{"one", []reading{{5000, 4990, 10, w}}, w - 60, model.Budget{Limit: 5000, Remaining: 4990, Used: 10, Reset: w, UsedAtReset: -1}},
		{
			"overtaken answer",
			[]reading{{5000, 4980, 20, w}, {5000, 4990, 10, w}},
			w - 60,
			model.Budget{Limit: 5000, Remaining: 4980, Used: 20, Reset: w, UsedAtReset: -1},
		},
		{
			"servers that disagree by a second",
			[]reading{{5000, 4980, 20, w}, {5000, 4979, 21, w + 1}},
			w - 60,
			model.Budget{Limit: 5000, Remaining: 4979, Used: 21, Reset: w + 1, UsedAtReset: -1},
		},
		{
			"new window",
			[]reading{{5000, 10, 4990, w}, {5000, 4999, 1, w + 3600}},
			w + 5,
			model.Budget{Limit: 5000, Remaining: 4999, Used: 1, Reset: w + 3600, UsedAtReset: 4990},
		},
		{
			"answer of the old window after the new one",
			[]reading{{5000, 10, 4990, w}, {5000, 4999, 1, w + 3600}, {5000, 5, 4995, w}},
			w + 6,
			model.Budget{Limit: 5000, Remaining: 4999, Used: 1, Reset: w + 3600, UsedAtReset: 4995},
		},
		{
			"unused budget whose reset moves",
			[]reading{{5000, 10, 4990, w}, {5000, 5000, 0, w + 3600}, {5000, 5000, 0, w + 3660}},
			w + 60,
			model.Budget{Limit: 5000, Remaining: 5000, Used: 0, Reset: w + 3660, UsedAtReset: 4990},
		},
		{
			"a window in which nothing was used",
			[]reading{{5000, 10, 4990, w}, {5000, 5000, 0, w + 3600}, {5000, 5000, 0, w + 7200}},
			w + 3600,
			model.Budget{Limit: 5000, Remaining: 5000, Used: 0, Reset: w + 7200, UsedAtReset: 0},
		},
		{
			"refunded use",
			[]reading{{5000, 4980, 20, w}, {5000, 4981, 19, w}},
			w - 60,
			model.Budget{Limit: 5000, Remaining: 4980, Used: 20, Reset: w, UsedAtReset: -1},
		},
		{
			"raised limit",
			[]reading{{5000, 4000, 1000, w}, {6000, 5000, 1000, w}},
			w - 60,
			model.Budget{Limit: 6000, Remaining: 5000, Used: 1000, Reset: w, UsedAtReset: -1},
		},
		{
			"used beyond the limit",
			[]reading{{5000, 0, 5003, w}},
			w - 60,
			model.Budget{Limit: 5000, Remaining: 0, Used: 5003, Reset: w, UsedAtReset: -1},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l, now := newLimiter(), time.Unix(500, 0)
			for i, r := range test.readings {
				server := test.server
				if i < len(test.readings)-1 {
					server = min(server, int64(r.reset)-1800)
				}
				l.see("core", r, time.Unix(server, 0), now)
			}
			test.want.Resource = "core"
			if diff := cmp.Diff([]model.Budget{test.want}, l.status()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAdmission(t *testing.T) {
	now := time.Unix(50_000, 0)
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	date := time.Unix(90_000, 0).UTC().Format(http.TimeFormat) // the server's clock
	tests := []struct {
		name   string
		header []http.Header
		want   time.Duration // how long core is refused; 0: admitted
	}{
		{"nothing known", nil, 0},
		{"something left", []http.Header{header("X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "1", "X-RateLimit-Reset", "90600",
			"X-RateLimit-Resource", "core", "Date", date)}, 0},
		{"nothing left", []http.Header{header("X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "90600",
			"X-RateLimit-Resource", "core", "Date", date)}, 10 * time.Minute},
		{"nothing left of another resource", []http.Header{header("X-RateLimit-Limit", "30", "X-RateLimit-Remaining", "0",
			"X-RateLimit-Reset", "90600", "X-RateLimit-Resource", "search", "Date", date)}, 0},
		{"a limit of zero is none", []http.Header{header("X-RateLimit-Limit", "0", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "0",
			"X-RateLimit-Resource", "core", "Date", date)}, 0},
		{"answers without headers change nothing", []http.Header{header("X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0",
			"X-RateLimit-Reset", "90600", "X-RateLimit-Resource", "core", "Date", date), header("Date", date)}, 10 * time.Minute},
		{"without the resource it is the one that was asked for", []http.Header{header("X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0",
			"X-RateLimit-Reset", "90600", "Date", date)}, 10 * time.Minute},
		{"without a Date it is our clock that counts", []http.Header{header("X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0",
			"X-RateLimit-Reset", "50060", "X-RateLimit-Resource", "core")}, time.Minute},
		{"a reset of years ahead", []http.Header{header("X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0",
			"X-RateLimit-Reset", "900000000", "X-RateLimit-Resource", "core", "Date", date)}, time.Hour},
		{"headers of nonsense change nothing", []http.Header{header("X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "many",
			"X-RateLimit-Reset", "90600", "X-RateLimit-Resource", "core")}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLimiter()
			for _, h := range test.header {
				l.observe(h, resourceCore, now)
			}
			refused := l.admit(resourceCore, vital, now)
			switch {
			case test.want == 0 && refused != nil:
				t.Errorf("refused: %v", refused)
			case test.want != 0 && (refused == nil || !refused.RetryAt.Equal(now.Add(test.want))):
				t.Errorf("%v, want a refusal for %s", refused, test.want)
			case test.want != 0 && l.admit(resourceCore, vital, now.Add(test.want)) != nil:
				t.Error("still refused at the reset")
			}
		})
	}
}

func TestUnlimitedServer(t *testing.T) {
	l, now := newLimiter(), time.Unix(50_000, 0)
	l.exhausted(resourceCore, now.Add(time.Hour))
	l.setUnlimited()
	if refused := l.admit(resourceCore, vital, now); refused != nil || len(l.status()) != 0 {
		t.Errorf("%v, %v", refused, l.status())
	}
}

// Without Retry-After the pause doubles up to a quarter of an hour; requests
// that were under way together are one strike.
func TestStrikes(t *testing.T) {
	l, now := newLimiter(), time.Unix(50_000, 0)
	for _, want := range []time.Duration{1, 2, 4, 8, 15, 15} {
		want *= time.Minute
		until := l.strike(0, now)
		if got := until.Sub(now); got < want*8/10 || got > want*12/10 {
			t.Errorf("paused for %s, want %s ± 20 %%", got, want)
		}
		if again := l.strike(0, now.Add(time.Second)); !again.Equal(until) {
			t.Errorf("a second answer of the same burst moved the pause to %s", again)
		}
		l.succeeded(now.Add(time.Second)) // one that was under way
		now = until
	}
	l.succeeded(now)
	if got := l.strike(0, now).Sub(now); got > 72*time.Second {
		t.Errorf("paused for %s after a success, want about a minute", got)
	}
	if got := l.strike(20*time.Minute, now).Sub(now); got != 20*time.Minute {
		t.Errorf("paused for %s, want what GitHub asks for", got)
	}
}

func TestAdoptKeepsTheHigherUse(t *testing.T) {
	a, b, now := newLimiter(), newLimiter(), time.Unix(50_000, 0)
	a.see("core", reading{5000, 4990, 10, 60_000}, now, now)
	b.see("core", reading{5000, 4900, 100, 60_000}, now, now)
	b.see("graphql", reading{5000, 4999, 1, 60_000}, now, now)
	a.adopt(b)
	want := []model.Budget{
		{Resource: "core", Limit: 5000, Remaining: 4900, Used: 100, Reset: 60_000, UsedAtReset: -1},
		{Resource: "graphql", Limit: 5000, Remaining: 4999, Used: 1, Reset: 60_000, UsedAtReset: -1},
	}
	if diff := cmp.Diff(want, a.status()); diff != "" {
		t.Error(diff)
	}
}
