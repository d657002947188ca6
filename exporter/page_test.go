package exporter

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

var pageNow = time.Date(2024, 3, 28, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) model.Instant { return model.At(pageNow.Add(-d)) }

// sampleStatus has a repository in each state, with long names and many digits.
func sampleStatus() []model.RepositoryStatus {
	stream := func(name string, stored, total int, last model.Instant, trouble string) model.StreamStatus {
		s := model.StreamStatus{Name: name, Stored: stored, Total: total, LastSuccess: last, LastError: trouble}
		if trouble != "" {
			s.Errors = map[string]int{"timeout": 3, "server_error": 12}
			s.LastErrorAt = ago(time.Minute)
		}
		return s
	}
	return []model.RepositoryStatus{
		{
			Project: "payments", Owner: "tallyworks", Name: "payments", ID: 1, Complete: true, Progress: 1,
			Records: map[string]int{"issue": 520, "pull_request": 12940, "comment": 104031, "review": 5123, "review_comment": 3002, "commit": 41223, "event": 98123},
			Streams: []model.StreamStatus{stream("issues", 520, 520, ago(20*time.Second), ""), stream("pulls", 12940, 12940, ago(20*time.Second), ""), stream("review_comments", 0, 0, ago(2*time.Minute), "")},
			Repairs: map[string]int{"deleted": 2}, Gaps: 1,
		},
		{
			Project: "payments", Owner: "tallyworks", Name: "a-repository-with-quite-a-long-name-to-break-lines", ID: 2, Progress: 0.455,
			Records: map[string]int{"issue": 1}, Streams: []model.StreamStatus{stream("issues", 91, 200, 0, ""), stream("pulls", 0, 3000, 0, "")},
		},
		{Project: "payments", Owner: "tallyworks", Name: "next"},
		{
			Project: "shop", Owner: "bloomcart", Name: "web-shop", ID: 4, Complete: true, Progress: 1,
			Streams:   []model.StreamStatus{stream("issues", 5, 5, ago(3*time.Hour), "probe of bloomcart/web-shop: timeout: context deadline exceeded while awaiting headers")},
			LastError: "probe of bloomcart/web-shop: timeout", LastErrorAt: ago(time.Minute),
		},
		{Project: "shop", Owner: "bloomcart", Name: "deleted", ID: 5, Complete: true, Progress: 1, Gone: "not_found", Streams: []model.StreamStatus{stream("issues", 5, 5, ago(48*time.Hour), "")}},
	}
}

func sampleReport(status []model.RepositoryStatus) report {
	return report{
		Version: "1.2.3", StartedAt: pageNow.Add(-26 * time.Hour), Now: pageNow, Ready: true,
		Repositories: status,
		Tokens:       sampleTokens(),
	}
}

func sampleSettings(t testing.TB) *settings {
	t.Helper()
	s, err := newSettings(validate(t, ParseConfig("c.yml", []byte("projects:\n"+
		"  payments: {repositories: [\"tallyworks/*\"]}\n  shop: {repositories: [\"bloomcart/*\"], detail: project}\n"))), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPageWords(t *testing.T) {
	p := newPage(sampleReport(sampleStatus()), sampleSettings(t), "/metrics")
	got := map[string][2]string{}
	for _, project := range p.Projects {
		for _, r := range project.Repositories {
			got[r.FullName] = [2]string{r.State, r.Word}
		}
	}
	want := map[string][2]string{
		"tallyworks/payments": {"complete", "up to date"},
		"tallyworks/a-repository-with-quite-a-long-name-to-break-lines": {"syncing", "first sync"},
		"tallyworks/next":    {"waiting", "waiting"},
		"bloomcart/web-shop": {"failed", "not up to date"},
		"bloomcart/deleted":  {"gone", "gone"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A first sync that rests until a token may be spent again says so.
func TestPageTellsWhatIsWaitedFor(t *testing.T) {
	status := sampleStatus()
	for i := range status {
		status[i].Waiting = "Waiting for token budget until 12:34 UTC."
	}
	p := newPage(sampleReport(status), sampleSettings(t), "/metrics")
	waits := map[string]bool{}
	for _, project := range p.Projects {
		for _, r := range project.Repositories {
			waits[r.State] = r.Why == status[0].Waiting
		}
	}
	if diff := cmp.Diff(map[string]bool{"complete": true, "syncing": true, "waiting": true, "failed": false, "gone": false}, waits); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPageSummary(t *testing.T) {
	all := sampleStatus()
	refused := sampleReport(all[:1])
	for i := range refused.Tokens {
		refused.Tokens[i].Up, refused.Tokens[i].Reason = false, "401 Bad credentials"
	}
	alone := sampleReport(all[:1])
	alone.Tokens = refused.Tokens[:1]
	well := func(status []model.RepositoryStatus) report {
		r := sampleReport(status)
		r.Tokens = r.Tokens[:2]
		return r
	}
	loading := well(all[:1])
	loading.Ready = false
	misconfigured := well(all[:1])
	misconfigured.Config.LastError = "c.yml:1:1: x"
	for _, tt := range []struct {
		name, mood, want string
		in               report
	}{
		{"well", "good", "All is well: 1 repository, all up to date.", well(all[:1])},
		{"first sync", "busy", "First sync: 1 of 3 repositories complete. Figures of a repository appear when it is complete.", well(all[:3])},
		{"broken", "bad", "2 repositories of 5 cannot be read: see below. What was copied is still served.", well(all)},
		{"none", "busy", "Looking for the repositories.", well(nil)},
		{"loading", "busy", "The copy is being loaded; the figures come in a moment.", loading},
		{"one token", "bad", "1 of 7 tokens cannot be used: see below. The others go on.", sampleReport(all[:1])},
		{"no token", "bad", "No token can be used: see below. What was copied is still served.", refused},
		{"the token", "bad", "The token cannot be used: see below. What was copied is still served.", alone},
		{"config", "bad", "All is well: 1 repository, all up to date. The configuration was not reloaded.", misconfigured},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPage(tt.in, sampleSettings(t), "/metrics")
			if p.Summary != tt.want || p.Mood != tt.mood {
				t.Errorf("got %s %q, want %s %q", p.Mood, p.Summary, tt.mood, tt.want)
			}
		})
	}
}

func TestPageEscapes(t *testing.T) {
	status := sampleStatus()[:1]
	status[0].Streams[0].LastError = `<script>alert(1)</script>`
	var out strings.Builder
	if err := pageTemplate.Execute(&out, newPage(sampleReport(status), sampleSettings(t), "/metrics")); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "<script>alert") || !strings.Contains(out.String(), "&lt;script&gt;alert") {
		t.Error("an error's text is not escaped")
	}
}
