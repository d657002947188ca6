package githubtest

import (
	"net/http"
	"strings"
)

// route is one address of the REST API.
type route struct {
	template   string // as GitHub documents it; in the log it stands for both forms of a repository's address
	segments   []string
	repository bool   // below /repos/{owner}/{repo} or /repositories/{id}
	free       bool   // costs nothing
	method     string // "" is GET
	app        bool   // for Apps with their JSON web token, and nobody else
	permission string // what opens it in a private repository; of several, with spaces between, one
	serve      func(*exchange) (any, *apiError)
}

// restRoutes gives all addresses. Of two that match, the first one serves.
func restRoutes() []route {
	routes := []route{
		{template: "/user/repos", permission: metadata, serve: (*exchange).listMine},
		{template: "/user", serve: (*exchange).getUser},
		{template: "/users/{username}", serve: (*exchange).getAccount},
		{template: "/users/{username}/repos", permission: metadata, serve: (*exchange).listOwned},
		{template: "/orgs/{org}/repos", permission: metadata, serve: (*exchange).listOwned},
		{template: "/installation/repositories", permission: metadata, serve: (*exchange).listInstalled},
		{template: "/rate_limit", free: true, serve: (*exchange).getRateLimit},
		{template: "/meta", serve: (*exchange).getMeta},
	}
	routes = append(append(routes, appRoutes()...), repositoryRoutes()...)
	for i := range routes {
		routes[i].segments = strings.Split(routes[i].template, "/")[1:]
	}
	return routes
}

// repositoryRoutes gives what lies below a repository.
func repositoryRoutes() []route {
	below := []struct {
		path       string
		permission string
		serve      func(*exchange) (any, *apiError)
	}{
		{"", metadata, (*exchange).getRepository},
		{"/issues", "issues", (*exchange).listIssues},
		{"/issues/comments", issuesOrPulls, (*exchange).listIssueComments},
		{"/issues/comments/{comment_id}", issuesOrPulls, (*exchange).getIssueComment},
		{"/issues/events", issuesOrPulls, (*exchange).listRepositoryEvents},
		{"/issues/{issue_number}", "issues", (*exchange).getIssue},
		{"/issues/{issue_number}/comments", issuesOrPulls, (*exchange).listCommentsOfIssue},
		{"/issues/{issue_number}/events", issuesOrPulls, (*exchange).listEventsOfIssue},
		{"/issues/{issue_number}/labels", issuesOrPulls, (*exchange).listLabelsOfIssue},
		{"/issues/{issue_number}/timeline", issuesOrPulls, (*exchange).listTimeline},
		{"/pulls", "pull_requests", (*exchange).listPulls},
		{"/pulls/comments", "pull_requests", (*exchange).listReviewComments},
		{"/pulls/comments/{comment_id}", "pull_requests", (*exchange).getReviewComment},
		{"/pulls/{pull_number}", "pull_requests", (*exchange).getPull},
		{"/pulls/{pull_number}/comments", "pull_requests", (*exchange).listCommentsOfPull},
		{"/pulls/{pull_number}/commits", "pull_requests", (*exchange).listCommitsOfPull},
		{"/pulls/{pull_number}/reviews", "pull_requests", (*exchange).listReviews},
		{"/labels", issuesOrPulls, (*exchange).listLabels},
		{"/milestones", issuesOrPulls, (*exchange).listMilestones},
		{"/releases", "contents", (*exchange).listReleases},
		{"/tags", metadata, (*exchange).listTags},
		{"/branches/{branch}", "contents", (*exchange).getBranch},
		{"/commits", "contents", (*exchange).listCommits},
		{"/commits/{ref}", "contents", (*exchange).getCommit},
		{"/compare/{basehead}", "contents", (*exchange).compare},
		{"/deployments", "deployments", (*exchange).listDeployments},
		{"/deployments/{deployment_id}", "deployments", (*exchange).getDeployment},
		{"/deployments/{deployment_id}/statuses", "deployments", (*exchange).listStatuses},
		{"/actions/runs", "actions", (*exchange).listRuns},
		{"/actions/runs/{run_id}", "actions", (*exchange).getRun},
		{"/actions/runs/{run_id}/attempts/{attempt_number}", "actions", (*exchange).getAttempt},
		{"/actions/runs/{run_id}/jobs", "actions", (*exchange).listJobs},
	}
	routes := make([]route, len(below))
	for i, b := range below {
		template := "/repos/{owner}/{repo}" + b.path
		routes[i] = route{template: template, repository: true, permission: b.permission, serve: b.serve}
	}
	return routes
}

// takes says whether the route serves a method.
func (r *route) takes(method string) bool {
	if r.method != "" {
		return method == r.method
	}
	return method == http.MethodGet || method == http.MethodHead
}

// matchRoute finds the route of a path and what stands in place of its parameters. A
// repository may be named by /repositories/{id} too.
func matchRoute(routes []route, path string) (*route, map[string]string) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if parts[0] == "repositories" && len(parts) > 1 {
		parts = append([]string{"repos", "", parts[1]}, parts[2:]...)
	}
	for i := range routes {
		if params, ok := routes[i].match(parts); ok {
			return &routes[i], params
		}
	}
	return nil, nil
}

// match compares a path with the route's template. A last parameter that names a
// branch or a comparison takes slashes too.
func (r *route) match(parts []string) (map[string]string, bool) {
	n := len(r.segments)
	last := r.segments[n-1]
	if open := last == "{branch}" || last == "{ref}" || last == "{basehead}"; open && len(parts) > n {
		parts = append(parts[:n-1:n-1], strings.Join(parts[n-1:], "/"))
	}
	if len(parts) != n {
		return nil, false
	}
	params := map[string]string{}
	for i, segment := range r.segments {
		if strings.HasPrefix(segment, "{") {
			params[strings.Trim(segment, "{}")] = parts[i]
		} else if segment != parts[i] {
			return nil, false
		}
	}
	return params, true
}
