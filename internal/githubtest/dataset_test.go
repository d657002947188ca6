package githubtest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// realData is the public history of a repository, which is not part of this project.
var realData = filepath.Join("..", "..", "..", "shared", "data", "mls-protocol.jsonl.gz")

// loadReal loads the real repository. Without its file the test is skipped,
// but not where continuous integration runs.
func loadReal(t *testing.T) *Dataset {
	t.Helper()
	if _, err := os.Stat(realData); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the dataset %s is missing, and CI must not run without it", realData)
		}
		t.Skipf("SKIPPED: the dataset %s is missing; put ../shared/data beside the project to run this test", realData)
	}
	set, err := Load(realData)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestRealDataHasTheCountsOfItsReadme(t *testing.T) {
	repo := loadReal(t).Repos[0]
	got := map[string]int{
		"users": len(repo.Users), "labels": len(repo.Labels), "commits": len(repo.Commits),
		"tags": len(repo.Tags), "releases": len(repo.Releases),
	}
	for _, item := range repo.Items {
		got["comments"] += len(item.Comments)
		if item.Events[len(item.Events)-1].Kind == Closed {
			got["closed"]++
		}
		if item.PR == nil {
			got["issues"]++
			continue
		}
		got["pulls"]++
		if item.PR.MergeOID != "" {
			got["merged"]++
		}
		got["reviews"] += len(item.PR.Reviews)
		for _, review := range item.PR.Reviews {
			got["review comments"] += len(review.Comments)
		}
	}
	want := map[string]int{
		"users": 77, "labels": 33, "commits": 2225, "tags": 23, "releases": 23, "issues": 303, "pulls": 582,
		"merged": 505, "comments": 1435, "reviews": 1370, "review comments": 1720, "closed": 885,
	}
	for what, n := range want {
		if got[what] != n {
			t.Errorf("%s: got %d, want %d", what, got[what], n)
		}
	}
}

func TestWriteThenReadKeepsTheRealData(t *testing.T) {
	var first, second bytes.Buffer
	if err := loadReal(t).Write(&first); err != nil {
		t.Fatal(err)
	}
	again, err := Read(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Write(&second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("what was written and read again is written differently")
	}
}
