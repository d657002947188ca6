package githubtest

import (
	"strings"
)

// route is one address of the REST API.
type route struct {
	template   string // as GitHub documents it; in the log it stands for both forms of a repository's address
	segments   []string
	repository bool // below /repos/{owner}/{repo} or /repositories/{id}
	free       bool // costs nothing
	serve      func(*exchange) (any, *apiError)
}

// restRoutes gives all addresses. Of two that match, the first one serves.
func restRoutes() []route {
	routes := []route{
		{template: "/user", serve: (*exchange).getUser},
		{template: "/users/{username}", serve: (*exchange).getAccount},
		{template: "/users/{username}/repos", serve: (*exchange).listOwned},
		{template: "/orgs/{org}/repos", serve: (*exchange).listOwned},
		{template: "/installation/repositories", serve: (*exchange).listInstalled},
		{template: "/rate_limit", free: true, serve: (*exchange).getRateLimit},
		{template: "/meta", serve: (*exchange).getMeta},
	}
	routes = append(routes, repositoryRoutes()...)
	for i := range routes {
		routes[i].segments = strings.Split(routes[i].template, "/")[1:]
	}
	return routes
}

// repositoryRoutes gives what lies below a repository.
func repositoryRoutes() []route {
	below := []struct {
		path  string
		serve func(*exchange) (any, *apiError)
	}{
		{"", (*exchange).getRepository},
		{"/issues", (*exchange).listIssues},
		{"/issues/comments", (*exchange).listIssueComments},
		{"/issues/comments/{comment_id}", (*exchange).getIssueComment},
		{"/issues/events", (*exchange).listRepositoryEvents},
		{"/issues/{issue_number}", (*exchange).getIssue},
		{"/issues/{issue_number}/comments", (*exchange).listCommentsOfIssue},
		{"/issues/{issue_number}/events", (*exchange).listEventsOfIssue},
		{"/issues/{issue_number}/labels", (*exchange).listLabelsOfIssue},
		{"/issues/{issue_number}/timeline", (*exchange).listTimeline},
		{"/pulls", (*exchange).listPulls},
		{"/pulls/comments", (*exchange).listReviewComments},
		{"/pulls/comments/{comment_id}", (*exchange).getReviewComment},
		{"/pulls/{pull_number}", (*exchange).getPull},
		{"/pulls/{pull_number}/comments", (*exchange).listCommentsOfPull},
		{"/pulls/{pull_number}/commits", (*exchange).listCommitsOfPull},
		{"/pulls/{pull_number}/reviews", (*exchange).listReviews},
		{"/labels", (*exchange).listLabels},
		{"/milestones", (*exchange).listMilestones},
		{"/releases", (*exchange).listReleases},
		{"/tags", (*exchange).listTags},
		{"/branches/{branch}", (*exchange).getBranch},
		{"/commits", (*exchange).listCommits},
		{"/commits/{ref}", (*exchange).getCommit},
		{"/compare/{basehead}", (*exchange).compare},
		{"/deployments", (*exchange).listDeployments},
		{"/deployments/{deployment_id}", (*exchange).getDeployment},
		{"/deployments/{deployment_id}/statuses", (*exchange).listStatuses},
		{"/actions/runs", (*exchange).listRuns},
		{"/actions/runs/{run_id}", (*exchange).getRun},
		{"/actions/runs/{run_id}/attempts/{attempt_number}", (*exchange).getAttempt},
		{"/actions/runs/{run_id}/jobs", (*exchange).listJobs},
	}
	routes := make([]route, len(below))
	for i, b := range below {
		template := "/repos/{owner}/{repo}" + b.path
		routes[i] = route{template: template, repository: true, serve: b.serve}
	}
	return routes
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
