package collector

// Groups lists every group of families, and behind them what projects have of
// the same.
func Groups() []Group {
	return withProjects([]Group{
		{Name: "repository", Subject: Repositories, Default: true, Help: "Facts of repositories.", Families: repositoryFamilies()},
		{Name: "issues", Flag: "issues", Subject: Repositories, Default: true, Help: "Issues.", Families: issueFamilies()},
		{Name: "pulls", Flag: "pulls", Subject: Repositories, Default: true, Help: "Pull requests.", Families: pullFamilies()},
		{Name: "leadtime", Flag: "leadtime", Subject: Repositories, Default: true, Help: "Stages and lead time of changes.", Families: leadTimeFamilies()},
		{Name: "dora", Flag: "dora", Subject: Repositories, Default: true, Help: "Deployments, incidents and the DORA metrics.", Families: doraFamilies()},
		{Name: "states", Flag: "states", Subject: Repositories, Default: true, Help: "States and events that the configuration names.", Families: stateFamilies()},
		{Name: "workflows", Flag: "workflows", Subject: Repositories, Default: true, Help: "Runs of workflows.", Families: workflowFamilies()},
		{Name: "mergequeue", Flag: "merge-queue", Subject: Repositories, Default: true, Help: "The merge queue.", Families: mergeQueueFamilies()},
		{Name: "milestones", Flag: "milestones", Subject: Repositories, Help: "Milestones.", Families: milestoneFamilies()},
		{Name: "tokens", Flag: "tokens", Subject: Tokens, Default: true, Help: "Tokens, rate limits and requests.", Families: tokenFamilies()},
		{Name: "sync", Subject: Sync, Default: true, Help: "How far the mirror is.", Families: syncFamilies()},
		{Name: "webhook", Subject: Exporter, Default: true, Help: "GitHub's webhooks.", Families: webhookFamilies()},
		{Name: "exporter", Subject: Exporter, Default: true, Help: "The exporter itself.", Families: exporterFamilies()},
	})
}
