package github

import (
	"fmt"
	"slices"
	"strings"
)

// What a token needs to be granted, as GitHub's settings name it:
// https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
const (
	permissionMetadata    = "Metadata"
	permissionIssues      = "Issues"
	permissionPulls       = "Pull requests"
	permissionContents    = "Contents"
	permissionDeployments = "Deployments"
	permissionActions     = "Actions"
	permissionChecks      = "Checks"
)

// permissions are those that a query or an endpoint needs.
var permissions = map[string]string{
	"IssuesPage": permissionIssues, "IssueIDs": permissionIssues, "SweepIssues": permissionIssues,
	"PullsPage": permissionPulls, "PullIDs": permissionPulls, "SweepPulls": permissionPulls,
	"RepositoryLabels": permissionIssues, "Repository": permissionMetadata, "OwnerRepositories": permissionMetadata,
	"/repos/{owner}/{repo}/issues/comments": permissionIssues, "/repos/{owner}/{repo}/pulls/comments": permissionPulls,
	"/repos/{owner}/{repo}/pulls/{pull_number}/comments": permissionPulls,
	"DeploymentsPage": permissionDeployments, "DeploymentsByID": permissionDeployments, "DeploymentStatuses": permissionDeployments,
	"ReleasesPage": permissionContents, "TagsPage": permissionContents,
	"BranchHistory": permissionContents, "CommitHistory": permissionContents, "CommitParents": permissionContents,
	runsEndpoint: permissionActions, "RunJobs": permissionChecks,
}

// allPermissions are what everything that is read of a repository needs.
const allPermissions = "read access to Metadata, Contents, Issues, Pull requests, Deployments and Actions"

// telling ranks the reasons for which a repository cannot be read by how much
// they help to find out why.
var telling = []string{reasonNotFound, reasonUnauthorized, reasonForbidden, reasonSSO}

// moreTelling picks the error to show of two. What may be otherwise later
// counts more than what a token could not see.
func moreTelling(a, b *Error) *Error {
	rank := func(e *Error) int {
		if i := slices.Index(telling, e.Reason); i >= 0 {
			return i
		}
		return len(telling)
	}
	if a != nil && (b == nil || rank(a) >= rank(b)) {
		return a
	}
	return b
}

// denial reports whether an error says that a token may not read something.
func (e *Error) denial() bool {
	return e.Reason == reasonNotFound || e.Reason == reasonForbidden || e.Reason == reasonSSO
}

// advise makes the message of a denial a sentence that names the token and
// what to grant it.
func (c *call) advise(e *Error, tok *token) {
	what := c.repo.FullName()
	if c.repo.Name == "" {
		what = c.repo.Owner
	}
	owner := c.repo.Owner
	switch e.Reason {
	case reasonSSO: // GitHub's own words may hold a link that is as good as a login
		e.Message = fmt.Sprintf("token %s is not authorised for the single sign-on of %s: authorise it for that organisation", tok.name, owner)
	case reasonForbidden:
		e.Message = fmt.Sprintf("token %s lacks a permission on %s: grant it %s (%s)", tok.name, what, c.needs(), oneLine(e.Message))
	case reasonNotFound:
		e.Message = fmt.Sprintf("%s does not exist, or token %s may not see it: %s", what, tok.name, tok.remedy(owner))
	}
}

// remedy says how a token comes to see what an owner keeps to itself.
func (t *token) remedy(owner string) string {
	if t.kind == kindApp && !strings.EqualFold(t.account, owner) {
		return "install its App on " + owner
	}
	return "give it " + allPermissions
}

// needs names what a refused call takes: as GitHub says, else by the table.
func (c *call) needs() string {
	if accepted := c.header.Get("X-Accepted-Github-Permissions"); accepted != "" {
		return acceptedPermissions(accepted)
	}
	if c.permission == "" {
		return allPermissions
	}
	return "read access to " + c.permission
}

// acceptedPermissions spells out GitHub's list: "contents=read,issues=read;
// metadata=read" is any of the sets that semicolons part.
func acceptedPermissions(header string) string {
	var sets []string
	for set := range strings.SplitSeq(header, ";") {
		var names []string
		for one := range strings.SplitSeq(set, ",") {
			name, access, _ := strings.Cut(strings.TrimSpace(one), "=")
			if name != "" {
				names = append(names, strings.TrimSpace(access+" access to "+strings.ReplaceAll(name, "_", " ")))
			}
		}
		sets = append(sets, strings.Join(names, " and "))
	}
	return strings.Join(sets, ", or ")
}
