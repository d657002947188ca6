package githubtest

import (
	"strings"
	"testing"
)

func TestNamesAndCountsAreThoseOfTheirTime(t *testing.T) {
	repo := &Repo{Owner: "a", Name: "b", Renames: []Rename{{At: 10, Owner: "c", Name: "d"}, {At: 20, Owner: "c", Name: "e"}}}
	label := &Label{Name: "old", Renames: []LabelRename{{At: 10, Name: "new"}}}
	counts := []Count{{At: 10, N: 1}, {At: 20, N: 5}}
	for _, c := range []struct {
		at          Time
		repo, label string
		n           int
	}{{9, "a/b", "old", 0}, {10, "c/d", "new", 1}, {19, "c/d", "new", 1}, {20, "c/e", "new", 5}} {
		owner, name := repo.NameAt(c.at)
		if got := owner + "/" + name; got != c.repo {
			t.Errorf("at %d: repository %s, want %s", c.at, got, c.repo)
		}
		if got := label.NameAt(c.at); got != c.label {
			t.Errorf("at %d: label %s, want %s", c.at, got, c.label)
		}
		if got := CountAt(counts, c.at); got != c.n {
			t.Errorf("at %d: count %d, want %d", c.at, got, c.n)
		}
	}
}

func TestIndexSortsAndFinds(t *testing.T) {
	repo := &Repo{
		ID: 5, Users: []*User{{Login: "Ada"}}, Labels: []*Label{{Name: "bug"}}, Commits: []*Commit{{OID: "x"}},
		Items: []*Item{{Number: 2, PR: &PR{Reviews: []Review{{ID: 1, SubmittedAt: 9}, {ID: 2, SubmittedAt: 3}}}}, {Number: 1}},
	}
	repo.Index()
	if repo.Items[0].Number != 1 || repo.Item(2).PR.Reviews[0].ID != 2 {
		t.Error("items or reviews are out of order")
	}
	if repo.User("aDA") == nil || repo.Label("bug") == nil || repo.Commit("x") == nil {
		t.Error("a user, label or commit is not found")
	}
	if repo.Item(3) != nil || repo.User("eve") != nil || repo.Label("Bug") != nil || repo.Commit("y") != nil {
		t.Error("something is found that is not there")
	}
	set := &Dataset{Repos: []*Repo{repo}}
	if set.Repo(5) != repo || set.Repo(6) != nil {
		t.Error("repositories are not found by their id")
	}
}

// Every place where an item names something must be checked.
func TestReadFindsEveryDanglingReference(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"comment author", `"id":11,"author":""`, `"id":11,"author":"eve"`, `dataset:6: no user "eve"`},
		{"event actor", `"actor":"ada"`, `"actor":"eve"`, `dataset:6: no user "eve"`},
		{"event label", `"reason":"completed"`, `"label":"x"`, `dataset:6: no label "x"`},
		{"event milestone", `"reason":"completed"`, `"milestone":"x"`, `dataset:6: no milestone "x"`},
		{"event reviewer", `"reason":"completed"`, `"who":"eve"`, `dataset:6: no user "eve"`},
		{"review author", `"id":14,"author":"ada"`, `"id":14,"author":"eve"`, `dataset:7: no user "eve"`},
		{"assignee", `"milestone":"v1"`, `"assignees":["eve"]`, `dataset:7: no user "eve"`},
		{"merge commit", `"headRef":"x"`, `"headRef":"x","mergeOid":"` + strings.Repeat("b", 40) + `"`, `dataset:7: no commit "bbbb`},
		{"deployment creator", `"environment":"production"`, `"environment":"production","creator":"eve"`, `dataset:10: no user "eve"`},
		{"run actor", `"event":"push"`, `"event":"push","actor":"eve"`, `dataset:11: no user "eve"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := strings.Replace(small, c.old, c.new, 1)
			if _, err := Read(strings.NewReader(in)); in == small || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
	team := strings.Replace(small, `"reason":"completed"`, `"who":"team:core"`, 1)
	if _, err := Read(strings.NewReader(team)); err != nil {
		t.Errorf("a team is no login: %v", err)
	}
}
