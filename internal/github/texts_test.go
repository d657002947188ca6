package github

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/github-dev-exporter/github-dev-exporter/internal/model"
)

var testReader = reader{host: "github.com", owner: "octo", repo: "demo", comments: keepCommands}

func TestMentions(t *testing.T) {
	const sha = "0123456789abcdef0123456789abcdef01234567"
	item := func(kind model.MentionKind, n int) model.Mention {
		return model.Mention{Kind: kind, Item: model.ItemRef{Number: n}}
	}
	foreign := func(kind model.MentionKind, owner, repo string, n int) model.Mention {
		return model.Mention{Kind: kind, Item: model.ItemRef{Owner: owner, Repo: repo, Number: n}}
	}
	oid := func(kind model.MentionKind, oid string) model.Mention { return model.Mention{Kind: kind, OID: oid} }
	tests := []struct {
		name string
		from source
		text string
		want []model.Mention
	}{
		{"nothing", pullBody, "Adds a parser.", nil},
		{"empty", pullBody, "", nil},

		{"git revert", commitMessage, "Revert \"x\"\n\nThis reverts commit " + sha + ".\n", []model.Mention{oid(model.Reverts, sha)}},
		{"git revert of a merge", commitMessage, "This reverts commit " + sha + ", reversing\nchanges made to 89abcdef.", []model.Mention{oid(model.Reverts, sha)}},
		{
			"two reverts", commitMessage, "This reverts commit 1234567.\nThis reverts commit 7654321.",
			[]model.Mention{oid(model.Reverts, "1234567"), oid(model.Reverts, "7654321")},
		},
		{"GitHub's revert", pullBody, "Reverts octo/demo#12", []model.Mention{item(model.Reverts, 12)}},
		{"revert of another repository", pullBody, "Reverts other/thing#12", []model.Mention{foreign(model.Reverts, "other", "thing", 12)}},
		{"revert by number", pullBody, "Too slow.\r\n\r\nreverts #12.\r\n", []model.Mention{item(model.Reverts, 12)}},
		{"revert by address", pullBody, "This reverts https://github.com/Octo/Demo/pull/12", []model.Mention{item(model.Reverts, 12)}},
		{"talk of reverts", pullBody, "If it breaks, one reverts #12 by hand; it reverts nothing yet", nil},
		{"revert in a comment", commentBody, "Reverts #12", nil},
		{"revert in an issue", issueBody, "This reverts commit " + sha, []model.Mention{oid(model.NamesCommit, sha)}},

		{"fixes", pullBody, "Fixes #1", []model.Mention{item(model.Closes, 1)}},
		{
			"every keyword", pullBody, "close #1 closes #2 closed #3 fix #4 fixes #5 fixed #6 resolve #7 resolves #8 resolved #9",
			[]model.Mention{
				item(model.Closes, 1), item(model.Closes, 2), item(model.Closes, 3), item(model.Closes, 4), item(model.Closes, 5),
				item(model.Closes, 6), item(model.Closes, 7), item(model.Closes, 8), item(model.Closes, 9),
			},
		},
		{"colon and capitals", pullBody, "CLOSES: #10", []model.Mention{item(model.Closes, 10)}},
		{
			"several", pullBody, "Resolves #10, resolves octo/demo#123, resolves other/thing#100",
			[]model.Mention{item(model.Closes, 10), item(model.Closes, 123), foreign(model.Closes, "other", "thing", 100)},
		},
		{"each once", pullBody, "fixes #1, fixes OCTO/demo#1", []model.Mention{item(model.Closes, 1)}},
		{"address", pullBody, "fix https://github.com/octo/demo/issues/7.", []model.Mention{item(model.Closes, 7)}},
		{"address elsewhere", pullBody, "fix https://gitlab.com/octo/demo/issues/7", nil},
		{"in parentheses", pullBody, "(fixes #3)", []model.Mention{item(model.Closes, 3)}},
		{"in a commit", commitMessage, "parser: mend\n\nFixes #3", []model.Mention{item(model.Closes, 3)}},
		{"part of a word", pullBody, "prefixes #1 bugfix #2 hot-fix #3", nil},
		{"no number", pullBody, "fixes # 1, fixes #abc, fixes #0", nil},
		{"number of a word", pullBody, "fixes #1st", nil},
		{"huge number", pullBody, "fixes #99999999999999, closes #4294967296", nil},
		{"in a template's comment", pullBody, "<!-- fixes #1 -->\nNo issue.", nil},
		{"in code", pullBody, "```\nfixes #1\n```\nfixes #2", []model.Mention{item(model.Closes, 2)}},
		{"quoted", pullBody, "> fixes #1\nNo.", nil},
		{"closing keyword in an issue", issueBody, "fixes #1", nil},
		{"closing keyword in a comment", commentBody, "fixes #1", nil},

		{"root cause commit", issueBody, "Root cause: " + sha, []model.Mention{oid(model.RootCause, sha)}},
		{"root cause in bold", commentBody, "**Root cause:** `abc1234`", []model.Mention{oid(model.RootCause, "abc1234")}},
		{"root cause with a dash", issueBody, "root-cause: commit ABC1234", []model.Mention{oid(model.RootCause, "abc1234")}},
		{"caused by", issueBody, "Caused by #15.", []model.Mention{item(model.RootCause, 15)}},
		{"caused by another repository", commentBody, "was caused by other/thing#15", []model.Mention{foreign(model.RootCause, "other", "thing", 15)}},
		{"caused by an address", issueBody, "caused by: https://github.com/octo/demo/pull/15/files", []model.Mention{item(model.RootCause, 15)}},
		{"a commit's name", commentBody, "It began with abc1234, see `" + sha + "`.", []model.Mention{oid(model.NamesCommit, "abc1234"), oid(model.NamesCommit, sha)}},
		{"a commit's address", issueBody, "https://github.com/octo/demo/commit/" + sha, []model.Mention{oid(model.NamesCommit, sha)}},
		{"a commit's address elsewhere", issueBody, "https://example.org/octo/demo/commit/" + sha, nil},
		{"no names of commits", commentBody, "1234567 decade facade #1234567 v1.abc1234 /abc1234 deadbeefs1", nil},
		{"a list of commits", commentBody, strings.Repeat("- abc1230\n- abc1231\n- abc1232\n", 1) + "- abc1233\n- abc1234\n- abc1235\n- abc1236\n- abc1237\n- abc1238\n", nil},
		{"a commit's name in a pull request", pullBody, "abc1234", nil},
		{"a deployment's address", issueBody, "https://api.github.com/repos/octo/demo/deployments/4711", []model.Mention{item(model.NamesDeployment, 4711)}},
		{"a deployment's id", commentBody, "Deployment 4711 and deployment id: 4712", []model.Mention{item(model.NamesDeployment, 4711), item(model.NamesDeployment, 4712)}},
		{"no deployment's id", commentBody, "2 deployments in 30 days, deployment v3", nil},
		{"caused by a commit's address", issueBody, "caused by https://github.com/octo/demo/commit/" + sha, []model.Mention{oid(model.RootCause, sha)}},
		{"caused by a word", issueBody, "caused by defaced pages; root cause: unknown", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, testReader.mentions(test.from, test.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzMentions(f *testing.F) {
	for _, seed := range []string{
		"Fixes octo/demo#12", "This reverts commit 0123456789abcdef.", "root cause: `abc1234`",
		"<!-- x -->> fixes #1\n```", "caused by https://github.com/a/b/pull/2", "Reverts: pr #3\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for from := pullBody; from <= commitMessage; from++ {
			found := testReader.mentions(from, text)
			for i, m := range found {
				if (m.OID == "") == (m.Item.Number == 0) || m.Item.Number < 0 || m.Kind < model.Reverts || m.Kind > model.NamesDeployment {
					t.Errorf("%+v is no fact", m)
				}
				if (m.Item.Owner == "") != (m.Item.Repo == "") {
					t.Errorf("half a repository: %+v", m)
				}
				if m.OID != "" && !strings.Contains(strings.ToLower(text), m.OID) {
					t.Errorf("%s is not in the text", m.OID)
				}
				for _, other := range found[:i] {
					if m == other {
						t.Errorf("%+v twice", m)
					}
				}
			}
		}
	})
}

func TestKeptTextOfComments(t *testing.T) {
	const text = "Thanks!\r\n/lgtm \r\n  @octocat please\n> /hold\nsee a/b and x@y\n/retest"
	tests := []struct{ policy, want string }{
		{"none", ""},
		{"", "/lgtm\n@octocat please\n/retest"},
		{"commands", "/lgtm\n@octocat please\n/retest"},
		{"full", "Thanks!\n/lgtm \n  @octocat please\n> /hold\nsee a/b and x@y\n/retest"},
	}
	for _, test := range tests {
		policy, err := parseCommentPolicy(test.policy)
		if err != nil {
			t.Fatal(err)
		}
		if got := policy.keep(text); got != test.want {
			t.Errorf("%s keeps %q, want %q", test.policy, got, test.want)
		}
	}
	if _, err := parseCommentPolicy("some"); err == nil {
		t.Error("some is taken for a policy")
	}
}

func TestWebHost(t *testing.T) {
	for api, want := range map[string]string{
		"https://api.github.com/":          "github.com",
		"https://ghe.example.com/api/v3":   "ghe.example.com",
		"https://api.octo.ghe.com/":        "octo.ghe.com",
		"http://127.0.0.1:8080/":           "github.com",
		"https://ghe.example.com/api/v3/":  "ghe.example.com",
		"https://ghe.example.com:1/api/v3": "ghe.example.com:1",
	} {
		c := &Client{}
		if err := c.setURLs(api, ""); err != nil || c.webHost != want {
			t.Errorf("%s: %s, want %s (%v)", api, c.webHost, want, err)
		}
	}
}
