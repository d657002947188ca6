package collector

// Groups lists every group of families.
func Groups() []Group {
	return []Group{
		{Name: "repository", Subject: Repositories, Default: true, Help: "Facts of repositories.", Families: repositoryFamilies()},
		{Name: "issues", Flag: "issues", Subject: Repositories, Default: true, Help: "Issues.", Families: issueFamilies()},
		{Name: "pulls", Flag: "pulls", Subject: Repositories, Default: true, Help: "Pull requests.", Families: pullFamilies()},
		{Name: "tokens", Flag: "tokens", Subject: Tokens, Default: true, Help: "Tokens, rate limits and requests.", Families: tokenFamilies()},
		{Name: "sync", Subject: Sync, Default: true, Help: "How far the mirror is.", Families: syncFamilies()},
		{Name: "exporter", Subject: Exporter, Default: true, Help: "The exporter itself.", Families: exporterFamilies()},
	}
}
