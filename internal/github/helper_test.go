package github

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// testSecret is the token of the tests; no error, log or counter may repeat it.
const testSecret = "ghp_0123456789abcdefSECRET0123456789abcd"

var testRepo = model.Repository{ID: 7, NodeID: "R_7", Owner: "octo", Name: "demo"}

// sent is a request as the fake GitHub got it.
type sent struct {
	Method, URL string
	Header      http.Header
	Query       string         `json:"query"`
	Operation   string         `json:"operationName"`
	Variables   map[string]any `json:"variables"`
}

// fakeGitHub is a transport that answers in place of the network, so that
// tests can run in a bubble of fake time.
type fakeGitHub struct {
	mu       sync.Mutex
	requests []sent
	answer   func(n int, s sent) (*http.Response, error) // n counts from 0
}

func (f *fakeGitHub) RoundTrip(req *http.Request) (*http.Response, error) {
	s := sent{Method: req.Method, URL: req.URL.String(), Header: req.Header.Clone()}
	if req.Body != nil {
		body, _ := io.ReadAll(req.Body)
		_ = json.Unmarshal(body, &s)
	}
	f.mu.Lock()
	n := len(f.requests)
	f.requests = append(f.requests, s)
	f.mu.Unlock()
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	resp, err := f.answer(n, s)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

func (f *fakeGitHub) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.requests)
}

// answers makes a fake GitHub that gives these answers, the last one for ever.
func answers(list ...func() (*http.Response, error)) *fakeGitHub {
	return &fakeGitHub{answer: func(n int, _ sent) (*http.Response, error) { return list[min(n, len(list)-1)]() }}
}

// response makes an answer. Headers are name, value, name, value …
func response(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1,
	}
}

func answer(status int, body string, headers ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return response(status, body, headers...), nil }
}

func broken(err error) func() (*http.Response, error) {
	return func() (*http.Response, error) { return nil, err }
}

// errorBody cuts a body short.
type errorBody struct {
	io.Reader
	err error
}

func (b errorBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = b.err
	}
	return n, err
}

func cut(status int, body string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		resp := response(status, body)
		resp.Body = io.NopCloser(errorBody{strings.NewReader(body), io.ErrUnexpectedEOF})
		return resp, nil
	}
}

// newTestClient makes a client of a fake GitHub; change adapts its options.
func newTestClient(t *testing.T, fake http.RoundTripper, change ...func(*Options)) *Client {
	t.Helper()
	opts := Options{
		APIURL: "https://api.example.test/", UserAgent: "github-dev-exporter/test", transport: fake,
		Tokens: []TokenSource{{Name: "main", Read: func() (string, error) { return testSecret, nil }}},
	}
	for _, f := range change {
		f(&opts)
	}
	client, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for _, tok := range client.pool.tokens() {
		if tok.name == "main" { // whose identity is of no interest
			tok.secret = testSecret
			client.pool.unite(tok, "octocat")
		}
	}
	return client
}

// attempt makes one attempt at a call.
func attempt(ctx context.Context, client *Client, what *call, send sender) error {
	w := only(client.pool.tokens()[0])
	w.call = what
	return (&try{c: client, want: w}).once(ctx, send)
}

// page wraps a connection into the answer of a page, with its price.
func page(connection, inner string) string {
	return fmt.Sprintf(`{"data":{"node":{"databaseId":7,%q:%s},"rateLimit":%s}}`, connection, inner, limits(10))
}

// limits is a rateLimit of an answer.
func limits(used int) string {
	return fmt.Sprintf(`{"cost":1,"limit":5000,"remaining":%d,"used":%d,"resetAt":%q,"nodeCount":1}`,
		5000-used, used, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

const emptyList = `{"totalCount":0,"filteredCount":0,"pageInfo":{"hasNextPage":false,"endCursor":null},"nodes":[]}`

// object builds JSON from a base and changes to it.
func object(base map[string]any, changes ...map[string]any) string {
	out := map[string]any{}
	for _, m := range append([]map[string]any{base}, changes...) {
		for k, v := range m {
			out[k] = v
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(out)
	return b.String()
}

func nodes(elements ...string) string {
	return `{"totalCount":` + fmt.Sprint(len(elements)) + `,"pageInfo":{"hasNextPage":false,"endCursor":"END"},"nodes":[` +
		strings.Join(elements, ",") + `]}`
}
