package githubtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// unknownSince stands for the creation of accounts and labels, which datasets do not know.
const unknownSince = Time(1199145600) // 2008-01-01

// accountNode shows an account as its type of actor, nil for a deleted one.
func accountNode(u *User) any {
	if u == nil {
		return nil
	}
	switch _, bot := u.bot(); {
	case bot:
		return node{"Bot", u}
	case u.Type == "Organization", u.Type == "Mannequin":
		return node{u.Type, u}
	}
	return node{"User", u}
}

// userNode shows an account where only users can stand, nil for all others.
func userNode(u *User) any {
	if n, ok := accountNode(u).(node); ok && n.typ == "User" {
		return n
	}
	return nil
}

// actor shows the account of a login, nil for a deleted one.
func (rv *repoView) actor(login string) any { return accountNode(rv.user(login)) }

// actorPath is the address of an account's page below the host.
func actorPath(u *User) string {
	login, bot := u.bot()
	if bot {
		return "/apps/" + login
	}
	return "/" + login
}

// webURL is the address of a page for people.
func webURL(path string) string { return "https://github.com" + path }

// paths resolves url and resourcePath by a function that gives the path.
func paths[T any](path func(*call, T) string) resolvers {
	return resolvers{
		"url":          of(func(c *call, t T) any { return webURL(path(c, t)) }),
		"resourcePath": of(func(c *call, t T) any { return path(c, t) }),
	}
}

// actorTypes resolves accounts and teams.
func actorTypes() map[string]resolvers {
	actor := join(paths(func(_ *call, u *User) string { return actorPath(u) }), resolvers{
		"id":         of(func(c *call, u *User) any { return c.view.userNodeID(u) }),
		"databaseId": of(func(_ *call, u *User) any { return u.ID }),
		"login":      of(func(_ *call, u *User) any { login, _ := u.bot(); return login }),
		"avatarUrl": of(func(_ *call, u *User) any {
			return fmt.Sprintf("https://avatars.githubusercontent.com/u/%d?v=4", u.ID)
		}),
		"createdAt": always(unknownSince), "updatedAt": always(unknownSince),
	})
	owner := resolvers{
		"name":         of(func(_ *call, u *User) any { return orNil(u.Name) }),
		"repositories": of(accountRepositories),
		"repository":   of(accountRepository),
	}
	return map[string]resolvers{
		"Bot":       actor,
		"Mannequin": join(actor, fixed(nil, "claimant email")),
		"User": join(actor, owner, fixed(nil, "bio company location websiteUrl twitterUsername pronouns status"),
			fixed("", "email"), fixed(false, "isEmployee isSiteAdmin isHireable isBountyHunter isCampusExpert isGitHubStar "+
				"isDeveloperProgramMember isFollowingViewer viewerIsFollowing viewerCanFollow"), resolvers{
				"login":    of(func(_ *call, u *User) any { return u.Login }),
				"isViewer": of(func(c *call, u *User) any { return strings.EqualFold(c.host.viewer().Login, u.Login) }),
			}),
		"Organization": join(actor, owner, fixed(nil, "description email location websiteUrl twitterUsername archivedAt"),
			fixed(false, "isVerified viewerIsAMember viewerCanAdminister viewerIsFollowing")),
		"Team": join(paths(func(_ *call, t teamView) string { return "/orgs/" + t.repo.owner + "/teams/" + t.slug }),
			fixed(unknownSince, "createdAt updatedAt"), fixed(nil, "description parentTeam"), fixed("VISIBLE", "privacy"), resolvers{
				"id":           of(func(_ *call, t teamView) any { return GlobalID("T", t.repo.account().ID, t.id()) }),
				"databaseId":   of(func(_ *call, t teamView) any { return t.id() }),
				"slug":         of(func(_ *call, t teamView) any { return t.slug }),
				"name":         of(func(_ *call, t teamView) any { return t.slug }),
				"combinedSlug": of(func(_ *call, t teamView) any { return t.repo.owner + "/" + t.slug }),
				"organization": of(func(_ *call, t teamView) any { return accountNode(t.repo.account()) }),
			}),
		"GitActor": {
			"date":      of(func(_ *call, g gitActor) any { return g.At.String() }),
			"name":      of(func(_ *call, g gitActor) any { return orNil(g.Login) }),
			"email":     of(func(_ *call, g gitActor) any { return g.email() }),
			"user":      of(func(_ *call, g gitActor) any { return userNode(g.repo.user(g.Login)) }),
			"avatarUrl": always("https://avatars.githubusercontent.com/u/0?v=4"),
		},
	}
}

// orNil gives nil for "".
func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// teamView is a team that is asked to review.
type teamView struct {
	repo *repoView
	slug string
}

// id is made from the name: datasets know teams by their slugs only.
func (t teamView) id() int64 { return accountID(t.repo.owner + "/" + t.slug) }

// reviewer shows who is asked to review: a login, or a team as team:SLUG.
func (rv *repoView) reviewer(who string) any {
	if slug, ok := strings.CutPrefix(who, "team:"); ok {
		return node{"Team", teamView{rv, slug}}
	}
	return rv.actor(who)
}

// gitActor is the author or committer of a commit.
type gitActor struct {
	Signature
	repo *repoView
}

func (g gitActor) email() string {
	return orString(strings.ToLower(g.Login), "nobody") + "@users.noreply.github.com"
}

// accountRepositories lists the repositories of an account.
func accountRepositories(c *call, u *User) any {
	field, descending := c.orderBy("NAME")
	repos := slices.DeleteFunc(c.view.reposOf(u.Login), func(rv *repoView) bool { return !c.wantsRepository(rv) })
	edges := make([]edge, len(repos))
	for i, rv := range repos {
		edges[i] = edge{repositoryPlace(rv, field), node{"Repository", rv}}
	}
	return c.connect("repositories:"+field, newList(edges, descending))
}

// wantsRepository applies the filters of a list of repositories.
func (c *call) wantsRepository(rv *repoView) bool {
	if want, ok := c.args["isArchived"].(bool); ok && want != rv.archived() {
		return false
	}
	if want, ok := c.args["isFork"].(bool); ok && want {
		return false
	}
	wanted := strings.ToLower(cmp.Or(c.text("visibility"), c.text("privacy")))
	return wanted == "" || wanted == rv.visibility() || wanted == "private" && rv.visibility() == "internal"
}

func repositoryPlace(rv *repoView, field string) place {
	switch field {
	case "CREATED_AT":
		return place{N: int64(rv.CreatedAt), ID: rv.ID}
	case "UPDATED_AT", "PUSHED_AT":
		return place{N: int64(rv.pushedAt()), ID: rv.ID}
	case "STARGAZERS":
		return place{N: int64(rv.stars()), ID: rv.ID}
	}
	return place{Text: strings.ToLower(rv.name), ID: rv.ID}
}

func accountRepository(c *call, u *User) any {
	rv, moved := c.view.repoByName(u.Login, c.text("name"))
	if rv == nil || moved && c.args["followRenames"] == false {
		return notResolved("a Repository with the name '%s/%s'.", u.Login, c.text("name"))
	}
	return c.repository(rv)
}
