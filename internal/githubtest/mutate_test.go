package githubtest

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestMutators(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Server) error
		path   string
		before int
		after  int
	}{
		{"delete an item", func(s *Server) error { return s.DeleteItem(sampleRepo, 1) }, repoPath("issues/1"), 200, 410},
		{
			"transfer an item", func(s *Server) error { return s.TransferItem(sampleRepo, 1, &Ref{"acme", "secret", 9}) },
			repoPath("issues/1"), 200, 301,
		},
		{"convert an item", func(s *Server) error { return s.ConvertItem(sampleRepo, 1) }, repoPath("issues/1"), 200, 410},
		{"rename", func(s *Server) error { return s.RenameRepository(sampleRepo, "other", "shuttle") }, repoPath("issues"), 200, 301},
		{"renamed", func(s *Server) error { return s.RenameRepository(sampleRepo, "other", "shuttle") }, "/repos/other/shuttle", 404, 200},
		{"delete a repository", func(s *Server) error { return s.DeleteRepository(sampleRepo) }, repoPath(""), 200, 404},
		{"block", func(s *Server) error { return s.BlockRepository(sampleRepo, "dmca") }, repoPath("issues"), 200, 451},
		{"block otherwise", func(s *Server) error { return s.BlockRepository(sampleRepo, "tos") }, repoPath("issues"), 200, 403},
		{"turn issues off", func(s *Server) error { return s.DisableIssues(sampleRepo, true) }, repoPath("issues"), 200, 410},
		{"pull requests without issues", func(s *Server) error { return s.DisableIssues(sampleRepo, true) }, repoPath("pulls"), 200, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := start(t, sampleOptions())
			if got := get(t, s, test.path).status; got != test.before {
				t.Fatalf("before: %d, want %d", got, test.before)
			}
			if err := test.change(s); err != nil {
				t.Fatal(err)
			}
			if got := get(t, s, test.path).status; got != test.after {
				t.Errorf("after: %d, want %d", got, test.after)
			}
		})
	}
}

func TestVisibility(t *testing.T) {
	s := start(t, sampleOptions())
	if err := s.SetVisibility(sampleRepo, "private"); err != nil {
		t.Fatal(err)
	}
	if r := getAs(t, s, botToken, repoPath("issues")); r.status != http.StatusNotFound {
		t.Errorf("for others: %d", r.status)
	}
	if r := get(t, s, repoPath("issues")); r.status != http.StatusOK {
		t.Errorf("for its reader: %d", r.status)
	}
	body := []byte(`{"query":"{repository(owner:\"acme\",name:\"rocket\"){id}}"}`)
	r, err := send(http.MethodPost, s.GraphQLURL(), botToken, body)
	if err != nil || !strings.Contains(string(r.body), "NOT_FOUND") {
		t.Errorf("by GraphQL: %v %s", err, r.body)
	}
}

func TestBlockingEnds(t *testing.T) {
	s := start(t, sampleOptions())
	for reason, want := range map[string]int{"dmca": http.StatusUnavailableForLegalReasons, "": http.StatusOK} {
		if err := s.BlockRepository(sampleRepo, reason); err != nil {
			t.Fatal(err)
		}
		if got := get(t, s, repoPath("")).status; got != want {
			t.Errorf("%q: %d, want %d", reason, got, want)
		}
	}
}

func TestArchive(t *testing.T) {
	s := start(t, sampleOptions())
	if err := s.ArchiveRepository(sampleRepo); err != nil {
		t.Fatal(err)
	}
	if repo := decode[struct{ Archived bool }](t, get(t, s, repoPath(""))); !repo.Archived {
		t.Error("not archived")
	}
}

func TestMutatorsNameWhatTheyDoNotFind(t *testing.T) {
	s := New(sampleOptions())
	for want, err := range map[string]error{
		"no repository 7": s.DeleteRepository(7), "no item 77 in repository 101": s.DeleteItem(sampleRepo, 77),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestEverythingIsShownAsOfTheClock reads the same addresses at two instants.
func TestEverythingIsShownAsOfTheClock(t *testing.T) {
	clock := &movable{}
	opts := sampleOptions()
	opts.Clock = clock.read
	s := start(t, opts)
	for _, test := range []struct {
		at   Time
		path string
		want string // within the body
	}{
		{hour(9), "/repos/acme/old-rocket", `"full_name":"acme/old-rocket"`},
		{hour(11), repoPath(""), `"stargazers_count":7`},
		{hour(4), "/repos/acme/old-rocket", `"stargazers_count":0`},
		{hour(11), repoPath("issues/2"), "Not Found"},
		{hour(14), repoPath("issues/1"), `"comments":3`},
		{hour(16), repoPath("issues/1"), `"comments":2`},
		{hour(20), repoPath("issues/6"), `"number":6`},
		{hour(64), repoPath("issues/2"), `"state_reason":"reopened"`},
		{hour(65), repoPath("issues/2"), `"state_reason":"not_planned"`},
		{hour(39), repoPath("pulls/3"), `"merged":false`},
		{hour(40), repoPath("pulls/3"), `"merged":true`},
		{hour(24), repoPath("pulls/3"), `"sha":"` + oidOf(77)},
		{hour(25), repoPath("pulls/3"), `"sha":"` + oidOf(2)},
		{hour(25), repoPath("pulls/comments"), `[]`},
		{hour(26), repoPath("pulls/3/reviews"), `"state":"CHANGES_REQUESTED"`},
		{hour(30), repoPath("pulls/3/reviews"), `"state":"DISMISSED"`},
		{hour(59), repoPath("labels"), `"name":"bug"`},
		{hour(60), repoPath("labels"), `"name":"kind/bug"`},
		{hour(39), repoPath("branches/main"), oidOf(1)},
		{hour(40), repoPath("branches/main"), oidOf(3)},
		{hour(41), repoPath("deployments/601/statuses"), `[]`},
		{hour(43), repoPath("deployments/601/statuses"), `"state":"success"`},
		{hour(8), "/repos/acme/old-rocket/actions/runs/701", `"status":"in_progress"`},
		{hour(9) - 1, "/repos/acme/old-rocket/actions/runs/701", `"conclusion":"failure"`},
		{hour(9), "/repos/acme/old-rocket/actions/runs/701", `"run_attempt":2`},
		{hour(12), repoPath("actions/runs/701/attempts/1"), `"conclusion":"failure"`},
		{hour(30), repoPath("releases"), `[]`},
		{hour(31), repoPath("releases"), `"tag_name":"v0.1"`},
	} {
		clock.mu.Lock()
		clock.now = test.at.Time().Add(300 * time.Millisecond)
		clock.mu.Unlock()
		r := get(t, s, test.path)
		if !strings.Contains(string(r.body), test.want) {
			t.Errorf("%s at %s: no %s in %d %.600s", test.path, test.at, test.want, r.status, r.body)
		}
	}
}
