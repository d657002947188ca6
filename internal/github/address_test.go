package github

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// byName is a server that has octo/demo, which is repository 7, and addresses
// by name alone.
func byName(issue func(path string) *http.Response) *fakeGitHub {
	return &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
		path := strings.TrimPrefix(s.URL, "https://api.example.test")
		switch {
		case path == "/repos/octo/demo", path == "/repos/octo/new":
			return response(200, `{"id":7}`), nil
		case path == "/repos/octo/other":
			return response(200, `{"id":8}`), nil
		case strings.HasPrefix(path, "/repos/octo/demo/pulls/comments"):
			return response(200, `[`+reviewRow(5, "2024-01-02T00:00:00Z")+`]`), nil
		case issue != nil && strings.HasPrefix(path, "/repos/"):
			return issue(path), nil
		}
		return response(404, message("Not Found")), nil
	}}
}

func paths(f *fakeGitHub) (out []string) {
	for _, s := range f.requests {
		path, _, _ := strings.Cut(strings.TrimPrefix(s.URL, "https://api.example.test"), "?")
		out = append(out, path)
	}
	return out
}

func TestCommentsOfAServerWithoutIDs(t *testing.T) {
	fake := byName(nil)
	client := newTestClient(t, fake)
	for range 2 {
		page, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: testRepo})
		if err != nil || len(page.Review) != 1 {
			t.Fatalf("%+v, %v", page, err)
		}
	}
	want := []string{
		"/repositories/7/pulls/comments", "/repositories/7", "/repos/octo/demo", // once
		"/repos/octo/demo/pulls/comments", "/repos/octo/demo/pulls/comments",
	}
	if diff := cmp.Diff(want, paths(fake)); diff != "" {
		t.Error(diff)
	}
}

// Another request finds out first.
func TestServerWithoutIDsIsFoundOutMeanwhile(t *testing.T) {
	fake := byName(func(string) *http.Response { return response(200, `{"number":4}`) })
	client := newTestClient(t, fake)
	answer := fake.answer
	fake.answer = func(n int, s sent) (*http.Response, error) {
		client.naming.names.Store(true)
		return answer(n, s)
	}
	if got, err := client.Exists(t.Context(), testRepo, 4); err != nil || got.Presence != Present {
		t.Errorf("%+v, %v", got, err)
	}
}

// An address of another server is asked for by name, and so is each link.
func TestStoredAddressOfAServerWithoutIDs(t *testing.T) {
	fake := byName(nil)
	client := newTestClient(t, fake)
	want := "https://api.example.test/repos/octo/demo/pulls/comments?direction=asc&per_page=100&sort=updated&page=9"
	for range 2 {
		page, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: testRepo, URL: listURL + "&page=9", ETag: "x", Since: jan1})
		if err != nil || len(page.Review) != 1 || page.URL != want {
			t.Fatalf("%+v, %v", page, err)
		}
	}
	client = newTestClient(t, fake)
	for _, address := range []string{want, ""} { // that the first is answered says nothing of ids
		if _, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: testRepo, URL: address}); err != nil {
			t.Fatal(err)
		}
	}
}

// Another repository bears the name: what it has is none of ours.
func TestNameOfAnotherRepository(t *testing.T) {
	other := testRepo
	other.ID = 9
	fake := byName(func(string) *http.Response { return response(200, `{"number":4}`) })
	client := newTestClient(t, fake)
	if page, err := client.ReviewComments(t.Context(), CommentsRequest{Repo: other}); err == nil {
		t.Errorf("got %+v", page)
	}
	if got, err := client.Exists(t.Context(), other, 4); err != nil || got.Presence != Deleted {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestItemsOfAServerWithoutIDs(t *testing.T) {
	issue := func(repo string, number int) string {
		return fmt.Sprintf(`{"number":%d,"repository_url":"https://api.example.test/repos/%s"}`, number, repo)
	}
	redirect := func(to string) *http.Response { return response(301, "{}", "Location", to) }
	tests := []struct {
		name   string
		answer func(path string) *http.Response
		want   Existence
	}{
		{"present", func(string) *http.Response { return response(200, issue("octo/demo", 4)) }, Existence{Presence: Present}},
		{"gone", func(string) *http.Response { return response(410, message("This issue was deleted")) }, Existence{Presence: Deleted, Certain: true}},
		{"not found", func(string) *http.Response { return response(404, "{}") }, Existence{Presence: Deleted}},
		{"in the renamed repository", func(path string) *http.Response {
			if strings.Contains(path, "/demo/") {
				return redirect("/repos/octo/new/issues/4")
			}
			return response(200, issue("octo/new", 4))
		}, Existence{Presence: Present}},
		{"transferred to the same number", func(path string) *http.Response {
			if strings.Contains(path, "/demo/") {
				return redirect("/repos/octo/other/issues/4")
			}
			return response(200, issue("octo/other", 4))
		}, Existence{Presence: Transferred, Target: model.ItemRef{Owner: "octo", Repo: "other", Number: 4}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := newTestClient(t, byName(test.answer)).Exists(t.Context(), testRepo, 4)
			if err != nil {
				t.Fatal(err)
			}
			got.At = 0
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A server that has ids, but answers by name.
func TestIDsThatRedirectToNames(t *testing.T) {
	for status, want := range map[int]Presence{200: Present, 404: Deleted, 410: Deleted} {
		fake := &fakeGitHub{answer: func(_ int, s sent) (*http.Response, error) {
			switch path := strings.TrimPrefix(s.URL, "https://api.example.test"); path {
			case "/repositories/7/issues/4", "/repositories/7":
				return response(301, "{}", "Location", "/repos/Octo/demo"+strings.TrimPrefix(path, "/repositories/7")), nil
			case "/repos/Octo/demo":
				return response(200, `{"id":7}`), nil
			}
			return response(status, `{"number":4}`), nil
		}}
		if got, err := newTestClient(t, fake).Exists(t.Context(), testRepo, 4); err != nil || got.Presence != want {
			t.Errorf("status %d: %+v, %v", status, got, err)
		}
	}
}
