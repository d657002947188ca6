package githubtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// mirrorDocument gives a query of the product's client with all fragments that it needs.
func mirrorDocument(b testing.TB, operation string) string {
	b.Helper()
	files, err := filepath.Glob("../github/queries/*.graphql")
	if err != nil || len(files) == 0 {
		b.Fatalf("no queries: %v", err)
	}
	parts := map[string]string{}
	name := regexp.MustCompile(`(?m)^(?:query|fragment) (\w+)`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		parts[name.FindStringSubmatch(string(text))[1]] = string(text)
	}
	document := parts[operation]
	for spread := regexp.MustCompile(`\.\.\.(\w+)`); ; {
		before := document
		for _, match := range spread.FindAllStringSubmatch(document, -1) {
			if !strings.Contains(document, "fragment "+match[1]+" ") {
				document += parts[match[1]]
			}
		}
		if document == before {
			return document
		}
	}
}

// mirrorPage is the body of a request for a page as the product's client asks for it.
func mirrorPage(b testing.TB, repo *Repo, pulls bool, size int, after string) []byte {
	b.Helper()
	operation, kinds, typ := "IssuesPage", "issueEvents", "IssueTimelineItemsItemType"
	if pulls {
		operation, kinds, typ = "PullsPage", "pullEvents", "PullRequestTimelineItemsItemType"
	}
	schema, err := Schema()
	if err != nil {
		b.Fatal(err)
	}
	var types []string
	for _, value := range schema.Types[typ].EnumValues {
		switch value.Name {
		case "ISSUE_COMMENT", "PULL_REQUEST_REVIEW", "LABELED_EVENT", "UNLABELED_EVENT", "CLOSED_EVENT", "REOPENED_EVENT",
			"MERGED_EVENT", "READY_FOR_REVIEW_EVENT", "CONVERT_TO_DRAFT_EVENT", "REVIEW_REQUESTED_EVENT",
			"REVIEW_REQUEST_REMOVED_EVENT", "REVIEW_DISMISSED_EVENT", "HEAD_REF_FORCE_PUSHED_EVENT", "ADDED_TO_MERGE_QUEUE_EVENT",
			"REMOVED_FROM_MERGE_QUEUE_EVENT", "TRANSFERRED_EVENT", "COMMENT_DELETED_EVENT", "MILESTONED_EVENT", "DEMILESTONED_EVENT":
			types = append(types, value.Name)
		}
	}
	variables := map[string]any{
		"repo": GlobalID("R", repo.ID), "first": size, "after": nil, "direction": "ASC", "filter": nil, "events": 50, "commits": 20, kinds: types,
	}
	if after != "" {
		variables["after"] = after
	}
	body, err := json.Marshal(map[string]any{
		"query": mirrorDocument(b, operation), "variables": variables, "operationName": operation,
	})
	if err != nil {
		b.Fatal(err)
	}
	return body
}

// mirrored is a server on repositories like those of a benchmark.
func mirrored(repositories int) (*Server, []*Repo) {
	end := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	var data []*Dataset
	var repos []*Repo
	for i := range repositories {
		d := Generate(GenerateOptions{Seed: uint64(i + 1), Owner: "acme", Name: fmt.Sprintf("r%d", i), End: end, Issues: 300, PullRequests: 300})
		data, repos = append(data, d), append(repos, d.Repos...)
	}
	unlimited := SecondaryLimits{Concurrent: -1, RESTPerMinute: -1, GraphQLPerMinute: -1}
	s := New(Options{Clock: func() time.Time { return end }, Datasets: data, CoreLimit: 1 << 40, GraphQLLimit: 1 << 40, Secondary: unlimited})
	return s, repos
}

// BenchmarkMirrorPage answers what a mirror asks for most: pages of 40 issues, of 25 pull
// requests and of 100 comments on lines, and a probe of all repositories, through the whole
// server but the network, of repositories in turn.
func BenchmarkMirrorPage(b *testing.B) {
	s, repos := mirrored(20)
	asks := map[string][]func() *http.Request{}
	var ids []string
	for _, repo := range repos {
		ids = append(ids, GlobalID("R", repo.ID))
		asks["40 issues"] = append(asks["40 issues"], posting(mirrorPage(b, repo, false, 40, "")))
		asks["25 pulls"] = append(asks["25 pulls"], posting(mirrorPage(b, repo, true, 25, "")))
		lines := fmt.Sprintf("/repos/acme/%s/pulls/comments?sort=updated&direction=asc&per_page=100", repo.Name)
		asks["100 comments"] = append(asks["100 comments"], func() *http.Request { return httptest.NewRequest(http.MethodGet, lines, nil) })
	}
	probe, err := json.Marshal(map[string]any{"query": mirrorDocument(b, "Probe"), "variables": map[string]any{"ids": ids}})
	if err != nil {
		b.Fatal(err)
	}
	asks["probe"] = append(asks["probe"], posting(probe))
	for _, name := range []string{"40 issues", "25 pulls", "100 comments", "probe"} {
		b.Run(name, func(b *testing.B) { askInTurn(b, s, asks[name]) })
	}
}

func posting(body []byte) func() *http.Request {
	return func() *http.Request {
		return httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	}
}

// askInTurn sends requests in turn and reports the size of the last answer.
func askInTurn(b *testing.B, s *Server, asks []func() *http.Request) {
	size := 0
	for i := 0; b.Loop(); i++ {
		r := asks[i%len(asks)]()
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("User-Agent", "bench")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if size = w.Body.Len(); w.Code != http.StatusOK || strings.Contains(w.Body.String()[max(0, size-200):], `"errors"`) {
			b.Fatalf("%d %.500s", w.Code, w.Body.String())
		}
	}
	b.ReportMetric(float64(size)/1024, "KiB/page")
}
