package githubtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// commitView is a commit in its repository.
type commitView struct {
	*Commit
	repo *repoView
}

// commitNode shows the commit with that id, nil if the dataset lacks it.
func (rv *repoView) commitNode(oid string) any {
	if commit := rv.Commit(oid); commit != nil {
		return node{"Commit", commitView{commit, rv}}
	}
	return nil
}

// headline gives the first line of the message, one that looks like one where the
// dataset has none.
func (cv commitView) headline() string {
	return orString(cv.Headline, "Change "+cv.OID[:min(7, len(cv.OID))])
}

// message gives the whole message.
func (cv commitView) message() string {
	if cv.Body == "" {
		return cv.headline()
	}
	return cv.headline() + "\n\n" + cv.Body
}

// refView is a branch or a tag in its repository.
type refView struct {
	prefix, name string // refs/heads/ and main
	repo         *repoView
	commit       *Commit
	tag          *Tag // nil: a branch
}

// target shows what the ref points to: an annotated tag, or a commit.
func (r refView) target() any {
	if r.tag != nil && r.tag.TagOID != "" {
		return node{"Tag", r}
	}
	if r.commit == nil {
		return nil
	}
	return node{"Commit", commitView{r.commit, r.repo}}
}

// date is the time by which refs are sorted: the tag's, or the commit's.
func (r refView) date() Time {
	if r.tag != nil && r.tag.TagOID != "" || r.commit == nil {
		return r.tag.At
	}
	return r.commit.Committer.At
}

// defaultBranch shows the default branch, nil while it is empty.
func (rv *repoView) defaultBranch() any {
	head := rv.headCommit()
	if head == nil {
		return nil
	}
	return node{"Ref", refView{"refs/heads/", rv.DefaultBranch, rv, head, nil}}
}

// ref finds a branch or a tag by its name, which may be short.
func (rv *repoView) ref(name string) any {
	short := strings.TrimPrefix(strings.TrimPrefix(name, "refs/"), "heads/")
	if short == rv.DefaultBranch {
		return rv.defaultBranch()
	}
	short = strings.TrimPrefix(short, "tags/")
	for _, tag := range rv.tags() {
		if tag.Name == short {
			return node{"Ref", rv.tagRef(tag)}
		}
	}
	return nil
}

func (rv *repoView) tagRef(tag *Tag) refView {
	return refView{"refs/tags/", tag.Name, rv, rv.Commit(tag.OID), tag}
}

// gitByID finds a commit, a tag or a ref by its node id.
func gitByID(rv *repoView, id parsedID) any {
	switch id.prefix {
	case "C":
		return rv.commitNode(id.name)
	case "REF":
		return rv.ref(id.name)
	case "TA":
		for _, tag := range rv.tags() {
			if tag.TagOID == id.name {
				return node{"Tag", rv.tagRef(tag)}
			}
		}
	}
	return nil
}

// repositoryObject finds a git object by its id, or by an expression that is an id, a
// branch or a tag.
func repositoryObject(c *call, rv *repoView) any {
	name := orString(c.text("oid"), c.text("expression"))
	if found := rv.commitNode(name); found != nil {
		return found
	}
	if name == "HEAD" {
		name = rv.DefaultBranch
	}
	if n, ok := rv.ref(name).(node); ok {
		return n.value.(refView).target()
	}
	if len(name) < 7 {
		return nil
	}
	for _, commit := range rv.Commits {
		if strings.HasPrefix(commit.OID, name) {
			return rv.commitNode(commit.OID)
		}
	}
	return nil
}

// repositoryRefs lists tags or branches.
func repositoryRefs(c *call, rv *repoView) any {
	field, descending := c.orderBy("ALPHABETICAL")
	if c.text("direction") == "DESC" {
		descending = true
	}
	var refs []refView
	if prefix := c.text("refPrefix"); strings.HasPrefix(prefix, "refs/tags") {
		for _, tag := range rv.tags() {
			refs = append(refs, rv.tagRef(tag))
		}
	} else if n, ok := rv.defaultBranch().(node); ok && strings.HasPrefix("refs/heads/", prefix) {
		refs = append(refs, n.value.(refView))
	}
	var edges []edge
	for _, r := range refs {
		if !strings.Contains(r.name, c.text("query")) {
			continue
		}
		at := place{Text: r.name}
		if field == "TAG_COMMIT_DATE" {
			at.N = int64(r.date())
		}
		edges = append(edges, edge{at, node{"Ref", r}})
	}
	return c.connect("refs:"+field, newList(edges, descending))
}

// gitTypes resolves commits, tags and refs.
func gitTypes() map[string]resolvers {
	return map[string]resolvers{
		"Commit":   join(objectFields(), commitFields()),
		"Tag":      tagFields(),
		"Ref":      refFields(),
		"Language": {"name": of(func(_ *call, name string) any { return name }), "color": always(nil), "id": of(languageID)},
	}
}

