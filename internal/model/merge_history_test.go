package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mergeLaws checks on random reads of one record that order, repetition and
// grouping do not matter. The reads contradict each other more than GitHub's do.
func mergeLaws[T any](t *testing.T, random func(*rand.Rand) T, merge func(a, b T) T) {
	t.Helper()
	fold := func(reads []T) T {
		out := reads[0]
		for _, r := range reads[1:] {
			out = merge(out, r)
		}
		return merge(out, out)
	}
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 7))
		var reads []T
		for range 1 + r.IntN(6) {
			reads = append(reads, random(r))
		}
		want := fold(reads)
		mixed := slices.Concat(reads, reads[:r.IntN(len(reads)+1)])
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if diff := cmp.Diff(want, fold(mixed)); diff != "" {
			t.Fatalf("seed %d: another order or a repetition gives another record:\n%s", seed, diff)
		}
		half := r.IntN(len(reads))
		if half > 0 {
			if diff := cmp.Diff(want, merge(fold(reads[:half]), fold(reads[half:]))); diff != "" {
				t.Fatalf("seed %d: another grouping gives another record:\n%s", seed, diff)
			}
		}
	}
}

func few(r *rand.Rand) Instant { return Instant(r.IntN(4)) }

func oneOf(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }

func TestMergeLawsOfHistory(t *testing.T) {
	t.Run("commit", func(t *testing.T) {
		mergeLaws(t, func(r *rand.Rand) BranchCommit {
			c := BranchCommit{OID: "aa", CommittedAt: few(r)}
			for range r.IntN(3) {
				c.Parents = append(c.Parents, oneOf(r, "bb", "cc"))
			}
			return c
		}, MergeCommit)
	})
	t.Run("tag", func(t *testing.T) {
		mergeLaws(t, func(r *rand.Rand) Tag {
			if r.IntN(3) == 0 {
				return Tag{Name: "v1", GoneAt: 1 + few(r)}
			}
			return Tag{Name: "v1", OID: oneOf(r, "aa", "bb"), TaggedAt: few(r), CommittedAt: few(r), ReadAt: 1 + few(r)}
		}, MergeTag)
	})
	t.Run("release", func(t *testing.T) {
		mergeLaws(t, func(r *rand.Rand) Release {
			if r.IntN(3) == 0 {
				return Release{ID: 1, GoneAt: 1 + few(r)}
			}
			return Release{
				ID: 1, Tag: oneOf(r, "v1", "v2"), OID: oneOf(r, "", "aa", "bb"), Prerelease: r.IntN(2) == 0,
				PublishedAt: few(r), UpdatedAt: 1 + few(r), ReadAt: 1 + few(r),
			}
		}, MergeRelease)
	})
	t.Run("deployment", func(t *testing.T) { mergeLaws(t, randomDeployment, MergeDeployment) })
	t.Run("run", func(t *testing.T) {
		mergeLaws(t, func(r *rand.Rand) Run {
			run := Run{ID: 1, Attempt: 1, Status: oneOf(r, "queued", "completed"), UpdatedAt: few(r), ReadAt: few(r), CompletedAt: few(r)}
			if r.IntN(2) == 0 {
				run.JobAt = few(r)
			}
			return run
		}, MergeRun)
	})
	t.Run("milestone", func(t *testing.T) {
		mergeLaws(t, func(r *rand.Rand) Milestone {
			if r.IntN(3) == 0 {
				return Milestone{Number: 1, GoneAt: 1 + few(r)}
			}
			return Milestone{Number: 1, Title: oneOf(r, "v1", "v2"), Open: r.IntN(2), Closed: r.IntN(2), CreatedAt: few(r), ReadAt: 1 + few(r)}
		}, MergeMilestone)
	})
	t.Run("incident", func(t *testing.T) {
		mergeLaws(t, func(r *rand.Rand) Incident {
			return Incident{
				ID: "x", Source: "events", Environment: oneOf(r, "", "production"), Severity: oneOf(r, "", "high", "low"),
				Deployment: oneOf(r, "", "7"), OID: oneOf(r, "", "aa"), OpenedAt: few(r), ResolvedAt: few(r),
			}
		}, MergeIncident)
	})
}

