package ingest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/mirror"
)

// skewed sends answers whose Date is ahead of what they tell, as a server does
// whose database lags or whose clock is wrong.
type skewed struct {
	http.ResponseWriter
	date string
}

func (s *skewed) WriteHeader(code int) {
	s.Header().Set("Date", s.date)
	s.ResponseWriter.WriteHeader(code)
}

func (s *skewed) Write(b []byte) (int, error) {
	s.Header().Set("Date", s.date)
	return s.ResponseWriter.Write(b)
}

// TestDates replays a life whose server sends a Date that has nothing to do
// with its records: nothing that is written meanwhile may be missed, and of two
// reads with one Date the later one counts.
func TestDates(t *testing.T) {
	for _, tt := range []struct {
		name string
		date func(now time.Time) time.Time
	}{
		{"years ahead", func(now time.Time) time.Time { return now.AddDate(3, 0, 0) }},
		{"standing still, ahead", func(time.Time) time.Time { return end.AddDate(3, 0, 0) }},
		{"standing still, behind", func(time.Time) time.Time { return end.AddDate(-9, 0, 0) }},
	} {
		t.Run(tt.name, func(t *testing.T) { replayDates(t, tt.date) })
	}
}

func replayDates(t *testing.T, date func(now time.Time) time.Time) {
	data := dataset(githubtest.GenerateOptions{Seed: 6, Issues: 40, PullRequests: 50, Comments: 300, ReviewComments: 150})
	h := newHub(t, data.Repos[0].CreatedAt.Time().Add(time.Second), data)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&skewed{w, date(h.clock.Now()).UTC().Format(http.TimeFormat)}, r)
	}))
	t.Cleanup(front.Close)
	client, err := github.New(github.Options{
		APIURL: front.URL + "/", GraphQLURL: front.URL + "/graphql", UserAgent: "test", Now: h.clock.Now,
		Tokens: []github.TokenSource{{Name: "default", Read: func() (string, error) { return "secret", nil }}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h.client = client
	m := openMirror(t)
	in := h.reads(t, m)
	in.every.Sweep = never
	for h.clock.Now().Before(end) {
		h.clock.add(16 * 24 * time.Hour)
		h.sync(t, in)
	}
	h.sync(t, in)
	compareReplay(t, h, m, data)
}

func TestDutiesAfterARestartWhenTheServersClockIsAhead(t *testing.T) {
	_, m := followed(t, 1)
	now := time.Unix(1_000_000, 0)
	if err := m.Update(1, func(tx *mirror.Tx) error { tx.SetComplete(9_000_000_000); return nil }); err != nil {
		t.Fatal(err)
	}
	in := New(Options{Mirror: m, Projects: project("acme/a"), Now: func() time.Time { return now }})
	work := newScheduler(in, false).newTask(in.repos[1], now)
	for _, d := range []duty{dutySweep, dutyComments} {
		if next := work.duties[d].next; next.After(now.Add(24 * time.Hour)) {
			t.Errorf("duty %d is due at %v", d, next)
		}
	}
}
