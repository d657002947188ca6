package githubtest

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// repositoryURLs are the addresses below a repository's own in the API.
var repositoryURLs = map[string]string{
	"archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}", "blobs_url": "/git/blobs{/sha}",
	"branches_url": "/branches{/branch}", "collaborators_url": "/collaborators{/collaborator}",
	"comments_url": "/comments{/number}", "commits_url": "/commits{/sha}", "compare_url": "/compare/{base}...{head}",
	"contents_url": "/contents/{+path}", "contributors_url": "/contributors", "deployments_url": "/deployments",
	"downloads_url": "/downloads", "events_url": "/events", "forks_url": "/forks",
	"git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}", "git_tags_url": "/git/tags{/sha}",
	"hooks_url": "/hooks", "issue_comment_url": "/issues/comments{/number}", "issue_events_url": "/issues/events{/number}",
	"issues_url": "/issues{/number}", "keys_url": "/keys{/key_id}", "labels_url": "/labels{/name}",
	"languages_url": "/languages", "merges_url": "/merges", "milestones_url": "/milestones{/number}",
	"notifications_url": "/notifications{?since,all,participating}", "pulls_url": "/pulls{/number}",
	"releases_url": "/releases{/id}", "stargazers_url": "/stargazers", "statuses_url": "/statuses/{sha}",
	"subscribers_url": "/subscribers", "subscription_url": "/subscription", "tags_url": "/tags", "teams_url": "/teams",
	"trees_url": "/git/trees{/sha}", "url": "",
}

// minimalRepository shows a repository as it stands in lists and in other objects.
func (x *exchange) minimalRepository(rv *repoView) fields {
	o := fields{
		"id": rv.ID, "node_id": rv.nodeID(), "name": rv.name, "full_name": rv.fullName(),
		"owner": x.account(rv.account()), "private": rv.visibility() != "public",
		"fork":     x.view.world.byID[rv.ID] == nil, // forks are made for the pull requests that come from them
		"html_url": webURL("/" + rv.fullName()), "description": orNil(rv.Description),
	}
	for name, path := range repositoryURLs {
		o[name] = x.apiURL(rv, path)
	}
	return o
}

// repository shows a repository as lists of repositories have it, with its counters.
func (x *exchange) repository(rv *repoView) fields {
	o := x.minimalRepository(rv)
	open := rv.count(&listing{issues: true, pulls: true, keep: isOpen, key: "open"})
	site := "github.com/" + rv.fullName() + ".git"
	maps.Copy(o, fields{
		"git_url": "git://" + site, "ssh_url": "git@github.com:" + rv.fullName() + ".git", "clone_url": "https://" + site,
		"svn_url": webURL("/" + rv.fullName()), "mirror_url": nil, "homepage": nil, "language": orNil(rv.Language),
		"license": nil, "topics": []string{}, "is_template": false, "default_branch": rv.DefaultBranch,
		"has_issues": !rv.issuesOff, "has_projects": true, "has_wiki": true, "has_pages": false, "has_downloads": true,
		"has_discussions": false, "archived": rv.archived(), "disabled": false, "visibility": rv.visibility(),
		"allow_forking": true, "web_commit_signoff_required": false,
		"forks": rv.forks(), "forks_count": rv.forks(), "stargazers_count": rv.stars(), "watchers": rv.stars(),
		"watchers_count": rv.stars(), "size": rv.sizeKB(), "open_issues": open, "open_issues_count": open,
		"created_at": rv.CreatedAt, "updated_at": rv.updatedAt(), "pushed_at": rv.pushedAt(),
		"permissions": fields{"admin": false, "maintain": false, "push": false, "triage": false, "pull": true},
	})
	return o
}

func isOpen(iv *itemView) bool { return iv.state() == "OPEN" }

func (x *exchange) getRepository() (any, *apiError) {
	o := x.repository(x.repo)
	o["subscribers_count"], o["network_count"], o["temp_clone_token"] = x.repo.watchers(), x.repo.forks(), nil
	if owner := x.repo.account(); owner.Type == "Organization" {
		o["organization"] = x.account(owner)
	}
	return o, nil
}

// embedded gives the encoded repository, once for an answer: lists of pull requests hold
// it twice in each row.
func (x *exchange) embedded(rv *repoView) json.RawMessage {
	if _, ok := x.encoded[rv.ID]; !ok {
		x.encode(rv.ID, x.repository(rv))
	}
	return x.encoded[rv.ID]
}

// encode keeps an encoded repository for the other rows of the answer.
func (x *exchange) encode(id int64, value fields) {
	if x.encoded == nil {
		x.encoded = map[int64]json.RawMessage{}
	}
	x.encoded[id] = encode(value)
}

// listOwned lists the repositories of an organization or a user.
func (x *exchange) listOwned() (any, *apiError) {
	owner := cmp.Or(x.params["org"], x.params["username"])
	if err := x.signedOn(owner); err != nil {
		return nil, err
	}
	repos := filter(x.view.reposOf(owner), x.mayRead)
	if len(repos) == 0 && x.view.account(owner) == nil {
		return nil, notFound()
	}
	if err := x.sortRepositories(repos); err != nil {
		return nil, err
	}
	return mapped(paged(x, repos), x.repository), nil
}

// sortRepositories orders a list as the query says. Organizations list the newest
// first, all others by name.
func (x *exchange) sortRepositories(repos []*repoView) *apiError {
	words := []string{"created", "updated", "pushed", "full_name"}
	if x.params["org"] == "" {
		words = []string{"full_name", "created", "updated", "pushed"}
	}
	by, err := x.choice("Repository", "sort", words...)
	if err != nil {
		return err
	}
	standard := []string{"desc", "asc"}
	if by == "full_name" {
		standard = []string{"asc", "desc"}
	}
	direction, err := x.choice("Repository", "direction", standard...)
	if err != nil {
		return err
	}
	key := map[string]func(*repoView) Time{
		"created": func(rv *repoView) Time { return rv.CreatedAt }, "updated": (*repoView).updatedAt, "pushed": (*repoView).pushedAt,
		"full_name": func(*repoView) Time { return 0 },
	}[by]
	slices.SortStableFunc(repos, func(a, b *repoView) int {
		order := cmp.Or(cmp.Compare(key(a), key(b)), strings.Compare(strings.ToLower(a.fullName()), strings.ToLower(b.fullName())))
		if direction == "desc" {
			return -order
		}
		return order
	})
	return nil
}

// listInstalled lists what an App's installation may read.
func (x *exchange) listInstalled() (any, *apiError) {
	if x.caller.anonymous || x.caller.Installation == "" {
		return nil, refuse(http.StatusForbidden, "You must authenticate with an installation access token in order to "+
			"list repositories for an installation.")
	}
	selected := x.caller.selected || len(x.caller.Repositories) > 0
	repos := filter(x.view.reposOf(x.caller.Installation), func(rv *repoView) bool {
		return !selected || containsFold(x.caller.Repositories, rv.fullName())
	})
	return fields{
		"total_count": len(repos), "repository_selection": selectionOf(selected),
		"repositories": mapped(paged(x, repos), x.repository),
	}, nil
}

// itoa writes a number of any kind.
func itoa[T int | int64](n T) string { return strconv.FormatInt(int64(n), 10) }
