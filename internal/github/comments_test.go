package github

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

const listURL = "https://api.example.test/repositories/7/pulls/comments?direction=asc&per_page=100&sort=updated"

func reviewRow(id int, updated string) string {
	return fmt.Sprintf(`{"id":%d,"pull_request_review_id":50,"in_reply_to_id":3,"user":{"login":"dependabot[bot]","type":"Bot"},
		"created_at":"2024-01-01T00:00:00Z","updated_at":%q,"pull_request_url":"https://api.example.test/repos/octo/demo/pulls/12"}`, id, updated)
}

func TestReviewCommentsPage(t *testing.T) {
	next := listURL + "&page=2"
	fake := answers(answer(200, `[`+reviewRow(5, "2024-01-02T00:00:00Z")+`]`, "Link", `<`+next+`>; rel="next"`, "ETag", `W/"1"`,
		"Date", "Sat, 06 Jan 2024 00:00:00 GMT"))
	got, err := newTestClient(t, fake).ReviewComments(t.Context(), CommentsRequest{Repo: testRepo})
	if err != nil {
		t.Fatal(err)
	}
	want := CommentsPage{
		URL: listURL, Next: next, ETag: `W/"1"`, Identity: "octocat", ServerTime: 1704499200, LastUpdate: jan2,
		Review: []ReviewComment{{Number: 12, ReviewComment: model.ReviewComment{
			ID: 5, Review: 50, ReplyTo: 3, Author: model.Actor{Login: "dependabot", Bot: true}, CreatedAt: jan1, UpdatedAt: jan2,
		}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := fake.requests[0].Header.Get("X-Github-Api-Version"); got != "2022-11-28" {
		t.Errorf("version %q", got)
	}
}

func TestIssueCommentsPage(t *testing.T) {
	fake := answers(answer(200, `[{"id":9,"user":null,"body":"/lgtm\nroot cause: #4","created_at":"2024-01-01T00:00:00Z",
		"updated_at":"2024-01-02T00:00:00Z","issue_url":"https://api.example.test/repos/octo/demo/issues/3"}]`))
	got, err := newTestClient(t, fake).IssueComments(t.Context(), CommentsRequest{Repo: testRepo, Since: jan1})
	if err != nil {
		t.Fatal(err)
	}
	want := []IssueComment{{Number: 3, Event: model.Event{
		ID: "c9", Kind: model.Commented, At: jan1, UpdatedAt: jan2, Text: "/lgtm",
		Mentions: []model.Mention{{Kind: model.RootCause, Item: model.ItemRef{Number: 4}}},
	}}}
	if diff := cmp.Diff(want, got.Issue); diff != "" {
		t.Error(diff)
	}
	u, err := url.Parse(fake.requests[0].URL)
	if err != nil || u.Path != "/repositories/7/issues/comments" || u.Query().Get("since") != "2024-01-01T00:00:00Z" || u.Query().Get("direction") != "asc" {
		t.Errorf("asked for %s", fake.requests[0].URL)
	}
}

func TestConditionalComments(t *testing.T) {
	fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
		if s.Header.Get("If-None-Match") == `"1"` {
			return response(304, "", "Link", `<`+listURL+`&page=2>; rel="next"`), nil
		}
		return response(200, `[]`, "ETag", `"1"`), nil
	}}
	client := newTestClient(t, fake)
	first, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: testRepo})
	if err != nil || first.NotModified || first.ETag != `"1"` || first.Next != "" {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: testRepo, URL: first.URL, ETag: first.ETag})
	if err != nil || !again.NotModified || again.ETag != `"1"` || again.Next != listURL+"&page=2" {
		t.Errorf("%+v, %v; want a 304 with the Link that it brought", again, err)
	}
	want := []model.RequestCount{
		{Token: "main", API: "rest", Endpoint: "/repos/{owner}/{repo}/pulls/comments", Outcome: "2xx", Count: 1},
		{Token: "main", API: "rest", Endpoint: "/repos/{owner}/{repo}/pulls/comments", Outcome: "304", Count: 1},
	}
	if diff := cmp.Diff(want, client.Stats().Requests); diff != "" {
		t.Error(diff)
	}
}

