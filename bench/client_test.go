package bench

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/github-dev-exporter/github-dev-exporter/internal/github"
	"github.com/github-dev-exporter/github-dev-exporter/internal/githubtest"
	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// echo answers as the simulated GitHub did the first time, at no cost of its own.
type echo struct {
	github *githubtest.Server
	known  map[string]*httptest.ResponseRecorder
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	key := r.URL.Path + string(body)
	answer := e.known[key]
	if answer == nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer = httptest.NewRecorder()
		e.github.ServeHTTP(answer, r)
		e.known[key] = answer
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // the client is gone
}

// reader gives a client of a GitHub with one repository, and the request for its first page.
func reader(b *testing.B, size int) (*github.Client, github.PageRequest) {
	b.Helper()
	end := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	now := func() time.Time { return end }
	server := httptest.NewServer(&echo{
		github: githubtest.New(githubtest.Options{Clock: now, Datasets: []*githubtest.Dataset{
			githubtest.Generate(githubtest.GenerateOptions{Seed: 1, End: end, Issues: 200, PullRequests: 200, Bare: true}),
		}}),
		known: map[string]*httptest.ResponseRecorder{},
	})
	b.Cleanup(server.Close)
	c, err := github.New(github.Options{
		APIURL: server.URL + "/", GraphQLURL: server.URL + "/graphql", UserAgent: "bench", CommentBodies: "commands", Now: now,
		Tokens: []github.TokenSource{{Name: "bench", Read: func() (string, error) { return "bench", nil }}},
	})
	if err != nil {
		b.Fatal(err)
	}
	repo, err := c.Repository(b.Context(), "acme", "widgets")
	if err != nil {
		b.Fatal(err)
	}
	return c, github.PageRequest{Repo: repo, First: size}
}

// BenchmarkReadIssues is a page of a first sync, from the request to the records.
func BenchmarkReadIssues(b *testing.B) {
	c, req := reader(b, 40)
	for b.Loop() {
		if page, err := c.Issues(b.Context(), req); err != nil || len(page.Items) != 40 {
			b.Fatal(len(page.Items), err)
		}
	}
}

// BenchmarkReadPullRequests is a page of a first sync, from the request to the records.
func BenchmarkReadPullRequests(b *testing.B) {
	c, req := reader(b, 25)
	for b.Loop() {
		if page, err := c.PullRequests(b.Context(), req); err != nil || len(page.Items) != 25 {
			b.Fatal(len(page.Items), err)
		}
	}
}

// BenchmarkMerge is a page of pull requests that are read once more.
func BenchmarkMerge(b *testing.B) {
	c, req := reader(b, 25)
	page, err := c.PullRequests(b.Context(), req)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for i := range page.Items {
			model.Merge(&page.Items[i], &page.Items[i])
		}
	}
}