func languageID(_ *call, name string) any { return nameID("LAN", 0, name) }

// objectFields resolves what a commit has as a git object.
func objectFields() resolvers {
	path := func(_ *call, cv commitView) string { return "/" + cv.repo.fullName() + "/commit/" + cv.OID }
	return join(paths(path), resolvers{
		"id":                 of(func(_ *call, cv commitView) any { return CommitGlobalID(cv.repo.ID, cv.OID) }),
		"oid":                of(func(_ *call, cv commitView) any { return cv.OID }),
		"abbreviatedOid":     of(func(_ *call, cv commitView) any { return cv.OID[:min(7, len(cv.OID))] }),
		"commitUrl":          of(func(c *call, cv commitView) any { return webURL(path(c, cv)) }),
		"commitResourcePath": of(func(c *call, cv commitView) any { return path(c, cv) }),
		"repository":         of(func(_ *call, cv commitView) any { return node{"Repository", cv.repo} }),
	})
}

func commitFields() resolvers {
	commit := func(f func(commitView) any) resolver { return of(func(_ *call, cv commitView) any { return f(cv) }) }
	return join(resolvers{
		"author":                  commit(func(cv commitView) any { return node{"GitActor", gitActor{cv.Author, cv.repo}} }),
		"committer":               commit(func(cv commitView) any { return node{"GitActor", gitActor{cv.Committer, cv.repo}} }),
		"authoredDate":            commit(func(cv commitView) any { return cv.Author.At.String() }),
		"committedDate":           commit(func(cv commitView) any { return cv.Committer.At.String() }),
		"authoredByCommitter":     commit(func(cv commitView) any { return cv.Author.Login == cv.Committer.Login }),
		"message":                 commit(func(cv commitView) any { return cv.message() }),
		"messageHeadline":         commit(func(cv commitView) any { return cv.headline() }),
		"messageBody":             commit(func(cv commitView) any { return cv.Body }),
		"additions":               commit(func(cv commitView) any { return cv.Additions }),
		"deletions":               commit(func(cv commitView) any { return cv.Deletions }),
		"changedFiles":            commit(func(cv commitView) any { return cv.ChangedFiles }),
		"changedFilesIfAvailable": commit(func(cv commitView) any { return cv.ChangedFiles }),
		"parents":                 of(commitParents),
		"history":                 of(commitHistory),
		"associatedPullRequests":  of(func(c *call, cv commitView) any { return c.references(cv.repo.pullsOf(cv.OID)) }),
		"checkSuites":             of(commitSuites),
		"deployments": of(func(c *call, cv commitView) any {
			return c.deploymentList(filter(cv.repo.deployments(), func(d *deploymentView) bool { return d.OID == cv.OID }))
		}),
	}, fixed(nil, "onBehalfOf pushedDate signature status statusCheckRollup viewerSubscription"),
		fixed(false, "committedViaWeb viewerCanSubscribe"))
}

func commitParents(c *call, cv commitView) any {
	var edges []edge
	for i, oid := range cv.Parents {
		if n, ok := cv.repo.commitNode(oid).(node); ok {
			edges = append(edges, edge{place{N: int64(i)}, n})
		}
	}
	return c.connect("parents", &shortList{entries: edges})
}

// commitHistory lists a commit and all that it descends from, by committer date, the
// newest first.
func commitHistory(c *call, cv commitView) any {
	if c.args["path"] != nil || c.args["author"] != nil {
		return fmt.Errorf("simulated GitHub knows no history by path or author")
	}
	since, until, err := c.interval()
	if err != nil {
		return err
	}
	var edges []edge
	for _, i := range cv.repo.history(cv.OID) {
		commit := cv.repo.Commits[i]
		if at := commit.Committer.At; at >= since && at <= until {
			edges = append(edges, edge{place{N: int64(at), ID: int64(i)}, node{"Commit", commitView{commit, cv.repo}}})
		}
	}
	return c.connect("history", newList(edges, true))
}

// interval reads the arguments since and until.
func (c *call) interval() (since, until Time, err error) {
	since, until = -1<<62, 1<<62
	for name, at := range map[string]*Time{"since": &since, "until": &until} {
		text, ok := c.args[name].(string)
		if !ok {
			continue
		}
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return 0, 0, &queryError{Message: fmt.Sprintf("Could not coerce value %q to GitTimestamp", text)}
		}
		*at = Time(parsed.Unix())
	}
	return since, until, nil
}

