package githubtest

import "testing"

// The ids are those that GitHub gave these objects.
func TestGlobalIDIsAsGitHubFormsIt(t *testing.T) {
	const repository = 109873129
	for _, c := range []struct{ name, got, want string }{
		{"pull request", GlobalID("PR", repository, 943362385), "PR_kwDOBoyH6c44OpFR"},
		{"review", GlobalID("PRR", repository, 982342982), "PRR_kwDOBoyH6c46jV1G"},
		{"repository", GlobalID("R", 1296269), "R_kgDOABPHjQ"},
		{"commit", CommitGlobalID(repository, "53fc5e6d289a3c69fb7c6a9cd9478a28298c2101"), "C_kwDOBoyH6doAKDUzZmM1ZTZkMjg5YTNjNjlmYjdjNmE5Y2Q5NDc4YTI4Mjk4YzIxMDE"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, c.got, c.want)
		}
	}
}

func TestGlobalIDsOfEveryTypeInTheRealData(t *testing.T) {
	repo := loadReal(t).Repos[0]
	checked := 0
	for _, item := range repo.Items {
		prefix := "I"
		if item.PR != nil {
			prefix = "PR"
		}
		if item.NodeID[:2] != "MD" { // made after the format changed
			checked++
			if got := GlobalID(prefix, repo.ID, item.ID); got != item.NodeID {
				t.Errorf("#%d: got %s, want %s", item.Number, got, item.NodeID)
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d ids in the new format", checked)
	}
}