// A 304 that nobody asked for holds nothing.
func TestUnaskedNotModified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, answers(answer(304, "")))
		if page, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: testRepo}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%+v, %v", page, err)
		}
	})
}

func TestLinksAreFollowedVerbatim(t *testing.T) {
	const odd = "https://api.example.test/repositories/7/pulls/comments?after=Y3Vyc29yOnYyOpHOAA%3D%3D&x=%2F&per_page=100"
	fake := answers(answer(200, `[]`))
	if _, err := newTestClient(t, fake).ReviewComments(t.Context(), CommentsRequest{Repo: testRepo, URL: odd}); err != nil {
		t.Fatal(err)
	}
	if fake.requests[0].URL != odd {
		t.Errorf("asked for %s", fake.requests[0].URL)
	}
}

func TestLinksElsewhereAreRefused(t *testing.T) {
	fake := answers(answer(200, `[]`))
	_, err := newTestClient(t, fake).ReviewComments(t.Context(), CommentsRequest{Repo: testRepo, URL: "https://elsewhere.test/x"})
	if !errors.Is(err, ErrForbidden) || fake.count() != 0 {
		t.Errorf("%v after %d requests", err, fake.count())
	}
}

// Near page 300 a listing begins anew at its last comment, provided that this
// leads further.
func TestDeepListingBeginsAnew(t *testing.T) {
	deep := func(page int) string { return fmt.Sprintf("%s&page=%d", listURL, page) }
	tests := []struct{ name, url, next, want string }{
		{"not yet", deep(299), deep(300), deep(300)},
		{"behind 300", deep(300), deep(301), strings.Replace(listURL, "&sort", "&since=2024-01-02T00%3A00%3A00Z&sort", 1)},
		{"without progress", deep(300) + "&since=2024-01-02T00:00:00Z", deep(301), deep(301)},
		{"last page", deep(300), "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var link []string
			if test.next != "" {
				link = []string{"Link", `<` + test.next + `>; rel="next"`}
			}
			fake := answers(answer(200, `[`+reviewRow(5, "2024-01-02T00:00:00Z")+`]`, link...))
			got, err := newTestClient(t, fake).ReviewComments(t.Context(), CommentsRequest{Repo: testRepo, URL: test.url})
			if err != nil || !sameURL(got.Next, test.want) {
				t.Errorf("goes on at %s (%v), want %s", got.Next, err, test.want)
			}
		})
	}
}

func sameURL(a, b string) bool {
	u, err := url.Parse(a)
	v, err2 := url.Parse(b)
	return err == nil && err2 == nil && u.Path == v.Path && u.Query().Encode() == v.Query().Encode()
}

// Pages that are too heavy, or that GitHub refuses to go on to, are replaced by
// ones from Since; no page number is computed.
func TestListingFallsBack(t *testing.T) {
	tests := []struct {
		name   string
		refuse func(u url.Values) int // the status; 0: none
		size   string
	}{
		{"502 at 100", func(q url.Values) int {
			if q.Get("per_page") == "100" {
				return 502
			}
			return 0
		}, "50"},
		{"422 of a deep page", func(q url.Values) int {
			if q.Get("page") != "" {
				return 422
			}
			return 0
		}, "100"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
					u, _ := url.Parse(s.URL)
					if status := test.refuse(u.Query()); status != 0 {
						return response(status, message("please use cursor based pagination")), nil
					}
					return response(200, `[]`), nil
				}}
				req := CommentsRequest{Repo: testRepo, URL: listURL + "&page=4", Since: jan2, ETag: `"4"`}
				got, err := newTestClient(t, fake).ReviewComments(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}
				u, _ := url.Parse(got.URL)
				if q := u.Query(); q.Get("per_page") != test.size || q.Get("since") != "2024-01-02T00:00:00Z" || q.Get("page") != "" {
					t.Errorf("fell back to %s", got.URL)
				}
				if last := fake.requests[len(fake.requests)-1]; fake.requests[0].Header.Get("If-None-Match") == "" || last.Header.Get("If-None-Match") != "" {
					t.Error("an ETag belongs to its address and to no other")
				}
			})
		})
	}
}

