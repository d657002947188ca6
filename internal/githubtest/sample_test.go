package githubtest

import (
	"fmt"
	"strings"
	"time"
)

// The sample's instants: it begins on 1 January 2024 and is looked at in June.
var (
	sampleStart = TimeOf(time.Date(2024, 1, 1, 9, 0, 0, 0, time.UTC))
	sampleNow   = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)
)

const (
	sampleRepo    = int64(101)
	privateRepo   = int64(102)
	emptyRepo     = int64(103)
	sampleFillers = 240 // issues that only make lists long
)

// hour gives the instant that many hours after the sample's beginning.
func hour(n int) Time { return sampleStart.Add(time.Duration(n) * time.Hour) }

func oidOf(n int) string { return fmt.Sprintf("%040x", 0xabc000+n) }

// sample is a dataset with at least one of everything that a dataset may hold, small
// enough to know by heart.
func sample() *Dataset {
	main := &Repo{
		ID: sampleRepo, Owner: "acme", OwnerType: "Organization", OwnerID: 11, Name: "old-rocket", DefaultBranch: "main",
		CreatedAt: sampleStart, Description: "A rocket", Language: "Go",
		Renames: []Rename{{At: hour(10), Owner: "acme", Name: "rocket"}},
		Stars:   []Count{{At: hour(5), N: 7}}, Forks: []Count{{At: hour(6), N: 2}},
		Watchers: []Count{{At: hour(7), N: 3}}, SizeKB: []Count{{At: hour(1), N: 120}},
		Users: []*User{
			{ID: 1, Login: "alice", Type: "User", Name: "Alice"},
			{ID: 2, Login: "bob", Type: "User"},
			{ID: 3, Login: "dependabot[bot]", Type: "Bot"},
			{ID: 4, Login: "carol", Type: "User", DeletedAt: hour(100)},
		},
		Labels: []*Label{
			{ID: 201, Name: "bug", Color: "d73a4a", Description: "Broken", Renames: []LabelRename{{At: hour(60), Name: "kind/bug"}}},
			{ID: 202, Name: "docs", Color: "0075ca"},
			{ID: 203, Name: "stale", Color: "ffffff", DeletedAt: hour(90)},
		},
		Milestones: []*Milestone{
			{ID: 301, Number: 1, Title: "v1", Creator: "alice", CreatedAt: hour(2), DueOn: hour(900)},
			{ID: 302, Number: 2, Title: "v2", Creator: "bob", CreatedAt: hour(3), ClosedAt: hour(50)},
		},
		Commits:   sampleCommits(),
		Tags:      []*Tag{{Name: "v0.1", OID: oidOf(1), At: hour(30)}, {Name: "v0.2", OID: oidOf(3), At: hour(80), TagOID: oidOf(900)}},
		Releases:  sampleReleases(),
		Workflows: []*Workflow{{ID: 501, Name: "CI", Path: ".github/workflows/ci.yml", CreatedAt: hour(1)}},
		Runs:      sampleRuns(),
	}
	main.Deployments = sampleDeployments()
	main.Items = append(sampleIssues(), samplePulls()...)
	for n := range sampleFillers {
		main.Items = append(main.Items, &Item{
			Number: 100 + n, ID: 10_000 + int64(n), Author: "bob", CreatedAt: hour(200 + n/7), Title: fmt.Sprint("Filler ", n),
		})
	}
	secret := &Repo{
		ID: privateRepo, Owner: "acme", OwnerType: "Organization", OwnerID: 11, Name: "secret", Visibility: "private",
		DefaultBranch: "main", CreatedAt: sampleStart, Commits: sampleCommits()[:1], Users: main.Users,
		Items: []*Item{{Number: 9, ID: 9009, Author: "alice", CreatedAt: hour(20), Title: "Moved here"}},
	}
	empty := &Repo{
		ID: emptyRepo, Owner: "alice", OwnerType: "User", OwnerID: 1, Name: "empty", DefaultBranch: "main",
		CreatedAt: sampleStart, Users: main.Users,
	}
	d := &Dataset{Repos: []*Repo{main, secret, empty}}
	for _, r := range d.Repos {
		r.Index()
	}
	return d
}

func sampleCommits() []*Commit {
	var out []*Commit
	commit := func(n int, landed Time, parents ...string) {
		at := hour(8 * n)
		out = append(out, &Commit{
			OID: oidOf(n), Parents: parents, Author: Signature{"alice", at}, Committer: Signature{"bob", at},
			Headline: fmt.Sprint("Change ", n), Body: "Details.", Additions: n, Deletions: 1, ChangedFiles: 1,
			LandedAt: landed, Mainline: landed != 0,
		})
	}
	commit(1, hour(8))
	commit(2, 0, oidOf(1))
	commit(3, hour(40), oidOf(1), oidOf(2))
	commit(4, 0, oidOf(3))
	commit(5, 0, oidOf(3))
	commit(6, hour(70), oidOf(3))
	return out
}

