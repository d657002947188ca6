package githubtest

import (
	"net/http"
	"slices"
	"strings"
)

// allPermissions are those that the server knows, each to read.
func allPermissions() map[string]string {
	return map[string]string{
		"metadata": "read", "issues": "read", "pull_requests": "read", "contents": "read",
		"deployments": "read", "actions": "read", "checks": "read",
	}
}

// What needs one of two permissions, and what every token may read.
const (
	issuesOrPulls = "issues pull_requests"
	metadata      = "metadata"
)

// may says whether the caller has one of the permissions, named with spaces between, in a
// repository. What is public needs none.
func (c caller) may(rv *repoView, permissions string) bool {
	if c.Permissions == nil || permissions == "" || permissions == metadata || rv.visibility() == "public" {
		return true
	}
	return slices.ContainsFunc(strings.Fields(permissions), func(name string) bool { return levelOf(c.Permissions[name]) > 0 })
}

// notAccessible is what GitHub says to those who lack a permission.
func (c caller) notAccessible() string {
	if c.Installation != "" {
		return "Resource not accessible by integration"
	}
	return "Resource not accessible by personal access token"
}

// permitted says why the caller may not ask for that of a repository, if so.
func (x *exchange) permitted() *apiError {
	if x.repo == nil || x.caller.may(x.repo, x.route.permission) {
		return nil
	}
	return refuse(http.StatusForbidden, "%s", x.caller.notAccessible())
}

// accepted is the header that names the permissions which open an address.
func (r *route) accepted() string {
	names := strings.Fields(r.permission)
	for i, name := range names {
		names[i] = name + "=read"
	}
	return strings.Join(names, "; ")
}

// guard keeps a caller from parts of what a view shows.
type guard struct {
	caller caller
	sso    *singleSignOn
	called *string // the organization whose sign-on a query met, for the answer's header
}

// newGuard gives the guard for a caller, nil for one whom nothing is kept from.
func newGuard(c caller, s *singleSignOn, called *string) *guard {
	if c.Permissions == nil && !s.asks(c) {
		return nil
	}
	return &guard{caller: c, sso: s, called: called}
}

// forbids gives the error for a field that needs a permission in a repository.
func (g *guard) forbids(rv *repoView, permissions string) error {
	if g == nil || g.caller.may(rv, permissions) {
		return nil
	}
	return &queryError{
		Type: "FORBIDDEN", Message: g.caller.notAccessible(), Extensions: map[string]any{"saml_failure": false},
	}
}

// fieldPermissions are the permissions that fields need, by type and name.
// defaultBranchRef is among them: https://github.com/cli/cli/issues/12798.
var fieldPermissions = map[string]map[string]string{
	"Repository": {
		"issues": "issues", "issue": "issues", "pullRequests": "pull_requests", "pullRequest": "pull_requests",
		"issueOrPullRequest": issuesOrPulls, "labels": issuesOrPulls, "label": issuesOrPulls,
		"milestones": issuesOrPulls, "milestone": issuesOrPulls,
		"defaultBranchRef": "contents", "ref": "contents", "refs": "contents", "object": "contents",
		"releases": "contents", "release": "contents", "latestRelease": "contents", "deployments": "deployments",
	},
	"Issue":             {"closedByPullRequestsReferences": "pull_requests"},
	"PullRequest":       {"closingIssuesReferences": "issues", "mergeCommit": "contents"},
	"PullRequestCommit": {"commit": "contents"},
	"Commit": {
		"checkSuites": "checks", "associatedPullRequests": "pull_requests", "deployments": "deployments",
	},
}

// nodePermissions are the permissions that things need which are asked for by id, by the
// prefix of the id. Events and what else is part of an item need one of two.
var nodePermissions = map[string]string{
	"R": metadata, "U": metadata, "O": metadata, "BOT": metadata, "M": metadata,
	"I": "issues", "PR": "pull_requests", "PRR": "pull_requests", "PRRC": "pull_requests", "PRRT": "pull_requests",
	"RE": "contents", "C": "contents", "REF": "contents", "DE": "deployments", "CS": "checks", "CR": "checks", "WFR": "actions",
}

// permissionOf gives the permission that a thing of an id's prefix needs.
func permissionOf(prefix string) string {
	if permission, ok := nodePermissions[prefix]; ok {
		return permission
	}
	return issuesOrPulls
}

// repositoryOf gives the repository of an object whose fields need permissions.
func repositoryOf(source any) *repoView {
	switch v := source.(type) {
	case *repoView:
		return v
	case *itemView:
		return v.repo
	case prCommit:
		return v.item.repo
	case commitView:
		return v.repo
	}
	return nil
}

// guarded gives the error for a field of an object that the caller may not read.
func (g *guard) guarded(o node, field string) error {
	if g == nil || g.caller.Permissions == nil {
		return nil
	}
	permissions := fieldPermissions[o.typ][field]
	if permissions == "" {
		return nil
	}
	if rv := repositoryOf(o.value); rv != nil {
		return g.forbids(rv, permissions)
	}
	return nil
}
