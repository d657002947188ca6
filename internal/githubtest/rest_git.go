package githubtest

import (
	"cmp"
	"crypto/sha1" //nolint:gosec // git's ids, not a secret
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// gitUser shows who made a commit as git has it: name, address and time.
func gitUser(s Signature) fields {
	return fields{"name": cmp.Or(s.Login, "nobody"), "email": gitActor{Signature: s}.email(), "date": s.At}
}

// message gives a commit's whole message.
func (c *Commit) message() string {
	headline := cmp.Or(c.Headline, "Change")
	if c.Body == "" {
		return headline
	}
	return headline + "\n\n" + c.Body
}

// tree is the id of a commit's tree, of which datasets know nothing.
func (c *Commit) tree() string {
	sum := sha1.Sum([]byte("tree of " + c.OID)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// gitCommit shows a commit as git has it.
func (x *exchange) gitCommit(rv *repoView, c *Commit) fields {
	return fields{
		"url": x.apiURL(rv, "/git/commits/"+c.OID), "author": gitUser(c.Author), "committer": gitUser(c.Committer),
		"message": c.message(), "comment_count": 0,
		"tree": fields{"sha": c.tree(), "url": x.apiURL(rv, "/git/trees/"+c.tree())},
		"verification": fields{
			"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil,
		},
	}
}

func (x *exchange) parents(rv *repoView, c *Commit) []fields {
	return mapped(c.Parents, func(oid string) fields {
		return fields{
			"sha": oid, "url": x.apiURL(rv, "/commits/"+oid), "html_url": webURL("/" + rv.fullName() + "/commit/" + oid),
		}
	})
}

// commit shows a commit with the accounts of those who made it.
func (x *exchange) commit(rv *repoView, c *Commit) fields {
	api := x.apiURL(rv, "/commits/"+c.OID)
	return fields{
		"sha": c.OID, "node_id": CommitGlobalID(rv.ID, c.OID), "url": api, "comments_url": api + "/comments",
		"html_url": webURL("/" + rv.fullName() + "/commit/" + c.OID), "commit": x.gitCommit(rv, c),
		"author": x.actorOrNull(rv, c.Author.Login), "committer": x.actorOrNull(rv, c.Committer.Login),
		"parents": x.parents(rv, c),
	}
}

// commitInFull shows a commit with the size of its change.
func (x *exchange) commitInFull(c *Commit) fields {
	o := x.commit(x.repo, c)
	o["stats"] = fields{"additions": c.Additions, "deletions": c.Deletions, "total": c.Additions + c.Deletions}
	o["files"] = []fields{}
	return o
}

func emptyRepository() *apiError { return refuse(http.StatusConflict, "Git Repository is empty.") }

// listCommits lists what is reachable from the default branch or from the parameter sha,
// by the committers' clocks, newest first.
func (x *exchange) listCommits() (any, *apiError) {
	tip := x.repo.headCommit()
	if tip == nil {
		return nil, emptyRepository()
	}
	if ref := x.query.Get("sha"); ref != "" {
		if tip = x.resolve(ref); tip == nil {
			return nil, notFound()
		}
	}
	since, err1 := x.since("Commit")
	until, err2 := x.until()
	if err := cmp.Or(err1, err2); err != nil {
		return nil, err
	}
	author := x.query.Get("author")
	rows := filter(x.historyOf(tip), func(c *Commit) bool {
		at := c.Committer.At
		return at >= since && (until == 0 || at <= until) && (author == "" || strings.EqualFold(c.Author.Login, author))
	})
	return mapped(paged(x, rows), func(c *Commit) fields { return x.commit(x.repo, c) }), nil
}

func (x *exchange) until() (Time, *apiError) {
	value := x.query.Get("until")
	if value == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return 0, invalid("Commit", "until")
	}
	return TimeOf(t), nil
}

// historyOf gives a commit and its ancestors, newest first.
func (x *exchange) historyOf(from *Commit) []*Commit {
	indices := slices.Clone(x.repo.history(from.OID))
	slices.SortFunc(indices, func(a, b int) int {
		return cmp.Or(cmp.Compare(x.repo.Commits[b].Committer.At, x.repo.Commits[a].Committer.At), cmp.Compare(b, a))
	})
	return mapped(indices, func(i int) *Commit { return x.repo.Commits[i] })
}

// resolve finds the commit of a branch, a tag or an id, nil if there is none that GitHub
// has by now.
func (x *exchange) resolve(ref string) *Commit {
	ref = strings.TrimPrefix(strings.TrimPrefix(ref, "refs/"), "heads/")
	if ref == x.repo.DefaultBranch || ref == "HEAD" {
		return x.repo.headCommit()
	}
	for _, t := range x.repo.tags() {
		if t.Name == strings.TrimPrefix(ref, "tags/") {
			return x.repo.Commit(t.OID)
		}
	}
	if iv := x.branchOwner(ref); iv != nil {
		return headOf(iv)
	}
	return x.byOID(ref)
}

// byOID finds a commit by its id or at least seven digits of it.
func (x *exchange) byOID(oid string) *Commit {
	if len(oid) < 7 {
		return nil
	}
	i := slices.IndexFunc(x.repo.Commits, func(c *Commit) bool { return strings.HasPrefix(c.OID, oid) })
	if i < 0 || !x.pushed(x.repo.Commits[i]) {
		return nil
	}
	return x.repo.Commits[i]
}

// pushed says whether GitHub has a commit: on the default branch or in a pull request.
func (x *exchange) pushed(c *Commit) bool {
	return c.LandedAt.By(x.repo.now()) || len(x.repo.pullsOf(c.OID)) > 0
}

// branchOwner finds the open pull request whose branch in this repository has that name.
func (x *exchange) branchOwner(branch string) *itemView {
	var found *itemView
	for iv := range x.repo.items(&listing{pulls: true}, nil, false) {
		if owner, _, _ := strings.Cut(iv.PR.HeadRepo, "/"); iv.PR.HeadRef == branch && isOpen(iv) &&
			strings.EqualFold(owner, x.repo.owner) {
			found = iv
		}
	}
	return found
}

// headOf gives the head of a pull request.
func headOf(iv *itemView) *Commit {
	return known(iv.repo, PRCommit{OID: iv.headOID(), PushedAt: iv.updatedAt()})
}

func (x *exchange) getCommit() (any, *apiError) {
	if x.repo.headCommit() == nil {
		return nil, emptyRepository()
	}
	c := x.resolve(x.params["ref"])
	if c == nil {
		return nil, refuse(http.StatusUnprocessableEntity, "No commit found for SHA: %s", x.params["ref"])
	}
	return x.commitInFull(c), nil
}

func (x *exchange) getBranch() (any, *apiError) {
	name := x.params["branch"]
	var head *Commit
	if name == x.repo.DefaultBranch {
		head = x.repo.headCommit()
	} else if iv := x.branchOwner(name); iv != nil {
		head = headOf(iv)
	}
	if head == nil {
		return nil, refuse(http.StatusNotFound, "Branch not found")
	}
	api := x.apiURL(x.repo, "/branches/"+url.PathEscape(name))
	return fields{
		"name": name, "commit": x.commit(x.repo, head), "protected": false, "protection_url": api + "/protection",
		"_links": fields{"self": api, "html": webURL("/" + x.repo.fullName() + "/tree/" + name)},
		"protection": fields{"enabled": false, "required_status_checks": fields{
			"enforcement_level": "off", "contexts": []string{}, "checks": []string{},
		}},
	}, nil
}

func (x *exchange) listTags() (any, *apiError) {
	tags := x.repo.tags()
	slices.Reverse(tags) // GitHub gives the last name first
	return mapped(paged(x, tags), func(t *Tag) fields {
		return fields{
			"name": t.Name, "node_id": nameID("REF", x.repo.ID, "refs/tags/"+t.Name),
			"commit":      fields{"sha": t.OID, "url": x.apiURL(x.repo, "/commits/"+t.OID)},
			"zipball_url": x.apiURL(x.repo, "/zipball/refs/tags/"+t.Name),
			"tarball_url": x.apiURL(x.repo, "/tarball/refs/tags/"+t.Name),
		}
	}), nil
}

// releaseRows is how many releases GitHub lists.
const releaseRows = 10_000

func (x *exchange) listReleases() (any, *apiError) {
	rows := x.repo.releases()
	if (pageNumber(x.query)-1)*perPage(x.query) >= releaseRows {
		return nil, refuse(http.StatusUnprocessableEntity, "Only the first 10000 results are available.")
	}
	return mapped(paged(x, rows[:min(len(rows), releaseRows)]), x.release), nil
}

// release shows a published release.
func (x *exchange) release(r *Release) fields {
	api, page := x.apiURL(x.repo, "/releases/"+itoa(r.ID)), webURL("/"+x.repo.fullName()+"/releases/tag/"+r.Tag)
	return fields{
		"id": r.ID, "node_id": x.repo.id(r.NodeID, "RE", r.ID), "url": api, "html_url": page,
		"assets_url": api + "/assets", "assets": []string{},
		"upload_url":  "https://uploads.github.com/repos/" + x.repo.fullName() + "/releases/" + itoa(r.ID) + "/assets{?name,label}",
		"tarball_url": x.apiURL(x.repo, "/tarball/"+r.Tag), "zipball_url": x.apiURL(x.repo, "/zipball/"+r.Tag),
		"tag_name": r.Tag, "target_commitish": x.repo.DefaultBranch, "name": cmp.Or(r.Name, r.Tag), "body": "",
		"draft": false, "prerelease": r.Prerelease, "immutable": false, "created_at": r.CreatedAt,
		"published_at": r.PublishedAt, "updated_at": r.PublishedAt, "author": x.simpleUser(x.repo, r.Author),
	}
}
