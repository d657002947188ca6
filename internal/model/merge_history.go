package model

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// What follows merges two reads of one record of a repository's history, as
// Merge does for items: order and repetition do not matter. The newest
// UpdatedAt wins, then the latest read. A record that has only its identity and
// GoneAt is a finding: it was absent at that instant, which holds until it is
// read later than that.

// MergeCommit gives the commit after two reads of it. Commits never change, so
// only a read that was cut can differ: the one with more parents is whole.
func MergeCommit(a, b BranchCommit) BranchCommit {
	order := cmp.Or(cmp.Compare(len(a.Parents), len(b.Parents)), slices.Compare(a.Parents, b.Parents),
		cmp.Compare(a.CommittedAt, b.CommittedAt))
	if order < 0 {
		return b
	}
	return a
}

// MergeTag gives the tag as it was read last.
func MergeTag(a, b Tag) Tag {
	order := cmp.Or(cmp.Compare(a.ReadAt, b.ReadAt), strings.Compare(a.OID, b.OID),
		cmp.Compare(a.TaggedAt, b.TaggedAt), cmp.Compare(a.CommittedAt, b.CommittedAt))
	if order < 0 {
		a, b = b, a
	}
	a.ReadAt, a.GoneAt = lastSeen(a.ReadAt, a.GoneAt, b.ReadAt, b.GoneAt)
	return a
}

// MergeRelease gives the release after two reads of it. The commit of its tag
// stays known when the tag was deleted.
func MergeRelease(a, b Release) Release {
	a, b = a.explicit(), b.explicit()
	order := cmp.Or(cmp.Compare(a.UpdatedAt, b.UpdatedAt), cmp.Compare(a.HeaderAt, b.HeaderAt))
	if order == 0 {
		order = bytes.Compare(a.header(), b.header())
	}
	if order < 0 {
		a, b = b, a
	}
	if cmp.Or(cmp.Compare(a.CommitAt, b.CommitAt), strings.Compare(a.OID, b.OID)) < 0 {
		a.OID, a.CommitAt = b.OID, b.CommitAt
	}
	a.ReadAt, a.GoneAt = lastSeen(a.ReadAt, a.GoneAt, b.ReadAt, b.GoneAt)
	a.HeaderAt, a.CommitAt = unless(a.HeaderAt, a.ReadAt), unless(a.CommitAt, a.ReadAt)
	return a
}

// explicit says when each part was read; an unknown commit was never read.
func (r Release) explicit() Release {
	r.HeaderAt = cmp.Or(r.HeaderAt, r.ReadAt)
	r.CommitAt = cmp.Or(r.CommitAt, r.ReadAt)
	if r.OID == "" {
		r.CommitAt = 0
	}
	return r
}

// header encodes what of one instant must be told apart.
func (r Release) header() []byte {
	r.OID, r.ReadAt, r.HeaderAt, r.CommitAt, r.GoneAt = "", 0, 0, 0, 0
	return encode(&r)
}

// MergeDeployment gives the deployment after two reads of it: a status that was
// once read stays.
func MergeDeployment(a, b Deployment) Deployment {
	a.HeaderAt, b.HeaderAt = cmp.Or(a.HeaderAt, a.ReadAt), cmp.Or(b.HeaderAt, b.ReadAt)
	order := cmp.Or(cmp.Compare(a.UpdatedAt, b.UpdatedAt), cmp.Compare(a.HeaderAt, b.HeaderAt))
	if order == 0 {
		order = bytes.Compare(a.header(), b.header())
	}
	if order < 0 {
		a, b = b, a
	}
	a.Statuses = register(a.Statuses, b.Statuses, same, same)
	slices.SortFunc(a.Statuses, compareStatuses)
	a.ReadAt, a.GoneAt = lastSeen(a.ReadAt, a.GoneAt, b.ReadAt, b.GoneAt)
	a.HeaderAt = unless(a.HeaderAt, a.ReadAt)
	return a
}

// header encodes what of one instant must be told apart.
func (d Deployment) header() []byte {
	d.Statuses, d.ReadAt, d.HeaderAt, d.GoneAt = nil, 0, 0, 0
	return encode(&d)
}

func same[T any](t T) T { return t }

func (s DeploymentStatus) key() string { return s.ID }

// merge chooses between two statuses of one id: they are the same unless
// GitHub contradicts itself.
func (s DeploymentStatus) merge(o DeploymentStatus) DeploymentStatus {
	if compareStatuses(s, o) < 0 {
		return o
	}
	return s
}

func compareStatuses(a, b DeploymentStatus) int {
	return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.ID, b.ID), strings.Compare(a.State, b.State))
}

// MergeRun gives the attempt of a run after two reads of it. When its first job
// started is read apart from the rest, and stays known.
func MergeRun(a, b Run) Run {
	order := cmp.Or(cmp.Compare(a.UpdatedAt, b.UpdatedAt), cmp.Compare(a.ReadAt, b.ReadAt))
	if order == 0 {
		order = bytes.Compare(a.header(), b.header())
	}
	if order < 0 {
		a, b = b, a
	}
	a.JobAt = earliest(a.JobAt, b.JobAt)
	return a
}

// header encodes what of one instant must be told apart.
func (r Run) header() []byte {
	r.JobAt = 0
	return encode(&r)
}

// MergeMilestone gives the milestone as it was read last.
func MergeMilestone(a, b Milestone) Milestone {
	order := cmp.Or(cmp.Compare(a.ReadAt, b.ReadAt), strings.Compare(a.Title, b.Title),
		cmp.Compare(a.CreatedAt, b.CreatedAt), cmp.Compare(a.Open, b.Open), cmp.Compare(a.Closed, b.Closed))
	if order < 0 {
		a, b = b, a
	}
	a.ReadAt, a.GoneAt = lastSeen(a.ReadAt, a.GoneAt, b.ReadAt, b.GoneAt)
	return a
}

// MergeIncident gives the incident after two messages about it, which may come
// in any order: it opened with the earliest and is resolved by the earliest.
// What is said in two ways is taken from the one that sorts last.
func MergeIncident(a, b Incident) Incident {
	a.OpenedAt, a.ResolvedAt = earliest(a.OpenedAt, b.OpenedAt), earliest(a.ResolvedAt, b.ResolvedAt)
	a.Environment, a.Severity = max(a.Environment, b.Environment), max(a.Severity, b.Severity)
	a.Deployment, a.OID = max(a.Deployment, b.Deployment), max(a.OID, b.OID)
	return a
}

// earliest gives the earlier of two instants, where both are known.
func earliest(a, b Instant) Instant {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}