func tagFields() resolvers {
	path := func(r refView) string { return "/" + r.repo.fullName() + "/commit/" + r.tag.OID }
	return resolvers{
		"id":                 of(func(_ *call, r refView) any { return nameID("TA", r.repo.ID, r.tag.TagOID) }),
		"oid":                of(func(_ *call, r refView) any { return r.tag.TagOID }),
		"abbreviatedOid":     of(func(_ *call, r refView) any { return r.tag.TagOID[:min(7, len(r.tag.TagOID))] }),
		"name":               of(func(_ *call, r refView) any { return r.name }),
		"message":            of(func(_ *call, r refView) any { return r.name }),
		"tagger":             of(func(_ *call, r refView) any { return node{"GitActor", gitActor{Signature{At: r.tag.At}, r.repo}} }),
		"target":             of(func(_ *call, r refView) any { return r.repo.commitNode(r.tag.OID) }),
		"repository":         of(func(_ *call, r refView) any { return node{"Repository", r.repo} }),
		"commitUrl":          of(func(_ *call, r refView) any { return webURL(path(r)) }),
		"commitResourcePath": of(func(_ *call, r refView) any { return path(r) }),
	}
}

func refFields() resolvers {
	return join(fixed(nil, "branchProtectionRule refUpdateRule rules"), resolvers{
		"id":         of(func(_ *call, r refView) any { return nameID("REF", r.repo.ID, r.prefix+r.name) }),
		"name":       of(func(_ *call, r refView) any { return r.name }),
		"prefix":     of(func(_ *call, r refView) any { return r.prefix }),
		"repository": of(func(_ *call, r refView) any { return node{"Repository", r.repo} }),
		"target":     of(func(_ *call, r refView) any { return r.target() }),
		"associatedPullRequests": of(func(c *call, r refView) any {
			return c.items(r.repo, true, "head:"+r.name, func(iv *itemView) bool {
				return iv.PR.HeadRef == r.name && iv.sameRepository()
			})
		}),
	})
}

// releaseView is a release in its repository.
type releaseView struct {
	*Release
	repo *repoView
}

// latestRelease shows the newest release that is no pre-release, nil if there is none.
func latestRelease(rv *repoView) any {
	releases := rv.releases()
	i := slices.IndexFunc(releases, func(r *Release) bool { return !r.Prerelease })
	if i < 0 {
		return nil
	}
	return node{"Release", releaseView{releases[i], rv}}
}

func releaseByTag(rv *repoView, tag string) any {
	for _, r := range rv.releases() {
		if r.Tag == tag {
			return node{"Release", releaseView{r, rv}}
		}
	}
	return nil
}

func repositoryReleases(c *call, rv *repoView) any {
	field, descending := c.orderBy("CREATED_AT")
	if c.args["orderBy"] == nil {
		descending = true
	}
	var edges []edge
	for _, r := range rv.releases() {
		at := place{N: int64(r.CreatedAt), ID: r.ID}
		if field == "NAME" {
			at = place{Text: r.Name, ID: r.ID}
		}
		edges = append(edges, edge{at, node{"Release", releaseView{r, rv}}})
	}
	return c.connect("releases:"+field, newList(edges, descending))
}

func releaseTypes() map[string]resolvers {
	release := func(f func(releaseView) any) resolver { return of(func(_ *call, r releaseView) any { return f(r) }) }
	path := func(_ *call, r releaseView) string { return "/" + r.repo.fullName() + "/releases/tag/" + r.Tag }
	return map[string]resolvers{"Release": join(paths(path), resolvers{
		"id":          release(func(r releaseView) any { return r.repo.id(r.NodeID, "RE", r.ID) }),
		"databaseId":  release(func(r releaseView) any { return r.ID }),
		"name":        release(func(r releaseView) any { return orNil(r.Name) }),
		"tagName":     release(func(r releaseView) any { return r.Tag }),
		"tag":         release(func(r releaseView) any { return r.repo.ref("refs/tags/" + r.Tag) }),
		"tagCommit":   release(releaseCommit),
		"author":      release(func(r releaseView) any { return userNode(r.repo.user(r.Author)) }),
		"createdAt":   release(func(r releaseView) any { return r.CreatedAt }),
		"publishedAt": release(func(r releaseView) any { return r.PublishedAt }),
		"updatedAt":   release(func(r releaseView) any { return r.PublishedAt }),
		"isLatest":    release(func(r releaseView) any { n, ok := latestRelease(r.repo).(node); return ok && n.value == r }),
		"repository":  release(func(r releaseView) any { return node{"Repository", r.repo} }),
		"reactions":   empty("reactions"), "releaseAssets": empty("assets"),
		"isPrerelease": release(func(r releaseView) any { return r.Prerelease }),
	}, fixed(nil, "description descriptionHTML shortDescriptionHTML mentions"), fixed(false, "isDraft viewerCanReact"),
		fixed([]string{}, "reactionGroups"))}
}

func releaseCommit(r releaseView) any {
	for _, tag := range r.repo.tags() {
		if tag.Name == r.Tag {
			return r.repo.commitNode(tag.OID)
		}
	}
	return nil
}
