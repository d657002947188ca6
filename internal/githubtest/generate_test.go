package githubtest

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// shapes are repositories of every kind that the properties must hold for.
func shapes() map[string]GenerateOptions {
	start := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	return map[string]GenerateOptions{
		"empty":       {},
		"three items": {Seed: 1, Issues: 1, PullRequests: 2},
		"one hour":    {Seed: 2, Issues: 3, PullRequests: 3, Start: start, End: start.Add(time.Hour)},
		"one week":    {Seed: 3, Issues: 40, PullRequests: 60, Start: start, End: start.AddDate(0, 0, 7)},
		"usual":       {Seed: 4, Issues: 400, PullRequests: 500},
		"queue":       {Seed: 5, Issues: 100, PullRequests: 200, Theme: "shop", MergeQueue: true, MergeMethod: "merge"},
		"rebase":      {Seed: 6, Issues: 50, PullRequests: 150, Theme: "payments", MergeMethod: "rebase", People: 4},
		"bare":        {Seed: 7, Issues: 100, PullRequests: 100, Bare: true},
		"only issues": {Seed: 8, Issues: 100},
		"counted":     {Seed: 9, Issues: 100, PullRequests: 100, Comments: 1000, ReviewComments: 300},
		"silent":      {Seed: 10, Issues: 60, PullRequests: 60, Comments: -1, ReviewComments: -1},
		"lively": {Seed: 11, Issues: 150, PullRequests: 150, Start: start, End: start.AddDate(0, 2, 0), surges: []surge{
			{from: TimeOf(start.AddDate(0, 1, 0)), to: TimeOf(start.AddDate(0, 1, 1)), items: 40, pace: 0.06, every: time.Minute},
		}},
	}
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	write := func(seed uint64) []byte {
		var out bytes.Buffer
		if err := Generate(GenerateOptions{Seed: seed, Issues: 150, PullRequests: 250}).Write(&out); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	first := write(42)
	if !bytes.Equal(first, write(42)) {
		t.Error("two datasets of one seed differ")
	}
	if bytes.Equal(first, write(43)) {
		t.Error("two seeds give the same dataset")
	}
}

func TestTheDemoIsTheSameForTheSameTime(t *testing.T) {
	var first, second bytes.Buffer
	now := time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC)
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := Demo(now).Write(out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two demos of one instant differ")
	}
}

func TestGeneratedRepositoriesMakeSense(t *testing.T) {
	for name, opts := range shapes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := Generate(opts)
			opts.defaults()
			for _, repo := range set.Repos {
				newJudge(t, repo, TimeOf(opts.Start), TimeOf(opts.End)).everything()
			}
			mustPassTheReader(t, set)
		})
	}
}

func mustPassTheReader(t *testing.T, set *Dataset) {
	t.Helper()
	var first, second bytes.Buffer
	if err := set.Write(&first); err != nil {
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
		t.Error("reading what was written gives something else")
	}
}

// totals counts what a repository holds.
func totals(repo *Repo) map[string]int {
	n := map[string]int{}
	for _, item := range repo.Items {
		n["comments"] += len(item.Comments)
		for _, e := range item.Events {
			n[string(e.Kind)]++
		}
		n["edited texts"] += len(item.Edits)
		for _, c := range item.Comments {
			if c.UpdatedAt != 0 {
				n["edited"]++
			}
			if c.DeletedAt != 0 {
				n["deleted comments"]++
			}
		}
		if item.PR == nil {
			n["issues"]++
			continue
		}
		n["pulls"]++
		n["review comments"] += lineComments(item)
		for _, r := range item.PR.Reviews {
			n[r.State]++
			n["replies"] += replies(r)
		}
		for _, c := range item.PR.Commits {
			if c.RemovedAt != 0 {
				n["dropped commits"]++
			}
		}
		if item.PR.Draft {
			n["drafts"]++
		}
		if item.PR.BaseRef != repo.DefaultBranch {
			n["backports"]++
		}
	}
	return n
}

func replies(r Review) int {
	n := 0
	for _, c := range r.Comments {
		if c.ReplyTo != 0 {
			n++
		}
	}
	return n
}

func TestCountsAreExactlyWhatWasAskedFor(t *testing.T) {
	for _, want := range []struct{ issues, pulls, comments, reviewComments int }{
		{1000, 1000, 10000, 3000}, {100, 100, 17, 3}, {3, 2, 200, 100}, {5, 5, -1, -1},
	} {
		t.Run(fmt.Sprint(want), func(t *testing.T) {
			got := totals(Generate(GenerateOptions{
				Seed: 1, Issues: want.issues, PullRequests: want.pulls, Comments: want.comments, ReviewComments: want.reviewComments,
			}).Repos[0])
			for what, n := range map[string]int{
				"issues": want.issues, "pulls": want.pulls, "comments": max(0, want.comments), "review comments": max(0, want.reviewComments),
			} {
				if got[what] != n {
					t.Errorf("%s: got %d, want %d", what, got[what], n)
				}
			}
		})
	}
}

// Everything that the exporter has to cope with must occur, or it is not tested.
func TestEveryKindOfHistoryOccurs(t *testing.T) {
	repo := Generate(GenerateOptions{Seed: 12, Issues: 1500, PullRequests: 1500, MergeQueue: true}).Repos[0]
	got := totals(repo)
	for _, what := range []string{
		"closed", "reopened", "merged", "labeled", "unlabeled", "assigned", "milestoned", "renamed", "cross-referenced", "transferred",
		"converted_to_discussion", "comment_deleted", "ready_for_review", "convert_to_draft", "review_requested", "review_request_removed",
		"review_dismissed", "head_ref_force_pushed", "head_ref_deleted", "added_to_merge_queue", "removed_from_merge_queue",
		"APPROVED", "CHANGES_REQUESTED", "COMMENTED", "replies", "dropped commits", "drafts", "backports", "edited", "edited texts", "deleted comments",
	} {
		if got[what] == 0 {
			t.Errorf("%s never occurs", what)
		}
	}
	if len(repo.Tags) < 10 || len(repo.Releases) < 10 || len(repo.Milestones) < 3 {
		t.Errorf("%d tags, %d releases, %d milestones", len(repo.Tags), len(repo.Releases), len(repo.Milestones))
	}
	got = map[string]int{}
	for _, d := range repo.Deployments {
		for _, s := range d.Statuses {
			got[d.Environment+" "+s.State]++
		}
	}
	for _, r := range repo.Runs {
		got["retried"] += min(1, len(r.Attempts)-1)
		got[r.Attempts[0].Conclusion]++
	}
	for _, item := range repo.Items {
		for _, e := range item.Events {
			got[e.Reason+" "+e.Label]++
		}
		got["gone"] += int(min(1, item.DeletedAt))
	}
	for _, c := range repo.Commits {
		if len(c.Body) > 20 && c.Body[:12] == "This reverts" {
			got["reverts"]++
		}
	}
	for _, what := range []string{
		"production success", "production failure", "production inactive", "staging success", "staging error", "retried", "failure", "cancelled",
		"completed ", "not_planned ", "duplicate ", " incident", " hotfix", " lgtm", " needs-rebase", " do-not-merge/hold", " lifecycle/stale", "gone", "reverts",
	} {
		if got[what] == 0 {
			t.Errorf("%q never occurs", what)
		}
	}
}

// BenchmarkGenerate is the largest repository that is promised.
func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		if n := len(Generate(GenerateOptions{Seed: 1, Issues: 100000, PullRequests: 100000}).Repos[0].Items); n != 200000 {
			b.Fatalf("%d items", n)
		}
	}
}