func TestHalfCommentsFailThePage(t *testing.T) {
	good := reviewRow(5, "2024-01-02T00:00:00Z")
	for _, bad := range []string{
		`null`, strings.Replace(good, `"id":5`, `"id":0`, 1), strings.Replace(good, `pulls/12`, `pulls/x`, 1),
		strings.Replace(good, `"created_at":"2024-01-01T00:00:00Z"`, `"created_at":null`, 1),
		strings.Replace(good, `"updated_at":"2024-01-02T00:00:00Z"`, `"updated_at":null`, 1),
	} {
		synctest.Test(t, func(t *testing.T) {
			fake := answers(answer(200, `[`+good+`,`+bad+`]`))
			page, err := newTestClient(t, fake).ReviewComments(t.Context(), CommentsRequest{Repo: testRepo})
			if err == nil || fake.count() != malformedAttempts {
				t.Errorf("%s: %v after %d requests: %+v", bad, err, fake.count(), page)
			}
		})
	}
}

func TestExists(t *testing.T) {
	issue := func(repo string, number int) string {
		return fmt.Sprintf(`{"number":%d,"repository_url":"https://api.example.test/repos/%s"}`, number, repo)
	}
	redirect := func(to string) func() (*http.Response, error) { return answer(301, "{}", "Location", to) }
	tests := []struct {
		name    string
		answers []func() (*http.Response, error)
		want    Existence
		fails   bool
	}{
		{"present", []func() (*http.Response, error){answer(200, issue("octo/demo", 4))}, Existence{Presence: Present}, false},
		{"present in a renamed repository", []func() (*http.Response, error){answer(200, issue("octo/new", 4))}, Existence{Presence: Present}, false},
		{"deleted", []func() (*http.Response, error){answer(410, message("This issue was deleted"))}, Existence{Presence: Deleted, Certain: true}, false},
		{"issues switched off", []func() (*http.Response, error){answer(410, message("Issues are disabled for this repo"))}, Existence{}, true},
		{"not to be seen", []func() (*http.Response, error){answer(404, message("Not Found"))}, Existence{Presence: Deleted}, false},
		{
			"transferred",
			[]func() (*http.Response, error){redirect("https://api.example.test/repositories/8/issues/40"), answer(200, issue("octo/other", 40))},
			Existence{Presence: Transferred, Target: model.ItemRef{Owner: "octo", Repo: "other", Number: 40}},
			false,
		},
		{
			"transferred to the same number",
			[]func() (*http.Response, error){redirect("/repositories/8/issues/4"), answer(200, issue("octo/other", 4))},
			Existence{Presence: Transferred, Target: model.ItemRef{Owner: "octo", Repo: "other", Number: 4}},
			false,
		},
		{
			"transferred out of sight",
			[]func() (*http.Response, error){redirect("/repositories/8/issues/4"), answer(404, "{}")},
			Existence{Presence: Transferred},
			false,
		},
		{"moved nowhere", []func() (*http.Response, error){answer(301, "{}")}, Existence{Presence: Transferred}, false},
		{"moved to another host", []func() (*http.Response, error){redirect("https://elsewhere.test/x")}, Existence{Presence: Transferred}, false},
		{"refused", []func() (*http.Response, error){answer(403, message("Resource not accessible"))}, Existence{}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fake := answers(test.answers...)
			got, err := newTestClient(t, fake).Exists(t.Context(), testRepo, 4)
			if (err != nil) != test.fails || !test.fails && got.At == 0 {
				t.Fatalf("%+v, %v", got, err)
			}
			got.At = 0
			if test.fails {
				return
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if want := "https://api.example.test/repositories/7/issues/4"; fake.requests[0].URL != want {
				t.Errorf("asked for %s", fake.requests[0].URL)
			}
		})
	}
}
