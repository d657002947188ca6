package exporter

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// witness stands before a simulated GitHub and notes what is asked of it, and
// with which credentials.
type witness struct {
	github http.Handler
	// meddle may answer in place of GitHub.
	meddle func(w http.ResponseWriter, r *http.Request, body []byte) bool

	mu    sync.Mutex
	asked []asked
}

// asked is a request and how it was answered.
type asked struct {
	began, ended time.Time
	credential   string
	operation    string // of GraphQL
	path         string
	what         string // all of it: no two different requests have the same
	status       int
	refused      bool // by a limit
}

func (a asked) graphQL() bool { return strings.HasSuffix(a.path, "/graphql") }

// watchGitHub serves what a handler answers, and notes it.
func watchGitHub(t *testing.T, github http.Handler) (*witness, *httptest.Server) {
	t.Helper()
	w := &witness{github: github}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	return w, server
}

var operationName = regexp.MustCompile(`"(?:query|mutation) (\w+)`)

// kept keeps an answer while it passes.
type kept struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *kept) WriteHeader(status int) {
	k.status = status
	k.ResponseWriter.WriteHeader(status)
}

func (k *kept) Write(p []byte) (int, error) {
	k.body.Write(p)
	return k.ResponseWriter.Write(p)
}

// Unwrap lets faults get at the connection.
func (k *kept) Unwrap() http.ResponseWriter { return k.ResponseWriter }

func (w *witness) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	a := asked{
		began: time.Now(), path: r.URL.Path, what: r.Method + " " + r.URL.String() + " " + string(body),
		credential: strings.TrimPrefix(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), "token "),
	}
	if m := operationName.FindSubmatch(body); m != nil {
		a.operation = string(m[1])
	}
	answer := &kept{ResponseWriter: out, status: http.StatusOK}
	defer func() {
		a.ended, a.status = time.Now(), answer.status
		a.refused = limited(answer.status, answer.body.String())
		w.mu.Lock()
		defer w.mu.Unlock()
		w.asked = append(w.asked, a)
	}()
	w.mu.Lock()
	meddle := w.meddle
	w.mu.Unlock()
	if meddle == nil || !meddle(answer, r, body) {
		w.github.ServeHTTP(answer, r)
	}
}

// limited reports whether GitHub refused a request by a limit.
func limited(status int, body string) bool {
	return strings.Contains(body, `"RATE_LIMIT`) ||
		(status == http.StatusForbidden || status == http.StatusTooManyRequests) && strings.Contains(strings.ToLower(body), "rate limit")
}

// set exchanges what meddles with the answers.
func (w *witness) set(meddle func(w http.ResponseWriter, r *http.Request, body []byte) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.meddle = meddle
}

// all gives what was asked so far.
func (w *witness) all() []asked {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// forget forgets what was asked.
func (w *witness) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = nil
}

// refusals gives how often each request was refused by a limit.
func (w *witness) refusals() map[string]int {
	out := map[string]int{}
	for _, a := range w.all() {
		if a.refused {
			out[a.what]++
		}
	}
	return out
}