func sampleReleases() []*Release {
	return []*Release{
		{ID: 401, Tag: "v0.1", Name: "First", Author: "alice", CreatedAt: hour(8), PublishedAt: hour(31)},
		{ID: 402, Tag: "v0.2", Author: "bob", CreatedAt: hour(40), PublishedAt: hour(81), Prerelease: true},
		{ID: 403, Tag: "v0.3", Author: "bob", CreatedAt: hour(40), PublishedAt: hour(100_000)},
	}
}

func sampleDeployments() []*Deployment {
	return []*Deployment{
		{ID: 601, OID: oidOf(3), Ref: "main", Environment: "production", Creator: "bob", CreatedAt: hour(41), Statuses: []DeploymentStatus{
			{ID: 611, State: "in_progress", Creator: "bob", At: hour(42)},
			{ID: 612, State: "success", Creator: "bob", At: hour(43)},
			{ID: 613, State: "inactive", Creator: "bob", At: hour(72)},
		}},
		{
			ID: 602, OID: oidOf(6), Ref: "main", Environment: "production", Creator: "bob", CreatedAt: hour(71),
			Statuses: []DeploymentStatus{{ID: 621, State: "failure", Creator: "bob", At: hour(72)}},
		},
		{ID: 603, OID: oidOf(6), Ref: "main", Environment: "staging", CreatedAt: hour(71), Description: "Waits"},
	}
}

func sampleRuns() []*Run {
	var out []*Run
	for n := range 5 {
		at := hour(8 + 10*n)
		out = append(out, &Run{
			ID: 701 + int64(n), Workflow: 501, Number: n + 1, Event: "push", Branch: "main", OID: oidOf(1), Actor: "alice", CreatedAt: at,
			Attempts: []Attempt{
				{Actor: "alice", StartedAt: at, CompletedAt: at.Add(time.Minute), Conclusion: "failure", Jobs: []Job{
					{ID: 7100 + int64(n), Name: "test", CreatedAt: at, StartedAt: at + 5, CompletedAt: at + 60, Conclusion: "failure"},
				}},
				{Actor: "bob", StartedAt: at.Add(time.Hour), CompletedAt: at.Add(time.Hour) + 60, Conclusion: "success", Jobs: []Job{
					{
						ID: 7200 + int64(n), Name: "test", CreatedAt: at.Add(time.Hour), StartedAt: at.Add(time.Hour) + 5,
						CompletedAt: at.Add(time.Hour) + 60, Conclusion: "success",
					},
				}},
			},
		})
	}
	return out
}

func sampleIssues() []*Item {
	everything := []Event{
		{Kind: Labeled, Label: "bug", Actor: "alice"},
		{Kind: Labeled, Label: "stale", Actor: "dependabot[bot]"},
		{Kind: Unlabeled, Label: "stale", Actor: "alice"},
		{Kind: Assigned, Who: "bob", Actor: "alice"},
		{Kind: Unassigned, Who: "bob", Actor: "alice"},
		{Kind: Milestoned, Milestone: "v1", Actor: "alice"},
		{Kind: Demilestoned, Milestone: "v1", Actor: "alice"},
		{Kind: Renamed, From: "Old", To: "New", Actor: "alice"},
		{Kind: CrossReferenced, Actor: "bob", Source: &Ref{"acme", "rocket", 3}},
		{Kind: Locked, Actor: "alice"},
		{Kind: Unlocked, Actor: "alice"},
		{Kind: Mentioned, Actor: "bob"},
		{Kind: Subscribed, Actor: "bob"},
		{Kind: Closed, Reason: "completed", Actor: "carol"},
		{Kind: Reopened, Actor: "alice"},
		{Kind: Closed, Reason: "not_planned", Actor: "bob"},
		{Kind: CommentDeleted, Actor: "alice"},
	}
	for i := range everything {
		everything[i].ID, everything[i].At = 800+int64(i), hour(50+i)
	}
	return []*Item{
		{
			Number: 1, ID: 1001, Author: "alice", CreatedAt: hour(11), Title: "It does not fly", Body: "At all.", Labels: []string{"bug", "stale"},
			Assignees: []string{"bob"}, Milestone: "v1", AuthorAssociation: "MEMBER", Comments: []Comment{
				{ID: 1101, Author: "bob", CreatedAt: hour(12), Body: "Why?"},
				{ID: 1102, Author: "carol", CreatedAt: hour(13), Body: "Hm", Edits: []Edit{{At: hour(95), Body: "Hm!"}}},
				{ID: 1103, Author: "bob", CreatedAt: hour(14), Body: "Spam", DeletedAt: hour(15)},
			},
		},
		{Number: 2, ID: 1002, Author: "carol", CreatedAt: hour(12), Title: "Old", Events: everything},
		{Number: 6, ID: 1006, Author: "alice", CreatedAt: hour(20), DeletedAt: hour(21)},
		{Number: 7, ID: 1007, Author: "alice", CreatedAt: hour(20), TransferredAt: hour(22), TransferredTo: &Ref{"acme", "secret", 9}},
		{Number: 8, ID: 1008, Author: "alice", CreatedAt: hour(20), ConvertedAt: hour(23)},
	}
}

