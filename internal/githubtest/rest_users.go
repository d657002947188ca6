package githubtest

import (
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
)

// ghost is the account that REST shows in place of deleted ones.
var ghost = &User{ID: 10137, Login: "ghost", Type: "User"}

// accountID makes the id of an account that no dataset knows.
func accountID(login string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.ToLower(login)))
	return int64(h.Sum32())
}

// simpleUser shows the account of a login as it is embedded in other answers.
func (x *exchange) simpleUser(rv *repoView, login string) fields { return x.account(rv.user(login)) }

// account shows an account, nil as ghost.
func (x *exchange) account(u *User) fields {
	if u == nil {
		u = ghost
	}
	api := x.root + "/users/" + u.Login
	page := "/" + u.Login
	if name, ok := u.bot(); ok {
		page = "/apps/" + name
	}
	return fields{
		"login": u.Login, "id": u.ID, "node_id": x.view.userNodeID(u), "type": u.Type, "site_admin": false,
		"user_view_type": "public", "gravatar_id": "",
		"avatar_url":          "https://avatars.githubusercontent.com/u/" + strconv.FormatInt(u.ID, 10) + "?v=4",
		"url":                 api,
		"html_url":            webURL(page),
		"followers_url":       api + "/followers",
		"following_url":       api + "/following{/other_user}",
		"gists_url":           api + "/gists{/gist_id}",
		"starred_url":         api + "/starred{/owner}{/repo}",
		"subscriptions_url":   api + "/subscriptions",
		"organizations_url":   api + "/orgs",
		"repos_url":           api + "/repos",
		"events_url":          api + "/events{/privacy}",
		"received_events_url": api + "/received_events",
	}
}

// getUser answers who the caller is.
func (x *exchange) getUser() (any, *apiError) {
	switch {
	case x.caller.anonymous:
		return nil, refuse(http.StatusUnauthorized, "Requires authentication")
	case x.caller.Installation != "":
		return nil, refuse(http.StatusForbidden, "%s", x.caller.notAccessible())
	}
	return x.publicUser(x.viewer()), nil
}

func (x *exchange) getAccount() (any, *apiError) {
	u := x.view.account(x.params["username"])
	if u == nil {
		return nil, notFound()
	}
	return x.publicUser(u), nil
}

// publicUser shows an account at its own address.
func (x *exchange) publicUser(u *User) fields {
	o := x.account(u)
	for name, value := range map[string]any{
		"name": orNil(u.Name), "company": nil, "blog": "", "location": nil, "email": nil, "hireable": nil, "bio": nil,
		"twitter_username": nil, "public_repos": len(x.view.reposOf(u.Login)), "public_gists": 0,
		"followers": 0, "following": 0, "created_at": unknownSince, "updated_at": unknownSince,
	} {
		o[name] = value
	}
	return o
}

// getRateLimit answers with the caller's budgets, which costs nothing.
func (x *exchange) getRateLimit() (any, *apiError) {
	if !x.limited() {
		return nil, refuse(http.StatusNotFound, "Rate limiting is not enabled.")
	}
	resources := fields{}
	for _, name := range []string{coreResource, graphQLResource, searchResource} {
		b := x.server.limits.peek(x.caller, name, x.now)
		resources[name] = fields{
			"limit": b.Limit, "remaining": b.Remaining(), "used": b.Used, "reset": b.Reset.Unix(), "resource": name,
		}
	}
	return x.drop(fields{"resources": resources, "rate": resources[coreResource]}, "rate"), nil
}

// getMeta answers what GitHub says of itself.
func (x *exchange) getMeta() (any, *apiError) {
	meta := fields{"verifiable_password_authentication": false}
	if x.server.opts.Enterprise {
		meta["installed_version"] = enterpriseVersion
	}
	return meta, nil
}

const enterpriseVersion = "3.17.0"
