package githubtest

import (
	"slices"
	"strconv"
	"strings"
)

// repositoryTypes resolves repositories, labels and milestones.
func repositoryTypes() map[string]resolvers {
	return map[string]resolvers{
		"Repository": join(repositoryUnknown(), repositoryFacts(), repositoryLists()),
		"Label":      labelFields(),
		"Milestone":  milestoneFields(),
	}
}

// repositoryFacts resolves what a repository itself has.
func repositoryFacts() resolvers {
	return join(paths(func(_ *call, rv *repoView) string { return "/" + rv.fullName() }), resolvers{
		"id":               of(func(_ *call, rv *repoView) any { return rv.nodeID() }),
		"databaseId":       of(func(_ *call, rv *repoView) any { return rv.ID }),
		"name":             of(func(_ *call, rv *repoView) any { return rv.name }),
		"nameWithOwner":    of(func(_ *call, rv *repoView) any { return rv.fullName() }),
		"owner":            of(func(_ *call, rv *repoView) any { return accountNode(rv.account()) }),
		"description":      of(func(_ *call, rv *repoView) any { return orNil(rv.Description) }),
		"createdAt":        of(func(_ *call, rv *repoView) any { return rv.CreatedAt }),
		"updatedAt":        of(func(_ *call, rv *repoView) any { return rv.updatedAt() }),
		"pushedAt":         of(func(_ *call, rv *repoView) any { return rv.pushedAt() }),
		"archivedAt":       of(func(_ *call, rv *repoView) any { return ifAny(rv.archived(), rv.ArchivedAt) }),
		"isArchived":       of(func(_ *call, rv *repoView) any { return rv.archived() }),
		"isPrivate":        of(func(_ *call, rv *repoView) any { return rv.visibility() != "public" }),
		"visibility":       of(func(_ *call, rv *repoView) any { return strings.ToUpper(rv.visibility()) }),
		"isEmpty":          of(func(_ *call, rv *repoView) any { return rv.headCommit() == nil }),
		"isInOrganization": of(func(_ *call, rv *repoView) any { return rv.account().Type == "Organization" }),
		"hasIssuesEnabled": of(func(_ *call, rv *repoView) any { return !rv.issuesOff }),
		"stargazerCount":   of(func(_ *call, rv *repoView) any { return rv.stars() }),
		"forkCount":        of(func(_ *call, rv *repoView) any { return rv.forks() }),
		"diskUsage":        of(func(_ *call, rv *repoView) any { return rv.sizeKB() }),
		"sshUrl":           of(func(_ *call, rv *repoView) any { return "git@github.com:" + rv.fullName() + ".git" }),
		"primaryLanguage":  of(func(_ *call, rv *repoView) any { return languageNode(rv) }),
		"defaultBranchRef": of(func(_ *call, rv *repoView) any { return rv.defaultBranch() }),
		"projectsUrl":      of(func(_ *call, rv *repoView) any { return webURL("/" + rv.fullName() + "/projects") }),
		"stargazers":       of(func(c *call, rv *repoView) any { return c.connect("stars", countList(rv.stars())) }),
		"watchers":         of(func(c *call, rv *repoView) any { return c.connect("watchers", countList(rv.watchers())) }),
		"forks":            of(func(c *call, rv *repoView) any { return c.connect("forks", countList(rv.forks())) }),
	})
}

// repositoryUnknown resolves what datasets do not know.
func repositoryUnknown() resolvers {
	return join(
		fixed(nil, "codeOfConduct contributingGuidelines homepageUrl isSecurityPolicyEnabled licenseInfo lockReason mirrorUrl "+
			"parent templateRepository securityPolicyUrl tempCloneToken viewerDefaultCommitEmail mergeQueue interactionAbility"),
		fixed(false, "allowUpdateBranch autoMergeAllowed deleteBranchOnMerge hasDiscussionsEnabled hasSponsorshipsEnabled "+
			"hasVulnerabilityAlertsEnabled isBlankIssuesEnabled isDisabled isFork isLocked isMirror isTemplate "+
			"isUserConfigurationRepository usesCustomOpenGraphImage viewerCanAdminister viewerCanCreateProjects "+
			"viewerCanSubscribe viewerCanUpdateTopics viewerHasStarred webCommitSignoffRequired squashPrTitleUsedAsDefault"),
		fixed(true, "forkingAllowed hasProjectsEnabled hasWikiEnabled mergeCommitAllowed rebaseMergeAllowed squashMergeAllowed"),
		fixed("READ", "viewerPermission"), fixed("UNSUBSCRIBED", "viewerSubscription"),
		fixed("", "descriptionHTML shortDescriptionHTML"),
		resolvers{"repositoryTopics": empty("topics"), "languages": empty("languages")},
	)
}

