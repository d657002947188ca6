package githubtest

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

// growHistory makes the default branch of what was merged and pushed to it, in
// the order in which that happened, and gives every pull request's commits
// their place.
func (g *generator) growHistory() {
	d := newDice(g.opts.Seed, streamGit)
	g.pushDirectly(d)
	merged := slices.Clone(g.merged)
	slices.SortStableFunc(merged, func(a, b *sketch) int { return int(a.mergedAt - b.mergedAt) })
	pushed := g.mainline
	g.mainline = make([]*Commit, 0, len(pushed)+len(merged))
	for _, s := range merged {
		if s.branch != nil {
			continue
		}
		for len(pushed) > 0 && pushed[0].LandedAt <= s.mergedAt {
			g.land(pushed[0])
			pushed = pushed[1:]
		}
		g.landMerge(d, s)
	}
	for _, c := range pushed {
		g.land(c)
	}
	g.growReleaseBranches(d, merged)
	g.plantRoots()
}

// pushDirectly makes the first commits and the few that pass by review. They
// stay in g.mainline until they are landed.
func (g *generator) pushDirectly(d dice) {
	at := g.start
	for i := range d.between(3, 8) {
		g.pushOne(d, at, []string{"Initial commit", "Add a licence", "Add a README", "First working version", "Set up the build", "Add tests", "Ignore build output", "Fix the build"}[i])
		at = at.Add(d.within(time.Second, min(time.Hour, g.end.Sub(g.start)/100+time.Second)))
	}
	for range len(g.merged) / 50 {
		g.pushOne(d, g.start.Add(d.within(time.Hour, g.end.Sub(g.start))), pick(d, []string{"Fix a typo", "Update the changelog", "Bump the version", "Fix the nightly build"}))
	}
	slices.SortStableFunc(g.mainline, func(a, b *Commit) int { return int(a.LandedAt - b.LandedAt) })
}

func (g *generator) pushOne(d dice, at Time, headline string) {
	if at > g.end {
		return
	}
	by := Signature{Login: g.team.someone(d, at, maintainer).login, At: at}
	c := &Commit{OID: d.oid(), Author: by, Committer: by, Headline: headline, Additions: d.number(8, 1), Deletions: d.number(3, 1), ChangedFiles: d.number(1.5, 0.5), LandedAt: at}
	g.mainline = append(g.mainline, c)
	g.repo.Commits = append(g.repo.Commits, c)
}

// land puts a commit at the end of the default branch; its other parents are set already.
func (g *generator) land(c *Commit) {
	if n := len(g.mainline); n > 0 {
		c.Parents = slices.Insert(c.Parents, 0, g.mainline[n-1].OID)
	}
	c.Mainline = true
	g.mainline = append(g.mainline, c)
}

// landMerge puts what a merge made on the default branch.
func (g *generator) landMerge(d dice, s *sketch) {
	for _, c := range g.mergeCommits(d, s) {
		c.LandedAt = s.mergedAt
		g.repo.Commits = append(g.repo.Commits, c)
		g.land(c)
	}
	if s.method == "merge" {
		for _, c := range g.aliveCommits(s) {
			c.LandedAt = s.mergedAt
		}
	}
}

// aliveCommits gives the commits that a pull request has in the end.
func (g *generator) aliveCommits(s *sketch) []*Commit {
	var out []*Commit
	for i := range s.item.PR.Commits {
		if s.item.PR.Commits[i].RemovedAt == 0 {
			out = append(out, g.repo.Commits[s.first+i])
		}
	}
	return out
}

// mergeCommits makes the commits that merging a pull request adds to its base,
// without their parent on the base.
func (g *generator) mergeCommits(d dice, s *sketch) []*Commit {
	pr := s.item.PR
	by := Signature{Login: s.merger.login, At: s.mergedAt}
	c := &Commit{
		OID: pr.MergeOID, Author: Signature{Login: s.author.login, At: s.mergedAt}, Committer: by,
		Additions: pr.Additions, Deletions: pr.Deletions, ChangedFiles: pr.ChangedFiles, Body: s.item.Body,
	}
	c.Headline = fmt.Sprintf("%s (#%d)", s.item.Title, s.item.Number)
	if s.reverts != nil {
		c.Body = fmt.Sprintf("This reverts commit %s.", s.reverts.item.PR.MergeOID)
	}
	switch s.method {
	case "merge":
		c.Author = by
		c.Headline = fmt.Sprintf("Merge pull request #%d from %s", s.item.Number, pr.HeadRef)
		c.Parents = []string{pr.HeadOID}
	case "rebase":
		return g.rebased(d, s, c)
	}
	return []*Commit{c}
}

// rebased makes copies of the pull request's commits, of which the last is its merge commit.
func (g *generator) rebased(d dice, s *sketch, last *Commit) []*Commit {
	alive := g.aliveCommits(s)
	out := make([]*Commit, 0, len(alive))
	for i, old := range alive {
		c := *old
		c.OID, c.Parents, c.Committer, c.LandedAt = d.oid(), nil, last.Committer, 0
		if i == len(alive)-1 {
			c.OID, c.Body = last.OID, last.Body
		}
		out = append(out, &c)
	}
	return out
}

// growReleaseBranches makes the branches that backports go to.
func (g *generator) growReleaseBranches(d dice, merged []*sketch) {
	for _, s := range merged {
		if s.branch == nil {
			continue
		}
		if s.branch.tip == nil {
			s.branch.tip = g.tipAt(s.branch.at)
		}
		for _, c := range g.mergeCommits(d, s) {
			c.Parents = slices.Insert(c.Parents, 0, s.branch.tip.OID)
			g.repo.Commits = append(g.repo.Commits, c)
			s.branch.tip = c
		}
	}
}

// plantRoots gives the first commits of pull requests their parents.
func (g *generator) plantRoots() {
	for _, r := range g.roots {
		at := r.at
		if r.branch != nil {
			at = r.branch.at
		}
		r.commit.Parents = []string{g.tipAt(at).OID}
	}
	for _, s := range g.sketches {
		if s.pull {
			s.item.PR.BaseOID = s.root.Parents[0]
		}
	}
}

// tipAt gives what the default branch pointed to at an instant.
func (g *generator) tipAt(at Time) *Commit {
	i := sort.Search(len(g.mainline), func(i int) bool { return g.mainline[i].LandedAt > at })
	return g.mainline[max(0, i-1)]
}
