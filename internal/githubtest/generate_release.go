package githubtest

import (
	"fmt"
	"slices"
	"time"
)

// plannedRelease is a version that will be released.
type plannedRelease struct {
	major, minor, patch int
	candidate           bool
	at                  Time
	tip                 *Commit // of its branch, once something was backported to it
}

func (r *plannedRelease) version() string {
	v := fmt.Sprintf("v%d.%d.%d", r.major, r.minor, r.patch)
	if r.candidate {
		v += "-rc.1"
	}
	return v
}

// branch gives the name of the branch for backports to the version.
func (r *plannedRelease) branch() string { return fmt.Sprintf("release-%d.%d", r.major, r.minor) }

// planReleases fixes when what is released, and the milestones that lead there.
func (g *generator) planReleases() {
	d := newDice(g.opts.Seed, streamRelease)
	major, minor := 0, 0
	for at := g.start; !g.opts.Bare; {
		at = at.Add(d.within(14*day, 35*day))
		if at > g.end {
			break
		}
		minor++
		if major == 0 && minor > 4 || d.chance(0.06) {
			major, minor = major+1, 0
		}
		release := &plannedRelease{major: major, minor: minor, at: at}
		if d.chance(0.4) {
			g.releases = append(g.releases, &plannedRelease{major: major, minor: minor, candidate: true, at: at.Add(-d.within(2*day, 6*day))})
		}
		g.releases = append(g.releases, release)
		patched := at
		for patch := range d.some(0.45, 3) {
			patched = patched.Add(d.within(day, 8*day))
			g.releases = append(g.releases, &plannedRelease{major: major, minor: minor, patch: patch + 1, at: patched})
		}
	}
	slices.SortStableFunc(g.releases, func(a, b *plannedRelease) int { return int(a.at - b.at) })
	g.addMilestones(d)
}

// branchAt gives the minor version whose branch takes backports at an instant.
func (g *generator) branchAt(at Time) *plannedRelease {
	var found *plannedRelease
	for _, r := range g.releases {
		if r.patch == 0 && !r.candidate && r.at <= at {
			found = r
		}
	}
	return found
}

// addMilestones makes a milestone for every third minor version, and for each
// where one is to be open at any time.
func (g *generator) addMilestones(d dice) {
	last := g.start
	for _, r := range g.releases {
		if r.patch != 0 || r.candidate || r.minor%3 != 0 && g.opts.show == nil || r.at.Sub(last) < 20*day {
			continue
		}
		g.repo.Milestones = append(g.repo.Milestones, &Milestone{
			Number: len(g.repo.Milestones) + 1, Title: r.version(), Creator: g.team.someone(d, last, maintainer).login,
			CreatedAt: last + 3600, DueOn: r.at, ClosedAt: min(g.end, r.at.Add(d.within(0, 6*day))),
		})
		last = r.at
	}
	if n := len(g.repo.Milestones); n > 0 {
		g.repo.Milestones[n-1].ClosedAt = 0
	}
}

// milestoneAt gives the title of the milestone that is being worked on.
func (g *generator) milestoneAt(at Time) string {
	for _, m := range g.repo.Milestones {
		if m.CreatedAt <= at && (m.ClosedAt == 0 || m.ClosedAt > at) {
			return m.Title
		}
	}
	return ""
}

// publishReleases tags what is released.
func (g *generator) publishReleases() {
	d := newDice(g.opts.Seed, streamRelease+streamItems<<8)
	for i, r := range g.releases {
		if r.at > g.end || r.at <= g.start {
			continue
		}
		commit := g.tipAt(r.at)
		tag := &Tag{Name: r.version(), OID: commit.OID, At: r.at}
		if d.chance(0.7) {
			tag.TagOID = d.oid()
		}
		g.repo.Tags = append(g.repo.Tags, tag)
		published := r.at.Add(d.within(time.Minute, 90*time.Minute))
		if published > g.end || d.chance(0.05) {
			continue // a tag only
		}
		release := &Release{
			Tag: tag.Name, Name: tag.Name, Author: g.team.someone(d, r.at, maintainer).login,
			CreatedAt: commit.Committer.At, PublishedAt: published, Prerelease: r.candidate,
		}
		if gone := published.Add(9 * day); i == 4 && gone <= g.end {
			release.DeletedAt = gone // it was broken
		}
		g.repo.Releases = append(g.repo.Releases, release)
	}
}
