package githubtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// TestDeliver holds what is delivered against what GitHub documents:
// https://docs.github.com/webhooks/webhook-events-and-payloads
func TestDeliver(t *testing.T) {
	dataset := Generate(GenerateOptions{Seed: 1, Owner: "acme", Name: "api", Issues: 2, PullRequests: 2, Bare: true})
	s := New(Options{Datasets: []*Dataset{dataset}})
	for _, form := range []bool{false, true} {
		t.Run(fmt.Sprint("form ", form), func(t *testing.T) {
			var header http.Header
			var body []byte
			receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				header = r.Header
				body, _ = io.ReadAll(r.Body)
				w.WriteHeader(http.StatusAccepted)
			}))
			defer receiver.Close()
			hook := Hook{URL: receiver.URL, Secret: "secret", Form: form}
			status, err := s.Deliver(t.Context(), hook, HookEvent{
				Event: "pull_request", Action: "opened", Repository: dataset.Repos[0].ID, Item: 4, Fields: fields{"more": true},
			})
			if err != nil || status != http.StatusAccepted {
				t.Fatal(status, err)
			}
			for _, name := range []string{"X-GitHub-Event", "X-GitHub-Delivery", "X-Hub-Signature-256", "Content-Type"} {
				if header.Get(name) == "" {
					t.Errorf("%s is missing", name)
				}
			}
			if form {
				values, err := url.ParseQuery(string(body))
				if err != nil {
					t.Fatal(err)
				}
				body = []byte(values.Get("payload"))
			}
			var payload struct {
				Action     string
				Number     int
				More       bool
				Repository struct {
					ID       int64
					FullName string `json:"full_name"`
				}
			}
			if err := json.Unmarshal(body, &payload); err != nil {
				t.Fatal(err)
			}
			if payload.Action != "opened" || payload.Number != 4 || !payload.More || payload.Repository.FullName != "acme/api" || payload.Repository.ID != dataset.Repos[0].ID {
				t.Errorf("%+v", payload)
			}
		})
	}
}