// randomDeployment gives a read of a deployment whose statuses never change.
func randomDeployment(r *rand.Rand) Deployment {
	if r.IntN(4) == 0 {
		return Deployment{ID: 1, GoneAt: 1 + few(r)}
	}
	d := Deployment{
		ID: 1, NodeID: "D_1", Environment: oneOf(r, "production", "staging"), OID: "aa", State: oneOf(r, "active", "inactive"),
		CreatedAt: 1, UpdatedAt: 1 + few(r), ReadAt: 1 + few(r),
	}
	for i := range r.IntN(4) {
		d.Statuses = append(d.Statuses, DeploymentStatus{ID: fmt.Sprint("DS_", 9-i), State: "success", At: Instant(10 + i/2)})
	}
	slices.Reverse(d.Statuses)
	return d
}

func TestMergeHistory(t *testing.T) {
	t.Run("a tag that moved", func(t *testing.T) {
		got := MergeTag(Tag{Name: "v1", OID: "bb", ReadAt: 9}, Tag{Name: "v1", OID: "aa", ReadAt: 8})
		assertSame(t, Tag{Name: "v1", OID: "bb", ReadAt: 9}, got)
	})
	t.Run("a tag that is gone, and back", func(t *testing.T) {
		gone := MergeTag(Tag{Name: "v1", OID: "aa", ReadAt: 8}, Tag{Name: "v1", GoneAt: 8})
		assertSame(t, Tag{Name: "v1", OID: "aa", ReadAt: 8, GoneAt: 8}, gone)
		assertSame(t, Tag{Name: "v1", OID: "bb", ReadAt: 9}, MergeTag(gone, Tag{Name: "v1", OID: "bb", ReadAt: 9}))
	})
	t.Run("a release without its tag keeps the commit", func(t *testing.T) {
		got := MergeRelease(Release{ID: 1, Tag: "v1", OID: "aa", UpdatedAt: 5, ReadAt: 8}, Release{ID: 1, Tag: "v1", UpdatedAt: 6, ReadAt: 9})
		assertSame(t, Release{ID: 1, Tag: "v1", OID: "aa", UpdatedAt: 6, ReadAt: 9, CommitAt: 8}, got)
	})
	t.Run("a release's older state read later", func(t *testing.T) {
		got := MergeRelease(Release{ID: 1, Prerelease: true, UpdatedAt: 5, ReadAt: 9}, Release{ID: 1, UpdatedAt: 6, ReadAt: 8})
		assertSame(t, Release{ID: 1, UpdatedAt: 6, ReadAt: 9, HeaderAt: 8}, got)
	})
	t.Run("a deployment's statuses are united", func(t *testing.T) {
		first, second := DeploymentStatus{ID: "b", State: "success", At: 5}, DeploymentStatus{ID: "a", State: "inactive", At: 7}
		got := MergeDeployment(
			Deployment{ID: 1, State: "inactive", UpdatedAt: 7, ReadAt: 9, Statuses: []DeploymentStatus{second}},
			Deployment{ID: 1, State: "active", UpdatedAt: 5, ReadAt: 8, Statuses: []DeploymentStatus{first}},
		)
		want := Deployment{ID: 1, State: "inactive", UpdatedAt: 7, ReadAt: 9, Statuses: []DeploymentStatus{first, second}}
		assertSame(t, want, got)
	})
	t.Run("a run's first job stays known", func(t *testing.T) {
		got := MergeRun(Run{ID: 1, Attempt: 1, Status: "in_progress", UpdatedAt: 5, ReadAt: 8, JobAt: 4}, Run{ID: 1, Attempt: 1, Status: "completed", UpdatedAt: 9, ReadAt: 9})
		assertSame(t, Run{ID: 1, Attempt: 1, Status: "completed", UpdatedAt: 9, ReadAt: 9, JobAt: 4}, got)
	})
	t.Run("an incident that opens after it was resolved", func(t *testing.T) {
		got := MergeIncident(Incident{ID: "x", ResolvedAt: 9, OpenedAt: 5}, Incident{ID: "x", Severity: "high", OpenedAt: 5})
		assertSame(t, Incident{ID: "x", Severity: "high", OpenedAt: 5, ResolvedAt: 9}, got)
	})
}

func assertSame[T any](t *testing.T, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
