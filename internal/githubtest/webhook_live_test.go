package githubtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHappenings(t *testing.T) {
	dataset := Generate(GenerateOptions{Seed: 1, Owner: "acme", Name: "api", Issues: 1, PullRequests: 1, Bare: true})
	repo := dataset.Repos[0]
	repo.Items = repo.Items[:1]
	repo.Items[0] = &Item{
		Number: 7, ID: 70, CreatedAt: 100, PR: &PR{Reviews: []Review{{ID: 1, SubmittedAt: 140}}},
		Comments: []Comment{{ID: 2, CreatedAt: 120}},
		Events:   []Event{{ID: 3, Kind: Labeled, At: 130}, {ID: 4, Kind: Subscribed, At: 131}, {ID: 5, Kind: Merged, At: 160}},
	}
	repo.Deployments = []*Deployment{{ID: 8, CreatedAt: 170, Statuses: []DeploymentStatus{{ID: 9, State: "success", At: 180}}}}
	repo.Releases = []*Release{{ID: 10, Tag: "v1", PublishedAt: 175}}
	repo.Runs = []*Run{{ID: 11, Branch: "main", Attempts: []Attempt{{StartedAt: 150, CompletedAt: 190}, {StartedAt: 195}}}}
	s := New(Options{Datasets: []*Dataset{dataset}})
	var got []string
	for _, h := range s.happenings(110) {
		got = append(got, h.Event+" "+h.Action)
	}
	want := []string{
		"issue_comment created", "pull_request labeled", "pull_request_review submitted", "pull_request closed",
		"release published", "deployment_status created", "workflow_run completed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what happens after 110 (-want +got):\n%s", diff)
	}
}

func TestFollow(t *testing.T) {
	dataset := Generate(GenerateOptions{Seed: 1, Owner: "acme", Name: "api", Issues: 1, Bare: true})
	now := TimeOf(time.Now())
	dataset.Repos[0].Items[0].Comments = []Comment{{ID: 2, Author: "ann", CreatedAt: now.Add(-time.Hour)}, {ID: 3, Author: "ann", CreatedAt: now.Add(2 * time.Second)}}
	s := New(Options{Datasets: []*Dataset{dataset}})
	events := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		events <- r.Header.Get("X-GitHub-Event")
	}))
	defer receiver.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() { s.Follow(ctx, Hook{URL: receiver.URL, Secret: "s"}) })
	if got := <-events; got != "issue_comment" {
		t.Errorf("delivered %s, want the comment", got)
	}
	if at := TimeOf(time.Now()); at < now.Add(2*time.Second) {
		t.Errorf("delivered at %v, before it happened", at)
	}
	cancel()
	following.Wait()
	if len(events) > 0 {
		t.Errorf("delivered %s, too", <-events)
	}
}