// repositoryLists resolves what a repository holds.
func repositoryLists() resolvers {
	return resolvers{
		"issues":             of(repositoryIssues),
		"pullRequests":       of(repositoryPulls),
		"issue":              of(func(c *call, rv *repoView) any { return c.numbered(rv, "an Issue", false, true) }),
		"pullRequest":        of(func(c *call, rv *repoView) any { return c.numbered(rv, "a PullRequest", true, false) }),
		"issueOrPullRequest": of(func(c *call, rv *repoView) any { return c.numbered(rv, "an issue or pull request", true, true) }),
		"labels":             of(repositoryLabels),
		"label":              of(repositoryLabel),
		"milestones":         of(repositoryMilestones),
		"milestone":          of(repositoryMilestone),
		"releases":           of(repositoryReleases),
		"latestRelease":      of(func(_ *call, rv *repoView) any { return latestRelease(rv) }),
		"release":            of(func(c *call, rv *repoView) any { return releaseByTag(rv, c.text("tagName")) }),
		"refs":               of(repositoryRefs),
		"ref":                of(func(c *call, rv *repoView) any { return rv.ref(c.text("qualifiedName")) }),
		"object":             of(repositoryObject),
		"deployments":        of(repositoryDeployments),
	}
}

// ifAny gives a value if a condition holds, else nil.
func ifAny(holds bool, value any) any {
	if holds {
		return value
	}
	return nil
}

// pushedAt is when the default branch last moved.
func (rv *repoView) pushedAt() Time {
	if head := rv.headCommit(); head != nil {
		return max(rv.CreatedAt, head.LandedAt)
	}
	return rv.CreatedAt
}

// updatedAt is when the repository itself, or a counter of it, last changed.
func (rv *repoView) updatedAt() Time {
	at := max(rv.CreatedAt, rv.pushedAt())
	for _, counts := range [][]Count{rv.Stars, rv.Forks} {
		for _, n := range counts {
			if n.At.By(rv.now()) {
				at = max(at, n.At)
			}
		}
	}
	if rv.archived() {
		at = max(at, rv.ArchivedAt)
	}
	return at
}

// languageNode shows the main language.
func languageNode(rv *repoView) any {
	if rv.Language == "" {
		return nil
	}
	return node{"Language", rv.Language}
}

// numbered finds an item by the argument number.
func (c *call) numbered(rv *repoView, what string, pulls, issues bool) any {
	number, _ := toInt(c.args["number"])
	if iv := rv.item(number); iv != nil && (iv.isPull() && pulls || !iv.isPull() && issues && !rv.issuesOff) {
		return itemNode(iv)
	}
	return notResolved("%s with the number of %d.", what, number)
}

func labelFields() resolvers {
	path := func(_ *call, l *labelView) string { return "/" + l.repo.fullName() + "/labels/" + l.name }
	return join(paths(path), fixed(false, "isDefault"), resolvers{
		"id":           of(func(_ *call, l *labelView) any { return l.nodeID() }),
		"name":         of(func(_ *call, l *labelView) any { return l.name }),
		"color":        of(func(_ *call, l *labelView) any { return l.Color }),
		"description":  of(func(_ *call, l *labelView) any { return orNil(l.Description) }),
		"createdAt":    of(func(_ *call, l *labelView) any { return max(l.CreatedAt, l.repo.CreatedAt) }),
		"updatedAt":    of(func(_ *call, l *labelView) any { return max(l.CreatedAt, l.repo.CreatedAt) }),
		"repository":   of(func(_ *call, l *labelView) any { return node{"Repository", l.repo} }),
		"issues":       of(func(c *call, l *labelView) any { return c.items(l.repo, false, "label:"+l.Name, l.on) }),
		"pullRequests": of(func(c *call, l *labelView) any { return c.items(l.repo, true, "label:"+l.Name, l.on) }),
	})
}

// on reports whether an item has the label.
func (l *labelView) on(iv *itemView) bool {
	return slices.ContainsFunc(iv.labels(), func(o *labelView) bool { return o.Label == l.Label })
}

// labelEdge places a label in lists of labels.
func labelEdge(field string) func(int, *labelView) edge {
	return func(_ int, l *labelView) edge {
		if field == "NAME" {
			return edge{place{Text: strings.ToLower(l.name), ID: l.ID}, node{"Label", l}}
		}
		return edge{place{N: int64(l.CreatedAt), ID: l.ID}, node{"Label", l}}
	}
}

// labelList makes a connection of labels.
func (c *call) labelList(labels []*labelView) any {
	field, descending := c.orderBy("CREATED_AT")
	edges := make([]edge, len(labels))
	for i, l := range labels {
		edges[i] = labelEdge(field)(i, l)
	}
	return c.connect("labels:"+field, newList(edges, descending))
}