func samplePulls() []*Item {
	reviews := []Review{
		{
			ID: 901, Author: "bob", State: "CHANGES_REQUESTED", SubmittedAt: hour(26), DismissedAt: hour(30), AbbrevOID: oidOf(2)[:38],
			Comments: []ReviewComment{
				{ID: 911, Path: "main.go", Position: 4, CreatedAt: hour(25), Body: "No."},
				{ID: 912, ReplyTo: 911, Path: "main.go", Position: 4, CreatedAt: hour(26), UpdatedAt: hour(44), Body: "No!"},
			},
		},
		{ID: 902, Author: "bob", State: "APPROVED", SubmittedAt: hour(35), Body: "Good"},
	}
	return []*Item{
		{Number: 3, ID: 2003, Author: "alice", CreatedAt: hour(24), Title: "Make it fly", Body: "Fixes #1", Closes: []int{1}, PR: &PR{
			IssueID: 1003, BaseRef: "main", BaseOID: oidOf(1), HeadRef: "fly", HeadOID: oidOf(2), HeadRepo: "acme/rocket",
			MergeOID: oidOf(3), Additions: 5, Deletions: 2, ChangedFiles: 1, Reviews: reviews,
			Commits: []PRCommit{{OID: oidOf(77), PushedAt: hour(24), RemovedAt: hour(25)}, {OID: oidOf(2), PushedAt: hour(25)}},
		}, Events: []Event{
			{ID: 850, Kind: ReviewRequested, At: hour(24), Actor: "alice", Who: "bob"},
			{ID: 851, Kind: ReviewRequested, At: hour(24), Actor: "alice", Who: "team:core"},
			{ID: 852, Kind: HeadRefForcePushed, At: hour(25), Actor: "alice", Before: oidOf(77), OID: oidOf(2)},
			{ID: 853, Kind: ReviewDismissed, At: hour(30), Actor: "alice", Review: 901, State: "CHANGES_REQUESTED", Reason: "Done"},
			{ID: 854, Kind: ReviewRequestRemoved, At: hour(31), Actor: "alice", Who: "team:core"},
			{ID: 855, Kind: Merged, At: hour(40), Actor: "bob", OID: oidOf(3)},
			{ID: 856, Kind: Closed, At: hour(40), Actor: "bob"},
			{ID: 857, Kind: HeadRefDeleted, At: hour(41), Actor: "bob"},
		}},
		{Number: 4, ID: 2004, Author: "bob", CreatedAt: hour(45), Title: "More", Labels: []string{"docs"}, Assignees: []string{"bob"}, PR: &PR{
			IssueID: 1004, BaseRef: "main", BaseOID: oidOf(3), HeadRef: "more", HeadOID: oidOf(4), HeadRepo: "bob/rocket",
			Draft: true, Commits: []PRCommit{{OID: oidOf(4), PushedAt: hour(45)}},
		}, Events: []Event{
			{ID: 860, Kind: ReviewRequested, At: hour(46), Actor: "bob", Who: "alice"},
			{ID: 861, Kind: ReviewRequested, At: hour(46), Actor: "bob", Who: "team:core"},
		}},
		{Number: 5, ID: 2005, Author: "", CreatedAt: hour(46), Title: "Never", PR: &PR{
			IssueID: 1005, BaseRef: "main", HeadRef: "never", HeadOID: oidOf(5), Commits: []PRCommit{{OID: oidOf(5), PushedAt: hour(46)}},
		}, Events: []Event{{ID: 870, Kind: Closed, At: hour(47)}}},
		{Number: 9, ID: 2009, Author: "bob", CreatedAt: hour(48), Title: "Long", PR: &PR{
			IssueID: 1009, BaseRef: "main", HeadRef: "long", HeadOID: oidOf(5299), HeadRepo: "acme/rocket", Commits: longBranch(),
		}},
	}
}

// longBranch has more commits than REST lists.
func longBranch() []PRCommit {
	var out []PRCommit
	for n := range 300 {
		out = append(out, PRCommit{OID: oidOf(5000 + n), PushedAt: hour(48)})
	}
	return out
}

// repoPath gives an address below the sample's main repository.
func repoPath(below string) string { return "/repos/acme/rocket" + strings.TrimSuffix("/"+below, "/") }
