package githubtest

// allPermissions are those that the server knows, each to read.
func allPermissions() map[string]string {
	return map[string]string{
		"metadata": "read", "issues": "read", "pull_requests": "read", "contents": "read",
		"deployments": "read", "actions": "read", "checks": "read",
	}
}
