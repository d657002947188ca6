package ingest

import "slices"

// Needs says what of a repository's history a project's figures are made of.
// What is not needed is not read; the commits are read with whatever deploys.
type Needs struct {
	Deployments bool // GitHub's
	Releases    bool
	Tags        bool
	// Merges are the branches that pull requests are merged to for a deployment;
	// "" stands for the default branch.
	Merges []string
	// Workflows are those whose runs on the default branch are read.
	Workflows Workflows
	// Milestones are the open ones, as they are now.
	Milestones bool
	// Environment reports whether deployments to an environment, by GitHub's name
	// for it, are anybody's business: commits are read for those alone. nil
	// takes all.
	Environment func(name string) bool
}

// Workflows is a choice of workflows. The zero value chooses none.
type Workflows struct {
	// Key differs where Match does: runs are then read from the beginning.
	Key   string
	Match func(file string) bool
	// Deploys chooses those of them whose runs are deployments: commits are read
	// for these alone. nil chooses none.
	Deploys func(file string) bool
}

// streams gives the streams that are needed.
func (n *Needs) streams() []string {
	var out []string
	add := func(stream string, needed bool) {
		if needed {
			out = append(out, stream)
		}
	}
	add(streamDeployments, n.Deployments)
	add(streamReleases, n.Releases)
	add(streamTags, n.Tags)
	add(streamBranch, len(out) > 0 || n.always())
	add(streamRuns, n.Workflows.Match != nil)
	add(streamMilestones, n.Milestones)
	return out
}

// has reports whether a stream is needed.
func (n *Needs) has(stream string) bool { return slices.Contains(n.streams(), stream) }

// always reports whether the commits are needed whatever GitHub has.
func (n *Needs) always() bool { return n.Tags || len(n.Merges) > 0 || n.Workflows.Deploys != nil }

// ships reports whether deployments to an environment count.
func (n *Needs) ships(environment string) bool {
	return n.Environment == nil || n.Environment(environment)
}