func repositoryLabels(c *call, rv *repoView) any {
	wanted := strings.ToLower(c.text("query"))
	return c.labelList(filter(rv.labels(), func(l *labelView) bool {
		return strings.Contains(strings.ToLower(l.name), wanted)
	}))
}

func repositoryLabel(c *call, rv *repoView) any {
	for _, l := range rv.labels() {
		if strings.EqualFold(l.name, c.text("name")) {
			return node{"Label", l}
		}
	}
	return nil
}

// milestoneView is a milestone in its repository.
type milestoneView struct {
	*Milestone
	repo *repoView
}

func milestoneNode(rv *repoView, m *Milestone) any {
	if m == nil {
		return nil
	}
	return node{"Milestone", milestoneView{m, rv}}
}

// closed reports whether the milestone is closed now.
func (m milestoneView) closed() bool { return m.ClosedAt.By(m.repo.now()) }

// updatedAt is the last change of the milestone by now.
func (m milestoneView) updatedAt() Time {
	if m.closed() {
		return m.ClosedAt
	}
	return m.CreatedAt
}

// on reports whether an item has the milestone.
func (m milestoneView) on(iv *itemView) bool { return iv.milestone() == m.Milestone }

// progress is the share of the milestone's items that are closed, in percent.
func (m milestoneView) progress() float64 {
	all, closed := 0, 0
	for iv := range m.repo.items(&listing{issues: true, pulls: true, keep: m.on}, nil, false) {
		all++
		if iv.closedAt != 0 {
			closed++
		}
	}
	return float64(100*closed) / float64(max(1, all))
}

func milestoneFields() resolvers {
	path := func(_ *call, m milestoneView) string {
		return "/" + m.repo.fullName() + "/milestone/" + strconv.Itoa(m.Number)
	}
	states := map[bool]string{false: "OPEN", true: "CLOSED"}
	return join(paths(path), fixed(false, "viewerCanClose viewerCanReopen"), resolvers{
		"id":                 of(func(_ *call, m milestoneView) any { return m.repo.id(m.NodeID, "MI", m.ID) }),
		"number":             of(func(_ *call, m milestoneView) any { return m.Number }),
		"title":              of(func(_ *call, m milestoneView) any { return m.Title }),
		"description":        of(func(_ *call, m milestoneView) any { return orNil(m.Description) }),
		"state":              of(func(_ *call, m milestoneView) any { return states[m.closed()] }),
		"closed":             of(func(_ *call, m milestoneView) any { return m.closed() }),
		"closedAt":           of(func(_ *call, m milestoneView) any { return ifAny(m.closed(), m.ClosedAt) }),
		"createdAt":          of(func(_ *call, m milestoneView) any { return m.CreatedAt }),
		"updatedAt":          of(func(_ *call, m milestoneView) any { return m.updatedAt() }),
		"dueOn":              of(func(_ *call, m milestoneView) any { return m.DueOn }),
		"creator":            of(func(_ *call, m milestoneView) any { return m.repo.actor(m.Creator) }),
		"repository":         of(func(_ *call, m milestoneView) any { return node{"Repository", m.repo} }),
		"progressPercentage": of(func(_ *call, m milestoneView) any { return m.progress() }),
		"issues":             of(func(c *call, m milestoneView) any { return c.items(m.repo, false, "milestone:"+m.Title, m.on) }),
		"pullRequests":       of(func(c *call, m milestoneView) any { return c.items(m.repo, true, "milestone:"+m.Title, m.on) }),
	})
}

func repositoryMilestones(c *call, rv *repoView) any {
	field, descending := c.orderBy("NUMBER")
	states := texts(c.args["states"])
	var edges []edge
	for _, m := range rv.milestones() {
		mv := milestoneView{m, rv}
		if states != nil && !slices.Contains(states, map[bool]string{false: "OPEN", true: "CLOSED"}[mv.closed()]) {
			continue
		}
		at := map[string]Time{"CREATED_AT": m.CreatedAt, "UPDATED_AT": mv.updatedAt(), "DUE_DATE": m.DueOn}[field]
		edges = append(edges, edge{place{N: int64(at), ID: int64(m.Number)}, node{"Milestone", mv}})
	}
	return c.connect("milestones:"+field, newList(edges, descending))
}

func repositoryMilestone(c *call, rv *repoView) any {
	number, _ := toInt(c.args["number"])
	for _, m := range rv.milestones() {
		if m.Number == number {
			return milestoneNode(rv, m)
		}
	}
	return notResolved("a Milestone with the number of %d.", number)
}
