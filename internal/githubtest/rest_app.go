package githubtest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// appRoutes are the addresses at which Apps sign with a JSON web token.
func appRoutes() []route {
	routes := []route{
		{template: "/app", serve: (*exchange).getApp},
		{template: "/app/installations", serve: (*exchange).listInstallations},
		{template: "/app/installations/{installation_id}", serve: (*exchange).getInstallation},
		{template: "/app/installations/{installation_id}/access_tokens", method: http.MethodPost, serve: (*exchange).mintToken},
	}
	for i := range routes {
		routes[i].app = true
	}
	return routes
}

// getApp answers what the App is that asks.
func (x *exchange) getApp() (any, *apiError) {
	app := x.caller.app
	return fields{
		"id": app.ID, "client_id": app.ClientID, "slug": app.Slug, "node_id": GlobalID("A", app.ID),
		"owner": x.account(x.appOwner(app)), "name": app.Slug, "description": nil,
		"external_url": webURL("/apps/" + app.Slug), "html_url": webURL("/apps/" + app.Slug),
		"created_at": unknownSince, "updated_at": unknownSince, "permissions": app.permissions(), "events": []string{},
		"installations_count": len(x.server.apps.of(app)),
	}, nil
}

// appOwner gives the account that made an App.
func (x *exchange) appOwner(app *App) *User {
	if app.Owner != "" {
		return x.accountOrNew(app.Owner)
	}
	for _, rv := range x.view.repos() {
		if u := rv.account(); u.Type == "Organization" {
			return u
		}
	}
	return &User{ID: accountID(app.Slug), Login: app.Slug, Type: "Organization"}
}

// accountOrNew gives the account of a login, an organization where no dataset knows it.
func (x *exchange) accountOrNew(login string) *User {
	if u := x.view.account(login); u != nil {
		return u
	}
	return &User{ID: accountID(login), Login: login, Type: "Organization"}
}

func (x *exchange) listInstallations() (any, *apiError) {
	return mapped(paged(x, x.server.apps.of(x.caller.app)), x.installation), nil
}

func (x *exchange) getInstallation() (any, *apiError) {
	i, err := x.askedInstallation()
	if err != nil {
		return nil, err
	}
	return x.installation(i), nil
}

// askedInstallation finds the installation that a request names, if it is one of the
// App's that asks.
func (x *exchange) askedInstallation() (installed, *apiError) {
	id := x.number("installation_id")
	for _, i := range x.server.apps.of(x.caller.app) {
		if i.ID == id {
			return i, nil
		}
	}
	return installed{}, notFound()
}

// installation shows an installation to its App.
func (x *exchange) installation(i installed) fields {
	account := x.accountOrNew(i.Account)
	page := "/settings/installations/" + itoa(i.ID)
	if account.Type == "Organization" {
		page = "/organizations/" + account.Login + page
	}
	o := fields{
		"id": i.ID, "app_id": i.app.ID, "client_id": i.app.ClientID, "app_slug": i.app.Slug,
		"account": x.account(account), "target_id": account.ID, "target_type": account.Type,
		"repository_selection": selectionOf(i.selected()), "permissions": i.permissions(), "events": []string{},
		"access_tokens_url": x.root + "/app/installations/" + itoa(i.ID) + "/access_tokens",
		"repositories_url":  x.root + "/installation/repositories", "html_url": webURL(page),
		"single_file_name": nil, "has_multiple_single_files": false, "single_file_paths": []string{},
		"created_at": TimeOf(i.since), "updated_at": TimeOf(i.since), "suspended_by": nil, "suspended_at": nil,
	}
	if i.Suspended {
		o["suspended_by"], o["suspended_at"] = x.account(account), TimeOf(i.suspendedAt)
	}
	return o
}

func selectionOf(selected bool) string {
	if selected {
		return "selected"
	}
	return "all"
}

// asked is what a request for a token asks for.
type asked struct {
	Repositories  []string          `json:"repositories"` // names without the owner
	RepositoryIDs []int64           `json:"repository_ids"`
	Permissions   map[string]string `json:"permissions"`
}

const (
	tokenDocs        = "https://docs.github.com/rest/reference/apps#create-an-installation-access-token-for-an-app"
	foreignRepos     = "There is at least one repository that does not exist or is not accessible to the parent installation."
	foreignRights    = "The permissions requested are not granted to this installation."
	suspendedInstall = "This installation has been suspended"
)

// mintToken makes a token of an installation.
func (x *exchange) mintToken() (any, *apiError) {
	i, err := x.askedInstallation()
	if err != nil {
		return nil, err
	}
	if i.Suspended {
		e := refuse(http.StatusForbidden, suspendedInstall)
		e.body.Docs = tokenDocs
		return nil, e
	}
	var want asked
	body, failed := io.ReadAll(io.LimitReader(x.request.Body, 1<<20))
	if failed == nil && len(body) > 0 {
		failed = json.Unmarshal(body, &want)
	}
	if failed != nil {
		return nil, refuse(http.StatusBadRequest, "Problems parsing JSON")
	}
	return x.minted(i, want)
}

// minted makes the token that is asked for, if the installation has that much.
func (x *exchange) minted(i installed, want asked) (any, *apiError) {
	names, readable := x.repositoriesFor(i, want)
	if !within(names, readable) {
		return nil, refuse(http.StatusUnprocessableEntity, foreignRepos)
	}
	granted := i.permissions()
	for name, level := range want.Permissions {
		if levelOf(level) > levelOf(granted[name]) {
			return nil, refuse(http.StatusUnprocessableEntity, foreignRights)
		}
	}
	token := mintedToken{installation: i.ID, expires: x.now.Add(tokenLife), repositories: names, permissions: want.Permissions}
	token.core, token.points = x.server.budgets(len(readable))
	x.server.apps.mu.Lock()
	secret := x.server.apps.mint(i.ID, token)
	x.server.apps.mu.Unlock()
	x.created = true
	return fields{
		"token": secret, "expires_at": token.expires.UTC().Format(time.RFC3339),
		"permissions":          narrowed(granted, want.Permissions),
		"repository_selection": selectionOf(names != nil || i.selected()),
	}, nil
}

// repositoriesFor gives the repositories that a token is asked for, nil for all, and those
// that its installation reads.
func (x *exchange) repositoriesFor(i installed, want asked) (names, readable []string) {
	byID := map[int64]string{}
	for _, rv := range x.view.everything(i.Account) {
		if !i.selected() || containsFold(i.Repositories, rv.fullName()) {
			readable = append(readable, rv.fullName())
			byID[rv.ID] = rv.fullName()
		}
	}
	for _, name := range want.Repositories {
		names = append(names, i.Account+"/"+name)
	}
	for _, id := range want.RepositoryIDs {
		names = append(names, byID[id]) // "" is none of them
	}
	return names, readable
}

// everything gives an account's repositories, whoever may read them.
func (v *view) everything(owner string) []*repoView {
	all := *v
	all.allow = nil
	return all.reposOf(owner)
}

// levelOf orders the levels of permissions.
func levelOf(level string) int {
	return slices.Index([]string{"", "read", "write", "admin"}, strings.ToLower(level))
}
