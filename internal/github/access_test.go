package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

// pair prepares a client of ann and bob and a repository whose home is ann.
func pair(t *testing.T, h *hub) (*Client, model.Repository) {
	t.Helper()
	client := h.client(t, "ann", "bob")
	if err := client.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	repo := homed(t, client, "ann")
	return client, repo
}

func wantAnswers(t *testing.T, h *hub, want map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, h.answered()); diff != "" {
		t.Error(diff)
	}
}

// Who may not see a repository is not asked for it for an hour; then it may be otherwise.
func TestDeniedRepositoryHasAnotherHome(t *testing.T) {
	reads := map[string]func(context.Context, *Client, model.Repository) error{
		"ann IssuesPage": askPage,
		"ann ": func(ctx context.Context, c *Client, repo model.Repository) error {
			_, err := c.ReviewComments(ctx, CommentsRequest{Repo: repo})
			return err
		},
		"ann Probe": func(ctx context.Context, c *Client, repo model.Repository) error {
			return c.Probe(ctx, []model.Repository{repo})[0].Err
		},
	}
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHub()
				client, repo := pair(t, h)
				client.naming.ids.Store(true)
				h.refuse = hides("ann", repo)
				bob := strings.Replace(name, "ann", "bob", 1)
				for _, want := range []map[string]int{{"ann refused": 1, bob: 1}, {bob: 1}} {
					if err := read(t.Context(), client, repo); err != nil || client.Home(repo) != "bob" {
						t.Errorf("%v, home %s", err, client.Home(repo))
					}
					wantAnswers(t, h, want)
				}
				h.refuse = nil
				time.Sleep(deniedFor)
				if err := read(t.Context(), client, repo); err != nil || client.Home(repo) != "ann" {
					t.Errorf("%v, home %s", err, client.Home(repo))
				}
				wantAnswers(t, h, map[string]int{name: 1})
			})
		})
	}
}

// Where nobody sees a repository, its home alone is asked again: it may have
// come back.
func TestRepositoryThatNobodySees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		client, repo := pair(t, h)
		h.refuse = func(_ string, s sent) *http.Response { return hides("", repo)("", s) }
		err := askPage(t.Context(), client, repo)
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%v, want %v", err, ErrNotFound)
		}
		wantAnswers(t, h, map[string]int{"ann refused": 1, "bob refused": 1})
		if err := askPage(t.Context(), client, repo); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v, want %v", err, ErrNotFound)
		}
		if probe := client.Probe(t.Context(), []model.Repository{repo})[0]; !errors.Is(probe.Err, ErrNotFound) {
			t.Errorf("%v, want %v", probe.Err, ErrNotFound)
		}
		wantAnswers(t, h, map[string]int{"ann refused": 2})
		h.refuse = nil
		if err := askPage(t.Context(), client, repo); err != nil {
			t.Error(err)
		}
	})
}

// While the one that saw a repository cannot be used, that others do not see it
// does not mean that it is gone.
func TestAbsenceNeedsEverybody(t *testing.T) {
	for name, disable := range map[string]func(*hub, *Client){
		"refused": func(h *hub, _ *Client) { h.revoked["bob"] = true },
		"used up": func(_ *hub, c *Client) {
			c.pool.limiters["bob"].exhausted(resourceGraphQL, time.Now().Add(time.Hour))
		},
		"paused": func(_ *hub, c *Client) { c.pool.limiters["bob"].strike(time.Hour, time.Now()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHub()
				client, repo := pair(t, h)
				h.refuse = hides("ann", repo)
				disable(h, client)
				for range 2 {
					err := askPage(t.Context(), client, repo)
					if err == nil || errors.Is(err, ErrNotFound) {
						t.Errorf("page: %v", err)
					}
					probe := client.Probe(t.Context(), []model.Repository{repo})[0]
					if probe.Err == nil || errors.Is(probe.Err, ErrNotFound) {
						t.Errorf("probe: %v", probe.Err)
					}
				}
			})
		})
	}
}

