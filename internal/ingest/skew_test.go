package ingest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
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

// TestDateAhead replays a life whose server sends a Date that is years ahead
// of its records: nothing that is written meanwhile may be missed.
func TestDateAhead(t *testing.T) {
	data := dataset(githubtest.GenerateOptions{Seed: 6, Issues: 40, PullRequests: 50, Comments: 300, ReviewComments: 150})
	h := newHub(t, data.Repos[0].CreatedAt.Time().Add(time.Second), data)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		date := h.clock.Now().AddDate(3, 0, 0).UTC().Format(http.TimeFormat)
		h.ServeHTTP(&skewed{w, date}, r)
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
		h.clock.add(9 * 24 * time.Hour)
		h.sync(t, in)
	}
	h.sync(t, in)
	compareReplay(t, h, m, data)
}