// What one lacks a permission for others read, who go on to read the rest.
func TestPermissionsAreDeniedOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		client, repo := pair(t, h)
		h.refuse = func(login string, s sent) *http.Response {
			if login == "ann" && s.Operation == "PullsPage" {
				return response(200, graphQLErrors(`{"node":null}`, `"type":"FORBIDDEN","path":["node","pullRequests"],"message":"Resource not accessible"`))
			}
			return nil
		}
		for range 2 {
			if _, err := client.PullRequests(t.Context(), PageRequest{Repo: repo}); err != nil {
				t.Error(err)
			}
			if err := askPage(t.Context(), client, repo); err != nil {
				t.Error(err)
			}
		}
		wantAnswers(t, h, map[string]int{"ann refused": 1, "bob PullsPage": 2, "ann IssuesPage": 2})
	})
}

// Single items are asked for where the repository was read: what others do not
// find proves nothing.
func TestItemsAreAskedForWhereTheRepositoryIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub()
		client, repo := pair(t, h)
		if err := askPage(t.Context(), client, repo); err != nil {
			t.Fatal(err)
		}
		client.pool.limiters["ann"].exhausted(resourceCore, time.Now().Add(time.Hour))
		if _, err := client.Exists(t.Context(), repo, 1); !errors.Is(err, ErrRateLimited) {
			t.Errorf("%v, want to wait for ann", err)
		}
		repo.Visibility = "public"
		h.answered()
		_, _ = client.Exists(t.Context(), repo, 1)
		if n := h.answered()["bob "]; n == 0 {
			t.Error("what is public anybody reads")
		}
	})
}

// An identity reads its own account's repositories and what is public.
func TestInstallationsAndOwners(t *testing.T) {
	tok := func(account string) *token { return &token{credential: credential{account: account}} }
	private, public := model.Repository{Owner: "Octo", Visibility: "private"}, model.Repository{Owner: "octo", Visibility: "public"}
	for _, test := range []struct {
		account string
		repo    model.Repository
		want    bool
	}{
		{"", private, true},
		{"octo", private, true},
		{"acme", private, false},
		{"acme", public, true},
		{"acme", model.Repository{Owner: "octo", Visibility: "internal"}, false},
		{"acme", model.Repository{Owner: "octo", Name: "unknown"}, true},
	} {
		if got := tok(test.account).may(test.repo); got != test.want {
			t.Errorf("%q may read %+v: %v", test.account, test.repo, got)
		}
	}
}

// Errors say which token it is and what to grant it, and no link that GitHub gives.
func TestAdvice(t *testing.T) {
	sso := `https://github.com/orgs/octo/sso?authorization_request=AAAAAAAA`
	tests := []struct {
		name   string
		answer func() (*http.Response, error)
		want   string
		is     error
	}{
		{
			"sso", answer(403, message("Resource protected by organization SAML enforcement. "+sso), "X-GitHub-SSO", "required; url="+sso),
			"github: pulls/comments of octo/demo: sso (status 403): token main is not authorised for the single sign-on of octo: authorise it for that organisation", ErrForbidden,
		},
		{
			"permission of the header",
			answer(403, message("Resource not accessible by personal access token"), "X-Accepted-GitHub-Permissions", "issues=read; pull_requests=read,metadata=read"),
			"github: pulls/comments of octo/demo: forbidden (status 403): token main lacks a permission on octo/demo: grant it read access to issues, or read access to pull requests and read access to metadata (Resource not accessible by personal access token)", ErrForbidden,
		},
		{
			"permission of the table", answer(403, message("Resource not accessible by integration")),
			"github: pulls/comments of octo/demo: forbidden (status 403): token main lacks a permission on octo/demo: grant it read access to Pull requests (Resource not accessible by integration)", ErrForbidden,
		},
		{
			"not found", answer(404, message("Not Found")),
			"github: pulls/comments of octo/demo: not found (status 404): octo/demo does not exist, or token main may not see it: give it " + allPermissions, ErrNotFound,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := newTestClient(t, answers(test.answer)).ReviewComments(t.Context(), CommentsRequest{Repo: testRepo})
			if fmt.Sprint(err) != test.want || !errors.Is(err, test.is) {
				t.Errorf("\n got %v\nwant %s", err, test.want)
			}
		})
	}
	if got, want := (&token{credential: credential{kind: kindApp, account: "acme"}}).remedy("octo"), "install its App on octo"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
